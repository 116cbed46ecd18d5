import { describeReason, isComputersOf, type Finding, type Outcome, type Reason } from '@rollcall/contract'
import type { ReportPart, ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import type { PrivilegeLines } from './privilege-lines.ts'
import { hiddenOf } from './rights.ts'

/**
 * What a report says, as the lines of `rollcall scan --json`: a stable contract. Every line has `kind` (that of a finding, or
 * `host`, `directory`, `computers`, `outcome` or `privilege`) and `target`; findings and outcomes have `probe`. An `account` also says whether it
 * is privileged, by which paths, and whether somebody can log in to it. An `outcome` that lacked a right has `hidden`: what that hides.
 * Findings of a directory come before its own line: see `linesOfPart`, which counts them for `told`. Who can take it over is told behind its
 * outcomes, a `privilege` for each, and counted by its own line.
 */
export const linesOf = (
  report: ScanReport,
  now: Date,
  told: ReadonlyMap<string, number> = new Map(),
  privilegeOf?: PrivilegeLines,
): object[] => {
  const { target, host, directory, sections } = report
  const takeover = directory === undefined ? undefined : privilegeOf?.of({ ...report, directory })
  const findings = sections.flatMap(({ probe, findings = [] }) => findings.map((finding) => ({ probe, finding })))
  const principals = host === undefined ? [] : principalsOf({ findings, scopes: sections, signals: host, now })
  const privilege = new Map(
    principals.map(({ name, privileged, paths, unknownBecause, loginAllowed, loginReasons }) => [
      name,
      { privileged, paths, unknownBecause: unknownBecause.map(explained), loginAllowed, loginReasons },
    ]),
  )
  return [
    {
      kind: kindOf(report),
      target,
      startedAt: report.startedAt,
      finishedAt: report.finishedAt,
      reached: explainedOutcome(report.reached),
      ...(host === undefined && directory === undefined ? {} : { signals: host ?? directory }),
      ...(takeover === undefined ? {} : { privilege: takeover.counts }),
    },
    ...sections.map(({ probe, outcome, privilege, findings = [] }) => ({
      kind: 'outcome',
      target,
      probe,
      ...explainedOutcome(outcome),
      ...(outcome.reasons.some(({ code }) => code === 'not-permitted') ? { hidden: hiddenOf(probe) } : {}),
      privilege,
      findings: findings.length + (told.get(probe) ?? 0),
    })),
    ...findings.map(({ probe, finding }) => ({
      ...finding,
      target,
      probe,
      ...(isAccount(finding) ? privilege.get(finding.name) : {}),
    })),
    ...(takeover?.lines ?? []),
  ]
}

/** Findings of a directory, as the lines that they are. */
export const linesOfPart = ({ target, probe, findings }: ReportPart): object[] =>
  findings.map((finding) => ({ ...finding, target, probe }))

const kindOf = ({ target, directory }: ScanReport) => {
  if (isComputersOf(target)) return 'computers'
  return directory !== undefined || /^ldaps?:/.test(target) ? 'directory' : 'host'
}

const isAccount = (finding: Finding) => finding.kind === 'account'

const explained = (reason: Reason) => ({ ...reason, sentence: describeReason(reason.code) })
const explainedOutcome = ({ status, reasons }: Outcome) => ({ status, reasons: reasons.map(explained) })

/** How one target fared, in a line for people. */
export const summaryOf = (report: ScanReport, told: ReadonlyMap<string, number> = new Map()): string => {
  const { target, reached, sections, directory } = report
  if (isComputersOf(target) && reached.status === 'complete')
    return ['asked', ...reached.reasons.map(leftOut)].join('; ')
  if (sections.length === 0) {
    const [reason] = reached.reasons
    if (reason === undefined) return `not reached: ${reached.status}`
    return `not reached: ${describeReason(reason.code)}${reason.detail === undefined ? '' : ` (${reason.detail})`}`
  }
  const found =
    directory === undefined
      ? `${sections.flatMap(({ findings = [] }) => findings).filter(({ kind }) => kind === 'account').length} accounts`
      : `${[...told.values()].reduce((sum, count) => sum + count, 0)} findings`
  const short = sections.filter(({ outcome }) => outcome.status !== 'complete')
  if (short.length === 0) return `${found}; complete`
  const each = short.map(({ probe, outcome }) => `${probe} ${outcome.status}`).join(', ')
  return `${found}; incomplete: ${short.length <= FEW ? each : tallyOf(sections, short)}`
}

const leftOut = ({ code, detail = code, count }: Reason) => `${count ?? 'some'} left out: ${detail}`

/** So many probes are named one by one. */
const FEW = 3

/** How many probes fell short, by how: `12 of 30 probes (8 denied, 4 partial)`. */
const tallyOf = (all: readonly unknown[], short: ScanReport['sections']): string => {
  const byStatus = Map.groupBy(short, ({ outcome }) => outcome.status)
  const counts = [...byStatus].map(([status, { length }]) => `${length} ${status}`)
  return `${short.length} of ${all.length} probes (${counts.join(', ')})`
}

/** Whether everything was looked at. What a host lacks the means to tell was not. */
export const isComplete = ({ target, reached, sections }: ScanReport): boolean =>
  reached.status === 'complete' &&
  (sections.length > 0 || isComputersOf(target)) &&
  sections.every(({ outcome }) => outcome.status === 'complete')
