import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf, CONTROL, controlStates, encryptionTypes } from '../../formats/active-directory/account-control.ts'
import { sidText, splitSid } from '../../formats/active-directory/identifiers.ts'
import { boundKey } from '../../formats/active-directory/key-credential.ts'
import { LOCAL_ADMIN_EXPIRIES } from '../../formats/active-directory/schema-names.ts'
import { DACL_PROTECTED, rightsOf, securityDescriptor } from '../../formats/active-directory/security-descriptor.ts'
import { SSH_KEY_ATTRIBUTES, sshIdentities } from '../../formats/active-directory/ssh-identities.ts'
import { filetime, generalizedTime } from '../../formats/active-directory/times.ts'
import { EVERYONE, SELF } from '../../formats/active-directory/well-known.ts'
import { SECRET_ATTRIBUTES, secretFindings, secretsIn } from '../../formats/ldap/attribute-secrets.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { worstUserPassword } from '../../formats/ldap/user-password.ts'
import { nameOf, weaknessOf, type Entries, type Seen } from './entries.ts'
import type { Look } from './look.ts'
import type { PasswordTerms } from './password-policies.ts'

type Account = FindingOf<'directory-account'>

/** What is asked of every account. Passwords of managed accounts and of local administrators are never among it. */
export const ACCOUNT_ATTRIBUTES: readonly string[] = [
  ...new Set([
    ...(
      'objectClass objectGUID objectSid sAMAccountName userPrincipalName displayName userAccountControl primaryGroupID adminCount ' +
      'sIDHistory pwdLastSet lastLogon lastLogonTimestamp accountExpires lockoutTime whenCreated servicePrincipalName ' +
      'msDS-SupportedEncryptionTypes msDS-AllowedToDelegateTo msDS-AllowedToActOnBehalfOfOtherIdentity msDS-KeyCredentialLink ' +
      'uidNumber gidNumber unixHomeDirectory loginShell mail employeeID department company title manager managedBy ' +
      'userPassword unixUserPassword nTSecurityDescriptor isDeleted msDS-SupersededManagedAccountLink'
    )
      .toLowerCase()
      .split(' '),
    ...SSH_KEY_ATTRIBUTES,
    ...SECRET_ATTRIBUTES,
  ]),
]

/** Besides, of computers and managed service accounts. */
export const COMPUTER_ATTRIBUTES: readonly string[] = [
  ...ACCOUNT_ATTRIBUTES,
  ...(
    'dNSHostName operatingSystem operatingSystemVersion ms-DS-CreatorSID msDS-GroupMSAMembership msDS-DelegatedMSAState ' +
    'msDS-ManagedAccountPrecededByLink msDS-RevealOnDemandGroup msDS-NeverRevealGroup'
  )
    .toLowerCase()
    .split(' '),
  ...LOCAL_ADMIN_EXPIRIES,
]

const DAY = 86_400_000
/** Older than this, in days: two years for who is privileged, three for anybody. */
const OLD_PASSWORD = 1095
const STALE = 180
const OLD_SIGNING = 365
const STALE_COMPUTER = 90

