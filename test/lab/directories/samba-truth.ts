import { SAMBA_BASE as BASE, SAMBA_SID, type SambaStep } from './samba.ts'

/* What is wrong in the domain of the lab, and what a scan has to say of it. */

type Attributes = Readonly<Record<string, string | number | readonly string[]>>

const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('base64')
const lines = (attributes: Attributes) =>
  Object.entries(attributes)
    .flatMap(([name, values]) => (Array.isArray(values) ? values : [values]).map((value) => `${name}: ${value}\n`))
    .join('')
    // A value that begins with a colon is in base64.
    .replaceAll(/^([\w-]+): :/gm, '$1::')
const add = (dn: string, attributes: Attributes) => `dn: ${dn}\nchangetype: add\n${lines(attributes)}\n`
export const CHANGE = (dn: string, operation: 'add' | 'replace', name: string, ...values: readonly string[]) =>
  `dn: ${dn}\nchangetype: modify\n${operation}: ${name}\n${lines({ [name]: values })}\n`

/** A FILETIME so many days ago. */
const daysAgo = (days: number) =>
  String((BigInt(Date.UTC(2026, 10, 22)) - BigInt(days) * 86_400_000n) * 10_000n + 116_444_736_000_000_000n)

export const dnOf = (name: string, ou: string): string => `CN=${name},OU=${ou},${BASE}`
export const PASSWORD = (name: string): string => `${name}-Pass-of-the-lab1`

const USER = { normal: 0x200, disabled: 0x202, noPassword: 0x220, reversible: 0x280, neverExpires: 0x10200 }
const user = (name: string, ou: string, control = USER.normal, more: Attributes = {}) =>
  add(dnOf(name, ou), {
    objectClass: 'user',
    sAMAccountName: name,
    userPrincipalName: `${name}@corp.example.com`,
    userAccountControl: control,
    ...((control & 0x20) === 0 ? { clearTextPassword: `: ${utf16(PASSWORD(name))}` } : {}),
    ...more,
  })
const group = (name: string, ou: string, ...members: readonly string[]) =>
  add(dnOf(name, ou), {
    objectClass: 'group',
    sAMAccountName: name,
    groupType: -2147483646,
    ...(members.length === 0 ? {} : { member: members }),
  })
const computer = (name: string, os: string, version: string, more: Attributes = {}) =>
  add(dnOf(name, 'Servers'), {
    objectClass: 'computer',
    sAMAccountName: `${name}$`,
    userAccountControl: 0x1000,
    dNSHostName: `${name.toLowerCase()}.corp.example.com`,
    operatingSystem: os,
    operatingSystemVersion: version,
    servicePrincipalName: [`HOST/${name}`, `HOST/${name.toLowerCase()}.corp.example.com`],
    ...more,
  })

const SCHEMA = `CN=Schema,CN=Configuration,${BASE}`
const attribute = (cn: string, name: string, oid: string, syntax: string, om: number, more: Attributes = {}) =>
  add(`CN=${cn},${SCHEMA}`, {
    objectClass: 'attributeSchema',
    lDAPDisplayName: name,
    attributeID: oid,
    attributeSyntax: syntax,
    oMSyntax: om,
    isSingleValued: 'TRUE',
    searchFlags: 0,
    ...more,
  })
const SECRET = { searchFlags: 904 }
const LAPS_1 = '1.2.840.113556.1.8000.2554.50051.45980.28112.18903.35903.6685103.1224907.2'
const LAPS_2 = '1.2.840.113556.1.6.44.1'

/** Attributes of extensions that Samba's schema lacks. */
const EXTENSIONS =
  attribute('ms-Mcs-AdmPwd', 'ms-Mcs-AdmPwd', `${LAPS_1}.1`, '2.5.5.5', 19, SECRET) +
  attribute('ms-Mcs-AdmPwdExpirationTime', 'ms-Mcs-AdmPwdExpirationTime', `${LAPS_1}.2`, '2.5.5.16', 65) +
  attribute('ms-LAPS-PasswordExpirationTime', 'msLAPS-PasswordExpirationTime', `${LAPS_2}.1`, '2.5.5.16', 65) +
  attribute('ms-LAPS-Password', 'msLAPS-Password', `${LAPS_2}.2`, '2.5.5.5', 19, SECRET) +
  attribute('ms-DS-Key-Credential-Link', 'msDS-KeyCredentialLink', '1.2.840.113556.1.4.2328', '2.5.5.7', 127, {
    oMObjectClass: ': KoZIhvcUAQEBCw==',
    isSingleValued: 'FALSE',
  })
