import type { ReasonCode, Target } from '@rollcall/contract'
import { describeReason, formatTarget } from '@rollcall/contract/plain'

/** The reasons why a target cannot be read at all. */
export type ReachFailure = Extract<
  ReasonCode,
  | 'no-address'
  | 'out-of-scope'
  | 'refused'
  | 'unreachable'
  | 'timed-out'
  | 'connection-lost'
  | 'not-ssh'
  | 'host-key-changed'
  | 'host-key-unknown'
  | 'host-key-unverified'
  | 'no-credential'
  | 'login-rejected'
  | 'login-shell-failed'
  | 'login-not-repeated'
  | 'account-locked'
  | 'account-disabled'
  | 'account-expired'
  | 'password-expired'
  | 'must-change-password'
  | 'not-ldap'
  | 'certificate-untrusted'
  | 'certificate-changed'
  | 'certificate-name'
  | 'tls-required'
  | 'tls-failed'
  | 'busy'
  | 'not-permitted'
  | 'server-error'
  | 'cancelled'
>

/** What is added to the sentence of the code. `detail` is ours, never text that the target sent. */
export interface ReachErrorOptions extends ErrorOptions {
  readonly detail?: string
}

/** Why a target could not be read. `code` is for programs, `sentence` and `detail` for people, `cause` for whoever debugs. */
export class ReachError extends Error {
  override readonly name = 'ReachError'
  readonly code: ReachFailure
  readonly target: Target
  readonly sentence: string
  readonly detail: string | undefined

  constructor(code: ReachFailure, target: Target, { detail, ...options }: ReachErrorOptions = {}) {
    const sentence = describeReason(code)
    super(`${formatTarget(target)}: ${sentence}${detail === undefined ? '' : ` (${detail})`}`, options)
    this.code = code
    this.target = target
    this.sentence = sentence
    this.detail = detail
  }
}