/** Reads an account, tells what it is and what is wrong with it by itself, and keeps what later conclusions need. */
export const readAccount = (entry: DirectoryEntry, look: Look): Seen | undefined => {
  const { entries, gathering } = look
  const type = typeOf(entry)
  const control = bitsOf(entry.text('useraccountcontrol')) ?? 0
  const [changed, stamp, local] = ['pwdlastset', 'lastlogontimestamp', 'lastlogon'].map((name) =>
    filetime(entry.text(name)),
  )
  const logins = [stamp, local].flatMap((one) => (one instanceof Date ? [one.getTime()] : one === 'none' ? [0] : []))
  const lastLogin = logins.length === 0 ? undefined : Math.max(...logins)
  const keys = entry.texts('msds-keycredentiallink').filter((value) => boundKey(value) !== undefined).length
  const roastable = roastableBy(entry, type, control)
  const more = {
    ...some('roastable', roastable),
    ...some('actedOnBehalfBy', allowedIn(entry, 'msds-allowedtoactonbehalfofotheridentity')),
    ...some('passwordReaders', allowedIn(entry, 'msds-groupmsamembership')),
    ...some('delegatesTo', entry.texts('msds-allowedtodelegateto').slice(0, 256)),
    ...some('succeeds', isOver(entry) ? entry.texts('msds-managedaccountprecededbylink').slice(0, MOST_LINKS) : []),
    ...some('reveals', entry.texts('msds-revealondemandgroup').slice(0, 1000)),
    ...some('neverReveals', entry.texts('msds-neverrevealgroup').slice(0, 1000)),
  }
  const seen = entries.add(entry, type, {
    control,
    primaryGroup: Number(entry.text('primarygroupid')) || 0,
    adminCount: entry.text('admincount') === '1',
    passwordChanged: changed instanceof Date ? changed.getTime() : changed === 'none' ? 0 : undefined,
    lastLogin,
    boundKeys: keys,
    more: Object.keys(more).length === 0 ? undefined : more,
  })
  if (seen === undefined) return undefined
  const scope = type === 'user' ? 'directory-accounts' : 'directory-computers'
  const account = accountOf(entry, seen, look)
  gathering.tell(scope, account, ...weaknessesOf(account, seen, entry, look))
  tellKeys(entry, seen, look)
  tellSecrets(entry, seen, look)
  return seen
}

/** What makes it worth guessing a ticket for it, as evidence; how bad that is depends on what it may do. */
const roastableBy = (entry: DirectoryEntry, type: Account['type'], control: number): string[] => {
  const spns = entry.values('serviceprincipalname').length
  if (spns === 0 || type !== 'user' || (control & (CONTROL.disabled | CONTROL.trust)) !== 0) return []
  if (signsTickets(nameOf(entry), sidText(entry.values('objectsid')[0] ?? new Uint8Array()))) return []
  const types = bitsOf(entry.text('msds-supportedencryptiontypes'))
  const changed = filetime(entry.text('pwdlastset'))
  return [
    `${Math.min(spns, 256)} servicePrincipalName`,
    `msDS-SupportedEncryptionTypes ${types === undefined ? 'not set' : encryptionTypes(types).join(' ') || 'none'}`,
    `pwdLastSet ${changed === undefined ? 'not known' : changed === 'none' ? 'never' : dateOf(changed.getTime())}`,
  ]
}

/** The accounts that nobody logs in with, and whose passwords sign tickets: that of the domain, and one for each read-only controller. */
export const signsTickets = (name: string, sid: string | undefined): boolean =>
  (sid !== undefined && splitSid(sid).rid === 502) || /^krbtgt_\d+$/i.test(name)

const MOST_LINKS = 64
/** Whether a delegated managed account has taken over from the one before it (MS-ADTS: 2 says that the migration is complete). */
const isOver = (entry: DirectoryEntry) => entry.text('msds-delegatedmsastate') === '2'

/** What an account is by its classes: managed accounts are computers by birth. */
const typeOf = (entry: DirectoryEntry): Account['type'] => {
  const classes = entry.texts('objectclass').map((name) => name.toLowerCase())
  if (classes.some((name) => MANAGED.has(name))) return 'managed-service'
  return classes.includes('computer') ? 'computer' : 'user'
}
const MANAGED: ReadonlySet<string> = new Set([
  'msds-groupmanagedserviceaccount',
  'msds-managedserviceaccount',
  'msds-delegatedmanagedserviceaccount',
])

