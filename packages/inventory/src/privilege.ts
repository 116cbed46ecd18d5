import type { FindingOf, Reason } from '@rollcall/contract'
import type { PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import { gapsOf, type HostFacts } from './host-facts.ts'
import { kindsOfWay } from './ways/all.ts'
import { gapsOfWay, NOTHING, type Ways } from './ways/way.ts'

type Account = FindingOf<'account'>

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
  const all = kindsOfWay.map((kind) => kind.ways(account, facts))
  return { paths: all.flatMap(({ paths }) => paths), unsure: all.flatMap(({ unsure }) => unsure) }
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
  uid === 0 ? gapsOf(facts, 'local-accounts') : gapsOfHost(facts)

/** The same for every account that is not root. */
const gapsOfHost = (facts: HostFacts): readonly Reason[] => {
  const known = hostGaps.get(facts)
  if (known !== undefined) return known
  const found = distinct(kindsOfWay.flatMap((kind) => gapsOfWay(kind, facts)))
  hostGaps.set(facts, found)
  return found
}

const hostGaps = new WeakMap<HostFacts, readonly Reason[]>()

/** Whether all that an account's privilege rests on was looked at completely. */
export const privilegeIsComplete = (account: Account, facts: HostFacts): boolean => gaps(account, facts).length === 0

const distinct = (reasons: readonly Reason[]) => [
  ...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values(),
]
