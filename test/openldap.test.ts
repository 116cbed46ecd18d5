import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseOlcAccess } from '../packages/discovery/src/formats/ldap/olc-access.ts'
import { evaluateAccess } from '../packages/discovery/src/formats/ldap/olc-evaluate.ts'
import { normalDn } from '../packages/discovery/src/formats/ldap/dn.ts'
import { lookAt, simple, type Look } from './lab/directories/look-at.ts'
import {
  labKeys,
  SLAPD_ACCESS,
  SLAPD_CONFIG_ACCESS,
  SLAPD_DATABASE,
  SLAPD_PEOPLE,
  SLAPD_SECRETS,
  slapdData,
} from './lab/directories/slapd-truth.ts'
import { slapdLacks, startSlapd, type SlapdLab } from './lab/directories/slapd.ts'

/* A real OpenLDAP with a defect of each kind, and what a look finds of it as its administrator, as an ordinary user and as others. */

const skipped = slapdLacks()

describe.skipIf(skipped !== undefined)(`OpenLDAP${skipped === undefined ? '' : ` (skipped: ${skipped})`}`, () => {
  let lab: SlapdLab
  const keys = skipped === undefined ? labKeys() : undefined
  const looks: Record<string, Look> = {}

  beforeAll(async () => {
    lab = await startSlapd({
      data: slapdData(keys!),
      access: SLAPD_ACCESS,
      configAccess: SLAPD_CONFIG_ACCESS,
      database: SLAPD_DATABASE,
      global: ['olcAuthzPolicy: to'],
    })
    for (const [who, { dn, password }] of Object.entries({ root: lab.root, ...SLAPD_PEOPLE }))
      looks[who] = await lookAt(lab, simple(dn, password))
  })
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const found = (who: string) => looks[who]!.findings
  const weaknesses = (who: string) =>
    found(who)
      .flatMap((finding) =>
        finding.kind === 'directory-weakness' ? [`${finding.weakness} of ${finding.objectName}`] : [],
      )
      .toSorted()
  const accounts = (who: string) =>
    Object.fromEntries(
      found(who).flatMap((finding) => (finding.kind === 'directory-account' ? [[finding.name, finding]] : [])),
    )

  /** What everybody who reads the entries sees, secrets apart. */
  const SEEN_BY_ALL = [
    'duplicate-uid of alice',
    'duplicate-uid of carol',
    'lockout-off of lax',
    'password-in-attribute of bob',
    'password-in-attribute of svc-backup',
    'password-policy-weak of lax',
    'sudo-allows-all of wheel-all',
    'sudo-without-password of wheel-all',
    'uid-zero of toor',
    'weak-key of carol',
    // Its policy says so, whoever reads it.
    'password-never-expires of svc-backup',
  ]

  test('the administrator sees each defect that is in the data', () => {
    expect(weaknesses('root')).toEqual(
      [
        ...SEEN_BY_ALL,
        'dangling-member of gone',
        'dangling-member of wheel',
        'password-cleartext of bob',
        'password-cleartext of cfgreader',
        'password-cleartext of erin',
        'password-cleartext of plain',
        'password-weak-hash of carol',
        'password-weak-hash of hidden-admin',
        'scan-account-reads-secrets of dc=example,dc=org',
      ].toSorted(),
    )
  })

  test('an ordinary user sees what is not kept from it', () => {
    // And its own password, since it may write that.
    expect(weaknesses('ordinary')).toEqual([...SEEN_BY_ALL, 'password-cleartext of plain'].toSorted())
    expect(Object.keys(accounts('ordinary'))).not.toContain('hidden-admin')
  })

  test('an ordinary user is told what it could not see', () => {
    const { outcomes } = looks['ordinary']!
    expect(outcomes['directory-accounts']).toMatchObject({ status: 'partial' })
    expect(outcomes['directory-accounts']!.reasons).toEqual(
      expect.arrayContaining([
        { code: 'attribute-unknown', detail: 'userpassword' },
        { code: 'attribute-unknown', detail: 'pwdaccountlockedtime' },
        { code: 'fewer-than-counted', count: 2 },
      ]),
    )
    expect(outcomes['directory-keys']!.reasons).toEqual(
      expect.arrayContaining([{ code: 'attribute-unknown', detail: 'sshpublickey' }]),
    )
    expect(outcomes['directory-servers']).toMatchObject({ status: 'denied' })
    for (const probe of ['directory-servers', 'directory-rights'])
      expect(outcomes[probe]!.reasons).toEqual(
        expect.arrayContaining([expect.objectContaining({ code: 'not-permitted', path: 'cn=config' })]),
      )
  })

  test('whoever reads the configuration sees who administers the server, and what is hidden from it', () => {
    expect(weaknesses('configReader')).toEqual(
      [
        ...SEEN_BY_ALL,
        'admin-without-entry of cn=config',
        'admin-without-entry of dc=example,dc=org',
        'password-cleartext of cfgreader',
        'password-never-expires of cfgreader',
      ].toSorted(),
    )
    const { outcomes } = looks['configReader']!
    expect(outcomes['directory-servers']).toEqual({ status: 'complete', reasons: [] })
    expect(outcomes['directory-accounts']!.reasons).toEqual(
      expect.arrayContaining([
        { code: 'not-permitted', path: 'ou=hidden,dc=example,dc=org', detail: 'entries below it' },
        { code: 'attribute-denied', detail: 'userpassword' },
      ]),
    )
    // Whether it is set may be known by now, and nothing is said of it.
    expect(outcomes['directory-accounts']!.reasons).not.toContainEqual({
      code: 'attribute-unknown',
      detail: 'pwdchangedtime',
    })
  })

  test('who may set passwords reads them too, and is told so', () => {
    expect(weaknesses('helpdesk')).toEqual(
      [
        ...SEEN_BY_ALL,
        ...['bob', 'cfgreader', 'erin', 'plain'].map((name) => `password-cleartext of ${name}`),
        ...['alice', 'carol', 'dave', 'svc-backup', 'toor'].map((name) => `password-hash-readable of ${name}`),
        'password-weak-hash of carol',
        'scan-account-reads-secrets of dc=example,dc=org',
      ].toSorted(),
    )
  })

  test('rights name who holds them, over what and by which clause', () => {
    const rights = found('configReader').flatMap((finding) =>
      finding.kind === 'directory-right'
        ? [
            `${finding.trusteeName ?? finding.trustee} ${finding.right} ${finding.objectName}${finding.ordinary === true ? ' (ordinary)' : ''}`,
          ]
        : [],
    )
    expect(rights.toSorted()).toEqual(
      [
        'cn=Manager,dc=example,dc=org administer dc=example,dc=org (ordinary)',
        'cn=admin,cn=config administer cn=config (ordinary)',
        'carol write-all SUDOers',
        'erin proxy cn=manager,dc=example,dc=org',
        'helpdesk write-password dc=example,dc=org',
        'ldap-admins full-control dc=example,dc=org',
        'ldap-admins full-control ou=hidden,dc=example,dc=org',
        'ldap-admins write-password dc=example,dc=org',
        'self write-password dc=example,dc=org (ordinary)',
      ].toSorted(),
    )
    const helpdesk = found('configReader').find(
      (finding) => finding.kind === 'directory-right' && finding.trusteeName === 'helpdesk',
    )
    expect(helpdesk).toMatchObject({
      trusteeType: 'group',
      below: ['user'],
      evidence: expect.stringMatching(
        /^olcAccess: \{0\}to attrs=userPassword,shadowLastChange by group\.exact="cn=helpdesk,/,
      ),
    })
  })

  test('the states of accounts are those that their policy makes of them', () => {
    const states = Object.fromEntries(
      Object.entries(accounts('configReader')).map(([name, account]) => [name, account.states]),
    )
    expect(states).toEqual({
      alice: [],
      bob: [],
      carol: ['expired', 'password-expired'],
      // Until somebody unlocks it.
      dave: ['locked'],
      erin: ['must-change-password'],
      // The time of its lock is over; without a time of its last change its password has no age.
      frank: [],
      grace: [],
      plain: [],
      cfgreader: ['password-reversible', 'password-never-expires'],
      'svc-backup': ['password-never-expires'],
      toor: [],
    })
    expect(accounts('configReader')['alice']).toMatchObject({
      passwordExpires: '2027-01-30T00:00:00Z',
      passwordPolicy: 'cn=default,ou=Policies,dc=example,dc=org',
      person: {
        mail: 'alice@example.org',
        employeeId: '4711',
        department: 'Operations',
        manager: SLAPD_PEOPLE.helpdesk.dn,
      },
      posix: { uid: 10001, gid: 10000, home: '/home/alice', shell: '/bin/bash' },
    })
  })

  test('how passwords are kept is told, and which accounts have none', () => {
    const kept = Object.fromEntries(
      Object.entries(accounts('root')).map(([name, { passwordScheme, passwordStrength, states }]) => [
        name,
        states.includes('no-password') ? 'none' : `${passwordScheme} ${passwordStrength ?? ''}`,
      ]),
    )
    expect(kept).toMatchObject({
      alice: 'argon2 strong',
      carol: 'ssha weak',
      erin: 'cleartext weak',
      frank: 'sasl ',
      grace: 'none',
    })
    // The same password elsewhere has the same digest.
    expect(accounts('root')['alice']!.passwordDigest).toBe(accounts('root')['dave']!.passwordDigest)
    for (const account of Object.values(accounts('ordinary')))
      if (account.name !== 'plain') expect(account.passwordScheme).toBeUndefined()
  })

  test('groups of every kind name their members, in circles and by names too', () => {
    const members = found('root').flatMap((finding) =>
      finding.kind === 'directory-member'
        ? [`${finding.memberName ?? `?${finding.member}`} in ${finding.group} via ${finding.via}`]
        : [],
    )
    expect(members.toSorted()).toEqual(
      [
        'inner in ldap-admins via member',
        'svc-backup in ldap-admins via member',
        'alice in inner via member',
        'bob in helpdesk via member',
        'loop-b in loop-a via member',
        'loop-a in loop-b via uniqueMember',
        '?uid=nobody-any-more,ou=People,dc=example,dc=org in gone via member',
        'alice in wheel via memberUid',
        '?ghost in wheel via memberUid',
        'alice in net via nisNetgroupTriple',
        '?* in net via nisNetgroupTriple',
      ].toSorted(),
    )
    expect(
      found('root').find((finding) => finding.kind === 'directory-group' && finding.name === 'dynamic'),
    ).toMatchObject({
      dynamic: 'ldap:///ou=People,dc=example,dc=org??sub?(title=Administrator)',
    })
  })

  test('SSH keys have the fingerprints that ssh-keygen gives them', () => {
    const told = found('ordinary').flatMap((finding) =>
      finding.kind === 'key' ? [[finding.account, finding.fingerprint, finding.concerns]] : [],
    )
    expect(told).toEqual([
      ['alice', keys!.good.fingerprint, undefined],
      ['carol', keys!.short.fingerprint, ['short-rsa']],
    ])
  })

  test('no secret is told, whoever looks', () => {
    const told = JSON.stringify(looks)
    for (const secret of SLAPD_SECRETS) expect(told).not.toContain(secret)
  })

  test('what rules of access give is what slapacl says', () => {
    const rules = [...SLAPD_ACCESS, 'to dn.base="" by * read', 'to dn.base="cn=Subschema" by * read'].map((clause) =>
      parseOlcAccess(clause)!,
    )
    const suffix = 'dc=example,dc=org'
    // Rules look at direct members only.
    const groups: Record<string, readonly string[]> = {
      [`cn=ldap-admins,ou=groups,${suffix}`]: [`uid=svc-backup,ou=services,${suffix}`],
      [`cn=helpdesk,ou=groups,${suffix}`]: [`uid=bob,ou=people,${suffix}`],
    }
    const people = [
      'svc-backup,ou=Services',
      'bob,ou=People',
      'alice,ou=People',
      'carol,ou=People',
      'plain,ou=Services',
    ].map((name) => `uid=${name},${suffix}`)
    const entries = [
      'uid=alice,ou=People',
      'uid=hidden-admin,ou=Hidden',
      'cn=wheel-all,ou=SUDOers',
      'cn=wheel,ou=Groups',
    ].map((rdn) => `${rdn},${suffix}`)
    const attributes = ['userPassword', 'cn', 'entry', 'children', 'sudoUser', 'shadowLastChange', 'description']
    for (const dn of [undefined, ...people])
      for (const entry of entries) {
        const said = lab.slapacl(
          dn,
          entry,
          attributes.map((name) => `${name}/read`).concat(attributes.map((name) => `${name}/write`)),
        )
        const own =
          dn === undefined
            ? {}
            : { dn: normalDn(dn), isIn: (group: string) => groups[group]?.includes(normalDn(dn)) ?? false }
        const ours = ['read', 'write'].flatMap((level) =>
          attributes.map((name) => {
            const held = evaluateAccess(rules, own, { dn: normalDn(entry), attribute: name.toLowerCase() })
            return `${name}/${level} ${held.has('r') && level === 'read' ? true : level === 'write' && held.has('a') && held.has('z')}`
          }),
        )
        expect([dn, entry, ...said]).toEqual([dn, entry, ...ours])
      }
  })

  test('sudo rules say what cvtsudoers makes of the same entries', () => {
    const ldif = lab.client('ldapsearch', lab.root, [
      '-LLL',
      '-o',
      'ldif-wrap=no',
      '-b',
      'ou=SUDOers,dc=example,dc=org',
      '(objectClass=sudoRole)',
    ])
    const json = JSON.parse(
      execFileSync('cvtsudoers', ['-i', 'ldif', '-f', 'json', '-b', 'ou=SUDOers,dc=example,dc=org'], {
        input: ldif,
        encoding: 'utf8',
      }),
    ) as {
      User_Specs: {
        User_List: unknown[]
        Host_List: unknown[]
        Cmnd_Specs: { Commands: unknown[]; Options?: unknown[] }[]
      }[]
    }
    const grants = found('ordinary').filter((finding) => finding.kind === 'grant')
    expect(grants.map(({ grantees }) => grantees.length)).toEqual(
      json.User_Specs.map(({ User_List }) => User_List.length),
    )
    expect(grants.map(({ hosts }) => hosts?.length)).toEqual(json.User_Specs.map(({ Host_List }) => Host_List.length))
    expect(grants.map(({ commands }) => commands.length)).toEqual(
      json.User_Specs.map(({ Cmnd_Specs }) => Cmnd_Specs.flatMap(({ Commands }) => Commands).length),
    )
    expect(grants.map(({ tags }) => tags['passwd'] === false)).toEqual(
      json.User_Specs.map(({ Cmnd_Specs }) => JSON.stringify(Cmnd_Specs).includes('"authenticate":false')),
    )
  })
})