const accountOf = (entry: DirectoryEntry, seen: Seen, look: Look): Account => {
  const { name, type, sid } = seen
  const principals = entry.texts('userprincipalname').slice(0, 64)
  const spns = entry.texts('serviceprincipalname').slice(0, 256)
  const expires = filetime(entry.text('accountexpires'))
  const encryption = bitsOf(entry.text('msds-supportedencryptiontypes'))
  const { others } = sshIdentities(entry, name, look.gathering.sha256)
  const password = worstUserPassword(
    [...entry.values('userpassword'), ...entry.values('unixuserpassword').map(asCrypt)],
    look.gathering.keyedDigest,
  )
  const signs = serviceSigns(entry, seen)
  const terms = type === 'user' && !signsTickets(name, sid) ? look.passwords.of(seen, entry) : {}
  const posix = {
    ...number('uid', entry.text('uidnumber')),
    ...number('gid', entry.text('gidnumber')),
    ...clip('home', entry.text('unixhomedirectory'), 4096),
    ...clip('shell', entry.text('loginshell'), 4096),
  }
  const person = {
    ...clip('mail', entry.text('mail'), 320),
    ...clip('employeeId', entry.text('employeeid'), 128),
    ...clip('department', entry.text('department'), 256),
    ...clip('company', entry.text('company'), 256),
    ...clip('title', entry.text('title'), 256),
    ...clip('manager', entry.text('manager'), 2048),
    ...clip('owner', entry.text('managedby'), 2048),
  }
  return {
    kind: 'directory-account',
    object: seen.object,
    name,
    type: type === 'computer' || type === 'managed-service' ? type : 'user',
    ...(sid === undefined ? {} : { sid }),
    ...some(
      'principals',
      principals.map((one) => one.slice(0, 512)),
    ),
    ...clip('displayName', entry.text('displayname'), 256),
    states: statesOf(entry, seen, look, terms),
    ...some('serviceSigns', signs),
    ...instant('created', generalizedTime(entry.text('whencreated'))),
    ...(expires instanceof Date ? { expires: expires.toISOString() } : {}),
    ...time('passwordChanged', seen.passwordChanged),
    ...(typeof terms.expires === 'number' ? { passwordExpires: new Date(terms.expires).toISOString() } : {}),
    ...clip('passwordPolicy', terms.policy, 512),
    ...time('lastLogin', seen.lastLogin),
    ...(seen.lastLogin === undefined ? {} : { lastLoginLag: look.loginLag }),
    ...(seen.primaryGroup === 0 ? {} : { primaryGroup: seen.primaryGroup }),
    ...some(
      'spns',
      spns.map((one) => one.slice(0, 512)),
    ),
    ...some('encryption', encryption === undefined ? [] : encryptionTypes(encryption)),
    ...some(
      'delegatesTo',
      (seen.more?.delegatesTo ?? []).map((one) => one.slice(0, 512)),
    ),
    ...some('actedOnBehalfBy', seen.more?.actedOnBehalfBy ?? []),
    ...some('passwordReaders', seen.more?.passwordReaders ?? []),
    ...some(
      'succeeds',
      (seen.more?.succeeds ?? []).map((one) => one.slice(0, 2048)),
    ),
    ...some(
      'succeededBy',
      entry
        .texts('msds-supersededmanagedaccountlink')
        .slice(0, MOST_LINKS)
        .map((one) => one.slice(0, 2048)),
    ),
    ...some('sidHistory', sidHistory(entry)),
    ...(seen.boundKeys === 0 ? {} : { boundKeys: seen.boundKeys }),
    ...some(
      'mappedIdentities',
      others.slice(0, 64).map((one) => one.slice(0, 512)),
    ),
    ...(Object.keys(posix).length === 0 ? {} : { posix }),
    ...(password === undefined ? {} : { passwordScheme: password.scheme.slice(0, 64) }),
    ...(password?.strength === undefined ? {} : { passwordStrength: password.strength }),
    ...(password?.digest === undefined ? {} : { passwordDigest: password.digest }),
    ...(type === 'computer' || type === 'managed-service' ? { computer: computerOf(entry, seen, look) } : {}),
    ...(Object.keys(person).length === 0 ? {} : { person }),
    place: { path: clippedDn(entry.dn) },
  }
}

