import { z } from 'zod'
import { targetSet } from '../target-set.ts'
import { instant, text } from '../text.ts'
import { agentId, bytesText, publicKeyText, segmentName } from './fleet-names.ts'
import { envelope, message } from './message.ts'
import { cancelOrder, scanOrder } from './scan-order.ts'
import { trustOrder } from './trust.ts'

const hostKeys = z.object({
  run: z.uuid(),
  targets: targetSet,
  /** Further sets, each with exclusions that hold for it alone. */
  apart: z.array(targetSet).max(1000).optional(),
})

/** Collector → agent: ask these hosts for their keys, and offer them nothing. */
export const hostKeysOrder = message('host-keys-order', 1, hostKeys)
export type HostKeysOrder = z.output<typeof hostKeys>

const resync = z.object({ reason: text(200) })

/** Collector → agent: say again what you have; the collector may have forgotten. */
export const resyncOrder = message('resync-order', 1, resync)
export type ResyncOrder = z.output<typeof resync>

const policyUpdate = z.object({
  /** Signed by the root key: `policyStatement`. */
  policy: bytesText(60_000),
})

/** Collector → agent: hold yourself to this from now on. */
export const policyOrder = message('policy-order', 1, policyUpdate)
export type PolicyOrder = z.output<typeof policyUpdate>

/** What an agent can be asked to do: this, and nothing else. None of it carries a command. */
export const orderKind = z.enum(['scan', 'collect-host-keys', 'cancel', 'resync', 'update-policy', 'decide-trust'])
export type OrderKind = z.output<typeof orderKind>

/** The message that an order of a kind carries. */
export const ORDER_MESSAGES = {
  scan: scanOrder,
  'collect-host-keys': hostKeysOrder,
  cancel: cancelOrder,
  resync: resyncOrder,
  'update-policy': policyOrder,
  'decide-trust': trustOrder,
} as const

/** Which of an agent's queues an order waits in. */
export const orderClass = z.enum(['urgent', 'routine'])
export type OrderClass = z.output<typeof orderClass>

/** What is signed of an order, whole: `signedOrder` carries it. */
export const orderStatement = z.object({
  id: z.uuid(),
  kind: orderKind,
  segment: segmentName,
  /** Whom it is for; absent: for whoever of the segment takes it first. */
  agent: agentId.optional(),
  class: orderClass,
  notBefore: instant,
  expires: instant,
  /** Counts up over all orders that this key signs: an agent carries out none twice, nor one that is older than what it has forgotten. */
  seq: z.int().positive(),
  /** The version of the policy that its issuer knew. */
  policy: z.int().nonnegative(),
  order: envelope,
})
export type OrderStatement = z.output<typeof orderStatement>

const order = z.object({
  /** `orderStatement` in JSON, signed by the collector's order key: kept as it came, so that it is evidence. */
  signed: bytesText(6_000_000),
})

/** Collector → agents of a segment. */
export const signedOrder = message('order', 1, order)
export type SignedOrder = z.output<typeof order>

/** Why an agent does not carry out an order. One sentence each: `describeOrderRefusal`. */
export const orderRefusal = z.enum([
  'forged',
  'not-entitled',
  'unknown-kind',
  'malformed',
  'other-segment',
  'other-agent',
  'replayed',
  'not-yet',
  'expired',
  'clock-off',
  'stale-policy',
  'no-policy',
  'out-of-scope',
  'denied',
  'too-fast',
  'stopped',
])
export type OrderRefusal = z.output<typeof orderRefusal>

const sentences: Record<OrderRefusal, string> = {
  forged: 'its signature is not by a key that the policy names',
  'not-entitled': 'the key that signed it may not give orders of this kind',
  'unknown-kind': 'orders of this kind are not known here',
  malformed: 'it cannot be read',
  'other-segment': 'it is for another segment',
  'other-agent': 'it is for another agent',
  replayed: 'it came before, or a later one did',
  'not-yet': 'its time has not come',
  expired: 'its time is over',
  'clock-off': 'the clock here cannot be relied on, so it cannot be told whether its time is over',
  'stale-policy': 'it was given under a policy that is not the newest, or that is not known here yet',
  'no-policy': 'no policy is known here, so nothing is allowed',
  'out-of-scope': 'it names what lies outside of what the policy allows for this segment',
  denied: 'it names what the policy forbids for this segment',
  'too-fast': 'more was ordered in an hour than the policy allows',
  stopped: 'somebody stopped this agent: the file "stop" lies in its data folder',
}

/** A sentence for people. */
export const describeOrderRefusal = (code: OrderRefusal): string => sentences[code]

const outcome = z.object({
  order: z.uuid(),
  kind: orderKind.optional(),
  run: z.uuid().optional(),
  at: instant,
  code: orderRefusal,
  /** Ours, such as the target that is not in scope; never what a target sent. */
  detail: text(500).optional(),
})

/** Agent → collector: an order is not carried out, and why. */
export const orderRefused = message('order-refused', 1, outcome)
export type OrderRefused = z.output<typeof outcome>

const cidr = z.union([z.cidrv4(), z.cidrv6()])
/** `*` stands for any text. */
const namePattern = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9*._-]+$/)

const scope = z.object({
  /** Addresses that may be connected to. What a name resolves to is judged at the moment of connecting. */
  cidrs: z.array(cidr).max(10_000),
  /** Names that may be used; absent: any that resolves to an allowed address. */
  names: z.array(namePattern).max(10_000).optional(),
  ports: z.array(z.int().min(1).max(65_535)).min(1).max(1000).optional(),
  /** Bases of directories that may be read; absent: any. */
  ldapBases: z.array(text(2048)).max(1000).optional(),
  /** Whether the agent may look at the machine that it runs on. */
  local: z.boolean().default(true),
  /** Never, whatever else is allowed. */
  deny: z
    .object({ cidrs: z.array(cidr).max(10_000).default([]), names: z.array(namePattern).max(10_000).default([]) })
    .default({ cidrs: [], names: [] }),
})
export type PolicyScope = z.output<typeof scope>

/** What agents may be asked to do, by whom and where: signed by the root key, which no machine of the fleet needs to have. */
export const policyStatement = z.object({
  /** Counts up; an agent never goes back. */
  version: z.int().positive(),
  issuedAt: instant,
  /** After this the agents do nothing; absent: it holds until there is a newer one. */
  expires: instant.optional(),
  /** Made by the collector itself, since nobody keeps a root key: then it limits nothing that the collector wants. */
  selfMade: z.boolean().default(false),
  orderKeys: z
    .array(z.object({ key: publicKeyText, kinds: z.array(orderKind).min(1) }))
    .min(1)
    .max(20),
  /** By segment; `*` is for all that are not named. */
  segments: z.record(z.union([segmentName, z.literal('*')]), scope),
  limits: z.object({ ordersPerHour: z.int().positive(), targetsPerHour: z.int().positive() }),
})
export type PolicyStatement = z.output<typeof policyStatement>

/** For what a policy is signed: nothing else that a root key signs is one. */
export const POLICY_CONTEXT = 'rollcall policy 1'

/** For what an order is signed, besides the subject that it travels on. */
export const ORDER_CONTEXT = 'rollcall order 1'
