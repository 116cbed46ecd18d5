import { setImmediate } from 'node:timers/promises'
import { MAX_REASONS, type Finding, type HostSignals, type Outcome } from '@rollcall/contract'
import type { ReportAck, ReportPart, ReportSection, ScanReport } from '@rollcall/contract/bus'
import {
  afterChanges,
  hostName,
  identify,
  nothingNew,
  mayRetire,
  reconcile,
  type FindingChange,
  type KnownFinding,
  type ScopeState,
  fewerRights,
} from '@rollcall/inventory'
import { idWithin, newId, type OwnerNames, type PrincipalRow, type Repositories, type Store } from '@rollcall/store'
import { directoryIntake } from './directory-intake.ts'
import { admit, cameBefore } from './fleet/admission.ts'
import { accepted, ending, liveSections, look, sightingDigest, type Ending, type LiveSection } from './report-look.ts'

/** Takes a report in and says which findings it still needs; none when all of it is committed. Rejects when it could not be. */
export interface Intake {
  (report: ScanReport): Promise<ReportAck>
  /** Keeps findings that come before their report. */
  keep(part: ReportPart): Promise<ReportAck>
}

/** A principal as its findings make it; who it is and since when, the inventory knows. */
export type ComputedPrincipal = Omit<PrincipalRow, 'id' | 'host' | 'state' | 'firstSeen' | 'lastSeen' | 'goneSince'>

export interface IntakeTools {
  readonly now: () => Date
  /**
   * Who an agent stands for when it looks at a host: all agents that see the same of it, such as those of a segment. Default each for
   * itself.
   */
  readonly vantage?: (agent: string) => string
  /** Computes the principals of a host from all that is current on it. Pure. */
  readonly principals: (input: {
    readonly findings: readonly (KnownFinding & { readonly probe: string })[]
    readonly scopes: readonly ScopeState[]
    readonly signals: HostSignals
    readonly now: Date
  }) => readonly ComputedPrincipal[]
}

/**
 * Brings the inventory up to date with reports, each once, however often it is delivered. Reports that wait at the same time
 * share a transaction, since making one durable costs the same for all; one that fails does so alone.
 */
export const intake = (store: Store, tools: IntakeTools): Intake => {
  let waiting: Waiting[] = []
  let working = false

  const work = async () => {
    working = true
    while (waiting.length > 0) {
      // Lets other work through between transactions, and more reports gather for the next.
      await setImmediate()
      const group = waiting.slice(0, groupSize(waiting))
      waiting = waiting.slice(group.length)
      await commit(store, tools, group)
    }
    working = false
  }

  const directories = directoryIntake(store, tools.now)
  const take = (report: ScanReport) =>
    report.directory !== undefined
      ? directories.take(report, report.directory)
      : new Promise<ReportAck>((resolve, reject) => {
          waiting.push({ report, resolve, reject })
          if (!working) void work()
        })
  return Object.assign(take, { keep: (part: ReportPart) => directories.keep(part) })
}

interface Waiting {
  readonly report: ScanReport
  readonly resolve: (ack: ReportAck) => void
  readonly reject: (error: unknown) => void
}

/** A transaction holds up everything else in the process: this many findings take a few dozen milliseconds. */
const MAX_FINDINGS_PER_COMMIT = 4000
const MAX_REPORTS_PER_COMMIT = 500

const groupSize = (waiting: readonly Waiting[]): number => {
  let findings = 0
  const end = waiting.findIndex(({ report }, index) => {
    findings += report.sections.reduce((sum, section) => sum + (section.findings?.length ?? 0), 0)
    return index >= MAX_REPORTS_PER_COMMIT || (index > 0 && findings > MAX_FINDINGS_PER_COMMIT)
  })
  return end === -1 ? waiting.length : end
}

const commit = async (store: Store, tools: IntakeTools, group: readonly Waiting[]): Promise<void> => {
  try {
    const acks = await store.atomically(async (tx) => {
      const acks: ReportAck[] = []
      for (const { report } of group) acks.push(await take(tx, tools, report))
      return acks
    })
    for (const [index, { resolve }] of group.entries()) resolve(acks[index]!)
  } catch (error) {
    if (group.length === 1) return group[0]!.reject(error)
    // Nothing of the group was kept: each is taken by itself, so that only the broken one fails.
    for (const one of group) await commit(store, tools, [one])
  }
}

