import type { FindingOf, Reason } from '@rollcall/contract'
import type { PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import { gapsOf, isComplete, type HostFacts } from './host-facts.ts'
import { groupPower } from './root-groups.ts'
import { sudoPaths } from './sudo-paths.ts'

type Account = FindingOf<'account'>
type Membership = FindingOf<'membership'>

/** Whether an account can act as root, in which ways, and what might still hide further ways. */
export interface Privilege {
  readonly privileged: YesNoUnknown
  /** Those to root first. */
  readonly paths: readonly PrivilegePath[]
  /** Why it is unknown, or might be more than is known. */
  readonly unknownBecause: readonly Reason[]
}

/**
 * Why an account can become root. `yes` as soon as one path leads there; `no` only when everything that could show a path
 * was looked at completely; else `unknown`. Whether anybody can log in to the account makes no difference.
 */
export const privilegeOf = (account: Account, facts: HostFacts): Privilege => {
  const own = pathsOf(account, facts)
  // Root's other names are root on their own account; what they may do besides adds nothing.
  const inherited = account.uid === 0 ? NOTHING : inheritedBy(account, facts)
  const paths = [...own.paths, ...inherited.paths].toSorted((left, right) => rank(left) - rank(right))
  const unknownBecause = distinct([...gaps(account, facts), ...own.unsure, ...inherited.unsure])
  const privileged = paths.some(({ effect }) => effect === 'root')
    ? 'yes'
    : unknownBecause.length > 0
      ? 'unknown'
      : 'no'
  return { privileged, paths, unknownBecause }
}

/** What is known of one account by itself. */
interface Ways {
  readonly paths: readonly PrivilegePath[]
  readonly unsure: readonly Reason[]
}

const NOTHING: Ways = { paths: [], unsure: [] }

const rank = ({ effect }: PrivilegePath) => (effect === 'root' ? 0 : 1)

/** What an account has through the others of its uid. */
const inheritedBy = (account: Account, facts: HostFacts): Ways => {
  const others = holdersOf(account.uid, facts).filter(({ holder }) => holder.name !== account.name)
  return {
    paths: others.flatMap(({ holder, ways }) => inheritedPaths(account, holder, ways)),
    unsure: others.flatMap(({ ways }) => ways.unsure),
  }
}

/** A name of a uid that gives something, or might. */
interface Holder {
  readonly holder: Account
  readonly ways: Ways
}

/**
 * The names of a uid from which its other names have something, those to root first. Hosts where thousands of names share a
 * uid exist: all of them are looked at, once, and of those that give something enough are kept to explain the answer.
 */
const holdersOf = (uid: number, facts: HostFacts): readonly Holder[] => {
  const known = holders.get(facts) ?? new Map<number, readonly Holder[]>()
  holders.set(facts, known)
  const before = known.get(uid)
  if (before !== undefined) return before
  const first = new Map<string, Account>()
  for (const account of facts.accountsByUid.get(uid) ?? [])
    if (!first.has(account.name)) first.set(account.name, account)
  const found = first.size < 2 ? [] : [...first.values()].map((holder) => ({ holder, ways: pathsOf(holder, facts) }))
  const kept = found
    .filter(({ ways }) => ways.paths.length > 0 || ways.unsure.length > 0)
    .toSorted((left, right) => best(left) - best(right))
    .slice(0, MAX_HOLDERS)
  known.set(uid, kept)
  return kept
}

const holders = new WeakMap<HostFacts, Map<number, readonly Holder[]>>()
const best = ({ ways }: Holder) => Math.min(2, ...ways.paths.map(rank))
const MAX_HOLDERS = 16

const pathsOf = (account: Account, facts: HostFacts): Ways => {
  // Beyond being root there is nothing to gain.
  if (account.uid === 0) return { paths: rootItself(account), unsure: [] }
  const memberships = facts.memberships.get(account.name) ?? []
  const sudo = sudoPaths(account, facts)
  const groups = memberships.flatMap((membership) => groupPath(membership, facts) ?? [])
  return { paths: [...groups, ...sudo.paths], unsure: sudo.unsure }
}

const rootItself = ({ name, place }: Account): PrivilegePath[] => [
  {
    via: 'uid-0',
    effect: 'root',
    password: 'none',
    sentence: name === 'root' ? 'It is root.' : 'Its uid is 0: to the kernel it is root under another name.',
    steps: [{ sentence: `${name} has uid 0`, place }],
  },
]

const groupPath = (
  { account, group, gid, role, place }: Membership,
  { groupNames }: HostFacts,
): PrivilegePath | undefined => {
  const power = groupPower(gid, groupNames.get(gid) ?? [group])
  if (power === undefined) return undefined
  const gives = {
    sentence: `${power.name === group ? group : `${group}, which is ${power.name} by its number ${gid},`} gives it: its members ${power.how}`,
  }
  if (role === 'administrator') {
    return {
      via: 'group',
      effect: power.effect,
      password: 'none',
      sentence: `It administers the group ${group} and may add itself; its members ${power.how}.`,
      steps: [
        { sentence: `${account} is an administrator of the group ${group}`, place },
        { sentence: `${account} may add itself to it with gpasswd(1)` },
        gives,
      ],
    }
  }
  return {
    via: 'group',
    effect: power.effect,
    password: 'none',
    sentence: `It belongs to the group ${group}, whose members ${power.how}.`,
    steps: [
      {
        sentence:
          role === 'primary'
            ? `${group} is the primary group of ${account}`
            : `${account} is a member of the group ${group}`,
        place,
      },
      gives,
    ],
  }
}

const inheritedPaths = (account: Account, twin: Account, { paths }: Ways): PrivilegePath[] => {
  const sentence = `It shares uid ${account.uid} with ${twin.name}, and so its files and processes. Of ${twin.name}: `
  const shared = [
    { sentence: `${account.name} has uid ${account.uid}`, place: account.place },
    { sentence: `${twin.name} has the same uid`, place: twin.place },
  ]
  return paths.map(({ via, effect, password, sentence: own, steps }) => ({
    via,
    effect,
    password,
    sentence: sentence + own,
    steps: [...shared, ...steps],
  }))
}

/** What was not looked at and could show a further path. Of root itself there is nothing more to know. */
const gaps = ({ uid }: Account, facts: HostFacts): readonly Reason[] =>
  uid === 0
    ? gapsOf(facts, 'local-accounts')
    : [...gapsOf(facts, 'local-accounts'), ...gapsOf(facts, 'sudo-rules'), ...administratorGaps(facts)]

/** Of what local-passwords reads, only gshadow bears on privilege: it names the administrators of groups. */
const administratorGaps = (facts: HostFacts): readonly Reason[] => {
  const reasons = gapsOf(facts, 'local-passwords')
  return reasons.filter(({ path }) => path !== '/etc/shadow')
}

/** Whether all that an account's privilege rests on was looked at completely. */
export const privilegeIsComplete = (account: Account, facts: HostFacts): boolean =>
  account.uid === 0 ? isComplete(facts, 'local-accounts') : gaps(account, facts).length === 0

const distinct = (reasons: readonly Reason[]) => [
  ...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values(),
]
