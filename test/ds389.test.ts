import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DS389_PEOPLE, DS389_SECRETS, ds389Data, IPA_PEOPLE, ipaData } from './lab/directories/ds389-truth.ts'
import { ds389Lacks, startDs389, type Ds389Lab } from './lab/directories/ds389.ts'
import { lookAt, simple, type Look } from './lab/directories/look-at.ts'
import { labKeys } from './lab/directories/slapd-truth.ts'

/* A real 389 Directory Server, once with a tree of its own and once with that of FreeIPA, a defect of each kind in both. */

const skipped = ds389Lacks()
const reason = skipped === undefined ? '' : ` (skipped: ${skipped})`

const looksAt = async (
  lab: Ds389Lab,
  people: Readonly<Record<string, { readonly dn: string; readonly password: string }>>,
) => {
  const looks: Record<string, Look> = {}
  for (const [who, { dn, password }] of Object.entries({ manager: lab.manager, ...people }))
    looks[who] = await lookAt(lab, simple(dn, password))
  return looks
}

const weaknesses = (look: Look | undefined) =>
  look!.findings
    .flatMap((finding) =>
      finding.kind === 'directory-weakness' ? [`${finding.weakness} of ${finding.objectName}`] : [],
    )
    .toSorted()
const rights = (look: Look | undefined) =>
  look!.findings
    .flatMap((finding) =>
      finding.kind === 'directory-right'
        ? [
            `${finding.trusteeName ?? finding.trustee} ${finding.right} ${finding.objectName}${finding.ordinary === true ? ' (ordinary)' : ''}`,
          ]
        : [],
    )
    .toSorted()
const members = (look: Look | undefined) =>
  look!.findings
    .flatMap((finding) =>
      finding.kind === 'directory-member' ? [`${finding.memberName ?? `?${finding.member}`} in ${finding.group}`] : [],
    )
    .toSorted()
const states = (look: Look | undefined) =>
  Object.fromEntries(
    look!.findings.flatMap((finding) => (finding.kind === 'directory-account' ? [[finding.name, finding.states]] : [])),
  )

describe.skipIf(skipped !== undefined)(`389 Directory Server${reason}`, () => {
  let lab: Ds389Lab
  let looks: Record<string, Look> = {}
  beforeAll(async () => {
    lab = await startDs389({ changes: ds389Data(labKeys()) })
    looks = await looksAt(lab, DS389_PEOPLE)
  }, 120_000)
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const SEEN_BY_ALL = [
    'duplicate-uid of alice',
    'duplicate-uid of carol',
    'password-in-attribute of bob',
    'sudo-allows-all of all',
    'uid-zero of toor',
    'weak-key of carol',
  ]

  test('the Directory Manager sees each defect, and misses nothing', () => {
    expect(weaknesses(looks['manager'])).toEqual(
      [
        ...SEEN_BY_ALL,
        'admin-without-entry of dc=example,dc=org',
        'dangling-member of gone',
        'directory-in-clear of dc=example,dc=org',
        'lockout-off of cn=config',
        'password-never-expires of alice',
        'password-never-expires of helper',
        'password-never-expires of plain',
        'password-policy-weak of cn=config',
        'scan-account-reads-secrets of dc=example,dc=org',
      ].toSorted(),
    )
    for (const outcome of Object.values(looks['manager']!.outcomes))
      expect(outcome).toEqual({ status: 'complete', reasons: [] })
  })

  test.each(['ordinary', 'helpdesk'])('%s: what may be read is seen, and what not is said', (who) => {
    expect(weaknesses(looks[who])).toEqual(SEEN_BY_ALL)
    const { outcomes } = looks[who]!
    expect(outcomes['directory-accounts']).toEqual({
      status: 'partial',
      reasons: expect.arrayContaining([
        { code: 'attribute-denied', detail: 'userpassword' },
        { code: 'fewer-than-counted', count: 1 },
      ]),
    })
    expect(outcomes['directory-rights']).toEqual({
      status: 'denied',
      reasons: [{ code: 'attribute-denied', detail: 'aci' }],
    })
    expect(outcomes['directory-servers']).toMatchObject({ status: 'denied' })
    expect(states(looks[who])['bob']).toEqual(['disabled'])
    // That most accounts may have no key is no reason to doubt those of the others.
    expect(outcomes['directory-keys']).toEqual({ status: 'complete', reasons: [] })
  })

  test('rights are told with the name of the instruction that gives them', () => {
    expect(rights(looks['manager'])).toEqual([
      'cn=Directory Manager administer dc=example,dc=org (ordinary)',
      'helpdesk write-password people',
      'self write-password people (ordinary)',
    ])
    expect(
      looks['manager']!.findings.find(
        (finding) => finding.kind === 'directory-right' && finding.trusteeName === 'helpdesk',
      ),
    ).toMatchObject({
      evidence: 'aci "helpdesk sets passwords"',
      below: ['user'],
    })
  })

  test('no secret is told, whoever looks', () => {
    for (const secret of DS389_SECRETS) expect(JSON.stringify(looks)).not.toContain(secret)
  })
})

