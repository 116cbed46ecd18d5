import { createHash, randomUUID } from 'node:crypto'
import type { DirectorySignals, Finding, FindingOf, Outcome } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore, type RelationName, type Store } from '@rollcall/store'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { intake, type Intake } from './intake.ts'
import { inventoryReading } from './inventory-reading.ts'

const DAY_1 = '2026-01-01T00:00:00.000Z'
const DAY_2 = '2026-01-02T00:00:00.000Z'
const DAY_3 = '2026-01-03T00:00:00.000Z'
const TARGET = 'ldaps://dc1.example.com:636'

let store: Store
let now: Date
let take: Intake
beforeEach(async () => {
  store = await openStore({ file: ':memory:' })
  now = new Date('2026-02-01T00:00:00.000Z')
  take = intake(store, { now: () => now, principals: principalsOf })
})
afterEach(() => store[Symbol.asyncDispose]())

const complete: Outcome = { status: 'complete', reasons: [] }

const signals: DirectorySignals = {
  make: 'active-directory',
  id: 'S-1-5-21-1-2-3',
  suffix: 'DC=example,DC=com',
  domain: 'example.com',
  server: 'dc1.example.com',
}

const user = (name: string, facts: Partial<FindingOf<'directory-account'>> = {}): Finding => ({
  kind: 'directory-account',
  object: `guid-${name}`,
  name,
  type: 'user',
  states: [],
  place: { path: `CN=${name},CN=Users,DC=example,DC=com` },
  ...facts,
})

const digestOf = (findings: readonly Finding[]) => createHash('sha256').update(JSON.stringify(findings)).digest('hex')

const section = (findings: readonly Finding[], facts: Partial<ReportSection> = {}): ReportSection => ({
  probe: 'directory-accounts',
  outcome: complete,
  privilege: 'user',
  digest: digestOf(findings),
  findings: [...findings],
  ...facts,
})

const report = (at: string, sections: readonly ReportSection[], facts: Partial<ScanReport> = {}): ScanReport => ({
  id: randomUUID(),
  agent: 'a1',
  target: TARGET,
  startedAt: at,
  finishedAt: at,
  reached: complete,
  directory: signals,
  sections: [...sections],
  ...facts,
})

const rows = async (relation: RelationName, sort = 'id') =>
  (await store.relations.page({ relation, where: [], sort: { column: sort, descending: false }, limit: 500 })).rows

const names = async () =>
  (await rows('directory_accounts', 'account')).filter((row) => row['gone_since'] === null).map((row) => row['account'])

test('a report makes its directory and what is in it known, and no host', async () => {
  const group: Finding = {
    kind: 'directory-group',
    object: 'guid-da',
    name: 'Domänen-Admins',
    type: 'group',
    wellKnown: 'domain-admins',
    tier: 0,
    members: 1,
    place: { path: 'CN=Domänen-Admins,CN=Users,DC=example,DC=com' },
  }
  const member: Finding = {
    kind: 'directory-member',
    object: 'guid-da',
    group: 'Domänen-Admins',
    member: 'CN=bob,CN=Users,DC=example,DC=com',
    memberObject: 'guid-bob',
    memberName: 'bob',
    memberType: 'user',
    via: 'member',
    place: { path: 'CN=Domänen-Admins,CN=Users,DC=example,DC=com' },
  }
  const weakness: Finding = {
    kind: 'directory-weakness',
    object: 'guid-bob',
    objectName: 'bob',
    objectType: 'user',
    weakness: 'kerberoastable',
    severity: 'high',
    evidence: ['servicePrincipalName: HTTP/web'],
    place: { path: 'CN=bob,CN=Users,DC=example,DC=com' },
  }
  const right: Finding = {
    kind: 'directory-right',
    object: 'guid-da',
    objectName: 'Domänen-Admins',
    objectType: 'group',
    right: 'add-member',
    trustee: 'S-1-5-21-1-2-3-1105',
    trusteeObject: 'guid-eve',
    trusteeName: 'eve',
    evidence: '(OA;;WP;bf9679c0-0de6-11d0-a285-00aa003049e2;;S-1-5-21-1-2-3-1105)',
    place: { path: 'CN=Domänen-Admins,CN=Users,DC=example,DC=com' },
  }
  const sent = report(DAY_1, [
    section([user('bob', { serviceSigns: ['spn'], lastLogin: 'never' }), user('eve'), weakness]),
    section([group, member], { probe: 'directory-groups' }),
    section([right], { probe: 'directory-rights' }),
  ])
  expect(await take(sent)).toEqual({ report: sent.id, need: [] })
  expect(await rows('hosts')).toEqual([])
  expect(await rows('directories')).toMatchObject([
    {
      directory: 'example.com',
      make: 'active-directory',
      suffix: 'DC=example,DC=com',
      outcome: 'complete',
      users: 2,
      groups: 1,
      high: 1,
      critical: 0,
      last_seen: DAY_1,
    },
  ])
  expect(await rows('directory_accounts', 'account')).toMatchObject([
    { account: 'bob', directory: 'example.com', service: 'yes', weaknesses: 1, hosts: 0, last_login: 'never' },
    { account: 'eve', service: 'no', weaknesses: 0, state: 'unmanaged', last_seen: DAY_1 },
  ])
  expect(await rows('directory_groups')).toMatchObject([
    { group: 'Domänen-Admins', well_known: 'domain-admins', tier: 0 },
  ])
  const [bob, eve] = await rows('directory_accounts', 'account')
  expect(await rows('directory_members')).toMatchObject([
    { group: 'Domänen-Admins', member_id: bob!.id, group_tier: 0, via: 'member' },
  ])
  expect(await rows('directory_rights')).toMatchObject([
    { right: 'add-member', trustee_id: eve!.id, conditional: 'no' },
  ])
  expect(await rows('directory_weaknesses')).toMatchObject([
    { weakness: 'kerberoastable', severity: 'high', object_id: bob!.id, rank: 1 },
  ])
})

