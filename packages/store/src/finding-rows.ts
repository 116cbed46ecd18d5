import type { Finding, FindingOf } from '@rollcall/contract'
import type { FindingChange } from '@rollcall/inventory'
import type { Connection } from './dialect.ts'
import {
  DIRECTORY_ACCOUNT_COLUMNS,
  DIRECTORY_GROUP_COLUMNS,
  DIRECTORY_MEMBER_COLUMNS,
  DIRECTORY_RIGHT_COLUMNS,
  DIRECTORY_WEAKNESS_COLUMNS,
  directoryAccountRow,
  directoryEntryId,
  directoryGroupRow,
  directoryMemberRow,
  directoryRightRow,
  directoryWeaknessRow,
} from './directory-rows.ts'
import { excepted, readExceptions } from './exceptions.ts'
import type { OwnerNames } from './face.ts'
import { flatRows, type FlatRows, type Retired } from './flat-rows.ts'
import { byId, idsWithin, idWithin, spotOf } from './id.ts'
import { atMost, columnsOf, plus, prepared, rowCount } from './portable.ts'
import {
  fileRow,
  grantRule,
  keyPlace,
  opensAccount,
  serviceAccountRow,
  serviceRow,
  storedCredentialRow,
} from './projection.ts'
import type { FileTable, Tables } from './tables.ts'

/** The scope whose findings changed. */
export interface ChangedScope {
  readonly host: string
  readonly hostName: string
  readonly probe: string
}

/** What views are drawn from, brought up to date with what becomes of findings. */
export interface FindingRows {
  /** `lastSeen`: when what vanishes now was last seen. */
  apply(
    scope: ChangedScope,
    changes: readonly FindingChange[],
    at: string,
    lastSeen: () => Promise<string | null>,
  ): Promise<void>
  nameOwners(host: string, names: OwnerNames): Promise<void>
}

/** Whether a finding has a row of its own, or counts in one. */
export const hasRow = (finding: Finding): boolean => tableOf(finding) !== undefined

/** Whether its row is one of `applyRows`. */
export const isOfDirectory = ({ kind }: Finding): boolean => kind.startsWith('directory-')

/** Puts changes next to each other whose rows lie next to each other. */
export const rowOrder = (host: string, probe: string, changes: readonly FindingChange[]): FindingChange[] =>
  changes
    .filter(({ finding }) => isOfDirectory(finding))
    .map((change) => ({ change, id: `${change.finding.kind} ${rowId(host, probe, change)}` }))
    .sort(byId)
    .map(({ change }) => change)

/**
 * Where a finding of a directory lies among all of its scope: those that share a key but for their turn lie together, and apart from them
 * findings lie as their rows do.
 */
export const spotOfFinding = (probe: string, key: string, finding: Finding): number =>
  spotOf(rowId('', probe, { key: key.includes('#') ? key.slice(0, key.indexOf('#')) : key, finding }))

const rowId = (host: string, probe: string, { key, finding }: Pick<FindingChange, 'key' | 'finding'>): string =>
  finding.kind === 'directory-account' || finding.kind === 'directory-group'
    ? directoryEntryId(host, finding.object)
    : idWithin(host, probe, key)