const SUCCESSORS = '1.2.840.113556.1.4.9025'
const NEW_CLASS =
  attribute('ms-DS-Delegated-MSA-State', 'msDS-DelegatedMSAState', `${SUCCESSORS}.1`, '2.5.5.9', 2) +
  attribute(
    'ms-DS-Managed-Account-Preceded-By-Link',
    'msDS-ManagedAccountPrecededByLink',
    `${SUCCESSORS}.2`,
    '2.5.5.1',
    127,
    {
      oMObjectClass: ': KwwCh3McAIVK',
    },
  ) +
  attribute(
    'ms-DS-Superseded-Managed-Account-Link',
    'msDS-SupersededManagedAccountLink',
    `${SUCCESSORS}.3`,
    '2.5.5.1',
    127,
    {
      oMObjectClass: ': KwwCh3McAIVK',
    },
  )
/** As a forest has it that Windows Server 2025 was added to. */
const SUCCESSOR_CLASS = add(`CN=ms-DS-Delegated-Managed-Service-Account,${SCHEMA}`, {
  objectClass: 'classSchema',
  lDAPDisplayName: 'msDS-DelegatedManagedServiceAccount',
  governsID: `${SUCCESSORS}.4`,
  schemaIDGUID: ': b5PrD7NH8kmThh3twsI3ZQ==',
  objectClassCategory: 1,
  subClassOf: 'computer',
  possSuperiors: ['organizationalUnit', 'container', 'domainDNS'],
  mayContain: ['msDS-DelegatedMSAState', 'msDS-ManagedAccountPrecededByLink', 'msDS-GroupMSAMembership'],
  defaultObjectCategory: `CN=ms-DS-Delegated-Managed-Service-Account,${SCHEMA}`,
  defaultHidingValue: 'FALSE',
  systemOnly: 'FALSE',
  cn: 'ms-DS-Delegated-Managed-Service-Account',
})
const MAY =
  CHANGE(
    `CN=Computer,${SCHEMA}`,
    'add',
    'mayContain',
    'ms-Mcs-AdmPwd',
    'ms-Mcs-AdmPwdExpirationTime',
    'msLAPS-PasswordExpirationTime',
    'msLAPS-Password',
  ) + CHANGE(`CN=User,${SCHEMA}`, 'add', 'mayContain', 'msDS-KeyCredentialLink', 'msDS-SupersededManagedAccountLink')

const T0 = (name: string) => dnOf(name, 'Tier0')
const SVC = (name: string) => dnOf(name, 'Services')
const STAFF = (name: string) => dnOf(name, 'Staff')
const SRV = (name: string) => dnOf(name, 'Servers')
const POLICY = (name: string) => dnOf(name, 'Policy')
const PKI = `CN=Public Key Services,CN=Services,CN=Configuration,${BASE}`

/** A key that anybody may have: its private half was never kept. */
export const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f keys@corp'

