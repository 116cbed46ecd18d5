import type { DirectoryObjectType, Finding } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { guidText, sidText, splitSid } from '../../formats/active-directory/identifiers.ts'
import type { SchemaNames } from '../../formats/active-directory/schema-names.ts'
import {
  securityDescriptor,
  type Ace,
  type SecurityDescriptor,
} from '../../formats/active-directory/security-descriptor.ts'
import { AUTHENTICATED, EVERYONE } from '../../formats/active-directory/well-known.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import type { Sha256 } from '../../probe.ts'

/** What is kept of an entry until the look is over: enough to say who holds what over it, and little, for there may be very many. */
export interface Seen {
  readonly dn: string
  readonly object: string
  readonly name: string
  readonly type: DirectoryObjectType
  readonly sid: string | undefined
  /** Numbers of its classes and of its security descriptor; -1: no descriptor was told. */
  readonly classes: number
  readonly descriptor: number
  /** Of accounts: userAccountControl, the relative identifier of the primary group, adminCount. */
  readonly control: number
  readonly primaryGroup: number
  readonly adminCount: boolean
  /** Of accounts: milliseconds since 1970, 0 for never, undefined for unknown. */
  readonly passwordChanged: number | undefined
  readonly lastLogin: number | undefined
  readonly boundKeys: number
  /** Of the few that have any: who may act towards it or read its password, and towards what it may act. */
  readonly more: SeenMore | undefined
  /** Of groups: direct members that are entries seen, and SIDs of others. */
  members?: readonly Seen[]
  foreign?: readonly string[]
}

export interface SeenMore {
  readonly actedOnBehalfBy?: readonly string[]
  readonly passwordReaders?: readonly string[]
  readonly delegatesTo?: readonly string[]
  /** Evidence that tickets for it may be guessed. */
  readonly roastable?: readonly string[]
  /** DNs of accounts whose place it took. */
  readonly succeeds?: readonly string[]
  /** Of read-only controllers, DNs of whose passwords they may keep, and of whose never. */
  readonly reveals?: readonly string[]
  readonly neverReveals?: readonly string[]
  readonly policyLinks?: string
  /** Of containers: how many entries lie directly in it as the server counts them, about, whoever asks. */
  readonly children?: number
}

/** The entries seen so far, and their descriptors and classes, each kept once. */
export interface Entries {
  readonly all: readonly Seen[]
  add(entry: DirectoryEntry, type: DirectoryObjectType, told?: Partial<Seen>): Seen | undefined
  byDn(dn: string): Seen | undefined
  bySid(sid: string): Seen | undefined
  descriptor(number: number): SecurityDescriptor | undefined
  classes(number: number): ReadonlySet<string>
  /** The beginnings of the digests of all descriptors, by which one is known again. */
  digests(): readonly string[]
  digestOf(entry: DirectoryEntry): string | undefined
  /** Entries of access control lists that could not be read, and descriptors that none was kept of. */
  readonly unread: { skipped: number; unparsable: number; dropped: number }
}

/** Descriptors kept, each of its own; so many are only told apart by who wants to fill memory. */
const MOST_DESCRIPTORS = 200_000

