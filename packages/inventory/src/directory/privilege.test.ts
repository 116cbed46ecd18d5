import type { DirectorySignals, Finding, FindingOf, Outcome } from '@rollcall/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { directoryPrivilege, type DirectoryStandingOf } from './privilege.ts'

const D = 'S-1-5-21-1-2-3'
const BASE = 'DC=example,DC=com'
const signals: DirectorySignals = { make: 'active-directory', id: D, suffix: BASE, domain: 'example.com' }
const complete: Outcome = { status: 'complete', reasons: [] }
const scopes = ['directory-accounts', 'directory-computers', 'directory-groups', 'directory-rights'].map((probe) => ({
  probe,
  outcome: complete,
}))

const account = (
  name: string,
  facts: Partial<FindingOf<'directory-account'>> = {},
): FindingOf<'directory-account'> => ({
  kind: 'directory-account',
  object: `o-${name}`,
  name,
  type: 'user',
  states: [],
  place: { path: `CN=${name},CN=Users,${BASE}` },
  ...facts,
})
const group = (name: string, facts: Partial<FindingOf<'directory-group'>> = {}): Finding => ({
  kind: 'directory-group',
  object: `o-${name}`,
  name,
  type: 'group',
  place: { path: `CN=${name},CN=Users,${BASE}` },
  ...facts,
})
const admins = group('admins', { tier: 0, wellKnown: 'domain-admins', sid: `${D}-512` })
const member = (who: string, of: string): Finding => ({
  kind: 'directory-member',
  object: `o-${of}`,
  group: of,
  member: `CN=${who}`,
  memberObject: `o-${who}`,
  memberName: who,
  via: 'member',
  place: { path: `CN=${of},CN=Users,${BASE}` },
})
const right = (
  who: string,
  name: FindingOf<'directory-right'>['right'],
  over: string,
  facts: Partial<FindingOf<'directory-right'>> = {},
): Finding => ({
  kind: 'directory-right',
  object: `o-${over}`,
  objectName: over,
  objectType: 'user',
  right: name,
  trustee: `sid of ${who}`,
  trusteeObject: `o-${who}`,
  trusteeName: who,
  evidence: `(A;;${name};;;${who})`,
  place: { path: `CN=${over},CN=Users,${BASE}` },
  ...facts,
})

const standings = (
  findings: readonly Finding[],
  sight: { signals?: DirectorySignals; scopes?: typeof scopes } = {},
) => {
  const privilege = directoryPrivilege({ signals, scopes, ...sight })
  for (const finding of findings) privilege.add(finding)
  const { accounts, groups, outside, unknownBecause } = privilege.resolve()
  const all = new Map<string, DirectoryStandingOf>()
  for (const one of [...accounts, ...groups]) all.set(one.object.replace(/^o-/, ''), one)
  return { of: (name: string) => all.get(name)!, outside, unknownBecause }
}
const takesOver = (findings: readonly Finding[], name: string, sight = {}) =>
  standings(findings, sight).of(name).privileged

test('whoever is in a group that has the directory in hand takes it over, however deep', () => {
  const found = [admins, group('it'), account('bob'), account('eve'), member('it', 'admins'), member('bob', 'it')]
  const { of } = standings(found)
  expect(of('bob')).toMatchObject({ privileged: 'yes', tier: 0 })
  expect(of('eve')).toEqual({ object: 'o-eve', privileged: 'no', tier: null, paths: [], unknownBecause: [] })
  expect(of('bob').paths).toEqual([
    {
      via: 'member',
      effect: 'takes-over',
      sentence: 'bob is in it. it is in admins. Whoever is in admins (domain-admins) has the directory in hand.',
      steps: [
        { sentence: 'bob is in it.', place: { path: `CN=it,CN=Users,${BASE}` }, evidence: 'member' },
        { sentence: 'it is in admins.', place: { path: `CN=admins,CN=Users,${BASE}` }, evidence: 'member' },
        {
          sentence: 'Whoever is in admins (domain-admins) has the directory in hand.',
          place: { path: `CN=admins,CN=Users,${BASE}` },
        },
      ],
    },
  ])
})

