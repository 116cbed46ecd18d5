import { hash } from 'node:crypto'
import { formatTarget, type HostTarget } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import {
  comparedSection,
  scanHost,
  type HostProbe,
  type KeyedDigest,
  type ScannedSection,
  type ScanWishes,
  type StoredHash,
} from '@rollcall/discovery'
import { openHost, ReachError, type Login, type OpenHostOptions } from '@rollcall/reach'
import type { CompareHashes } from './compare-hashes.ts'
import { digestOf } from './digest.ts'
import type { FileMemories } from './file-memories.ts'
import { publicPoint } from './public-point.ts'
import { unreached } from './unreached.ts'

export interface Scanning {
  readonly probes: readonly HostProbe[]
  readonly reach: Omit<OpenHostOptions, 'signal'>
  readonly now: () => Date
  /** Without it, equal hashes on several hosts are not told. */
  readonly keyedDigest?: KeyedDigest
  /** Without it, every scan reads all files that may hold credentials. */
  readonly memories?: FileMemories
  /** What is wished of every scan by this agent, besides what its order says. */
  readonly wishes?: ScanWishes
  /** Without it, no stored hash is compared with anything, whatever is wished. */
  readonly compareHashes?: CompareHashes
}

/** What one look at one target gave: a report without its envelope. */
export type TargetScan = Omit<ScanReport, 'id' | 'agent' | 'run' | 'sections'> & {
  sections: (ReportSection & { findings: NonNullable<ReportSection['findings']> })[]
}

/** Scans one host, with what its order wishes. What was lent for it is tried before the agent's own logins. */
export type ScanHost = (
  target: HostTarget,
  signal: AbortSignal,
  ordered?: ScanWishes,
  lent?: readonly Login[],
) => Promise<TargetScan>

/** Scans hosts in this process. */
export const scanningHere =
  (scanning: Scanning): ScanHost =>
  (target, signal, ordered, lent = []) => {
    const { reach } = scanning
    return scanTarget(target, { ...scanning, reach: { ...reach, logins: [...lent, ...reach.logins] } }, signal, ordered)
  }

/** Scans one host. One that cannot be reached is a scan that says so; only a broken promise of ours throws. */
export const scanTarget = async (
  target: HostTarget,
  { probes, reach, now, keyedDigest = () => undefined, memories, wishes = {}, compareHashes }: Scanning,
  signal: AbortSignal,
  ordered: ScanWishes = {},
): Promise<TargetScan> => {
  const startedAt = now().toISOString()
  const ended = (scan: Pick<TargetScan, 'reached' | 'sections'> & Partial<Pick<TargetScan, 'host'>>): TargetScan => ({
    target: formatTarget(target),
    startedAt,
    finishedAt: now().toISOString(),
    ...scan,
  })
  const wished = bothOf(wishes, ordered)
  const look = async () => {
    await using host = await openHost(target, { ...reach, signal })
    const memory = await memories?.of(formatTarget(target), host.provenHostKey?.fingerprint)
    const scanned = await scanHost(host, probes, {
      sha256: (bytes) => hash('sha256', bytes, 'buffer'),
      publicPoint,
      keyedDigest,
      hash: (name, bytes) => hash(name, bytes, 'buffer'),
      now: new Date(startedAt),
      signal,
      wishes: wished,
      ...(memory === undefined ? {} : { memory }),
    })
    await memory?.save(
      scanned.sections.every(({ outcome }) => outcome.reasons.every(({ code }) => !BROKEN_OFF.has(code))),
    )
    return { scanned, notes: [...host.notes], privilege: host.privilege }
  }
  try {
    const { scanned, notes, privilege } = await look()
    // The host has been left: what is computed now costs it nothing.
    const milliseconds = (wished.credentials?.compareHashes?.secondsPerHost ?? 0) * 1000
    const sections =
      compareHashes === undefined || milliseconds === 0
        ? scanned.sections
        : await compared(scanned.sections, keyedDigest, (hashes) => compareHashes(hashes, milliseconds, signal))
    return ended({
      reached: { status: 'complete', reasons: notes },
      host: scanned.signals,
      sections: sections.map(({ probe, outcome, findings }) => ({
        probe,
        outcome,
        privilege,
        digest: digestOf(findings),
        findings: [...findings],
      })),
    })
  } catch (error) {
    if (!(error instanceof ReachError)) throw error
    return ended({ reached: unreached(error), sections: [] })
  }
}

const compared = async (
  sections: readonly ScannedSection[],
  keyedDigest: KeyedDigest,
  compare: (hashes: readonly StoredHash[]) => ReturnType<CompareHashes>,
): Promise<ScannedSection[]> => {
  const verdicts = await compare(sections.flatMap(({ hashes = [] }) => hashes))
  let from = 0
  return sections.map((section) => {
    const mine = verdicts.slice(from, (from += section.hashes?.length ?? 0))
    return comparedSection(section, mine, keyedDigest)
  })
}

/** Neither may widen what the other leaves out. Hashes are compared where the agent's own settings say so, and then no longer than both. */
const bothOf = ({ credentials: own = {} }: ScanWishes, { credentials: ordered = {} }: ScanWishes): ScanWishes => ({
  credentials: {
    ...own,
    ...ordered,
    compareHashes: {
      secondsPerHost: Math.min(
        own.compareHashes?.secondsPerHost ?? 0,
        ordered.compareHashes?.secondsPerHost ?? Number.POSITIVE_INFINITY,
      ),
    },
    off: own.off === true || ordered.off === true,
    exclude: [...new Set([...(own.exclude ?? []), ...(ordered.exclude ?? [])])],
  },
})

/** After these it is not known what else there was to ask about. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['connection-lost', 'timed-out', 'cancelled', 'probe-fault'])
