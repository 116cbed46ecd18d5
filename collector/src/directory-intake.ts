import { setImmediate } from 'node:timers/promises'
import type { DirectorySignals, Finding, HostSignals, Outcome } from '@rollcall/contract'
import type { ReportAck, ReportPart, ReportSection, ScanReport } from '@rollcall/contract/bus'
import {
  directoryName,
  fewerRights,
  findingKeyer,
  identifyDirectory,
  mayRetire,
  nothingNew,
  outcomeAfterChanges,
  reconcileChanges,
  reconcileSome,
  tellsOfTakeover,
  type FindingChange,
  type IdentityEvidence,
  type KnownFinding,
  type ScopeState,
} from '@rollcall/inventory'
import {
  directoryEntryId,
  newId,
  rowOrder,
  SHARES,
  shareOf,
  spotOfFinding,
  spotPage,
  standingCells,
  type DirectoryStanding,
  type DirectoryTold,
  type Repositories,
  type Store,
} from '@rollcall/store'
import { admit, cameBefore } from './fleet/admission.ts'
import { standingsAside, type StandingsBatch } from './standings-aside.ts'
import { accepted, ending, liveSections, look, sightingDigest, type LiveSection } from './report-look.ts'

/** Takes reports about directories in, one after the other, whatever their size. */
export interface DirectoryIntake {
  take(report: ScanReport, signals: DirectorySignals): Promise<ReportAck>
  /** Keeps findings that come before their report. */
  keep(part: ReportPart): Promise<ReportAck>
}

/** Parts whose report did not come within a day are forgotten. */
export const KEPT_PARTS = 86_400_000

/**
 * A directory may have some hundred thousand entries, and a transaction holds up everything else in the process: so what is known is brought up to
 * date a page of each scope at a time, many short transactions one after the other, and the last of them admits the report. Whoever reads
 * meanwhile sees some of it new and some old. A report that was broken off by the end of the process is delivered again, and
 * finds what it has done already.
 */
export const directoryIntake = (store: Store, now: () => Date): DirectoryIntake => {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    // Whoever asked hears of it; the next in turn must not.
    last = mine.catch(() => {})
    return mine
  }

  return {
    take: (report, signals) => inTurn(() => take(store, now(), report, signals)),
    async keep(part) {
      const at = now().toISOString()
      if (part.index === 0) await store.reportParts.forgetBefore(new Date(now().getTime() - KEPT_PARTS).toISOString())
      await store.atomically(async (tx) => {
        const one = { id: part.report, agent: part.agent, spool: part.spool }
        const isNew = part.spool === undefined ? !(await cameBefore(tx, one)) : await admit(tx, one, at)
        if (isNew) await tx.reportParts.keep(part, at)
      })
      return { report: part.report, need: [], part: { probe: part.probe, index: part.index } }
    },
  }
}

