import { describeReason, type Finding, type Outcome, type OutcomeStatus, type Reason } from '@rollcall/contract'
import type { Change } from '@rollcall/contract/api'
import { accountOf, thingOf, type FindingChange, type KnownFinding, type ScopeState } from '@rollcall/inventory'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { Scopes } from './face.ts'
import { findingRows, hasRow, isOfDirectory, spotOfFinding } from './finding-rows.ts'
import { newId, SPOTS } from './id.ts'
import { columnsOf, excluded, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type ScopeRow = Selectable<Tables['scope']>
type PageRow = Selectable<Tables['finding_page']>
type HistoryRow = Selectable<Tables['history']>

export const scopes = (connection: Connection): Scopes => {
  const q = queries(connection)
  const rows = findingRows(connection)

  return {
    async of(host) {
      const seen = await q.seen.first({ host_id: host })
      return (await q.ofHost.all({ host_id: host })).map((row) => scopeState(row, seen?.last_seen))
    },

    async save(host, states) {
      const seen = (await q.seen.first({ host_id: host }))?.last_seen
      await q.save.each(states.map((state) => scopeRow(host, state, seen)))
    },

    async known(host, probe) {
      return (await q.pages.all({ host_id: host, probe })).flatMap(pageFindings)
    },

    async current(host) {
      const pages = await q.allPages.all({ host_id: host })
      return pages.flatMap((page) =>
        pageFindings(page)
          .filter(({ goneSince }) => goneSince === null)
          .map((finding) => ({ probe: page.probe, ...finding })),
      )
    },

    async apply(host, probe, changes, at) {
      if (changes.length === 0) return
      await applyPages(q, host, probe, changes, at)
      if (changes.every(hasNoRow)) return
      const name = (await q.name.first({ id: host }))?.name ?? host
      await q.addHistory.each(changes.flatMap((change) => historyRow({ host, name, probe, at }, change)))
      const told = changes.filter(({ type }) => type !== 'suspected')
      await rows.apply({ host, hostName: name, probe }, told, at, () => lastComplete(q, { host, probe }))
    },

    async pagesOf(host, probe) {
      return (await q.pageNumbers.all({ host_id: host, probe })).length
    },

    async layOut(host, probe, size) {
      const held = (await q.pageNumbers.all({ host_id: host, probe })).length
      const count = Math.max(held, 2 ** Math.ceil(Math.log2(Math.max(1, size / FINDINGS_PER_PAGE))))
      if (count === held) return count
      // Pages split into as many that follow each other: the last first, so that none is written over before it was read.
      const each = count / Math.max(1, held)
      for (let page = Math.max(1, held) - 1; page >= 0; page--) {
        const row = await q.page.first({ host_id: host, probe, page })
        const contents: PageEntry[][] = Array.from({ length: each }, () => [])
        for (const finding of row === undefined ? [] : pageFindings(row))
          contents[spotPage(spotOfFinding(probe, finding.key, finding.finding), count) - page * each]!.push(
            entry(finding),
          )
        await q.savePage.each(
          contents.map((content, nth) => ({
            host_id: host,
            probe,
            page: page * each + nth,
            body: JSON.stringify(content),
          })),
        )
      }
      return count
    },

    async page(host, probe, page) {
      const row = await q.page.first({ host_id: host, probe, page })
      return row === undefined ? [] : pageFindings(row)
    },

    async pageText(host, probe, page) {
      return (await q.page.first({ host_id: host, probe, page }))?.body
    },

    async applyPage(host, probe, page, known, changes, at) {
      if (changes.length === 0) return
      const held = new Map(known.map((finding) => [finding.key, finding]))
      for (const change of changes) held.set(change.key, changed(held.get(change.key), change, at))
      await q.savePage.run({
        host_id: host,
        probe,
        page,
        body: JSON.stringify([...held.values()].map(entry)),
      })
      if (changes.every(hasNoRow)) return
      const name = (await q.name.first({ id: host }))?.name ?? host
      await q.addHistory.each(changes.flatMap((change) => historyRow({ host, name, probe, at }, change)))
      const others = changes.filter(({ finding }) => !isOfDirectory(finding))
      if (others.length > 0)
        await rows.apply({ host, hostName: name, probe }, others, at, () => lastComplete(q, { host, probe }))
    },

    async applyRows(host, probe, changes, at) {
      const name = (await q.name.first({ id: host }))?.name ?? host
      await rows.apply({ host, hostName: name, probe }, changes, at, () => lastComplete(q, { host, probe }))
    },

    nameOwners: (host, names) => rows.nameOwners(host, names),

    async history({ host, account, limit, found: withFound = true }) {
      const { db } = connection
      const told = await db
        .selectFrom('history')
        .selectAll()
        .$if(host !== undefined, (query) => query.where('host_id', '=', host!))
        .$if(account !== undefined, (query) => query.where('account', '=', account!))
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      if (host === undefined || !withFound) return told.map(change)
      // What the first look found has no history of its own: it appeared when it was first seen.
      const name = (await q.name.first({ id: host }))?.name ?? host
      const firstLooks = new Map(
        (await q.ofHost.all({ host_id: host })).map((scope) => [scope.probe, scope.first_look]),
      )
      const found = (await q.allPages.all({ host_id: host })).flatMap((page) =>
        pageFindings(page)
          .filter(
            ({ finding, firstSeen }) =>
              firstSeen === firstLooks.get(page.probe) && (account === undefined || accountOf(finding) === account),
          )
          .map((finding) => appearance(name, page.probe, finding)),
      )
      return [...told.map(change), ...found]
        .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
        .slice(0, limit)
    },
  }
}

/** Whether a change shows in no table but the pages of its scope. */
const hasNoRow = ({ type, finding }: FindingChange) =>
  type === 'suspected' || ((type === 'found' || type === 'moved') && !hasRow(finding))

/** Brings the pages up to date; only those that change are written. */
const applyPages = async (q: Queries, host: string, probe: string, changes: readonly FindingChange[], at: string) => {
  // Nothing is held of a scope that is looked at for the first time.
  const pages = changes.every(({ type }) => type === 'found') ? [] : await q.pages.all({ host_id: host, probe })
  const held = new Map(pages.flatMap(pageFindings).map((finding) => [finding.key, finding]))
  for (const change of changes) held.set(change.key, changed(held.get(change.key), change, at))
  // Pages split as a scope grows, and stay split.
  const count = Math.max(pages.length, 2 ** Math.ceil(Math.log2(Math.max(1, held.size / FINDINGS_PER_PAGE))))
  const touched = count === pages.length ? new Set(changes.map(({ key }) => pageOf(key, count))) : undefined
  const contents: PageEntry[][] = Array.from({ length: count }, () => [])
  for (const finding of held.values()) contents[pageOf(finding.key, count)]!.push(entry(finding))
  await q.savePage.each(
    contents.flatMap((content, page) =>
      touched === undefined || touched.has(page) ? [{ host_id: host, probe, page, body: JSON.stringify(content) }] : [],
    ),
  )
}

const FINDINGS_PER_PAGE = 256

/** How a page holds a finding: when it changed only where that was later than when it was first seen. */
type PageEntry = readonly [
  key: string,
  finding: Finding,
  firstSeen: string,
  changedAt?: string | null,
  goneSince?: string | null,
  suspectedSince?: string,
]

const entry = ({ key, finding, firstSeen, changedAt, goneSince, suspectedSince }: KnownFinding): PageEntry => {
  if (suspectedSince !== undefined) return [key, finding, firstSeen, changedAt, null, suspectedSince]
  if (goneSince !== null) return [key, finding, firstSeen, changedAt, goneSince]
  return changedAt === firstSeen ? [key, finding, firstSeen] : [key, finding, firstSeen, changedAt]
}

const pageFindings = ({ body }: Pick<PageRow, 'body'>): KnownFinding[] =>
  (JSON.parse(body) as PageEntry[]).map(([key, finding, firstSeen, changedAt, goneSince, suspectedSince]) => ({
    key,
    finding,
    firstSeen,
    changedAt: changedAt ?? firstSeen,
    goneSince: goneSince ?? null,
    ...(suspectedSince === undefined ? {} : { suspectedSince }),
  }))

/** On which of so many pages of a directory's scope a finding with that spot lies: in the order of rows. */
export const spotPage = (spot: number, pages: number): number => Math.floor((spot * pages) / SPOTS)

/** The findings that a page tells as current. */
export const currentOnPage = (text: string): Finding[] =>
  (JSON.parse(text) as PageEntry[]).flatMap(([, finding, , , goneSince]) => (goneSince === undefined ? [finding] : []))

/** On which of so many pages of a host's scope a finding lies. Keys are spread by FNV-1a. */
const pageOf = (key: string, pages: number): number => {
  if (pages === 1) return 0
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % pages
}

const changed = (before: KnownFinding | undefined, { type, key, finding }: FindingChange, at: string): KnownFinding => {
  const firstSeen = before?.firstSeen ?? at
  switch (type) {
    case 'vanished':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: at }
    case 'suspected':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: null, suspectedSince: at }
    case 'moved':
      return { key, finding, firstSeen, changedAt: before?.changedAt ?? at, goneSince: before?.goneSince ?? null }
    default:
      return { key, finding, firstSeen, changedAt: at, goneSince: null }
  }
}

