import { z } from 'zod'
import { instant, text } from '../text.ts'
import { agentId, agentState, bytesText, publicKeyText, segmentName } from './fleet-names.ts'
import { message } from './message.ts'

/** Why somebody is not let in, or an agent is not answered. One sentence each: `describeFleetRefusal`. */
export const fleetRefusal = z.enum([
  'wrong-token',
  'used-token',
  'burnt-token',
  'expired-token',
  'revoked-token',
  'too-many-tries',
  'busy',
  'old-version',
  'clock-off',
  'malformed',
  'replaced-unknown',
  'wrong-collector',
  'wrong-scope',
  'waiting',
  'quarantined',
  'revoked',
  'unknown-agent',
])
export type FleetRefusal = z.output<typeof fleetRefusal>

const sentences: Record<FleetRefusal, string> = {
  'wrong-token': 'the join token is not one of this collector; make a new one with "rollcall token create"',
  'used-token':
    'the join token was used already; each lets one agent in, once. Make a new one with "rollcall token create"',
  'burnt-token':
    'the join token was used by two that have different keys, so neither is let in by it any more; find out who else has it, then make a new one',
  'expired-token': 'the join token has expired; make a new one with "rollcall token create"',
  'revoked-token': 'the join token was revoked; make a new one with "rollcall token create"',
  'too-many-tries':
    'the join token was tried too often and is worth nothing any more; make a new one with "rollcall token create"',
  busy: 'too many ask to be let in at this moment; try again in some seconds',
  'old-version': 'the agent is older than this collector can work with; install the version of the collector',
  'clock-off':
    'the clocks of agent and collector are more than an hour apart; set them right (NTP), or signatures and expiry mean nothing',
  malformed: 'what was sent cannot be read; agent and collector may be of versions that do not fit',
  'replaced-unknown': 'the agent that the token replaces is not known any more; make a new token without --replaces',
  'wrong-collector':
    'who answers is not the collector that made the token: its keys are others. Somebody may stand in between, or the collector was set up anew',
  'wrong-scope': 'the agent asks for what it is not let in for; its segment is fixed by the token',
  waiting:
    'somebody has to approve the agent first: compare the fingerprint on both sides, then "rollcall agents approve"',
  quarantined:
    'two copies of the agent were seen, so neither is believed; remove the copy, then let the agent in again with a token made with --replaces',
  revoked: 'the agent was revoked; it has to be let in again with a new token',
  'unknown-agent': 'the collector does not know this agent; let it in with a new token',
}

/** A sentence that a person can act on; the same on both sides. */
export const describeFleetRefusal = (code: FleetRefusal): string => sentences[code]

const request = z.discriminatedUnion('step', [
  /** Which keys are those that the token names? */
  z.object({ step: z.literal('keys'), version: text(64) }),
  /** `joining` sealed to the enrolment key, for the token. */
  z.object({ step: z.literal('join'), version: text(64), at: instant, sealed: bytesText(16_000) }),
])

/** Somebody with a join token → collector. Nothing of it is signed by an agent's key, since there is no agent yet. */
export const enrolRequest = message('enrol-request', 1, request)
export type EnrolRequest = z.output<typeof request>

const answer = z.discriminatedUnion('step', [
  z.object({ step: z.literal('keys'), enrolmentKey: publicKeyText, rootKey: publicKeyText }),
  /** `admission` sealed to the key that the new agent showed. */
  z.object({ step: z.literal('joined'), sealed: bytesText(100_000) }),
  z.object({ step: z.literal('refused'), code: fleetRefusal }),
])
export const enrolAnswer = message('enrol-answer', 1, answer)
export type EnrolAnswer = z.output<typeof answer>

/** What an agent says of itself, for people only: nothing hangs on it. */
const about = z.object({ name: text(64), hostname: text(253), version: text(64), platform: text(64) })

/** The three public keys of an agent. */
export const agentKeys = z.object({
  /** By which the broker knows it. */
  transport: text(128),
  signing: publicKeyText,
  sealing: publicKeyText,
})
export type AgentKeys = z.output<typeof agentKeys>

/** Inside an `enrol-request`: who knows the secret of the token, with which keys. */
export const joining = z.object({
  token: text(64),
  secret: bytesText(64),
  keys: agentKeys,
  about,
  /** Ed25519 by the signing key over the rest of it: whoever joins has that key, and has not copied it from somebody. */
  proof: bytesText(100),
})
export type Joining = z.output<typeof joining>

/** Inside an `enrol-answer`: what makes somebody an agent. */
export const admission = z.object({
  agent: agentId,
  name: text(64),
  segment: segmentName,
  state: agentState,
  generation: z.int().positive(),
  /** What the broker lets it do, signed by who may say so; empty where there is no broker. */
  permit: text(16_000),
  permitUntil: instant,
  rootKey: publicKeyText,
  /** The policy, signed by the root key. */
  policy: bytesText(60_000),
  /** HMAC-SHA-256 of the token's secret over the rest of it: whoever answers knew the secret, as only the collector could. */
  proof: bytesText(64),
  at: instant,
})
export type Admission = z.output<typeof admission>

const renewal = z.object({
  /** The generation that it has now. */
  generation: z.int().positive(),
  /** Random, the same whenever it asks again for the same renewal: so that a lost answer and a copy can be told apart. */
  nonce: bytesText(64),
  /** The transport key from now on. */
  transport: text(128),
  version: text(64),
  at: instant,
})

/** Agent → collector: let me go on. */
export const renewRequest = message('renew-request', 1, renewal)
export type RenewRequest = z.output<typeof renewal>

const renewed = z.object({
  /** Of the question. */
  nonce: bytesText(64),
  generation: z.int().positive(),
  permit: text(16_000),
  permitUntil: instant,
  at: instant,
})
export const renewAnswer = message('renew-answer', 1, renewed)
export type RenewAnswer = z.output<typeof renewed>

const refused = z.object({ code: fleetRefusal, at: instant })

/** Collector → agent, in place of any answer: why there is none. */
export const requestRefused = message('request-refused', 1, refused)
export type RequestRefused = z.output<typeof refused>
