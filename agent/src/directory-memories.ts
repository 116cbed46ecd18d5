import { hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DirectoryMemory } from '@rollcall/discovery'
import { forgetOldest, readKept, writeKept } from './kept-file.ts'

/** From where on the changes of each directory are to be told, so that the next look need not read all of it. */
export interface DirectoryMemories {
  /** What is known of one directory as one identity sees it. */
  of(target: string, identity: string | undefined): Promise<OneDirectoryMemory>
}

export interface OneDirectoryMemory {
  /** Undefined: look at everything. */
  readonly remembered: DirectoryMemory | undefined
  /**
   * To be called when the collector keeps all that was told, never before. `full`: the look was at everything. Never rejects: without it
   * everything is looked at again.
   */
  save(memory: DirectoryMemory, full: boolean): Promise<void>
  /** The next look is at everything. */
  forget(): Promise<void>
}

export interface DirectoryMemoryOptions {
  /** A folder for nobody else; it is made where there is none. */
  readonly folder: string
  /** Stands for the product and its key for digests: what another one remembered means nothing. */
  readonly version: string
  readonly now: () => Date
}

/** So long after the last look at everything the next one is. */
const FULL_AFTER_MS = 7 * 24 * 3600_000

const MOST_DIRECTORIES = 1000

/** Memories in files of a folder, one a directory and identity. A file that is damaged, foreign or too large is as good as none. */
export const directoryMemories = async ({
  folder,
  version,
  now,
}: DirectoryMemoryOptions): Promise<DirectoryMemories> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await forgetOldest(folder, MOST_DIRECTORIES)
  return {
    async of(target, identity) {
      const name = hash('sha256', JSON.stringify([target, identity ?? '', version]), 'hex').slice(0, 40)
      const file = join(folder, `${name}.json`)
      const known = parse(await readKept(file, HEADER, MOST_BYTES))
      const fullAt = known === undefined ? Number.NaN : Date.parse(known.fullAt)
      const age = now().getTime() - fullAt
      // Where it fails the one before holds on, and what changed since is told once more.
      const keep = (kept: Kept | undefined) =>
        writeKept(file, HEADER, JSON.stringify(kept ?? {})).catch(() => undefined)
      return {
        remembered: age >= 0 && age < FULL_AFTER_MS ? known?.memory : undefined,
        save: (memory, full) =>
          keep({ fullAt: full || known === undefined ? now().toISOString() : known.fullAt, memory }),
        forget: () => keep(undefined),
      }
    },
  }
}

interface Kept {
  readonly fullAt: string
  readonly memory: DirectoryMemory
}

const HEADER = 'rollcall-directory 1 '
/** What is remembered of a directory of some 500,000 entries. */
const MOST_BYTES = 64 * 1024 * 1024

/** Written by nobody but us, as the file's mode, owner and digest say. */
const parse = (text: string | undefined): Kept | undefined => {
  if (text === undefined) return undefined
  const kept = JSON.parse(text) as Partial<Kept>
  return kept.memory === undefined || kept.fullAt === undefined
    ? undefined
    : { fullAt: kept.fullAt, memory: kept.memory }
}
