import type { DirectoryTarget } from '@rollcall/contract'
import { BindRequest } from 'ldapts'
import { Buffer } from 'node:buffer'
import { ReachError, type ReachFailure } from '../reach-error.ts'
import { BerCursor, Malformed, TAG } from './ber.ts'
import type { Conversation } from './conversation.ts'
import type { DirectoryLogin } from './directory-login.ts'
import { RawControl, type LdapResult } from './message.ts'

/** What came of a login: nothing said against it, or why it is none. */
export type BindOutcome =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly code: ReachFailure; readonly detail?: string }

/** Asks why a password is not taken (draft-behera-ldap-password-policy, 6.1). */
const PASSWORD_POLICY = '1.3.6.1.4.1.42.2.27.8.5.1'
/** What 389-DS answers with where a password has expired. */
const NETSCAPE_EXPIRED = '2.16.840.1.113730.3.4.4'

/** Logs in, once. Throws `ReachError` where there was no answer. */
export const bind = async (
  conversation: Conversation,
  target: DirectoryTarget,
  login: DirectoryLogin,
): Promise<BindOutcome> => {
  conversation.ask(request(login))
  for (;;) {
    const answers = await conversation.answers()
    if ('code' in answers) throw new ReachError(lost(answers.code), target)
    if (answers.result !== undefined) return outcome(answers.result)
  }
}

const request = (login: DirectoryLogin): BindRequest => {
  const controls = [new RawControl({ oid: PASSWORD_POLICY })]
  switch (login.kind) {
    case 'simple':
      return new BindRequest({ messageId: 0, dn: login.name, password: login.password.reveal(), controls })
    case 'external':
      return new BindRequest({ messageId: 0, mechanism: 'EXTERNAL' })
    case 'anonymous':
      return new BindRequest({ messageId: 0 })
  }
}

const outcome = (result: LdapResult): BindOutcome => {
  const { code, message, controls } = result
  const policy = policyError(controls)
  if (code === 0) {
    // It is logged in, but may do nothing except change its password.
    const must = policy === 2 || controls.has(NETSCAPE_EXPIRED)
    return must ? { accepted: false, code: 'must-change-password' } : { accepted: true }
  }
  if (code === 51 || code === 52) return { accepted: false, code: 'busy' }
  if (code === 13) return { accepted: false, code: 'tls-required', detail: 'it wants a stronger encryption' }
  if (code === 8 || code === 7 || code === 14)
    return { accepted: false, code: 'not-permitted', detail: 'it does not take this kind of login' }
  if (policy !== undefined && POLICY_ERRORS[policy] !== undefined)
    return { accepted: false, code: POLICY_ERRORS[policy] }
  if (controls.has(NETSCAPE_EXPIRED)) return { accepted: false, code: 'password-expired' }
  // 389-DS: the account was tried too often, or is inactive.
  if (code === 19) return { accepted: false, code: 'account-locked' }
  if (code === 53 && /inactivated/i.test(message)) return { accepted: false, code: 'account-disabled' }
  if (code === 49) return { accepted: false, ...windowsReason(message) }
  if (REJECTIONS.has(code)) return { accepted: false, code: 'login-rejected' }
  return { accepted: false, code: 'server-error', detail: `result ${code}` }
}

/** Inappropriate authentication, insufficient access, no such object, invalid DN, unwilling to perform. */
const REJECTIONS: ReadonlySet<number> = new Set([48, 50, 32, 34, 53])

const POLICY_ERRORS: Readonly<Record<number, ReachFailure>> = {
  0: 'password-expired',
  1: 'account-locked',
  2: 'must-change-password',
}

/** Active Directory says in its message why a login was not accepted, as the number of a Windows error in hexadecimal. */
const windowsReason = (message: string): { readonly code: ReachFailure; readonly detail?: string } => {
  const [, number = ''] = /^80090308:.{0,80}?\bdata ([0-9a-f]{1,8})\b/i.exec(message) ?? []
  return WINDOWS[number.toLowerCase()] ?? { code: 'login-rejected' }
}

const WINDOWS: Readonly<Record<string, { readonly code: ReachFailure; readonly detail?: string }>> = {
  '525': { code: 'login-rejected', detail: 'there is no such account' },
  '52e': { code: 'login-rejected' },
  '530': { code: 'account-expired', detail: 'it may not log in at this time' },
  '531': { code: 'account-expired', detail: 'it may not log in from here' },
  '532': { code: 'password-expired' },
  '533': { code: 'account-disabled' },
  '701': { code: 'account-expired' },
  '773': { code: 'must-change-password' },
  '775': { code: 'account-locked' },
}

/** The error of a password policy answer; undefined where it tells none. */
const policyError = (controls: ReadonlyMap<string, Uint8Array>): number | undefined => {
  const value = controls.get(PASSWORD_POLICY)
  if (value === undefined || value.length === 0) return undefined
  try {
    const answer = new BerCursor(Buffer.from(value)).inside(TAG.sequence)
    if (answer.tag === 0xa0) answer.skip()
    return answer.tag === 0x81 ? answer.integer(0x81) : undefined
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    // What cannot be read explains nothing; the result code still does.
    return undefined
  }
}

const lost = (code: string): ReachFailure =>
  code === 'timed-out' || code === 'cancelled' || code === 'busy' || code === 'not-ldap' ? code : 'connection-lost'
