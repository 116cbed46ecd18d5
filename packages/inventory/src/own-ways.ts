import type { FindingOf } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import type { HostFacts } from './host-facts.ts'
import { kindsOfWay } from './ways/all.ts'
import { NOTHING, type Becoming, type Ways } from './ways/way.ts'

type Account = FindingOf<'account'>

/** What an account has by itself and through the other names of its uid. */
export const ownWays = (account: Account, facts: HostFacts): Ways => {
  const known = ways.get(facts) ?? new Map<Account, Ways>()
  ways.set(facts, known)
  const before = known.get(account)
  if (before !== undefined) return before
  // Root's other names are root on their own account; what they may do besides adds nothing.
  const inherited = account.uid === 0 ? NOTHING : inheritedBy(account, facts)
  const found = joined([pathsOf(account, facts), inherited])
  known.set(account, found)
  return found
}

const ways = new WeakMap<HostFacts, Map<Account, Ways>>()

/** What an account has through the others of its uid. */
const inheritedBy = (account: Account, facts: HostFacts): Ways => {
  const others = holdersOf(account.uid, facts).filter(({ holder }) => holder.name !== account.name)
  return {
    paths: others.flatMap(({ holder, ways }) => inheritedPaths(account, holder, ways)),
    unsure: others.flatMap(({ ways }) => ways.unsure),
    becomes: others.flatMap(({ holder, ways }) => inheritedBecomings(account, holder, ways)),
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
    .filter(({ ways }) => ways.paths.length > 0 || ways.unsure.length > 0 || (ways.becomes ?? []).length > 0)
    .toSorted((left, right) => best(left) - best(right))
    .slice(0, MAX_HOLDERS)
  known.set(uid, kept)
  return kept
}

const holders = new WeakMap<HostFacts, Map<number, readonly Holder[]>>()
const best = ({ ways }: Holder) => Math.min(2, ...ways.paths.map(rank), (ways.becomes ?? []).length > 0 ? 1 : 2)
const rank = ({ effect }: PrivilegePath) => (effect === 'root' ? 0 : 1)
const MAX_HOLDERS = 16

const pathsOf = (account: Account, facts: HostFacts): Ways => {
  // Beyond being root there is nothing to gain.
  if (account.uid === 0) return { paths: rootItself(account), unsure: [] }
  const all = kindsOfWay.map((kind) => kind.ways(account, facts))
  return joined(all)
}

const joined = (all: readonly Ways[]): Ways => ({
  paths: all.flatMap(({ paths }) => paths),
  unsure: all.flatMap(({ unsure }) => unsure),
  becomes: all.flatMap(({ becomes }) => becomes ?? []),
})

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
  const { sentence, steps } = sharing(account, twin)
  return paths.map((path) => ({ ...path, sentence: sentence + path.sentence, steps: [...steps, ...path.steps] }))
}

const inheritedBecomings = (account: Account, twin: Account, { becomes = [] }: Ways): Becoming[] => {
  const { sentence, steps } = sharing(account, twin)
  return becomes.map((one) => ({ ...one, sentence: sentence + one.sentence, steps: [...steps, ...one.steps] }))
}

const sharing = (account: Account, twin: Account) => ({
  sentence: `It shares uid ${account.uid} with ${twin.name}, and so its files and processes. Of ${twin.name}: `,
  steps: [
    { sentence: `${account.name} has uid ${account.uid}`, place: account.place },
    { sentence: `${twin.name} has the same uid`, place: twin.place },
  ],
})
