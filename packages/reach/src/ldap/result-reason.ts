import type { Reason } from '@rollcall/contract'
import type { LdapResult } from './message.ts'

/** Result codes (RFC 4511 appendix A) that say something of their own. */
const CODES: Readonly<Record<number, Reason['code']>> = {
  3: 'time-limit',
  4: 'size-limit',
  10: 'referral',
  11: 'admin-limit',
  12: 'unsupported',
  13: 'tls-required',
  32: 'no-such-entry',
  48: 'not-permitted',
  50: 'not-permitted',
  51: 'busy',
  52: 'busy',
  // RFC 4533: what was remembered is too old.
  4096: 'full-look-needed',
  118: 'cancelled',
}

/** Why a search that ended so is not whole; undefined where it is. Nothing that the server wrote is told. */
export const searchReason = ({ code, message }: LdapResult): Reason | undefined => {
  if (code === 0) return undefined
  const known = CODES[code]
  if (known !== undefined) return { code: known }
  // Active Directory to somebody who did not log in; OpenLDAP with `require authc`.
  if ((code === 1 && /^000004DC/i.test(message)) || code === 8)
    return { code: 'not-permitted', detail: 'it wants a login, or a stronger one' }
  return { code: 'server-error', detail: `result ${code}${NAMES[code] === undefined ? '' : ` (${NAMES[code]})`}` }
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'operations error',
  2: 'protocol error',
  16: 'no such attribute',
  17: 'undefined attribute type',
  18: 'inappropriate matching',
  21: 'invalid attribute syntax',
  34: 'invalid DN',
  36: 'alias dereferencing problem',
  53: 'unwilling to perform',
  54: 'loop detected',
  71: 'affects multiple servers',
  80: 'other',
}