export const findingRows = (connection: Connection): FindingRows => {
  const q = queries(connection)
  const tables = {
    grants: flatRows(connection, 'grant_rule', GRANT_COLUMNS),
    services: flatRows(connection, 'service', SERVICE_COLUMNS),
    serviceAccounts: flatRows(connection, 'service_account', SERVICE_ACCOUNT_COLUMNS),
    files: flatRows(connection, 'file_place', FILE_COLUMNS),
    storedCredentials: flatRows(connection, 'stored_credential', STORED_CREDENTIAL_COLUMNS, {
      state: 'gone',
      exception: null,
      excepted_until: null,
    }),
    directoryAccounts: flatRows(connection, 'directory_account', DIRECTORY_ACCOUNT_COLUMNS, { state: 'gone' }, [
      ...DECIDED_LATER,
      'tier',
    ]),
    directoryGroups: flatRows(connection, 'directory_group', DIRECTORY_GROUP_COLUMNS, {}, DECIDED_LATER),
    directoryMembers: flatRows(connection, 'directory_member', DIRECTORY_MEMBER_COLUMNS),
    directoryRights: flatRows(connection, 'directory_right', DIRECTORY_RIGHT_COLUMNS),
    directoryWeaknesses: flatRows(connection, 'directory_weakness', DIRECTORY_WEAKNESS_COLUMNS),
  }
  const keys = flatRows(connection, 'key_place', KEY_COLUMNS, { state: 'gone' })

  return {
    async apply(scope, changes, at, lastSeen) {
      const byTable = Map.groupBy(changes, ({ finding }) => tableOf(finding))
      const of = (table: Table) => (byTable.get(table) ?? []) as readonly FindingChange[]
      const seen = changes.some(({ type }) => type === 'vanished') ? await lastSeen() : null
      const change = { scope, at, seen }
      if (byTable.has('keys')) await applyKeys(q, keys, of('keys'), change)
      if (byTable.has('keyUses')) await q.used.each(of('keyUses').flatMap((one) => keyUse(scope.host, one)))
      if (byTable.has('passwords')) await q.countPassword.each(of('passwords').flatMap(passwordCounts))
      await applyRows(tables.grants, of('grants'), change, (finding, where) =>
        grantRule(finding as FindingOf<'grant'>, where),
      )
      await applyRows(tables.services, of('services'), change, (finding, where) =>
        serviceRow(finding as FindingOf<'usage'>, where),
      )
      await applyRows(tables.serviceAccounts, of('serviceAccounts'), change, (finding, where) =>
        serviceAccountRow(finding as FindingOf<'service-account'>, where),
      )
      await applyRows(tables.files, of('files'), change, (finding, where) =>
        fileRow(finding as FindingOf<'file'>, where),
      )
      if (byTable.has('storedCredentials')) {
        const exceptions = await readExceptions(connection)
        await applyRows(tables.storedCredentials, of('storedCredentials'), change, (finding, where) =>
          excepted(storedCredentialRow(finding as FindingOf<'stored-credential'>, where), exceptions, at),
        )
        await q.countSecret.each(of('storedCredentials').flatMap(secretCounts))
      }
      await applyRows(tables.directoryAccounts, of('directoryAccounts'), change, (finding, where) =>
        directoryAccountRow(finding as FindingOf<'directory-account'>, where),
      )
      await applyRows(tables.directoryGroups, of('directoryGroups'), change, (finding, where) =>
        directoryGroupRow(finding as FindingOf<'directory-group'>, where),
      )
      await applyRows(tables.directoryMembers, of('directoryMembers'), change, (finding, where) =>
        directoryMemberRow(finding as FindingOf<'directory-member'>, where),
      )
      await applyRows(tables.directoryRights, of('directoryRights'), change, (finding, where) =>
        directoryRightRow(finding as FindingOf<'directory-right'>, where),
      )
      await applyRows(tables.directoryWeaknesses, of('directoryWeaknesses'), change, (finding, where) =>
        directoryWeaknessRow(finding as FindingOf<'directory-weakness'>, where),
      )
    },

    async nameOwners(host, { users, groups }) {
      const within = idsWithin(host)
      if ((await q.anyFile.first(within)) === undefined) return
      for (const { uid, name } of await q.owners.all(within)) {
        const now = users.get(uid) ?? null
        if (now !== name) await q.nameOwner.run({ ...within, uid, name: now })
      }
      for (const { gid, name } of await q.groups.all(within)) {
        const now = groups.get(gid) ?? null
        if (now !== name) await q.nameGroup.run({ ...within, gid, name: now })
      }
    },
  }
}

