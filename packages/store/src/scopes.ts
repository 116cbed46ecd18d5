import { describeReason, type Finding, type Outcome, type OutcomeStatus, type Reason } from '@rollcall/contract'
import type { Change } from '@rollcall/contract/api'
import { accountOf, thingOf, type FindingChange, type KnownFinding, type ScopeState } from '@rollcall/inventory'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { Scopes } from './face.ts'
import { directoryPages, type Telling } from './directory-pages.ts'
import { changed, entry, pageFindings, type PageEntry, type PageRow } from './finding-pages.ts'
import { findingRows, hasRow, isOfDirectory } from './finding-rows.ts'
import { newId } from './id.ts'
import { columnsOf, excluded, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type ScopeRow = Selectable<Tables['scope']>
type HistoryRow = Selectable<Tables['history']>

export const scopes = (connection: Connection): Scopes => {
  const q = queries(connection)
  const rows = findingRows(connection)

  const tell = async (
    { host, probe, at }: Parameters<Telling>[0],
    changes: readonly FindingChange[],
    tellsOf: (change: FindingChange) => boolean = () => true,
  ) => {
    const historic = changes.filter(isHistoric)
    const rowed = changes.filter((change) => change.type !== 'suspected' && hasRow(change.finding) && tellsOf(change))
    if (historic.length === 0 && rowed.length === 0) return
    const name = (await q.name.first({ id: host }))?.name ?? host
    await q.addHistory.each(historic.map((change) => historyRow({ host, name, probe, at }, change)))
    if (rowed.length > 0)
      await rows.apply({ host, hostName: name, probe }, rowed, at, () => lastComplete(q, { host, probe }))
  }

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
      await tell({ host, probe, at }, changes)
    },

    // Rows of entries come later, in their own order.
    ...directoryPages(connection, (scope, changes) => tell(scope, changes, ({ finding }) => !isOfDirectory(finding))),

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

/** On which of so many pages of a host's scope a finding lies. Keys are spread by FNV-1a. */
const pageOf = (key: string, pages: number): number => {
  if (pages === 1) return 0
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % pages
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

/** What becomes of a finding that people are told of as having happened. */
type Historic = Exclude<FindingChange, { readonly type: 'found' | 'moved' | 'suspected' }> & {
  readonly type: HistoryRow['type']
}

const isHistoric = (change: FindingChange): change is Historic =>
  change.type !== 'found' && change.type !== 'moved' && change.type !== 'suspected'

const historyRow = (
  { host, name, probe, at }: { host: string; name: string; probe: string; at: string },
  change: Historic,
): HistoryRow => {
  const { type, finding } = change
  const before = type === 'vanished' ? finding : type === 'changed' ? change.before : null
  return {
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
  }
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
