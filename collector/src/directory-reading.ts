import {
  describeDirectoryWeakness,
  directoryWeaknesses,
  type DirectoryObjectType,
  type DirectoryRightName,
  type DirectoryWeaknessCode,
} from '@rollcall/contract'
import type {
  DirectoryAccountDetail,
  DirectoryDetail,
  DirectoryGroupDetail,
  DirectoryPath,
  ProbeOutcome,
  YesNoUnknown,
} from '@rollcall/contract/api'
import { entryKey } from '@rollcall/inventory'
import {
  directoryEntryId,
  spotOf,
  spotPage,
  type AccountOnHost,
  type Condition,
  type RelationName,
  type RelationRow,
  type Store,
} from '@rollcall/store'
import { empty, is } from './coverage.ts'
import { computerHost, keysElsewhere, rulesOnHosts, winbindAccounts } from './directory-on-hosts.ts'

/** Directories, their accounts and their groups, as the API tells them. */
export interface DirectoryReading {
  directory(id: string): Promise<DirectoryDetail | undefined>
  directoryAccount(id: string): Promise<DirectoryAccountDetail | undefined>
  directoryGroup(id: string): Promise<DirectoryGroupDetail | undefined>
}

const HISTORY = 200
const MOST_GROUPS = 500
const MOST_RIGHTS = 500
const MOST_MEMBERS = 500
/** Groups whose rights are asked for: the nearest. */
const GROUPS_ASKED = 100
const TOP_PATHS = 25

