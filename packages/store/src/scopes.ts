import { describeReason, type Finding, type Outcome, type OutcomeStatus, type Reason } from '@rollcall/contract'
import type { Change } from '@rollcall/contract/api'
import { accountOf, thingOf, type FindingChange, type KnownFinding, type ScopeState } from '@rollcall/inventory'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { Scopes } from './face.ts'
import { idsWithin, idWithin, newId } from './id.ts'
import { columnsOf, excluded, plus, prepared, rowCount } from './portable.ts'
import { grantRule, keyPlace, opensAccount, type Whereabouts } from './projection.ts'
import type { GrantRuleTable, KeyPlaceTable, Tables } from './tables.ts'

type ScopeRow = Selectable<Tables['scope']>
type FindingRow = Selectable<Tables['finding']>
type HistoryRow = Selectable<Tables['history']>

export const scopes = (connection: Connection): Scopes => {
  const q = queries(connection)

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
      return (await q.known.all({ host_id: host, probe })).map(knownFinding)
    },

    async current(host) {
      return (await q.current.all({ host_id: host })).map((row) => ({ probe: row.probe, ...knownFinding(row) }))
    },

    async apply(host, probe, changes, at) {
      if (changes.length === 0) return
      const name = (await q.name.first({ id: host }))?.name ?? host
      await q.saveFinding.each(
        changes
          .filter(({ type }) => type !== 'vanished' && type !== 'moved')
          .map((change) => findingRow(host, probe, change, at)),
      )
      await q.moveFinding.each(
        changes.filter(({ type }) => type === 'moved').map((change) => findingRow(host, probe, change, at)),
      )
      await q.retireFinding.each(
        changes.filter(({ type }) => type === 'vanished').map(({ key }) => ({ host_id: host, probe, key, at })),
      )
      await q.addHistory.each(changes.flatMap((change) => historyRow({ host, name, probe, at }, change)))
      if (changes.some(({ finding }) => finding.kind === 'key'))
        await applyKeys(q, { host, hostName: name, probe }, changes, at)
      if (changes.some(({ finding }) => finding.kind === 'grant'))
        await applyGrants(q, { host, hostName: name, probe }, changes, at)
    },

    async history({ host, account, limit }) {
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
      if (host === undefined) return told.map(change)
      // What the first look found has no history of its own: it appeared when it was first seen.
      const found = await db
        .selectFrom('finding')
        .innerJoin('scope', (join) =>
          join.onRef('scope.host_id', '=', 'finding.host_id').onRef('scope.probe', '=', 'finding.probe'),
        )
        .innerJoin('host', 'host.id', 'finding.host_id')
        .selectAll('finding')
        .select('host.name as host')
        .where('finding.host_id', '=', host)
        .whereRef('finding.first_seen', '=', 'scope.first_look')
        .$if(account !== undefined, (query) => query.where('finding.account', '=', account!))
        .orderBy('finding.first_seen', 'desc')
        .orderBy('finding.probe')
        .orderBy('finding.key')
        .limit(limit)
        .execute()
      return [...told.map(change), ...found.map(appearance)]
        .sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
        .slice(0, limit)
    },
  }
}

type Queries = ReturnType<typeof queries>

const applyKeys = async (
  q: Queries,
  where: Omit<Whereabouts, 'key' | 'firstSeen'>,
  changes: readonly FindingChange[],
  at: string,
) => {
  const privilege = new Map(
    (await q.privileges.all(idsWithin(where.host))).map(({ account, privileged }) => [account, privileged]),
  )
  const rows: KeyPlaceTable[] = []
  const gone: { id: string; at: string; last_seen: string | null }[] = []
  const places: { fingerprint: string; places: number }[] = []
  const lastSeen = changes.some(({ type }) => type === 'vanished') ? await lastComplete(q, where) : null
  for (const { type, key, finding } of changes) {
    if (finding.kind !== 'key') continue
    if (type === 'vanished') gone.push({ id: idWithin(where.host, where.probe, key), at, last_seen: lastSeen })
    else
      rows.push(
        keyPlace(
          finding,
          { ...where, key, firstSeen: at },
          opensAccount(finding.role) ? (privilege.get(finding.account ?? '') ?? 'unknown') : 'no',
        ),
      )
    if (type !== 'changed' && type !== 'moved')
      places.push({ fingerprint: finding.fingerprint, places: type === 'vanished' ? -1 : 1 })
  }
  await q.saveKey.each(rows)
  await q.retireKey.each(gone)
  await q.countKey.each(places)
  await q.countHostKeys.run({ id: where.host, ...idsWithin(where.host) })
}

