import type { DirectoryRightName } from '@rollcall/contract'
import {
  heldRights,
  policyAppliesTo,
  replicationHalves,
  type HeldRight,
  type RightsContext,
} from '../../formats/active-directory/rights.ts'
import { splitSid } from '../../formats/active-directory/identifiers.ts'
import { heuristics } from '../../formats/active-directory/settings.ts'
import { wellKnown } from '../../formats/active-directory/well-known.ts'
import type { Membership, Seen } from './entries.ts'
import type { Look } from './look.ts'

/** Who holds what over which entry. */
export interface Holders {
  /** The rights that the list of an entry gives, denials within groups taken into account. */
  over(seen: Seen): readonly HeldRight[]
  /** To whom a policy applies where it is linked, and whom it is kept from. */
  applying(policy: Seen): ReturnType<typeof policyAppliesTo>
  /** Whether a right is as a new forest has it. */
  ordinary(held: HeldRight, seen: Seen): boolean
  /** Whether these hands are everybody's. */
  everyone(sid: string): boolean
}

export const rightHolders = (look: Look, members: Membership): Holders => {
  const { entries, schema, domainSid } = look
  const context: RightsContext = {
    schema,
    includes: (other, trustee) => members.includes(other, trustee),
    ownersBlocked: heuristics(look.heuristics).ownersBlocked,
  }
  const known = new Map<string, readonly HeldRight[]>()
  const evaluated = (seen: Seen): readonly HeldRight[] => {
    const descriptor = entries.descriptor(seen.descriptor)
    if (descriptor === undefined) return []
    const subject = { type: seen.type, classes: entries.classes(seen.classes) }
    const held = heldRights(descriptor, subject, context)
    const all =
      seen.type === 'domain'
        ? [...held, ...replicatingBoth(replicationHalves(descriptor, subject, context), members, held)]
        : held
    return onceEach(all.flatMap((one) => (one.except.length === 0 ? one : withoutDenied(one, members))))
  }
  return {
    over(seen) {
      const key = `${seen.descriptor} ${seen.classes} ${seen.type}`
      const before = known.get(key)
      if (before !== undefined) return before
      const held = evaluated(seen)
      known.set(key, held)
      return held
    },
    applying(seen) {
      const descriptor = entries.descriptor(seen.descriptor)
      const subject = { type: seen.type, classes: entries.classes(seen.classes) }
      return descriptor === undefined ? 'everyone' : policyAppliesTo(descriptor, subject, context)
    },
    ordinary: (held, seen) => isOrdinary(held, seen, domainSid),
    everyone: (sid) => wellKnown(sid)?.everyone === true || members.within(sid).everyone,
  }
}

/** The same right in the same hands once, for certain where one way to it is. */
const onceEach = (held: readonly HeldRight[]): readonly HeldRight[] => {
  const told = new Map<string, HeldRight>()
  for (const one of held) {
    const key = `${one.right} ${one.trustee}`
    if (told.get(key)?.conditional === true || !told.has(key)) told.set(key, one)
  }
  return [...told.values()]
}

/** All secrets, and for those who may not read these what is kept from read-only controllers. */
const replicatingBoth = (
  { changes, all, filtered }: ReturnType<typeof replicationHalves>,
  members: Membership,
  held: readonly HeldRight[],
): HeldRight[] => {
  const secrets = replicating({ changes, all }, members, held)
  return [...secrets, ...replicating({ changes, all: filtered }, members, [...held, ...secrets])]
}

/** Who has both halves: by itself, by a group that it is in, or as a member of two groups that have one each. */
const replicating = (
  { changes, all }: { readonly changes: readonly HeldRight[]; readonly all: readonly HeldRight[] },
  members: Membership,
  held: readonly HeldRight[],
): HeldRight[] => {
  const found = new Map<string, HeldRight>()
  const whole = new Set(held.filter(({ right }) => WHOLE.has(right)).map(({ trustee }) => trustee))
  const add = (trustee: string, by: HeldRight, other: HeldRight) => {
    if (whole.has(trustee) || found.has(trustee)) return
    found.set(trustee, { ...by, trustee, except: [...new Set([...by.except, ...other.except])] })
  }
  for (const one of all) for (const other of changes) if (one.trustee === other.trustee) add(one.trustee, one, other)
  // Who is in a group that has both has them by that group, which is told.
  for (const trustee of found.keys()) whole.add(trustee)
  const pairs = all
    .filter(({ trustee }) => !whole.has(trustee))
    .flatMap((one) => changes.filter(({ trustee }) => !whole.has(trustee)).map((other) => [one, other] as const))
  for (const [one, other] of pairs) {
    if (isIn(other.trustee, one.trustee, members)) add(one.trustee, one, other)
    else if (isIn(one.trustee, other.trustee, members)) add(other.trustee, one, other)
  }
  for (const [one, other] of pairs) {
    if (found.has(one.trustee) || found.has(other.trustee)) continue
    const others = members.within(other.trustee).seen
    let most = 1000
    for (const seen of members.within(one.trustee).seen)
      if (seen.type !== 'group' && seen.sid !== undefined && others.has(seen) && most-- > 0) add(seen.sid, one, other)
  }
  return [...found.values()]
}