const PLAIN =
  ['Tier0', 'Services', 'Staff', 'Servers', 'Policy', 'Hidden']
    .map((ou) => add(`OU=${ou},${BASE}`, { objectClass: 'organizationalUnit' }))
    .join('') +
  user('adm-nested', 'Tier0') +
  user('adm-orphan', 'Tier0', USER.normal, { adminCount: 1 }) +
  user('adm-disabled', 'Tier0', USER.disabled) +
  user('adm-guarded', 'Tier0', USER.normal | 0x100000) +
  user('svc-sql', 'Services', USER.neverExpires, {
    servicePrincipalName: ['MSSQLSvc/srv1.corp.example.com:1433', 'MSSQLSvc/srv1.corp.example.com'],
    'msDS-SupportedEncryptionTypes': 4,
  }) +
  user('svc-web', 'Services', USER.normal | 0x80000, { servicePrincipalName: 'HTTP/web.corp.example.com' }) +
  user('svc-cd', 'Services', USER.normal | 0x1000000, {
    'msDS-AllowedToDelegateTo': ['cifs/srv1.corp.example.com', 'ldap/dc1.corp.example.com'],
  }) +
  user('svc-kcd', 'Services', USER.normal, { 'msDS-AllowedToDelegateTo': 'cifs/srv1.corp.example.com' }) +
  user('svc-asrep', 'Services', USER.normal | 0x400000) +
  user('svc-des', 'Services', USER.normal | 0x200000) +
  user('nopass', 'Staff', USER.noPassword) +
  user('reversible', 'Staff', USER.reversible) +
  user('helpdesk', 'Staff') +
  user('plain', 'Staff') +
  user('desker', 'Staff') +
  user('noted', 'Staff', USER.normal, {
    description: 'temp pw: Summer-2023!',
    info: 'vpn password=Hunter2-lab',
    unixUserPassword: 'ABCD1234abcd.',
  }) +
  user('clear', 'Staff', USER.normal, { userPassword: 'Kept-in-clear-1' }) +
  user('keys', 'Staff', USER.normal, {
    altSecurityIdentities: [`SSHKey:${SSH_KEY}`, 'X509:<I>CN=Issuer<S>CN=keys'],
    uidNumber: 50_001,
    gidNumber: 50_000,
    unixHomeDirectory: '/home/keys',
    loginShell: '/bin/bash',
  }) +
  user('uid-zero', 'Staff', USER.normal, { uidNumber: 0 }) +
  user('uid-one', 'Staff', USER.normal, { uidNumber: 50_005 }) +
  user('uid-two', 'Staff', USER.normal, { uidNumber: 50_005 }) +
  user('stale', 'Staff') +
  user('from-here', 'Staff') +
  user('from-elsewhere', 'Staff') +
  user('shadow', 'Staff') +
  user('guarded', 'Staff') +
  user('hidden', 'Staff') +
  user('open', 'Staff') +
  user('expired', 'Staff', USER.normal, { accountExpires: daysAgo(30) }) +
  // Who is under which password policy: itself, by a group, by a group within it, by the primary group.
  ['under-own', 'under-group', 'under-nested', 'under-primary', 'smart', 'editor', 'idle', 'linker', 'sited', 'veiled']
    .map((name) => user(name, 'Policy', name === 'smart' ? USER.normal | 0x40000 : USER.normal))
    .join('') +
  // Whose rights over policies, replication and templates lead somewhere or not.
  ['filterer', 'filtered', 'replica', 'asker', 'grouper'].map((name) => user(name, 'Policy')).join('') +
  user('unseen', 'Hidden') +
  group('Policed-within', 'Policy', POLICY('under-nested')) +
  group('Policed', 'Policy', POLICY('under-own'), POLICY('under-group'), POLICY('Policed-within')) +
  group('Policed-primary', 'Policy', POLICY('under-primary')) +
  add(`CN=somebody,OU=Policy,${BASE}`, { objectClass: 'contact' }) +
  group('Callers', 'Policy', POLICY('somebody'), dnOf('unseen', 'Hidden')) +
  group('Revealed', 'Policy', T0('adm-guarded'), T0('adm-disabled'), STAFF('plain')) +
  group('Unrevealed', 'Policy', T0('adm-disabled')) +
  group('T0-Admins-3', 'Tier0', T0('adm-nested')) +
  group('T0-Admins-2', 'Tier0', T0('T0-Admins-3')) +
  group('T0-Admins', 'Tier0', T0('T0-Admins-2')) +
  group('LAPS-Readers', 'Tier0', STAFF('helpdesk')) +
  group('Hiding', 'Tier0', STAFF('hidden')) +
  group('Deskers', 'Staff', STAFF('desker'), STAFF('helpdesk')) +
  group('Owned', 'Staff') +
  group('circle-a', 'Tier0') +
  group('circle-b', 'Tier0', T0('circle-a')) +
  CHANGE(T0('circle-a'), 'add', 'member', T0('circle-b')) +
  CHANGE(
    `CN=Domain Admins,CN=Users,${BASE}`,
    'add',
    'member',
    T0('T0-Admins'),
    T0('adm-disabled'),
    SVC('svc-sql'),
    T0('adm-guarded'),
  ) +
  CHANGE(`CN=Account Operators,CN=Builtin,${BASE}`, 'add', 'member', T0('circle-a')) +
  CHANGE(`CN=Protected Users,CN=Users,${BASE}`, 'add', 'member', STAFF('guarded')) +
  CHANGE(`CN=Administrators,CN=Builtin,${BASE}`, 'add', 'member', '<SID=S-1-5-21-9-9-9-1105>') +
  computer('SRV1', 'Windows Server 2008 R2 Standard', '6.1 (7601)', {
    'ms-Mcs-AdmPwd': 'Laps-v1-of-the-lab',
    'ms-Mcs-AdmPwdExpirationTime': daysAgo(-3000),
  }) +
  computer('SRV2', 'Windows Server 2022 Standard', '10.0 (20348)', {
    'msLAPS-Password': '{"n":"Administrator","t":"1d8161b41c41cde","p":"Laps-v2-of-the-lab"}',
    'msLAPS-PasswordExpirationTime': daysAgo(20),
  }) +
  computer('SRV3', 'Windows Server 2019 Standard', '10.0 (17763)', { userAccountControl: 0x81000 }) +
  computer('LNX1', 'Debian GNU/Linux', '12')

