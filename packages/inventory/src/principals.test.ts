import type { Finding, FindingOf, Outcome } from '@rollcall/contract'
import * as fc from 'fast-check'
import type { YesNoUnknown } from '@rollcall/contract/api'
import { describe, expect, test } from 'vitest'
import type { LookedScope, ToldFinding } from './host-facts.ts'
import { principalsOf, type Principal } from './principals.ts'
import { kindsOfWay } from './ways/all.ts'

const now = new Date('2026-11-22T12:00:00Z')
const COMPLETE: Outcome = { status: 'complete', reasons: [] }
/** Those that say what an account is, and all that some way to root rests on. */
const PROBES = [
  ...new Set([
    'local-accounts',
    'local-passwords',
    'authorized-keys',
    'sshd-settings',
    'last-logins',
    ...kindsOfWay.flatMap(({ restsOn }) => restsOn.map((one) => (typeof one === 'string' ? one : one.probe))),
  ]),
]
type Probe = string

const looked = (outcomes: Partial<Record<Probe, Outcome | undefined>> = {}): LookedScope[] =>
  PROBES.flatMap((probe) => {
    const outcome = probe in outcomes ? outcomes[probe] : COMPLETE
    return outcome === undefined ? [] : [{ probe, outcome, privilege: 'root' as const }]
  })

const denied = (path: string): Outcome => ({ status: 'denied', reasons: [{ code: 'not-permitted', path }] })

const probeOf = (finding: Finding): Probe => {
  if (finding.kind === 'account') return 'local-accounts'
  if (finding.kind === 'membership') return finding.role === 'administrator' ? 'local-passwords' : 'local-accounts'
  if (finding.kind === 'credential') return finding.place.path === '/etc/passwd' ? 'local-accounts' : 'local-passwords'
  if (finding.kind === 'grant') return `${finding.mechanism}-rules`
  if (finding.kind === 'key') return 'authorized-keys'
  return finding.kind === 'setting' ? 'sshd-settings' : 'last-logins'
}

const told = (findings: readonly Finding[]): ToldFinding[] =>
  findings.map((finding) => ({ probe: probeOf(finding), finding }))

const principals = (
  findings: readonly Finding[],
  outcomes: Partial<Record<Probe, Outcome | undefined>> = {},
): Principal[] =>
  principalsOf({
    findings: told(findings),
    scopes: looked(outcomes),
    signals: { hostKeys: [], addresses: [], macs: [], os: {} },
    now,
  })

const only = (name: string, findings: readonly Finding[], outcomes: Partial<Record<Probe, Outcome | undefined>> = {}) =>
  principals(findings, outcomes).find((principal) => principal.name === name)!

let line = 0
const account = (name: string, uid: number, rest: Partial<FindingOf<'account'>> = {}): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: ++line },
  ...rest,
})
const member = (
  account: string,
  group: string,
  gid: number,
  role: 'primary' | 'member' | 'administrator' = 'member',
): Finding => ({
  kind: 'membership',
  account,
  group,
  gid,
  role,
  place: { path: role === 'administrator' ? '/etc/gshadow' : '/etc/group', line: ++line },
})
const password = (
  account: string,
  state: FindingOf<'credential'>['state'],
  rest: Partial<FindingOf<'credential'>> = {},
): Finding => ({
  kind: 'credential',
  class: 'login-password',
  account,
  state,
  place: { path: '/etc/shadow', line: ++line },
  ...rest,
})
const sshKey = (account: string | undefined, rest: Partial<FindingOf<'key'>> = {}): Finding => ({
  kind: 'key',
  role: 'authorized',
  fingerprint: 'SHA256:abc',
  algorithm: 'ssh-ed25519',
  ...(account === undefined ? {} : { account }),
  place: { path: '/keys', line: ++line },
  ...rest,
})
const sshd = (name: string, values: string[], rest: Partial<FindingOf<'setting'>> = {}): Finding => ({
  kind: 'setting',
  subject: 'sshd',
  name,
  values,
  place: { path: '/etc/ssh/sshd_config', line: 7 },
  ...rest,
})
const sudo = (
  grantee: FindingOf<'grant'>['grantees'][number],
  command = 'ALL',
  rest: Partial<FindingOf<'grant'>> = {},
): Finding => ({
  kind: 'grant',
  mechanism: 'sudo',
  order: ++line,
  grantees: [grantee],
  here: 'yes',
  runAs: { users: [{ type: 'all', name: 'ALL' }] },
  commands: [{ command }],
  tags: {},
  options: {},
  place: { path: '/etc/sudoers', line: 44 },
  ...rest,
})

