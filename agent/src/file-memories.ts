import { hash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileMemory } from '@rollcall/discovery'
import { forgetOldest, readKept, writeKept } from './kept-file.ts'

/** What was kept of the files of all hosts when they were last looked at, so that what has not changed is not read again. */
export interface FileMemories {
  /** What is known of one host; nothing where it proves to be another one than before. */
  of(target: string, hostKey: string | undefined): Promise<HostMemory>
  /** Where that is kept. */
  readonly kept: KeptMemories
}

/** Memories as texts, which mean nothing to whoever keeps them. */
export interface KeptMemories {
  /** Stands for the product and its key for digests: what another one kept means nothing. */
  readonly version: string
  read(target: string, hostKey: string | undefined): Promise<string | undefined>
  write(target: string, hostKey: string | undefined, text: string): Promise<void>
}

export interface HostMemory extends FileMemory {
  /**
   * Remembers what was recalled and kept since it was given. `whole`: everything was asked about, so that all else is forgotten.
   * Never rejects: what is not remembered is read again.
   */
  save(whole: boolean): Promise<void>
}

export interface FileMemoryOptions {
  /** A folder for nobody else; it is made where there is none. */
  readonly folder: string
  /** Stands for the product and its key for digests: what another one kept means nothing. */
  readonly version: string
  /** Hosts that are remembered; the longest unseen are forgotten first. */
  readonly mostHosts?: number
}

/**
 * Memories in files of a folder, one a host. A file that is damaged, foreign or too large is as good as none. They hold names of
 * accounts and places of secrets, as findings do, and no secrets.
 */
export const fileMemories = async ({
  folder,
  version,
  mostHosts = 20_000,
}: FileMemoryOptions): Promise<FileMemories> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await forgetOldest(folder, mostHosts)
  const fileOf = (target: string, hostKey: string | undefined) =>
    join(folder, `${hash('sha256', JSON.stringify([target, hostKey ?? '']), 'hex').slice(0, 40)}.json`)
  return memoriesFrom({
    version,
    read: (target, hostKey) => readKept(fileOf(target, hostKey), HEADER, MOST_BYTES),
    write: (target, hostKey, text) => writeKept(fileOf(target, hostKey), HEADER, text),
  })
}

/** Memories that somebody else keeps. */
export const memoriesFrom = (kept: KeptMemories): FileMemories => ({
  kept,
  async of(target, hostKey) {
    return hostMemory(kept.version, parse(await kept.read(target, hostKey)), (text) =>
      kept.write(target, hostKey, text),
    )
  },
})

/** By the digest of a file's path and stamp: what was kept, where that was anything. */
type Entries = ReadonlyMap<string, unknown>

const hostMemory = (product: string, known: Entries, write: (text: string) => Promise<void>): HostMemory => {
  const fresh = new Map<string, unknown>()
  let news = false
  const keyOf = (version: string, path: string, stamp: string) =>
    hash('sha256', `${product}\0${version}\0${path}\0${stamp}`, 'base64url').slice(0, KEY)
  return {
    recall(version, path, stamp) {
      const key = keyOf(version, path, stamp)
      if (!known.has(key)) return undefined
      const kept = known.get(key)
      fresh.set(key, kept)
      return { kept }
    },
    keep(version, path, stamp, kept) {
      news = true
      fresh.set(keyOf(version, path, stamp), kept)
    },
    async save(whole) {
      const gone = whole && fresh.size < known.size
      if (fresh.size === 0 || (!news && !gone)) return
      const entries = whole ? fresh : new Map([...known, ...fresh])
      // Without it everything is looked at again, which is slower and no less true.
      await write(format(new Map([...entries].slice(-MOST_FILES)))).catch(() => undefined)
    },
  }
}

/** 96 bits: enough that no two of a host's files meet. */
const KEY = 16
const MOST_FILES = 200_000
const MOST_BYTES = 24 * 1024 * 1024

const HEADER = 'rollcall-files 1 '

const parse = (text: string | undefined): Entries => {
  if (text === undefined) return NOTHING
  const { nothing, found } = JSON.parse(text) as { nothing: string; found: Record<string, unknown> }
  const entries = new Map<string, unknown>()
  for (let at = 0; at < nothing.length; at += KEY) entries.set(nothing.slice(at, at + KEY), undefined)
  for (const [key, kept] of Object.entries(found)) entries.set(key, kept)
  return entries
}

const NOTHING: Entries = new Map()

const format = (entries: Entries): string => {
  const nothing: string[] = []
  const found: Record<string, unknown> = {}
  for (const [key, kept] of entries) {
    if (kept === undefined) nothing.push(key)
    else found[key] = kept
  }
  return JSON.stringify({ nothing: nothing.join(''), found })
}