const take = async (store: Store, now: Date, report: ScanReport, signals: DirectorySignals): Promise<ReportAck> => {
  const seen = look(report, now)
  if (await cameBefore(store, report)) return accepted(report)
  if (await isSeenAgain(store, report, seen)) return accepted(report)

  const { directory, evidence } = identifyDirectory(
    { signals, target: report.target, at: seen.at },
    await store.directories.candidates(signals, report.target),
  )
  const scopes = directory === undefined ? [] : await store.scopes.of(directory.id)
  const identity = signals.identity ?? ANYBODY
  const live = liveSections(report.sections, scopes, seen.at).map(({ section, scope }) => ({
    section: { ...section, identity },
    scope: scope === undefined ? undefined : handedOver(scope, seen.at, directory?.signals.identity ?? ANYBODY),
  }))
  const kept = await store.reportParts.kept(report.id)
  const need = live.filter((one) => isLacking(one, kept)).map(({ section }) => section.probe)
  if (need.length > 0) return { report: report.id, need }

  const id = directory?.id ?? newId(now)
  const latest = directory === undefined || seen.at >= directory.lastSeen
  const save = (
    tx: Repositories,
    told: readonly IdentityEvidence[],
    states: readonly ScopeState[],
    sighting: string | undefined,
  ) =>
    tx.hosts.save({
      id,
      name: latest ? directoryName(signals, report.target) : directory.name,
      kind: 'directory',
      signals: asHost(signals),
      target: report.target,
      at: seen.at,
      evidence: told,
      ...endingOf(report, states),
      sighting: sighting === undefined ? undefined : { digest: sighting, until: null },
    })
  // What is written below belongs to it, and must not be left behind by a process that ends.
  if (directory === undefined) await store.atomically((tx) => save(tx, evidence, [], undefined))

  const looked: Looked[] = []
  for (const one of live) looked.push(await lookAt(store, { id, report, at: seen.at }, one))
  const states = [
    ...scopes.filter(({ probe }) => !looked.some(({ scope }) => scope.probe === probe)),
    ...looked.map(({ scope }) => scope),
  ]
  const told = looked.some(({ moved }) => moved)
    ? await bringStandingsUpToDate(store, id, latest ? signals : directory.signals, states)
    : await store.directories.told(id)

  const whole =
    latest &&
    live.length === report.sections.length &&
    report.sections.every(({ changed = [] }) => changed.length === 0)
  await store.atomically(async (tx) => {
    if (!(await admit(tx, report, seen.received))) return
    await save(
      tx,
      directory === undefined ? [] : evidence,
      looked.map(({ scope }) => scope),
      whole ? sightingDigest(report) : undefined,
    )
    await tx.directories.save(id, latest ? signals : directory.signals, told)
    await tx.scopes.save(
      id,
      looked.map(({ scope }) => scope),
    )
    await finish(
      tx,
      report,
      id,
      seen.finished,
      looked.map(({ scope }) => scope),
    )
  })
  await forgetParts(store, report)
  return accepted(report)
}

/** What came before a report, when it is taken in. Where this is broken off, the rest is forgotten after a day. */
const forgetParts = async (store: Store, { id, sections }: ScanReport): Promise<void> => {
  const shares = sections.flatMap(({ probe, parts = 0 }) =>
    range(0, parts === 0 ? 0 : SHARES).map((share) => ({ probe, share })),
  )
  await inSlices(store, shares, (tx, only) => tx.reportParts.forget(id, only))
  await store.reportParts.forget(id)
}

type Seen = ReturnType<typeof look>

interface Live extends LiveSection {
  readonly section: ReportSection & { readonly identity: string }
}

/** Nobody is called so who logged in: names are not empty. */
const ANYBODY = ''

/** After so long without a complete look as the one who saw what is held, the next is taken for what there is. */
const HANDED_OVER = 30 * 86_400_000

/**
 * A scope, forgetting as whom it was read where that one does not come any more. `latest`: as whom the directory was read last, for while
 * nothing is new only the directory says when that was.
 */
const handedOver = ({ seenAs, ...scope }: ScopeState, at: string, latest: string | undefined): ScopeState => {
  if (seenAs === undefined) return scope
  const last = latest === seenAs.identity && scope.lastLook > seenAs.at ? scope.lastLook : seenAs.at
  return Date.parse(at) - Date.parse(last) > HANDED_OVER ? scope : { ...scope, seenAs: { ...seenAs, at: last } }
}

/** Whether everything is as at the last look; then says so. */
const isSeenAgain = async (store: Store, report: ScanReport, seen: Seen): Promise<boolean> => {
  const before = await store.hosts.lastSighting(report.target)
  if (before?.digest !== sightingDigest(report) || seen.at < before.at) return false
  if (report.sections.some(({ changed = [] }) => changed.length > 0)) return false
  const overdue = ({ kept, seenAs }: ScopeState) =>
    kept > 0 && seenAs !== undefined && Date.parse(seen.at) - Date.parse(seenAs.at) > HANDED_OVER
  if ((await store.scopes.of(before.host)).some(overdue)) return false
  await store.atomically(async (tx) => {
    if (!(await admit(tx, report, seen.received))) return
    await tx.hosts.seenAgain(before, seen.at)
    await finish(tx, report, before.host, seen.finished, [])
  })
  await forgetParts(store, report)
  return true
}