const alice = account('alice', 1000)

describe('privilege', () => {
  test('uid 0 is root under whatever name', () => {
    const toor = account('toor', 0)
    expect(only('toor', [toor])).toMatchObject({
      privileged: 'yes',
      completeness: 'complete',
      paths: [{ via: 'uid-0', effect: 'root', steps: [{ place: toor.place }] }],
    })
  })

  test('root is privileged, and known completely, even where the sudo rules were denied', () => {
    expect(only('root', [account('root', 0)], { 'sudo-rules': denied('/etc/sudoers') })).toMatchObject({
      privileged: 'yes',
      completeness: 'complete',
      unknownBecause: [],
    })
  })

  test('an ordinary account of a host that was looked at completely is not privileged', () => {
    expect(only('alice', [alice, member('alice', 'alice', 1000, 'primary'), member('alice', 'adm', 4)])).toMatchObject({
      privileged: 'no',
      paths: [],
      unknownBecause: [],
      completeness: 'complete',
    })
  })

  test.each(['docker', 'lxd', 'incus-admin', 'libvirt', 'disk', 'shadow', 'kmem'])(
    'a member of %s can become root, and the path says how and where that is written',
    (group) => {
      const membership = member('alice', group, 998)
      const { privileged, paths } = only('alice', [alice, membership])
      expect(privileged).toBe('yes')
      expect(paths).toMatchObject([
        { via: 'group', effect: 'root', steps: [{ place: membership.kind === 'membership' && membership.place }, {}] },
      ])
      expect(paths[0]!.sentence).toMatch(/may /)
    },
  )

  test('a primary group counts as any other', () => {
    expect(only('alice', [alice, member('alice', 'docker', 998, 'primary')]).privileged).toBe('yes')
  })

  test('a second name of the number of such a group is worth the same', () => {
    expect(only('alice', [alice, member('alice', 'whales', 998), member('bob', 'docker', 998)]).privileged).toBe('yes')
  })

  test.each(['sudo', 'wheel', 'admin', 'adm'])('the name of the group %s alone gives nothing', (group) => {
    expect(only('alice', [alice, member('alice', group, 27)])).toMatchObject({ privileged: 'no', paths: [] })
  })

  test('group 0 gives some things, but not root', () => {
    expect(only('alice', [alice, member('alice', 'root', 0)])).toMatchObject({
      privileged: 'no',
      paths: [{ via: 'group', effect: 'limited' }],
    })
  })

  test('an administrator of such a group may add itself, which is one step more', () => {
    expect(only('alice', [alice, member('alice', 'docker', 998, 'administrator')])).toMatchObject({
      privileged: 'yes',
      paths: [{ via: 'group', effect: 'root', steps: [{}, {}, {}] }],
    })
  })

  test('however many names share a uid, the one that gives root is found', () => {
    const crowd = Array.from({ length: 300 }, (_, index) => account(`crowd${index}`, 1000))
    const { privileged, paths } = only('crowd0', [...crowd, alice, member('alice', 'docker', 998)])
    expect(privileged).toBe('yes')
    expect(paths[0]!.sentence).toContain('alice')
  })

  test('who shares a uid with a privileged account is as privileged, and the path names the other', () => {
    const twin = account('alice-backup', 1000)
    const { privileged, paths } = only('alice-backup', [alice, twin, member('alice', 'docker', 998)])
    expect(privileged).toBe('yes')
    expect(paths[0]!.steps).toMatchObject([{ place: twin.place }, { place: alice.place }, {}, {}])
    expect(paths[0]!.sentence).toContain('alice')
  })

  test('a sudo rule for every command as root is a path, with the place of the rule', () => {
    expect(only('alice', [alice, member('alice', 'sudo', 27), sudo({ type: 'group', name: 'sudo' })])).toMatchObject({
      privileged: 'yes',
      paths: [{ via: 'sudo', effect: 'root', password: 'own', steps: [{ place: { path: '/etc/sudoers', line: 44 } }] }],
    })
  })

  test('without the sudo rules nobody but root is known to be unprivileged, and the answer says why', () => {
    expect(only('alice', [alice], { 'sudo-rules': denied('/etc/sudoers') })).toMatchObject({
      privileged: 'unknown',
      completeness: 'partial',
      unknownBecause: [{ code: 'not-permitted', path: '/etc/sudoers' }],
    })
  })

  test('a probe that has never looked makes it unknown as well', () => {
    expect(only('alice', [alice], { 'sudo-rules': undefined }).privileged).toBe('unknown')
  })

  test('a path that is known stays known where the rest could not be looked at', () => {
    const seen = only('alice', [alice, member('alice', 'docker', 998)], { 'sudo-rules': denied('/etc/sudoers') })
    expect(seen).toMatchObject({ privileged: 'yes', completeness: 'partial' })
    expect(seen.unknownBecause).not.toEqual([])
  })

  test('an unread gshadow hides administrators of groups; an unread shadow hides nothing about privilege', () => {
    expect(only('alice', [alice], { 'local-passwords': denied('/etc/gshadow') }).privileged).toBe('unknown')
    expect(only('alice', [alice], { 'local-passwords': denied('/etc/shadow') }).privileged).toBe('no')
  })

  test('an account that nobody can log in to is no less privileged', () => {
    const locked = account('deploy', 1001, { shell: '/usr/sbin/nologin', interactiveShell: false })
    expect(only('deploy', [locked, member('deploy', 'docker', 998), password('deploy', 'locked')])).toMatchObject({
      privileged: 'yes',
      loginAllowed: 'no',
    })
  })
})