const LAB_POLICY = '1.3.6.1.4.1.311.21.8.13'

/** A policy of groups, in force or not where it is linked. */
const POLICIES = `CN=Policies,CN=System,${BASE}`
const policyOf = (number: number) => `CN={0A1B2C3D-0000-4000-8000-00000000000${number}},${POLICIES}`
const linked = (container: string, options: number, ...numbers: readonly number[]) =>
  CHANGE(container, 'replace', 'gPLink', numbers.map((number) => `[LDAP://${policyOf(number)};${options}]`).join(''))

const fine = (name: string, precedence: number, days: number, ...appliesTo: readonly string[]) =>
  add(`CN=${name},CN=Password Settings Container,CN=System,${BASE}`, {
    objectClass: 'msDS-PasswordSettings',
    'msDS-PasswordSettingsPrecedence': precedence,
    'msDS-PasswordReversibleEncryptionEnabled': 'FALSE',
    'msDS-PasswordHistoryLength': 24,
    'msDS-PasswordComplexityEnabled': 'TRUE',
    'msDS-MinimumPasswordLength': 14,
    'msDS-MinimumPasswordAge': 0,
    'msDS-MaximumPasswordAge': -days * 864_000_000_000,
    'msDS-LockoutThreshold': 5,
    'msDS-LockoutObservationWindow': '-18000000000',
    'msDS-LockoutDuration': '-18000000000',
    'msDS-PSOAppliesTo': appliesTo,
  })