const finish = async (
  tx: Repositories,
  report: ScanReport,
  host: string,
  at: string,
  states: readonly ScopeState[],
): Promise<void> => {
  if (report.run === undefined) return
  await tx.scans.done(report.run, { target: report.target, host, at, ...endingOf(report, states) })
}

/** How it fared as a whole: by what is known of each scope after it, where a look at changes alone says less. */
const endingOf = (report: ScanReport, states: readonly ScopeState[]) => {
  const outcomes = new Map(states.map(({ probe, outcome }) => [probe, outcome]))
  const { status, reason } = ending({
    reached: report.reached,
    sections: report.sections.map((section) => ({
      ...section,
      outcome: outcomes.get(section.probe) ?? section.outcome,
    })),
  })
  return { outcome: status, reason }
}

/** What a section lacks to be taken in: findings that did not come, or something that its changes build on. */
const isLacking = ({ section, scope }: Live, kept: ReadonlyMap<string, ReadonlySet<number>>): boolean => {
  const { probe, findings, parts, basis } = section
  if (basis === 'changes' && (scope === undefined || scope.digest === HALF_DONE)) return true
  if (basis === undefined && nothingNew(scope, section)) return false
  if (parts === undefined) return findings === undefined
  const here = kept.get(probe) ?? new Set()
  return here.size < parts || Array.from({ length: parts }, (_, index) => index).some((index) => !here.has(index))
}

/** Stands for the digest while a scope is brought up to date: whoever finds it knows that this was broken off. */
const HALF_DONE = ''

interface Looked {
  readonly scope: ScopeState
  /** Whether anything that is concluded from findings may be another now. */
  readonly moved: boolean
}

interface Looking {
  readonly id: string
  readonly report: ScanReport
  readonly at: string
}

/** Brings one scope up to date. Its state is returned, not written: that comes last. */
const lookAt = async (store: Store, { id, report, at }: Looking, { section, scope }: Live): Promise<Looked> => {
  const { probe, privilege, digest, basis } = section
  const outcome: Outcome =
    basis === 'changes' && scope !== undefined ? outcomeAfterChanges(scope.outcome, section.outcome) : section.outcome
  const state = {
    probe,
    outcome,
    privilege,
    strongest: scope === undefined || fewerRights(scope.strongest, privilege) ? privilege : scope.strongest,
    ...seenAsAfter(scope, section, at),
    lastLook: at,
    lastComplete: outcome.status === 'complete' ? at : (scope?.lastComplete ?? null),
  }
  const otherOutcome = scope === undefined || scope.outcome.status !== outcome.status
  if (scope !== undefined && saysNothingNew(scope, section))
    return {
      scope: { ...state, digest: scope.digest, findings: scope.findings, kept: scope.kept },
      moved: otherOutcome,
    }

  const seenNow =
    (section.findings?.length ?? 0) +
    (section.parts === undefined ? 0 : await store.reportParts.count(report.id, probe))
  const brokenOff = scope === undefined ? (await store.scopes.pagesOf(id, probe)) > 0 : scope.digest === HALF_DONE
  const pages = await store.atomically(async (tx) => {
    if (scope !== undefined) await tx.scopes.save(id, [{ ...scope, digest: HALF_DONE }])
    return tx.scopes.layOut(id, probe, basis === 'changes' ? (scope?.findings ?? 0) + seenNow : seenNow)
  })
  const changed = new Set(section.changed)
  let [findings, keptOf, news] = [0, 0, 0]
  let moved = otherOutcome || brokenOff
  const inline = Map.groupBy(section.findings ?? [], shareOf(probe))
  // A share at a time, so that never more than that is held; rows then lie in the order in which shares do.
  const turns = Math.min(pages, SHARES)
  for (let turn = 0; turn < turns; turn++) {
    const of = (all: number) => range((turn * all) / turns, ((turn + 1) * all) / turns)
    const byPage = await readShares(store, report, section, { inline, shares: of(SHARES), pages })
    const rows: FindingChange[] = []
    await inSlices(store, of(pages), async (tx, page) => {
      const known = await tx.scopes.page(id, probe, page)
      const here = byPage.get(page) ?? new Map<string, Finding>()
      byPage.delete(page)
      const done =
        basis === 'changes' && scope !== undefined
          ? reconcileChanges(scope, known, section, here, changed)
          : reconcileSome(scope, known, section, here)
      await tx.scopes.applyPage(id, probe, page, known, done.changes, at)
      for (const change of done.changes) rows.push(change)
      moved ||= done.changes.some(tellsOfChange)
      // Rows that were not written the last time are not told by what changed since.
      if (brokenOff) rows.push(...unwritten(known, done.changes))
      findings += done.findings
      keptOf += done.kept
      news += done.changes.length
    })
    const ordered = rowOrder(id, probe, rows)
    await inSlices(store, range(0, Math.ceil(ordered.length / ROWS_AT_ONCE)), (tx, nth) =>
      tx.scopes.applyRows(id, probe, ordered.slice(nth * ROWS_AT_ONCE, (nth + 1) * ROWS_AT_ONCE), at),
    )
  }
  const upToDate = basis === 'changes' ? (news === 0 ? scope?.digest : undefined) : digest
  const kept = basis === 'changes' ? keptOf + (scope?.kept ?? 0) : keptOf
  return { scope: { ...state, digest: upToDate, findings, kept }, moved }
}

