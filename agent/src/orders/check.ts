import type { KeyObject } from 'node:crypto'
import type { TargetSet } from '@rollcall/contract'
import {
  cancelOrder,
  hostKeysOrder,
  MessageRefused,
  ORDER_CONTEXT,
  ORDER_MESSAGES,
  orderKind,
  orderStatement,
  policyOrder,
  scanOrder,
  signedOrder,
  trustOrder,
  type Envelope,
  type OrderRefusal,
  type OrderStatement,
  type PolicyStatement,
} from '@rollcall/contract/bus'
import { keyId, publicKeyOf, SignatureError, signerOf, verifiedBytes } from '@rollcall/secret'
import type { OrderLedger } from './ledger.ts'
import { outsideOf, scopeOf, targetsIn } from './scope.ts'
import type { TrustedTime } from './trusted-time.ts'

/** Why an order is not carried out. What is known of it is told, so that whoever gave it hears of it. */
export interface Refused {
  readonly verdict: 'refused'
  readonly code: OrderRefusal
  readonly detail?: string
  /** Only where its signature is good. */
  readonly statement?: OrderStatement
}

export type Checked =
  | { readonly verdict: 'accepted'; readonly statement: OrderStatement; readonly order: Envelope }
  /** The same came before, as messages do. */
  | { readonly verdict: 'known'; readonly statement: OrderStatement }
  | Refused

export interface CheckTools {
  readonly agent: string
  readonly segment: string
  /** The one that is held, whether or not it may still be used. */
  readonly policy: () => PolicyStatement | undefined
  readonly ledger: OrderLedger
  readonly time: TrustedTime
  /** Whether somebody stopped this agent by hand. */
  readonly stopped: () => boolean
}

/**
 * Judges an order, and writes down that it came before it is carried out. Whoever sent it is not trusted further than what the policy says of the
 * key that signed it. Only for a message that is no order at all does it throw: MessageRefused.
 */
