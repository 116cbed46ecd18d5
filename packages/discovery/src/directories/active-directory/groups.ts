import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf } from '../../formats/active-directory/account-control.ts'
import { DACL_PROTECTED } from '../../formats/active-directory/security-descriptor.ts'
import { knownByName, wellKnown, type WellKnown } from '../../formats/active-directory/well-known.ts'
import { SECRET_ATTRIBUTES } from '../../formats/ldap/attribute-secrets.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { tellSecrets } from './accounts.ts'
import { firstOf, type Entries, type Seen } from './entries.ts'
import type { Look } from './look.ts'

export const GROUP_ATTRIBUTES: readonly string[] = [
  ...new Set([
    ...'objectClass objectGUID objectSid sAMAccountName groupType adminCount member managedBy gidNumber nTSecurityDescriptor'
      .toLowerCase()
      .split(' '),
    ...SECRET_ATTRIBUTES,
  ]),
]

/** Members told of one group. */
const MOST_MEMBERS = 1_000_000

/** Reads a group and tells it with its direct members. Accounts and foreign principals are known by then; groups may follow. */
export const readGroup = (entry: DirectoryEntry, look: Look): Seen | undefined => {
  const seen = look.entries.add(entry, 'group', { adminCount: entry.text('admincount') === '1' })
  if (seen === undefined) return undefined
  const type = bitsOf(entry.text('grouptype'))
  const members = entry.texts('member')
  const known = importance(seen)
  const inherits = ((look.entries.descriptor(seen.descriptor)?.control ?? 0) & DACL_PROTECTED) === 0
  const states = [
    ...(seen.adminCount ? ['admin-count' as const] : []),
    ...(inherits ? [] : ['inheritance-off' as const]),
  ]
  const gid = entry.text('gidnumber')
  const owner = entry.text('managedby')
  look.gathering.tell('directory-groups', {
    kind: 'directory-group',
    object: seen.object,
    name: seen.name,
    type: 'group',
    ...(seen.sid === undefined ? {} : { sid: seen.sid }),
    ...(gid === undefined || !/^\d{1,10}$/.test(gid) ? {} : { gid: Number(gid) }),
    ...(type === undefined ? {} : { ...scopeOf(type), security: type < 0 }),
    ...(known === undefined ? {} : { wellKnown: known.id }),
    ...(known?.tier === undefined ? {} : { tier: known.tier }),
    ...(states.length === 0 ? {} : { states }),
    members: members.length,
    ...(owner === undefined ? {} : { owner: owner.slice(0, 2048) }),
    place: { path: clippedDn(entry.dn) },
  })
  tellSecrets(entry, seen, look)
  return seen
}

/** The well-known group that it is; those of no fixed identifier by the name that their maker gives them. */
export const importance = (seen: Pick<Seen, 'sid' | 'name'>): WellKnown | undefined =>
  (seen.sid === undefined ? undefined : wellKnown(seen.sid)) ?? knownByName(seen.name)

const scopeOf = (type: number): Pick<FindingOf<'directory-group'>, 'scope'> => {
  if ((type & 1) !== 0) return { scope: 'builtin' }
  if ((type & 2) !== 0) return { scope: 'global' }
  if ((type & 4) !== 0) return { scope: 'domain-local' }
  return (type & 8) === 0 ? {} : { scope: 'universal' }
}

/**
 * Who is directly in a group, which is kept with it. Members that are no entry seen so far, such as groups that follow, are put aside for
 * when all were seen.
 */
export const memberFindings = (group: Seen, dns: readonly string[], entries: Entries, aside?: string[]): Finding[] => {
  const members: Seen[] = []
  const foreign: string[] = []
  const told: Finding[] = []
  for (const dn of dns.slice(0, MOST_MEMBERS)) {
    const seen = entries.byDn(dn)
    if (seen === undefined && aside !== undefined) {
      aside.push(dn)
      continue
    }
    const sid = seen?.sid ?? sidInDn(dn)
    if (seen !== undefined) members.push(seen)
    else if (sid !== undefined) foreign.push(sid)
    const type = seen?.type ?? (sid === undefined ? undefined : 'foreign-principal')
    const name = seen === undefined || type === 'foreign-principal' ? nameOfForeign(sid, dn) : seen.name
    told.push({
      kind: 'directory-member',
      object: group.object,
      group: group.name,
      member: dn.slice(0, 2048),
      ...(seen === undefined ? {} : { memberObject: seen.object }),
      ...(sid === undefined ? {} : { memberSid: sid }),
      ...(type === undefined ? {} : { memberType: type }),
      memberName: name.slice(0, 256),
      via: 'member',
      place: { path: clippedDn(group.dn) },
    })
  }
  if (members.length > 0) group.members = [...(group.members ?? []), ...members]
  if (foreign.length > 0) group.foreign = [...(group.foreign ?? []), ...foreign]
  return told
}

const nameOfForeign = (sid: string | undefined, dn: string) =>
  (sid === undefined ? undefined : wellKnown(sid)?.name) ?? sid ?? firstOf(dn)

/** Foreign principals are named by their SID. */
const sidInDn = (dn: string): string | undefined =>
  /^CN=(S-1-[\d-]{1,180}),CN=ForeignSecurityPrincipals,/i.exec(dn)?.[1]
