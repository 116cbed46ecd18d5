import { z } from 'zod'
import { instant, text } from '../text.ts'
import { message } from './message.ts'

/**
 * How a login with a password ended. `rejected`: for this password. `refused`: for something else, such as a locked account; it counts.
 * `unanswered`: it may have counted. `withdraws`: nothing was sent.
 */
export const loginOutcome = z.enum(['accepted', 'rejected', 'refused', 'unanswered', 'withdraws'])
export type LoginOutcome = z.output<typeof loginOutcome>

const attemptId = z.uuid()

/** A password of an account, as the agent that has it names it: a digest under a key that never leaves that agent, or the id of what was lent to it. */
const credential = z.string().regex(/^[\w-]{16,64}$/)

const ended = z.object({ id: attemptId, at: instant, place: text(300), credential, outcome: loginOutcome })

const attempt = z.object({
  id: attemptId,
  /** The account's name as it logs in, for people. */
  account: text(512),
  /** By which names the account is the same for all agents. */
  accounts: z.array(text(600)).min(1).max(4),
  /** Of a directory, of hosts that may share one, or of one host alone. */
  of: z.enum(['directory', 'hosts', 'host']),
  credential,
  place: text(300),
  /** Earlier logins of the account: whoever answers may not have heard how they ended, or that they were made. */
  before: z.array(ended).max(16),
})

/** Agent → collector, before a password is sent to a target. Asked again with the same id, it is the same login. */
export const loginAttempt = message('login-attempt', 1, attempt)
export type LoginAttemptAsked = z.output<typeof attempt>

/** Why a password is not to be tried. `suspended`: until somebody clears it. */
export const loginVerdict = z.enum(['try', 'wait', 'rejected-before', 'too-many', 'suspended'])
export type LoginVerdict = z.output<typeof loginVerdict>

const answer = z.object({
  id: attemptId,
  verdict: loginVerdict,
  /** No other agent uses the account: until then, one login that it accepted before may be tried without asking. */
  aloneUntil: instant.optional(),
  /** When it may be tried again. */
  until: instant.optional(),
})

export const loginAttemptAnswer = message('login-attempt-answer', 1, answer)
export type LoginAttemptAnswer = z.output<typeof answer>

const result = z.object({
  id: attemptId,
  outcome: loginOutcome,
  /** What the directory says of locking, where a look at it told. */
  lock: z.object({ threshold: z.int().nonnegative(), windowSeconds: z.int().nonnegative() }).optional(),
})

/** Agent → collector: how a login ended. */
export const loginResult = message('login-result', 1, result)
export type LoginResult = z.output<typeof result>

/** Collector → agent: it is written down. */
export const loginResultAnswer = message('login-result-answer', 1, z.object({ id: attemptId }))
