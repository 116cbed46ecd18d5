import { setImmediate } from 'node:timers/promises'
import type { Finding, Outcome } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import {
  fewerRights,
  findingKeyer,
  mayRetire,
  nothingNew,
  outcomeAfterChanges,
  reconcileChanges,
  reconcileSome,
  tellsOfTakeover,
  type FindingChange,
  type KnownFinding,
  type ScopeState,
} from '@rollcall/inventory'
import { rowOrder, SHARES, shareOf, spotOfFinding, spotPage, type Store } from '@rollcall/store'
import type { LiveSection } from './report-look.ts'
import { inSlices, range, sliced, type Pace } from './slices.ts'
import type { WorkOutStandings } from './standings-aside.ts'

/** With what, and how fast, a report about a directory is taken in. */
export interface Taking {
  readonly store: Store
  readonly pace: Pace
  readonly workOut: WorkOutStandings
}

export interface Live extends LiveSection {
  readonly section: ReportSection & { readonly identity: string }
}

/** Stands for the digest while a scope is brought up to date: whoever finds it knows that this was broken off. */
export const HALF_DONE = ''

export interface Looked {
  readonly scope: ScopeState
  /** Whether anything that is concluded from findings may be another now. */
  readonly moved: boolean
  /** Whether there may be more or less of something. */
  readonly recount: boolean
}

export interface Looking {
  readonly id: string
  readonly report: ScanReport
  readonly at: string
}

/** Brings one scope up to date. Its state is returned, not written: that comes last. */
export const lookAt = async (taking: Taking, looking: Looking, { section, scope }: Live): Promise<Looked> => {
  const { store } = taking
  const { id, report, at } = looking
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
  if (scope !== undefined && saysNothingNew(scope, section)) {
    const held = { digest: scope.digest, findings: scope.findings, kept: scope.kept }
    return { scope: { ...state, ...held }, moved: otherOutcome, recount: false }
  }

  const seenNow =
    (section.findings?.length ?? 0) +
    (section.parts === undefined ? 0 : await store.reportParts.count(report.id, probe))
  const brokenOff = scope === undefined ? (await store.scopes.pagesOf(id, probe)) > 0 : scope.digest === HALF_DONE
  if (scope !== undefined) await store.atomically((tx) => tx.scopes.save(id, [{ ...scope, digest: HALF_DONE }]))
  const size = basis === 'changes' ? Math.max(scope?.findings ?? 0, seenNow) : seenNow
  const pages = await store.scopes.layOut(id, probe, size)
  await sliced(store, taking.pace, (tx) => tx.scopes.splitPage(id, probe, pages))

  const done = await reconcileAll(taking, looking, { section, scope, pages, brokenOff })
  const upToDate = basis === 'changes' ? (done.news === 0 ? scope?.digest : undefined) : digest
  const [findings, kept] =
    basis === 'changes' && scope !== undefined
      ? [scope.findings + done.more, done.kept + scope.kept]
      : [done.findings, done.kept]
  return {
    scope: { ...state, digest: upToDate, findings, kept },
    moved: otherOutcome || brokenOff || done.moved,
    recount: done.recount,
  }
}

interface Scope extends Live {
  readonly pages: number
  /** Whether rows may be as they were before a look that was not finished. */
  readonly brokenOff: boolean
}

/** What was found on the pages that were looked at, and how many more findings are current on them than before. */
interface Done {
  findings: number
  more: number
  kept: number
  news: number
  moved: boolean
  recount: boolean
}

/** A share at a time, so that never more than that is held; rows then lie in the order in which shares do. */
const reconcileAll = async (taking: Taking, looking: Looking, on: Scope): Promise<Done> => {
  const { store, pace } = taking
  const { id, report, at } = looking
  const { section, scope, pages } = on
  const { probe } = section
  const done: Done = { findings: 0, more: 0, kept: 0, news: 0, moved: false, recount: false }
  const changed = new Set(section.changed)
  const touched = await touchedPages(store, id, on)
  const inline = Map.groupBy(section.findings ?? [], shareOf(probe))
  const turns = Math.min(pages, SHARES)
  for (let turn = 0; turn < turns; turn++) {
    const of = (all: number) => range((turn * all) / turns, ((turn + 1) * all) / turns)
    const byPage = await readShares(store, report, section, { inline, shares: of(SHARES), pages })
    const all = of(pages).map((nth) => pages + nth)
    const rows: FindingChange[] = []
    const wanted = touched === undefined ? all : all.filter((page) => touched.has(page) || byPage.has(page))
    await inSlices(store, pace, wanted, async (tx, page) => {
      const known = await tx.scopes.page(id, probe, page)
      const here = byPage.get(page) ?? new Map<string, Finding>()
      byPage.delete(page)
      const now =
        section.basis === 'changes' && scope !== undefined
          ? reconcileChanges(scope, known, section, here, changed)
          : reconcileSome(scope, known, section, here)
      await tx.scopes.applyPage(id, probe, page, known, now.changes, at)
      for (const change of now.changes) rows.push(change)
      done.moved ||= now.changes.some(tellsOfChange)
      done.recount ||= now.changes.some(tellsOfCounts)
      // Rows that were not written the last time are not told by what changed since.
      if (on.brokenOff) rows.push(...unwritten(known, now.changes))
      done.findings += now.findings
      done.more += now.findings - known.filter(({ goneSince }) => goneSince === null).length
      done.kept += now.kept
      done.news += now.changes.length
    })
    const ordered = rowOrder(id, probe, rows)
    await inSlices(store, pace, range(0, Math.ceil(ordered.length / ROWS_AT_ONCE)), (tx, nth) =>
      tx.scopes.applyRows(id, probe, ordered.slice(nth * ROWS_AT_ONCE, (nth + 1) * ROWS_AT_ONCE), at),
    )
  }
  return done
}

/** Scopes in which every finding that speaks of an entry has a row, by which it is found without looking through all pages. */
const OF_ENTRIES: ReadonlySet<string> = new Set(['directory-accounts', 'directory-computers', 'directory-groups'])
/** So few pages are read sooner than rows are asked where to look. */
const FEW_PAGES = 64
const OBJECTS_AT_ONCE = 100

/** The pages on which changed entries are spoken of, besides those on which something was seen now. Undefined: it may be any. */
const touchedPages = async (
  store: Store,
  id: string,
  { section: { probe, basis, changed = [] }, pages }: Scope,
): Promise<ReadonlySet<number> | undefined> => {
  if (basis !== 'changes' || pages <= FEW_PAGES || !OF_ENTRIES.has(probe)) return undefined
  const touched = new Set<number>()
  for (let from = 0; from < changed.length; from += OBJECTS_AT_ONCE) {
    const spots = await store.directories.spotsOf(id, probe, changed.slice(from, from + OBJECTS_AT_ONCE))
    if (spots === undefined) return undefined
    for (const spot of spots) touched.add(spotPage(spot, pages))
    await setImmediate()
  }
  return touched
}

/** Whether something may be concluded anew from a change. */
const tellsOfChange = (change: FindingChange): boolean =>
  tellsOfTakeover(change.finding, change.type === 'changed' ? change.before : undefined)

/** Whether there may be more or less of something than before, beside what tells of takeover. */
const tellsOfCounts = ({ type, finding }: FindingChange): boolean =>
  finding.kind === 'directory-weakness' && type !== 'moved' && type !== 'suspected'

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
