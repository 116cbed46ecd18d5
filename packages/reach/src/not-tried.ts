import type { Target } from '@rollcall/contract'
import { describeLoginRefusal, type LoginRefusal } from './ldap/login-ledger.ts'
import { ReachError } from './reach-error.ts'

/** A login that was kept back so that no account is locked. */
export const notTried = (target: Target, refusal: LoginRefusal): ReachError => {
  const detail = describeLoginRefusal(refusal)
  return new ReachError('login-not-repeated', target, detail === undefined ? {} : { detail })
}