test('servers of one directory are one directory, and another id is another one', async () => {
  await take(report(DAY_1, [section([user('bob')])]))
  const server = { ...signals, server: 'dc2.example.com' }
  await take(report(DAY_2, [section([user('bob')])], { target: 'ldaps://dc2.example.com:636', directory: server }))
  expect(await rows('directories')).toMatchObject([
    { targets: [TARGET, 'ldaps://dc2.example.com:636'].toReversed(), server: 'dc2.example.com' },
  ])
  expect(await names()).toEqual(['bob'])
  await take(report(DAY_3, [section([])], { directory: { ...signals, id: 'S-1-5-21-9-9-9' } }))
  expect((await rows('directories')).length).toBe(2)
  expect(await names()).toEqual(['bob'])
})

test('a directory without an id is the same where its suffix and certificate or address are', async () => {
  const { id: _, ...nameless } = signals
  const known = { ...nameless, certificate: 'SHA256:aa' }
  await take(report(DAY_1, [section([user('bob')])], { directory: known }))
  await take(report(DAY_2, [section([user('bob')])], { directory: known, target: 'ldaps://10.0.0.1:636' }))
  await take(report(DAY_2, [section([user('bob')])], { directory: nameless }))
  expect((await rows('directories')).length).toBe(1)
  await take(report(DAY_3, [section([])], { directory: { ...nameless, suffix: 'DC=other' }, target: 'ldaps://x:636' }))
  expect((await rows('directories')).length).toBe(2)
})

test('what a complete look does not mention is gone; what a partial one does not, stays', async () => {
  await take(report(DAY_1, [section([user('bob'), user('eve')])]))
  await take(report(DAY_2, [section([user('bob')], { outcome: { status: 'partial', reasons: [{ code: 'busy' }] } })]))
  expect(await names()).toEqual(['bob', 'eve'])
  await take(report(DAY_3, [section([user('bob')])]))
  expect(await names()).toEqual(['bob'])
  expect((await rows('changes')).map(({ type, thing }) => `${String(type)} ${String(thing)}`)).toEqual([
    'vanished user eve',
  ])
})

test('an entry that was moved and renamed stays the same account', async () => {
  await take(report(DAY_1, [section([user('bob')])]))
  const before = (await rows('directory_accounts'))[0]!
  await take(report(DAY_2, [section([user('robert', { object: 'guid-bob' })])]))
  expect(await rows('directory_accounts')).toMatchObject([{ id: before.id, account: 'robert', first_seen: DAY_1 }])
})

