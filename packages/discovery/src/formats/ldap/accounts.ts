import type { FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import type { KeyedDigest } from '../../probe.ts'
import { isInteractiveShell } from '../accounts/login-shell.ts'
import { SECRET_ATTRIBUTES } from './attribute-secrets.ts'
import { clippedDn } from './dn.ts'
import { clipped, LONGEST_NAME, nameOf } from './subject.ts'
import { instantOf, instantOfDay } from './times.ts'
import { worstUserPassword, type UserPassword } from './user-password.ts'

export type Account = FindingOf<'directory-account'>

/** What an entry says of its account, before any policy is applied to it. */
export interface AccountEntry {
  readonly account: Account
  readonly uid: string | undefined
  /** How its password is kept, where a value came. */
  readonly password: UserPassword | undefined
  /** `sshPublicKey` and the like that came, lower case. */
  readonly keyAttributes: readonly string[]
  /** Text attributes that came in which a password may stand. */
  readonly textAttributes: readonly string[]
  /** Operational attributes of password policies, as they came. */
  readonly policy: PolicyState
  readonly classes: number
  /** It has rules about acting as others. */
  readonly proxies: boolean
}

/** Operational attributes of draft-behera-ldap-password-policy and slapo-ppolicy(5). */
export interface PolicyState {
  changed?: string | undefined
  /** `forever`: until an administrator unlocks it. */
  lockedAt?: string | undefined
  lockedUntil?: string | undefined
  reset?: boolean
  entry?: string | undefined
  graceUsed?: number
  failures?: number
}

/** What an entry's classes say, as bits. */
export const CLASS = {
  person: 1,
  posix: 2,
  simpleSecurity: 4,
  account: 8,
  computer: 16,
  kerberos: 32,
  service: 64,
  shadow: 128,
  keys: 256,
} as const

const CLASSES: ReadonlyMap<string, number> = new Map([
  ...['person', 'organizationalperson', 'inetorgperson', 'inetuser', 'ipauser', 'residentialperson', 'nsperson'].map(
    (name) => [name, CLASS.person] as const,
  ),
  ...['posixaccount', 'nsaccount', 'ntuser', 'sambasamaccount'].map((name) => [name, CLASS.posix] as const),
  ['simplesecurityobject', CLASS.simpleSecurity],
  ['account', CLASS.account],
  ...['ipahost', 'device', 'iphost', 'computer', 'nshost'].map((name) => [name, CLASS.computer] as const),
  ...['krbprincipal', 'krbprincipalaux', 'krb5principal', 'krb5kdcentry'].map(
    (name) => [name, CLASS.kerberos] as const,
  ),
  ...['ipaservice', 'krbservice', 'applicationprocess'].map((name) => [name, CLASS.service] as const),
  ['shadowaccount', CLASS.shadow],
  ...['ldappublickey', 'ipasshuser', 'ipasshhost', 'nsmemberof'].map((name) => [name, CLASS.keys] as const),
])

const classBit = (written: string): number => {
  const known = CLASS_BITS.get(written)
  if (known !== undefined) return known
  const bit = CLASSES.get(written.toLowerCase()) ?? 0
  if (CLASS_BITS.size < 1000) CLASS_BITS.set(written, bit)
  return bit
}
const CLASS_BITS = new Map<string, number>()

/** The classes by which accounts are looked for (RFC 4519, RFC 2307, RFC 2798 and what servers add). */
export const ACCOUNT_CLASSES: readonly string[] =
  'posixAccount inetOrgPerson account person simpleSecurityObject krbPrincipalAux krbPrincipal shadowAccount ldapPublicKey'.split(
    ' ',
  )

/** Codes of attributes, so that an entry is read in one pass over what it has. */
const CODES = {
  objectclass: 1,
  uid: 2,
  uidnumber: 3,
  gidnumber: 4,
  homedirectory: 5,
  loginshell: 6,
  userpassword: 7,
  displayname: 8,
  cn: 9,
  mail: 10,
  employeenumber: 11,
  employeeid: 11,
  departmentnumber: 12,
  department: 12,
  o: 13,
  company: 13,
  title: 14,
  manager: 15,
  owner: 16,
  managedby: 16,
  createtimestamp: 17,
  shadowlastchange: 18,
  shadowexpire: 19,
  krbprincipalname: 20,
  krbcanonicalname: 20,
  krbprincipalalias: 20,
  krblastpwdchange: 21,
  krbpasswordexpiration: 22,
  passwordexpirationtime: 22,
  krbprincipalexpiration: 23,
  krblastsuccessfulauth: 24,
  lastlogintime: 24,
  pwdlastsuccess: 24,
  authtimestamp: 24,
  nsaccountlock: 25,
  pwdchangedtime: 26,
  pwdaccountlockedtime: 27,
  pwdreset: 28,
  pwdpolicysubentry: 29,
  passwordpolicysubentry: 29,
  krbpwdpolicyreference: 29,
  pwdfailuretime: 30,
  pwdgraceusetime: 31,
  pwdaccounttmplockoutend: 32,
  accountunlocktime: 32,
  pwdendtime: 23,
  sshpublickey: 33,
  ipasshpubkey: 33,
  krballowedtodelegateto: 34,
  krbticketflags: 35,
  ipauniqueid: 36,
  entryuuid: 37,
  nsuniqueid: 38,
  gecos: 39,
  description: 40,
  pwdupdatetime: 41,
  fqdn: 42,
  serverhostname: 42,
  nsosversion: 43,
  logindisabled: 25,
  ipauserauthtype: 44,
  ipantsecurityidentifier: 45,
  authzto: 46,
  authzfrom: 46,
} as const

/** Added where a password may stand in the text. */
const TEXT = 64
const CODE_OF: ReadonlyMap<string, number> = new Map([
  ...SECRET_ATTRIBUTES.map((name) => [name, TEXT] as const),
  ...Object.entries(CODES).map(([name, code]) => [name, code + (SECRET_ATTRIBUTES.includes(name) ? TEXT : 0)] as const),
])

/** What is asked for of accounts, lower case. */
export const ACCOUNT_ATTRIBUTES: readonly string[] = [...new Set([...Object.keys(CODES), ...SECRET_ATTRIBUTES])]

export interface AccountTools {
  readonly keyedDigest: KeyedDigest
  /** The attribute that names an entry for good. */
  readonly ids: string
  readonly now: string
}

const NO_NAMES: readonly string[] = []

/**
 * Reads one account in one pass over the attributes that came: this is done for each of a hundred thousand. What a policy makes of it is
 * added by `formats/ldap/password-policy.ts`.
 */
export const readAccount = (entry: DirectoryEntry, { keyedDigest, ids, now }: AccountTools): AccountEntry => {
  const { names, dn } = entry
  const states: Account['states'] = []
  const account: Account = {
    kind: 'directory-account',
    object: '',
    name: '',
    type: 'user',
    states,
    place: { path: clippedDn(dn) },
  }
  const policy: PolicyState = {}
  let classes = 0
  let proxies = false
  let uid: string | undefined
  let password: UserPassword | undefined
  let cn: string | undefined
  let gecos: string | undefined
  let keyAttributes: string[] | undefined
  let textAttributes: string[] | undefined
  let posix: NonNullable<Account['posix']> | undefined
  let person: NonNullable<Account['person']> | undefined
  let computer: NonNullable<Account['computer']> | undefined
  let principals: string[] | undefined
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!
    const code = CODE_OF.get(name)
    if (code === undefined) continue
    if (code >= TEXT) (textAttributes ??= []).push(name)
    switch (code & (TEXT - 1)) {
      case 1:
        for (const one of entry.texts(name)) classes |= classBit(one)
        break
      case 2:
        uid = entry.text(name)
        break
      case 3:
        ;(posix ??= {}).uid = numberOf(entry.text(name))
        break
      case 4: {
        const gid = numberOf(entry.text(name))
        ;(posix ??= {}).gid = gid
        if (gid !== undefined) account.primaryGroup = gid
        break
      }
      case 5:
        ;(posix ??= {}).home = bounded(entry.text(name), 4096)
        break
      case 6:
        ;(posix ??= {}).shell = bounded(entry.text(name), 4096)
        break
      case 7:
        password = worstUserPassword(entry.values(name), keyedDigest)
        break
      case 8:
        account.displayName = bounded(entry.text(name), 256)
        break
      case 9:
        cn = entry.text(name)
        break
      case 10:
        ;(person ??= {}).mail = bounded(entry.text(name), 320)
        break
      case 11:
        ;(person ??= {}).employeeId = bounded(entry.text(name), 128)
        break
      case 12:
        ;(person ??= {}).department = bounded(entry.text(name), 256)
        break
      case 13:
        ;(person ??= {}).company = bounded(entry.text(name), 256)
        break
      case 14:
        ;(person ??= {}).title = bounded(entry.text(name), 256)
        break
      case 15:
        ;(person ??= {}).manager = bounded(entry.text(name), 2048)
        break
      case 16:
        ;(person ??= {}).owner = bounded(entry.text(name), 2048)
        break
      case 17:
        account.created = instantOf(entry.text(name))
        break
      case 18: {
        const text = entry.text(name)
        if (text === '0') states.push('must-change-password')
        else account.passwordChanged ??= instantOfDay(text)
        break
      }
      case 19:
        account.expires ??= expiryOfDay(entry.text(name))
        break
      case 20:
        for (const one of entry.texts(name))
          if ((principals ??= []).length < 64 && !principals.includes(one)) principals.push(clipped(one, 512))
        break
      case 21:
        account.passwordChanged = instantOf(entry.text(name)) ?? account.passwordChanged
        break
      case 22:
        account.passwordExpires = instantOf(entry.text(name))
        break
      case 23:
        account.expires = instantOf(entry.text(name)) ?? account.expires
        break
      case 24: {
        const at = instantOf(entry.text(name))
        if (at !== undefined && (account.lastLogin === undefined || at > account.lastLogin)) account.lastLogin = at
        break
      }
      case 25:
        if (/^true$/i.test(entry.text(name) ?? '')) states.push('disabled')
        break
      case 26:
        policy.changed = instantOf(entry.text(name))
        break
      case 27: {
        const text = entry.text(name)
        policy.lockedAt = text?.startsWith('0000') === true ? 'forever' : instantOf(text)
        break
      }
      case 28:
        policy.reset = /^true$/i.test(entry.text(name) ?? '')
        break
      case 29:
        policy.entry = entry.text(name)
        break
      case 30:
        policy.failures = entry.values(name).length
        break
      case 31:
        policy.graceUsed = entry.values(name).length
        break
      case 32:
        policy.lockedUntil = instantOf(entry.text(name))
        break
      case 33:
        ;(keyAttributes ??= []).push(name)
        break
      case 34:
        account.delegatesTo = entry
          .texts(name)
          .slice(0, 256)
          .map((one) => clipped(one, 512))
        break
      case 35:
        ticketFlags(Number(entry.text(name)), states)
        break
      case 36:
      case 37:
      case 38:
        if (name === ids) account.object = bounded(entry.text(name)?.toLowerCase(), 128) ?? ''
        break
      case 39:
        gecos = entry.text(name)
        break
      case 41:
        account.passwordChanged ??= instantOf(entry.text(name))
        break
      case 42:
        ;(computer ??= {}).dnsName = bounded(entry.text(name), 253)
        break
      case 43:
        ;(computer ??= {}).osVersion = bounded(entry.text(name), 128)
        break
      case 44:
        if (entry.texts(name).length > 0 && entry.texts(name).every((one) => one === 'pkinit'))
          states.push('smartcard-required')
        break
      case 45:
        account.sid = bounded(entry.text(name), 184)
        break
      case 46:
        proxies = true
        break
    }
  }
  if (account.object === '') account.object = clipped(dn, 512)
  account.name = uid === undefined || uid === '' ? nameOf(entry) : clipped(uid, LONGEST_NAME)
  if (principals !== undefined) account.principals = principals
  if (account.displayName === undefined) {
    const shown = cn ?? gecos
    if (shown === undefined) delete account.displayName
    else account.displayName = clipped(shown, 256)
  }
  if (posix !== undefined) account.posix = posix
  if (person !== undefined) account.person = person
  if (computer !== undefined) account.computer = computer
  if (password !== undefined) {
    account.passwordScheme = password.scheme
    if (password.strength !== undefined) account.passwordStrength = password.strength
    if (password.digest !== undefined) account.passwordDigest = password.digest
    if (password.kept === 'none' || password.kept === 'locked') states.push('no-password')
    else if (password.kept === 'reversible' || password.kept === 'cleartext') states.push('password-reversible')
  }
  if ((classes & CLASS.computer) !== 0) account.type = 'computer'
  else if ((classes & CLASS.service) !== 0) account.type = 'managed-service'
  if (account.expires !== undefined && account.expires < now) states.push('expired')
  const signs = serviceSigns(account, classes)
  if (signs !== undefined) account.serviceSigns = signs
  return {
    account,
    uid,
    password,
    keyAttributes: keyAttributes ?? NO_NAMES,
    textAttributes: textAttributes ?? NO_NAMES,
    policy,
    classes,
    proxies,
  }
}