type Queries = ReturnType<typeof queries>

/** When what vanishes now was last seen: at the last complete look before. */
const lastComplete = async (q: Queries, { host, probe }: { host: string; probe: string }) => {
  const row = await q.one.first({ host_id: host, probe })
  return row === undefined ? null : scopeState(row, (await q.seen.first({ host_id: host }))?.last_seen).lastComplete
}

const SCOPE_COLUMNS = [
  'host_id',
  'probe',
  'id',
  'status',
  'reason',
  'detail',
  'path',
  'reasons',
  'privilege',
  'strongest',
  'seen_as',
  'seen_as_at',
  'digest',
  'findings',
  'kept',
  'suspected',
  'first_look',
  'last_look',
  'last_complete',
] as const
const HISTORY_COLUMNS = [
  'id',
  'at',
  'host_id',
  'host',
  'probe',
  'type',
  'kind',
  'account',
  'thing',
  'before',
  'after',
] as const
/** All columns but some: what an upsert overwrites. */
const but = <Names extends string, Left extends Names>(names: readonly Names[], ...left: readonly Left[]) =>
  names.filter((name): name is Exclude<Names, Left> => !(left as readonly string[]).includes(name))

const queries = (connection: Connection) => ({
  name: prepared<{ id: string }, { name: string }>(connection, (db, { id }) =>
    db.selectFrom('host').select('name').where('id', '=', id),
  ),
  seen: prepared<{ host_id: string }, { last_seen: string }>(connection, (db, { host_id }) =>
    db.selectFrom('host_look').select('last_seen').where('host_id', '=', host_id),
  ),
  ofHost: prepared<{ host_id: string }, ScopeRow>(connection, (db, { host_id }) =>
    db.selectFrom('scope').selectAll().where('host_id', '=', host_id).orderBy('probe'),
  ),
  one: prepared<{ host_id: string; probe: string }, ScopeRow>(connection, (db, { host_id, probe }) =>
    db.selectFrom('scope').selectAll().where('host_id', '=', host_id).where('probe', '=', probe),
  ),
  save: prepared<ScopeRow>(connection, (db, row) =>
    db
      .insertInto('scope')
      .values(columnsOf(row, SCOPE_COLUMNS))
      .onConflict((conflict) =>
        conflict
          .columns(['host_id', 'probe'])
          .doUpdateSet(excluded(but(SCOPE_COLUMNS, 'host_id', 'probe', 'id', 'first_look'))),
      ),
  ),
  pages: prepared<{ host_id: string; probe: string }, PageRow>(connection, (db, { host_id, probe }) =>
    db.selectFrom('finding_page').selectAll().where('host_id', '=', host_id).where('probe', '=', probe),
  ),
  page: prepared<{ host_id: string; probe: string; page: number }, PageRow>(
    connection,
    (db, { host_id, probe, page }) =>
      db
        .selectFrom('finding_page')
        .selectAll()
        .where('host_id', '=', host_id)
        .where('probe', '=', probe)
        .where('page', '=', page),
  ),
  pageNumbers: prepared<{ host_id: string; probe: string }, { page: number }>(connection, (db, { host_id, probe }) =>
    db.selectFrom('finding_page').select('page').where('host_id', '=', host_id).where('probe', '=', probe),
  ),
  allPages: prepared<{ host_id: string }, PageRow>(connection, (db, { host_id }) =>
    db.selectFrom('finding_page').selectAll().where('host_id', '=', host_id),
  ),
  savePage: prepared<PageRow>(connection, (db, row) =>
    db
      .insertInto('finding_page')
      .values(columnsOf(row, ['host_id', 'probe', 'page', 'body']))
      .onConflict((conflict) => conflict.columns(['host_id', 'probe', 'page']).doUpdateSet(excluded(['body']))),
  ),
  addHistory: prepared<HistoryRow>(connection, (db, row) =>
    db.insertInto('history').values(columnsOf(row, HISTORY_COLUMNS)),
  ),
})