test('a primary group makes a member, which no list of members says', () => {
  expect(takesOver([admins, account('bob', { sid: `${D}-1105`, primaryGroup: 512 })], 'bob')).toBe('yes')
  // Also where the group itself may not be seen.
  expect(takesOver([account('bob', { sid: `${D}-1105`, primaryGroup: 512 })], 'bob')).toBe('yes')
  expect(takesOver([account('bob', { sid: `${D}-1105`, primaryGroup: 513 })], 'bob')).toBe('no')
})

test('groups that are in each other end somewhere', () => {
  const found = [admins, group('a'), group('b'), account('bob'), member('a', 'b'), member('b', 'a'), member('bob', 'a')]
  expect(takesOver(found, 'bob')).toBe('no')
  expect(takesOver([...found, member('a', 'admins'), member('admins', 'a')], 'bob')).toBe('yes')
})

test('a distribution list gives nothing', () => {
  const found = [
    admins,
    group('list', { security: false }),
    account('bob'),
    member('list', 'admins'),
    member('bob', 'list'),
  ]
  expect(takesOver(found, 'bob')).toBe('no')
})

test.each([
  ['reset-password', 'user', 'yes'],
  ['write-spn', 'user', 'yes'],
  ['write-bound-keys', 'user', 'yes'],
  ['write-dacl', 'user', 'yes'],
  ['owns', 'user', 'yes'],
  ['full-control', 'user', 'yes'],
  ['write-mapped-identities', 'user', 'yes'],
  ['create-child', 'user', 'no'],
  ['write-delegation', 'user', 'no'],
] as const)('%s over a privileged %s: %s', (name, objectType, answer) => {
  const found = [
    admins,
    account('boss'),
    member('boss', 'admins'),
    account('bob'),
    right('bob', name, 'boss', { objectType }),
  ]
  expect(takesOver(found, 'bob')).toBe(answer)
  expect(takesOver([account('boss'), account('bob'), right('bob', name, 'boss', { objectType })], 'bob')).toBe('no')
})

test('rights add up over groups and further rights, each step with its entry of the list', () => {
  const found = [
    admins,
    group('helpdesk'),
    group('it'),
    account('boss'),
    account('bob'),
    member('boss', 'admins'),
    member('bob', 'helpdesk'),
    right('helpdesk', 'add-member', 'it', { objectType: 'group' }),
    right('it', 'reset-password', 'boss'),
  ]
  const { of } = standings(found)
  const [path] = of('bob').paths
  expect(path).toMatchObject({ via: 'right' })
  expect(path!.steps.map(({ sentence }) => sentence)).toEqual([
    'bob is in helpdesk.',
    'helpdesk may add members to it.',
    'it may reset the password of boss.',
    'boss is in admins.',
    'Whoever is in admins (domain-admins) has the directory in hand.',
  ])
  expect(path!.steps[1]).toMatchObject({
    evidence: '(A;;add-member;;;helpdesk)',
    place: { path: `CN=it,CN=Users,${BASE}` },
  })
  expect(of('helpdesk').privileged).toBe('yes')
})

test('fetching all secrets, or the list of the domain, takes it over; other rights over it do not', () => {
  const over = (name: FindingOf<'directory-right'>['right']) =>
    takesOver([account('bob'), right('bob', name, BASE, { objectType: 'domain', place: { path: BASE } })], 'bob')
  for (const name of ['replicate-secrets', 'write-dacl', 'owns', 'write-policy-links'] as const)
    expect(over(name)).toBe('yes')
  for (const name of ['reanimate', 'protect-admin-groups', 'create-child'] as const) expect(over(name)).toBe('no')
  expect(over('migrate-sid-history')).toBe('unknown')
})

test('everybody who can log in takes it over where they all hold such a right', () => {
  const all = right('', 'reset-password', 'boss', { trustee: 'S-1-5-11' })
  const { of, outside } = standings([
    admins,
    account('boss'),
    member('boss', 'admins'),
    account('bob'),
    { ...all, trusteeObject: undefined, trusteeName: undefined } as never,
  ])
  expect(of('bob')).toMatchObject({ privileged: 'yes' })
  expect(outside.map(({ name }) => name)).toEqual(['Authenticated Users'])
})

