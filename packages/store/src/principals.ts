import { describeReason } from '@rollcall/contract'
import type { Connection } from './dialect.ts'
import type { PrincipalRow, Principals } from './face.ts'
import { listText } from './cells.ts'
import { columnsOf, countWhere, excluded, prepared } from './portable.ts'
import type { AccountTable } from './tables.ts'

/** What is kept as JSON; when it was last seen follows from its scope while it is there. */
type Body = Omit<PrincipalRow, 'lastSeen'>
type BodyRow = {
  body: string
  last_seen: string | null
  first_seen: string
  status: string | null
  last_look: string | null
  last_complete: string | null
  host_seen: string | null
}

export const principals = (connection: Connection): Principals => {
  const q = queries(connection)
  return {
    async of(host) {
      return (await q.ofHost.all({ host_id: host })).map(principal)
    },
    async byId(id) {
      const row = await q.byId.first({ id })
      return row && principal(row)
    },
    async save(rows) {
      for (const host of new Set(rows.map((row) => row.host)))
        await saveOfHost(
          q,
          host,
          rows.filter((row) => row.host === host),
        )
    },
  }
}

const saveOfHost = async (q: ReturnType<typeof queries>, host: string, rows: readonly PrincipalRow[]) => {
  const name = (await q.hostName.first({ id: host }))?.name ?? host
  await q.save.each(rows.map((row) => accountRow(row, name)))
  await q.saveBody.each(rows.map(({ lastSeen: _, ...row }) => ({ id: row.id, body: JSON.stringify(row) })))
  if ((await q.anyKey.first({ host_id: host })) !== undefined) {
    await q.opensRoot.each(
      rows.map((row) => ({
        host_id: host,
        account: row.name,
        opens_root: row.goneSince === null ? row.privileged : 'no',
      })),
    )
  }
  await q.count.run({ id: host })
}

const ACCOUNT_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'account',
  'uid',
  'gid',
  'description',
  'privileged',
  'privileged_by',
  'reasons',
  'login_allowed',
  'password',
  'hash_scheme',
  'hash_strength',
  'password_changed',
  'account_expires',
  'last_login',
  'last_login_from',
  'groups',
  'keys',
  'shell',
  'home',
  'state',
  'completeness',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof AccountTable)[]

const queries = (connection: Connection) => ({
  ofHost: prepared<{ host_id: string }, BodyRow>(connection, (db, { host_id }) =>
    bodies(db).where('account.host_id', '=', host_id).orderBy('account.account'),
  ),
  byId: prepared<{ id: string }, BodyRow>(connection, (db, { id }) => bodies(db).where('account.id', '=', id)),
  hostName: prepared<{ id: string }, { name: string }>(connection, (db, { id }) =>
    db.selectFrom('host').select('name').where('id', '=', id),
  ),
  save: prepared<AccountTable>(connection, (db, row) =>
    db
      .insertInto('account')
      .values(columnsOf(row, ACCOUNT_COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(ACCOUNT_COLUMNS))),
  ),
  saveBody: prepared<{ id: string; body: string }>(connection, (db, row) =>
    db
      .insertInto('account_body')
      .values(columnsOf(row, ['id', 'body']))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(['body']))),
  ),
  anyKey: prepared<{ host_id: string }, { id: string }>(connection, (db, { host_id }) =>
    db.selectFrom('key_place').select('id').where('host_id', '=', host_id).limit(1),
  ),
  opensRoot: prepared<{ host_id: string; account: string; opens_root: string }>(
    connection,
    (db, { host_id, account, opens_root }) =>
      db
        .updateTable('key_place')
        .set({ opens_root })
        .where('host_id', '=', host_id)
        .where('account', '=', account)
        .where('role', 'in', ['authorized', 'authority'])
        .where('opens_root', '!=', opens_root),
  ),
  count: prepared<{ id: string }>(connection, (db, { id }) =>
    db
      .updateTable('host')
      .set((eb) => {
        const current = () => eb.selectFrom('account').where('host_id', '=', id).where('gone_since', 'is', null)
        return {
          accounts: current()
            .select((eb) => countWhere(eb('id', 'is not', null)).as('count'))
            .$asScalar(),
          privileged: current()
            .select((eb) => countWhere(eb('privileged', '=', 'yes')).as('count'))
            .$asScalar(),
          unknown_privilege: current()
            .select((eb) => countWhere(eb('privileged', '=', 'unknown')).as('count'))
            .$asScalar(),
        }
      })
      .where('id', '=', id),
  ),
})

const bodies = (db: Connection['db']) =>
  db
    .selectFrom('account')
    .innerJoin('account_body', 'account_body.id', 'account.id')
    .leftJoin('scope', (join) =>
      join.onRef('scope.host_id', '=', 'account.host_id').onRef('scope.probe', '=', 'account.probe'),
    )
    .leftJoin('host_look', 'host_look.host_id', 'account.host_id')
    .select([
      'account_body.body',
      'account.last_seen',
      'account.first_seen',
      'scope.status',
      'scope.last_look',
      'scope.last_complete',
      'host_look.last_seen as host_seen',
    ])

const principal = (row: BodyRow): PrincipalRow => {
  const body = JSON.parse(row.body) as Body
  const complete = row.status === 'complete' ? (row.last_look ?? row.host_seen) : row.last_complete
  return { ...body, lastSeen: row.last_seen ?? complete ?? row.first_seen }
}

const accountRow = (row: PrincipalRow, hostName: string): AccountTable => ({
  id: row.id,
  host_id: row.host,
  host: hostName,
  probe: row.probe,
  account: row.name,
  uid: row.uid,
  gid: row.gid,
  description: row.description,
  privileged: row.privileged,
  privileged_by: listText([...new Set(row.paths.map(({ via }) => via))]),
  reasons: listText([...row.paths.map(({ sentence }) => sentence), ...row.unknownBecause.map(reasonText)]),
  login_allowed: row.loginAllowed,
  password: row.password,
  hash_scheme: row.hashScheme,
  hash_strength: row.hashStrength,
  password_changed: row.passwordChanged,
  account_expires: row.accountExpires,
  last_login: row.lastLogin,
  last_login_from: row.lastLoginFrom,
  groups: listText(row.groups),
  keys: row.keys,
  shell: row.shell,
  home: row.home,
  state: row.state,
  completeness: row.completeness,
  first_seen: row.firstSeen,
  last_seen: row.goneSince === null ? null : row.lastSeen,
  gone_since: row.goneSince,
})

const reasonText = ({ code, path, detail }: PrincipalRow['unknownBecause'][number]) =>
  `unknown: ${path === undefined ? '' : `${path}: `}${describeReason(code)}${detail === undefined ? '' : ` (${detail})`}`