export const seenEntries = (schema: SchemaNames, sha256: Sha256): Entries => {
  const all: Seen[] = []
  const byDn = new Map<string, Seen>()
  const bySid = new Map<string, Seen>()
  const byObject = new Map<string, Seen>()
  const descriptors: SecurityDescriptor[] = []
  const descriptorNumbers = new Map<string, number>()
  const aces = new Map<string, Ace>()
  const classes: ReadonlySet<string>[] = []
  const classNumbers = new Map<string, number>()
  const unread = { skipped: 0, unparsable: 0, dropped: 0 }

  const descriptorOf = (entry: DirectoryEntry): number => {
    const bytes = entry.values('ntsecuritydescriptor')[0]
    if (bytes === undefined) return -1
    // By a digest that nobody can find two of: equal ones are evaluated once.
    const digest = binary(sha256(bytes))
    const known = descriptorNumbers.get(digest)
    if (known !== undefined) return known
    if (descriptors.length >= MOST_DESCRIPTORS) {
      unread.dropped++
      return -1
    }
    const read = securityDescriptor(bytes)
    if (read === undefined) unread.unparsable++
    unread.skipped += read?.skipped ?? 0
    const number = read === undefined ? -1 : descriptors.length
    if (read !== undefined) descriptors.push(shared(read, aces))
    descriptorNumbers.set(digest, number)
    return number
  }

  const classesOf = (entry: DirectoryEntry): number => {
    const names = entry.texts('objectclass').slice(0, 64)
    const key = names.join(' ').toLowerCase()
    const known = classNumbers.get(key)
    if (known !== undefined) return known
    if (classes.length === 0) classes.push(new Set())
    // A hostile server may invent classes without end.
    if (classes.length > 10_000) return 0
    classes.push(new Set(names.flatMap((name) => schema.class(name.toLowerCase()) ?? [])))
    classNumbers.set(key, classes.length - 1)
    return classes.length - 1
  }

  return {
    all,
    add(entry, type, told = {}) {
      const object = guidText(entry.values('objectguid')[0] ?? NOTHING)
      if (object === undefined) return undefined
      const sid = sidText(entry.values('objectsid')[0] ?? NOTHING)
      const seen: Seen = {
        dn: entry.dn,
        object,
        name: nameOf(entry),
        type,
        sid,
        classes: classesOf(entry),
        descriptor: descriptorOf(entry),
        control: 0,
        primaryGroup: 0,
        adminCount: false,
        passwordChanged: undefined,
        lastLogin: undefined,
        boundKeys: 0,
        more: undefined,
        ...told,
      }
      const before = byObject.get(object)
      if (before !== undefined) return before
      all.push(seen)
      byDn.set(entry.dn, seen)
      if (CONTAINERS.has(type)) byDn.set(entry.dn.toLowerCase(), seen)
      byObject.set(object, seen)
      if (sid !== undefined) bySid.set(sid, seen)
      return seen
    },
    byDn: (dn) => byDn.get(dn) ?? byDn.get(dn.toLowerCase()),
    bySid: (sid) => bySid.get(sid),
    descriptor: (number) => descriptors[number],
    classes: (number) => classes[number] ?? NO_CLASSES,
    digests: () => [...descriptorNumbers.keys()].map(shortened).sort(),
    digestOf(entry) {
      const bytes = entry.values('ntsecuritydescriptor')[0]
      return bytes === undefined ? undefined : shortened(binary(sha256(bytes)))
    },
    unread,
  }
}

const NOTHING = new Uint8Array()
const NO_CLASSES: ReadonlySet<string> = new Set()
/** Those that others name by their DN in any spelling. */
const CONTAINERS: ReadonlySet<DirectoryObjectType> = new Set(['container', 'domain', 'policy'])

/** What it is called: how it logs in, or the first part of its DN. */
export const nameOf = (entry: DirectoryEntry): string =>
  (entry.text('samaccountname') || firstOf(entry.dn)).slice(0, 256)

/** What an entry is that is known by its classes only. */
export const typeByClasses = (classes: readonly string[]): Seen['type'] => {
  const names = new Set(classes.map((name) => name.toLowerCase()))
  if (names.has('group')) return 'group'
  if (names.has('foreignsecurityprincipal')) return 'foreign-principal'
  if (names.has('computer'))
    return [...names].some((name) => name.includes('managedserviceaccount')) ? 'managed-service' : 'computer'
  return names.has('user') ? 'user' : 'other'
}

/** The value of the first part of a DN, without its escapes. */
export const firstOf = (dn: string): string => {
  const match = /^[^=,]{1,64}=((?:[^,\\]|\\.)*)/s.exec(dn.slice(0, 1024))
  return match === null
    ? dn.slice(0, 256)
    : match[1]!.replaceAll(/\\([0-9a-f]{2}|.)/gis, (_, told: string) =>
        told.length === 2 ? String.fromCharCode(Number.parseInt(told, 16)) : told,
      )
}

