import type { DirectorySignals } from '@rollcall/contract'
import type { YesNoUnknown } from '@rollcall/contract/api'
import { foldedDn, type KnownDirectory } from '@rollcall/inventory'
import { listItems } from './cells.ts'
import type { Connection } from './dialect.ts'
import { directoryEntryId } from './directory-rows.ts'
import type { Directories, DirectoryCounts, DirectoryTold } from './face.ts'
import { hosts } from './hosts.ts'
import { idsOfShare, idsWithin, spotOf } from './id.ts'
import { atMost, columnsOf, countWhere, excluded, prepared, rowCount } from './portable.ts'
import { SHARES } from './report-parts.ts'
import type {
  DirectoryAccountTable,
  DirectoryGroupTable,
  DirectoryMemberTable,
  DirectoryRightTable,
  DirectoryWeaknessTable,
  Tables,
} from './tables.ts'

type DirectoryRow = Tables['directory']
type SignalRow = Tables['host_signal']

const MAX_CANDIDATES = 64
/** Rows asked for at once where more are of no use to a person. */
const MOST = 2000
const MOST_HOSTS = 200
const MOST_RULES = 50_000
const MOST_FORMER = 200

export const directories = (connection: Connection): Directories => {
  const q = queries(connection)
  const ofHosts = hosts(connection)

  const byId = async (id: string): Promise<KnownDirectory | undefined> => {
    const row = await q.directory.first({ id })
    const host = row && (await ofHosts.byId(id))
    if (row === undefined || host === undefined) return undefined
    const { name, targets, residesAt, evidence, firstSeen, lastSeen, lastGoodScan } = host
    const signals = JSON.parse(row.signals) as DirectorySignals
    return { id, name, signals, targets, residesAt, evidence, firstSeen, lastSeen, lastGoodScan }
  }

  return {
    byId,

    async candidates(signals, target) {
      const ids = new Set((await q.atTarget.all({ target })).map(({ host_id }) => host_id))
      for (const signal of signalsOf(signals)) for (const { host_id } of await q.bySignal.all(signal)) ids.add(host_id)
      const found: KnownDirectory[] = []
      for (const id of ids) {
        const directory = await byId(id)
        if (directory !== undefined) found.push(directory)
      }
      return found.sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1))
    },

    async save(id, signals, told, counts) {
      const before = counts === undefined ? await q.directory.first({ id }) : undefined
      const { accounts, privileged, unknown_privilege, ...counted } = { ...NOTHING, ...counts }
      await q.save.run({
        host_id: id,
        make: signals.make,
        suffix: signals.suffix,
        domain: signals.domain ?? null,
        flat_name: signals.flatName ?? null,
        server: signals.server ?? null,
        version: signals.version ?? null,
        identity: signals.identity ?? null,
        signals: JSON.stringify(signals),
        ...(before === undefined ? counted : columnsOf(before, COUNTED)),
        outside: JSON.stringify(told.outside),
        unknown_because: JSON.stringify(told.unknownBecause),
      })
      if (counts !== undefined) await q.setCounts.run({ id, accounts, privileged, unknown_privilege })
      await q.dropSignals.run({ id })
      await q.addSignal.each(signalsOf(signals).map((signal) => ({ ...signal, host_id: id })))
    },

    async counts(id, share) {
      const within = idsOfShare(id, share, SHARES)
      return {
        ...NOTHING,
        ...(await q.countAccounts.first(within)),
        ...(await q.countGroups.first(within)),
        ...(await q.countWeaknesses.first(within)),
      }
    },

    async spotsOf(directory, probe, objects) {
      const spots = new Set<number>()
      for (const object of objects) {
        const id = directoryEntryId(directory, object)
        spots.add(spotOf(id))
        for (const query of q.about) {
          const rows = await query.all({ id })
          if (rows.length > MOST) return undefined
          for (const row of rows) if (row.probe === probe) spots.add(spotOf(row.id))
        }
      }
      return [...spots]
    },

    async told(id) {
      const row = await q.directory.first({ id })
      return {
        outside: row === undefined ? [] : (JSON.parse(row.outside) as DirectoryTold['outside']),
        unknownBecause: row === undefined ? [] : (JSON.parse(row.unknown_because) as string[]),
      }
    },

    async saveStandings(of, standings) {
      await q.saveStanding[of].each(
        standings.map(({ id, privileged, tier, privilegedBy, path, unknownBecause, detail }) => ({
          id,
          privileged,
          tier,
          privileged_by: privilegedBy,
          path,
          unknown_because: unknownBecause,
          detail,
        })),
      )
    },

    account: (id) => q.account.first({ id }),
    group: (id) => q.group.first({ id }),
    membersOf: async (id, limit) => (await q.membersOf.all({ id })).slice(0, limit),
    formerMembersOf: (id) => q.formerMembersOf.all({ id }),
    latestMembersOf: (id) => q.latestMembersOf.all({ id }),
    groupsOf: async (id, limit) => (await q.groupsOf.all({ id })).slice(0, limit),
    rightsOver: async (id, limit) => (await q.rightsOver.all({ id })).slice(0, limit),
    rightsOf: async (id, limit) => (await q.rightsOf.all({ id })).slice(0, limit),
    weaknessesOf: (id) => q.weaknessesOf.all({ id }),
    async accountsOnHosts(id) {
      const entry = await q.account.first({ id })
      if (entry === undefined) return []
      const { sid, object, login, uid, mapped_uid } = entry
      const found = await q.onHosts.all({ sid, object, login, uid: uid ?? -1, mapped_uid: mapped_uid ?? -1 })
      return found.map((row) => ({
        id: row.id,
        name: row.account,
        uid: row.uid,
        host: row.host_id,
        hostName: row.host,
        privileged: row.privileged as YesNoUnknown,
        by:
          sid !== null && row.directory_sid === sid
            ? 'sid'
            : row.directory_object === object
              ? 'object'
              : row.uid === uid
                ? 'uid'
                : 'mapped-uid',
      }))
    },
    async rulesOfGroups() {
      const rules = await q.rulesOfGroups.all({})
      return rules
        .filter(({ grantees }) => grantees.includes('\n%'))
        .map(({ host_id, grantees }) => ({ host: host_id, grantees: listItems(grantees) }))
    },
    async hasComputer(directory, name) {
      const { from, to } = idsWithin(directory)
      // Names are kept as they are written, which for computers is upper case nearly always.
      for (const spelt of new Set([name, name.toUpperCase(), name.toLowerCase()]))
        if ((await q.computer.first({ from, to, name: spelt })) !== undefined) return true
      return false
    },
    async hasComputerCalled(directory, dnsName) {
      const { from, to } = idsWithin(directory)
      return (await q.computerCalled.first({ from, to, dnsName })) !== undefined
    },
    async namedOnHosts(login) {
      return (await q.namedOnHosts.all({ login })).map((row) => ({
        id: row.id,
        name: row.account,
        uid: row.uid,
        host: row.host_id,
        hostName: row.host,
        privileged: row.privileged as YesNoUnknown,
      }))
    },
    weaknesses: async (id) => q.weaknesses.all(idsWithin(id)),
  }
}

