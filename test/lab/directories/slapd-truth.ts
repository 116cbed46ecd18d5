import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * An OpenLDAP in which each kind of defect is once. Expected findings stand beside it in `test/openldap.test.ts`.
 */

const SUFFIX = 'dc=example,dc=org'

/** Passwords that people log in with. None of them may ever be told. */
export const SLAPD_PEOPLE = {
  ordinary: { dn: `uid=plain,ou=Services,${SUFFIX}`, password: 'Plain-of-the-lab-1' },
  helpdesk: { dn: `uid=bob,ou=People,${SUFFIX}`, password: 'Helpdesk-of-the-lab-1' },
  configReader: { dn: `uid=cfgreader,ou=Services,${SUFFIX}`, password: 'Reader-of-the-lab-1' },
} as const

/** What must never be in a finding, reason or note. */
export const SLAPD_SECRETS: readonly string[] = [
  ...Object.values(SLAPD_PEOPLE).map(({ password }) => password),
  'Rowan-Welcome-2024',
  'B@ckup!2019',
  'Cleartext-of-erin-7',
  'Root-of-the-lab-1',
  'Config-of-the-lab-1',
  'S0xD0Rvd2VyX2hhc2g',
]

export const SLAPD_ACCESS: readonly string[] = [
  `to attrs=userPassword,shadowLastChange by group.exact="cn=ldap-admins,ou=Groups,${SUFFIX}" write by group.exact="cn=helpdesk,ou=Groups,${SUFFIX}" write by self write by anonymous auth by * none`,
  `to attrs=pwdHistory by * none`,
  `to dn.subtree="ou=Hidden,${SUFFIX}" by group.exact="cn=ldap-admins,ou=Groups,${SUFFIX}" manage by * none`,
  `to dn.subtree="ou=SUDOers,${SUFFIX}" attrs=sudoUser,sudoCommand by dn.exact="uid=carol,ou=People,${SUFFIX}" write by users read`,
  `to * by group.exact="cn=ldap-admins,ou=Groups,${SUFFIX}" manage by users read by * none`,
]

export const SLAPD_CONFIG_ACCESS: readonly string[] = [
  `to * by dn.base="${SLAPD_PEOPLE.configReader.dn}" read by * none`,
]

export const SLAPD_DATABASE: readonly string[] = [
  `olcLimits: {0}dn.exact="${SLAPD_PEOPLE.ordinary.dn}" size=unlimited size.pr=unlimited size.prtotal=unlimited`,
  `olcLimits: {1}dn.exact="${SLAPD_PEOPLE.configReader.dn}" size=unlimited size.prtotal=unlimited`,
]