const take = async (tx: Repositories, tools: IntakeTools, report: ScanReport): Promise<ReportAck> => {
  const now = tools.now()
  const seen = look(report, now)
  const done = (host: string | null, { status, reason }: Ending) =>
    report.run === undefined
      ? undefined
      : tx.scans.done(report.run, { target: report.target, host, outcome: status, reason, at: seen.finished })

  if (report.host === undefined) {
    if (!(await admit(tx, report, seen.received))) return accepted(report)
    const ending = { status: report.reached.status, reason: report.reached.reasons[0] ?? null }
    await tx.hosts.missed(report.target, ending.status, ending.reason, seen.at)
    await tx.reportParts.forget(report.id)
    await done(null, ending)
    return accepted(report)
  }

  const digest = sightingDigest(report)
  const last = await tx.hosts.lastSighting(report.target)
  if (last?.digest === digest && seen.at >= last.at && (last.until === null || seen.received < last.until)) {
    if (!(await admit(tx, report, seen.received))) return accepted(report)
    await tx.hosts.seenAgain(last, seen.at)
    await done(last.host, ending(report))
    return accepted(report)
  }

  const { host, evidence } = identify(
    { signals: report.host, target: report.target, at: seen.at },
    await tx.hosts.candidates(report.host, report.target),
  )
  const scopes = host === undefined ? [] : await tx.scopes.of(host.id)
  const identity = tools.vantage?.(report.agent) ?? report.agent
  const live = liveSections(report.sections, scopes, seen.at).map(({ section, scope }) => ({
    section: { ...section, identity },
    scope: scope === undefined ? undefined : handedOver(scope, seen.at),
  }))
  const need = live
    .filter(({ section, scope }) => section.findings === undefined && !nothingNew(scope, section))
    .map(({ section }) => section.probe)
  if (need.length > 0 && !(await cameBefore(tx, report))) return { report: report.id, need }
  if (!(await admit(tx, report, seen.received))) return accepted(report)

  const id = host?.id ?? newId(now)
  const looked = await lookAt(tx, id, live, seen.at)
  const latest = host === undefined || seen.at >= host.lastSeen
  const signals = latest ? report.host : host.signals
  const others =
    host === undefined
      ? []
      : (await tx.scopes.current(id)).filter(
          ({ probe }) => !looked.some((one) => one.scope.probe === probe && one.findings !== undefined),
        )
  const findings = [
    ...others,
    ...looked.flatMap(({ scope: { probe }, findings = [] }) => findings.map((finding) => ({ probe, ...finding }))),
  ]
  const states = [
    ...scopes.filter(({ probe }) => !looked.some(({ scope }) => scope.probe === probe)),
    ...looked.map(({ scope }) => scope),
  ]
  const known = host === undefined ? [] : await tx.principals.of(id)
  const end = endingOf(report, looked)

  await tx.hosts.save({
    id,
    name: latest ? hostName(report.host, report.target) : host.name,
    signals: report.host,
    target: report.target,
    at: seen.at,
    evidence,
    outcome: end.status,
    reason: end.reason,
    // What was not believed in all is to be thought through again, though it be the same.
    sighting:
      latest &&
      live.length === report.sections.length &&
      looked.every(({ scope }, index) => scope.outcome === live[index]!.section.outcome)
        ? { digest, until: nextTurn(findings, now) }
        : undefined,
  })
  const computed = tools.principals({ findings, scopes: states, signals, now })
  await tx.principals.save(principalRows(id, known, computed, suspectedIn(findings), seen.at))
  for (const { scope, changes } of looked) await tx.scopes.apply(id, scope.probe, changes, seen.at)
  if (findings.some(({ finding }) => finding.kind === 'file')) await tx.scopes.nameOwners(id, ownerNames(findings))
  await tx.scopes.save(
    id,
    looked.map(({ scope }) => scope),
  )
  await done(id, end)
  return accepted(report)
}

