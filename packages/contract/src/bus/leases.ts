import { z } from 'zod'
import { scanCredentialKind } from '../scan-credential.ts'
import { targetId } from '../target-id.ts'
import { instant, text } from '../text.ts'
import { bytesText } from './fleet-names.ts'
import { message } from './message.ts'

/** Credentials that one target gets at most: what a host is offered is bounded as well. */
export const MOST_LEASES = 12

const asked = z.object({
  /** The run of the order that is carried out. */
  run: z.uuid(),
  /** Of this one look at the target. */
  attempt: z.uuid(),
  target: targetId,
})

/** Agent → collector: it is about to log in to a target of its order, and asks for what to do that with. */
export const leaseRequest = message('lease-request', 1, asked)
export type LeaseRequest = z.output<typeof asked>

/** Why nothing is lent. One sentence each: `describeLeaseRefusal`. */
export const leaseRefusal = z.enum(['other-run', 'other-target', 'vault-sealed', 'vault-away', 'suspended'])
export type LeaseRefusal = z.output<typeof leaseRefusal>

const sentences: Record<LeaseRefusal, string> = {
  'other-run': 'no run of this segment is going on under this id',
  'other-target': 'the target is not one that the run has yet to scan',
  'vault-sealed': 'the vault is sealed; "rollcall vault unseal" opens it',
  'vault-away': 'the process that keeps the vault does not answer',
  suspended: 'what there is for this target is suspended; "rollcall credential resume" takes that back',
}

/** A sentence for people. */
export const describeLeaseRefusal = (code: LeaseRefusal): string => sentences[code]

const lent = z.object({
  attempt: z.uuid(),
  leases: z
    .array(
      z.object({
        lease: z.uuid(),
        credential: z.uuid(),
        version: z.int().positive(),
        kind: scanCredentialKind,
        user: text(512),
        /** To the agent's sealing key, for `leaseWords`. */
        sealed: bytesText(400_000),
      }),
    )
    .max(MOST_LEASES),
  /** After this none of them may be used any more. */
  until: instant,
  refused: leaseRefusal.optional(),
  /** There is nothing for any target of this segment: it need not be asked for the rest of the run. */
  nothing: z.boolean().optional(),
})

/** Collector → agent: what it may log in with, each sealed by the vault's process, which alone could. */
export const leaseAnswer = message('lease-answer', 1, lent)
export type LeaseAnswer = z.output<typeof lent>

/** How a look fared that something was lent for. `rejected`: the target did not take it. `unused`: it was not offered. */
export const leaseOutcome = z.enum(['reached', 'rejected', 'unused', 'unknown'])
export type LeaseOutcome = z.output<typeof leaseOutcome>

const ended = asked.extend({ outcome: leaseOutcome })

/** Agent → collector: what was lent for this look is forgotten. */
export const leaseEnd = message('lease-end', 1, ended)
export type LeaseEnd = z.output<typeof ended>

const taken = z.object({ attempt: z.uuid() })

/** Collector → agent: that is written down. */
export const leaseEnded = message('lease-ended', 1, taken)
