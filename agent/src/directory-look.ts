import { hash } from 'node:crypto'
import type { ComputersOf, DirectoryTarget, Finding, HostTarget, Outcome, Reason } from '@rollcall/contract'
import type { Directory, DirectoryMake, DirectoryMemory, KeyedDigest, ScannedDirectory } from '@rollcall/discovery'
import type { DirectoryLogin } from '@rollcall/reach'
import { listComputers, scanDirectory } from '@rollcall/discovery/directories'

/** A directory that answers; dispose of it to hang up. */
export interface OpenDirectory extends Directory, AsyncDisposable {
  /** What limits the look without being part of it. */
  readonly notes?: readonly Reason[]
}

/** Connects to a directory and logs in, once. Throws `ReachError` when that is not possible. */
export type OpenDirectoryTarget = (target: DirectoryTarget, signal: AbortSignal) => Promise<OpenDirectory>

export interface LookTools {
  readonly startedAt: Date
  readonly signal: AbortSignal
  /** Lent for this look, in place of the agent's own. */
  readonly login?: DirectoryLogin
  /** From where on changes are to be told to whoever logged in so; undefined: everything is looked at. */
  readonly remembered: (identity: string | undefined) => Promise<DirectoryMemory | undefined>
  /** Takes findings as they come; nothing more is read until it is done. */
  readonly take: (probe: string, findings: readonly Finding[]) => void | Promise<void>
}

export interface Looked {
  /** Undefined where no make recognises it. */
  readonly scanned: ScannedDirectory | undefined
  readonly notes: readonly Reason[]
}

export interface ListTools {
  readonly now: Date
  readonly signal: AbortSignal
  readonly login?: DirectoryLogin
  readonly take: (hosts: readonly HostTarget[]) => void | Promise<void>
}

/** Reads directories. Both reject with `ReachError` where one cannot be reached. */
export interface DirectoryReading {
  readonly look: (target: DirectoryTarget, tools: LookTools) => Promise<Looked>
  /** The outcome says how many computers were left out and why. */
  readonly list: (computers: ComputersOf, tools: ListTools) => Promise<Outcome>
}

export interface ReadingHere {
  readonly makes: () => Promise<readonly DirectoryMake[]>
  readonly open: OpenDirectoryTarget
  readonly keyedDigest?: KeyedDigest
}

/** Reads directories in this process. */
export const readingHere = ({ makes, open, keyedDigest = () => undefined }: ReadingHere): DirectoryReading => ({
  async look(target, { startedAt, signal, remembered, take }) {
    await using directory = await open(target, signal)
    const scanned = await scanDirectory(directory, await makes(), {
      sha256: (bytes) => hash('sha256', bytes, 'buffer'),
      keyedDigest,
      now: startedAt,
      signal,
      take,
      remembered: await remembered(directory.identity),
    })
    return { scanned, notes: [...(directory.notes ?? [])] }
  },
  async list({ directory: target, ...which }, { now, signal, take }) {
    await using directory = await open(target, signal)
    return await listComputers(directory, which, { now, signal, take })
  },
})
