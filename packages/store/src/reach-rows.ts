import type { YesNoUnknown } from '@rollcall/contract/api'
import type { ReachRow } from '@rollcall/inventory'
import type { CompiledQuery } from 'kysely'
import { listItems } from './cells.ts'
import type { Connection } from './dialect.ts'
import { idsWithin } from './id.ts'
import { prepared } from './portable.ts'
import type { AccountTable, KeyPlaceTable, Tables } from './tables.ts'

/** Keys that tie accounts together, their hosts, and the accounts of those; or one host and its accounts. */
export async function* reachRows(connection: Connection, host?: string): AsyncIterable<ReachRow> {
  const hosts = new Set<string>(host === undefined ? [] : [host])
  if (host === undefined) {
    for await (const row of connection.rows(tyingKeys(connection))) {
      const key = row as KeyRow
      hosts.add(key.host_id)
      yield keyRow(key)
    }
  }
  const q = queries(connection)
  for (const id of hosts) {
    const host = await q.host.first({ id })
    if (host === undefined) continue
    yield { type: 'host', id, names: [host.name, ...listItems(host.addresses)] }
    for (const account of await q.accounts.all(idsWithin(id))) yield accountRow(account)
  }
}

const KEY_COLUMNS = [
  'id',
  'host_id',
  'role',
  'key_place.fingerprint',
  'account',
  'file_owner',
  'concerns',
  'passphrase',
  'restricted_from',
  'forced_command',
] as const
const ACCOUNT_COLUMNS = [
  'id',
  'host_id',
  'account',
  'uid',
  'privileged',
  'root_needs',
  'login_allowed',
] as const satisfies (keyof AccountTable)[]

type KeyRow = Pick<
  KeyPlaceTable,
  | 'id'
  | 'host_id'
  | 'role'
  | 'account'
  | 'file_owner'
  | 'concerns'
  | 'passphrase'
  | 'restricted_from'
  | 'forced_command'
> & { fingerprint: string }
type AccountRow = Pick<AccountTable, (typeof ACCOUNT_COLUMNS)[number]>

const tyingKeys = ({ db }: Connection): CompiledQuery =>
  db
    .selectFrom('key_count')
    .innerJoin('key_place', 'key_place.fingerprint', 'key_count.fingerprint')
    .select(KEY_COLUMNS)
    .where('key_count.private', '>', 0)
    .where('key_count.opens', '>', 0)
    .where('key_place.role', 'in', ['private', 'authorized', 'authority'])
    .where('key_place.gone_since', 'is', null)
    .where('key_place.ineffective', 'is', null)
    // Keys in attributes of a directory are on no host.
    .where('key_place.probe', '!=', 'directory-keys')
    .compile()

const queries = (connection: Connection) => ({
  host: prepared<{ id: string }, Pick<Tables['host'], 'name' | 'addresses'>>(connection, (db, { id }) =>
    db.selectFrom('host').select(['name', 'addresses']).where('id', '=', id),
  ),
  accounts: prepared<{ from: string; to: string }, AccountRow>(connection, (db, { from, to }) =>
    db
      .selectFrom('account')
      .select(ACCOUNT_COLUMNS)
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('gone_since', 'is', null),
  ),
})

const keyRow = (row: KeyRow): ReachRow => ({
  type: 'key',
  id: row.id,
  host: row.host_id,
  role: row.role as 'private' | 'authorized' | 'authority',
  fingerprint: row.fingerprint,
  account: row.account,
  owner: row.file_owner,
  readableByAll: listItems(row.concerns).includes('file-readable-by-others'),
  passphrase: (row.passphrase ?? 'unknown') as YesNoUnknown,
  from: row.restricted_from,
  forcedCommand: row.forced_command !== null,
})

const accountRow = (row: AccountRow): ReachRow => ({
  type: 'account',
  id: row.id,
  host: row.host_id,
  name: row.account,
  uid: row.uid,
  privileged: row.privileged as YesNoUnknown,
  rootFreely: row.root_needs === 'nothing',
  login: row.login_allowed as YesNoUnknown,
})