test('a container hands its list to what lies in it, but not to what does not inherit', () => {
  const ou = `OU=Staff,${BASE}`
  const found = (states: FindingOf<'directory-account'>['states']) => [
    admins,
    account('boss', { states, place: { path: `CN=boss,OU=Sales,${ou}` } }),
    member('boss', 'admins'),
    account('bob'),
    right('bob', 'write-dacl', 'Staff', { objectType: 'container', place: { path: ou } }),
  ]
  const list = { ...signals, make: 'openldap' as const }
  expect(takesOver(found([]), 'bob', { signals: list })).toBe('yes')
  expect(takesOver(found(['inheritance-off']), 'bob', { signals: list })).toBe('no')
  // In Active Directory, policies apply all the same.
  const { of } = standings(found(['inheritance-off']))
  expect(of('bob').paths[0]).toMatchObject({ via: 'policy' })
})

test('a right over what lies below a container holds for entries of its types there', () => {
  const ou = `OU=Staff,${BASE}`
  const found = (facts: Partial<FindingOf<'directory-right'>>, path: string) => [
    admins,
    account('boss', { place: { path } }),
    member('boss', 'admins'),
    account('bob'),
    right('bob', 'reset-password', 'Staff', { objectType: 'container', place: { path: ou }, ...facts }),
  ]
  expect(takesOver(found({ below: ['user'] }, `CN=boss,OU=Sales,${ou}`), 'bob')).toBe('yes')
  expect(takesOver(found({ below: ['computer'] }, `CN=boss,OU=Sales,${ou}`), 'bob')).toBe('no')
  expect(takesOver(found({ below: ['user'] }, `CN=boss,CN=Users,${BASE}`), 'bob')).toBe('no')
})

test('what is told of a container does not count for an entry whose rights are told by themselves', () => {
  const ou = `OU=Staff,${BASE}`
  const found = [
    admins,
    account('boss', { place: { path: `CN=boss,${ou}` } }),
    member('boss', 'admins'),
    account('bob'),
    right('bob', 'reset-password', 'Staff', {
      objectType: 'container',
      below: ['user'],
      applies: 300,
      place: { path: ou },
    }),
  ]
  expect(takesOver(found, 'bob')).toBe('yes')
  const own = right('admins', 'full-control', 'boss', { place: { path: `CN=boss,${ou}` } })
  expect(takesOver([...found, own], 'bob')).toBe('no')
})

test('policies take over what they apply to', () => {
  const policy = (dn: string) => right('bob', 'write-policy-files', 'P', { objectType: 'policy', place: { path: dn } })
  const own = `CN={11111111-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${BASE}`
  const controller = account('dc1$', {
    type: 'computer',
    states: ['domain-controller'],
    place: { path: `CN=dc1,OU=Domain Controllers,${BASE}` },
  })
  expect(takesOver([account('bob'), controller, policy(own)], 'bob')).toBe('unknown')
  const link = (container: string): Finding => ({
    kind: 'setting',
    subject: 'directory',
    name: 'gPLink',
    values: [own],
    place: { path: container },
  })
  expect(takesOver([account('bob'), controller, policy(own), link(`OU=Domain Controllers,${BASE}`)], 'bob')).toBe('yes')
  expect(takesOver([account('bob'), controller, policy(own), link(`OU=Web,${BASE}`)], 'bob')).toBe('no')
  const standard = `CN={6AC1786C-016F-11D2-945F-00C04fB984F9},CN=Policies,CN=System,${BASE}`
  expect(takesOver([account('bob'), controller, policy(standard)], 'bob')).toBe('yes')
})