const RELAXED =
  [1, 2, 3, 4, 5]
    .map((number) =>
      add(policyOf(number), {
        objectClass: 'groupPolicyContainer',
        displayName: `Lab policy ${number}`,
        gPCFileSysPath: `\\\\corp.example.com\\sysvol\\lab${number}`,
        versionNumber: 0,
        flags: 0,
      }),
    )
    .join('') +
  linked(`OU=Domain Controllers,${BASE}`, 0, 1) +
  // A link that is not in force.
  linked(`OU=Tier0,${BASE}`, 1, 2) +
  linked(`CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${BASE}`, 0, 3) +
  // Enforced, and each for one computer only.
  linked(`OU=Servers,${BASE}`, 2, 4, 5) +
  CHANGE(`OU=Hidden,${BASE}`, 'replace', 'gPOptions', '1') +
  fine('pso-own', 50, 30, POLICY('under-own')) +
  fine('pso-group', 20, 10, POLICY('Policed')) +
  fine('pso-primary', 10, 20, POLICY('Policed-primary')) +
  CHANGE(POLICY('under-primary'), 'replace', 'primaryGroupID', '{RID:Policed-primary}') +
  CHANGE(
    `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${BASE}`,
    'replace',
    'msDS-Behavior-Version',
    '10',
  ) +
  add(`CN=dmsa1,CN=Managed Service Accounts,${BASE}`, {
    objectClass: 'msDS-DelegatedManagedServiceAccount',
    sAMAccountName: 'dmsa1$',
    userAccountControl: 0x1000,
    dNSHostName: 'dmsa1.corp.example.com',
    'msDS-DelegatedMSAState': 2,
    'msDS-ManagedAccountPrecededByLink': T0('adm-nested'),
    'msDS-GroupMSAMembership': 'O:SYD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SID:linker})',
  }) +
  add(`CN=RODC1,OU=Domain Controllers,${BASE}`, {
    objectClass: 'computer',
    sAMAccountName: 'RODC1$',
    userAccountControl: 0x5001000,
    dNSHostName: 'rodc1.corp.example.com',
    operatingSystem: 'Windows Server 2022 Standard',
    operatingSystemVersion: '10.0 (20348)',
    'msDS-RevealOnDemandGroup': POLICY('Revealed'),
    'msDS-NeverRevealGroup': POLICY('Unrevealed'),
  }) +
  CHANGE(SRV('LNX1'), 'replace', 'userAccountControl', String(0x2000)) +
  CHANGE(
    SRV('SRV2'),
    'replace',
    'msDS-AllowedToActOnBehalfOfOtherIdentity',
    'O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SID:helpdesk})',
  ) +
  add(`CN=gmsa1,CN=Managed Service Accounts,${BASE}`, {
    objectClass: 'msDS-GroupManagedServiceAccount',
    sAMAccountName: 'gmsa1$',
    userAccountControl: 0x1000,
    dNSHostName: 'gmsa1.corp.example.com',
    'msDS-ManagedPasswordInterval': 30,
    'msDS-SupportedEncryptionTypes': 28,
    'msDS-GroupMSAMembership': 'O:SYD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SID:helpdesk})',
    servicePrincipalName: 'HTTP/gmsa1.corp.example.com',
  }) +
  add(`CN=pso-services,CN=Password Settings Container,CN=System,${BASE}`, {
    objectClass: 'msDS-PasswordSettings',
    'msDS-PasswordSettingsPrecedence': 10,
    'msDS-PasswordReversibleEncryptionEnabled': 'FALSE',
    'msDS-PasswordHistoryLength': 0,
    'msDS-PasswordComplexityEnabled': 'FALSE',
    'msDS-MinimumPasswordLength': 4,
    'msDS-MinimumPasswordAge': 0,
    'msDS-MaximumPasswordAge': '-9223372036854775808',
    'msDS-LockoutThreshold': 0,
    'msDS-LockoutObservationWindow': '-18000000000',
    'msDS-LockoutDuration': '-18000000000',
    'msDS-PSOAppliesTo': SVC('svc-sql'),
  }) +
  CHANGE(STAFF('stale'), 'replace', 'lastLogonTimestamp', daysAgo(400)) +
  CHANGE(STAFF('from-here'), 'add', 'sIDHistory', `${SAMBA_SID}-512`) +
  CHANGE(STAFF('from-elsewhere'), 'add', 'sIDHistory', 'S-1-5-21-1-2-3-1105') +
  CHANGE(STAFF('shadow'), 'add', 'msDS-KeyCredentialLink', `B:16:0002000000010203:${STAFF('shadow')}`) +
  CHANGE(T0('adm-nested'), 'add', 'msDS-KeyCredentialLink', `B:16:0002000000010203:${T0('adm-nested')}`) +
  CHANGE(STAFF('hidden'), 'replace', 'primaryGroupID', '{RID:Hiding}') +
  add(`CN=old.example.org,CN=System,${BASE}`, {
    objectClass: 'trustedDomain',
    trustPartner: 'old.example.org',
    flatName: 'OLD',
    trustDirection: 3,
    trustType: 2,
    trustAttributes: 0x40 | 0x800,
    securityIdentifier: 'S-1-5-21-7-7-7',
  }) +
  add(`CN=LabSubject,CN=Certificate Templates,${PKI}`, {
    objectClass: 'pKICertificateTemplate',
    displayName: 'Subject by whoever asks',
    'msPKI-Certificate-Name-Flag': 1,
    'msPKI-Enrollment-Flag': 0,
    'msPKI-RA-Signature': 0,
    'msPKI-Template-Schema-Version': 2,
    pKIExtendedKeyUsage: '1.3.6.1.5.5.7.3.2',
  }) +
  add(`CN=LabQuiet,CN=Certificate Templates,${PKI}`, {
    objectClass: 'pKICertificateTemplate',
    'msPKI-Certificate-Name-Flag': 1,
    'msPKI-Enrollment-Flag': 2,
    'msPKI-RA-Signature': 0,
    'msPKI-Template-Schema-Version': 2,
    pKIExtendedKeyUsage: '1.3.6.1.5.5.7.3.2',
  }) +
  add(`CN=Lab-CA,CN=Enrollment Services,${PKI}`, {
    objectClass: 'pKIEnrollmentService',
    dNSHostName: 'ca.corp.example.com',
    certificateTemplates: ['LabSubject', 'LabQuiet', 'LabPurpose', 'LabGroup'],
  }) +
  add(`CN=LabPurpose,CN=Certificate Templates,${PKI}`, {
    objectClass: 'pKICertificateTemplate',
    'msPKI-Certificate-Name-Flag': 1,
    'msPKI-Enrollment-Flag': 0,
    'msPKI-RA-Signature': 0,
    'msPKI-Template-Schema-Version': 1,
    pKIExtendedKeyUsage: '1.3.6.1.5.5.7.3.1',
  }) +
  add(`CN=LabGroup,CN=Certificate Templates,${PKI}`, {
    objectClass: 'pKICertificateTemplate',
    'msPKI-Certificate-Name-Flag': 0,
    'msPKI-Enrollment-Flag': 0,
    'msPKI-RA-Signature': 0,
    'msPKI-Template-Schema-Version': 2,
    'msPKI-Certificate-Policy': LAB_POLICY,
    pKIExtendedKeyUsage: '1.3.6.1.5.5.7.3.2',
  }) +
  add(`CN=13.LAB,CN=OID,${PKI}`, {
    objectClass: 'msPKI-Enterprise-Oid',
    'msPKI-Cert-Template-OID': LAB_POLICY,
    'msDS-OIDToGroupLink': T0('T0-Admins'),
  })