const bounded = (text: string | undefined, most: number) =>
  text === undefined || text === '' ? undefined : text.length <= most ? text : text.slice(0, most)

/** An account number; greater ones no system has. */
export const numberOf = (text: string | undefined): number | undefined => {
  if (text === undefined || text.length === 0 || text.length > 10) return undefined
  const number = Number(text)
  return Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff ? number : undefined
}

/** -1 and 0 mean that it is good without end in most programs (shadow(5) warns of 0). */
const expiryOfDay = (text: string | undefined) => (text === '0' ? undefined : instantOfDay(text))

/** KRB5_KDB_ flags of MIT Kerberos. */
const ticketFlags = (flags: number, states: Account['states']) => {
  if (!Number.isInteger(flags)) return
  if ((flags & 0x40) !== 0) states.push('disabled')
  if ((flags & 0x200) !== 0) states.push('must-change-password')
  // Requires preauthentication.
  if ((flags & 0x80) === 0) states.push('no-preauthentication')
  if ((flags & 0x100000) !== 0) states.push('trusted-for-delegation')
  if ((flags & 0x200000) !== 0) states.push('protocol-transition')
}

/** Which signs say that a program uses it. */
const serviceSigns = ({ name, posix, principals, place, type }: Account, classes: number): string[] | undefined => {
  let signs: string[] | undefined
  if (type === 'computer') return undefined
  if ((classes & CLASS.simpleSecurity) !== 0 && (classes & CLASS.person) === 0) (signs ??= []).push('class')
  if (type === 'managed-service') (signs ??= []).push('managed')
  if (posix?.shell !== undefined && !letsWork(posix.shell)) (signs ??= []).push('no-shell')
  if (posix?.uid !== undefined && posix.uid > 0 && posix.uid < 1000) (signs ??= []).push('system-uid')
  if (SERVICE_NAME.test(name)) (signs ??= []).push('name')
  if (SERVICE_CONTAINER.test(place.path)) (signs ??= []).push('container')
  if (principals?.some((principal) => /^[^/@]{1,64}\/[^@]/.test(principal)) === true) (signs ??= []).push('spn')
  return signs
}

const letsWork = (shell: string): boolean => {
  const known = SHELLS.get(shell)
  if (known !== undefined) return known
  const works = isInteractiveShell(shell)
  if (SHELLS.size < 1000) SHELLS.set(shell, works)
  return works
}
const SHELLS = new Map<string, boolean>()

const SERVICE_NAME =
  /^(?:svc|srv|service|sa|app|bot|batch|daemon|sys)[-_.]|[-_.](?:svc|service|srv|bot|batch|daemon|app)$|^(?:svc|service)[a-z0-9]/i
const SERVICE_CONTAINER =
  /,(?:ou|cn)=[^,=]{0,24}(?:service|services|system|sysaccounts|daemons|applications|technical|functional|bots)[^,=]{0,16},/i