describe('a policy that is linked above a controller', () => {
  const own = `CN={11111111-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${BASE}`
  const dc = account('dc1$', {
    type: 'computer',
    sid: `${D}-1001`,
    states: ['domain-controller'],
    place: { path: `CN=dc1,OU=Here,OU=Controllers,${BASE}` },
  })
  const setting = (name: string, path: string, ...values: string[]): Finding => ({
    kind: 'setting',
    subject: 'directory',
    name,
    values,
    place: { path },
  })
  const link = setting('gplink', BASE, own)
  const enforced = setting('gplink-enforced', BASE, own)
  const blocks = (ou: string) => setting('gpoptions', `OU=${ou},${BASE}`, '1')
  const only = (...sids: string[]) => setting('applies-to', own, ...sids)
  const group1 = group('G', { sid: `${D}-2000` })
  const may = (name: FindingOf<'directory-right'>['right']) =>
    right('bob', name, 'P', { objectType: 'policy', place: { path: own } })
  const answer = (...more: Finding[]) => takesOver([account('bob'), dc, may('write-all'), link, ...more], 'bob')

  test('takes it over, unless a container between blocks it', () => {
    expect(answer()).toBe('yes')
    expect(answer(blocks('Here,OU=Controllers'))).toBe('no')
    expect(answer(blocks('Controllers'))).toBe('no')
    expect(answer(blocks('Elsewhere'))).toBe('yes')
  })

  test('nobody blocks it where it is enforced', () => {
    expect(answer(blocks('Controllers'), enforced)).toBe('yes')
  })

  test('a container blocks what is above it, and not its own links', () => {
    const here = `OU=Here,OU=Controllers,${BASE}`
    expect(answer(blocks('Here,OU=Controllers'), setting('gplink', here, own))).toBe('yes')
  })

  test('takes it over only if it is for the controller', () => {
    expect(answer(only(`${D}-9999`))).toBe('no')
    expect(answer(only(`${D}-1001`))).toBe('yes')
    expect(answer(only('S-1-5-9'))).toBe('yes')
    expect(answer(only(`${D}-2000`), group1)).toBe('no')
    expect(answer(only(`${D}-2000`), group1, member('dc1$', 'G'))).toBe('yes')
    expect(answer(only(`${D}-2000`), group1, member('dc1$', 'G'), blocks('Controllers'))).toBe('no')
    expect(answer(only('S-1-5-11'), setting('kept-from', own, `${D}-1001`))).toBe('no')
  })

  test('who may change its list changes for whom it is', () => {
    const found = [account('bob'), dc, may('write-dacl'), link, only(`${D}-9999`)]
    expect(takesOver(found, 'bob')).toBe('yes')
    expect(takesOver([...found, blocks('Controllers')], 'bob')).toBe('no')
  })
})

test('certificates that make a member of a group are a way to what the group has', () => {
  const template = `CN=T,CN=Certificate Templates,${BASE}`
  const enrol = right('bob', 'enrol', 'T', { objectType: 'certificate-template', place: { path: template } })
  const groups: Finding = {
    kind: 'setting',
    subject: 'certificate-template',
    object: 'o-T',
    name: 'groups',
    values: [`CN=admins,CN=Users,${BASE}`],
    place: { path: template },
  }
  const weakness = (code: FindingOf<'directory-weakness'>['weakness']): Finding => ({
    kind: 'directory-weakness',
    object: 'o-T',
    objectName: 'T',
    objectType: 'certificate-template',
    weakness: code,
    severity: 'high',
    evidence: [],
    place: { path: template },
  })
  const found = [admins, account('bob'), enrol, groups]
  expect(takesOver(found, 'bob')).toBe('no')
  expect(takesOver([...found, weakness('template-group-by-policy')], 'bob')).toBe('yes')
  expect(takesOver([account('bob'), enrol, weakness('template-purpose-from-requester')], 'bob')).toBe('unknown')
  expect(
    takesOver(
      [account('bob'), enrol, weakness('template-purpose-from-requester'), weakness('template-any-purpose')],
      'bob',
    ),
  ).toBe('yes')
})

test.each(['replicate-filtered', 'install-replica'] as const)('%s is not certain to take a domain over', (name) => {
  const held = right('bob', name, 'example', { objectType: 'domain', place: { path: BASE } })
  expect(takesOver([account('bob'), held], 'bob')).toBe('unknown')
})