/** What follows from a directory as a whole. */
const DECIDED_LATER = ['privileged', 'privileged_by', 'path', 'unknown_because', 'detail'] as const

type Table =
  | 'keys'
  | 'keyUses'
  | 'passwords'
  | 'grants'
  | 'services'
  | 'serviceAccounts'
  | 'files'
  | 'storedCredentials'
  | 'directoryAccounts'
  | 'directoryGroups'
  | 'directoryMembers'
  | 'directoryRights'
  | 'directoryWeaknesses'

/** Where a finding is told of; all others are told only with the account or host they belong to. */
const tableOf = (finding: Finding): Table | undefined => {
  switch (finding.kind) {
    case 'key':
      return 'keys'
    case 'grant':
      return 'grants'
    case 'usage':
      return finding.consumer === 'login' ? undefined : finding.consumer === 'key-login' ? 'keyUses' : 'services'
    case 'service-account':
      return 'serviceAccounts'
    case 'file':
      return 'files'
    case 'credential':
      return digestOf(finding) === undefined ? undefined : 'passwords'
    case 'stored-credential':
      return 'storedCredentials'
    case 'directory-account':
      return 'directoryAccounts'
    case 'directory-group':
      return 'directoryGroups'
    case 'directory-member':
      return 'directoryMembers'
    case 'directory-right':
      return 'directoryRights'
    case 'directory-weakness':
      return 'directoryWeaknesses'
    case 'account':
    case 'membership':
    case 'setting':
      return undefined
  }
}

interface Change {
  readonly scope: ChangedScope
  readonly at: string
  readonly seen: string | null
}

const applyRows = async <Row>(
  table: FlatRows<Row>,
  changes: readonly FindingChange[],
  change: Change,
  row: (finding: Finding, where: ChangedScope & { key: string; firstSeen: string }) => Row,
) => {
  if (changes.length === 0) return
  const { scope, at } = change
  await table.save(
    changes.flatMap(({ type, key, finding }) =>
      type === 'vanished' ? [] : [row(finding, { ...scope, key, firstSeen: at })],
    ),
  )
  await table.retire(retired(changes, change))
}

const retired = (changes: readonly FindingChange[], { scope: { host, probe }, at, seen }: Change): Retired[] =>
  changes.flatMap((change) =>
    change.type === 'vanished' ? [{ id: rowId(host, probe, change), at, last_seen: seen }] : [],
  )

type Queries = ReturnType<typeof queries>

const applyKeys = async (
  q: Queries,
  table: FlatRows<Tables['key_place']>,
  changes: readonly FindingChange[],
  change: Change,
) => {
  const { host } = change.scope
  const privilege = new Map(
    (await q.privileges.all(idsWithin(host))).map(({ account, privileged }) => [account, privileged]),
  )
  const opensRoot = (finding: Finding) => {
    const { role, ineffective, account = '' } = finding as FindingOf<'key'>
    return opensAccount(role) && ineffective === undefined ? (privilege.get(account) ?? 'unknown') : 'no'
  }
  const counts: Tables['key_count'][] = []
  for (const one of changes) {
    const before = await openedRoot(q, change.scope, one)
    const after = one.type !== 'vanished' && opensRoot(one.finding) === 'yes'
    counts.push(...keyCounts(one, Number(after) - Number(before)))
  }
  await applyRows(table, changes, change, (finding, where) =>
    keyPlace(finding as FindingOf<'key'>, where, opensRoot(finding)),
  )
  await q.countKey.each(counts)
  await q.countHostKeys.run({ id: host, ...idsWithin(host) })
}

/** Whether a place counted as one that opens root before a change. */
const openedRoot = async (q: Queries, { host, probe }: ChangedScope, { type, key }: FindingChange): Promise<boolean> =>
  type !== 'found' &&
  type !== 'appeared' &&
  type !== 'reappeared' &&
  (await q.opensRoot.first({ id: idWithin(host, probe, key) }))?.opens_root === 'yes'

