import type { DirectoryMemory, DirectoryProbe } from '../../directory-make.ts'
import { CONTROL } from '../../formats/active-directory/account-control.ts'
import { DIR_SYNC, dirSyncAnswer, dirSyncRequest } from '../../formats/active-directory/dir-sync.ts'
import { filterGuid, filterText, guidText } from '../../formats/active-directory/identifiers.ts'
import { base64Bytes } from '../../formats/ssh-keys/public-key.ts'
import { ACCOUNT_ATTRIBUTES, COMPUTER_ATTRIBUTES, readAccount } from './accounts.ts'
import { tellDeleted } from './coverage.ts'
import { tellConclusions } from './conclusions.ts'
import { membership, typeByClasses, type Membership, type Seen } from './entries.ts'
import { GROUP_ATTRIBUTES, importance, memberFindings, readGroup } from './groups.ts'
import { rightHolders } from './holders.ts'
import { lastChange, lastChanges, wentBack } from './last-changes.ts'
import { DESCRIPTORS, THIS_PARTITION, type Look } from './look.ts'

/** A look at everything is due after so many days. */
const FULL_AFTER = 7
/** More changes than this are not looked up one by one. */
const MOST_CHANGED = 20_000
const BATCH = 50
/** Groups and lists that are remembered; a domain with more is looked at as a whole each time. */
const MOST_GROUPS = 500
const MOST_LISTS = 3000
const VERSION = '2'

/** Scopes that can be told of by what changed; the others depend on everything. */
const BY_CHANGE: readonly DirectoryProbe[] = [
  'directory-accounts',
  'directory-computers',
  'directory-groups',
  'directory-keys',
  'directory-secrets',
]

/** From where on changes are to be told, taken before anything is read. Undefined where the server tells none. */
export const changesFrom = async ({ gathering, domain }: Look): Promise<Uint8Array | undefined> => {
  // Nothing matches: only the place in the sequence of changes is wanted.
  const round = await follow(
    gathering,
    domain.base,
    '(!(objectClass=*))',
    ['objectguid'],
    new Uint8Array(),
    () => undefined,
  )
  return round === 'unreadable' ? undefined : round
}

/** What has to be remembered of a look at everything for the next to be one at changes. */
export const memoryOf = (
  look: Look,
  members: Membership,
  cookie: Uint8Array,
  invocation: string,
  marks: string,
): DirectoryMemory | undefined => {
  const groups = decidingGroups(look, members)
  const lists = look.entries.digests()
  if (groups.length > MOST_GROUPS || lists.length > MOST_LISTS) return undefined
  return {
    version: VERSION,
    invocation,
    full: look.now.toISOString(),
    cookie: base64(cookie),
    last: String(lastChange(look) ?? ''),
    marks,
    groups: groups.join(' '),
    lists: lists.join(' '),
  }
}

/** Groups that decide who is privileged, and all groups within them; those that decide about password policies. */
const decidingGroups = ({ entries, passwords }: Look, members: Membership): string[] => {
  const all = new Set<string>(passwords.groups)
  for (const group of entries.all) {
    const known = group.type === 'group' ? importance(group) : undefined
    if (known === undefined || (known.tier === undefined && known.id !== 'protected-users')) continue
    all.add(group.object)
    for (const seen of members.within(group.sid ?? '').seen) if (seen.type === 'group') all.add(seen.object)
  }
  return [...all].sort()
}

interface Changed {
  readonly names: Set<string>
  deleted: boolean
}

/**
 * Looks only at what changed. False where that cannot be told, or where what changed decides about others: then everything is to be
 * looked at, and nothing was told yet.
 */
