import {
  orderKind,
  POLICY_CONTEXT,
  policyOrder,
  policyStatement,
  type OrderKind,
  type PolicyStatement,
} from '@rollcall/contract/bus'
import {
  fingerprint,
  keyId,
  publicKeyOf,
  signBytes,
  SignatureError,
  verifiedBytes,
  type KeyPair,
} from '@rollcall/secret'
import type { Store } from '@rollcall/store'
import { Refusal } from '../refusal.ts'
import type { FleetKeys } from './keys.ts'

export interface FleetPolicy {
  /** The newest; undefined while whoever keeps the root key has signed none. */
  readonly current: { readonly statement: PolicyStatement; readonly signed: Uint8Array } | undefined
  /** Takes a newer one. Refusals `wrong-root`, `invalid-policy`, `old-policy`. */
  use(signed: Uint8Array, by: string): Promise<PolicyStatement>
}

/** What a policy says, if the root key signed it. Throws SignatureError, or an error for what is none. */
export const readPolicy = (signed: Uint8Array, rootKey: Uint8Array): PolicyStatement => {
  const key = publicKeyOf('sign', rootKey)
  const id = keyId(rootKey)
  const bytes = verifiedBytes((signer) => (signer === id ? key : undefined), POLICY_CONTEXT, signed, MOST_BYTES)
  return policyStatement.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}

/** Signs a policy. */
export const signPolicy = (root: KeyPair, statement: PolicyStatement): Uint8Array =>
  signBytes(root, POLICY_CONTEXT, Buffer.from(JSON.stringify(statement)))

export interface PolicyTools {
  readonly store: Store
  readonly keys: FleetKeys
  readonly now: () => Date
  /** There is a newer one: agents are to hear of it. */
  readonly changed: (message: ReturnType<typeof policyOrder.write>) => void
}

/** Opens the policy; where this collector has made its own root key, it signs one that allows everything, and says so in it. */
export const openPolicy = async ({ store, keys, now, changed }: PolicyTools): Promise<FleetPolicy> => {
  const kept = await store.policies.newest()
  let current: FleetPolicy['current']
  if (kept !== undefined) {
    const signed = Buffer.from(kept.signed, 'base64url')
    try {
      current = { statement: readPolicy(signed, keys.rootKey), signed }
    } catch (error) {
      // It is of another root key than the one in force: until there is one of this key's, nothing is allowed.
      if (!(error instanceof SignatureError)) throw error
    }
  }
  const save = async (statement: PolicyStatement, signed: Uint8Array, by: string) => {
    const at = now().toISOString()
    await store.atomically(async (tx) => {
      await tx.policies.add({
        version: statement.version,
        signed: Buffer.from(signed).toString('base64url'),
        at,
        by,
      })
      await tx.audit.append({
        at,
        actor: by,
        action: 'policy-used',
        object: `version ${statement.version}`,
        detail: statement.selfMade ? 'made by the collector itself' : `root key ${fingerprint(keys.rootKey)}`,
      })
    })
    current = { statement, signed }
  }
  if (keys.ownRoot !== undefined && !coversOwn(current?.statement, keys)) {
    const statement = everything((kept?.version ?? 0) + 1, keys.order.public, now())
    await save(statement, signPolicy(keys.ownRoot, statement), 'local')
  }
  return {
    get current() {
      return current
    },
    async use(signed, by) {
      const statement = believed(signed, keys)
      const newest = (await store.policies.newest())?.version ?? 0
      if (statement.version <= newest)
        throw new Refusal(
          409,
          'old-policy',
          `it is version ${statement.version}, and version ${newest} was in force already; give it a higher one`,
        )
      if (!names(statement, keys.order.public, 'scan'))
        throw new Refusal(
          422,
          'invalid-policy',
          `it does not let this collector order scans; its order key is ${textOf(keys.order.public)}`,
        )
      await save(statement, signed, by)
      changed(policyOrder.write({ policy: Buffer.from(signed).toString('base64url') }))
      return statement
    },
  }
}

const MOST_BYTES = 1024 * 1024

const textOf = (key: Uint8Array) => Buffer.from(key).toString('base64url')

const coversOwn = (statement: PolicyStatement | undefined, { order }: FleetKeys) =>
  statement !== undefined &&
  // One that was made by an older version does not know what is new.
  (statement.selfMade ? orderKind.options : (['scan'] as const)).every((kind) => names(statement, order.public, kind))

const names = (statement: PolicyStatement, key: Uint8Array, kind: OrderKind) =>
  statement.orderKeys.some((one) => one.key === textOf(key) && one.kinds.includes(kind))

const believed = (signed: Uint8Array, keys: FleetKeys): PolicyStatement => {
  try {
    return readPolicy(signed, keys.rootKey)
  } catch (error) {
    if (error instanceof SignatureError)
      throw new Refusal(
        422,
        'wrong-root',
        `it is not signed by the root key ${fingerprint(keys.rootKey)}: ${error.message}`,
      )
    throw new Refusal(422, 'invalid-policy', 'it is signed, and yet no policy that is understood here')
  }
}

/** What holds where nobody keeps a root key: whatever the collector wants. */
const everything = (version: number, orderKey: Uint8Array, now: Date): PolicyStatement => ({
  version,
  issuedAt: now.toISOString(),
  selfMade: true,
  orderKeys: [{ key: textOf(orderKey), kinds: orderKind.options }],
  segments: { '*': { cidrs: ['0.0.0.0/0', '::/0'], local: true, deny: { cidrs: [], names: [] } } },
  limits: { ordersPerHour: 10_000, targetsPerHour: 10_000_000 },
})