test('findings that came before their report count when it comes, in whatever order', async () => {
  const all = Array.from({ length: 900 }, (_, index) => user(`u${index}`))
  const sent = report(DAY_1, [{ ...section([]), findings: undefined, parts: 3, digest: digestOf(all) }])
  const part = (index: number) => ({
    report: sent.id,
    agent: 'a1',
    target: TARGET,
    probe: 'directory-accounts',
    index,
    findings: all.slice(index * 300, (index + 1) * 300),
  })
  for (const index of [2, 0])
    expect(await take.keep(part(index))).toEqual({
      report: sent.id,
      need: [],
      part: { probe: 'directory-accounts', index },
    })
  expect(await rows('directory_accounts')).toEqual([])
  expect(await take(sent)).toEqual({ report: sent.id, need: ['directory-accounts'] })
  expect(await rows('directories')).toEqual([])
  await take.keep(part(1))
  await take.keep(part(1))
  expect(await take(sent)).toEqual({ report: sent.id, need: [] })
  expect(await store.relations.count('directory_accounts', [])).toBe(900)
  expect((await store.reportParts.kept(sent.id)).size).toBe(0)
  // Once more, after all of it: nothing is kept and nothing happens.
  await take.keep(part(0))
  expect((await store.reportParts.kept(sent.id)).size).toBe(0)
  expect(await take(sent)).toEqual({ report: sent.id, need: [] })
})

test('the same digest again moves the dates on, and its findings need not even be there', async () => {
  await take(report(DAY_1, [section([user('bob')])]))
  const again = report(DAY_2, [{ ...section([user('bob')]), findings: undefined, parts: 1 }])
  expect((await take(again)).need).toEqual([])
  expect(await rows('directories')).toMatchObject([{ last_seen: DAY_2, last_good_scan: DAY_2 }])
  expect(await rows('directory_accounts')).toMatchObject([{ last_seen: DAY_2 }])
})

test('parts whose report does not come are forgotten after a day', async () => {
  const part = {
    report: randomUUID(),
    agent: 'a1',
    target: TARGET,
    probe: 'directory-accounts',
    index: 0,
    findings: [user('bob')],
  }
  await take.keep(part)
  now = new Date(now.getTime() + 86_400_001)
  await take.keep({ ...part, report: randomUUID() })
  expect((await store.reportParts.kept(part.report)).size).toBe(0)
})

test('changes are asked for whole where nothing is known that they could change', async () => {
  const changes = report(DAY_1, [section([user('bob')], { basis: 'changes', changed: ['guid-bob'] })])
  expect((await take(changes)).need).toEqual(['directory-accounts'])
})

test('a look at changes never makes a scope more complete than it was', async () => {
  const partial: Outcome = { status: 'partial', reasons: [{ code: 'attribute-denied', detail: 'member' }] }
  await take(report(DAY_1, [section([user('bob')], { outcome: partial })]))
  await take(report(DAY_2, [section([user('eve')], { basis: 'changes', changed: ['guid-eve'] })]))
  expect(await rows('outcomes')).toMatchObject([{ status: 'partial', last_look: DAY_2, last_complete: null }])
  expect(await names()).toEqual(['bob', 'eve'])
})

test('any sequence of looks, whole or at changes, ends where a whole look at the end would', async () => {
  const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('1', '2'), { maxKeys: 5 })
  const looks = fc.array(fc.record({ state, whole: fc.boolean() }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(looks, async (looks) => {
      await using store = await openStore({ file: ':memory:' })
      const take = intake(store, { now: () => now, principals: principalsOf })
      const found = (state: Record<string, string>) =>
        Object.entries(state).map(([name, department]) => user(name, { person: { department } }))
      let before: Record<string, string> | undefined
      for (const [day, { state, whole }] of looks.entries()) {
        const at = new Date(Date.UTC(2026, 0, day + 1)).toISOString()
        if (before === undefined || whole) await take(report(at, [section(found(state))]))
        else {
          const changed = [...new Set([...Object.keys(before), ...Object.keys(state)])].filter(
            (name) => before![name] !== state[name],
          )
          const told = found(state).filter((one) => one.kind === 'directory-account' && changed.includes(one.name))
          const sections = [section(told, { basis: 'changes', changed: changed.map((name) => `guid-${name}`) })]
          expect((await take(report(at, sections))).need).toEqual([])
        }
        before = state
      }
      const { rows } = await store.relations.page({
        relation: 'directory_accounts',
        where: [],
        sort: { column: 'account', descending: false },
        limit: 100,
      })
      const present = rows.filter((row) => row['gone_since'] === null)
      expect(Object.fromEntries(present.map((row) => [row['account'], row['department']]))).toEqual(before)
      expect((await rowsOf(store, 'outcomes'))[0]!['findings']).toBe(present.length)
    }),
    { numRuns: 40 },
  )
})

