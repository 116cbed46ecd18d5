import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { OutcomeStatus } from '@rollcall/contract'
import { replaces, type LookSummary } from './look-summary.ts'
import { rowChains, type ChainedRow, type SpoolRow } from './row-chains.ts'
import { openSpoolFile } from './spool-file.ts'
import { SpoolError, spoolFailure, type SpoolFailure } from './spool-error.ts'

/**
 * What an agent saw and the collector has not committed yet: it outlives the agent, the broker and the collector. It holds state, not
 * events: a look that was not sent yet makes room for a later one that leaves nothing to be learned from it.
 */
export interface Spool extends AsyncDisposable {
  /** What is held, oldest first. What a copy of this file may have numbered too has another epoch than what is numbered now. */
  rows(): readonly SpoolRow[]
  /**
   * Resolves when the entry is on the disk, with its row and those whose place it took, of which `mayGo` says that they were never sent. Waits
   * while the disk is full. Rejects with the signal's reason, or SpoolError `closed`.
   */
  keep(entry: SpoolEntry, mayGo?: (row: SpoolRow) => boolean, signal?: AbortSignal): Promise<Kept>
  /** What was kept with a row; undefined for one that is settled. */
  body(row: SpoolRow): unknown
  /** So many numbers right before it stand for nothing that is still to come. */
  voidBefore(row: SpoolRow): number
  /** Forgets rows: the collector has them, or they were given up. Of looks that it has, what they found is remembered. */
  settle(rows: readonly SpoolRow[], how: 'committed' | 'given-up'): void
  /** What the collector last committed of a target. */
  committed(target: string): Committed | undefined
  /** Nothing is believed to be committed any more: the collector may have forgotten it. */
  forgetCommitted(): void
  /** Whether numbers of this opening's epoch go up to there. */
  hasReached(seq: number, epoch: string): boolean
  /**
   * To be called when somebody else used this epoch's numbers: all its rows get new ones in another. They may then be committed twice, which
   * has the effect of once.
   */
  renumber(): readonly SpoolRow[]
  /** Resolves while there is room for new looks. Rejects with the signal's reason. */
  room(signal: AbortSignal): Promise<void>
  state(): SpoolState
}

export interface SpoolEntry {
  readonly kind: SpoolRow['kind']
  readonly target?: string
  /** Of the end of a long report and its parts. */
  readonly report?: string
  readonly run?: string | undefined
  readonly root?: string
  readonly summary?: LookSummary
  /** How the look fared, for the run of one whose place it takes. */
  readonly status?: OutcomeStatus
  readonly startedAt?: string
  readonly finishedAt?: string
  /** Anything that JSON holds. */
  readonly body: unknown
}

/** What became of an entry. `told`: rows that say of other runs that a look of theirs was replaced. */
export interface Kept {
  readonly row: SpoolRow
  readonly replaced: readonly SpoolRow[]
  readonly told: readonly SpoolRow[]
}

export interface Committed {
  readonly root: string
  /** By probe, the beginning of the digest. */
  readonly digests: Readonly<Record<string, string>>
}

/** What heartbeats tell of it. */
export interface SpoolState {
  readonly rows: number
  readonly bytes: number
  /** Beyond so many bytes no new scans are begun. */
  readonly mostBytes: number
  /** When the oldest row was kept. */
  readonly oldest: string | null
  readonly condition: 'ready' | 'full' | 'disk-full' | 'unwritable'
  /** Files that were found damaged since the start, and put aside beside it. */
  readonly damaged: number
}

export interface SpoolOptions {
  /** A folder for nobody else; `:memory:` for a spool that ends with the process. */
  readonly folder: string
  readonly now: () => Date
  /** Default 512 MiB, and no more than a tenth of what is free on the disk. */
  readonly mostBytes?: number
  /** Milliseconds after which a disk that was full is tried again. */
  readonly retryAfter?: number
}