test('a policy of a site takes over whatever controllers are in it, which is not known', () => {
  const site = `CN=Hamburg,CN=Sites,CN=Configuration,${BASE}`
  const policy = `CN={22222222-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${BASE}`
  const link: Finding = {
    kind: 'setting',
    subject: 'directory',
    name: 'gplink',
    values: [policy],
    place: { path: site },
  }
  const over = right('bob', 'write-policy-files', 'P', { objectType: 'policy', place: { path: policy } })
  expect(takesOver([account('bob'), over, link], 'bob')).toBe('unknown')
  const links = right('bob', 'write-policy-links', 'Hamburg', { objectType: 'container', place: { path: site } })
  expect(takesOver([account('bob'), links], 'bob')).toBe('unknown')
})

test('an account that stands for another has its rights, for certain where both say so', () => {
  const successor = account('dmsa$', { type: 'managed-service', succeeds: [`CN=boss,${BASE}`] })
  const boss = (succeededBy: readonly string[]) =>
    account('boss', { place: { path: `CN=boss,${BASE}` }, succeededBy: [...succeededBy] })
  const found = (succeededBy: readonly string[]) => [admins, boss(succeededBy), member('boss', 'admins'), successor]
  expect(takesOver(found([]), 'dmsa$')).toBe('unknown')
  expect(takesOver(found([successor.place.path]), 'dmsa$')).toBe('yes')
  const making = right('bob', 'create-managed-account', 'Staff', { objectType: 'container' })
  expect(takesOver([admins, account('bob'), making], 'bob')).toBe('unknown')
})

test('delegation, managed passwords and histories of identities are ways too', () => {
  const dc = account('DC1$', {
    type: 'computer',
    states: ['domain-controller'],
    computer: { dnsName: 'dc1.example.com' },
  })
  const with_ = (facts: Partial<FindingOf<'directory-account'>>) => account('svc', { sid: `${D}-1200`, ...facts })
  const towards = ['ldap/dc1.example.com']
  expect(takesOver([dc, with_({ delegatesTo: towards, states: ['protocol-transition'] })], 'svc')).toBe('yes')
  expect(takesOver([dc, with_({ delegatesTo: towards })], 'svc')).toBe('unknown')
  expect(takesOver([dc, with_({ delegatesTo: ['http/web.example.com'] })], 'svc')).toBe('no')
  expect(takesOver([dc, with_({ states: ['trusted-for-delegation'] })], 'svc')).toBe('unknown')
  expect(takesOver([{ ...dc, actedOnBehalfBy: [`${D}-1200`] }, with_({})], 'svc')).toBe('yes')
  expect(takesOver([admins, with_({ sidHistory: [`${D}-512`] })], 'svc')).toBe('yes')
  expect(takesOver([admins, with_({ sidHistory: ['S-1-5-21-9-9-9-512'] })], 'svc')).toBe('no')
  const managed = account('gmsa$', { type: 'managed-service', passwordReaders: [`${D}-1200`] })
  expect(takesOver([admins, managed, member('gmsa$', 'admins'), with_({})], 'svc')).toBe('yes')
})

test('who may enrol takes over by a template whose certificates stand for others, and by no other', () => {
  const enrol = right('bob', 'enrol', 'Web', { objectType: 'certificate-template' })
  const weakness: Finding = {
    kind: 'directory-weakness',
    object: 'o-Web',
    objectName: 'Web',
    objectType: 'certificate-template',
    weakness: 'template-subject-from-requester',
    severity: 'critical',
    evidence: [],
    place: { path: 'CN=Web' },
  }
  expect(takesOver([account('bob'), enrol], 'bob')).toBe('no')
  expect(standings([account('bob'), enrol, weakness]).of('bob')).toMatchObject({
    privileged: 'yes',
    paths: [{ via: 'certificate' }],
  })
})

test('who is of elsewhere or no longer known is told apart', () => {
  const foreign: Finding = {
    kind: 'directory-member',
    object: 'o-admins',
    group: 'admins',
    member: 'CN=S-1-5-21-9-9-9-1105,CN=ForeignSecurityPrincipals',
    memberSid: 'S-1-5-21-9-9-9-1105',
    memberType: 'foreign-principal',
    via: 'member',
    place: { path: 'CN=admins' },
  }
  const { outside, of } = standings([admins, foreign, account('bob')])
  expect(outside).toMatchObject([{ name: 'S-1-5-21-9-9-9-1105', path: { via: 'member' } }])
  expect(of('bob').privileged).toBe('no')
})