test('an account is told with its groups, its rights, its ways and the hosts it is known on', async () => {
  const group = (name: string, facts: Partial<FindingOf<'directory-group'>> = {}): Finding => ({
    kind: 'directory-group',
    object: `guid-${name}`,
    name,
    type: 'group',
    place: { path: `CN=${name},DC=example,DC=com` },
    ...facts,
  })
  const member = (who: string, of: string): Finding => ({
    kind: 'directory-member',
    object: `guid-${of}`,
    group: of,
    member: `CN=${who}`,
    memberObject: `guid-${who}`,
    memberName: who,
    via: 'member',
    place: { path: `CN=${of},DC=example,DC=com` },
  })
  const right: Finding = {
    kind: 'directory-right',
    object: 'guid-boss',
    objectName: 'boss',
    objectType: 'user',
    right: 'reset-password',
    trustee: 'S-1-5-21-1-2-3-1200',
    trusteeObject: 'guid-helpdesk',
    trusteeName: 'helpdesk',
    trusteeType: 'group',
    evidence: '(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-1-2-3-1200)',
    place: { path: 'CN=boss,CN=Users,DC=example,DC=com' },
  }
  const bob = user('bob', { sid: 'S-1-5-21-1004336348-1177238915-682003330-1105' })
  await take(
    report(DAY_1, [
      section([user('boss'), bob, user('eve')]),
      section(
        [
          group('admins', { tier: 0, wellKnown: 'domain-admins' }),
          group('helpdesk'),
          group('it'),
          member('boss', 'admins'),
          member('it', 'helpdesk'),
          member('bob', 'it'),
        ],
        { probe: 'directory-groups' },
      ),
      section([right], { probe: 'directory-rights' }),
    ]),
  )
  const onHost = (name: string, facts: Partial<FindingOf<'account'>>): Finding => ({
    kind: 'account',
    name,
    uid: 1000,
    gid: 1000,
    home: `/home/${name}`,
    shell: '/bin/bash',
    interactiveShell: true,
    place: { path: '/etc/passwd' },
    ...facts,
  })
  const { directory: _, ...host } = report(DAY_1, [
    section(
      [
        onHost('root', { uid: 0 }),
        onHost('bob@example.com', { uid: 266_801_105, source: 'sss' }),
        onHost('boss', { uid: 5000, source: 'sss', directory: { id: 'GUID-boss' } }),
        onHost('eve', { uid: 6000 }),
      ],
      { probe: 'local-accounts', privilege: 'root' },
    ),
  ])
  await take({
    ...host,
    target: 'ssh://web:22',
    host: { hostKeys: [], hostname: 'web', addresses: [], macs: [], os: {} },
  })
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  const [bobRow, bossRow, eveRow] = await rows('directory_accounts', 'account')
  expect([bobRow, bossRow, eveRow].map((row) => [row!['account'], row!['privileged'], row!['hosts']])).toEqual([
    ['bob', 'yes', 1],
    ['boss', 'yes', 1],
    ['eve', 'no', 0],
  ])
  const detail = (await reading.directoryAccount(bobRow!.id))!
  expect(detail).toMatchObject({
    name: 'bob',
    privileged: 'yes',
    tier: 0,
    directory: { name: 'example.com' },
    memberships: [
      { name: 'it', through: [] },
      { name: 'helpdesk', through: ['it'] },
    ],
    rightsHeld: [{ right: 'reset-password', through: ['it', 'helpdesk'], over: { name: 'boss', id: bossRow!.id } }],
    hosts: [{ name: 'bob@example.com', host: { name: 'web' } }],
    hostCount: 1,
    findings: [{ finding: { object: 'guid-bob' } }],
  })
  expect(detail.paths[0]!.steps.map(({ sentence }) => sentence)).toEqual([
    'bob is in it.',
    'it is in helpdesk.',
    'helpdesk may reset the password of boss.',
    'boss is in admins.',
    'Whoever is in admins (domain-admins) has the directory in hand.',
  ])
  const accounts = await rows('accounts', 'account')
  expect(accounts.map((row) => [row['account'], row['directory_account']])).toEqual([
    ['bob@example.com', bobRow!.id],
    ['boss', bossRow!.id],
    ['eve', null],
    ['root', null],
  ])
  const directory = (await reading.directory(String(bobRow!['directory_id'])))!
  expect(directory).toMatchObject({ counts: { users: 3, groups: 3, privileged: 2, rights: 1 }, unknownBecause: [] })
  expect(directory.topPaths.map(({ name }) => name)).toContain('bob')
  expect(await reading.host(directory.id)).toBeUndefined()
  const helpdesk = (await rows('directory_groups', 'group')).find((row) => row['group'] === 'helpdesk')!
  expect(await reading.directoryGroup(helpdesk.id)).toMatchObject({
    privileged: 'yes',
    members: [{ name: 'it' }],
    memberCount: 1,
  })
  expect((await reading.overview()).directories).toMatchObject({ total: 1, accounts: 3, privileged: 2 })
})