const statesOf = (
  entry: DirectoryEntry,
  seen: Seen,
  { entries, now, lockoutSeconds }: Look,
  { expires: until }: PasswordTerms,
): Account['states'] => {
  const states = controlStates(seen.control)
  const locked = filetime(entry.text('lockouttime'))
  if (locked instanceof Date && (lockoutSeconds === 'none' || locked.getTime() + lockoutSeconds * 1000 > now.getTime()))
    states.push('locked')
  const expires = filetime(entry.text('accountexpires'))
  if (expires instanceof Date && expires < now) states.push('expired')
  if (typeof until === 'number' && until < now.getTime()) states.push('password-expired')
  if (seen.passwordChanged === 0 && (seen.control & CONTROL.normal) !== 0) states.push('must-change-password')
  if (seen.adminCount) states.push('admin-count')
  const descriptor = entries.descriptor(seen.descriptor)
  if (((descriptor?.control ?? 0) & DACL_PROTECTED) !== 0) states.push('inheritance-off')
  if (seen.type === 'user' && isPasswordFixed(entries, seen.descriptor)) states.push('password-cannot-change')
  return states
}

/** Kept as a denial of changing one's own password, not as a bit. */
const isPasswordFixed = (entries: Entries, descriptor: number): boolean => {
  const dacl = entries.descriptor(descriptor)?.dacl
  if (dacl === undefined || dacl === 'everyone') return false
  return dacl.some(
    (ace) =>
      ace.type === 'deny' &&
      ace.object === CHANGE_PASSWORD &&
      (rightsOf(ace) & 0x100) !== 0 &&
      (ace.sid === SELF || ace.sid === EVERYONE),
  )
}
const CHANGE_PASSWORD = 'ab721a53-1e2f-11d0-9819-00aa0040529b'

const serviceSigns = (entry: DirectoryEntry, { name, type }: Seen): string[] => {
  if (type === 'managed-service') return ['managed']
  if (type === 'computer') return []
  return [
    ...(entry.values('serviceprincipalname').length > 0 ? ['spn'] : []),
    ...(/^(?:svc|srv|service|sa|app|batch|task)[-_.]|[-_.](?:svc|srv|service)$|^(?:svc|service)/i.test(name)
      ? ['name']
      : []),
    ...(SYNCHRONISING.test(name) ? ['synchronises'] : []),
    ...(/,(?:OU|CN)=(?:[^,]*service|svc|applications?\b)[^,]*,/i.test(entry.dn.slice(0, 2048)) ? ['container'] : []),
  ]
}

/** Accounts that programs which copy a directory elsewhere make for themselves; their names are the same in every language. */
const SYNCHRONISING = /^(?:MSOL_[0-9a-f]{12}|AAD_[0-9a-f]{12}|ADSync\w{0,32}\$?|AZUREADSSOACC\$)$/i

const computerOf = (entry: DirectoryEntry, seen: Seen, look: Look): NonNullable<Account['computer']> => {
  const joinedBy = sidText(entry.values('ms-ds-creatorsid')[0] ?? new Uint8Array())
  return {
    ...clip('dnsName', entry.text('dnshostname'), 253),
    ...clip('os', entry.text('operatingsystem'), 256),
    ...clip('osVersion', entry.text('operatingsystemversion'), 128),
    ...(seen.type === 'computer' ? { localAdminPassword: localAdmin(entry, seen, look) } : {}),
    ...(joinedBy === undefined ? {} : { joinedBy }),
  }
}

type LocalAdmin = NonNullable<NonNullable<Account['computer']>['localAdminPassword']>

/** By when the managed password has to be changed, which everybody may read; the password itself is never asked for. */
const localAdmin = (entry: DirectoryEntry, seen: Seen, look: Look): LocalAdmin => {
  const expiries = LOCAL_ADMIN_EXPIRIES.flatMap((name) => filetime(entry.text(name)) ?? [])
  const dates = expiries.flatMap((one) => (one instanceof Date ? [one.getTime()] : []))
  if (dates.length > 0) return Math.max(...dates) < look.now.getTime() ? 'expired' : 'managed'
  return look.localAdminTold(seen) ? 'not-managed' : 'unknown'
}

/** SIDs that a descriptor in an attribute lets in. */
const allowedIn = (entry: DirectoryEntry, attribute: string): string[] => {
  const bytes = entry.values(attribute)[0]
  const dacl = bytes === undefined ? undefined : securityDescriptor(bytes)?.dacl
  if (dacl === undefined) return []
  if (dacl === 'everyone') return [EVERYONE]
  const denied = new Set(dacl.filter(({ type }) => type === 'deny').map(({ sid }) => sid))
  return [...new Set(dacl.filter(({ type, sid }) => type === 'allow' && !denied.has(sid)).map(({ sid }) => sid))].slice(
    0,
    256,
  )
}

