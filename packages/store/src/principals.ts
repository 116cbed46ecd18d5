import { describeReason } from '@rollcall/contract'
import type { Connection } from './dialect.ts'
import type { PrincipalRow, Principals } from './face.ts'
import { countKey } from './finding-rows.ts'
import { listItems, listText } from './cells.ts'
import { byId, idsWithin } from './id.ts'
import { atMost, columnsOf, countWhere, excluded, prepared, rowCount } from './portable.ts'
import type { AccountTable, Tables } from './tables.ts'

export const principals = (connection: Connection): Principals => {
  const q = queries(connection)
  return {
    async of(host) {
      const scopes = new Map((await q.scopes.all({ host_id: host })).map((scope) => [scope.probe, scope]))
      const seen = (await q.look.first({ host_id: host }))?.last_seen
      const rows = await q.ofHost.all(idsWithin(host))
      return rows
        .map((row) => principal(row, scopes.get(row.probe), seen))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
    },
    async byId(id) {
      const row = await q.byId.first({ id })
      if (row === undefined) return undefined
      const scope = (await q.scopes.all({ host_id: row.host_id })).find(({ probe }) => probe === row.probe)
      return principal(row, scope, (await q.look.first({ host_id: row.host_id }))?.last_seen)
    },
    async save(rows) {
      for (const [host, own] of Map.groupBy(rows, (row) => row.host)) await saveOfHost(q, host, own)
    },
  }
}

const saveOfHost = async (q: Queries, host: string, rows: readonly PrincipalRow[]) => {
  const stray = rows.find(({ id }) => !id.startsWith(`${host}-`))
  if (stray !== undefined) throw new Error(`the id of an account begins with its host's: ${stray.id}`)
  const name = (await q.hostName.first({ id: host }))?.name ?? host
  await q.save.each(rows.map((row) => accountRow(row, name)).sort(byId))
  const within = idsWithin(host)
  if ((await q.anyKey.first(within)) !== undefined) {
    for (const row of rows) {
      const opens_root = row.goneSince === null ? row.privileged : 'no'
      await openRoot(q, { ...within, account: row.name, opens_root })
    }
  }
  const counts = await q.count.first(within)
  if (counts !== undefined) await q.setCounts.run({ id: host, ...counts })
}

/** Says of the keys of an account whether they open root now, and counts them so. */
const openRoot = async (q: Queries, now: Within & { account: string; opens_root: string }) => {
  const others = await q.opensOther.all(now)
  if (others.length === 0) return
  await q.opensRoot.run(now)
  await q.countKey.each(
    others.flatMap(({ fingerprint, opens_root }) => {
      const roots = Number(now.opens_root === 'yes') - Number(opens_root === 'yes')
      return fingerprint === null || roots === 0
        ? []
        : [{ fingerprint, opens: 0, roots, private: 0, host: 0, known: 0 }]
    }),
  )
}

type Queries = ReturnType<typeof queries>
type ScopeTimes = Pick<Tables['scope'], 'probe' | 'status' | 'last_look' | 'last_complete'>
type Within = { from: string; to: string }

const ACCOUNT_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'account',
  'uid',
  'gid',
  'description',
  'source',
  'domain',
  'privileged',
  'privileged_by',
  'root_needs',
  'reasons',
  'login_allowed',
  'password',
  'password_digest',
  'hash_scheme',
  'hash_strength',
  'password_weaknesses',
  'password_changed',
  'account_expires',
  'last_login',
  'last_login_from',
  'last_key_login',
  'directory_sid',
  'directory_object',
  'directory_name',
  'groups',
  'keys',
  'services',
  'shared_uid',
  'shell',
  'home',
  'state',
  'completeness',
  'first_seen',
  'last_seen',
  'gone_since',
  'detail',
] as const satisfies (keyof AccountTable)[]

