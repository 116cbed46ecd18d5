import type { labKeys } from './slapd-truth.ts'

/*
 * A 389 Directory Server and a tree as FreeIPA has it, each with a defect of each kind. Classes and attributes of FreeIPA are written down here
 * by the numbers that it has for them, as far as the tree uses them.
 */

const SUFFIX = 'dc=example,dc=org'

/** Passwords that people log in with. None of them may ever be told. */
export const DS389_PEOPLE = {
  ordinary: { dn: `uid=plain,ou=people,${SUFFIX}`, password: 'Plain-of-the-lab-1' },
  helpdesk: { dn: `uid=helper,ou=people,${SUFFIX}`, password: 'Helper-of-the-lab-1' },
} as const
export const IPA_PEOPLE = {
  administrator: { dn: `uid=admin,cn=users,cn=accounts,${SUFFIX}`, password: 'Admin-of-the-lab-1' },
  helpdesk: { dn: `uid=helper,cn=users,cn=accounts,${SUFFIX}`, password: 'Helper-of-the-lab-1' },
  ordinary: { dn: `uid=plain,cn=users,cn=accounts,${SUFFIX}`, password: 'Plain-of-the-lab-1' },
} as const
export const DS389_SECRETS: readonly string[] = [
  'Plain-of-the-lab-1',
  'Helper-of-the-lab-1',
  'Admin-of-the-lab-1',
  'Manager-of-the-lab-1',
  'Rowan-Welcome-2024',
  'Alice-of-the-lab-1',
]

const STRING = '1.3.6.1.4.1.1466.115.121.1.15'
const DN = '1.3.6.1.4.1.1466.115.121.1.12'
const BOOLEAN = '1.3.6.1.4.1.1466.115.121.1.7'
const OCTETS = '1.3.6.1.4.1.1466.115.121.1.40'

const attribute = (oid: string, name: string, syntax = STRING) =>
  `attributeTypes: ( ${oid} NAME '${name}' EQUALITY ${syntax === DN ? 'distinguishedNameMatch' : syntax === BOOLEAN ? 'booleanMatch' : syntax === OCTETS ? 'octetStringMatch' : 'caseIgnoreMatch'} SYNTAX ${syntax} )`
const auxiliary = (oid: string, name: string, may: string, kind = 'AUXILIARY') =>
  `objectClasses: ( ${oid} NAME '${name}' SUP top ${kind} MAY ( ${may.split(' ').join(' $ ')} ) )`

const schema = (attributes: readonly string[], classes: readonly string[]) =>
  `dn: cn=schema\nchangetype: modify\nadd: attributeTypes\n${attributes.join('\n')}\n-\nadd: objectClasses\n${classes.join('\n')}\n\n`

const KEYS_SCHEMA = schema(
  [attribute('1.3.6.1.4.1.24552.500.1.1.1.13', 'sshPublicKey', OCTETS)],
  [auxiliary('1.3.6.1.4.1.24552.500.1.1.2.0', 'ldapPublicKey', 'sshPublicKey uid')],
)

