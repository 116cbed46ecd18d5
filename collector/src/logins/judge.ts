import type { LoginVerdict } from '@rollcall/contract/bus'
import type { LockPolicyRow, LoginAttemptRow, LoginCredentialRow } from '@rollcall/store'

/** A login that somebody wants to try, and all that is known about it. */
export interface LoginCase {
  readonly id: string
  readonly place: string
  readonly credential: LoginCredentialRow
  /** Of the account, by all its names. */
  readonly attempts: readonly LoginAttemptRow[]
  /** Of the password, wherever. */
  readonly ofCredential: readonly LoginAttemptRow[]
  /** What the directory was read to do. Undefined: nobody knows. */
  readonly policy: LockPolicyRow | undefined
  readonly now: number
}

export interface LoginJudgement {
  readonly verdict: LoginVerdict
  /** When the account may be tried again; null: when somebody clears it. */
  readonly until?: number | null
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A login that was begun and of which nothing was heard counts as a failure after so long: whoever tried it may be gone. */
const GIVEN_UP_MS = 60_000
/** Failures that no accepted login has wiped out, however old, before somebody has to say that there may be more. */
const MOST_UNRESOLVED = 2
/** A password that was accepted so often is proven. */
export const PROVEN = 11
const FIRST_FEW = 10

/**
 * Whether a password may be tried. An account fails at most once in 24 hours, or twice the time in which its directory counts if that is longer, over
 * all agents; more only where the directory was read to stand more. A password that nobody accepted yet is tried in one place, then in ten, then
 * everywhere.
 */
export const judgeLogin = (about: LoginCase): LoginJudgement => {
  const { id, place, credential, attempts, ofCredential, policy, now } = about
  if (credential.suspendedAt !== null) return { verdict: 'suspended' }
  if (ofCredential.some((one) => one.place === place && one.outcome === 'rejected'))
    return { verdict: 'rejected-before' }

  const others = attempts.filter((one) => one.id !== id)
  const window = windowMs(policy)
  const failures = others.filter((one) => isFailure(one, now)).map(({ at }) => Date.parse(at))
  const counted = failures.filter((at) => now - at < window)
  const budget = budgetOf(policy)
  if (counted.length >= budget)
    return { verdict: 'too-many', until: Number.isFinite(window) ? Math.min(...counted) + window : null }
  if (policy === undefined && failures.length >= MOST_UNRESOLVED) return { verdict: 'too-many', until: null }
  const underway = others.length - failures.length
  if (counted.length + underway >= budget) return { verdict: 'wait' }

  const tried = ofCredential.filter((one) => one.id !== id && one.outcome === null && !isFailure(one, now)).length
  if (tried >= (credential.accepted === 0 ? 1 : credential.accepted < PROVEN ? FIRST_FEW : Infinity))
    return { verdict: 'wait' }
  return { verdict: 'try' }
}

const isFailure = ({ outcome, at }: LoginAttemptRow, now: number) =>
  outcome !== null || now - Date.parse(at) >= GIVEN_UP_MS

/** How long a failure counts. Twice the time in which a directory counts, since it may have begun anywhere in it. */
export const windowMs = (policy: LockPolicyRow | undefined): number =>
  policy === undefined || policy.threshold === 0
    ? DAY
    : policy.windowSeconds === 0
      ? Infinity
      : Math.max(DAY, policy.windowSeconds * 2000)

/**
 * Failures that an account stands within the window. Where no policy was read, directories are taken to lock after three wrong passwords
 * within twelve hours, or more. Two are left to the people whose account it is.
 */
const budgetOf = (policy: LockPolicyRow | undefined): number =>
  policy === undefined
    ? 1
    : policy.threshold === 0
      ? MOST_BUDGET
      : Math.min(MOST_BUDGET, Math.max(1, policy.threshold - 2))

const MOST_BUDGET = 3

/** Rejections of one password within ten minutes after which it is not tried any more, wherever. */
const REJECTIONS = 3
const REJECTED_WITHIN_MS = 600_000

/** Whether a password was rejected so often of late that somebody has to look at it. */
export const isBroken = (ofCredential: readonly LoginAttemptRow[], now: number): boolean =>
  ofCredential.filter(({ outcome, at }) => outcome === 'rejected' && now - Date.parse(at) < REJECTED_WITHIN_MS)
    .length >= REJECTIONS
