import type { FindingOf, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import type { HostFacts } from './host-facts.ts'
import { ownWays } from './own-ways.ts'
import type { Becoming, Ways } from './ways/way.ts'

type Account = FindingOf<'account'>

/** The ways to root that lead through other accounts: as whom an account can act, and how those go on. */
export const chainsOf = (account: Account, facts: HostFacts): Ways => {
  const own = ownWays(account, facts)
  const { becomes = [] } = own
  if (account.uid === 0 || becomes.length === 0) return { paths: [], unsure: [] }
  const host = chainsOfHost(facts)
  const certain = becomes.filter(({ doubt }) => doubt === undefined)
  const paths = certain.flatMap((one) => pathThrough(account, one, host, facts) ?? []).slice(0, MAX_PATHS)
  if (paths.length > 0 || leadsToRoot(own)) return { paths, unsure: [] }
  return { paths, unsure: doubtsOf(account, becomes, host, facts).slice(0, MAX_PATHS) }
}

/** Ways through others that are told of one account. */
const MAX_PATHS = 16
/** Accounts in a row that are told; further ones are only said to be there. */
const MAX_HOPS = 8

/** How many others an account has to become before it is root: 0 for those that have a way of their own. */
interface Chains {
  readonly toRoot: ReadonlyMap<Account, number>
  /** The same to those of whom it is not known. */
  readonly toDoubt: ReadonlyMap<Account, number>
  /** Of lists that accounts share: those in them that are nearest, at most two, since one may be the account that asks. */
  readonly nearest: (accounts: readonly Account[], distance: ReadonlyMap<Account, number>) => readonly Account[]
}

const chainsOfHost = (facts: HostFacts): Chains => {
  const known = hosts.get(facts)
  if (known !== undefined) return known
  // Lookups by name find the first of them only, so nobody becomes another.
  const accounts = [...facts.firstOfName.values()]
  const ways = new Map(accounts.map((account) => [account, ownWays(account, facts)]))
  const rooted = accounts.filter((account) => leadsToRoot(ways.get(account)!))
  const certain = (one: Becoming) => one.doubt === undefined
  const toRoot = distances(accounts, rooted, ways, certain)
  const doubtful = accounts.filter((account) => !toRoot.has(account) && isDoubtful(ways.get(account)!, toRoot))
  const free = new Set(rooted.filter((account) => ways.get(account)!.paths.some(isFree)))
  const found: Chains = { toRoot, toDoubt: distances(accounts, doubtful, ways, () => true), nearest: nearest(free) }
  hosts.set(facts, found)
  return found
}

const hosts = new WeakMap<HostFacts, Chains>()

const isFree = ({ effect, password }: PrivilegePath) => effect === 'root' && password === 'none'

const leadsToRoot = ({ paths }: Ways) => paths.some(({ effect }) => effect === 'root')

const isDoubtful = ({ unsure, becomes = [] }: Ways, toRoot: ReadonlyMap<Account, number>) =>
  unsure.length > 0 ||
  becomes.some(({ doubt, accounts }) => doubt !== undefined && accounts.some((one) => toRoot.has(one)))

/**
 * From those that are there already, backwards along who can become whom. Every list of accounts is looked at once, so that the
 * work is in proportion to the lists and their holders together, however they are tied.
 */
const distances = (
  accounts: readonly Account[],
  start: readonly Account[],
  ways: ReadonlyMap<Account, Ways>,
  counts: (one: Becoming) => boolean,
): Map<Account, number> => {
  const holders = new Map<readonly Account[], Account[]>()
  for (const account of accounts)
    for (const one of ways.get(account)?.becomes ?? [])
      if (counts(one)) {
        const known = holders.get(one.accounts)
        if (known === undefined) holders.set(one.accounts, [account])
        else if (known.at(-1) !== account) known.push(account)
      }
  const lists = new Map<Account, (readonly Account[])[]>()
  for (const list of holders.keys())
    for (const account of list) {
      const known = lists.get(account)
      if (known === undefined) lists.set(account, [list])
      else known.push(list)
    }
  const distance = new Map(start.map((account) => [account, 0]))
  const queue = [...start]
  for (let next = 0; next < queue.length; next++) {
    const account = queue[next]!
    for (const list of lists.get(account) ?? []) {
      for (const holder of holders.get(list) ?? [])
        if (!distance.has(holder)) {
          distance.set(holder, distance.get(account)! + 1)
          queue.push(holder)
        }
      holders.delete(list)
    }
  }
  return distance
}

/** Of those equally near, the ones that need no password come first: it is theirs, and who becomes them need not know it. */
const nearest = (free: ReadonlySet<Account>) => {
  const known = new Map<ReadonlyMap<Account, number>, Map<readonly Account[], readonly Account[]>>()
  return (accounts: readonly Account[], distance: ReadonlyMap<Account, number>): readonly Account[] => {
    const ofDistance = known.get(distance) ?? new Map<readonly Account[], readonly Account[]>()
    known.set(distance, ofDistance)
    const before = ofDistance.get(accounts)
    if (before !== undefined) return before
    let best: Account[] = []
    const cost = (account: Account) => 2 * distance.get(account)! + (free.has(account) ? 0 : 1)
    for (const account of accounts) {
      const far = distance.get(account)
      if (far === undefined || (best.length === 2 && cost(account) >= cost(best[1]!))) continue
      best = [...best, account].toSorted((left, right) => cost(left) - cost(right)).slice(0, 2)
    }
    ofDistance.set(accounts, best)
    return best
  }
}

/** By one becoming to root, by the nearest of those it can become that does not come back this way. */
const pathThrough = (
  account: Account,
  becoming: Becoming,
  { toRoot, nearest }: Chains,
  facts: HostFacts,
): PrivilegePath | undefined => {
  const own = toRoot.get(account) ?? Number.POSITIVE_INFINITY
  const through = nearest(becoming.accounts, toRoot).find((one) => one !== account)
  if (through === undefined) return undefined
  const hops = toRoot.get(through)!
  if (hops >= MAX_HOPS || (hops > 0 && hops >= own)) return undefined
  const onward = easiest(through, facts)
  if (onward === undefined) return undefined
  return {
    via: becoming.via,
    effect: 'root',
    password: bothPasswords(becoming.password, onward.password),
    sentence: `${becoming.sentence} Of ${through.name}: ${onward.sentence}`,
    steps: [...becoming.steps, ...onward.steps],
  }
}

/** The easiest way to root of an account that has one, its own before those through others. */
const easiest = (account: Account, facts: HostFacts): PrivilegePath | undefined => {
  const known = ways.get(facts) ?? new Map<Account, PrivilegePath | undefined>()
  ways.set(facts, known)
  if (known.has(account)) return known.get(account)
  const own = ownWays(account, facts).paths.filter(({ effect }) => effect === 'root')
  const all = own.length > 0 ? own : chainsOf(account, facts).paths
  const found = all.find(({ password }) => password === 'none') ?? all[0]
  known.set(account, found)
  return found
}

const ways = new WeakMap<HostFacts, Map<Account, PrivilegePath | undefined>>()

/** What it takes to go on is asked of who goes on: the own password of the account that one becomes is not one's own. */
const bothPasswords = (
  first: PrivilegePath['password'],
  second: PrivilegePath['password'],
): PrivilegePath['password'] => {
  if (second === 'none') return first
  if (first === 'unknown' || second === 'unknown') return 'unknown'
  return 'target'
}

/** Why it is not known whether those that an account can become, or may, get to root. */
const doubtsOf = (
  account: Account,
  becomes: readonly Becoming[],
  { toRoot, toDoubt, nearest }: Chains,
  facts: HostFacts,
): Reason[] =>
  becomes.flatMap(({ accounts, doubt, steps }): Reason[] => {
    const rooted = nearest(accounts, toRoot).find((one) => one !== account)
    if (rooted !== undefined)
      return [doubt ?? { code: 'too-deep', ...steps[0]?.place, detail: 'it leads to root through very many accounts' }]
    const through = nearest(accounts, toDoubt).find((one) => one !== account)
    if (through === undefined) return []
    const own = ownWays(through, facts).unsure
    return own.length > 0
      ? [...own]
      : [
          {
            code: 'unsupported',
            ...steps[0]?.place,
            detail: `whether ${through.name} can become root is not known`.slice(0, 500),
          },
        ]
  })