/** How a look fared, as far as it was believed. */
const endingOf = (report: ScanReport, looked: readonly Looked[]): Ending => {
  const outcomes = new Map(looked.map(({ scope }) => [scope.probe, scope.outcome]))
  return ending({
    reached: report.reached,
    sections: report.sections.map((section) => ({
      ...section,
      outcome: outcomes.get(section.probe) ?? section.outcome,
    })),
  })
}

/** The names of a host's uids and gids: of several for one number, the first that is listed. */
const ownerNames = (findings: readonly { readonly finding: Finding }[]): OwnerNames => {
  const names = { users: new Map<number, string>(), groups: new Map<number, string>() }
  for (const { finding } of findings) {
    if (finding.kind === 'account' && !names.users.has(finding.uid)) names.users.set(finding.uid, finding.name)
    if (finding.kind === 'membership' && !names.groups.has(finding.gid)) names.groups.set(finding.gid, finding.group)
  }
  return names
}

interface Live extends LiveSection {
  readonly section: ReportSection & Look
}

interface Looked {
  readonly scope: ScopeState
  readonly changes: readonly FindingChange[]
  /** What is current after it; absent where nothing is new. */
  readonly findings?: readonly KnownFinding[]
}

/** Compares each section with what is known of its scope. Writes nothing. */
const lookAt = async (tx: Repositories, host: string, live: readonly Live[], at: string): Promise<Looked[]> => {
  const looked: Looked[] = []
  for (const { section, scope } of live) {
    const { probe, outcome, privilege, digest, identity } = section
    const look = { outcome, privilege, identity }
    const state = {
      probe,
      privilege,
      strongest: scope === undefined || fewerRights(scope.strongest, privilege) ? privilege : scope.strongest,
      digest,
      lastLook: at,
      lastComplete: outcome.status === 'complete' ? at : (scope?.lastComplete ?? null),
    }
    if (scope !== undefined && nothingNew(scope, { ...look, digest })) {
      const { findings, kept, suspected = 0 } = scope
      const believed = { outcome: believedOf(scope, look, { kept, suspected }), ...seenAsAfter(scope, look, kept, at) }
      looked.push({ scope: { ...state, ...believed, findings, kept, suspected }, changes: [] })
      continue
    }
    const known = scope === undefined ? [] : await tx.scopes.known(host, probe)
    const { changes, findings, kept, suspected } = reconcile(scope, known, {
      ...look,
      findings: section.findings ?? [],
    })
    const believed = { outcome: believedOf(scope, look, { kept, suspected }), ...seenAsAfter(scope, look, kept, at) }
    looked.push({
      scope: { ...state, ...believed, findings, kept, suspected },
      changes,
      findings: afterChanges(known, changes, at),
    })
  }
  return looked
}

type Look = Pick<ReportSection, 'outcome' | 'privilege'> & { readonly identity: string }

/** After so long without a complete look from where all that is held was seen, the next from elsewhere is taken for what there is. */
const HANDED_OVER = 7 * 86_400_000

/** A scope, forgetting from where it was seen where nobody looks from there any more. */
const handedOver = ({ seenAs, ...scope }: ScopeState, at: string): ScopeState => {
  if (seenAs === undefined) return scope
  // While a look mentions all that is held, it was all seen then, whoever looked.
  const last =
    scope.kept === 0 && scope.outcome.status === 'complete' && scope.lastLook > seenAs.at ? scope.lastLook : seenAs.at
  return Date.parse(at) - Date.parse(last) > HANDED_OVER ? scope : { ...scope, seenAs: { ...seenAs, at: last } }
}

/** From where a scope is seen after a look: a complete one stands for all that is held if it may retire, or mentions all of it. */
const seenAsAfter = (
  scope: ScopeState | undefined,
  look: Look,
  kept: number,
  at: string,
): Pick<ScopeState, 'seenAs'> => {
  const { seenAs, ...anybody } = scope ?? { strongest: look.privilege }
  if (mayRetire(scope, look) || (kept === 0 && mayRetire(anybody, look)))
    return { seenAs: { identity: look.identity, at } }
  return seenAs === undefined ? {} : { seenAs }
}