const WHOLE: ReadonlySet<DirectoryRightName> = new Set(['full-control', 'replicate-secrets'])

const isIn = (group: string, sid: string, members: Membership) =>
  members.includes(group, sid) || (group === 'S-1-5-9' && [516, 521].includes(splitSid(sid).rid))

/**
 * A group holds it, and somebody in the group is denied it: told for those that are left, as far as they were seen. Where no member is
 * denied, the group itself holds it.
 */
const withoutDenied = (held: HeldRight, members: Membership): HeldRight[] => {
  const within = members.within(held.trustee)
  const denied = held.except.map((sid) => members.within(sid))
  const isDenied = (seen: Seen) =>
    denied.some(
      ({ seen: those, sids, everyone }) =>
        everyone || those.has(seen) || (seen.sid !== undefined && sids.has(seen.sid)),
    )
  if (within.everyone || ![...within.seen].some(isDenied)) return [held]
  return [...within.seen]
    .filter((seen) => seen.type !== 'group' && seen.sid !== undefined && !isDenied(seen))
    .slice(0, MOST_LEFT)
    .map((seen) => ({ ...held, trustee: seen.sid!, except: [] }))
}
const MOST_LEFT = 10_000

/** Principals that a new forest gives rights over nearly everything. */
const MASTERS: ReadonlySet<string> = new Set([
  'administrators',
  'domain-admins',
  'enterprise-admins',
  'schema-admins',
  'domain-controllers',
  'enterprise-controllers',
  'system',
  'self',
  'creator-owner',
])
/** Those that account operators are given rights over. */
const ACCOUNTS: ReadonlySet<string> = new Set([
  'user',
  'computer',
  'managed-service',
  'group',
  'container',
  'foreign-principal',
])
const KEYS: ReadonlySet<DirectoryRightName> = new Set(['write-bound-keys'])
const OF_EVERYBODY: ReadonlySet<DirectoryRightName> = new Set(['set-password-not-required', 'set-reversible-password'])

const isOrdinary = ({ trustee, right }: HeldRight, { type, dn }: Seen, domainSid: string | undefined): boolean => {
  const id = wellKnown(trustee)?.id
  if (id === undefined || isOfAnotherDomain(trustee, domainSid)) return false
  if (MASTERS.has(id)) return true
  switch (id) {
    case 'account-operators':
      return ACCOUNTS.has(type) && !dn.startsWith('CN=AdminSDHolder,')
    case 'key-admins':
    case 'enterprise-key-admins':
      return KEYS.has(right)
    case 'group-policy-creator-owners':
      return right === 'create-child' && /^CN=Policies,CN=System,/i.test(dn)
    case 'authenticated-users':
      return type === 'domain' && OF_EVERYBODY.has(right)
    default:
      return false
  }
}

/** The administrators of a forest are those of its root domain, whose identifier this one need not have. */
const isOfAnotherDomain = (sid: string, domainSid: string | undefined) => {
  if (!sid.startsWith('S-1-5-21-')) return false
  const { domain, rid } = splitSid(sid)
  return domain !== domainSid && ![498, 518, 519, 526, 527].includes(rid)
}

/** Rights that take an entry over, whoever else has a say; the others take something besides. */
export const TAKES_OVER: ReadonlySet<DirectoryRightName> = new Set([
  'owns',
  'full-control',
  'write-dacl',
  'write-owner',
  'write-all',
  'replicate-secrets',
  'replicate-filtered',
  'install-replica',
  'reset-password',
  'add-member',
  'add-self',
  'write-spn',
  'write-bound-keys',
  'write-acting-on-behalf',
  'write-delegation',
  'write-account-control',
  'write-mapped-identities',
  'write-script-path',
  'write-policy-links',
  'write-policy-files',
  'read-local-admin-password',
  'read-managed-password',
  'create-managed-account',
  'migrate-sid-history',
  'write-template',
])
