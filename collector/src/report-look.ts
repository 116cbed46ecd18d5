import { hash } from 'node:crypto'
import type { Outcome, OutcomeStatus, Reason } from '@rollcall/contract'
import { rootText, type ReportAck, type ReportSection, type ScanReport } from '@rollcall/contract/bus'
import type { ScopeState } from '@rollcall/inventory'

export const accepted = ({ id }: ScanReport): ReportAck => ({ report: id, need: [] })

/** When a look was taken, by the agent's clock but never later than now: a clock that is ahead must not shut out what follows. */
export const look = ({ startedAt, finishedAt }: ScanReport, now: Date) => {
  const received = now.toISOString()
  const bounded = (instant: string) => {
    const exact = new Date(instant).toISOString()
    return exact < received ? exact : received
  }
  return { at: bounded(startedAt), finished: bounded(finishedAt), received }
}

/** Everything about a report but when it was made and the findings themselves, for which their digests stand. */
export const sightingDigest = (report: ScanReport): string => hash('sha256', rootText(report), 'base64url')

export interface LiveSection {
  readonly section: ReportSection
  readonly scope: ScopeState | undefined
}

/** The sections to be taken over, each probe once: not those older than what is known, since a scope only moves forward in time. */
export const liveSections = (
  sections: readonly ReportSection[],
  scopes: readonly ScopeState[],
  at: string,
): LiveSection[] => {
  const byProbe = new Map(scopes.map((scope) => [scope.probe, scope]))
  const taken = new Set<string>()
  return sections.flatMap((section) => {
    const scope = byProbe.get(section.probe)
    if (taken.has(section.probe) || !PROBE.test(section.probe) || (scope !== undefined && at < scope.lastLook))
      return []
    taken.add(section.probe)
    return [{ section, scope }]
  })
}

const PROBE = /^[a-z][a-z0-9-]*$/

export interface Ending {
  readonly status: OutcomeStatus
  readonly reason: Reason | null
}

/** The worst first. */
const SEVERITY: readonly OutcomeStatus[] = [
  'failed',
  'timed-out',
  'denied',
  'truncated',
  'partial',
  'absent',
  'complete',
]

/** How a host fared as a whole: `complete` when everything was, one other word when all fared so, else `partial`. */
export const ending = ({ reached, sections }: Pick<ScanReport, 'reached' | 'sections'>): Ending => {
  const outcomes: Outcome[] = [reached, ...sections.map(({ outcome }) => outcome)]
  const [worst] = outcomes.toSorted((one, other) => SEVERITY.indexOf(one.status) - SEVERITY.indexOf(other.status))
  if (worst === undefined || worst.status === 'complete') return { status: 'complete', reason: null }
  const all = sections.length > 0 && sections.every(({ outcome }) => outcome.status === worst.status)
  return { status: all ? worst.status : 'partial', reason: worst.reasons[0] ?? null }
}