/** The DN without its first part. */
export const parentDn = (dn: string): string | undefined => {
  for (let at = 0; at < dn.length; at++) {
    if (dn[at] === '\\') at++
    else if (dn[at] === ',') return dn.slice(at + 1)
  }
  return undefined
}

/** Entries of lists are the same in most of them: each is kept once. */
const shared = (descriptor: SecurityDescriptor, aces: Map<string, Ace>): SecurityDescriptor => {
  if (descriptor.dacl === undefined || descriptor.dacl === 'everyone') return descriptor
  const dacl = descriptor.dacl.map((ace) => {
    const key = `${ace.type}${ace.flags} ${ace.mask} ${ace.object ?? ''} ${ace.inheritedObject ?? ''} ${ace.sid} ${ace.conditional ?? ''}`
    const known = aces.get(key)
    if (known !== undefined) return known
    if (aces.size < 1_000_000) aces.set(key, ace)
    return ace
  })
  return { ...descriptor, dacl }
}

/** 72 bits tell those of a domain apart; somebody who seeks another with the same would have to try for ages. */
const shortened = (digest: string) => btoa(digest.slice(0, 9))

const binary = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/** A weakness of an entry. */
export const weaknessOf = (
  { object, name, type, dn }: Pick<Seen, 'object' | 'name' | 'type' | 'dn'>,
  weakness: Extract<Finding, { kind: 'directory-weakness' }>['weakness'],
  severity: Extract<Finding, { kind: 'directory-weakness' }>['severity'],
  ...evidence: readonly string[]
): Finding => ({
  kind: 'directory-weakness',
  object,
  objectName: name,
  objectType: type,
  weakness,
  severity,
  evidence: evidence.slice(0, 32).map((text) => text.slice(0, 512)),
  place: { path: clippedDn(dn) },
})

/** Who is in which group, however deep, by what was seen. */
export interface Membership {
  /** Whether whoever is `sid` is in the group `group`, or is it. */
  includes(group: string, sid: string): boolean
  /** Everybody in a group, directly or not, that is an entry seen; groups in it too. `everyone`: all that can log in. */
  within(group: string): {
    readonly seen: ReadonlySet<Seen>
    readonly sids: ReadonlySet<string>
    readonly everyone: boolean
  }
}

/** Entries that are followed for one group. */
const MOST_WITHIN = 1_000_000

export const membership = (entries: Entries): Membership => {
  const byPrimary = new Map<number, Seen[]>()
  for (const seen of entries.all)
    if (seen.primaryGroup !== 0) {
      const listed = byPrimary.get(seen.primaryGroup)
      if (listed === undefined) byPrimary.set(seen.primaryGroup, [seen])
      else listed.push(seen)
    }
  const known = new Map<string, ReturnType<Membership['within']>>()
  const within = (group: string) => {
    const before = known.get(group)
    if (before !== undefined) return before
    const [seen, sids] = [new Set<Seen>(), new Set<string>([group])]
    const waiting = [group]
    for (let sid = waiting.pop(); sid !== undefined && seen.size < MOST_WITHIN; sid = waiting.pop()) {
      const entry = entries.bySid(sid)
      const primary = sid.startsWith('S-1-5-21-') ? (byPrimary.get(splitSid(sid).rid) ?? []) : []
      for (const member of [...(entry?.members ?? []), ...primary]) {
        if (seen.has(member)) continue
        seen.add(member)
        if (member.sid !== undefined && !sids.has(member.sid)) {
          sids.add(member.sid)
          if (member.type === 'group' || member.type === 'foreign-principal') waiting.push(member.sid)
        }
      }
      for (const foreign of entry?.foreign ?? []) sids.add(foreign)
    }
    const all = [...sids].some((sid) => sid === EVERYONE || sid === AUTHENTICATED)
    const result = { seen, sids, everyone: all }
    known.set(group, result)
    return result
  }
  return {
    within,
    includes: (group, sid) => {
      if (group === sid || group === EVERYONE) return true
      if (group === AUTHENTICATED) return sid !== EVERYONE && sid !== 'S-1-5-7'
      const members = within(group)
      return members.sids.has(sid) || (members.everyone && sid !== EVERYONE && sid !== 'S-1-5-7')
    },
  }
}