const sidHistory = (entry: DirectoryEntry): string[] =>
  entry
    .values('sidhistory')
    .slice(0, 64)
    .flatMap((value) => sidText(value) ?? [])

/** What is wrong with an account whoever it belongs to and whatever it may do. */
const weaknessesOf = (account: Account, seen: Seen, entry: DirectoryEntry, look: Look): Finding[] => {
  const told: Finding[] = []
  const tell = (...[code, severity, ...evidence]: Tail<Parameters<typeof weaknessOf>>) =>
    told.push(weaknessOf(seen, code, severity, ...evidence))
  const has = (state: Account['states'][number]) => account.states.includes(state)
  const [days, enabled] = [ageIn(look), !has('disabled')]
  const password = seen.passwordChanged
  const age = password === undefined || password === 0 ? undefined : days(password)
  const isUser = seen.type === 'user'
  const isTrust = (seen.control & CONTROL.trust) !== 0
  const types = account.encryption
  if (isUser && enabled && !isTrust) {
    if (has('password-not-required')) tell('password-not-required', 'medium', 'userAccountControl PASSWD_NOTREQD')
    if (has('password-never-expires'))
      tell('password-never-expires', 'medium', 'userAccountControl DONT_EXPIRE_PASSWORD')
    if (has('password-reversible')) tell('password-reversible', 'high', 'userAccountControl ENCRYPTED_TEXT_PWD_ALLOWED')
    if (has('no-preauthentication')) tell('asrep-roastable', 'high', 'userAccountControl DONT_REQ_PREAUTH')
    if (age !== undefined && age > OLD_PASSWORD) tell('password-old', 'medium', `pwdLastSet ${dateOf(password!)}`)
    if (password === 0 && has('password-not-required')) tell('password-never-set', 'high', 'pwdLastSet 0')
    if (has('smartcard-required') && !has('password-never-expires') && !look.rollsSmartcards)
      tell(
        'password-never-expires',
        'low',
        'userAccountControl SMARTCARD_REQUIRED',
        'msDS-ExpirePasswordsOnSmartCardOnlyAccounts not set',
      )
    if (isStale(seen, account.created, STALE, look))
      tell('stale', 'medium', `last login ${account.lastLogin ?? 'not known'}`, `up to ${look.loginLag} days early`)
  }
  if (enabled) {
    if (has('des-only')) tell('des-only', 'high', 'userAccountControl USE_DES_KEY_ONLY')
    if (types !== undefined && types.length > 0 && !types.some((one) => one.startsWith('aes')))
      tell('weak-encryption', 'medium', `msDS-SupportedEncryptionTypes ${types.join(' ')}`)
    if (has('trusted-for-delegation') && !has('domain-controller'))
      tell('delegation-unconstrained', 'critical', 'userAccountControl TRUSTED_FOR_DELEGATION')
    // Every read-only controller is made so; without services that it may act towards, it means nothing.
    if (has('protocol-transition') && (!has('read-only-controller') || account.delegatesTo !== undefined))
      tell(
        'delegation-protocol-transition',
        'high',
        'userAccountControl TRUSTED_TO_AUTH_FOR_DELEGATION',
        ...(account.delegatesTo ?? []),
      )
    else if (account.delegatesTo !== undefined) tell('delegation-constrained', 'medium', ...account.delegatesTo)
    if (account.actedOnBehalfBy !== undefined) tell('delegation-resource-based', 'high', ...account.actedOnBehalfBy)
  }
  if (account.sidHistory !== undefined) {
    const privileged = account.sidHistory.filter((sid) => {
      const { domain, rid } = splitSid(sid)
      return domain === look.domainSid || rid < 1000
    })
    if (privileged.length > 0) tell('sid-history-privileged', 'critical', ...privileged)
    else tell('sid-history', 'high', ...account.sidHistory)
  }
  if (seen.primaryGroup !== 0 && !USUAL_PRIMARY.has(seen.primaryGroup))
    tell('hidden-membership', 'high', `primaryGroupID ${seen.primaryGroup}`)
  const uid = account.posix?.uid
  if (uid === 0) tell('uid-zero', 'critical', 'uidNumber 0')
  if (uid !== undefined) {
    const first = look.uids.get(uid)
    if (first === undefined) look.uids.set(uid, { seen, alone: true })
    else if (first.seen.object !== seen.object) {
      tell('duplicate-uid', 'medium', `uidNumber ${uid}`)
      const scope = first.seen.type === 'user' ? 'directory-accounts' : 'directory-computers'
      if (first.alone) look.gathering.tell(scope, weaknessOf(first.seen, 'duplicate-uid', 'medium', `uidNumber ${uid}`))
      first.alone = false
    }
  }
  if (account.passwordScheme === 'cleartext') tell('password-cleartext', 'critical', passwordAttribute(entry))
  else if (account.passwordStrength === 'weak')
    tell('password-weak-hash', 'high', passwordAttribute(entry), account.passwordScheme!)
  if (account.passwordScheme !== undefined && !['cleartext', 'sasl', 'none'].includes(account.passwordScheme))
    tell('password-hash-readable', 'high', passwordAttribute(entry), account.passwordScheme)
  if (seen.type === 'computer') told.push(...computerWeaknesses(account, seen, enabled, look))
  return told
}