const queries = (connection: Connection) => ({
  ofHost: prepared<Within, AccountTable>(connection, (db, { from, to }) =>
    db.selectFrom('account').selectAll().where('id', '>=', from).where('id', '<', to),
  ),
  byId: prepared<{ id: string }, AccountTable>(connection, (db, { id }) =>
    db.selectFrom('account').selectAll().where('id', '=', id),
  ),
  scopes: prepared<{ host_id: string }, ScopeTimes>(connection, (db, { host_id }) =>
    db.selectFrom('scope').select(['probe', 'status', 'last_look', 'last_complete']).where('host_id', '=', host_id),
  ),
  look: prepared<{ host_id: string }, { last_seen: string }>(connection, (db, { host_id }) =>
    db.selectFrom('host_look').select('last_seen').where('host_id', '=', host_id),
  ),
  hostName: prepared<{ id: string }, { name: string }>(connection, (db, { id }) =>
    db.selectFrom('host').select('name').where('id', '=', id),
  ),
  save: prepared<AccountTable>(connection, (db, row) =>
    db
      .insertInto('account')
      .values(columnsOf(row, ACCOUNT_COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(ACCOUNT_COLUMNS.slice(1)))),
  ),
  anyKey: prepared<Within, { id: string }>(connection, (db, { from, to }) =>
    db.selectFrom('key_place').select('id').where('id', '>=', from).where('id', '<', to).limit(atMost(1)),
  ),
  opensRoot: prepared<Within & { account: string; opens_root: string }>(
    connection,
    (db, { from, to, account, opens_root }) =>
      db
        .updateTable('key_place')
        .set({ opens_root })
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('account', '=', account)
        .where('role', 'in', ['authorized', 'authority'])
        .where('ineffective', 'is', null)
        .where('gone_since', 'is', null)
        .where('opens_root', '!=', opens_root),
  ),
  opensOther: prepared<
    Within & { account: string; opens_root: string },
    { fingerprint: string | null; opens_root: string }
  >(connection, (db, { from, to, account, opens_root }) =>
    db
      .selectFrom('key_place')
      .select(['fingerprint', 'opens_root'])
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('account', '=', account)
      .where('role', 'in', ['authorized', 'authority'])
      .where('ineffective', 'is', null)
      .where('gone_since', 'is', null)
      .where('opens_root', '!=', opens_root),
  ),
  countKey: countKey(connection),
  count: prepared<Within, Counts>(connection, (db, { from, to }) =>
    db
      .selectFrom('account')
      .select((eb) => [
        rowCount().as('accounts'),
        countWhere(eb('privileged', '=', 'yes')).as('privileged'),
        countWhere(eb('privileged', '=', 'unknown')).as('unknown_privilege'),
      ])
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('gone_since', 'is', null),
  ),
  setCounts: prepared<Counts & { id: string }>(connection, (db, { id, accounts, privileged, unknown_privilege }) =>
    db.updateTable('host').set({ accounts, privileged, unknown_privilege }).where('id', '=', id),
  ),
})

type Counts = { accounts: number; privileged: number; unknown_privilege: number }

/** What has no column of its own; and all of it, where a column cannot hold a text exactly. */
type Detail = Pick<PrincipalRow, 'paths' | 'unknownBecause' | 'loginReasons'> & {
  readonly exact?: Partial<PrincipalRow>
}

