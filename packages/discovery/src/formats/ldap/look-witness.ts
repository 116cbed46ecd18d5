import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import type { Sha256 } from '../../probe.ts'

/** A gathering that sees what is read through it, so that it can be said whether that is still the same at the next look. */
export interface Witness {
  readonly gathering: DirectoryGathering
  /** Stands for all that was read. */
  digest(): string
}

/** Samples are other ones each time. */
const SAMPLES = 100

export const witnessOf = (gathering: DirectoryGathering): Witness => {
  const seen: string[] = []
  return {
    gathering: {
      ...gathering,
      async search(probes, request, take) {
        const end = await gathering.search(probes, request, async (entries) => {
          if ((request.maxEntries ?? Infinity) > SAMPLES)
            for (const entry of entries) seen.push(digestOf(gathering.sha256, contentOf(entry)))
          await take(entries)
        })
        seen.push(`${request.base} ${end.result}`)
        return end
      },
    },
    digest: () => digestOf(gathering.sha256, seen.toSorted().join('\n')),
  }
}

const contentOf = (entry: DirectoryEntry) =>
  JSON.stringify([entry.dn, entry.names.map((name) => [name, entry.texts(name)])])

/** What stands for a text, short enough to be kept. */
export const digestOf = (sha256: Sha256, text: string): string =>
  Array.from(sha256(new TextEncoder().encode(text)).subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