const IPA = '2.16.840.1.113730.3.8'
const IPA_SCHEMA = schema(
  [
    attribute(`${IPA}.3.1`, 'ipaUniqueID'),
    attribute(`${IPA}.11.31`, 'ipaSshPubKey', OCTETS),
    attribute(`${IPA}.3.5`, 'memberUser', DN),
    attribute(`${IPA}.3.6`, 'userCategory'),
    attribute(`${IPA}.3.7`, 'memberHost', DN),
    attribute(`${IPA}.3.8`, 'hostCategory'),
    attribute(`${IPA}.3.19`, 'serviceCategory'),
    attribute(`${IPA}.3.20`, 'memberService', DN),
    attribute(`${IPA}.3.9`, 'ipaEnabledFlag', BOOLEAN),
    attribute(`${IPA}.3.13`, 'accessRuleType'),
    attribute(`${IPA}.7.1`, 'memberAllowCmd', DN),
    attribute(`${IPA}.7.2`, 'memberDenyCmd', DN),
    attribute(`${IPA}.7.3`, 'cmdCategory'),
    attribute(`${IPA}.7.4`, 'ipaSudoOpt'),
    attribute(`${IPA}.7.5`, 'ipaSudoRunAs', DN),
    attribute(`${IPA}.7.9`, 'ipaSudoRunAsUserCategory'),
    attribute(`${IPA}.7.99`, 'sudoCmd'),
    attribute('1.3.6.1.4.1.5322.21.2.4', 'krbAllowedToDelegateTo'),
    attribute(`${IPA}.11.20`, 'memberPrincipal'),
    attribute(`${IPA}.11.22`, 'ipaAllowedTarget', DN),
    attribute('2.16.840.1.113719.1.301.4.1.1', 'krbPrincipalName'),
    attribute('2.16.840.1.113719.1.301.4.39.1', 'krbPrincipalKey', OCTETS),
    attribute('2.16.840.1.113719.1.301.4.8.1', 'krbTicketFlags', '1.3.6.1.4.1.1466.115.121.1.15'),
    attribute('2.16.840.1.113719.1.301.4.37.1', 'krbPasswordExpiration'),
    attribute('2.16.840.1.113719.1.301.4.30.1', 'krbMaxPwdLife'),
    attribute('2.16.840.1.113719.1.301.4.34.1', 'krbPwdMinLength'),
    attribute('2.16.840.1.113719.1.301.4.49.1', 'krbPwdMaxFailure'),
    attribute(`${IPA}.11.51`, 'ipaAllowedToPerform', DN),
  ],
  [
    auxiliary(`${IPA}.12.12`, 'ipaSshUser', 'ipaSshPubKey'),
    auxiliary(`${IPA}.4.1`, 'ipaObject', 'ipaUniqueID'),
    auxiliary(`${IPA}.4.2`, 'ipaHost', 'ipaUniqueID fqdn ipaSshPubKey krbPrincipalName', 'STRUCTURAL').replace(
      ' fqdn $',
      ' serverHostName $ cn $',
    ),
    auxiliary(
      `${IPA}.4.3`,
      'ipaService',
      'krbPrincipalName krbTicketFlags ipaAllowedToPerform ipaUniqueID',
      'STRUCTURAL',
    ),
    auxiliary(
      '2.16.840.1.113719.1.301.6.8.1',
      'krbPrincipalAux',
      'krbPrincipalName krbPasswordExpiration krbTicketFlags',
    ),
    auxiliary(
      '2.16.840.1.113719.1.301.6.14.1',
      'krbPwdPolicy',
      'cn krbMaxPwdLife krbPwdMinLength krbPwdMaxFailure',
      'STRUCTURAL',
    ),
    auxiliary(
      `${IPA}.4.7`,
      'ipaHBACRule',
      'cn ipaUniqueID memberUser userCategory memberHost hostCategory serviceCategory memberService ipaEnabledFlag accessRuleType',
      'STRUCTURAL',
    ),
    auxiliary(
      `${IPA}.8.1`,
      'ipaSudoRule',
      'cn ipaUniqueID memberUser userCategory memberHost hostCategory cmdCategory memberAllowCmd memberDenyCmd ipaSudoOpt ipaSudoRunAs ipaSudoRunAsUserCategory ipaEnabledFlag',
      'STRUCTURAL',
    ),
    auxiliary(`${IPA}.8.2`, 'ipaSudoCmd', 'sudoCmd ipaUniqueID', 'STRUCTURAL'),
    auxiliary(`${IPA}.12.6`, 'ipaKrb5DelegationACL', 'cn memberPrincipal ipaAllowedTarget', 'STRUCTURAL'),
  ],
)

const entry = (rdn: string, classes: string, ...attributes: readonly string[]) =>
  `dn: ${rdn}${rdn === '' ? '' : ','}${SUFFIX}\nchangetype: add\n${classes
    .split(' ')
    .map((name) => `objectClass: ${name}\n`)
    .join('')}${attributes.map((line) => `${line}\n`).join('')}\n`

const container = (rdn: string, ...attributes: readonly string[]) =>
  entry(rdn, 'nsContainer', `cn: ${rdn.replace(/^cn=([^,]*).*/, '$1')}`, ...attributes)

const person = (rdn: string, uid: string, number: number, classes: string, ...more: readonly string[]) =>
  entry(
    `uid=${uid},${rdn}`,
    `inetOrgPerson posixAccount ${classes}`.trim(),
    `uid: ${uid}`,
    `cn: ${uid} of the lab`,
    `sn: ${uid}`,
    `uidNumber: ${number}`,
    'gidNumber: 10000',
    `homeDirectory: /home/${uid}`,
    'loginShell: /bin/bash',
    ...more,
  )

/** What everybody who logs in reads, as a careful administrator would have it. */
const READ = `aci: (targetattr != "userPassword || aci || passwordHistory")(version 3.0; acl "read for those who log in"; allow (read, search, compare) userdn = "ldap:///all";)`