/** Whether something may be concluded anew from a change. */
const tellsOfChange = (change: FindingChange): boolean =>
  tellsOfTakeover(change.finding, change.type === 'changed' ? change.before : undefined)

/** As whom a scope is seen after a look: a complete one that may retire what it does not mention stands for all of it. */
const seenAsAfter = (
  scope: ScopeState | undefined,
  section: Live['section'],
  at: string,
): Pick<ScopeState, 'seenAs'> => {
  if (mayRetire(scope, section)) return { seenAs: { identity: section.identity, at } }
  return scope?.seenAs === undefined ? {} : { seenAs: scope.seenAs }
}

/** Rows that lie next to each other cost little to write together. */
const ROWS_AT_ONCE = 400

/** Changes that bring the rows of all that is known and does not change to what they should be. */
const unwritten = (known: readonly KnownFinding[], changes: readonly FindingChange[]): FindingChange[] => {
  const changing = new Set(changes.map(({ key }) => key))
  return known
    .filter(({ key }) => !changing.has(key))
    .map(({ key, finding, goneSince }) =>
      goneSince === null ? { type: 'moved', key, finding, before: null } : { type: 'vanished', key, finding },
    )
}

const saysNothingNew = (scope: ScopeState, { basis, changed = [], ...section }: Live['section']): boolean =>
  basis === 'changes'
    ? changed.length === 0 && (section.parts ?? 0) === 0 && (section.findings ?? []).length === 0
    : nothingNew(scope, section)

interface Sharing {
  /** The findings that the report itself carries. */
  readonly inline: ReadonlyMap<number, readonly Finding[]>
  readonly shares: readonly number[]
  readonly pages: number
}

/** The findings of some shares of a section by page and key, from the report or from the parts that came before it. */
const readShares = async (
  store: Store,
  report: ScanReport,
  { probe, parts = 0 }: ReportSection,
  { inline, shares, pages }: Sharing,
): Promise<Map<number, Map<string, Finding>>> => {
  const keyOf = findingKeyer()
  const byPage = new Map<number, Map<string, Finding>>()
  const add = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      const key = keyOf(finding)
      const page = spotPage(spotOfFinding(probe, key, finding), pages)
      const own = byPage.get(page)
      if (own === undefined) byPage.set(page, new Map([[key, finding]]))
      else own.set(key, finding)
    }
  }
  for (const share of shares) {
    add(inline.get(share) ?? [])
    for (let index = 0; index < parts; index++) {
      add(await store.reportParts.findings(report.id, probe, index, share))
      if (index % PARTS_AT_ONCE === 0) await setImmediate()
    }
  }
  return byPage
}

const PARTS_AT_ONCE = 8
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, nth) => from + nth)