const rowsOf = async (store: Store, relation: RelationName) =>
  (await store.relations.page({ relation, where: [], sort: { column: 'id', descending: false }, limit: 500 })).rows

test('what one account saw only that account retires, until it has not come for a month', async () => {
  const as = (identity: string) => ({ directory: { ...signals, identity } })
  now = new Date('2026-06-01T00:00:00.000Z')
  const all = [user('ada'), user('hidden')]
  await take(report('2026-01-01T00:00:00.000Z', [section(all)], as('administrator')))
  await take(report('2026-02-20T00:00:00.000Z', [section(all)], as('administrator')))
  await take(report('2026-03-01T00:00:00.000Z', [section([user('ada')])], as('helpdesk')))
  expect(await names()).toEqual(['ada', 'hidden'])
  await take(report('2026-03-02T00:00:00.000Z', [section([user('ada'), user('new')])], as('helpdesk')))
  expect(await names()).toEqual(['ada', 'hidden', 'new'])
  await take(report('2026-03-03T00:00:00.000Z', [section([user('hidden')])], as('administrator')))
  expect(await names()).toEqual(['hidden'])
  await take(report('2026-04-01T00:00:00.000Z', [section([user('ada')])], as('helpdesk')))
  expect(await names()).toEqual(['ada', 'hidden'])
  await take(report('2026-04-03T00:00:00.000Z', [section([user('ada')])], as('helpdesk')))
  expect(await names()).toEqual(['ada'])
})

test('a rule of a host for a group gives root there to whoever is in it, whether or not the host has listed them', async () => {
  const of = (object: string) => ({ place: { path: `CN=${object},CN=Users,DC=example,DC=com` } })
  const group = (name: string): Finding => ({
    kind: 'directory-group',
    object: `guid-${name}`,
    name,
    type: 'group',
    ...of(name),
  })
  const member = (who: string, into: string): Finding => ({
    kind: 'directory-member',
    object: `guid-${into}`,
    group: into,
    member: who,
    memberObject: `guid-${who}`,
    via: 'member',
    ...of(into),
  })
  await take(
    report(DAY_1, [
      section([user('bob'), user('WEB1$', { type: 'computer' })]),
      section([group('it'), group('admins'), member('bob', 'it'), member('it', 'admins')], {
        probe: 'directory-groups',
      }),
    ]),
  )
  const { directory: _, ...host } = report(DAY_1, [
    section(
      [
        { kind: 'setting', subject: 'realm', name: 'machine-account', values: ['WEB1$@EXAMPLE.COM'] },
        {
          kind: 'grant',
          mechanism: 'sudo',
          order: 0,
          grantees: [{ type: 'group', name: 'Admins@example.com' }],
          here: 'yes',
          runAs: {},
          commands: [{ command: 'ALL' }],
          tags: {},
          options: {},
          place: { path: '/etc/sudoers.d/admins', line: 2 },
        },
      ],
      { probe: 'sudo-rules', privilege: 'root' },
    ),
    section([{ kind: 'setting', subject: 'realm', name: 'id_provider', values: ['ad'] }], {
      probe: 'directory-accounts',
      privilege: 'root',
    }),
  ])
  await take({
    ...host,
    target: 'ssh://web:22',
    host: { hostKeys: [], hostname: 'web', addresses: [], macs: [], os: {} },
  })
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  const [, bob] = await rows('directory_accounts', 'account')
  expect(await reading.directoryAccount(bob!.id)).toMatchObject({
    name: 'bob',
    ruleHosts: 1,
    hostRules: [
      {
        host: { name: 'web' },
        root: 'yes',
        through: ['it', 'admins'],
        place: { path: '/etc/sudoers.d/admins', line: 2 },
        unknownBecause: [],
      },
    ],
  })
})