export const ds389Data = ({ good, short }: ReturnType<typeof labKeys>): string =>
  [
    KEYS_SCHEMA,
    `dn: ${SUFFIX}\nchangetype: modify\nadd: aci\n${READ}\n\n`,
    entry(
      'ou=people',
      'organizationalUnit',
      'ou: people',
      `aci: (targetattr="userPassword")(version 3.0; acl "helpdesk sets passwords"; allow (write) groupdn = "ldap:///cn=helpdesk,ou=groups,${SUFFIX}";)`,
      `aci: (targetattr="userPassword")(version 3.0; acl "own password"; allow (write) userdn = "ldap:///self";)`,
    ),
    entry('ou=groups', 'organizationalUnit', 'ou: groups'),
    entry('ou=sudoers', 'organizationalUnit', 'ou: sudoers'),
    entry(
      'ou=hidden',
      'organizationalUnit',
      'ou: hidden',
      'aci: (targetattr="*")(version 3.0; acl "nobody"; deny (all) userdn = "ldap:///all";)',
    ),
    person(
      'ou=people',
      'alice',
      10001,
      'ldapPublicKey',
      `sshPublicKey: ${good.line}`,
      'userPassword: Alice-of-the-lab-1',
    ),
    person('ou=people', 'bob', 10002, '', 'nsAccountLock: TRUE', 'description: initial password Rowan-Welcome-2024!'),
    person('ou=people', 'carol', 10001, 'ldapPublicKey', `sshPublicKey: ${short.line}`),
    person('ou=people', 'toor', 0, ''),
    person('ou=people', 'plain', 10005, '', `userPassword: ${DS389_PEOPLE.ordinary.password}`),
    person('ou=people', 'helper', 10006, '', `userPassword: ${DS389_PEOPLE.helpdesk.password}`),
    person('ou=hidden', 'hidden-admin', 10007, ''),
    entry('cn=helpdesk,ou=groups', 'groupOfUniqueNames', 'cn: helpdesk', `uniqueMember: ${DS389_PEOPLE.helpdesk.dn}`),
    entry('cn=gone,ou=groups', 'groupOfNames', 'cn: gone', `member: uid=nobody-any-more,ou=people,${SUFFIX}`),
    entry('cn=admins', 'LDAPsubentry nsRoleDefinition nsSimpleRoleDefinition nsManagedRoleDefinition', 'cn: admins'),
    entry('cn=all,ou=sudoers', 'sudoRole', 'cn: all', 'sudoUser: alice', 'sudoHost: ALL', 'sudoCommand: ALL'),
  ].join('')