/** What a change adds to the counts of a key's places. Its role and fingerprint are part of what it is, and never change. */
const keyCounts = ({ type, finding }: FindingChange, roots: number): Tables['key_count'][] => {
  const { role, fingerprint } = finding as FindingOf<'key'>
  const one = type === 'vanished' ? -1 : type === 'changed' || type === 'moved' ? 0 : 1
  if (fingerprint === undefined || (one === 0 && roots === 0)) return []
  return [
    {
      fingerprint,
      opens: opensAccount(role) ? one : 0,
      roots,
      private: role === 'private' ? one : 0,
      host: role === 'host' ? one : 0,
      known: role === 'known' ? one : 0,
    },
  ]
}

/** Logs forget, so that a use which is no longer told of was one all the same. */
const keyUse = (host: string, { type, finding }: FindingChange): Tables['key_use'][] => {
  const { account, key, lastUsed, from } = finding as FindingOf<'usage'>
  return type === 'vanished' || key === undefined || lastUsed === undefined || lastUsed === 'never'
    ? []
    : [{ host_id: host, account, fingerprint: key, last_used: lastUsed, last_used_from: from ?? null }]
}

const passwordCounts = (change: FindingChange) => digestCounts(change, digestOf)

/** What a change adds to the counts of the places that one digest is at. */
const digestCounts = (
  change: FindingChange,
  of: (finding: Finding) => string | undefined,
): Tables['password_count'][] => {
  const digest = of(change.finding)
  const before = change.type === 'changed' ? of(change.before) : undefined
  if (change.type === 'moved' || digest === before) return []
  return [
    ...(digest === undefined ? [] : [{ digest, places: change.type === 'vanished' ? -1 : 1 }]),
    ...(before === undefined ? [] : [{ digest: before, places: -1 }]),
  ]
}

const digestOf = (finding: Finding): string | undefined =>
  finding.kind === 'credential' && finding.class === 'login-password' ? finding.digest : undefined

const secretCounts = (change: FindingChange): Tables['secret_count'][] =>
  digestCounts(change, (finding) => (finding.kind === 'stored-credential' ? finding.digest : undefined))

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
  'concerns',
  'ineffective',
  'format',
  'passphrase',
  'hosts',
  'comment',
  'path',
  'line',
  'file_modified',
  'file_mode',
  'file_owner',
  'state',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof Tables['key_place'])[]
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
] as const satisfies (keyof Tables['grant_rule'])[]
const SERVICE_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'account',
  'account_id',
  'consumer',
  'name',
  'program',
  'schedule',
  'enabled',
  'listens',
  'needs',
  'path',
  'line',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof Tables['service'])[]
const SERVICE_ACCOUNT_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'service',
  'instance',
  'name',
  'scope',
  'login',
  'superuser',
  'password',
  'scheme',
  'strength',
  'expires',
  'privileges',
  'member_of',
  'path',
  'line',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof Tables['service_account'])[]
const FILE_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'role',
  'type',
  'path',
  'owner_uid',
  'owner',
  'group_gid',
  'group',
  'mode',
  'open_to',
  'gives_root',
  'program',
  'capabilities',
  'ordinary',
  'modified',
  'account',
  'account_id',
  'because',
  'named_by',
  'named_by_line',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof Tables['file_place'])[]

const STORED_CREDENTIAL_COLUMNS = [
  'id',
  'host_id',
  'host',
  'probe',
  'rank',
  'severity',
  'secret',
  'value',
  'in_force',
  'detector',
  'evidence',
  'confidence',
  'name',
  'account',
  'system',
  'service',
  'reference',
  'scheme',
  'weaknesses',
  'length',
  'digest',
  'program',
  'runs_as',
  'path',
  'line',
  'end_line',
  'file_modified',
  'file_mode',
  'file_owner',
  'state',
  'exception',
  'excepted_until',
  'first_seen',
  'last_seen',
  'gone_since',
] as const satisfies (keyof Tables['stored_credential'])[]