/** The outcome as people see it: a complete look that may not be believed in all is partial, and says why. */
const believedOf = (
  scope: ScopeState | undefined,
  { outcome, privilege, identity }: Look,
  { kept, suspected }: { readonly kept: number; readonly suspected: number },
): Outcome => {
  if (outcome.status !== 'complete' || kept === 0) return outcome
  const isElsewhere = scope?.seenAs !== undefined && scope.seenAs.identity !== identity
  if (suspected === 0 && (!isElsewhere || fewerRights(privilege, scope.strongest))) return outcome
  const reason =
    suspected > 0
      ? { code: 'many-missing' as const, count: suspected }
      : { code: 'seen-elsewhere' as const, count: kept }
  return { status: 'partial', reasons: [reason, ...outcome.reasons].slice(0, MAX_REASONS) }
}

/** The rows to write: what is new or not as it was. An account that is no longer there stays, and says since when. */
const principalRows = (
  host: string,
  known: readonly PrincipalRow[],
  computed: readonly ComputedPrincipal[],
  suspected: ReadonlySet<string>,
  at: string,
): PrincipalRow[] => {
  const left = new Map(known.map((row) => [row.id, row]))
  const namesakes = new Map<string, number>()
  const rows: PrincipalRow[] = []
  for (const principal of computed) {
    const nth = (namesakes.get(principal.name) ?? 0) + 1
    namesakes.set(principal.name, nth)
    const id = nth === 1 ? idWithin(host, principal.name) : idWithin(host, principal.name, String(nth))
    const before = left.get(id)
    left.delete(id)
    const row: PrincipalRow = {
      ...principal,
      id,
      host,
      // How it is managed is not for a scan to say, except that it is there again.
      state: suspected.has(principal.name) ? 'suspected' : stateOf(before),
      firstSeen: before?.firstSeen ?? at,
      lastSeen: at,
      goneSince: null,
    }
    if (before === undefined || !same(before, row)) rows.push(row)
  }
  for (const gone of left.values()) if (gone.goneSince === null) rows.push({ ...gone, state: 'gone', goneSince: at })
  return rows
}

/** What a scan made of it is over when it is there again. */
const stateOf = (before: PrincipalRow | undefined) =>
  before === undefined || before.state === 'gone' || before.state === 'suspected' ? 'unmanaged' : before.state

/** Accounts that a second complete look has to confirm to be gone. */
const suspectedIn = (findings: readonly KnownFinding[]): ReadonlySet<string> =>
  new Set(
    findings.flatMap(({ finding, suspectedSince }) =>
      finding.kind === 'account' && suspectedSince !== undefined ? [finding.name] : [],
    ),
  )

const same = (one: PrincipalRow, other: PrincipalRow) => comparable(one) === comparable(other)

const comparable = ({ lastSeen: _, ...row }: PrincipalRow) =>
  JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)))

/** When what follows from the findings may next be another thing although they are the same: a password or account runs out. */
const nextTurn = (findings: readonly { readonly finding: Finding }[], now: Date): string | null => {
  let next: number | null = null
  for (const { finding } of findings) {
    if (finding.kind !== 'credential') continue
    for (const day of turns(finding)) if (day > now.getTime() && (next === null || day < next)) next = day
  }
  return next === null || next > MAX_INSTANT ? null : new Date(next).toISOString()
}

const DAY = 86_400_000
const MAX_INSTANT = Date.UTC(9999, 11, 31)

const turns = ({
  accountExpires,
  changed,
  maximumDays,
  inactiveDays,
}: Extract<Finding, { kind: 'credential' }>): number[] => {
  const expires = accountExpires === undefined ? [] : [Date.parse(accountExpires)]
  if (changed === undefined || changed === 'must-change' || maximumDays === undefined) return expires
  const old = Date.parse(changed) + (maximumDays + 1) * DAY
  return [...expires, old, ...(inactiveDays === undefined ? [] : [old + inactiveDays * DAY])]
}