const WHEN_SET =
  CHANGE(SVC('svc-sql'), 'replace', 'pwdLastSet', daysAgo(1500)) +
  ['under-own', 'under-group', 'under-nested', 'under-primary']
    .map((name) => CHANGE(POLICY(name), 'replace', 'pwdLastSet', daysAgo(15)))
    .join('') +
  CHANGE(`CN=krbtgt,CN=Users,${BASE}`, 'replace', 'pwdLastSet', daysAgo(2500))

const RESET = '00299570-246d-11d0-a768-00aa006e0529'
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2'
const COMPUTER = 'bf967a86-0de6-11d0-a285-00aa003049e2'
const PERSON = 'bf967aba-0de6-11d0-a285-00aa003049e2'
const ENROL = '0e10c968-78fb-11d2-90d4-00c04f79dc55'
const APPLY = 'edacfd8f-ffb3-11d1-b41d-00a0c968f939'
const MANAGED = '0feb936f-47b3-49f2-9386-1dedc2c23765'
export const DEFAULT_POLICY = `CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${BASE}`

const GRANTS: readonly (readonly [dn: string, sddl: string])[] = [
  [BASE, '(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;{SID:helpdesk})'],
  [BASE, '(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;{SID:Deskers})'],
  [T0('T0-Admins'), '(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SID:helpdesk})'],
  [SVC('svc-sql'), `(OA;;CR;${RESET};;{SID:helpdesk})`],
  [T0('T0-Admins-3'), `(OA;;WP;${MEMBER};;{SID:helpdesk})`],
  // Only for what is created below: it gives nothing over the group itself.
  [T0('T0-Admins-2'), '(A;CIIO;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SID:plain})'],
  [`CN=AdminSDHolder,CN=System,${BASE}`, '(A;;WD;;;{SID:helpdesk})'],
  [`OU=Servers,${BASE}`, `(OA;CIIO;CRRP;;${COMPUTER};{SID:LAPS-Readers})`],
  [`OU=Staff,${BASE}`, `(OA;CIIO;CR;${RESET};${PERSON};{SID:Deskers})`],
  [`OU=Services,${BASE}`, `(OA;;CC;${MANAGED};;{SID:plain})`],
  // Given to a group, and taken from one of its two members before that.
  [T0('adm-guarded'), `(OA;;CR;${RESET};;{SID:Deskers})`],
  [T0('adm-guarded'), `(OD;;CR;${RESET};;{SID:helpdesk})`],
  // Taken from everybody before it is given.
  [T0('adm-orphan'), `(OA;;CR;${RESET};;{SID:helpdesk})`],
  [T0('adm-orphan'), '(D;;CR;;;WD)'],
  [STAFF('open'), '(A;;WD;;;AU)'],
  [policyOf(1), '(A;;RPWPRC;;;{SID:editor})'],
  [policyOf(2), '(A;;RPWPRC;;;{SID:idle})'],
  [policyOf(3), '(A;;RPWPRC;;;{SID:sited})'],
  [policyOf(4), '(A;;RPWPRC;;;{SID:filterer})'],
  [policyOf(5), '(A;;RPWPRC;;;{SID:filtered})'],
  ...[4, 5].flatMap((number) => [
    [policyOf(number), `(OD;;CR;${APPLY};;AU)`] as const,
    // In front of that, so that it decides.
    [policyOf(number), `(OA;;CR;${APPLY};;{SID:${number === 4 ? 'LNX1$' : 'SRV1$'}})`] as const,
  ]),
  // What is kept from read-only controllers, and a controller more: not all secrets.
  [BASE, '(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;{SID:replica})'],
  [BASE, '(OA;;CR;89e95b76-444d-4c62-991a-0facbeda640c;;{SID:replica})'],
  [BASE, '(OA;;CR;9923a32a-3607-11d2-b9be-0000f87a36b2;;{SID:replica})'],
  [`CN=LabPurpose,CN=Certificate Templates,${PKI}`, `(OA;;CR;${ENROL};;{SID:asker})`],
  [`CN=LabGroup,CN=Certificate Templates,${PKI}`, `(OA;;CR;${ENROL};;{SID:grouper})`],
  [`OU=Tier0,${BASE}`, `(OA;;WP;f30e3bbe-9ff0-11d1-b603-0000f80367c1;;{SID:linker})`],
  [`CN=dmsa1,CN=Managed Service Accounts,${BASE}`, '(A;;RPLCLORC;;;AU)'],
  [POLICY('veiled'), '(D;;RP;;;{SID:plain})'],
  ...['plain', 'helpdesk'].map((name) => [`OU=Hidden,${BASE}`, `(D;;LC;;;{SID:${name}})`] as const),
  [DEFAULT_POLICY, '(A;;RPWPRC;;;{SID:helpdesk})'],
  [`CN=LabSubject,CN=Certificate Templates,${PKI}`, `(OA;;CR;${ENROL};;AU)`],
  [`CN=LabQuiet,CN=Certificate Templates,${PKI}`, `(OA;;CR;${ENROL};;AU)`],
  [`CN=LabQuiet,CN=Certificate Templates,${PKI}`, '(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;{SID:helpdesk})'],
]

