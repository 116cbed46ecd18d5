import type { FindingOf, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { gapsOf, type HostFacts } from '../host-facts.ts'

/** One kind of way in which an account may come to act as root. One file each in this folder, listed in `all.ts`. */
export interface KindOfWay {
  /** Probes that would have to look completely before such a way can be ruled out. */
  readonly restsOn: readonly RestsOn[]
  /** What it gives one account, which is not root itself. Work in proportion to what concerns the account, not to the host. */
  ways(account: FindingOf<'account'>, facts: HostFacts): Ways
}

/** A probe, and which of its reasons bear on such ways, where not all do. */
export type RestsOn = string | { readonly probe: string; readonly bears: (reason: Reason) => boolean }

/** What is known of one account by itself. */
export interface Ways {
  readonly paths: readonly PrivilegePath[]
  /** Why there may be a way to root that is not among the paths. */
  readonly unsure: readonly Reason[]
  /** Other accounts that it can act as. Where they get to from there is followed by `chains.ts`. */
  readonly becomes?: readonly Becoming[]
}

/** That an account can act as others: can run any program with their rights, or log in as them. */
export interface Becoming extends Pick<PrivilegePath, 'via' | 'password' | 'steps'> {
  /** Whom, itself perhaps among them. A list that many accounts share should be the same list, so that it is looked at once. */
  readonly accounts: readonly FindingOf<'account'>[]
  /** A whole sentence. */
  readonly sentence: string
  /** Why it is not certain, where it is not. */
  readonly doubt?: Reason
}

export const NOTHING: Ways = { paths: [], unsure: [] }

/** What was not looked at and could show a way of this kind. */
export const gapsOfWay = ({ restsOn }: KindOfWay, facts: HostFacts): readonly Reason[] =>
  restsOn.flatMap((one) => (typeof one === 'string' ? gapsOf(facts, one) : gapsOf(facts, one.probe, one.bears)))