export const ipaData = ({ good }: ReturnType<typeof labKeys>): string => {
  const [users, groups, hosts, services] = ['users', 'groups', 'computers', 'services'].map(
    (name) => `cn=${name},cn=accounts`,
  ) as [string, string, string, string]
  return [
    IPA_SCHEMA,
    `dn: ${SUFFIX}\nchangetype: modify\nadd: aci\n${READ}\naci: (targetattr = "userPassword || krbPrincipalKey")(target = "ldap:///uid=*,${users},${SUFFIX}")(version 3.0;acl "permission:Change passwords";allow (write) groupdn = "ldap:///cn=Change passwords,cn=permissions,cn=pbac,${SUFFIX}";)\naci: (targetattr != "userPassword || krbPrincipalKey || passwordHistory")(version 3.0;acl "Admin can manage any entry";allow (all) groupdn = "ldap:///cn=admins,${groups},${SUFFIX}";)\n\n`,
    ...[
      'cn=accounts',
      users,
      groups,
      hosts,
      services,
      'cn=roles,cn=accounts',
      'cn=etc',
      'cn=ipa,cn=etc',
      'cn=s4u2proxy,cn=etc',
      'cn=pbac',
      'cn=privileges,cn=pbac',
      'cn=permissions,cn=pbac',
      'cn=hbac',
      'cn=sudo',
      'cn=sudorules,cn=sudo',
      'cn=sudocmds,cn=sudo',
      'cn=kerberos',
      'cn=EXAMPLE.ORG,cn=kerberos',
    ].map((rdn) => container(rdn)),
    entry(
      'cn=global_policy,cn=EXAMPLE.ORG,cn=kerberos',
      'krbPwdPolicy',
      'cn: global_policy',
      'krbMaxPwdLife: 7776000',
      'krbPwdMinLength: 6',
      'krbPwdMaxFailure: 6',
    ),
    person(
      users,
      'admin',
      10001,
      'ipaSshUser ipaObject krbPrincipalAux',
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000001',
      `ipaSshPubKey: ${good.line}`,
      'krbPrincipalName: admin@EXAMPLE.ORG',
      'krbTicketFlags: 128',
      `userPassword: ${IPA_PEOPLE.administrator.password}`,
      'krbPasswordExpiration: 20200101000000Z',
    ),
    person(
      users,
      'plain',
      10002,
      'ipaObject krbPrincipalAux',
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000002',
      'krbPrincipalName: plain@EXAMPLE.ORG',
      'krbTicketFlags: 0',
      `userPassword: ${IPA_PEOPLE.ordinary.password}`,
    ),
    person(
      users,
      'helper',
      10003,
      'ipaObject krbPrincipalAux',
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000006',
      'krbPrincipalName: helper@EXAMPLE.ORG',
      'krbTicketFlags: 128',
      `userPassword: ${IPA_PEOPLE.helpdesk.password}`,
    ),
    entry(
      `cn=web1.example.org,${hosts}`,
      'ipaHost',
      'cn: web1.example.org',
      'serverHostName: web1',
      'krbPrincipalName: host/web1.example.org@EXAMPLE.ORG',
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000003',
    ),
    entry(
      `krbPrincipalName=HTTP/web1.example.org@EXAMPLE.ORG,${services}`,
      'ipaService',
      'krbPrincipalName: HTTP/web1.example.org@EXAMPLE.ORG',
      'krbTicketFlags: 2097280',
      `ipaAllowedToPerform;read_keys: cn=admins,${groups},${SUFFIX}`,
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000004',
    ),
    entry(
      `cn=admins,${groups}`,
      'groupOfNames ipaObject',
      'cn: admins',
      `member: uid=admin,${users},${SUFFIX}`,
      'ipaUniqueID: 11111111-0000-11e9-8000-000000000005',
    ),
    entry('cn=Helpdesk,cn=roles,cn=accounts', 'groupOfNames', 'cn: Helpdesk', `member: uid=helper,${users},${SUFFIX}`),
    entry(
      'cn=Password Administrators,cn=privileges,cn=pbac',
      'groupOfNames',
      'cn: Password Administrators',
      `member: cn=Helpdesk,cn=roles,cn=accounts,${SUFFIX}`,
    ),
    entry(
      'cn=Change passwords,cn=permissions,cn=pbac',
      'groupOfNames',
      'cn: Change passwords',
      `member: cn=Password Administrators,cn=privileges,cn=pbac,${SUFFIX}`,
    ),
    entry(
      'cn=allow_all,cn=hbac',
      'ipaHBACRule',
      'cn: allow_all',
      'userCategory: all',
      'hostCategory: all',
      'serviceCategory: all',
      'ipaEnabledFlag: TRUE',
      'accessRuleType: allow',
    ),
    entry(
      'cn=ssh,cn=hbac',
      'ipaHBACRule',
      'cn: ssh',
      `memberUser: cn=admins,${groups},${SUFFIX}`,
      'hostCategory: all',
      'ipaEnabledFlag: TRUE',
      'accessRuleType: allow',
    ),
    entry('sudoCmd=/usr/bin/less,cn=sudocmds,cn=sudo', 'ipaSudoCmd', 'sudoCmd: /usr/bin/less'),
    entry(
      'cn=all,cn=sudorules,cn=sudo',
      'ipaSudoRule',
      'cn: all',
      `memberUser: cn=admins,${groups},${SUFFIX}`,
      'hostCategory: all',
      'cmdCategory: all',
      'ipaSudoRunAsUserCategory: all',
      'ipaSudoOpt: !authenticate',
      'ipaEnabledFlag: TRUE',
    ),
    entry(
      'cn=less,cn=sudorules,cn=sudo',
      'ipaSudoRule',
      'cn: less',
      `memberUser: uid=plain,${users},${SUFFIX}`,
      `memberHost: cn=web1.example.org,${hosts},${SUFFIX}`,
      `memberAllowCmd: sudoCmd=/usr/bin/less,cn=sudocmds,cn=sudo,${SUFFIX}`,
      'ipaEnabledFlag: TRUE',
    ),
    entry(
      'cn=web-delegation,cn=s4u2proxy,cn=etc',
      'ipaKrb5DelegationACL',
      'cn: web-delegation',
      'memberPrincipal: HTTP/web1.example.org@EXAMPLE.ORG',
      `ipaAllowedTarget: cn=ldap-targets,cn=s4u2proxy,cn=etc,${SUFFIX}`,
    ),
  ].join('')
}