/** Everything that the domain of the lab has besides what a new one has. */
export const SAMBA_SEED: readonly SambaStep[] = [
  { ldif: EXTENSIONS + NEW_CLASS, schemaUpdate: true },
  { ldif: MAY + SUCCESSOR_CLASS, schemaUpdate: true },
  { ldif: PLAIN },
  { ldif: RELAXED, controls: ['relax:0'] },
  { ldif: WHEN_SET, controls: ['local_oid:1.3.6.1.4.1.7165.4.3.20:0'] },
  { aces: GRANTS, owners: [[STAFF('Owned'), '{SID:plain}']] },
]

/** What is wrong in the domain of the lab, by code: the names of the entries, whoever looks. */
export const SAMBA_WEAKNESSES: Readonly<Record<string, readonly string[]>> = {
  // Samba sets adminCount for the groups that it ships, and never for members.
  'admin-count-missing': [
    'T0-Admins',
    'T0-Admins-2',
    'T0-Admins-3',
    'circle-a',
    'circle-b',
    'adm-disabled',
    'adm-guarded',
    'adm-nested',
    'svc-sql',
  ],
  'admin-count-orphan': ['adm-orphan'],
  'admin-holder-changed': ['AdminSDHolder'],
  'asrep-roastable': ['svc-asrep'],
  'bound-key-on-privileged': ['adm-nested'],
  'delegation-constrained': ['svc-kcd'],
  'delegation-protocol-transition': ['svc-cd'],
  'delegation-resource-based': ['SRV2$'],
  'delegation-unconstrained': ['SRV3$', 'svc-web'],
  'des-only': ['svc-des'],
  'duplicate-uid': ['uid-one', 'uid-two'],
  'everyone-has-right': ['open'],
  'hidden-membership': ['hidden', 'under-primary'],
  // A new domain of Samba has an account for its name service.
  kerberoastable: ['dns-dc1', 'svc-sql', 'svc-web'],
  'krbtgt-old': ['krbtgt'],
  'local-admin-expired': ['SRV2$'],
  'local-admin-readable': ['LNX1$', 'SRV3$', 'Servers'],
  'local-admin-unmanaged': ['SRV3$'],
  'lockout-off': ['corp'],
  'machine-quota': ['corp'],
  'managed-password-readable': ['dmsa1$', 'gmsa1$'],
  'obsolete-system': ['SRV1$'],
  'password-cleartext': ['clear'],
  'password-in-attribute': ['noted'],
  'password-never-expires': ['smart', 'svc-sql'],
  'password-never-set': ['nopass'],
  'password-not-required': ['nopass'],
  'password-old': ['svc-sql'],
  'password-policy-weak': ['corp'],
  'password-reversible': ['reversible'],
  'pre-2000-access': ['Pre-Windows 2000 Compatible Access'],
  'privileged-disabled': ['adm-disabled'],
  'privileged-foreign': ['Administrators'],
  'privileged-old-password': ['svc-sql'],
  'privileged-unprotected': ['Administrator', 'adm-nested', 'svc-sql'],
  'secrets-on-read-only-controller': ['RODC1$'],
  'sid-history': ['from-elsewhere'],
  'sid-history-privileged': ['from-here'],
  stale: ['stale'],
  'takes-place-of-another': ['dmsa1$'],
  'template-group-by-policy': ['LabGroup'],
  'template-purpose-from-requester': ['LabPurpose'],
  'template-subject-from-requester': ['LabSubject'],
  'template-writable': ['LabQuiet'],
  'trust-tgt-delegation': ['old.example.org'],
  'trust-unfiltered': ['old.example.org'],
  'trust-weak-encryption': ['old.example.org'],
  'uid-zero': ['uid-zero'],
  'unexpected-controller': ['LNX1$'],
  'weak-encryption': ['svc-sql'],
}

