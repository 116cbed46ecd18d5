import type { Finding, FindingOf } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { sidBytes } from '../../formats/active-directory/identifiers.ts'
import { scanDirectory } from '../../scan-directory.ts'
import { exampleDirectory, type ExampleDirectory, type ExampleEntry } from '../../testing/example-directory.ts'
import { exampleTools } from '../../testing/example-host.ts'
import make from '../active-directory.ts'

/* What is hidden or elsewhere, and names of other languages, in domains that the lab cannot make. */

const BASE = 'DC=example,DC=com'
const CONFIGURATION = `CN=Configuration,${BASE}`
const SID = 'S-1-5-21-1-2-3'
const OWN = `${SID}-1999`

/** A list of entries as `[allow or deny, rights, who]`, owned by the system. */
const descriptor = (...aces: readonly (readonly [0 | 1, number, string])[]): Uint8Array => {
  const owner = sidBytes('S-1-5-18')!
  const list = aces.flatMap(([type, mask, who]) => {
    const sid = sidBytes(who)!
    const number = [mask, mask >> 8, mask >> 16, mask >> 24].map((byte) => byte & 0xff)
    return [type, 0, 8 + sid.length, 0, ...number, ...sid]
  })
  const size = 8 + list.length
  const at = 20 + owner.length
  const header = [1, 0, 0x04, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, at, 0, 0, 0]
  const listHeader = [2, 0, size & 0xff, size >> 8, aces.length, 0, 0, 0]
  return Uint8Array.from([...header, ...owner, ...listHeader, ...list])
}
const [READ, LIST] = [0x10, 0x4]
const OPEN = descriptor([0, READ | LIST, OWN])
const CLOSED = descriptor([0, READ, OWN])

let made = 0
const entry = (dn: string, category: string, classes: readonly string[], more: ExampleEntry['attributes'] = {}) => {
  made++
  return {
    dn,
    attributes: {
      distinguishedName: dn,
      objectClass: ['top', ...classes],
      objectCategory: `CN=${category},CN=Schema`,
      objectGUID: Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? made & 0xff : at === 1 ? made >> 8 : 7)),
      nTSecurityDescriptor: OPEN,
      ...more,
    },
  }
}
const user = (name: string, place: string, rid: number, more = {}) =>
  entry(`CN=${name},${place}`, 'Person', ['person', 'user'], {
    sAMAccountName: name,
    objectSid: sidBytes(`${SID}-${rid}`)!,
    userAccountControl: '512',
    ...more,
  })
const group = (name: string, place: string, sid: string, member: readonly string[] = [], more = {}) =>
  entry(`CN=${name},${place}`, 'Group', ['group'], {
    sAMAccountName: name,
    objectSid: sidBytes(sid)!,
    groupType: '-2147483646',
    ...(member.length === 0 ? {} : { member }),
    ...more,
  })
const unit = (name: string, more = {}) =>
  entry(`OU=${name},${BASE}`, 'OrganizationalUnit', ['organizationalUnit'], more)
const head = () => entry(BASE, 'Domain-DNS', ['domainDNS'], { objectSid: sidBytes(SID)! })

const scan = async (entries: readonly ExampleEntry[], world: Partial<ExampleDirectory> = {}) => {
  const findings: Finding[] = []
  const { directory } = exampleDirectory({
    root: {
      defaultNamingContext: BASE,
      configurationNamingContext: CONFIGURATION,
      schemaNamingContext: `CN=Schema,${CONFIGURATION}`,
      supportedCapabilities: '1.2.840.113556.1.4.800',
      tokenGroups: [sidBytes(OWN)!],
      domainFunctionality: '7',
    },
    identity: 'rollcall@example.com',
    entries: [head(), ...entries],
    ...world,
  })
  const scanned = await scanDirectory(directory, [make], {
    ...exampleTools,
    now: new Date('2026-11-22T12:00:00Z'),
    take: (_, told) => void findings.push(...told),
  })
  const reasons = (probe: string, code: string) =>
    scanned?.sections
      .find((one) => one.probe === probe)
      ?.outcome.reasons.filter((one) => one.code === code)
      .map(({ path, detail, count }) => [path, detail, count].filter((one) => one !== undefined).join(' ')) ?? []
  const status = (probe: string) => scanned?.sections.find((one) => one.probe === probe)?.outcome.status
  const of = <K extends Finding['kind']>(kind: K) => findings.filter((one): one is FindingOf<K> => one.kind === kind)
  return { findings, of, reasons, status }
}