export const lookAtChanges = async (look: Look, invocation: string | undefined): Promise<boolean> => {
  const { gathering, domain, now } = look
  const { remembered } = gathering
  if (remembered === undefined) return false
  const again = (detail: string) => {
    gathering.note('directory-accounts', { code: 'full-look-needed', detail })
    return false
  }
  if (remembered['version'] !== VERSION || invocation === undefined || remembered['invocation'] !== invocation)
    return again('another server, or its database was restored')
  const since = Date.parse(remembered['full'] ?? '')
  const age = (now.getTime() - since) / 86_400_000
  if (!(age >= 0 && age < FULL_AFTER)) return again('the last look at everything is a week ago')
  const cookie = base64Bytes(remembered['cookie'] ?? '')
  if (cookie === undefined) return again('what was remembered cannot be read')
  const changed = new Map<string, Changed>()
  const next = await follow(gathering, domain.base, '(objectClass=*)', WATCHED, cookie, (object, names, deleted) => {
    const known = changed.get(object) ?? { names: new Set(), deleted: false }
    for (const name of names) known.names.add(name)
    known.deleted ||= deleted
    changed.set(object, known)
    return changed.size <= MOST_CHANGED
  })
  if (next === 'unreadable') return again('the server does not tell what changed')
  if (await wentBack(look, { last: remembered['last'], marks: remembered['marks'] }, changed))
    return again('its database was restored')
  const groups = new Set((remembered['groups'] ?? '').split(' '))
  const lists = new Set((remembered['lists'] ?? '').split(' '))
  if (changed.size > MOST_CHANGED || (await decidesAboutOthers(look, changed, groups, lists)))
    return again('what changed decides about others')
  for (const probe of ['directory-rights', 'directory-trusts', 'directory-certificates'] as const)
    gathering.leaveOut(probe)
  for (const probe of BY_CHANGE) {
    const scope = gathering.changesOnly(probe)
    for (const object of changed.keys()) scope.changed(object)
  }
  await tellChanged(look, changed, groups)
  await tellDeleted(look)
  gathering.remember({
    ...remembered,
    cookie: base64(next),
    last: String(lastChange(look) ?? ''),
    marks: await lastChanges(look),
  })
  return true
}

const DECIDING = [
  'msds-allowedtodelegateto',
  'msds-allowedtoactonbehalfofotheridentity',
  'msds-groupmsamembership',
  'dsheuristics',
  'msds-managedaccountprecededbylink',
  'msds-delegatedmsastate',
  'msds-revealondemandgroup',
  'msds-neverrevealgroup',
  // What they say holds for accounts that do not change themselves.
  'maxpwdage',
  'msds-maximumpasswordage',
  'msds-passwordsettingsprecedence',
  'msds-psoappliesto',
]

/** Which policies apply to what lies in a container. */
const LINKING = ['gplink', 'gpoptions']

const WATCHED = [...new Set([...COMPUTER_ATTRIBUTES, ...GROUP_ATTRIBUTES, ...DECIDING, ...LINKING])]

/** Follows the changes from a cookie to their end. */
const follow = async (
  gathering: Look['gathering'],
  base: string,
  filter: string,
  attributes: readonly string[],
  from: Uint8Array,
  take: (object: string, names: readonly string[], deleted: boolean) => boolean | undefined,
): Promise<Uint8Array | 'unreadable'> => {
  let cookie = from
  for (let round = 0; round < 10_000; round++) {
    let enough = false
    const end = await gathering.search(
      [],
      {
        base,
        scope: 'sub',
        filter,
        attributes,
        controls: [{ oid: DIR_SYNC, critical: true, value: dirSyncRequest(cookie) }],
        pageSize: 0,
      },
      (found) => {
        for (const entry of found) {
          const object = guidText(entry.values('objectguid')[0] ?? new Uint8Array())
          if (object === undefined || enough) continue
          enough = take(object, entry.names, entry.text('isdeleted') === 'TRUE') === false
        }
      },
    )
    const answer = dirSyncAnswer(end.controls.get(DIR_SYNC) ?? new Uint8Array())
    if (answer === undefined || end.reason !== undefined) return 'unreadable'
    cookie = answer.cookie
    if (!answer.more || enough) return cookie
  }
  return 'unreadable'
}

/** Changes that make others privileged or give rights: of containers, of groups that decide, of lists never seen, of delegation. */
const decidesAboutOthers = async (
  look: Look,
  changed: ReadonlyMap<string, Changed>,
  groups: ReadonlySet<string>,
  lists: ReadonlySet<string>,
): Promise<boolean> => {
  for (const [object, { names, deleted }] of changed)
    if (groups.has(object) && (deleted || names.has('member'))) return true
  let decides = false
  const present = [...changed].filter(([, { deleted }]) => !deleted).map(([object]) => object)
  await inBatches(
    present,
    look,
    ['objectclass', 'objectguid', 'useraccountcontrol', 'primarygroupid', 'ntsecuritydescriptor'],
    (entry) => {
      const object = guidText(entry.values('objectguid')[0] ?? new Uint8Array())
      const { names } = changed.get(object ?? '') ?? { names: new Set<string>() }
      const classes = new Set(entry.texts('objectclass').map((name) => name.toLowerCase()))
      const known = classes.has('user') || classes.has('group')
      const control = Number(entry.text('useraccountcontrol') ?? 0)
      const list = look.entries.digestOf(entry)
      decides ||=
        (!known && (names.has('ntsecuritydescriptor') || LINKING.some((name) => names.has(name)))) ||
        (known && (list === undefined || !lists.has(list))) ||
        DECIDING.some((name) => names.has(name)) ||
        (names.has('useraccountcontrol') && (control & (CONTROL.delegation | CONTROL.controller)) !== 0) ||
        (names.has('primarygroupid') && !['513', '514', '515', undefined].includes(entry.text('primarygroupid')))
    },
  )
  return decides
}

