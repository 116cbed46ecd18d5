import type { FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { numberOf } from './accounts.ts'
import { clippedDn } from './dn.ts'
import type { MemberForm } from './references.ts'
import { clipped, LONGEST_NAME, nameOf, objectOf } from './subject.ts'

type Group = FindingOf<'directory-group'>

export interface GroupEntry {
  readonly group: Group
  /** Who is directly in it, attribute by attribute. */
  readonly members: readonly GroupMembers[]
}

export interface GroupMembers {
  readonly via: string
  readonly form: MemberForm
  readonly values: readonly string[]
}

/** Attributes that name members, and what by. */
const MEMBERS: readonly (readonly [name: string, via: string, form: MemberForm])[] = [
  ['member', 'member', 'dn'],
  ['uniquemember', 'uniqueMember', 'dn'],
  ['memberuid', 'memberUid', 'name'],
  ['roleoccupant', 'roleOccupant', 'dn'],
  ['nsroledn', 'nsRoleDN', 'dn'],
  ['membernisnetgroup', 'memberNisNetgroup', 'text'],
  ['nisnetgrouptriple', 'nisNetgroupTriple', 'text'],
  ['memberuser', 'memberUser', 'dn'],
  ['memberhost', 'memberHost', 'dn'],
  ['externalhost', 'externalHost', 'text'],
  ['ipaexternalmember', 'ipaExternalMember', 'text'],
]

export const GROUP_ATTRIBUTES: readonly string[] = [
  ...(
    'objectclass cn gidnumber description memberurl nsrolefilter owner manager managedby entryuuid nsuniqueid ipauniqueid ' +
    'createtimestamp ipantsecurityidentifier membermanager'
  ).split(' '),
  ...MEMBERS.map(([name]) => name),
]

export const GROUP_CLASSES: readonly string[] = (
  'posixGroup groupOfNames groupOfUniqueNames groupOfURLs groupOfMembers organizationalRole nisNetgroup nsRoleDefinition ' +
  'ipaUserGroup ipaHostGroup ipaNISNetgroup'
).split(' ')

/** The names in a group's members at most. */
const MOST_MEMBERS = 400_000

/** Reads a group of any kind. `role` and the like are told by class; privileges and permissions of FreeIPA by whoever calls. */
export const readGroup = (entry: DirectoryEntry, ids: string): GroupEntry => {
  const classes = new Set(entry.texts('objectclass').map((name) => name.toLowerCase()))
  const members: GroupMembers[] = []
  let count = 0
  for (const [name, via, form] of MEMBERS) {
    const values = entry.texts(name)
    if (values.length === 0) continue
    members.push({ via, form, values: values.length > MOST_MEMBERS ? values.slice(0, MOST_MEMBERS) : values })
    count += values.length
  }
  const group: Group = {
    kind: 'directory-group',
    object: objectOf(entry, ids),
    name: nameOf(entry, 'cn'),
    type:
      classes.has('nisnetgroup') || classes.has('ipanisnetgroup')
        ? 'netgroup'
        : classes.has('nsroledefinition') || classes.has('organizationalrole')
          ? 'role'
          : 'group',
    members: count,
    place: { path: clippedDn(entry.dn) },
  }
  const gid = numberOf(entry.text('gidnumber'))
  if (gid !== undefined) group.gid = gid
  const dynamic = entry.text('memberurl') ?? entry.text('nsrolefilter')
  if (dynamic !== undefined) group.dynamic = clipped(dynamic, 2048)
  const owner = entry.text('owner') ?? entry.text('manager') ?? entry.text('managedby') ?? entry.text('membermanager')
  if (owner !== undefined) group.owner = clipped(owner, 2048)
  const sid = entry.text('ipantsecurityidentifier')
  if (sid !== undefined) group.sid = clipped(sid, 184)
  return { group, members }
}

/** The user that a triple of a netgroup names; `*` for everybody, undefined for none. */
export const userOfTriple = (triple: string): string | undefined => {
  const [, user] = /^\s*\([^,()]*,([^,()]*),[^()]*\)\s*$/.exec(triple) ?? []
  if (user === undefined || user.trim() === '-') return undefined
  return user.trim() === '' ? '*' : clipped(user.trim(), LONGEST_NAME)
}