describe('entries that are hidden', () => {
  test('are told by the number that the server counts, which does not depend on who asks', async () => {
    const staff = unit('Staff', { 'msDS-Approx-Immed-Subordinates': '4' })
    const { reasons, status } = await scan(
      [staff, ...['one', 'two', 'three', 'four'].map((name, at) => user(name, staff.dn, 1100 + at))],
      { hidden: (dn, attribute) => attribute === undefined && /^CN=(?:three|four),/.test(dn) },
    )
    for (const probe of ['directory-accounts', 'directory-computers', 'directory-groups'])
      expect([status(probe), reasons(probe, 'fewer-than-counted')]).toEqual(['partial', [`${staff.dn} 2`]])
  })

  test('are not those of other kinds, nor of a count that is only about right', async () => {
    const mixed = unit('Mixed', { 'msDS-Approx-Immed-Subordinates': '2' })
    const many = unit('Many', { 'msDS-Approx-Immed-Subordinates': '215' })
    const { reasons, status } = await scan([
      mixed,
      many,
      user('one', mixed.dn, 1100),
      entry(`CN=printer,${mixed.dn}`, 'Print-Queue', ['printQueue']),
      ...Array.from({ length: 200 }, (_, at) => user(`u${at}`, many.dn, 2000 + at)),
    ])
    expect([status('directory-computers'), reasons('directory-accounts', 'fewer-than-counted')]).toEqual([
      'complete',
      [],
    ])
  })

  test('are told by the members of groups, apart from members that are gone', async () => {
    const [open, closed] = [unit('Open'), unit('Closed', { nTSecurityDescriptor: CLOSED })]
    const { of, reasons } = await scan([
      open,
      closed,
      group('Team', open.dn, `${SID}-1200`, [`CN=gone,${open.dn}`, `CN=secret,${closed.dn}`, `CN=seen,${open.dn}`]),
      user('seen', open.dn, 1100),
    ])
    expect(of('directory-weakness').filter(({ weakness }) => weakness === 'dangling-member')).toMatchObject([
      { objectName: 'Team', evidence: [`CN=gone,${open.dn}`] },
    ])
    expect(reasons('directory-groups', 'fewer-than-counted')).toEqual([`${closed.dn} entries that groups name 1`])
    expect(reasons('directory-accounts', 'no-such-entry')).toEqual([
      `${closed.dn} whatever lies in it: the scan account may not list it`,
    ])
    expect(
      of('directory-member').map(({ memberName, memberObject }) => [memberName, memberObject === undefined]),
    ).toEqual([
      ['seen', false],
      ['gone', true],
      ['secret', true],
    ])
  })

  test('may be of another domain, which is named and not looked at', async () => {
    const partition = (name: string, systemFlags: string, nCName: string) =>
      entry(`CN=${name},CN=Partitions,${CONFIGURATION}`, 'Cross-Ref', ['crossRef'], {
        nCName,
        systemFlags,
        dnsRoot: `${name.toLowerCase()}.example.com`,
        nETBIOSName: name,
      })
    const { reasons, status, of } = await scan([
      partition('EXAMPLE', '3', BASE),
      partition('CHILD', '3', `DC=child,${BASE}`),
      partition('ZONES', '5', `DC=DomainDnsZones,${BASE}`),
      group('Universal', `CN=Users,${BASE}`, `${SID}-1200`, [`CN=ann,CN=Users,DC=child,${BASE}`]),
    ])
    expect(reasons('directory-accounts', 'referral')).toEqual([
      `dc=child,${BASE.toLowerCase()} child.example.com, another domain of the forest`,
    ])
    expect(status('directory-accounts')).toBe('complete')
    expect([status('directory-groups'), reasons('directory-groups', 'referral')]).toEqual([
      'partial',
      ['members of child.example.com 1'],
    ])
    expect(of('directory-weakness').some(({ weakness }) => weakness === 'dangling-member')).toBe(false)
  })
})

test('policies of a container are not known where their links may not be read', async () => {
  const shut = unit('Shut', { nTSecurityDescriptor: descriptor([0, LIST, OWN]) })
  const classes = entry(`CN=OU,CN=Schema,${CONFIGURATION}`, 'Class-Schema', ['classSchema'], {
    lDAPDisplayName: 'organizationalUnit',
    schemaIDGUID: Uint8Array.of(
      0xa5,
      0x7a,
      0x96,
      0xbf,
      0xe6,
      0x0d,
      0xd0,
      0x11,
      0xa2,
      0x85,
      0,
      0xaa,
      0,
      0x30,
      0x49,
      0xe2,
    ),
  })
  const { reasons, status } = await scan([shut, unit('Open'), classes])
  expect([status('directory-rights'), reasons('directory-rights', 'attribute-denied')]).toEqual([
    'partial',
    ['gplink 1'],
  ])
})