const scopeRow = (host: string, state: ScopeState, hostSeen: string | undefined): ScopeRow => {
  const [first] = state.outcome.reasons
  return {
    host_id: host,
    probe: state.probe,
    id: `${host}:${state.probe}`,
    status: state.outcome.status,
    reason: first?.code ?? null,
    detail: first === undefined ? null : sentence(first),
    path: first?.path ?? null,
    reasons: JSON.stringify(state.outcome.reasons),
    privilege: state.privilege,
    strongest: state.strongest,
    seen_as: state.seenAs?.identity ?? null,
    seen_as_at: state.seenAs?.at ?? null,
    digest: state.digest ?? null,
    findings: state.findings,
    kept: state.kept,
    suspected: state.suspected ?? 0,
    first_look: state.lastLook,
    last_look: state.lastLook === hostSeen ? null : state.lastLook,
    last_complete: state.lastComplete,
  }
}

const sentence = (reason: Reason) =>
  reason.detail === undefined ? describeReason(reason.code) : `${describeReason(reason.code)} (${reason.detail})`

const scopeState = (row: ScopeRow, hostSeen: string | undefined): ScopeState => {
  const lastLook = row.last_look ?? hostSeen ?? row.first_look
  const outcome: Outcome = { status: row.status as OutcomeStatus, reasons: JSON.parse(row.reasons) as Reason[] }
  return {
    probe: row.probe,
    outcome,
    privilege: row.privilege,
    strongest: row.strongest,
    ...(row.seen_as === null || row.seen_as_at === null
      ? {}
      : { seenAs: { identity: row.seen_as, at: row.seen_as_at } }),
    digest: row.digest ?? undefined,
    findings: row.findings,
    kept: row.kept,
    ...(row.suspected === 0 ? {} : { suspected: row.suspected }),
    lastLook,
    lastComplete: outcome.status === 'complete' ? lastLook : row.last_complete,
  }
}