describe.skipIf(skipped !== undefined)(`the tree of FreeIPA${reason}`, () => {
  let lab: Ds389Lab
  let looks: Record<string, Look> = {}
  beforeAll(async () => {
    lab = await startDs389({ changes: ipaData(labKeys()) })
    looks = await looksAt(lab, IPA_PEOPLE)
  }, 120_000)
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const SEEN_BY_ALL = [
    'access-allows-all of allow_all',
    'asrep-roastable of plain',
    'delegation-constrained of web-delegation',
    'delegation-protocol-transition of HTTP/web1.example.org',
    'password-policy-weak of global_policy',
    'sudo-allows-all of all',
    'sudo-without-password of all',
  ]

  test('it is known by its tree', () => {
    expect(looks['ordinary']!.signals).toMatchObject({ make: 'freeipa', domain: 'example.org' })
  })

  test('each defect is seen by whoever may log in', () => {
    for (const who of ['ordinary', 'helpdesk', 'administrator'])
      expect([who, ...weaknesses(looks[who])]).toEqual([who, ...SEEN_BY_ALL])
    expect(weaknesses(looks['manager'])).toEqual(expect.arrayContaining(SEEN_BY_ALL))
  })

  test.each(['ordinary', 'helpdesk'])('%s is told that who may do what is hidden, and passwords', (who) => {
    const { outcomes } = looks[who]!
    expect(outcomes['directory-rights']).toEqual({
      status: 'partial',
      reasons: [{ code: 'attribute-denied', detail: 'aci' }],
    })
    expect(outcomes['directory-accounts']!.reasons).toContainEqual({ code: 'attribute-denied', detail: 'userpassword' })
    expect(rights(looks[who]).filter((right) => !right.includes('read-managed-password'))).toEqual([])
    // Nobody is kept from reading the keys, and hardly anybody may have one.
    expect(outcomes['directory-keys']).toEqual({ status: 'complete', reasons: [] })
  })

  test('an administrator, who is none of the server, is told who may do what, but of passwords nothing', () => {
    const { outcomes } = looks['administrator']!
    expect(outcomes['directory-rights']).toEqual({ status: 'complete', reasons: [] })
    expect(rights(looks['administrator'])).toEqual(
      rights(looks['manager']).filter((right) => !right.includes('Manager')),
    )
    expect(rights(looks['administrator'])).toEqual(
      expect.arrayContaining([
        'Change passwords write-password dc=example,dc=org',
        'admins add-member dc=example,dc=org (ordinary)',
        'admins write-aci dc=example,dc=org (ordinary)',
      ]),
    )
    expect(outcomes['directory-accounts']!.reasons).toContainEqual({ code: 'attribute-denied', detail: 'userpassword' })
    expect(outcomes['directory-servers']).toMatchObject({ status: 'denied' })
  })

  test('no secret is told, whoever looks', () => {
    for (const secret of DS389_SECRETS) expect(JSON.stringify(looks)).not.toContain(secret)
  })

  test('roles, privileges and permissions lead to the right that a permission gives', () => {
    expect(members(looks['manager'])).toEqual([
      'Helpdesk in Password Administrators',
      'Password Administrators in Change passwords',
      'admin in admins',
      'helper in Helpdesk',
    ])
    expect(rights(looks['manager'])).toEqual(
      expect.arrayContaining([
        'Change passwords write-password dc=example,dc=org',
        'admins read-managed-password HTTP/web1.example.org',
      ]),
    )
  })

  test('users, services and hosts are told apart', () => {
    const told = looks['ordinary']!.findings.flatMap((finding) =>
      finding.kind === 'directory-account' ? [[finding.probe, finding.type, finding.name]] : [],
    )
    expect(told.toSorted()).toEqual([
      ['directory-accounts', 'managed-service', 'HTTP/web1.example.org'],
      ['directory-accounts', 'user', 'admin'],
      ['directory-accounts', 'user', 'helper'],
      ['directory-accounts', 'user', 'plain'],
      ['directory-computers', 'computer', 'host/web1.example.org'],
    ])
  })

  test('rules of sudo name commands, hosts and people as sudo sees them', () => {
    const grants = looks['ordinary']!.findings.filter((finding) => finding.kind === 'grant')
    expect(grants).toMatchObject([
      {
        grantees: [{ type: 'group', name: 'admins' }],
        hosts: ['ALL'],
        commands: [{ command: 'ALL' }],
        tags: { passwd: false },
      },
      {
        grantees: [{ type: 'user', name: 'plain' }],
        hosts: ['web1.example.org'],
        commands: [{ command: '/usr/bin/less' }],
      },
    ])
  })
})