describe('accounts that stand for others', () => {
  const successorClass = entry(`CN=dMSA,CN=Schema,${CONFIGURATION}`, 'Class-Schema', ['classSchema'], {
    lDAPDisplayName: 'msDS-DelegatedManagedServiceAccount',
    schemaIDGUID: Uint8Array.of(
      0x6f,
      0x93,
      0xeb,
      0x0f,
      0xb3,
      0x47,
      0xf2,
      0x49,
      0x93,
      0x86,
      0x1d,
      0xed,
      0xc2,
      0xc2,
      0x37,
      0x65,
    ),
  })
  const controller = (level: string) =>
    entry(`CN=NTDS Settings,CN=DC1,CN=Servers,CN=Main,CN=Sites,${CONFIGURATION}`, 'NTDS-DSA', ['nTDSDSA'], {
      'msDS-Behavior-Version': level,
    })
  test.each([
    ['a schema without them', [controller('10')], []],
    ['a schema with them and no controller that knows them', [successorClass, controller('7')], []],
    ['both', [successorClass, controller('10')], ['create-child', 'create-managed-account']],
  ])('may be made in a forest of %s', async (_, forest, rights) => {
    const staff = unit('Staff', { nTSecurityDescriptor: descriptor([0, READ | LIST, OWN], [0, 1, `${SID}-1100`]) })
    const { of } = await scan([staff, user('maker', staff.dn, 1100), ...forest])
    const told = of('directory-right').filter(({ trusteeName }) => trusteeName === 'maker')
    expect(told.map(({ right }) => right)).toEqual(rights.length === 0 ? ['create-child'] : rights)
  })
})

describe('a domain in another language', () => {
  /** The same groups and the first account, as they are called there. */
  const LANGUAGES = {
    German: ['Administratoren', 'Domänen-Admins', 'Konten-Operatoren', 'Geschützte Benutzer', 'Verwalter'],
    French: [
      'Administrateurs',
      'Admins du domaine',
      'Opérateurs de compte',
      'Utilisateurs protégés',
      'Administrateur-un',
    ],
  } as const
  const PLACEHOLDERS = ['#0', '#1', '#2', '#3', '#4']

  const world = ([administrators, admins, operators, careful, administrator]: readonly string[]) => {
    made = 0
    const users = `CN=Users,${BASE}`
    const builtin = `CN=Builtin,${BASE}`
    const foreign = 'S-1-5-21-9-9-9-1105'
    return [
      entry(users, 'Container', ['container']),
      entry(builtin, 'Builtin-Domain', ['builtinDomain']),
      entry(
        `CN=${foreign},CN=ForeignSecurityPrincipals,${BASE}`,
        'Foreign-Security-Principal',
        ['foreignSecurityPrincipal'],
        {
          objectSid: sidBytes(foreign)!,
        },
      ),
      user(administrator!, users, 500, { pwdLastSet: '130000000000000000' }),
      user('ann', users, 1101, { servicePrincipalName: 'http/web.example.com' }),
      user('bob', users, 1102, { primaryGroupID: '512' }),
      user('off', users, 1103, { userAccountControl: '514' }),
      user('old', users, 1104, { adminCount: '1' }),
      group(administrators!, builtin, 'S-1-5-32-544', [
        `CN=${admins},${users}`,
        `CN=${foreign},CN=ForeignSecurityPrincipals,${BASE}`,
      ]),
      group(admins!, users, `${SID}-512`, [`CN=${administrator},${users}`, `CN=ann,${users}`, `CN=off,${users}`]),
      group(operators!, builtin, 'S-1-5-32-548', [`CN=bob,${users}`]),
      group(careful!, users, `${SID}-525`, [`CN=bob,${users}`]),
      group('Trap', users, `${SID}-1300`, [`CN=old,${users}`], { sAMAccountName: 'Domain Admins' }),
    ]
  }

  test.each(Object.entries(LANGUAGES))('is told of as in any other: %s', async (_, theirs) => {
    const told = async (names: readonly string[]) =>
      (await scan(world(names))).findings
        .map((one) => {
          let text = JSON.stringify(one)
          for (const [at, name] of names.entries()) text = text.replaceAll(name, `#${at}`)
          return text
        })
        .toSorted()
    const { of } = await scan(world(theirs))
    expect(
      of('directory-weakness')
        .map(({ weakness, objectName }) => `${weakness} ${objectName}`)
        .toSorted(),
    ).toEqual(
      expect.arrayContaining([
        'admin-count-orphan old',
        'hidden-membership bob',
        'kerberoastable ann',
        'privileged-disabled off',
        `privileged-foreign ${theirs[0]}`,
        `privileged-old-password ${theirs[4]}`,
        'privileged-unprotected ann',
      ]),
    )
    expect(of('directory-group').map(({ wellKnown, tier }) => [wellKnown, tier])).toEqual([
      ['administrators', 0],
      ['domain-admins', 0],
      ['account-operators', 0],
      ['protected-users', undefined],
      [undefined, undefined],
    ])
    expect(await told(theirs)).toEqual(await told(PLACEHOLDERS))
  })
})