export const directoryReading = (
  store: Store,
  outcomesOf: (host: string) => Promise<ProbeOutcome[]>,
  now: () => Date,
): DirectoryReading => {
  const { directories, relations, scopes } = store
  const rowOf = async (relation: RelationName, id: string): Promise<RelationRow | undefined> =>
    (await relations.page({ relation, where: [is('id', id)], sort: { column: 'id', descending: false }, limit: 1 }))
      .rows[0]

  const memberships = async (id: string, primary: string | undefined) => {
    const told: DirectoryAccountDetail['memberships'] = []
    const seen = new Set([id])
    let waiting: { entry: string; through: string[] }[] = [{ entry: id, through: [] }]
    const add = async (group: string, fallback: string, via: string, through: string[], dn?: string) => {
      if (seen.has(group) || told.length >= MOST_GROUPS) return undefined
      seen.add(group)
      const row = await directories.group(group)
      const name = row?.name ?? fallback
      told.push({
        id: row === undefined ? null : group,
        name,
        through,
        via,
        wellKnown: row?.well_known ?? null,
        tier: row?.tier ?? null,
        privileged: (row?.privileged ?? 'unknown') as YesNoUnknown,
        ...(dn === undefined ? {} : { place: { path: dn } }),
      })
      return { entry: group, through: [...through, name] }
    }
    if (primary !== undefined) {
      const next = await add(primary, 'primary group', 'primaryGroupID', [])
      if (next !== undefined) waiting.push(next)
    }
    while (waiting.length > 0 && told.length < MOST_GROUPS) {
      const next: typeof waiting = []
      for (const { entry, through } of waiting)
        for (const row of await directories.groupsOf(entry, MOST_GROUPS)) {
          const found = await add(row.group_id, row.group, row.via, through, row.dn)
          if (found !== undefined) next.push(found)
        }
      waiting = next
    }
    return told.toSorted((one, other) => one.through.length - other.through.length)
  }

  const rightsHeld = async (id: string, groups: DirectoryAccountDetail['memberships']) => {
    const told = (await directories.rightsOf(id, MOST_RIGHTS)).map((row) => rightTold(row, []))
    for (const group of groups.slice(0, GROUPS_ASKED)) {
      if (group.id === null || told.length >= MOST_RIGHTS) continue
      for (const row of await directories.rightsOf(group.id, MOST_RIGHTS - told.length))
        told.push(rightTold(row, [...group.through, group.name]))
    }
    return told
  }

  const about = async (id: string) => ({
    rightsOver: (await directories.rightsOver(id, MOST_RIGHTS)).map((row) => rightTold(row, [])),
    weaknesses: (await directories.weaknessesOf(id)).map((row) => ({
      code: row.weakness as DirectoryWeaknessCode,
      severity: row.severity as DirectoryAccountDetail['weaknesses'][number]['severity'],
      sentence: row.meaning,
      evidence: listed(row.evidence),
      place: { path: row.dn },
      firstSeen: row.first_seen,
    })),
  })

  const foundAs = async (
    directory: string,
    probe: string,
    kind: 'directory-account' | 'directory-group',
    object: string,
  ) => {
    const pages = await scopes.pagesOf(directory, probe)
    const key = entryKey(kind, object)
    const spot = spotOf(directoryEntryId(directory, object))
    const held = pages === 0 ? [] : await scopes.page(directory, probe, spotPage(spot, pages))
    return held
      .filter((one) => one.key === key && one.goneSince === null)
      .map(({ finding, firstSeen, changedAt }) => ({ probe, finding, firstSeen, changedAt }))
  }

  return {
    async directory(id) {
      const directory = await directories.byId(id)
      if (directory === undefined) return undefined
      const present = [is('directory_id', id), empty('gone_since')]
      const of = (relation: RelationName, ...where: Condition[]) => relations.count(relation, [...present, ...where])
      const ofHost = (relation: RelationName) => relations.count(relation, [is('host_id', id), empty('gone_since')])
      const yes = is('privileged', 'yes')
      const [users, computers, managedServices, groups, privileged, unknownPrivilege, unmanagedPrivileged, rights] =
        await Promise.all([
          of('directory_accounts', is('type', 'user')),
          of('directory_accounts', is('type', 'computer')),
          of('directory_accounts', is('type', 'managed-service')),
          of('directory_groups'),
          of('directory_accounts', yes),
          of('directory_accounts', is('privileged', 'unknown')),
          of('directory_accounts', yes, is('state', 'unmanaged')),
          of('directory_rights'),
        ])
      const [keys, grants, storedCredentials, outcomes, told, weaknesses, history] = await Promise.all([
        ofHost('keys'),
        ofHost('grants'),
        ofHost('stored_credentials'),
        outcomesOf(id),
        directories.told(id),
        directories.weaknesses(id),
        scopes.history({ host: id, limit: HISTORY, found: false }),
      ])
      return {
        id,
        name: directory.name,
        firstSeen: directory.firstSeen,
        lastSeen: directory.lastSeen,
        lastGoodScan: directory.lastGoodScan,
        signals: directory.signals,
        targets: directory.targets.map(({ target, firstSeen, lastSeen }) => ({ target, firstSeen, lastSeen })),
        evidence: directory.evidence.map(({ at, sentence, contradicts }) => ({ at, sentence, contradicts })),
        outcomes,
        counts: {
          users,
          computers,
          managedServices,
          groups,
          privileged,
          unknownPrivilege,
          unmanagedPrivileged,
          rights,
          keys,
          grants,
          storedCredentials,
        },
        weaknesses: weaknesses.flatMap(({ weakness, severity, count }) => {
          const code = directoryWeaknesses.find((one) => one === weakness)
          return code === undefined
            ? []
            : [
                {
                  code,
                  severity: severity as DirectoryDetail['weaknesses'][number]['severity'],
                  sentence: describeDirectoryWeakness(code),
                  count,
                  filter: `directory_id:${id} weakness:${code} severity:${severity}`,
                },
              ]
        }),
        topPaths: await topPaths(store, present),
        outside: told.outside.map(({ name, path }) => ({ name, path })),
        unknownBecause: [...told.unknownBecause],
        history,
      }
    },

    async directoryAccount(id) {
      const [row, entry] = await Promise.all([rowOf('directory_accounts', id), directories.account(id)])
      if (row === undefined || entry === undefined) return undefined
      const { host_id, host, object, probe, sid, primary_group, type } = entry
      const groups = await memberships(id, await primaryGroupOf(store, host_id, sid, primary_group))
      const signals = (await directories.byId(host_id))?.signals
      const onHosts =
        signals === undefined || type === 'computer'
          ? { hostRules: [], ruleHosts: 0 }
          : await rulesOnHosts(store, { directory: host_id, signals, name: entry.name, groups, now: now() })
      const [{ rightsOver, weaknesses }, held, findings, found, outcomes, history, isHost, keys] = await Promise.all([
        about(id),
        rightsHeld(id, groups),
        foundAs(host_id, probe, 'directory-account', object),
        directories.accountsOnHosts(id),
        outcomesOf(host_id),
        scopes.history({ host: host_id, account: entry.name, limit: HISTORY, found: false }),
        type === 'computer' ? computerHost(store, entry, signals) : null,
        keysElsewhere(store, host_id, entry.name),
      ])
      const byWinbind = await winbindAccounts(store, entry, signals, new Set(found.map((one) => one.id)))
      const hosts = [...found, ...byWinbind]
      return {
        id,
        directory: { id: host_id, name: host },
        object,
        name: entry.name,
        type: type as DirectoryAccountDetail['type'],
        dn: entry.dn,
        state: entry.state as DirectoryAccountDetail['state'],
        firstSeen: entry.first_seen,
        lastSeen: String(row['last_seen'] ?? entry.first_seen),
        goneSince: entry.gone_since,
        privileged: entry.privileged as YesNoUnknown,
        tier: entry.tier,
        paths: JSON.parse(entry.detail) as DirectoryPath[],
        unknownBecause: listed(entry.unknown_because),
        memberships: groups,
        rightsHeld: held,
        rightsOver,
        weaknesses,
        findings,
        hosts: hosts.map(({ id: account, name, host: on, hostName, privileged, by }) => ({
          id: account,
          name,
          host: { id: on, name: hostName },
          privileged,
          sentence: BY[by],
        })),
        hostCount: Number(row['hosts'] ?? 0) + new Set(byWinbind.map((one) => one.host)).size,
        ...onHosts,
        isHost,
        keys,
        outcomes,
        history,
      }
    },

    async directoryGroup(id) {
      const [row, entry] = await Promise.all([rowOf('directory_groups', id), directories.group(id)])
      if (row === undefined || entry === undefined) return undefined
      const { host_id } = entry
      const groups = await memberships(id, undefined)
      const [{ rightsOver, weaknesses }, held, findings, members, memberCount, former, latest] = await Promise.all([
        about(id),
        rightsHeld(id, groups),
        foundAs(host_id, entry.probe, 'directory-group', entry.object),
        directories.membersOf(id, MOST_MEMBERS),
        relations.count('directory_members', [is('group_id', id), empty('gone_since')]),
        directories.formerMembersOf(id),
        directories.latestMembersOf(id),
      ])
      return {
        id,
        directory: { id: entry.host_id, name: entry.host },
        object: entry.object,
        name: entry.name,
        type: entry.type as DirectoryGroupDetail['type'],
        dn: entry.dn,
        wellKnown: entry.well_known,
        tier: entry.tier,
        firstSeen: entry.first_seen,
        lastSeen: String(row['last_seen'] ?? entry.first_seen),
        goneSince: entry.gone_since,
        privileged: entry.privileged as YesNoUnknown,
        paths: JSON.parse(entry.detail) as DirectoryPath[],
        unknownBecause: listed(entry.unknown_because),
        members: members.map(({ member_id, member_name, member, member_type, via, dn, first_seen }) => ({
          id: member_id,
          name: member_name ?? member,
          type: member_type as DirectoryObjectType | null,
          via,
          place: { path: dn },
          firstSeen: first_seen,
        })),
        memberCount,
        formerMembers: former.map(({ member_id, member_name, member, member_type, first_seen, gone_since }) => ({
          id: member_id,
          name: member_name ?? member,
          type: member_type as DirectoryObjectType | null,
          firstSeen: first_seen,
          goneSince: gone_since ?? first_seen,
        })),
        memberships: groups,
        rightsHeld: held,
        rightsOver,
        weaknesses,
        findings,
        history: comingsAndGoings(entry.first_seen, latest, former),
      }
    },
  }
}