describe('login', () => {
  test('a usable password opens an account', () => {
    expect(only('alice', [alice, password('alice', 'usable')])).toMatchObject({
      loginAllowed: 'yes',
      password: 'usable',
    })
  })

  test('an empty password opens it too', () => {
    expect(only('alice', [alice, password('alice', 'empty')]).loginAllowed).toBe('yes')
  })

  test('without password and key nobody gets in', () => {
    expect(only('alice', [alice, password('alice', 'locked')])).toMatchObject({ loginAllowed: 'no', keys: 0 })
  })

  test('a key opens an account whose password is locked, for sshd with PAM', () => {
    const findings = [alice, password('alice', 'locked'), sshKey('alice')]
    expect(only('alice', [...findings, sshd('usepam', ['yes'])])).toMatchObject({ loginAllowed: 'yes', keys: 1 })
    expect(only('alice', [...findings, sshd('usepam', ['no'])]).loginAllowed).toBe('no')
  })

  test('a key that opens nothing as things are lets nobody in, and it is said why', () => {
    const findings = [alice, password('alice', 'locked'), sshd('usepam', ['yes'])]
    const { loginAllowed, loginReasons } = only('alice', [
      ...findings,
      sshKey('alice', { ineffective: 'strict-modes' }),
    ])
    expect(loginAllowed).toBe('no')
    expect(loginReasons.map(({ sentence }) => sentence).join()).toContain('others may change its file')
    const both = [...findings, sshKey('alice', { ineffective: 'expired' }), sshKey('alice')]
    expect(only('alice', both).loginAllowed).toBe('yes')
  })

  test('a shell that ends at once lets nobody in, whatever they hold', () => {
    const nobody = account('nobody', 65_534, { shell: '/usr/sbin/nologin', interactiveShell: false })
    const { loginAllowed, loginReasons } = only('nobody', [
      nobody,
      password('nobody', 'usable'),
      sshKey('nobody'),
      sshd('usepam', ['yes']),
    ])
    expect(loginAllowed).toBe('no')
    expect(loginReasons).toMatchObject([{ place: nobody.place }])
  })

  test.each([
    ['2026-11-22', 'no'],
    ['2026-11-23', 'yes'],
  ] as const)('on 22 November an account that expires on %s allows login: %s', (accountExpires, loginAllowed) => {
    expect(only('alice', [alice, password('alice', 'usable', { accountExpires })])).toMatchObject({
      loginAllowed,
      accountExpires,
    })
  })

  test('a password that ran out longer ago than the days of inactivity closes the account', () => {
    const aged = (inactiveDays: number) =>
      only('alice', [alice, password('alice', 'usable', { changed: '2026-06-01', maximumDays: 90, inactiveDays })])
    expect(aged(30).loginAllowed).toBe('no')
    expect(aged(300).loginAllowed).toBe('yes')
  })

  test('what could not be looked at is unknown, and null in its cell', () => {
    expect(
      only('alice', [alice], { 'local-passwords': denied('/etc/shadow'), 'authorized-keys': denied('/home/alice') }),
    ).toMatchObject({
      loginAllowed: 'unknown',
      password: null,
      keys: null,
    })
  })

  test('an account without a line in shadow has no password that matches, where shadow was read', () => {
    expect(only('alice', [alice]).password).toBe('none')
  })

  test('a password field in passwd comes before the one in shadow', () => {
    const own = password('alice', 'empty', { place: { path: '/etc/passwd', line: alice.place.line! } })
    expect(only('alice', [alice, password('alice', 'locked'), own]).password).toBe('empty')
  })

  describe('by key over SSH', () => {
    const keyed = [alice, password('alice', 'none'), sshKey('alice')]
    const cases: [YesNoUnknown, Finding, string][] = [
      ['yes', sshd('permitrootlogin', ['no']), 'which is about root'],
      ['no', sshd('pubkeyauthentication', ['no']), 'keys are off'],
      ['no', sshd('denyusers', ['bob', 'al*']), 'she is denied'],
      ['yes', sshd('denyusers', ['bob']), 'others are denied'],
      ['no', sshd('allowusers', ['bob']), 'others are allowed'],
      ['yes', sshd('allowusers', ['al?ce']), 'she is allowed'],
      ['unknown', sshd('allowusers', ['alice@10.0.0.*']), 'it depends on where she comes from'],
      ['no', sshd('allowusers', ['!alice', '*']), 'all but she are allowed'],
      ['no', sshd('allowgroups', ['ops']), 'a group is allowed that she is not in'],
      [
        'unknown',
        sshd('pubkeyauthentication', ['no'], { condition: 'Address 10.0.0.0/8' }),
        'keys are off for some addresses',
      ],
      ['no', sshd('pubkeyauthentication', ['no'], { account: 'alice' }), 'keys are off for her'],
      ['yes', sshd('pubkeyauthentication', ['no'], { account: 'bob' }), 'keys are off for another'],
    ]
    test.each(cases)('login is %s where %j: %s', (loginAllowed, setting) => {
      expect(only('alice', [...keyed, sshd('usepam', ['yes']), setting]).loginAllowed).toBe(loginAllowed)
    })

    test('it is unknown where nothing is known of sshd', () => {
      expect(only('alice', keyed, { 'sshd-settings': denied('/etc/ssh/sshd_config') }).loginAllowed).toBe('unknown')
    })

    test.each([
      ['no', 'no', {}],
      ['prohibit-password', 'yes', {}],
      ['without-password', 'yes', {}],
      ['yes', 'yes', {}],
      ['forced-commands-only', 'no', {}],
      ['forced-commands-only', 'yes', { options: [{ name: 'command', value: '/bin/true' }] }],
    ] as const)('PermitRootLogin %s makes it %s for a key of root with %j', (value, loginAllowed, rest) => {
      const findings = [
        account('root', 0),
        password('root', 'none'),
        sshd('permitrootlogin', [value]),
        sshd('usepam', ['yes']),
      ]
      const key = sshKey('root', 'options' in rest ? { options: rest.options.map((option) => ({ ...option })) } : {})
      expect(only('root', [...findings, key]).loginAllowed).toBe(loginAllowed)
    })

    test('an authority that may sign for everybody opens an account without a key of its own', () => {
      expect(
        only('alice', [
          alice,
          password('alice', 'none'),
          sshKey(undefined, { role: 'authority' }),
          sshd('usepam', ['yes']),
        ]),
      ).toMatchObject({ loginAllowed: 'yes', keys: 0 })
    })
  })

  test('a password that does for the console but not for SSH says so, with the place', () => {
    const { loginAllowed, loginReasons } = only('alice', [
      alice,
      password('alice', 'usable'),
      sshd('passwordauthentication', ['no']),
      sshd('kbdinteractiveauthentication', ['no']),
    ])
    expect(loginAllowed).toBe('yes')
    expect(loginReasons).toContainEqual({
      sentence: "over SSH the password does not do: sshd's PasswordAuthentication is no",
      place: { path: '/etc/ssh/sshd_config', line: 7 },
    })
  })

  test('of two accounts with one name only the first is logged in to', () => {
    const [first, second] = principals([account('dup', 1), account('dup', 2), password('dup', 'usable')])
    expect([first!.loginAllowed, second!.loginAllowed]).toEqual(['yes', 'no'])
  })
})

