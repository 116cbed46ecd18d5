import type { DirectoryEntry } from '../../directory.ts'

/** A copy of an entry that may be kept, and roughly how much room it takes. */
export const copyOf = (entry: DirectoryEntry): { readonly entry: DirectoryEntry; readonly bytes: number } => {
  const { dn } = entry
  const names = [...entry.names]
  const held = new Map<string, { readonly values: readonly Uint8Array[]; readonly texts: readonly string[] }>()
  let bytes = 0
  for (const name of names) {
    const values = entry.values(name).map((value) => new Uint8Array(value))
    for (const { length } of values) bytes += 2 * length + COST
    bytes += COST
    held.set(name, { values, texts: entry.texts(name) })
  }
  return {
    entry: {
      dn,
      names,
      values: (name) => held.get(name)?.values ?? [],
      texts: (name) => held.get(name)?.texts ?? [],
      text: (name) => held.get(name)?.texts[0],
    },
    bytes,
  }
}

const COST = 100