test('nobody is said to have no way where a way may be hidden', () => {
  const hidden = (probe: string, outcome: Outcome) =>
    standings([admins, account('bob')], {
      scopes: scopes.map((one) => (one.probe === probe ? { probe, outcome } : one)),
    }).of('bob')
  expect(hidden('directory-groups', { status: 'partial', reasons: [{ code: 'size-limit' }] })).toMatchObject({
    privileged: 'unknown',
    unknownBecause: [expect.stringContaining('groups: the server gives this account no more entries')],
  })
  const denied = (detail: string): Outcome => ({ status: 'partial', reasons: [{ code: 'attribute-denied', detail }] })
  expect(hidden('directory-groups', denied('member')).privileged).toBe('unknown')
  expect(hidden('directory-accounts', denied('groups of the scan account')).privileged).toBe('unknown')
  expect(hidden('directory-computers', denied('ms-Mcs-AdmPwd')).privileged).toBe('no')
  expect(hidden('directory-accounts', { status: 'partial', reasons: [{ code: 'not-over-ldap' }] }).privileged).toBe(
    'no',
  )
  expect(takesOver([admins, account('bob')], 'bob', { scopes: [] })).toBe('unknown')
})

test('what a condition decides is unknown, with the condition', () => {
  const found = [
    admins,
    account('boss'),
    member('boss', 'admins'),
    account('bob'),
    right('bob', 'reset-password', 'boss', { conditional: true }),
  ]
  expect(standings(found).of('bob')).toMatchObject({
    privileged: 'unknown',
    unknownBecause: [expect.stringContaining('a condition that was not evaluated decides')],
  })
})

test('administrators of OpenLDAP are those that its configuration and rules name', () => {
  const list: DirectorySignals = { make: 'openldap', suffix: 'dc=example,dc=org' }
  const dn = (name: string) => ({ place: { path: `uid=${name},ou=People,dc=example,dc=org` } })
  const over = { objectType: 'domain', place: { path: 'olcDatabase={1}mdb,cn=config' } } as const
  const suffix = 'dc=example,dc=org'
  const found = [
    account('root', dn('root')),
    account('bob', dn('bob')),
    account('eve', dn('eve')),
    group('Admins'),
    member('bob', 'Admins'),
    right('root', 'administer', suffix, over),
    right('Admins', 'write-all', suffix, { ...over, below: ['user', 'group', 'container', 'policy'] }),
    {
      ...right('', 'write-password', suffix, { ...over, below: ['user'] }),
      trustee: 'self',
      trusteeObject: undefined,
    } as never,
  ]
  const { of } = standings(found, { signals: list })
  expect([of('root'), of('bob'), of('eve')].map(({ privileged }) => privileged)).toEqual(['yes', 'yes', 'no'])
  const named = {
    ...right('', 'write-all', suffix, over),
    trustee: 'dn.subtree=ou=People,dc=example,dc=org',
    trusteeObject: undefined,
  }
  expect(takesOver([...found, named as never], 'eve', { signals: list })).toBe('yes')
  const pattern = { ...named, trustee: 'dn.regex=^uid=.*$' }
  expect(standings([...found, pattern as never], { signals: list }).of('eve')).toMatchObject({
    privileged: 'unknown',
    unknownBecause: ['whom dn.regex=^uid=.*$ names is not known'],
  })
})

test('a container of which only the name is told is the one that is called so', () => {
  const list: DirectorySignals = { make: 'openldap', suffix: 'dc=example,dc=org' }
  const at = (name: string, ou: string) => ({ place: { path: `uid=${name},ou=${ou},dc=example,dc=org` } })
  const found = [
    account('root', at('root', 'People')),
    account('bob', at('bob', 'Staff')),
    right('root', 'administer', 'dc=example,dc=org', { objectType: 'domain', place: { path: 'cn=config' } }),
    right('bob', 'write-all', 'People', {
      objectType: 'container',
      below: ['user', 'group', 'container', 'policy'],
      place: { path: 'olcDatabase={1}mdb,cn=config' },
    }),
  ]
  expect(takesOver(found, 'bob', { signals: list })).toBe('yes')
  expect(takesOver([...found, account('eve', at('eve', 'People,ou=Other'))], 'bob', { signals: list })).toBe('unknown')
})