const computerWeaknesses = (account: Account, seen: Seen, enabled: boolean, look: Look): Finding[] => {
  const told: Finding[] = []
  const controller = (seen.control & (CONTROL.controller | CONTROL.readOnlyController)) !== 0
  const { os, osVersion, localAdminPassword } = account.computer ?? {}
  const windows = /windows/i.test(os ?? '')
  if (!enabled) return told
  if (windows && isObsolete(os ?? '', osVersion ?? ''))
    told.push(
      weaknessOf(seen, 'obsolete-system', 'medium', `${os}`, `operatingSystemVersion ${osVersion ?? 'not set'}`),
    )
  if (windows && !controller && localAdminPassword === 'not-managed')
    told.push(weaknessOf(seen, 'local-admin-unmanaged', 'medium', 'no expiry of a managed password'))
  if (windows && !controller && localAdminPassword === 'expired')
    told.push(weaknessOf(seen, 'local-admin-expired', 'medium', 'the expiry of its managed password is over'))
  if (account.states.includes('password-not-required') && seen.passwordChanged === 0)
    told.push(weaknessOf(seen, 'password-not-required', 'low', 'userAccountControl PASSWD_NOTREQD'))
  // Nobody logs in with it: its password signs the tickets of everybody who does so elsewhere, and never changes by itself.
  if (/^AZUREADSSOACC\$$/i.test(seen.name)) {
    const changed = seen.passwordChanged ?? 0
    if (changed > 0 && ageIn(look)(changed) > OLD_SIGNING)
      told.push(weaknessOf(seen, 'password-old', 'high', `pwdLastSet ${dateOf(changed)}`))
    return told
  }
  // A computer changes its password every month by itself.
  const active = Math.max(seen.lastLogin ?? 0, seen.passwordChanged ?? 0)
  const known = seen.lastLogin !== undefined || seen.passwordChanged !== undefined
  const since = active === 0 ? (account.created === undefined ? undefined : Date.parse(account.created)) : active
  const idle = !known || since === undefined ? 0 : ageIn(look)(since)
  if (controller && idle > 45 + look.loginLag)
    told.push(weaknessOf(seen, 'inactive-controller', 'high', `last seen ${dateOf(since!)}`))
  else if (idle > STALE_COMPUTER + look.loginLag)
    told.push(weaknessOf(seen, 'stale-computer', 'low', `last seen ${active === 0 ? 'never' : dateOf(active)}`))
  return told
}

