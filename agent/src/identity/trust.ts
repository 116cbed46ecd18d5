import type { KeyObject } from 'node:crypto'
import { agentWire, type Wire } from '@rollcall/bus'
import type { PolicyStatement } from '@rollcall/contract/bus'
import { keyId, publicKeyOf } from '@rollcall/secret'
import type { ReachScope } from '@rollcall/reach'
import { inTurn } from '../in-turn.ts'
import { openLedger, type OrderLedger } from '../orders/ledger.ts'
import { connections, scopeOf } from '../orders/scope.ts'
import { trustedTime, type TrustedTime } from '../orders/trusted-time.ts'
import { IdentityError, identityIn, policyOf, type Identity } from './identity.ts'

/** Who an agent is and whom it believes: needed before there is a connection to speak over. */
export interface AgentTrust {
  readonly folder: string
  readonly identity: Identity
  /** For its connection to the broker. */
  readonly wire: Wire
  readonly ledger: OrderLedger
  readonly time: TrustedTime
  /** What it holds itself to; undefined where there is none that may still be used. */
  policy(): PolicyStatement | undefined
  /** The last that the root key signed, whether or not it may still be used: whoever is to bring a newer one has to be known by it. */
  held(): PolicyStatement | undefined
  /** Where the policy lets it connect; nowhere without one. */
  within(): ReachScope
  /** Changes what is kept of the identity. */
  save(change: Partial<Identity>): Promise<void>
  /** Holds itself to another policy from now on, if the root key signed it and it is newer. */
  usePolicy(signed: Uint8Array): Promise<'used' | 'not-newer' | 'not-signed'>
}

export interface AgentTrustOptions {
  readonly folder: string
  readonly now: () => Date
  /** Milliseconds of a clock that nobody sets. */
  readonly steady?: () => number
}

/** Opens what an enrolled agent keeps. Throws IdentityError where this is none, and KeyFileError for files that others can read. */
export const openAgentTrust = async ({
  folder,
  now,
  steady = () => performance.now(),
}: AgentTrustOptions): Promise<AgentTrust> => {
  const file = identityIn(folder)
  const kept = await file.read()
  if (kept === undefined)
    throw new IdentityError(
      `There is no agent in ${folder} yet; make a token on the collector with "rollcall token create", then "rollcall agent enrol TOKEN".`,
    )
  let identity = kept
  const ledger = await openLedger(folder)
  const time = trustedTime(now, steady, ledger.collectorTime)
  let held = policyOf(identity.policy, identity.rootKey)
  let keys = keysOf(held)
  const turn = inTurn()

  const save = (change: Partial<Identity>): Promise<void> =>
    turn(async () => {
      const changed = { ...identity, ...change }
      await file.write(changed)
      identity = changed
    })
  const policy = () => (held === undefined || held.version < ledger.policyVersion ? undefined : held)
  if (held !== undefined) await ledger.heldPolicy(held.version)
  return {
    folder,
    get identity() {
      return identity
    },
    wire: agentWire({ key: identity.keys.signing, collectorKey: (id) => keys.get(id) }),
    ledger,
    time,
    policy,
    held: () => held,
    within() {
      const current = policy()
      const scope = current === undefined ? undefined : scopeOf(current, identity.segment)
      return scope === undefined ? NOWHERE : scopeWords(scope)
    },
    save,
    async usePolicy(signed) {
      const next = policyOf(signed, identity.rootKey)
      if (next === undefined) return 'not-signed'
      if (next.version <= (policy()?.version ?? ledger.policyVersion - 1)) return 'not-newer'
      if (next.version < ledger.policyVersion) return 'not-newer'
      await save({ policy: signed })
      await ledger.heldPolicy(next.version)
      held = next
      keys = keysOf(next)
      return 'used'
    },
  }
}

const NOWHERE: ReachScope = { cidrs: [], deny: { cidrs: [], names: [] } }

/** The same words for the same scope, so that what is made of them is made once. */
const scopeWords = (() => {
  const made = new WeakMap<object, ReachScope>()
  return (scope: NonNullable<ReturnType<typeof scopeOf>>): ReachScope => {
    const known = made.get(scope)
    if (known !== undefined) return known
    const words = connections(scope)
    made.set(scope, words)
    return words
  }
})()

const keysOf = (policy: PolicyStatement | undefined): ReadonlyMap<string, KeyObject> =>
  new Map(
    (policy?.orderKeys ?? []).map(({ key }) => {
      const bytes = Buffer.from(key, 'base64url')
      return [keyId(bytes), publicKeyOf('sign', bytes)]
    }),
  )