test('whatever the groups and rights, the answer is that of applying them until nothing is new', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const groups = ['g', 'h', 'i', 'j']
  const anyone = fc.constantFrom(...names, ...groups)
  const membership = fc.record({ who: anyone, of: fc.constantFrom(...groups) })
  const held = fc.record({
    who: anyone,
    over: anyone,
    right: fc.constantFrom('full-control' as const, 'create-child' as const),
  })
  fc.assert(
    fc.property(
      fc.array(membership, { maxLength: 14 }),
      fc.array(held, { maxLength: 8 }),
      fc.constantFrom(...groups),
      (ins, rights, goal) => {
        const { of } = standings([
          ...names.map((name) => account(name)),
          ...groups.map((name) => group(name, name === goal ? { tier: 0 } : {})),
          ...ins.map(({ who, of }) => member(who, of)),
          ...rights.map(({ who, right: name, over }) =>
            right(who, name, over, { objectType: groups.includes(over) ? 'group' : 'user' }),
          ),
        ])
        const taking = new Set([goal])
        for (let before = -1; before !== taking.size;) {
          before = taking.size
          for (const { who, of } of ins) if (taking.has(of)) taking.add(who)
          for (const { who, over, right: name } of rights)
            if (name === 'full-control' && taking.has(over)) taking.add(who)
        }
        for (const name of [...names, ...groups]) {
          expect(of(name).privileged).toBe(taking.has(name) ? 'yes' : 'no')
          for (const path of of(name).paths) expect(path.steps.length).toBeGreaterThan(0)
          expect(of(name).paths.length > 0).toBe(taking.has(name))
        }
      },
    ),
    { numRuns: 300 },
  )
})

describe('domains that are trusted', () => {
  const trust = (attributes: readonly string[], direction = 'both'): Finding[] =>
    Object.entries({ partner: ['other.example'], direction: [direction], type: ['uplevel'], attributes }).map(
      ([name, values]) => ({
        kind: 'setting',
        subject: 'trust',
        object: 'o-other.example',
        name,
        values: [...values],
        place: { path: `CN=other.example,CN=System,${BASE}` },
      }),
    )
  const outside = (findings: readonly Finding[]) => standings([admins, ...findings]).outside

  test('of the same forest have this one in hand', () => {
    expect(outside(trust(['within-forest']))).toEqual([
      {
        name: 'administrators of other.example',
        path: expect.objectContaining({
          via: 'sid-history',
          steps: [
            {
              sentence:
                'Administrators of other.example can claim any identity of this domain: it is of the same forest.',
              place: { path: `CN=other.example,CN=System,${BASE}` },
              evidence: 'trustDirection: both; trustAttributes: within-forest',
            },
            { sentence: 'Somebody privileged has the directory in hand.' },
          ],
        }) as unknown,
      },
    ])
  })

  test.each([
    ['whose identities are filtered', ['filtered']],
    ['of the same forest, quarantined', ['within-forest', 'filtered']],
    ['of elsewhere, without a filter: built-in identities are filtered', []],
    ['of another forest', ['forest']],
    ['of another forest, treated as external: built-in identities are filtered', ['forest', 'treat-as-external']],
    ['over which tickets may be delegated', ['filtered', 'tgt-delegation']],
  ])('%s have it not for certain', (_, attributes) => {
    expect(outside(trust(attributes))).toEqual([])
  })

  test('that only trust this one, or of which not all was read, do not', () => {
    expect(outside(trust(['within-forest'], 'inbound'))).toEqual([])
    expect(outside(trust(['within-forest']).slice(1))).toEqual([])
  })

  test('change nothing for accounts of here', () => {
    expect(takesOver([admins, account('bob'), ...trust(['within-forest'])], 'bob')).toBe('no')
  })
})
