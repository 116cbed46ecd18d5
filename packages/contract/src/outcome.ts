import { z } from 'zod'
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

/** At most this many reasons travel with an outcome; the last one then counts the rest. */
export const MAX_REASONS = 50

export const outcome = z.object({ status: outcomeStatus, reasons: z.array(reason).max(MAX_REASONS) })
export type Outcome = z.output<typeof outcome>

const sentences: Record<ReasonCode, string> = {
  'not-permitted': 'the scan account may not read it; scan as root or allow sudo',
  'no-such-file': 'there is no such file',
  'not-a-regular-file': 'it is not a regular file, so it was not opened',
  'broken-link': 'the symbolic link leads nowhere or in a circle',
  'io-error': 'the host could not read it; check its disk and mounts',
  'tool-missing': 'the program that tells this is not installed on the host',
  'tool-failed': 'the program that tells this ended with an error',
  'too-large': 'it is larger than the limit; the rest was not read',
  'too-many': 'there are more than the limit; the rest was not read',
  'too-deep': 'it is nested deeper than the limit',
  'timed-out': 'the host did not answer in time',
  unparsable: 'it does not follow its format',
  unsupported: 'nothing is concluded from it',
  unrecognised: 'no distribution is known to ship it so, and what it lets its callers do is not known',
  'left-out': 'it is not searched, so that the search stays short and local; what lies there is not known',
  'no-earlier': 'what tells of it reaches back no further, so nothing is known of earlier times',
  'not-compared': 'no common password was compared with it, or not all were; whether it is easily guessed is not known',
  'probe-fault': 'the probe itself failed; please report this',
  'unknown-target': 'this is not a host, range, directory or file that can be scanned',
  'no-address': 'its name does not resolve to an address; check the name and DNS',
  refused: 'nothing listens on that port; check that sshd runs and the port is right',
  unreachable: 'the network has no route to it or a firewall drops the packets',
  'connection-lost': 'the connection broke before the scan was done; scan again',
  'not-ssh': 'what answers there does not speak SSH',
  'host-key-changed':
    'its host key is not the pinned one; nothing was offered to it. Compare the keys, then approve the new one',
  'host-key-unknown': 'its host key is not known and the policy is strict; import or approve it first',
  'host-key-unverified': 'a password is never sent to a host whose key is not verified; pin its key or use a key login',
  'no-credential': 'no login is configured for it',
  'login-rejected': 'it rejected the login; check the user and the credential',
  'login-shell-failed': 'the login shell of the scan account does not run commands',
  'sudo-rejected': 'sudo did not allow the scan account; only what it may read itself was read',
  cancelled: 'the scan was cancelled',
  interrupted: 'the scan was interrupted by a restart',
}

/** A sentence that a person can act on. */
export const describeReason = (code: ReasonCode): string => sentences[code]