describe('the record', () => {
  test('names the groups, the primary one first, and the last login', () => {
    const findings: Finding[] = [
      alice,
      member('alice', 'docker', 998),
      { ...(member('alice', 'alice', 1000, 'primary') as FindingOf<'membership'>), place: alice.place },
      {
        kind: 'usage',
        account: 'alice',
        consumer: 'login',
        lastUsed: '2026-01-01T00:00:00Z',
        from: '10.0.0.1',
        place: { path: '/var/log/lastlog' },
      },
    ]
    expect(only('alice', findings)).toMatchObject({
      groups: ['alice', 'docker'],
      lastLogin: '2026-01-01T00:00:00Z',
      lastLoginFrom: '10.0.0.1',
      description: null,
    })
  })

  test('that a key opened lately has logged in, whatever else keeps logins says', () => {
    const login = (consumer: 'login' | 'key-login', lastUsed: string): Finding => ({
      kind: 'usage',
      account: 'alice',
      consumer,
      lastUsed,
      ...(lastUsed === 'never' ? {} : { from: `10.0.0.${consumer.length}` }),
      place: { path: '/var/log/any' },
    })
    const day = (number: number) => `2026-01-0${number}T00:00:00Z`
    const last = (...findings: readonly Finding[]) => only('alice', [alice, ...findings])
    expect(last(login('login', 'never'), login('key-login', day(2)))).toMatchObject({
      lastLogin: day(2),
      lastLoginFrom: '10.0.0.9',
      lastKeyLogin: day(2),
    })
    expect(last(login('login', day(3)), login('key-login', day(2)))).toMatchObject({
      lastLogin: day(3),
      lastLoginFrom: '10.0.0.5',
      lastKeyLogin: day(2),
    })
  })

  test('has no last login where none was told', () => {
    expect(only('alice', [alice]).lastLogin).toBeNull()
  })
})