/** Tells all of each entry that changed, as a look at everything would. */
const tellChanged = async (look: Look, changed: ReadonlyMap<string, Changed>, deciding: ReadonlySet<string>) => {
  const { gathering, entries } = look
  const present = [...changed].filter(([, { deleted }]) => !deleted).map(([object]) => object)
  const told = new Set<Seen>()
  const groups: { group: Seen; members: readonly string[] }[] = []
  const attributes = [
    ...new Set([...ACCOUNT_ATTRIBUTES, ...COMPUTER_ATTRIBUTES, ...GROUP_ATTRIBUTES, ...look.passwords.asked]),
  ]
  const whole = await inBatches(present, look, attributes, (entry) => {
    const classes = new Set(entry.texts('objectclass').map((name) => name.toLowerCase()))
    const seen = classes.has('group')
      ? readGroup(entry, look)
      : classes.has('user')
        ? readAccount(entry, look)
        : undefined
    if (seen === undefined) return
    told.add(seen)
    if (seen.type === 'group') groups.push({ group: seen, members: entry.texts('member') })
  })
  if (!whole)
    for (const probe of BY_CHANGE) gathering.missed(probe, { code: 'server-error', detail: 'entries that changed' })
  for (const { group, members } of groups) {
    await lookUpMembers(look, group, members)
    gathering.tell('directory-groups', ...memberFindings(group, members, entries))
  }
  // Who is privileged is known by the groups that decide; only of what changed something is told.
  const others = [...deciding].filter((object) => object !== '' && !changed.has(object))
  const decisive: { group: Seen; members: readonly string[] }[] = []
  await inBatches(others, look, ['objectclass', 'objectguid', 'objectsid', 'samaccountname', 'member'], (entry) => {
    const group = entries.add(entry, 'group')
    if (group !== undefined) decisive.push({ group, members: entry.texts('member') })
  })
  for (const { group, members } of decisive) memberFindings(group, members, entries)
  const within = membership(entries)
  tellConclusions(look, rightHolders(look, within), within, told)
  await gathering.flush()
}

/** The members of a group, so far as they are not known: found by the group that they are in. */
const lookUpMembers = async ({ gathering, domain, entries }: Look, group: Seen, members: readonly string[]) => {
  if (members.every((dn) => entries.byDn(dn) !== undefined)) return
  await gathering.search(
    ['directory-groups'],
    {
      base: domain.base,
      scope: 'sub',
      filter: `(memberOf=${filterText(group.dn)})`,
      attributes: ['objectclass', 'objectguid', 'objectsid', 'samaccountname'],
      controls: [THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) entries.add(entry, typeByClasses(entry.texts('objectclass')))
    },
  )
}

/** Entries by their identifiers, some at a time. Whether all searches went well. */
const inBatches = async (
  objects: readonly string[],
  { gathering, domain }: Look,
  attributes: readonly string[],
  take: (entry: Parameters<typeof readAccount>[0]) => void,
): Promise<boolean> => {
  let whole = true
  for (let at = 0; at < objects.length; at += BATCH) {
    const named = objects.slice(at, at + BATCH).map((object) => `(objectGUID=${filterGuid(object)})`)
    const end = await gathering.search(
      [],
      {
        base: domain.base,
        scope: 'sub',
        filter: `(|${named.join('')})`,
        attributes,
        controls: [DESCRIPTORS, THIS_PARTITION],
      },
      (found) => {
        for (const entry of found) take(entry)
      },
    )
    whole &&= end.reason === undefined
  }
  return whole
}

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
