import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import type { Account, PolicyState } from './accounts.ts'
import { clippedDn } from './dn.ts'
import { clipped, weaknessOf, type Subject } from './subject.ts'
import { later } from './times.ts'

/**
 * A policy of passwords, whatever the server calls it: slapo-ppolicy(5), the password policies of 389-DS, those of Kerberos in FreeIPA.
 * Absent: the policy does not say.
 */
export interface PasswordPolicy {
  readonly subject: Subject
  readonly kind: 'ppolicy' | '389' | 'kerberos'
  /** Seconds; 0: passwords do not expire. */
  readonly maxAge?: number | undefined
  readonly minLength?: number | undefined
  /** Whether the length is looked at. */
  readonly checked?: boolean | undefined
  readonly history?: number | undefined
  readonly lockout?: boolean | undefined
  readonly maxFailure?: number | undefined
  /** Seconds; 0: until an administrator unlocks. */
  readonly lockoutDuration?: number | undefined
  readonly mustChange?: boolean | undefined
  /** Attributes as they were read, for settings. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

const PPOLICY =
  'pwdminage pwdmaxage pwdinhistory pwdcheckquality pwdminlength pwdmaxlength pwdexpirewarning pwdgraceauthnlimit pwdlockout ' +
  'pwdlockoutduration pwdmaxfailure pwdfailurecountinterval pwdmustchange pwdallowuserchange pwdsafemodify pwdmaxidle ' +
  'pwdmindelay pwdmaxdelay pwdusecheckmodule pwdcheckmodule'
const OF_389 =
  'passwordexp passwordmaxage passwordminage passwordminlength passwordchecksyntax passwordlockout passwordmaxfailure ' +
  'passwordlockoutduration passwordunlock passwordhistory passwordinhistory passwordmustchange passwordchange passwordwarning ' +
  'passwordgracelimit passwordstoragescheme passwordmincategories passwordmindigits passwordminuppers passwordminlowers ' +
  'passwordminspecials passworddictcheck passwordbadwords passwordresetfailurecount passwordadmindn passwordtrackupdatetime'
const KERBEROS =
  'krbmaxpwdlife krbminpwdlife krbpwdmindiffchars krbpwdminlength krbpwdhistorylength krbpwdmaxfailure krbpwdfailurecountinterval ' +
  'krbpwdlockoutduration ipapwdmaxrepeat ipapwdmaxsequence ipapwddictcheck ipapwdusercheck'

export const POLICY_ATTRIBUTES: readonly string[] = [
  ...new Set(`objectclass cn cospriority ${PPOLICY} ${OF_389} ${KERBEROS}`.split(' ')),
]
/** Without those of slapo-ppolicy: 389-DS answers to their names too, with values of its own. */
export const POLICY_ATTRIBUTES_389: readonly string[] = [
  ...new Set(`objectclass cn cospriority ${OF_389} ${KERBEROS}`.split(' ')),
]
export const POLICY_FILTER =
  '(|(objectClass=pwdPolicy)(objectClass=passwordPolicy)(objectClass=krbPwdPolicy)(objectClass=ipaPwdPolicy))'

type Attributes = Pick<DirectoryEntry, 'text'>

/** Reads a policy of the kind that its attributes tell. Undefined where it has none of them. */
export const readPolicy = (entry: Attributes, subject: Subject): PasswordPolicy | undefined => {
  for (const [kind, names] of KINDS) {
    const settings = names.flatMap((name) => {
      const value = entry.text(name)
      return value === undefined || value === '' ? [] : [[name, clipped(value, 512)] as const]
    })
    if (settings.length > 0) return { subject, kind, settings, ...READ[kind](entry) }
  }
  return undefined
}

const KINDS = [
  ['ppolicy', PPOLICY.split(' ')],
  ['kerberos', KERBEROS.split(' ')],
  ['389', OF_389.split(' ')],
] as const

type Read = Omit<PasswordPolicy, 'subject' | 'kind' | 'settings'>

const READ: Readonly<Record<PasswordPolicy['kind'], (entry: Attributes) => Read>> = {
  ppolicy: (entry) => ({
    maxAge: numeric(entry.text('pwdmaxage')) ?? 0,
    minLength: numeric(entry.text('pwdminlength')),
    checked: (numeric(entry.text('pwdcheckquality')) ?? 0) > 0,
    history: numeric(entry.text('pwdinhistory')),
    lockout: isTrue(entry.text('pwdlockout')) ?? false,
    maxFailure: numeric(entry.text('pwdmaxfailure')),
    lockoutDuration: numeric(entry.text('pwdlockoutduration')) ?? 0,
    mustChange: isTrue(entry.text('pwdmustchange')) ?? false,
  }),
  kerberos: (entry) => ({
    maxAge: numeric(entry.text('krbmaxpwdlife')),
    minLength: numeric(entry.text('krbpwdminlength')),
    checked: true,
    history: numeric(entry.text('krbpwdhistorylength')),
    lockout: (numeric(entry.text('krbpwdmaxfailure')) ?? 0) > 0,
    maxFailure: numeric(entry.text('krbpwdmaxfailure')),
    lockoutDuration: numeric(entry.text('krbpwdlockoutduration')),
  }),
  '389': (entry) => ({
    maxAge: isTrue(entry.text('passwordexp')) === true ? numeric(entry.text('passwordmaxage')) : 0,
    minLength: numeric(entry.text('passwordminlength')),
    checked: isTrue(entry.text('passwordchecksyntax')) ?? false,
    history: isTrue(entry.text('passwordhistory')) === true ? numeric(entry.text('passwordinhistory')) : 0,
    lockout: isTrue(entry.text('passwordlockout')) ?? false,
    maxFailure: numeric(entry.text('passwordmaxfailure')),
    lockoutDuration:
      isTrue(entry.text('passwordunlock')) === false ? 0 : numeric(entry.text('passwordlockoutduration')),
    mustChange: isTrue(entry.text('passwordmustchange')) ?? false,
  }),
}

const numeric = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

const isTrue = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : /^(?:true|on|1|yes)$/i.test(text)

/** The shortest length that is advised (NIST SP 800-63B asks for 8 at least). */
const SHORTEST = 8

/** The settings of a policy, and what is weak about it. */
export const policyFindings = ({ subject, settings, ...policy }: PasswordPolicy): Finding[] => {
  const findings: Finding[] = settings.map(([name, value]): FindingOf<'setting'> => ({
    kind: 'setting',
    subject: 'password-policy',
    object: subject.object,
    name,
    values: [value],
    place: { path: clippedDn(subject.dn) },
  }))
  const { minLength = 0, checked, lockout, maxFailure = 0 } = policy
  const weak = [
    ...(checked === false ? ['its length and quality are not looked at'] : []),
    ...(checked !== false && minLength < SHORTEST ? [`shortest length ${minLength}`] : []),
  ]
  if (weak.length > 0) findings.push(weaknessOf(subject, 'password-policy-weak', 'medium', ...weak))
  if (lockout !== true || maxFailure === 0)
    findings.push(
      weaknessOf(subject, 'lockout-off', 'medium', lockout === true ? 'no number of failures' : 'lockout is off'),
    )
  return findings
}

/** What a policy makes of an account's state. `readable`: its absence says something. */
export const applyPolicy = (
  account: Account,
  state: PolicyState,
  policy: PasswordPolicy | undefined,
  now: string,
  readable: (attribute: string) => boolean,
): void => {
  const { states } = account
  if (policy !== undefined) account.passwordPolicy = clipped(policy.subject.dn, 512)
  else if (state.entry !== undefined) account.passwordPolicy = clipped(state.entry, 512)
  if (state.changed !== undefined) account.passwordChanged = state.changed
  if (state.lockedAt !== undefined && isLocked(state.lockedAt, policy, now)) states.push('locked')
  // 389-DS writes the beginning of 1970 where only an administrator unlocks.
  else if (state.lockedUntil !== undefined && (state.lockedUntil > now || state.lockedUntil === EPOCH))
    states.push('locked')
  if (state.reset === true && policy?.mustChange !== false) states.push('must-change-password')
  if (account.passwordExpires === EPOCH) {
    states.push('must-change-password')
    delete account.passwordExpires
  } else if (account.passwordExpires !== undefined) {
    if (account.passwordExpires <= now) states.push('password-expired')
    return
  }
  if (policy?.maxAge === undefined) return
  if (policy.maxAge === 0) {
    states.push('password-never-expires')
    return
  }
  if (policy.kind !== 'ppolicy') return
  if (state.changed === undefined) {
    // Without this time no age is computed (slapo-ppolicy(5)).
    if (readable('pwdchangedtime') && account.passwordScheme !== undefined) states.push('password-never-expires')
    return
  }
  const expires = later(state.changed, policy.maxAge)
  if (expires === undefined) return
  account.passwordExpires = expires
  if (expires <= now) states.push('password-expired')
}

const EPOCH = '1970-01-01T00:00:00Z'

/** slapo-ppolicy(5): a lock counts only under a policy that locks, and ends by its duration. */
const isLocked = (lockedAt: string, policy: PasswordPolicy | undefined, now: string): boolean => {
  if (policy?.lockout === false) return false
  if (lockedAt === 'forever' || policy === undefined || (policy.lockoutDuration ?? 0) === 0) return true
  const until = later(lockedAt, policy.lockoutDuration!)
  return until === undefined || until > now
}