/** Opens the spool, and puts a damaged one aside. Throws SpoolError `in-use`, `newer` or `unwritable`. */
export const openSpool = ({ folder, now, mostBytes = 512 * MIB, retryAfter = 2000 }: SpoolOptions): Spool => {
  let file = openSpoolFile(folder, now)
  let damaged = file.putAside
  let epoch = newEpoch()
  let chains = rowChains(file.rows())
  let waiting: Waiting[] = []
  let settled: { row: SpoolRow; how: 'committed' | 'given-up' }[] = []
  const freshly = new Map<string, Committed>()
  let timer: NodeJS.Timeout | undefined
  let stuck: SpoolFailure | undefined
  let closed = false
  let free = { bytes: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY }
  let wasFull = false

  const dropOrphans = () => {
    const ended = new Set([...chains.all()].flatMap(({ kind, report }) => (kind === 'end' ? [report] : [])))
    const orphans = [...chains.all()].filter(({ kind, report }) => kind === 'part' && !ended.has(report))
    for (const row of orphans) chains.remove(row)
    settled.push(...orphans.map((row) => ({ row, how: 'given-up' as const })))
  }

  const limit = () => {
    if (folder === ':memory:') return mostBytes
    if (performance.now() - free.at > LOOK_AT_DISK_MS) {
      const { bavail, bsize } = statfsSync(folder)
      free = { bytes: bavail * bsize, at: performance.now() }
    }
    return Math.min(mostBytes, chains.bytes() + Math.floor(free.bytes / 10))
  }

  const isFull = () => {
    const most = limit()
    // Once full, it takes some room before anything is begun again.
    wasFull = chains.bytes() >= (wasFull ? most * 0.9 : most)
    return wasFull
  }

  const schedule = (milliseconds: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      flush()
    }, milliseconds)
  }

  /** Writes what waits, all in one transaction: making it durable costs the same for one as for many. */
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (closed) return
    if (waiting.length === 0 && settled.length === 0) return
    try {
      // On a disk that is full, what is no longer needed makes room for what comes.
      if (stuck !== undefined) {
        const over = settled
        file.makeRoom(() => {
          for (const { row, how } of over) file.settle(row, how)
        })
        settled = settled.slice(over.length)
      }
      const [entries, done] = [waiting, settled]
      const kept = file.atomically(() => {
        for (const { row, how } of done) file.settle(row, how)
        return entries.map((one) => place(one))
      })
      waiting = waiting.slice(entries.length)
      settled = settled.slice(done.length)
      freshly.clear()
      stuck = undefined
      file.setAside()
      for (const [index, { resolve }] of entries.entries()) resolve(apply(kept[index]!))
      if (chains.bytes() === 0) file.shrink()
    } catch (error) {
      failed(error)
    }
    if (waiting.length > 0 || settled.length > 0) schedule(stuck === undefined ? 0 : retryAfter)
  }

  const failed = (error: unknown) => {
    const failure = spoolFailure(error)
    if (failure === undefined) {
      // Not the disk's fault: whoever gave it hears of it, and nobody waits for ever.
      for (const { reject } of waiting.splice(0)) reject(error)
      settled = []
      return
    }
    stuck = failure
    if (failure !== 'damaged') return
    file.close()
    epoch = newEpoch()
    chains = rowChains([])
    settled = []
    try {
      file = openSpoolFile(folder, now, true)
      damaged += file.putAside
    } catch {
      // It is tried again with what waits.
      stuck = 'unwritable'
    }
  }

  /** Reads something; of a file that turns out damaged, nothing. */
  const read = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (spoolFailure(error) === undefined) throw error
      failed(error)
      return undefined
    }
  }

  /** Writes one entry and takes away what it replaces. Changes nothing but the file, since it may be undone. */
  const place = ({ entry, packed, mayGo }: Waiting): Placed => {
    const { kind, target = null, report = null, run = null, root = null, startedAt = null, finishedAt = null } = entry
    const at = now().toISOString()
    const replaced = entry.summary === undefined ? [] : replaceable(entry, entry.summary, mayGo)
    for (const row of replaced) file.settle(row, 'given-up')
    const told = replaced.flatMap((row) => {
      if (row.run === null || row.run === entry.run) return []
      const event = { event: 'replaced', run: row.run, at, target: row.target, status: entry.status ?? 'complete' }
      const body = pack(event)
      const about = { epoch, kind: 'progress', target: null, report: null, run: row.run, root: null, at } as const
      return [file.insert({ ...about, startedAt: null, finishedAt: null, bytes: sizeOf(body) }, body, undefined)]
    })
    const about = { epoch, kind, target, report, run, root, startedAt, finishedAt, at, bytes: sizeOf(packed) }
    return { row: file.insert(about, packed, entry.summary), replaced, told }
  }

  const replaceable = (entry: SpoolEntry, later: LookSummary, mayGo: Waiting['mayGo']) =>
    chains.of(entry.target ?? '').filter((row) => {
      if (row.kind !== 'look' || !mayGo(row)) return false
      // That a number stands for nothing is told with the one after it: if that has gone, or never comes since the epoch is over, nobody
      // would hear of it.
      if (row.after === undefined ? row.epoch !== epoch : !mayGo(row.after)) return false
      const earlier = file.summary(row)
      return earlier !== undefined && replaces(later, earlier)
    })

  const apply = ({ row, replaced, told }: Placed): Kept => {
    for (const one of replaced) chains.remove(one)
    // In the order of their numbers, since what lies between two of them is told.
    const chained = told.map((one) => chains.add(one))
    return { row: chains.add(row), replaced, told: chained }
  }

  dropOrphans()
  file.setAside()

  return {
    rows: () => [...chains.all()],
    keep(entry, mayGo = () => false, signal) {
      if (closed) return Promise.reject(new SpoolError('closed'))
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
      return new Promise<Kept>((resolve, reject) => {
        const abort = () => {
          waiting = waiting.filter((other) => other !== one)
          reject(signal?.reason as Error)
        }
        const one: Waiting = {
          entry,
          packed: pack(entry.body),
          mayGo,
          resolve(kept) {
            signal?.removeEventListener('abort', abort)
            resolve(kept)
          },
          reject,
        }
        signal?.addEventListener('abort', abort, { once: true })
        waiting.push(one)
        schedule(stuck === undefined ? GATHER_MS : retryAfter)
      })
    },
    body: (row) => {
      const packed = read(() => file.body(row))
      return packed === undefined ? undefined : (JSON.parse(zstdDecompressSync(packed).toString('utf8')) as unknown)
    },
    voidBefore: (row) => chains.voidBefore(row),
    settle(rows, how) {
      for (const row of rows) {
        if (!chains.remove(row)) continue
        settled.push({ row, how })
        if (how !== 'committed' || row.target === null || row.root === null) continue
        const known = read(() => file.committedBy(row))
        if (known !== undefined) freshly.set(row.target, known)
      }
      schedule(SETTLE_MS)
    },
    committed: (target) => freshly.get(target) ?? read(() => file.committed(target)),
    forgetCommitted() {
      flush()
      freshly.clear()
      file.forgetCommitted()
    },
    hasReached: (seq, of) => of !== epoch || seq <= file.highest(),
    renumber() {
      flush()
      const old = [...chains.all()].filter((row) => row.epoch === epoch)
      epoch = newEpoch()
      const fresh = file.atomically(() => old.map((row) => file.renumber(row, epoch)))
      for (const row of old) chains.remove(row)
      return fresh.map((row) => chains.add(row))
    },
    async room(signal) {
      const hasNone = () => isFull() || stuck !== undefined
      while (hasNone()) await sleep(ROOM_MS, undefined, { signal })
      signal.throwIfAborted()
    },
    state: () => ({
      rows: chains.size(),
      bytes: chains.bytes(),
      mostBytes: limit(),
      oldest: chains.all().next().value?.at ?? null,
      condition: stuck === 'full' ? 'disk-full' : stuck !== undefined ? 'unwritable' : isFull() ? 'full' : 'ready',
      damaged,
    }),
    async [Symbol.asyncDispose]() {
      if (closed) return
      flush()
      closed = true
      clearTimeout(timer)
      for (const { reject } of waiting.splice(0)) reject(new SpoolError('closed'))
      file.close()
    },
  }
}

export type { SpoolRow }

interface Waiting {
  readonly entry: SpoolEntry
  readonly packed: Uint8Array
  readonly mayGo: (row: SpoolRow) => boolean
  readonly resolve: (kept: Kept) => void
  readonly reject: (error: unknown) => void
}

interface Placed {
  readonly row: SpoolRow
  readonly replaced: readonly ChainedRow[]
  readonly told: readonly SpoolRow[]
}

const MIB = 1024 * 1024
/** So long looks gather that are made durable together. */
const GATHER_MS = 5
/** What is settled need not be so at once: a crash sends it again, to no effect. */
const SETTLE_MS = 250
const LOOK_AT_DISK_MS = 10_000
const ROOM_MS = 250
/** What a row takes besides its body. */
const ROW_BYTES = 1500

const sizeOf = (packed: Uint8Array) => packed.byteLength + ROW_BYTES

const newEpoch = () => randomBytes(16).toString('hex')

const pack = (body: unknown): Uint8Array => zstdCompressSync(JSON.stringify(body))
