import { z } from 'zod'
import { MAX_REASONS } from './reason-sentences.ts'
import { path, text } from './text.ts'

/**
 * How a probe fared. Only `complete` may declare what it does not mention gone.
 *
 * - `complete`: everything it looks for was read, and that may be nothing: a host without sudo has no sudo rules.
 * - `partial`: some of it was read; the reasons name the rest.
 * - `truncated`: a limit of ours cut it off.
 * - `denied`: the scan account may not read it.
 * - `absent`: the host lacks the means to tell (the program or log that would say it), so nothing is concluded.
 * - `timed-out`, `failed`: it was not read.
 */
export const outcomeStatus = z.enum(['complete', 'partial', 'denied', 'absent', 'truncated', 'timed-out', 'failed'])
export type OutcomeStatus = z.output<typeof outcomeStatus>

/** Why something could not be looked at, as a code for programs. `describeReason` gives the sentence. */
export const reasonCode = z.enum([
  // Reading on the target
  'not-permitted',
  'no-such-file',
  'not-a-regular-file',
  'broken-link',
  'io-error',
  'tool-missing',
  'tool-failed',
  'too-large',
  'too-many',
  'too-deep',
  'timed-out',
  'unparsable',
  'unsupported',
  'unrecognised',
  'left-out',
  'no-earlier',
  'not-compared',
  'probe-fault',
  // Reaching the target
  'unknown-target',
  'no-address',
  'out-of-scope',
  'refused',
  'unreachable',
  'connection-lost',
  'not-ssh',
  'host-key-changed',
  'host-key-unknown',
  'host-key-unverified',
  'no-credential',
  'login-rejected',
  'login-shell-failed',
  'sudo-rejected',
  // Reaching and reading a directory
  'not-ldap',
  'certificate-untrusted',
  'certificate-changed',
  'certificate-name',
  'tls-required',
  'tls-failed',
  'account-locked',
  'account-disabled',
  'account-expired',
  'password-expired',
  'must-change-password',
  'login-not-repeated',
  'size-limit',
  'time-limit',
  'admin-limit',
  'busy',
  'referral',
  'no-such-entry',
  'attribute-denied',
  'attribute-unknown',
  'fewer-than-counted',
  'server-error',
  'full-look-needed',
  'not-over-ldap',
  // Of ours
  'order-refused',
  'no-agent',
  'outside-window',
  'scanner-ended',
  'many-missing',
  'seen-elsewhere',
  'cancelled',
  'interrupted',
])
export type ReasonCode = z.output<typeof reasonCode>

/** One reason, with the place it concerns and how often it occurred. `detail` never holds file content. */
export const reason = z.object({
  code: reasonCode,
  path: path.optional(),
  line: z.int().positive().optional(),
  detail: text(500).optional(),
  count: z.int().positive().optional(),
})
export type Reason = z.output<typeof reason>

export const outcome = z.object({ status: outcomeStatus, reasons: z.array(reason).max(MAX_REASONS) })
export type Outcome = z.output<typeof outcome>