const hostReport = (name: string, sections: readonly ReportSection[], fqdn?: string): ScanReport => {
  const { directory: _, ...rest } = report(DAY_1, sections)
  const host = {
    hostKeys: [],
    hostname: name,
    ...(fqdn === undefined ? {} : { fqdn }),
    addresses: [],
    macs: [],
    os: {},
  }
  return { ...rest, target: `ssh://${name}:22`, host }
}
const realm = (name: string, ...values: string[]): Finding => ({ kind: 'setting', subject: 'realm', name, values })
const detailOf = async (name: string) => {
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  const row = (await rowsOf(store, 'directory_accounts')).find((one) => one['account'] === name)
  return (await reading.directoryAccount(row!.id))!
}

test('a computer is the host whose keytab says so, else the one that goes by its name', async () => {
  const computer = (name: string, facts: Partial<FindingOf<'directory-account'>> = {}) =>
    user(name, { type: 'computer', ...facts })
  await take(
    report(DAY_1, [
      section([
        computer('WEB1$'),
        computer('DB1$', { spns: ['HOST/db1.example.com', 'HOST/DB1'] }),
        computer('OLD$', { computer: { dnsName: 'new.example.com' } }),
        computer('LOST$', { computer: { dnsName: 'lost.example.com' } }),
      ]),
    ]),
  )
  const keytab = (...names: string[]) =>
    section([realm('machine-account', ...names)], { probe: 'realm', privilege: 'root' })
  await take(hostReport('web1', [keytab('WEB1$@EXAMPLE.COM')]))
  await take(
    hostReport('db1.example.com', [
      section([realm('host-principal', 'host/db1.example.com@EXAMPLE.COM')], { probe: 'realm', privilege: 'root' }),
    ]),
  )
  await take(hostReport('new.example.com', [keytab('NEW$@EXAMPLE.COM')]))
  expect((await detailOf('WEB1$')).isHost).toMatchObject({
    name: 'web1',
    sentence: expect.stringContaining('keytab') as string,
  })
  expect((await detailOf('DB1$')).isHost).toMatchObject({
    name: 'db1.example.com',
    sentence: expect.stringContaining('keytab') as string,
  })
  // It goes by that name, and its keytab says that it is another computer.
  expect((await detailOf('OLD$')).isHost).toBeNull()
  expect((await detailOf('LOST$')).isHost).toBeNull()
  await take(hostReport('lost.example.com', [keytab('X$@OTHER.EXAMPLE')]))
  expect((await detailOf('LOST$')).isHost).toMatchObject({
    name: 'lost.example.com',
    sentence: expect.stringContaining('name') as string,
  })

  // And the other way round: from the host to the directory and the computer that it is there.
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  const joinOf = async (name: string) => {
    const host = (await rowsOf(store, 'hosts')).find((one) => one['host'] === name)
    return (await reading.host(host!.id))?.directories?.map(({ directory, realm, computer }) => [
      directory?.name ?? null,
      realm,
      computer?.name ?? null,
    ])
  }
  const [directory] = await rowsOf(store, 'directories')
  const name = directory!['directory']
  expect(await joinOf('web1')).toEqual([[name, 'example.com', 'WEB1$']])
  expect(await joinOf('db1.example.com')).toEqual([[name, 'example.com', 'DB1$']])
  expect(await joinOf('new.example.com')).toEqual([[name, 'example.com', null]])
  expect(await joinOf('lost.example.com')).toEqual([
    [null, 'other.example', null],
    [name, null, 'LOST$'],
  ])
})