/** What a directory is recognised by: its id, or its suffix where either side has none. */
const signalsOf = ({ id, suffix }: DirectorySignals): Omit<SignalRow, 'host_id'>[] => [
  ...(id === undefined ? [] : [{ kind: 'directory-id' as const, value: id.toLowerCase() }]),
  ...(suffix === '' ? [] : [{ kind: 'directory-suffix' as const, value: foldedDn(suffix) }]),
]

const NOTHING: DirectoryCounts = {
  accounts: 0,
  privileged: 0,
  unknown_privilege: 0,
  users: 0,
  computers: 0,
  managed_services: 0,
  groups: 0,
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
  info: 0,
}

/** Those of them that a directory has in its own row. */
const COUNTED = [
  'users',
  'computers',
  'managed_services',
  'groups',
  'critical',
  'high',
  'medium',
  'low',
  'info',
] as const satisfies (keyof DirectoryCounts & keyof DirectoryRow)[]

const DIRECTORY_COLUMNS = [
  'host_id',
  'make',
  'suffix',
  'domain',
  'flat_name',
  'server',
  'version',
  'identity',
  'signals',
  'users',
  'computers',
  'managed_services',
  'groups',
  'critical',
  'high',
  'medium',
  'low',
  'info',
  'outside',
  'unknown_because',
] as const satisfies (keyof DirectoryRow)[]

type Id = { id: string }
type Within = { from: string; to: string }
type StandingRow = Pick<
  DirectoryAccountTable,
  'id' | 'privileged' | 'tier' | 'privileged_by' | 'path' | 'unknown_because' | 'detail'
>

const CONCLUDED = ['privileged', 'privileged_by', 'path', 'unknown_because', 'detail'] as const

const ENTRY_TABLES = { account: 'directory_account', group: 'directory_group' } as const