/** Keys as ssh-keygen makes them: a good one and a short one, with their fingerprints. */
export const labKeys = (): { readonly good: LabKey; readonly short: LabKey } => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-keys-'))
  try {
    const made = (name: string, ...type: readonly string[]): LabKey => {
      const path = join(folder, name)
      execFileSync('ssh-keygen', ['-q', '-t', ...type, '-N', '', '-C', `${name}@lab`, '-f', path])
      const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' }).split(
        ' ',
      )
      return { line: readFileSync(`${path}.pub`, 'utf8').trim(), fingerprint }
    }
    return { good: made('good', 'ed25519'), short: made('short', 'rsa', '-b', '1024') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface LabKey {
  readonly line: string
  readonly fingerprint: string
}

const entry = (rdn: string, classes: string, ...attributes: readonly string[]) =>
  `dn: ${rdn},${SUFFIX}\n${classes
    .split(' ')
    .map((name) => `objectClass: ${name}\n`)
    .join('')}${attributes.map((line) => `${line}\n`).join('')}\n`

const person = (uid: string, number: number, ...more: readonly string[]) =>
  entry(
    `uid=${uid},ou=People`,
    'inetOrgPerson posixAccount shadowAccount ldapPublicKey',
    `uid: ${uid}`,
    `cn: ${uid} of the lab`,
    `sn: ${uid}`,
    `uidNumber: ${number}`,
    `gidNumber: 10000`,
    `homeDirectory: /home/${uid}`,
    `loginShell: /bin/bash`,
    ...more,
  )

const service = (uid: string, ...more: readonly string[]) =>
  entry(`uid=${uid},ou=Services`, 'account simpleSecurityObject', `uid: ${uid}`, ...more)

const HASH = '{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ='
const GOOD_HASH = '{ARGON2}$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$S0xD0Rvd2VyX2hhc2gS0xD0Rvd2VyX2hhc2g'

export const slapdData = ({ good, short }: ReturnType<typeof labKeys>): string =>
  [
    entry('ou=Hidden', 'organizationalUnit', 'ou: Hidden'),
    entry(
      'cn=default,ou=Policies',
      'device pwdPolicy',
      'cn: default',
      'pwdAttribute: userPassword',
      'pwdMaxAge: 7776000',
      'pwdLockout: TRUE',
      'pwdMaxFailure: 5',
      'pwdLockoutDuration: 900',
      'pwdMinLength: 12',
      'pwdCheckQuality: 1',
      'pwdMustChange: TRUE',
    ),
    entry(
      'cn=lax,ou=Policies',
      'device pwdPolicy',
      'cn: lax',
      'pwdAttribute: userPassword',
      'pwdMaxAge: 0',
      'pwdMinLength: 4',
    ),
    // Whose password is well kept, and who has a key and an administrator's group.
    person(
      'alice',
      10001,
      `sshPublicKey: ${good.line}`,
      `userPassword: ${GOOD_HASH}`,
      'pwdChangedTime: 20261101000000Z',
      'mail: alice@example.org',
      'employeeNumber: 4711',
      'departmentNumber: Operations',
      'title: Administrator',
      `manager: uid=bob,ou=People,${SUFFIX}`,
    ),
    person(
      'bob',
      10002,
      `userPassword: ${SLAPD_PEOPLE.helpdesk.password}`,
      'description: initial password Rowan-Welcome-2024!',
      'pwdChangedTime: 20261101000000Z',
    ),
    // The number of another one.
    person(
      'carol',
      10001,
      `sshPublicKey: from="10.0.0.0/8" ${short.line}`,
      `userPassword: ${HASH}`,
      'pwdChangedTime: 20200101000000Z',
      'shadowExpire: 18000',
    ),
    person(
      'dave',
      10004,
      `userPassword: ${GOOD_HASH}`,
      'pwdChangedTime: 20261101000000Z',
      'pwdAccountLockedTime: 000001010000Z',
    ),
    person(
      'erin',
      10005,
      'userPassword: {CLEARTEXT}Cleartext-of-erin-7',
      'pwdChangedTime: 20261101000000Z',
      'pwdReset: TRUE',
      'authzTo: dn.exact:cn=Manager,dc=example,dc=org',
    ),
    person('frank', 10006, 'userPassword: {SASL}frank@EXAMPLE.ORG', 'pwdAccountLockedTime: 20200101000000Z'),
    person('grace', 10007),
    person('toor', 0, `userPassword: ${GOOD_HASH}`, 'pwdChangedTime: 20261101000000Z'),
    service('plain', `userPassword: ${SLAPD_PEOPLE.ordinary.password}`),
    service('cfgreader', `userPassword: ${SLAPD_PEOPLE.configReader.password}`),
    service(
      'svc-backup',
      `userPassword: ${GOOD_HASH}`,
      `pwdPolicySubentry: cn=lax,ou=Policies,${SUFFIX}`,
      'pwdChangedTime: 20261101000000Z',
      'description: backup job on db01, pw=B@ckup!2019',
    ),
    entry('uid=hidden-admin,ou=Hidden', 'account simpleSecurityObject', 'uid: hidden-admin', `userPassword: ${HASH}`),
    entry(
      'cn=ldap-admins,ou=Groups',
      'groupOfNames',
      'cn: ldap-admins',
      `member: cn=inner,ou=Groups,${SUFFIX}`,
      `member: uid=svc-backup,ou=Services,${SUFFIX}`,
    ),
    entry('cn=inner,ou=Groups', 'groupOfNames', 'cn: inner', `member: UID=Alice, OU=People,${SUFFIX}`),
    entry('cn=helpdesk,ou=Groups', 'groupOfNames', 'cn: helpdesk', `member: ${SLAPD_PEOPLE.helpdesk.dn}`),
    entry('cn=loop-a,ou=Groups', 'groupOfNames', 'cn: loop-a', `member: cn=loop-b,ou=Groups,${SUFFIX}`),
    entry('cn=loop-b,ou=Groups', 'groupOfUniqueNames', 'cn: loop-b', `uniqueMember: cn=loop-a,ou=Groups,${SUFFIX}`),
    entry('cn=gone,ou=Groups', 'groupOfNames', 'cn: gone', `member: uid=nobody-any-more,ou=People,${SUFFIX}`),
    entry('cn=wheel,ou=Groups', 'posixGroup', 'cn: wheel', 'gidNumber: 10', 'memberUid: alice', 'memberUid: ghost'),
    entry(
      'cn=dynamic,ou=Groups',
      'groupOfURLs',
      'cn: dynamic',
      `memberURL: ldap:///ou=People,${SUFFIX}??sub?(title=Administrator)`,
    ),
    entry(
      'cn=net,ou=Groups',
      'nisNetgroup',
      'cn: net',
      'nisNetgroupTriple: (web1,alice,example.org)',
      'nisNetgroupTriple: (-,,)',
    ),
    entry(
      'cn=defaults,ou=SUDOers',
      'sudoRole',
      'cn: defaults',
      'sudoOption: env_reset',
      'sudoOption: env_keep+=SSH_AUTH_SOCK',
    ),
    entry(
      'cn=wheel-all,ou=SUDOers',
      'sudoRole',
      'cn: wheel-all',
      'sudoUser: %wheel',
      'sudoHost: ALL',
      'sudoCommand: ALL',
      'sudoRunAsUser: ALL',
      'sudoOption: !authenticate',
    ),
    entry(
      'cn=restart,ou=SUDOers',
      'sudoRole',
      'cn: restart',
      'sudoUser: bob',
      'sudoUser: !alice',
      'sudoHost: web*',
      'sudoCommand: /usr/bin/systemctl restart nginx',
      'sudoCommand: !/usr/bin/id',
      'sudoOrder: 10',
    ),
    entry(
      'ou=Elsewhere',
      'referral extensibleObject',
      'ou: Elsewhere',
      `ref: ldap://127.0.0.99/ou=Elsewhere,${SUFFIX}`,
    ),
  ].join('')