const historyRow = (
  { host, name, probe, at }: { host: string; name: string; probe: string; at: string },
  change: FindingChange,
): HistoryRow[] => {
  if (change.type === 'found' || change.type === 'moved' || change.type === 'suspected') return []
  const { type, finding } = change
  const before = type === 'vanished' ? finding : type === 'changed' ? change.before : null
  return [
    {
      id: newId(new Date(at)),
      at,
      host_id: host,
      host: name,
      probe,
      type,
      kind: finding.kind,
      account: accountOf(finding) ?? null,
      thing: thingOf(finding),
      before: before === null ? null : JSON.stringify(before),
      after: type === 'vanished' ? null : JSON.stringify(finding),
    },
  ]
}

const change = (row: HistoryRow): Change => ({
  at: row.at,
  host: row.host,
  probe: row.probe,
  type: row.type,
  kind: row.kind,
  thing: row.thing,
  before: row.before === null ? null : (JSON.parse(row.before) as Finding),
  after: row.after === null ? null : (JSON.parse(row.after) as Finding),
})

/** A finding that has changed since says so in the history; what it was at first is told there. */
const appearance = (host: string, probe: string, { finding, firstSeen, changedAt }: KnownFinding): Change => ({
  at: firstSeen,
  host,
  probe,
  type: 'appeared',
  kind: finding.kind,
  thing: thingOf(finding),
  before: null,
  after: changedAt === firstSeen ? finding : null,
})
