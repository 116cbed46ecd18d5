import type { DirectorySignals, Finding, Grantee } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import type { LookedScope } from '../host-facts.ts'
import { hostRulesOf, namesOnHosts, type DirectoryMember } from './host-rules.ts'

const signals: DirectorySignals = {
  make: 'active-directory',
  suffix: 'DC=example,DC=org',
  domain: 'example.org',
  flatName: 'EXAMPLE',
}
const bob: DirectoryMember = {
  signals,
  name: 'bob',
  groups: [
    { name: 'helpdesk', through: [] },
    { name: 'Linux Admins', through: ['helpdesk'] },
  ],
  computers: new Set(['web1$']),
}

const setting = (subject: 'realm' | 'kerberos', name: string, ...values: string[]): Finding => ({
  kind: 'setting',
  subject,
  name,
  values,
  place: { path: '/etc/x' },
})
const joined = [setting('realm', 'id_provider', 'ad'), setting('realm', 'machine-account', 'WEB1$@EXAMPLE.ORG')]
const rule = (grantees: readonly Grantee[], facts: Partial<Extract<Finding, { kind: 'grant' }>> = {}): Finding => ({
  kind: 'grant',
  mechanism: 'sudo',
  order: 0,
  grantees: [...grantees],
  here: 'yes',
  runAs: {},
  commands: [{ command: 'ALL' }],
  tags: {},
  options: {},
  place: { path: '/etc/sudoers.d/admins', line: 3 },
  ...facts,
})
const group = (name: string): Grantee => ({ type: 'group', name })

const rules = (findings: readonly Finding[], member = bob, scopes: readonly LookedScope[] = []) =>
  hostRulesOf(member, {
    // What the probe that asks directories finds says that there is one.
    findings: findings.map((finding) => ({
      probe: 'name' in finding && finding.name === 'id_provider' ? 'directory-accounts' : 'any',
      finding,
    })),
    scopes,
    now: new Date('2026-01-01T00:00:00.000Z'),
  })

test.each(['linux admins', 'Linux Admins@example.org', 'EXAMPLE\\Linux Admins', 'example.org\\linux admins'])(
  'a rule for %s holds for whoever is in that group, however deep, on a host that is in the domain',
  (name) => {
    expect(rules([...joined, rule([group(name)])])).toEqual([
      {
        root: 'yes',
        sentence: expect.stringMatching(
          /^bob is in helpdesk, helpdesk is in Linux Admins; the host gives %.* this: .*\.$/,
        ) as string,
        place: { path: '/etc/sudoers.d/admins', line: 3 },
        through: ['helpdesk', 'Linux Admins'],
        unknownBecause: [],
      },
    ])
  },
)

test('a rule for another group, for a group of another domain, or that gives less than root is none', () => {
  expect(rules([...joined, rule([group('wheel')])])).toEqual([])
  expect(rules([...joined, rule([group('helpdesk@other.example')])])).toEqual([])
  expect(
    rules([...joined, rule([group('helpdesk')], { commands: [{ command: '/usr/bin/true', arguments: '' }] })]),
  ).toEqual([])
  expect(rules([...joined, rule([{ ...group('helpdesk'), negated: true }])])).toEqual([])
})

describe('what is not known makes the answer unknown, with the reason', () => {
  const root = (...findings: readonly Finding[]) =>
    rules([...findings, rule([group('helpdesk')])]).map(({ root: answer, unknownBecause }) => [
      answer,
      ...unknownBecause,
    ])

  test.each<[string, readonly Finding[], string]>([
    [
      'of a host that only names the domain',
      [setting('kerberos', 'default_realm', 'EXAMPLE.ORG')],
      'the host names this domain, and whether it has an account of its own in it is not known',
    ],
    [
      'where it takes groups from',
      [setting('realm', 'machine-account', 'WEB1$@EXAMPLE.ORG')],
      'whether the host takes accounts from a directory was not read',
    ],
    [
      'whose group of that name it is',
      [
        ...joined,
        { kind: 'membership', account: 'al', group: 'HelpDesk', gid: 9, role: 'member', place: { path: '/etc/group' } },
      ],
      'a group of the host is called helpdesk too',
    ],
    [
      'who may log in',
      [...joined, setting('realm', 'simple_allow_groups', 'Others')],
      'the host lets only some log in, and this account is not among those named',
    ],
    [
      'what a filter lets in',
      [...joined, setting('realm', 'ad_access_filter', '(x=y)')],
      'a filter of the host decides who may log in there',
    ],
  ])('%s', (_, findings, because) => {
    expect(root(...findings)).toEqual([['unknown', because]])
  })

  test('not so of one whose group is let in', () => {
    expect(root(...joined, setting('realm', 'permitted-groups', 'linux admins@example.org'))).toEqual([['yes']])
  })

  test('nothing is said of hosts of another domain, or that ask no directory', () => {
    expect(root()).toEqual([])
    expect(root(setting('realm', 'machine-account', 'WEB1$@OTHER.EXAMPLE'))).toEqual([])
    const asked: LookedScope = {
      probe: 'directory-accounts',
      outcome: { status: 'complete', reasons: [] },
      privilege: 'root',
    }
    expect(rules([...joined.slice(1), rule([group('helpdesk')])], bob, [asked])).toEqual([])
  })

  test('a machine that the directory does not know is in it for nobody', () => {
    expect(rules([...joined, rule([group('helpdesk')])], { ...bob, computers: new Set() })).toEqual([])
  })

  test('groups in groups are followed by servers of Active Directory, and two levels deep by hosts', () => {
    const deep = { ...bob, groups: [{ name: 'top', through: ['a', 'b', 'c'] }] }
    const found = [...joined, rule([group('top')])]
    expect(rules(found, deep)[0]!.root).toBe('yes')
    expect(rules(found, { ...deep, signals: { ...signals, make: 'openldap' } })[0]!.unknownBecause).toEqual([
      'whether the host follows groups in groups so deep is not known',
    ])
  })
})

test('names are those that hosts may write', () => {
  expect(namesOnHosts('Admins', signals)).toEqual([
    'admins',
    'admins@example.org',
    'example.org\\admins',
    'example\\admins',
  ])
  expect(namesOnHosts('Admins', { make: 'openldap', suffix: 'dc=x' })).toEqual(['admins'])
})