/** Adds to the counts of a key's places. */
export const countKey = (connection: Connection) =>
  prepared<Tables['key_count']>(connection, (db, row) =>
    db
      .insertInto('key_count')
      .values(columnsOf(row, ['fingerprint', 'opens', 'roots', 'private', 'host', 'known']))
      .onConflict((conflict) =>
        conflict.column('fingerprint').doUpdateSet({
          opens: plus('key_count.opens', row.opens),
          roots: plus('key_count.roots', row.roots),
          private: plus('key_count.private', row.private),
          host: plus('key_count.host', row.host),
          known: plus('key_count.known', row.known),
        }),
      ),
  )

type Within = { from: string; to: string }
type Named = { name: string | null }

const queries = (connection: Connection) => ({
  privileges: prepared<Within, { account: string; privileged: string }>(connection, (db, { from, to }) =>
    db
      .selectFrom('account')
      .select(['account', 'privileged'])
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('gone_since', 'is', null),
  ),
  opensRoot: prepared<{ id: string }, { opens_root: string }>(connection, (db, { id }) =>
    db.selectFrom('key_place').select('opens_root').where('id', '=', id),
  ),
  countKey: countKey(connection),
  countHostKeys: prepared<Within & { id: string }>(connection, (db, { id, from, to }) =>
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
  used: prepared<Tables['key_use']>(connection, (db, row) =>
    db
      .insertInto('key_use')
      .values(columnsOf(row, ['host_id', 'account', 'fingerprint', 'last_used', 'last_used_from']))
      .onConflict((conflict) =>
        conflict
          .columns(['host_id', 'account', 'fingerprint'])
          .doUpdateSet({ last_used: row.last_used, last_used_from: row.last_used_from })
          .where('key_use.last_used', '<', row.last_used),
      ),
  ),
  countPassword: prepared<Tables['password_count']>(connection, (db, row) =>
    db
      .insertInto('password_count')
      .values(columnsOf(row, ['digest', 'places']))
      .onConflict((conflict) =>
        conflict.column('digest').doUpdateSet({ places: plus('password_count.places', row.places) }),
      ),
  ),
  countSecret: prepared<Tables['secret_count']>(connection, (db, row) =>
    db
      .insertInto('secret_count')
      .values(columnsOf(row, ['digest', 'places']))
      .onConflict((conflict) =>
        conflict.column('digest').doUpdateSet({ places: plus('secret_count.places', row.places) }),
      ),
  ),
  anyFile: prepared<Within, Pick<FileTable, 'id'>>(connection, (db, { from, to }) =>
    db.selectFrom('file_place').select('id').where('id', '>=', from).where('id', '<', to).limit(atMost(1)),
  ),
  owners: prepared<Within, Named & { uid: number }>(connection, (db, { from, to }) =>
    db
      .selectFrom('file_place')
      .select(['owner_uid as uid', 'owner as name'])
      .distinct()
      .where('id', '>=', from)
      .where('id', '<', to),
  ),
  groups: prepared<Within, Named & { gid: number }>(connection, (db, { from, to }) =>
    db
      .selectFrom('file_place')
      .select(['group_gid as gid', 'group as name'])
      .distinct()
      .where('id', '>=', from)
      .where('id', '<', to),
  ),
  nameOwner: prepared<Within & Named & { uid: number }>(connection, (db, { from, to, uid, name }) =>
    db
      .updateTable('file_place')
      .set({ owner: name })
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('owner_uid', '=', uid),
  ),
  nameGroup: prepared<Within & Named & { gid: number }>(connection, (db, { from, to, gid, name }) =>
    db
      .updateTable('file_place')
      .set({ group: name })
      .where('id', '>=', from)
      .where('id', '<', to)
      .where('group_gid', '=', gid),
  ),
})
