import { formatTarget, type DirectoryTarget } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import type { KeyedDigest, ScannedDirectory } from '@rollcall/discovery'
import { ReachError } from '@rollcall/reach'
import type { Delivery } from './delivery.ts'
import type { DirectoryReading } from './directory-look.ts'
import type { DirectoryMemories, OneDirectoryMemory } from './directory-memories.ts'
import type { LongReport } from './long-report.ts'
import { ScannerEnded } from './scanner/scanner-ended.ts'
import { unreached } from './unreached.ts'

export interface DirectoryScanning {
  readonly reading: DirectoryReading
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
 * read. Where the process that reads it ends, it is read once more. After `stopped` nothing is delivered any more.
 */
export const reportDirectory = async (
  target: DirectoryTarget,
  scanning: DirectoryScanning,
  delivery: DirectoryDelivery,
  run: string,
  signals: Signals,
): Promise<void> => {
  const startedAt = scanning.now().toISOString()
  const look = () => lookAndReport(target, scanning, delivery, run, signals)
  const first = await look()
  if (first === undefined) return
  const second = signals.signal.aborted ? first : await look()
  if (second === undefined) return
  const about = { target: formatTarget(target), startedAt, finishedAt: scanning.now().toISOString() }
  await delivery.send({ ...about, reached: unreached(second), sections: [] }, run, sending(signals))
}

type DirectoryDelivery = Pick<Delivery, 'begin' | 'send' | 'sendEnd'>

interface Signals {
  readonly signal: AbortSignal
  readonly stopped: AbortSignal
}

/** Gives an error where the process that looked ended before it was done; then nothing is reported yet. */
const lookAndReport = async (
  target: DirectoryTarget,
  scanning: DirectoryScanning,
  delivery: DirectoryDelivery,
  run: string,
  signals: Signals,
): Promise<ScannerEnded | undefined> => {
  const { reading, now, memories, keyedDigest = () => undefined } = scanning
  const name = formatTarget(target)
  const startedAt = now()
  const ended = { target: name, startedAt: startedAt.toISOString() }

  using report = delivery.begin(name, keyedDigest(DIGEST_PURPOSE) ?? '', signals.stopped)
  let memory: OneDirectoryMemory | undefined
  const looked = await reading
    .look(target, {
      startedAt,
      signal: signals.signal,
      async remembered(identity) {
        memory = await memories?.of(name, identity)
        return memory?.remembered
      },
      take: (probe, findings) => report.tell(probe, findings),
    })
    .catch((error: unknown) => {
      if (error instanceof ReachError || error instanceof ScannerEnded) return error
      throw error
    })
  if (looked instanceof ScannerEnded) return looked
  const finishedAt = now().toISOString()
  if (looked instanceof ReachError) {
    await delivery.send({ ...ended, finishedAt, reached: unreached(looked), sections: [] }, run, sending(signals))
    return undefined
  }

  const { scanned, notes } = looked
  if (scanned === undefined) {
    const reached = { status: 'failed' as const, reasons: [{ code: 'unsupported' as const, detail: UNKNOWN_MAKE }] }
    await delivery.send({ ...ended, finishedAt, reached, sections: [] }, run, sending(signals))
    return undefined
  }
  const tooMany = changedIn(scanned) > MOST_CHANGED
  const scan: DirectoryScan = {
    ...ended,
    finishedAt,
    reached: { status: 'complete', reasons: [...notes] },
    directory: scanned.signals,
    sections: scanned.sections.map((section) => sectionOf(section, report, tooMany)),
  }
  const fate = await delivery.sendEnd(report, scan, run, sending(signals))
  if (fate === 'lost' || tooMany) await memory?.forget()
  else if (scanned.memory !== undefined)
    await memory?.save(
      scanned.memory,
      scanned.sections.every(({ changed }) => changed === undefined),
    )
  return undefined
}

/** A cancelled look's report still ends its target; only the agent's own end stops delivery. */
const sending = ({ stopped }: Signals) => AbortSignal.any([stopped, AbortSignal.timeout(GIVEN_UP_MS)])

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