test('an account of winbind is the one whose uid smb.conf makes of its SID', async () => {
  const directory = { ...signals, flatName: 'EXAMPLE' }
  await take(
    report(
      DAY_1,
      [section([user('jane', { sid: 'S-1-5-21-1-2-3-1105' }), user('joe', { sid: 'S-1-5-21-1-2-3-1106' })])],
      { directory },
    ),
  )
  const account = (name: string, uid: number): Finding => ({
    kind: 'account',
    name: `EXAMPLE\\${name}`,
    uid,
    gid: 10_513,
    home: '/home/x',
    shell: '/bin/bash',
    interactiveShell: true,
    source: 'winbind',
    place: { path: '/etc/nsswitch.conf', line: 1 },
  })
  const mapping = (backend: string) => [
    realm('idmap config example : backend', backend),
    realm('idmap config example : range', '10000-999999'),
  ]
  const taken = (name: string, backend: string, ...accounts: Finding[]) =>
    take(
      hostReport(name, [
        section(accounts, { probe: 'directory-accounts', privilege: 'root' }),
        section(mapping(backend), { probe: 'realm', privilege: 'root' }),
      ]),
    )
  await taken('by-rid', 'rid', account('jane', 11_105), account('joe', 11_107))
  await taken('by-autorid', 'autorid', account('jane', 211_105))
  await taken('by-tdb', 'tdb', account('jane', 10_001))
  const jane = await detailOf('jane')
  expect(jane.hosts.map(({ host, sentence }) => [host.name, /may have/.test(sentence)]).toSorted()).toEqual([
    ['by-autorid', true],
    ['by-rid', false],
  ])
  expect(jane.hostCount).toBe(2)
  expect((await detailOf('joe')).hosts).toEqual([])
})

test('a key that a directory keeps is told with what it opens on hosts', async () => {
  const key = (account: string, path: string): Finding => ({
    kind: 'key',
    role: 'authorized',
    account,
    algorithm: 'ssh-ed25519',
    fingerprint: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    place: { path, line: 1 },
  })
  await take(
    report(DAY_1, [
      section([user('jane'), user('joe')]),
      section([key('jane', 'CN=jane,CN=Users,DC=example,DC=com')], { probe: 'directory-keys' }),
    ]),
  )
  await take(
    hostReport('web1', [
      section([key('root', '/root/.ssh/authorized_keys')], { probe: 'authorized-keys', privilege: 'root' }),
    ]),
  )
  expect((await detailOf('jane')).keys).toMatchObject([
    {
      algorithm: 'ssh-ed25519',
      placeCount: 1,
      places: [{ host: { name: 'web1' }, account: 'root', role: 'authorized' }],
    },
  ])
  expect((await detailOf('joe')).keys).toEqual([])
  // And seen from the host: the key lies in a second place.
  const places = (await rowsOf(store, 'keys')).map((row) => [row['account'], row['places']])
  expect(places.toSorted()).toEqual([
    ['jane', 2],
    ['root', 2],
  ])
})

test('a group tells since when its members are in it, and who no longer is', async () => {
  const place = { path: 'CN=it,CN=Users,DC=example,DC=com' }
  const group: Finding = { kind: 'directory-group', object: 'guid-it', name: 'it', type: 'group', place }
  const member = (who: string): Finding => ({
    kind: 'directory-member',
    object: 'guid-it',
    group: 'it',
    member: `CN=${who}`,
    memberName: who,
    via: 'member',
    place,
  })
  const groups = (...findings: Finding[]) => section(findings, { probe: 'directory-groups' })
  await take(report(DAY_1, [groups(group, member('al'), member('bo'))]))
  await take(report(DAY_2, [groups(group, member('bo'), member('cy'))]))
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  const [row] = await rows('directory_groups', 'group')
  const { members, memberCount, formerMembers, history } = (await reading.directoryGroup(row!.id))!
  expect(members.map(({ name, firstSeen }) => [name, firstSeen]).sort()).toEqual([
    ['bo', DAY_1],
    ['cy', DAY_2],
  ])
  expect(memberCount).toBe(2)
  expect(formerMembers).toEqual([{ id: null, name: 'al', type: null, firstSeen: DAY_1, goneSince: DAY_2 }])
  expect(history.map(({ type, thing, at }) => [type, thing, at]).sort()).toEqual([
    ['appeared', 'cy in it', DAY_2],
    ['vanished', 'al in it', DAY_2],
  ])
})

test('the overview counts who has directories in hand, and how much of that was read', async () => {
  await take(
    report(DAY_1, [
      section([user('boss', { sid: 'S-1-5-21-1-2-3-500', passwordScheme: 'cleartext' }), user('eve')]),
      section([], { probe: 'directory-groups' }),
      section([], { probe: 'directory-rights', outcome: { status: 'partial', reasons: [] } }),
    ]),
  )
  const reading = inventoryReading({ store, now: () => now, nextScanAt: () => null, probeTitles: new Map() })
  expect((await reading.overview()).directories).toMatchObject({
    total: 1,
    complete: 0,
    accounts: 2,
    privileged: 1,
    unknownPrivilege: 1,
    privilegedByRights: 0,
    rightsRead: 0,
    clearPasswords: 1,
    weakPasswords: 0,
  })
})