type MemberRow = Awaited<ReturnType<Store['directories']['formerMembersOf']>>[number]

/** Who came into a group after it was first seen and who went, the last first. Of somebody who came back only the last time is known. */
const comingsAndGoings = (
  since: string,
  latest: readonly MemberRow[],
  former: readonly MemberRow[],
): DirectoryGroupDetail['history'] => {
  const told = (row: MemberRow, type: 'appeared' | 'vanished', at: string) => ({
    at,
    host: row.host,
    probe: row.probe,
    type,
    kind: 'directory-member',
    thing: `${row.member_name ?? row.member} in ${row.group}`,
    before: null,
    after: null,
  })
  return [
    ...latest.flatMap((row) => (row.first_seen > since ? [told(row, 'appeared', row.first_seen)] : [])),
    ...former.flatMap((row) => (row.gone_since === null ? [] : [told(row, 'vanished', row.gone_since)])),
  ]
    .toSorted((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
    .slice(0, HISTORY)
}

const BY: Record<AccountOnHost['by'] | 'winbind' | 'winbind-maybe', string> = {
  sid: 'The host says that it has the same SID.',
  object: 'The host says that it is the same entry.',
  uid: 'It has the same name and uid, and no file of the host lists it.',
  winbind: 'It has the same name and the uid that winbind makes of its entry there, by smb.conf.',
  'winbind-maybe':
    'It has the same name and a uid that winbind may have made of its SID there: which depends on the order in which it met domains.',
  'mapped-uid': 'It has the same name and the uid that SSSD makes of its SID, and no file of the host lists it.',
}

/** The items of a list cell. */
const listed = (text: string): string[] => text.split('\n').filter((item) => item !== '')

type RightRow = Awaited<ReturnType<Store['directories']['rightsOf']>>[number]

const rightTold = (row: RightRow, through: string[]): DirectoryAccountDetail['rightsHeld'][number] => ({
  right: row.right as DirectoryRightName,
  trustee: {
    id: row.trustee_id,
    name: row.trustee_name ?? row.trustee,
    type: row.trustee_type as DirectoryObjectType | null,
  },
  over: {
    id: PAGED.has(row.object_type) ? row.object_id : null,
    name: row.object_name,
    type: row.object_type as DirectoryObjectType,
  },
  through,
  below: listed(row.below) as DirectoryObjectType[],
  evidence: row.evidence,
  inheritedFrom: row.inherited_from,
  conditional: row.conditional === 'yes',
  ordinary: row.ordinary === 'yes',
  place: { path: row.dn },
})

/** What has a page of its own. */
const PAGED: ReadonlySet<string> = new Set(['user', 'computer', 'managed-service', 'group', 'role'])

/** Some of those who can take a directory over: those whose way is not membership alone first. */
const topPaths = async ({ relations, directories }: Store, present: readonly Condition[]) => {
  const told: DirectoryDetail['topPaths'] = []
  const taking = [...present, is('privileged', 'yes')]
  const member = is('privileged_by', 'member')
  for (const where of [
    [...taking, { ...member, negated: true }],
    [...taking, member],
  ])
    for (const kind of ['account', 'group'] as const) {
      if (told.length >= TOP_PATHS) break
      const { rows } = await relations.page({
        relation: kind === 'account' ? 'directory_accounts' : 'directory_groups',
        where,
        sort: { column: 'id', descending: false },
        limit: TOP_PATHS - told.length,
      })
      for (const { id } of rows) {
        const entry = await (kind === 'account' ? directories.account(id) : directories.group(id))
        const [path] = entry === undefined ? [] : (JSON.parse(entry.detail) as DirectoryPath[])
        if (entry !== undefined && path !== undefined) told.push({ id, kind, name: entry.name, path })
      }
    }
  return told
}

/** The id of the primary group of an account of Active Directory. */
const primaryGroupOf = async ({ relations }: Store, directory: string, sid: string | null, rid: number | null) => {
  const domain = sid === null ? undefined : /^(S-1-5-21-\d+-\d+-\d+)-\d+$/.exec(sid)?.[1]
  if (domain === undefined || rid === null) return undefined
  const { rows } = await relations.page({
    relation: 'directory_groups',
    where: [is('directory_id', directory), is('sid', `${domain}-${rid}`), empty('gone_since')],
    sort: { column: 'id', descending: false },
    limit: 1,
  })
  return rows[0]?.id
}