/** Versions of Windows before 8.1 and Server 2012 R2, and of Windows 10 before 1607, get nothing any more. */
const isObsolete = (os: string, version: string) => {
  const [, major, minor, build] = /^(\d{1,3})\.(\d{1,3})(?:\s*\((\d{1,6})\))?/.exec(version) ?? []
  if (major === undefined) return /windows (?:2000|xp|vista|7|8\b(?!\.1)|server (?:2003|2008))/i.test(os)
  const number = Number(major) * 100 + Number(minor)
  if (number < 1000) return number < 603 || !/server/i.test(os) || /2012/.test(os)
  return build !== undefined && Number(build) < 14_393
}

/** Nobody logged in for so long that the lag of the replicated time does not matter. */
export const isStale = (seen: Seen, created: string | undefined, days: number, look: Look): boolean => {
  if (seen.lastLogin === undefined) return false
  const since = seen.lastLogin === 0 ? (created === undefined ? undefined : Date.parse(created)) : seen.lastLogin
  return since !== undefined && ageIn(look)(since) > days + look.loginLag
}

const tellKeys = (entry: DirectoryEntry, seen: Seen, { gathering }: Look) => {
  const { keys, unreadable } = sshIdentities(entry, seen.name, gathering.sha256)
  gathering.tell('directory-keys', ...keys.map((key) => ({ ...key, object: seen.object })))
  const weak = keys.filter(({ concerns }) => concerns !== undefined)
  if (weak.length > 0)
    gathering.tell(
      'directory-keys',
      weaknessOf(
        seen,
        'weak-key',
        'high',
        ...weak.map(({ fingerprint, concerns }) => `${fingerprint} ${concerns!.join(' ')}`),
      ),
    )
  if (unreadable > 0)
    gathering.note('directory-keys', { code: 'unparsable', path: clippedDn(entry.dn), count: unreadable })
}

/** Passwords in text attributes of any entry. */
export const tellSecrets = (
  entry: DirectoryEntry,
  { object, name, type }: Pick<Seen, 'object' | 'name' | 'type'>,
  { gathering }: Look,
): void => {
  const found = secretsIn(entry, SECRET_ATTRIBUTES, { keyedDigest: gathering.keyedDigest, account: nameOf(entry) })
  if (found.length > 0)
    gathering.tell('directory-secrets', ...secretFindings(found, { object, name, type, dn: entry.dn }))
}

export const ageIn =
  ({ now }: Look) =>
  (then: number): number =>
    Math.floor((now.getTime() - then) / DAY)
export const dateOf = (then: number): string => new Date(then).toISOString().slice(0, 10)

const USUAL_PRIMARY: ReadonlySet<number> = new Set([513, 514, 515, 516, 521])
/** What crypt(3) makes, without the scheme before it. */
const asCrypt = (value: Uint8Array) =>
  value[0] === 0x7b ? value : new TextEncoder().encode(`{CRYPT}${new TextDecoder().decode(value.subarray(0, 4096))}`)

const passwordAttribute = (entry: DirectoryEntry) =>
  ['userPassword', 'unixUserPassword'].filter((name) => entry.values(name.toLowerCase()).length > 0).join(', ')

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never

const some = <K extends string, T>(name: K, values: readonly T[]): { [key in K]?: T[] } =>
  values.length === 0 ? {} : ({ [name]: [...values] } as { [key in K]?: T[] })
const clip = <K extends string>(name: K, text: string | undefined, most: number): { [key in K]?: string } =>
  text === undefined || text === '' ? {} : ({ [name]: text.slice(0, most) } as { [key in K]?: string })
const number = <K extends string>(name: K, text: string | undefined): { [key in K]?: number } =>
  text === undefined || !/^\d{1,10}$/.test(text) ? {} : ({ [name]: Number(text) } as { [key in K]?: number })
const instant = <K extends string>(name: K, date: Date | undefined): { [key in K]?: string } =>
  date === undefined ? {} : ({ [name]: date.toISOString() } as { [key in K]?: string })
const time = <K extends string>(name: K, then: number | undefined): { [key in K]?: string } =>
  then === undefined ? {} : ({ [name]: then === 0 ? 'never' : new Date(then).toISOString() } as { [key in K]?: string })