export const checkOrder = async (message: Envelope, tools: CheckTools): Promise<Checked> => {
  const { agent, segment, ledger, time, stopped } = tools
  const frame = Buffer.from(signedOrder.read(message).signed, 'base64url')
  const policy = tools.policy()
  if (policy === undefined) return { verdict: 'refused', code: 'no-policy' }
  const issuers = new Map<string, { key: KeyObject; kinds: readonly string[] }>(
    policy.orderKeys.map(({ key, kinds }) => {
      const bytes = Buffer.from(key, 'base64url')
      return [keyId(bytes), { key: publicKeyOf('sign', bytes), kinds }]
    }),
  )
  const read = statementOf(frame, (id) => issuers.get(id)?.key)
  if ('code' in read) return { verdict: 'refused', ...read }
  const { statement } = read
  const issuer = signerOf(frame)
  const refused = (code: OrderRefusal, detail?: string): Refused => ({
    verdict: 'refused',
    code,
    statement,
    ...(detail === undefined ? {} : { detail }),
  })

  if (!issuers.get(issuer)!.kinds.includes(statement.kind)) return refused('not-entitled', statement.kind)
  if (statement.order.type !== ORDER_MESSAGES[statement.kind].type)
    return refused('malformed', `an order to ${statement.kind} that carries ${statement.order.type.slice(0, 64)}`)
  if (statement.segment !== segment) return refused('other-segment', statement.segment)
  if (statement.agent !== undefined && statement.agent !== agent) return refused('other-agent')
  if (stopped() && statement.kind !== 'cancel') return refused('stopped')

  const standing = ledger.standing(issuer, statement.seq)
  if (standing === 'known') return { verdict: 'known', statement }
  if (standing === 'forgotten') return refused('replayed')
  const now = time.now().toISOString()
  if (policy.version < ledger.policyVersion && statement.kind !== 'update-policy')
    return refused('no-policy', `the newest that was known here was version ${ledger.policyVersion}`)
  if (policy.expires !== undefined && policy.expires <= now && statement.kind !== 'update-policy')
    return refused('no-policy', `the policy ended at ${policy.expires}`)
  if (statement.expires <= now) {
    const ahead = time.aheadMs() ?? 0
    const inTime = new Date(Date.parse(now) - ahead).toISOString() < statement.expires
    return ahead > CLOCK_MS && inTime
      ? refused('clock-off', `the clock here is ${Math.round(ahead / 1000)} s ahead of the collector's`)
      : refused('expired', `at ${statement.expires}`)
  }
  if (statement.notBefore > now) return refused('not-yet', `before ${statement.notBefore}`)
  if (statement.kind !== 'update-policy' && statement.policy !== policy.version)
    return refused('stale-policy', `it names version ${statement.policy}, and version ${policy.version} holds here`)

  let aimed: Aim
  try {
    aimed = aimOf(statement)
  } catch (error) {
    if (!(error instanceof MessageRefused)) throw error
    return refused('malformed', error.message.slice(0, 500))
  }
  if (aimed.run !== undefined && statement.kind !== 'cancel' && ledger.wasCancelled(aimed.run))
    return refused('replayed', 'its run was cancelled')
  const targets = targetsIn(aimed.sets)
  if (aimed.sets.length > 0) {
    const scope = scopeOf(policy, segment)
    if (scope === undefined) return refused('out-of-scope', `the policy says nothing of segment ${segment}`)
    const problem = outsideOf(scope, aimed.sets)
    if (problem !== undefined) return refused(problem.code, problem.detail)
    const lately = ledger.lately(time.now())
    if (lately.orders >= policy.limits.ordersPerHour)
      return refused('too-fast', `${policy.limits.ordersPerHour} orders an hour`)
    if (lately.targets + targets > policy.limits.targetsPerHour)
      return refused('too-fast', `${policy.limits.targetsPerHour} targets an hour`)
  }
  await ledger.accept({ issuer, seq: statement.seq, expires: statement.expires, targets, now: time.now() })
  if (statement.kind === 'cancel' && aimed.run !== undefined)
    await ledger.cancel(aimed.run, new Date(time.now().getTime() + CANCELLED_MS))
  return { verdict: 'accepted', statement, order: statement.order }
}

const CLOCK_MS = 120_000
/** So long an order of a run that was cancelled could still be on its way. */
const CANCELLED_MS = 2 * 86_400_000

interface Aim {
  readonly run?: string
  readonly sets: readonly TargetSet[]
}

/** What an order concerns. Throws MessageRefused for a body of another shape. */
const aimOf = ({ kind, order }: OrderStatement): Aim => {
  switch (kind) {
    case 'scan': {
      const { run, targets, apart = [] } = scanOrder.read(order)
      return { run, sets: [targets, ...apart] }
    }
    case 'collect-host-keys': {
      const { run, targets, apart = [] } = hostKeysOrder.read(order)
      return { run, sets: [targets, ...apart] }
    }
    case 'cancel':
      return { run: cancelOrder.read(order).run, sets: [] }
    case 'update-policy':
      policyOrder.read(order)
      return { sets: [] }
    case 'decide-trust':
      trustOrder.read(order)
      return { sets: [] }
    case 'resync':
      ORDER_MESSAGES.resync.read(order)
      return { sets: [] }
  }
}

const statementOf = (
  frame: Uint8Array,
  keyOf: (id: string) => KeyObject | undefined,
): { statement: OrderStatement } | Pick<Refused, 'code' | 'detail'> => {
  let bytes: Uint8Array
  try {
    bytes = verifiedBytes(keyOf, ORDER_CONTEXT, frame)
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    return { code: 'forged', detail: error.message }
  }
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return { code: 'malformed', detail: 'it is no JSON' }
  }
  const kind = (raw as { kind?: unknown } | null)?.kind
  if (typeof kind === 'string' && !orderKind.safeParse(kind).success)
    return { code: 'unknown-kind', detail: kind.slice(0, 64) }
  const read = orderStatement.safeParse(raw)
  return read.success ? { statement: read.data } : { code: 'malformed' }
}
