import { hash } from 'node:crypto'
import { formatTarget, type DirectoryTarget, type Reason } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import {
  scanDirectory,
  type Directory,
  type DirectoryMake,
  type KeyedDigest,
  type ScannedDirectory,
} from '@rollcall/discovery'
import { ReachError } from '@rollcall/reach'
import type { Delivery } from './delivery.ts'
import type { DirectoryMemories } from './directory-memories.ts'
import type { LongReport } from './long-report.ts'
import { unreached } from './unreached.ts'

/** A directory that answers; dispose of it to hang up. */
export interface OpenDirectory extends Directory, AsyncDisposable {
  /** What limits the look without being part of it. */
  readonly notes?: readonly Reason[]
}

/** Connects to a directory and logs in, once. Throws `ReachError` when that is not possible. */
export type OpenDirectoryTarget = (target: DirectoryTarget, signal: AbortSignal) => Promise<OpenDirectory>

export interface DirectoryScanning {
  readonly makes: () => Promise<readonly DirectoryMake[]>
  readonly open: OpenDirectoryTarget
  readonly now: () => Date
  readonly keyedDigest?: KeyedDigest
  /** Without it, every look is at everything. */
  readonly memories?: DirectoryMemories
}

/** What one look at one directory gave: a report without its envelope, and without the findings that travelled before it. */
export type DirectoryScan = Omit<ScanReport, 'id' | 'agent' | 'run'>

/**
 * Looks at one directory and reports it. Findings travel while the look goes on, so that a directory of any size is held by neither
 * side. Resolves when the report is committed; from where on the next look is to be told changes only is remembered after that. A
 * directory that cannot be reached is a report that says so, and one that is broken off or cancelled (`signal`) is reported as far as it was
 * read. After `stopped` nothing is delivered any more.
 */
export const reportDirectory = async (
  target: DirectoryTarget,
  scanning: DirectoryScanning,
  delivery: Pick<Delivery, 'begin' | 'send' | 'sendEnd'>,
  run: string,
  { signal, stopped }: { readonly signal: AbortSignal; readonly stopped: AbortSignal },
): Promise<void> => {
  const { open, now, memories, keyedDigest = () => undefined } = scanning
  const name = formatTarget(target)
  const startedAt = now().toISOString()
  const ended = (scan: Pick<DirectoryScan, 'reached' | 'sections' | 'directory'>): DirectoryScan => ({
    target: name,
    startedAt,
    finishedAt: now().toISOString(),
    ...scan,
  })
  // A cancelled look's report still ends its target; only the agent's own end stops delivery.
  const sending = () => AbortSignal.any([stopped, AbortSignal.timeout(GIVEN_UP_MS)])

  using report = delivery.begin(name, keyedDigest(DIGEST_PURPOSE) ?? '', stopped)
  const look = async () => {
    await using directory = await open(target, signal)
    const memory = await memories?.of(name, directory.identity)
    const scanned = await scanDirectory(directory, await scanning.makes(), {
      sha256: (bytes) => hash('sha256', bytes, 'buffer'),
      keyedDigest,
      now: new Date(startedAt),
      signal,
      take: (probe, findings) => report.tell(probe, findings),
      remembered: memory?.remembered,
    })
    return { scanned, memory, notes: [...(directory.notes ?? [])] }
  }
  const looked = await look().catch((error: unknown) => {
    if (error instanceof ReachError) return error
    throw error
  })
  if (looked instanceof ReachError)
    return delivery.send({ ...ended({ reached: unreached(looked), sections: [] }), sections: [] }, run, sending())

  const { scanned, memory, notes } = looked
  if (scanned === undefined) {
    const reached = { status: 'failed' as const, reasons: [{ code: 'unsupported' as const, detail: UNKNOWN_MAKE }] }
    return delivery.send({ ...ended({ reached, sections: [] }), sections: [] }, run, sending())
  }
  const tooMany = changedIn(scanned) > MOST_CHANGED
  const scan = ended({
    reached: { status: 'complete', reasons: notes },
    directory: scanned.signals,
    sections: scanned.sections.map((section) => sectionOf(section, report, tooMany)),
  })
  const fate = await delivery.sendEnd(report, scan, run, sending())
  if (fate === 'lost' || tooMany) await memory?.forget()
  else if (scanned.memory !== undefined)
    await memory?.save(
      scanned.memory,
      scanned.sections.every(({ changed }) => changed === undefined),
    )
}

const GIVEN_UP_MS = 600_000

/** Keeps the digest of what a directory holds from being known to those who fill it. */
const DIGEST_PURPOSE = 'what a directory was found to hold'

const UNKNOWN_MAKE = 'what kind of directory it is was not recognised'

/** A report has to fit into one message. What changed beyond is looked at as a whole the next time. */
const MOST_CHANGED = 60_000

const changedIn = ({ sections }: ScannedDirectory) =>
  sections.reduce((sum, { changed = [] }) => sum + changed.length, 0)

const sectionOf = (
  { probe, outcome, changed }: ScannedDirectory['sections'][number],
  report: LongReport,
  tooMany: boolean,
): ReportSection => {
  const { parts, digest } = report.told(probe)
  const about = { probe, privilege: 'user' as const, digest, ...(parts === 0 ? { findings: [] } : { parts }) }
  if (changed === undefined) return { ...about, outcome }
  if (!tooMany) return { ...about, outcome, basis: 'changes', changed: [...changed] }
  // Nothing is then said to be gone: the entries of which all was told are not named.
  const reasons = [...outcome.reasons.slice(0, 49), { code: 'too-many' as const, detail: 'changes' }]
  return { ...about, outcome: { status: 'truncated', reasons }, basis: 'changes', changed: [] }
}