const queries = (connection: Connection) => {
  const saveStandingOf = (of: keyof typeof ENTRY_TABLES) => {
    // That of a group is found, not concluded.
    const columns = of === 'account' ? ([...CONCLUDED, 'tier'] as const) : CONCLUDED
    return prepared<StandingRow>(connection, (db, row) =>
      db
        .updateTable(ENTRY_TABLES[of])
        .set(columnsOf(row, columns))
        .where('id', '=', row.id)
        .where((eb) => eb.or(columns.map((column) => eb(column, 'is distinct from', row[column])))),
    )
  }
  const aboutEntry = (table: 'directory_member' | 'directory_right' | 'directory_weakness') =>
    prepared<Id, { id: string; probe: string }>(connection, (db, { id }) =>
      db
        .selectFrom(table)
        .select(['id', 'probe'])
        .where(table === 'directory_member' ? 'group_id' : 'object_id', '=', id)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST + 1)),
    )
  return {
    directory: prepared<Id, DirectoryRow>(connection, (db, { id }) =>
      db.selectFrom('directory').selectAll().where('host_id', '=', id),
    ),
    atTarget: prepared<{ target: string }, { host_id: string }>(connection, (db, { target }) =>
      db
        .selectFrom('host_target')
        .select('host_id')
        .where('target', '=', target)
        .orderBy('last_seen', 'desc')
        .limit(atMost(MAX_CANDIDATES)),
    ),
    bySignal: prepared<Omit<SignalRow, 'host_id'>, { host_id: string }>(connection, (db, { kind, value }) =>
      db
        .selectFrom('host_signal')
        .select('host_id')
        .where('kind', '=', kind)
        .where('value', '=', value)
        .limit(atMost(MAX_CANDIDATES)),
    ),
    save: prepared<DirectoryRow>(connection, (db, row) =>
      db
        .insertInto('directory')
        .values(columnsOf(row, DIRECTORY_COLUMNS))
        .onConflict((conflict) => conflict.column('host_id').doUpdateSet(excluded(DIRECTORY_COLUMNS.slice(1)))),
    ),
    setCounts: prepared<Id & { accounts: number; privileged: number; unknown_privilege: number }>(
      connection,
      (db, { id, accounts, privileged, unknown_privilege }) =>
        db.updateTable('host').set({ accounts, privileged, unknown_privilege }).where('id', '=', id),
    ),
    dropSignals: prepared<Id>(connection, (db, { id }) => db.deleteFrom('host_signal').where('host_id', '=', id)),
    addSignal: prepared<SignalRow>(connection, (db, row) =>
      db
        .insertInto('host_signal')
        .values(columnsOf(row, ['kind', 'value', 'host_id']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    countAccounts: prepared<
      Within,
      Pick<typeof NOTHING, 'accounts' | 'privileged' | 'unknown_privilege' | 'users' | 'computers' | 'managed_services'>
    >(connection, (db, { from, to }) =>
      db
        .selectFrom('directory_account')
        .select((eb) => [
          rowCount().as('accounts'),
          countWhere(eb('privileged', '=', 'yes')).as('privileged'),
          countWhere(eb('privileged', '=', 'unknown')).as('unknown_privilege'),
          countWhere(eb('type', '=', 'user')).as('users'),
          countWhere(eb('type', '=', 'computer')).as('computers'),
          countWhere(eb('type', '=', 'managed-service')).as('managed_services'),
        ])
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('gone_since', 'is', null),
    ),
    countGroups: prepared<Within, { groups: number }>(connection, (db, { from, to }) =>
      db
        .selectFrom('directory_group')
        .select(rowCount().as('groups'))
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('gone_since', 'is', null),
    ),
    countWeaknesses: prepared<Within, Pick<typeof NOTHING, 'critical' | 'high' | 'medium' | 'low' | 'info'>>(
      connection,
      (db, { from, to }) =>
        db
          .selectFrom('directory_weakness')
          .select((eb) =>
            (['critical', 'high', 'medium', 'low', 'info'] as const).map((severity) =>
              countWhere(eb('severity', '=', severity)).as(severity),
            ),
          )
          .where('id', '>=', from)
          .where('id', '<', to)
          .where('gone_since', 'is', null),
    ),
    about: [aboutEntry('directory_member'), aboutEntry('directory_right'), aboutEntry('directory_weakness')],
    saveStanding: { account: saveStandingOf('account'), group: saveStandingOf('group') },
    account: prepared<Id, DirectoryAccountTable>(connection, (db, { id }) =>
      db.selectFrom('directory_account').selectAll().where('id', '=', id),
    ),
    group: prepared<Id, DirectoryGroupTable>(connection, (db, { id }) =>
      db.selectFrom('directory_group').selectAll().where('id', '=', id),
    ),
    membersOf: prepared<Id, DirectoryMemberTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_member')
        .selectAll()
        .where('group_id', '=', id)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST)),
    ),
    formerMembersOf: prepared<Id, DirectoryMemberTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_member')
        .selectAll()
        .where('group_id', '=', id)
        .where('gone_since', 'is not', null)
        .orderBy('gone_since', 'desc')
        .limit(atMost(MOST_FORMER)),
    ),
    latestMembersOf: prepared<Id, DirectoryMemberTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_member')
        .selectAll()
        .where('group_id', '=', id)
        .orderBy('first_seen', 'desc')
        .limit(atMost(MOST_FORMER)),
    ),
    groupsOf: prepared<Id, DirectoryMemberTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_member')
        .selectAll()
        .where('member_id', '=', id)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST)),
    ),
    rightsOver: prepared<Id, DirectoryRightTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_right')
        .selectAll()
        .where('object_id', '=', id)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST)),
    ),
    rightsOf: prepared<Id, DirectoryRightTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_right')
        .selectAll()
        .where('trustee_id', '=', id)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST)),
    ),
    weaknessesOf: prepared<Id, DirectoryWeaknessTable>(connection, (db, { id }) =>
      db
        .selectFrom('directory_weakness')
        .selectAll()
        .where('object_id', '=', id)
        .where('gone_since', 'is', null)
        .orderBy('rank')
        .limit(atMost(MOST)),
    ),
    onHosts: prepared<
      { sid: string | null; object: string; login: string; uid: number; mapped_uid: number },
      Pick<
        Tables['account'],
        'id' | 'account' | 'host_id' | 'host' | 'privileged' | 'uid' | 'directory_sid' | 'directory_object'
      >
    >(connection, (db, { sid, object, login, uid, mapped_uid }) =>
      db
        .selectFrom('account')
        .select(['id', 'account', 'host_id', 'host', 'privileged', 'uid', 'directory_sid', 'directory_object'])
        .where('gone_since', 'is', null)
        .where((eb) =>
          eb.or([
            eb('directory_sid', '=', sid),
            eb('directory_object', '=', object),
            eb.and([
              eb('directory_name', '=', login),
              eb('directory_sid', 'is', null),
              eb('directory_object', 'is', null),
              eb.or([eb('uid', '=', uid), eb('uid', '=', mapped_uid)]),
            ]),
          ]),
        )
        .limit(atMost(MOST_HOSTS)),
    ),
    rulesOfGroups: prepared<object, { host_id: string; grantees: string }>(connection, (db) =>
      db
        .selectFrom('grant_rule')
        .select(['host_id', 'grantees'])
        .where('mechanism', '=', 'sudo')
        .where('gone_since', 'is', null)
        .limit(atMost(MOST_RULES)),
    ),
    computer: prepared<Within & { name: string }, { id: string }>(connection, (db, { from, to, name }) =>
      db
        .selectFrom('directory_account')
        .select('id')
        .where('name', '=', name)
        .where('type', '=', 'computer')
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('gone_since', 'is', null)
        .limit(atMost(1)),
    ),
    computerCalled: prepared<Within & { dnsName: string }, { id: string }>(connection, (db, { from, to, dnsName }) =>
      db
        .selectFrom('directory_account')
        .select('id')
        .where('type', '=', 'computer')
        .where((eb) => eb.or([eb('dns_name', '=', dnsName), eb('name', '=', dnsName)]))
        .where('id', '>=', from)
        .where('id', '<', to)
        .where('gone_since', 'is', null)
        .limit(atMost(1)),
    ),
    namedOnHosts: prepared<
      { login: string },
      Pick<Tables['account'], 'id' | 'account' | 'host_id' | 'host' | 'privileged' | 'uid'>
    >(connection, (db, { login }) =>
      db
        .selectFrom('account')
        .select(['id', 'account', 'host_id', 'host', 'privileged', 'uid'])
        .where('directory_name', '=', login)
        .where('directory_sid', 'is', null)
        .where('directory_object', 'is', null)
        .where('gone_since', 'is', null)
        .limit(atMost(MOST_HOSTS)),
    ),
    weaknesses: prepared<Within, { weakness: string; severity: string; count: number }>(
      connection,
      (db, { from, to }) =>
        db
          .selectFrom('directory_weakness')
          .select(['weakness', 'severity', rowCount().as('count')])
          .where('id', '>=', from)
          .where('id', '<', to)
          .where('gone_since', 'is', null)
          .groupBy(['weakness', 'severity', 'rank'])
          .orderBy('rank')
          .orderBy('count', 'desc'),
    ),
  }
}
