import { z } from 'zod'
import { trustedKey, trustKind, trustName } from '../trust.ts'
import { reasonCode } from '../outcome.ts'
import { targetId } from '../target-id.ts'
import { instant, text } from '../text.ts'
import { message } from './message.ts'

/** At most this many keys travel in one message. */
export const MAX_TRUST = 500

export const seenKey = z.object({
  kind: trustKind,
  name: trustName,
  key: trustedKey,
  /**
   * How the agent has it: pinned when it first logged in there; asked for and not used yet; vouched for; or shown in place of the one it has, so
   * that nothing was sent there.
   */
  standing: z.enum(['first-use', 'collected', 'approved', 'changed', 'revoked']),
  at: instant,
  /** Of a changed one: those that the target would have had to show. */
  expected: z.array(trustedKey).max(16).optional(),
})
export type SeenKey = z.output<typeof seenKey>

const seen = z.object({
  agent: text(64),
  keys: z.array(seenKey).max(MAX_TRUST),
  /** The digest over all that the agent holds as vouched for (`trustDigestText`), told when it starts: where it differs, it is told anew. */
  vouched: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

/** What is digested, with SHA-256: a line for each key, in order. */
export const trustDigestText = (
  keys: readonly {
    readonly kind: string
    readonly name: string
    readonly fingerprint: string
    readonly revoked: boolean
  }[],
): string =>
  keys
    .map(
      ({ kind, name, fingerprint, revoked }) => `${kind} ${name} ${fingerprint} ${revoked ? 'revoked' : 'approved'}\n`,
    )
    .toSorted()
    .join('')

/** Agent → collector: by which keys and certificates it knows targets, and which show others. Once more is the same as once. */
export const trustSeen = message('trust-seen', 1, seen)
export type TrustSeen = z.output<typeof seen>

const collection = z.object({
  run: z.uuid(),
  at: instant,
  /** Counts up over the run; what is told later stands for what was told before. */
  asked: z.int().nonnegative(),
  fresh: z.int().nonnegative(),
  known: z.int().nonnegative(),
  changed: z.int().nonnegative(),
  /** Addresses of ranges where nothing listens. */
  silent: z.int().nonnegative(),
  failed: z
    .array(z.object({ code: reasonCode, count: z.int().positive(), examples: z.array(targetId).max(5) }))
    .max(64),
  over: z.boolean(),
})

/** Agent → collector: how asking hosts for their keys goes. The keys themselves travel as `trustSeen`. */
export const hostKeysProgress = message('host-keys-progress', 1, collection)
export type HostKeysProgress = z.output<typeof collection>

const decision = z.object({
  kind: trustKind,
  /** Where it was imported also a hashed name or a pattern. */
  name: trustName,
  /** `approve`: this key and no other of its kind; `revoke`: never this one; `forget`: as if the target had never been seen. */
  verdict: z.enum(['approve', 'revoke', 'forget']),
  /** Left out of `forget`. */
  key: trustedKey.optional(),
})
export type TrustDecision = z.output<typeof decision>

const decisions = z.object({ decisions: z.array(decision).min(1).max(MAX_TRUST) })

/** Collector → agents of a segment: what people decided about keys. Once more is the same as once. */
export const trustOrder = message('trust-order', 1, decisions)
export type TrustOrder = z.output<typeof decisions>