describe('whatever is known', () => {
  const names = fc.constantFrom('root', 'alice', 'bob', 'carol')
  const groups = fc.constantFrom(
    ...(['docker', 'sudo', 'root', 'adm', 'shadow', 'users'] as const).map((name, index) => ({
      name,
      gid: name === 'root' ? 0 : 900 + index,
    })),
  )
  const accounts = fc
    .uniqueArray(fc.record({ name: names, uid: fc.constantFrom(0, 1000, 1001, 1002) }), {
      selector: ({ name }) => name,
    })
    .map((list) => list.map(({ name, uid }) => account(name, uid)))
  const memberships = fc.array(
    fc
      .tuple(names, groups, fc.constantFrom('primary' as const, 'member' as const, 'administrator' as const))
      .map(([name, group, role]) => member(name, group.name, group.gid, role)),
    { maxLength: 6 },
  )
  const grants = fc.array(
    fc
      .tuple(
        fc.constantFrom('user' as const, 'group' as const, 'all' as const, 'netgroup' as const),
        names,
        fc.constantFrom('ALL', '/bin/ls', 'list'),
        fc.constantFrom('yes' as const, 'unknown' as const),
      )
      .map(([type, name, command, here]) => sudo({ type, name }, command, { here })),
    { maxLength: 4 },
  )
  const outcomes = fc.dictionary(fc.constantFrom(...PROBES), fc.constantFrom(denied('/x'), COMPLETE, undefined), {
    maxKeys: 6,
    noNullPrototype: true,
  })

  test('one more grant never makes a privileged account less than privileged', () => {
    fc.assert(
      fc.property(accounts, memberships, grants, grants, outcomes, (people, groups, first, more, scopes) => {
        const before = principals([...people, ...groups, ...first], scopes)
        const after = principals([...people, ...groups, ...first, ...more], scopes)
        expect(
          before.filter(({ privileged }, index) => privileged === 'yes' && after[index]!.privileged !== 'yes'),
        ).toEqual([])
      }),
    )
  })

  test('looking at less never makes an unknown account unprivileged', () => {
    fc.assert(
      fc.property(
        accounts,
        memberships,
        grants,
        outcomes,
        fc.constantFrom(...PROBES),
        (people, groups, rules, scopes, lost) => {
          const findings = [...people, ...groups, ...rules]
          const before = principals(findings, scopes)
          const after = principals(findings, { ...scopes, [lost]: denied('/y') })
          expect(
            before.filter(({ privileged }, index) => privileged === 'unknown' && after[index]!.privileged === 'no'),
          ).toEqual([])
        },
      ),
    )
  })

  test('the answer is no only where every scope it rests on was complete, and unknown never without a reason', () => {
    fc.assert(
      fc.property(accounts, memberships, grants, outcomes, (people, groups, rules, scopes) => {
        const all = principals([...people, ...groups, ...rules], scopes)
        expect(
          all.filter(
            ({ privileged, unknownBecause, completeness }) =>
              privileged === 'no' && (unknownBecause.length > 0 || completeness !== 'complete'),
          ),
        ).toEqual([])
        expect(
          all.filter(({ privileged, unknownBecause }) => privileged === 'unknown' && unknownBecause.length === 0),
        ).toEqual([])
      }),
    )
  })
})