/** What only some may see, and what they may do themselves. */
export const SAMBA_IDENTITIES: Readonly<
  Record<
    'Administrator' | 'plain' | 'helpdesk',
    {
      readonly weaknesses: Readonly<Record<string, readonly string[]>>
      /** What each scope says that it could not see: `attribute-denied` of what, in how many entries. */
      readonly denied: Readonly<Record<string, readonly string[]>>
    }
  >
> = {
  Administrator: {
    weaknesses: {
      'lockout-off': ['pso-services'],
      'password-policy-weak': ['pso-services'],
      'password-weak-hash': ['noted'],
      'password-hash-readable': ['noted'],
      'scan-account-may-write': ['Administrator'],
      'scan-account-reads-secrets': ['Administrator'],
    },
    // Its list denies everybody all extended rights.
    denied: { 'directory-secrets': ['unixuserpassword 1'] },
  },
  plain: {
    weaknesses: { 'scan-account-may-write': ['plain'] },
    denied: {
      'directory-computers': ['ms-mcs-admpwd 6', 'mslaps-password 6'],
      'directory-policies': ['password policies of single groups (msDS-PasswordSettings) 4'],
      'directory-secrets': ['ms-mcs-admpwd 6', 'mslaps-password 6', 'unixuserpassword 47'],
    },
  },
  helpdesk: {
    weaknesses: { 'scan-account-may-write': ['helpdesk'], 'scan-account-reads-secrets': ['helpdesk'] },
    denied: {
      'directory-computers': ['ms-mcs-admpwd 2', 'mslaps-password 2'],
      'directory-policies': ['password policies of single groups (msDS-PasswordSettings) 4'],
      'directory-secrets': ['ms-mcs-admpwd 2', 'mslaps-password 2', 'unixuserpassword 48'],
    },
  },
}

/** Rights that a new domain does not have: `who right what`, with `below` and how many entries where it is told for a container. */
export const SAMBA_RIGHTS: readonly string[] = [
  'helpdesk replicate-secrets corp',
  'replica replicate-filtered corp',
  'replica install-replica corp',
  'helpdesk write-dacl AdminSDHolder',
  'plain create-managed-account Services',
  'helpdesk write-all Default Domain Policy',
  'Deskers reset-password Staff below user 16',
  // These three hold something that takes the domain over, so that whoever may become them is told for each.
  'Deskers reset-password helpdesk',
  'Deskers reset-password desker',
  'Deskers reset-password plain',
  'helpdesk reset-password svc-sql',
  'desker reset-password adm-guarded',
  'LAPS-Readers reset-password SRV3$',
  'LAPS-Readers read-local-admin-password SRV3$',
  'LAPS-Readers reset-password LNX1$',
  'LAPS-Readers read-local-admin-password LNX1$',
  'LAPS-Readers reset-password Servers below computer 2',
  'LAPS-Readers read-local-admin-password Servers below computer 2',
  'helpdesk full-control T0-Admins',
  'helpdesk add-member T0-Admins-3',
  'helpdesk read-managed-password gmsa1$',
  'helpdesk write-template LabQuiet',
  'Authenticated Users enrol LabQuiet',
  'Authenticated Users enrol LabSubject',
  'Authenticated Users write-dacl open',
  'plain owns Owned',
  'editor write-all Lab policy 1',
  'idle write-all Lab policy 2',
  'sited write-all Lab policy 3',
  'filterer write-all Lab policy 4',
  'filtered write-all Lab policy 5',
  'asker enrol LabPurpose',
  'grouper enrol LabGroup',
  'linker write-policy-links Tier0',
  'linker read-managed-password dmsa1$',
]

/** Who can take the domain over, but for the template that everybody may enrol for: for certain, or so that it depends on what is not told. */
export const SAMBA_TAKEOVERS: { readonly yes: readonly string[]; readonly unknown: readonly string[] } = {
  yes: [
    'Administrator',
    'DC1$',
    'LNX1$',
    'RODC1$',
    'adm-disabled',
    'adm-guarded',
    'adm-nested',
    'desker',
    // By the policy that is linked where the controllers are.
    'editor',
    // By a policy that applies to a controller alone.
    'filterer',
    'from-here',
    // By certificates that make a member of an administrators' group.
    'grouper',
    'helpdesk',
    'krbtgt',
    // By policies that it may link to where the administrators are.
    'linker',
    'svc-cd',
    'svc-sql',
  ],
  // By a policy of the site; by accounts that stand for others; by whoever logs in to them. The policy of `idle` is linked and not in force,
  // that of `filtered` applies to no controller.
  unknown: ['SRV3$', 'asker', 'dmsa1$', 'plain', 'replica', 'sited', 'svc-web'],
}
