import type { FindingOf, Reason } from '@rollcall/contract'
import type { PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import { chainsOf } from './chains.ts'
import { gapsOf, type HostFacts } from './host-facts.ts'
import { ownWays } from './own-ways.ts'
import { kindsOfWay } from './ways/all.ts'
import { gapsOfWay } from './ways/way.ts'

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
  const own = ownWays(account, facts)
  const onward = chainsOf(account, facts)
  const paths = distinct([...own.paths, ...onward.paths]).toSorted((left, right) => rank(left) - rank(right))
  const unknownBecause = distinct([...gaps(account, facts), ...own.unsure, ...onward.unsure])
  const privileged = paths.some(({ effect }) => effect === 'root')
    ? 'yes'
    : unknownBecause.length > 0
      ? 'unknown'
      : 'no'
  return { privileged, paths, unknownBecause }
}

const rank = ({ effect, password }: PrivilegePath) => (effect === 'root' ? 0 : 2) + (password === 'none' ? 0 : 1)

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

const distinct = <T>(all: readonly T[]): T[] =>
  all.length < 2 ? [...all] : [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
