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
  const twins = (facts.accountsByUid.get(account.uid) ?? []).filter(({ name }) => name !== account.name)
  // Root's other names are root on their own account; what they may do besides adds nothing.
  const inherited =
    account.uid === 0 ? [] : firstOfEachName(twins).flatMap((twin) => inheritedPaths(account, twin, facts))
  const paths = [...own.paths, ...inherited].toSorted((left, right) => rank(left) - rank(right))
  const unknownBecause = distinct([...gaps(account, facts), ...own.unsure])
  const privileged = paths.some(({ effect }) => effect === 'root')
    ? 'yes'
    : unknownBecause.length > 0
      ? 'unknown'
      : 'no'
  return { privileged, paths, unknownBecause }
}

const rank = ({ effect }: PrivilegePath) => (effect === 'root' ? 0 : 1)

const firstOfEachName = (accounts: readonly Account[]) =>
  [...new Map(accounts.toReversed().map((account) => [account.name, account])).values()]
    .toReversed()
    .slice(0, MAX_TWINS)

/** Hosts where hundreds of names share a uid exist; each of them inherits from the first few. */
const MAX_TWINS = 16

const pathsOf = (account: Account, facts: HostFacts) => {
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

const inheritedPaths = (account: Account, twin: Account, facts: HostFacts): PrivilegePath[] => {
  const sentence = `It shares uid ${account.uid} with ${twin.name}, and so its files and processes. Of ${twin.name}: `
  const shared = [
    { sentence: `${account.name} has uid ${account.uid}`, place: account.place },
    { sentence: `${twin.name} has the same uid`, place: twin.place },
  ]
  return pathsOf(twin, facts).paths.map(({ via, effect, password, sentence: own, steps }) => ({
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