/**
 * So long a transaction may hold up others, in milliseconds of processor time, and by the clock where the machine is busy with something
 * else; what takes longer by itself takes as long as it takes.
 */
const SLICE = 25
const SLICE_BY_CLOCK = 100

/** Works through items in transactions that are each as short as one item lets them be, and lets others work in between. */
const inSlices = async <Item>(
  store: Store,
  items: readonly Item[],
  work: (tx: Repositories, item: Item) => Promise<void>,
): Promise<void> => {
  let next = 0
  while (next < items.length) {
    await setImmediate()
    await store.atomically(async (tx) => {
      const isOver = sliceOf()
      do await work(tx, items[next++]!)
      while (next < items.length && !isOver())
    }, LOOSELY)
  }
}

/** What is lost of it is done again: the report is not admitted before all of it, and durably. */
const LOOSELY = { loose: true } as const

const sliceOf = () => {
  const [clock, processor] = [performance.now() + SLICE_BY_CLOCK, threadTime() + SLICE]
  return () => performance.now() > clock || threadTime() > processor
}

const threadTime = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Scopes in which nothing tells who can take a directory over. */
const ASIDE = new Set(['directory-keys', 'directory-secrets', 'directory-sudo', 'directory-access'])

/** Works out anew who can take the directory over, and writes what is another than before. */
const bringStandingsUpToDate = async (
  store: Store,
  id: string,
  signals: DirectorySignals,
  states: readonly ScopeState[],
): Promise<DirectoryTold> => {
  const telling = states.filter(({ probe }) => !ASIDE.has(probe))
  const pages = async function* () {
    for (const { probe } of telling) {
      const count = await store.scopes.pagesOf(id, probe)
      for (let page = 0; page < count; page++) {
        const text = await store.scopes.pageText(id, probe, page)
        if (text !== undefined) yield text
      }
    }
  }
  const findings = telling.reduce((sum, scope) => sum + scope.findings, 0)
  const worked = standingsAside({ signals, scopes: states }, pages(), findings)
  let changed: (DirectoryStanding & { readonly id: string })[] = []
  let last: StandingsBatch['of'] = 'account'
  const write = async () => {
    const ordered = changed.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    changed = []
    await inSlices(store, range(0, Math.ceil(ordered.length / STANDINGS_AT_ONCE)), (tx, nth) =>
      tx.directories.saveStandings(last, ordered.slice(nth * STANDINGS_AT_ONCE, (nth + 1) * STANDINGS_AT_ONCE)),
    )
  }
  while (true) {
    const step = await worked.next()
    if (step.done === true) {
      await write()
      return step.value
    }
    const { of, standings } = step.value
    if (of !== last || changed.length >= STANDINGS_HELD) await write()
    last = of
    changed.push(...(await otherStandings(store, id, step.value)))
    if (standings.length > 0) await setImmediate()
  }
}

const STANDINGS_AT_ONCE = 100
const STANDINGS_HELD = 5000

/** What is another than what is held. */
const otherStandings = async (store: Store, id: string, { of, standings }: StandingsBatch) => {
  const now = new Map(standings.map((one) => [directoryEntryId(id, one.object), one]))
  const held = await store.directories.standings(of, [...now.keys()])
  return held.flatMap((before) => {
    const cells = standingCells(now.get(before.id)!)
    return sameCells(before, cells, of) ? [] : [{ id: before.id, ...cells }]
  })
}

const sameCells = (
  one: ReturnType<typeof standingCells>,
  other: ReturnType<typeof standingCells>,
  of: 'account' | 'group',
) =>
  one.privileged === other.privileged &&
  (of === 'group' || one.tier === other.tier) &&
  one.privilegedBy === other.privilegedBy &&
  one.path === other.path &&
  one.unknownBecause === other.unknownBecause &&
  one.detail === other.detail

/** What a directory has in common with a host. */
const asHost = ({ make, version }: DirectorySignals): HostSignals => ({
  hostKeys: [],
  addresses: [],
  macs: [],
  os: { name: version ?? make },
})