const principal = (row: AccountTable, scope: ScopeTimes | undefined, hostSeen: string | undefined): PrincipalRow => {
  const { exact, ...detail } = JSON.parse(row.detail) as Detail
  const complete = scope?.status === 'complete' ? (scope.last_look ?? hostSeen) : scope?.last_complete
  return {
    id: row.id,
    host: row.host_id,
    name: row.account,
    uid: row.uid,
    gid: row.gid,
    description: row.description,
    home: row.home,
    shell: row.shell,
    source: row.source,
    domain: row.domain,
    privileged: row.privileged as PrincipalRow['privileged'],
    loginAllowed: row.login_allowed as PrincipalRow['loginAllowed'],
    password: row.password as PrincipalRow['password'],
    hashScheme: row.hash_scheme,
    hashStrength: row.hash_strength,
    passwordWeaknesses: listItems(row.password_weaknesses),
    passwordDigest: row.password_digest,
    passwordChanged: row.password_changed,
    accountExpires: row.account_expires,
    lastLogin: row.last_login,
    lastLoginFrom: row.last_login_from,
    lastKeyLogin: row.last_key_login,
    directorySid: row.directory_sid,
    directoryObject: row.directory_object,
    directoryName: row.directory_name,
    groups: listItems(row.groups),
    keys: row.keys,
    services: row.services,
    sharedUid: row.shared_uid,
    state: row.state as PrincipalRow['state'],
    completeness: row.completeness as PrincipalRow['completeness'],
    probe: row.probe,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen ?? complete ?? row.first_seen,
    goneSince: row.gone_since,
    ...detail,
    ...exact,
  }
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
  source: row.source,
  domain: row.domain,
  privileged: row.privileged,
  // How it becomes root; ways to do less are told with the account itself.
  privileged_by: listText([...new Set(row.paths.flatMap(({ via, effect }) => (effect === 'root' ? via : [])))]),
  root_needs: rootNeeds(row),
  reasons: listText([...row.paths.map(({ sentence }) => sentence), ...row.unknownBecause.map(reasonText)]),
  login_allowed: row.loginAllowed,
  password: row.password,
  password_digest: row.passwordDigest,
  hash_scheme: row.hashScheme,
  hash_strength: row.hashStrength,
  password_weaknesses: listText([...row.passwordWeaknesses]),
  password_changed: row.passwordChanged,
  account_expires: row.accountExpires,
  last_login: row.lastLogin,
  last_login_from: row.lastLoginFrom,
  last_key_login: row.lastKeyLogin,
  directory_sid: row.directorySid,
  directory_object: row.directoryObject,
  directory_name: row.directoryName,
  groups: listText(row.groups),
  keys: row.keys,
  services: row.services,
  shared_uid: row.sharedUid,
  shell: row.shell,
  home: row.home,
  state: row.state,
  completeness: row.completeness,
  first_seen: row.firstSeen,
  last_seen: row.goneSince === null ? null : row.lastSeen,
  gone_since: row.goneSince,
  detail: JSON.stringify(detailOf(row)),
})

/** The least that it takes to become root; null where that is not known. */
const rootNeeds = ({ privileged, paths }: PrincipalRow): string | null => {
  if (privileged !== 'yes') return privileged === 'no' ? 'not-root' : null
  const passwords = new Set(paths.flatMap(({ effect, password }) => (effect === 'root' ? password : [])))
  if (passwords.has('none')) return 'nothing'
  if (passwords.has('own')) return 'own-password'
  return passwords.has('target') ? 'target-password' : null
}

const detailOf = (row: PrincipalRow): Detail => {
  const { paths, unknownBecause, loginReasons, name, description, domain, home, shell, lastLoginFrom, groups } = row
  const exact = { name, description, domain, home, shell, lastLoginFrom, groups }
  const texts = [name, description ?? '', domain ?? '', home, shell, lastLoginFrom ?? '', ...groups]
  const plain = isPlain(texts.join(' '))
  return { paths, unknownBecause, loginReasons, ...(plain ? {} : { exact }) }
}

/** Half a surrogate pair and U+0000 get lost in a database, a line end in a list. */
const isPlain = (text: string) => text.isWellFormed() && !/[\n\u0000]/.test(text)

const reasonText = ({ code, path, detail }: PrincipalRow['unknownBecause'][number]) =>
  `unknown: ${path === undefined ? '' : `${path}: `}${describeReason(code)}${detail === undefined ? '' : ` (${detail})`}`
