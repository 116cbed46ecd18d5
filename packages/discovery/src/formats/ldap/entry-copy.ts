import type { DirectoryEntry } from '../../directory.ts'

/** A copy of an entry that may be kept, and roughly how much room it takes. */
export const copyOf = (entry: DirectoryEntry): { readonly entry: DirectoryEntry; readonly bytes: number } => {
  const values = new Map<string, readonly Uint8Array[]>()
  let bytes = 0
  for (const name of entry.names) {
    const copies = entry.values(name).map((value) => Uint8Array.from(value))
    for (const { length } of copies) bytes += length + COST
    bytes += COST
    values.set(name, copies)
  }
  const texts = (name: string) => (values.get(name) ?? []).map(textOf)
  const copy: DirectoryEntry = {
    dn: entry.dn,
    names: [...entry.names],
    values: (name) => values.get(name) ?? [],
    texts,
    text(name) {
      const [first] = values.get(name) ?? []
      return first === undefined ? undefined : textOf(first)
    },
  }
  return { entry: copy, bytes }
}

const COST = 64
/** As much of a value as an entry makes a text of. */
const LONGEST_TEXT = 256 * 1024
const TEXT = new TextDecoder('utf-8', { ignoreBOM: true })
const textOf = (value: Uint8Array) => TEXT.decode(value.subarray(0, LONGEST_TEXT))