const applyGrants = async (
  q: Queries,
  where: Omit<Whereabouts, 'key' | 'firstSeen'>,
  changes: readonly FindingChange[],
  at: string,
) => {
  const rows: GrantRuleTable[] = []
  const gone: { id: string; at: string; last_seen: string | null }[] = []
  const lastSeen = changes.some(({ type }) => type === 'vanished') ? await lastComplete(q, where) : null
  for (const { type, key, finding } of changes) {
    if (finding.kind !== 'grant') continue
    if (type === 'vanished') gone.push({ id: idWithin(where.host, where.probe, key), at, last_seen: lastSeen })
    else rows.push(grantRule(finding, { ...where, key, firstSeen: at }))
  }
  await q.saveGrant.each(rows)
  await q.retireGrant.each(gone)
}

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
  'digest',
  'findings',
  'kept',
  'first_look',
  'last_look',
  'last_complete',
] as const
const FINDING_COLUMNS = [
  'host_id',
  'probe',
  'key',
  'kind',
  'account',
  'body',
  'first_seen',
  'changed_at',
  'gone_since',
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
const KEY_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'account',
  'fingerprint',
  'algorithm',
  'bits',
  'role',
  'strength',
  'opens_root',
  'options',
  'restricted_from',
  'forced_command',
  'comment',
  'path',
  'line',
  'file_modified',
  'file_mode',
  'state',
  'first_seen',
  'last_seen',
  'gone_since',
] as const
const GRANT_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'mechanism',
  'grantees',
  'run_as',
  'commands',
  'password_required',
  'tags',
  'here',
  'path',
  'line',
  'first_seen',
  'last_seen',
  'gone_since',
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
  known: prepared<{ host_id: string; probe: string }, FindingRow>(connection, (db, { host_id, probe }) =>
    db.selectFrom('finding').selectAll().where('host_id', '=', host_id).where('probe', '=', probe),
  ),
  current: prepared<{ host_id: string }, FindingRow>(connection, (db, { host_id }) =>
    db.selectFrom('finding').selectAll().where('host_id', '=', host_id).where('gone_since', 'is', null),
  ),
  saveFinding: prepared<FindingRow>(connection, (db, row) =>
    db
      .insertInto('finding')
      .values(columnsOf(row, FINDING_COLUMNS))
      .onConflict((conflict) =>
        conflict
          .columns(['host_id', 'probe', 'key'])
          .doUpdateSet(excluded(['kind', 'account', 'body', 'changed_at', 'gone_since'])),
      ),
  ),
  moveFinding: prepared<FindingRow>(connection, (db, { host_id, probe, key, body }) =>
    db
      .updateTable('finding')
      .set({ body })
      .where('host_id', '=', host_id)
      .where('probe', '=', probe)
      .where('key', '=', key),
  ),
  retireFinding: prepared<{ host_id: string; probe: string; key: string; at: string }>(
    connection,
    (db, { host_id, probe, key, at }) =>
      db
        .updateTable('finding')
        .set({ gone_since: at })
        .where('host_id', '=', host_id)
        .where('probe', '=', probe)
        .where('key', '=', key),
  ),
  addHistory: prepared<HistoryRow>(connection, (db, row) =>
    db.insertInto('history').values(columnsOf(row, HISTORY_COLUMNS)),
  ),
  privileges: prepared<{ from: string; to: string }, { account: string; privileged: string }>(
    connection,
    (db, { from, to }) =>
      db
        .selectFrom('account')
        .select(['account', 'privileged'])
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('gone_since', 'is', null),
  ),
  saveKey: prepared<KeyPlaceTable>(connection, (db, row) =>
    db
      .insertInto('key_place')
      .values(columnsOf(row, KEY_COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(but(KEY_COLUMNS, 'id', 'first_seen')))),
  ),
  retireKey: prepared<{ id: string; at: string; last_seen: string | null }>(connection, (db, { id, at, last_seen }) =>
    db.updateTable('key_place').set({ gone_since: at, last_seen, state: 'gone' }).where('id', '=', id),
  ),
  countKey: prepared<{ fingerprint: string; places: number }>(connection, (db, row) =>
    db
      .insertInto('key_count')
      .values(columnsOf(row, ['fingerprint', 'places']))
      .onConflict((conflict) =>
        conflict.column('fingerprint').doUpdateSet({ places: plus('key_count.places', row.places) }),
      ),
  ),
  countHostKeys: prepared<{ id: string; from: string; to: string }>(connection, (db, { id, from, to }) =>
    db
      .updateTable('host')
      .set((eb) => ({
        keys: eb
          .selectFrom('key_place')
          .select(rowCount().as('count'))
          .where('id', '>=', from)
          .where('id', '<', to)
          .where('gone_since', 'is', null)
          .where('role', 'in', ['authorized', 'authority'])
          .$asScalar(),
      }))
      .where('id', '=', id),
  ),
  saveGrant: prepared<GrantRuleTable>(connection, (db, row) =>
    db
      .insertInto('grant_rule')
      .values(columnsOf(row, GRANT_COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(but(GRANT_COLUMNS, 'id', 'first_seen')))),
  ),
  retireGrant: prepared<{ id: string; at: string; last_seen: string | null }>(connection, (db, { id, at, last_seen }) =>
    db.updateTable('grant_rule').set({ gone_since: at, last_seen }).where('id', '=', id),
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
    digest: state.digest ?? null,
    findings: state.findings,
    kept: state.kept,
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
    digest: row.digest ?? undefined,
    findings: row.findings,
    kept: row.kept,
    lastLook,
    lastComplete: outcome.status === 'complete' ? lastLook : row.last_complete,
  }
}

const findingRow = (host: string, probe: string, { key, finding }: FindingChange, at: string): FindingRow => ({
  host_id: host,
  probe,
  key,
  kind: finding.kind,
  account: accountOf(finding) ?? null,
  body: JSON.stringify(finding),
  first_seen: at,
  changed_at: at,
  gone_since: null,
})

const knownFinding = (row: FindingRow): KnownFinding => ({
  key: row.key,
  finding: JSON.parse(row.body) as Finding,
  firstSeen: row.first_seen,
  changedAt: row.changed_at,
  goneSince: row.gone_since,
})

const historyRow = (
  { host, name, probe, at }: { host: string; name: string; probe: string; at: string },
  change: FindingChange,
): HistoryRow[] => {
  if (change.type === 'found' || change.type === 'moved') return []
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
const appearance = (row: FindingRow & { host: string }): Change => {
  const finding = JSON.parse(row.body) as Finding
  return {
    at: row.first_seen,
    host: row.host,
    probe: row.probe,
    type: 'appeared',
    kind: row.kind,
    thing: thingOf(finding),
    before: null,
    after: row.changed_at === row.first_seen ? finding : null,
  }
}
