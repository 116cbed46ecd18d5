import { createHash, randomUUID } from 'node:crypto'
import type { Finding, HostSignals, Outcome } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore, type Store } from '@rollcall/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { intake, type Intake } from './intake.ts'

const DAY_1 = '2026-01-01T00:00:00.000Z'
const DAY_2 = '2026-01-02T00:00:00.000Z'
const DAY_3 = '2026-01-03T00:00:00.000Z'
const NOW = new Date('2026-02-01T00:00:00.000Z')

let store: Store
let take: Intake
beforeEach(async () => {
  store = await openStore({ file: ':memory:' })
  take = intake(store, { now: () => NOW, principals: principalsOf })
})
afterEach(() => store[Symbol.asyncDispose]())

const complete: Outcome = { status: 'complete', reasons: [] }

const account = (name: string, facts: Partial<Extract<Finding, { kind: 'account' }>> = {}): Finding => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
  ...facts,
})
const root = account('root', { uid: 0, gid: 0, home: '/root' })

const signals = (name: string): HostSignals => ({
  provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${name}` },
  hostKeys: [],
  hostname: name,
  addresses: [],
  macs: [],
  os: {},
})

const section = (findings: readonly Finding[], facts: Partial<ReportSection> = {}): ReportSection => ({
  probe: 'local-accounts',
  outcome: complete,
  privilege: 'root',
  digest: createHash('sha256').update(JSON.stringify(findings)).digest('hex'),
  findings: [...findings],
  ...facts,
})

const report = (at: string, sections: readonly ReportSection[], facts: Partial<ScanReport> = {}): ScanReport => ({
  id: randomUUID(),
  agent: 'a1',
  target: 'ssh://web:22',
  startedAt: at,
  finishedAt: at,
  reached: complete,
  host: signals('web'),
  sections: [...sections],
  ...facts,
})

const withoutBodies = (sent: ScanReport, at: string): ScanReport => ({
  ...sent,
  id: randomUUID(),
  startedAt: at,
  finishedAt: at,
  sections: sent.sections.map(({ findings: _, ...rest }) => rest),
})

const rows = async (relation: 'accounts' | 'hosts' | 'changes' | 'outcomes' | 'scan_targets', sort = 'id') =>
  (await store.relations.page({ relation, where: [], sort: { column: sort, descending: false }, limit: 500 })).rows

const names = async () =>
  (await rows('accounts', 'account')).filter((row) => row['gone_since'] === null).map((row) => row['account'])

test('a report makes its host, its accounts and how it was looked at known', async () => {
  expect(await take(report(DAY_1, [section([root, account('bob')])]))).toMatchObject({ need: [] })
  expect(await names()).toEqual(['bob', 'root'])
  expect(await rows('hosts')).toMatchObject([
    { host: 'web', outcome: 'complete', accounts: 2, last_seen: DAY_1, last_good_scan: DAY_1 },
  ])
  expect(await rows('outcomes')).toMatchObject([
    { probe: 'local-accounts', status: 'complete', findings: 2, last_look: DAY_1 },
  ])
  expect(await rows('changes')).toEqual([])
})

test('a report that is delivered twice takes effect once', async () => {
  const first = report(DAY_1, [section([root])])
  const second = report(DAY_2, [section([root, account('bob')])])
  for (const sent of [first, second, first, second]) expect(await take(sent)).toEqual({ report: sent.id, need: [] })
  expect((await rows('changes')).length).toBe(1)
  expect(await names()).toEqual(['bob', 'root'])
})

test('what changes is told, with what it was before', async () => {
  await take(report(DAY_1, [section([root, account('bob'), account('eve')])]))
  await take(report(DAY_2, [section([root, account('bob', { shell: '/usr/sbin/nologin' }), account('dan')])]))
  expect((await rows('changes', 'thing')).map(({ type, thing }) => `${String(type)} ${String(thing)}`).sort()).toEqual([
    'appeared account dan',
    'changed account bob',
    'vanished account eve',
  ])
  const eve = (await rows('accounts', 'account')).find((row) => row['account'] === 'eve')
  expect(eve).toMatchObject({ state: 'gone', gone_since: DAY_2, last_seen: DAY_1 })
})

test('an account that comes back is the same account, with its first day', async () => {
  const both = section([root, account('bob')])
  await take(report(DAY_1, [both]))
  const before = (await rows('accounts', 'account')).find((row) => row['account'] === 'bob')
  await take(report(DAY_2, [section([root])]))
  await take(report(DAY_3, [both]))
  const after = (await rows('accounts', 'account')).find((row) => row['account'] === 'bob')
  expect(after).toMatchObject({
    id: before!.id,
    first_seen: DAY_1,
    last_seen: DAY_3,
    state: 'unmanaged',
    gone_since: null,
  })
})

test('digests alone are enough while nothing changes, and move every date on', async () => {
  const first = report(DAY_1, [section([root]), section([], { probe: 'sudo-rules' })])
  await take(first)
  expect((await take(withoutBodies(first, DAY_2))).need).toEqual([])
  expect(await rows('hosts')).toMatchObject([{ last_seen: DAY_2, last_good_scan: DAY_2 }])
  expect((await rows('outcomes')).map((row) => row['last_look'])).toEqual([DAY_2, DAY_2])
  expect((await rows('accounts'))[0]).toMatchObject({ last_seen: DAY_2 })
})

test('findings that were left out but are not held are asked for, and nothing is admitted until they come', async () => {
  await take(report(DAY_1, [section([root])]))
  const next = report(DAY_2, [section([root, account('bob')]), section([], { probe: 'sudo-rules' })])
  const short = { ...withoutBodies(next, DAY_2), id: next.id }
  expect((await take(short)).need).toEqual(['local-accounts', 'sudo-rules'])
  expect(await rows('hosts')).toMatchObject([{ last_seen: DAY_1 }])
  expect((await take(next)).need).toEqual([])
  expect(await names()).toEqual(['bob', 'root'])
  expect((await take(short)).need).toEqual([])
})

test('a partial look adds but retires nothing; the next complete one retires, and asks for what it needs', async () => {
  const partial: Outcome = { status: 'partial', reasons: [{ code: 'not-permitted', path: '/etc/passwd' }] }
  await take(report(DAY_1, [section([root, account('bob')])]))
  const less = [root, account('eve')]
  await take(report(DAY_2, [section(less, { outcome: partial })]))
  expect(await names()).toEqual(['bob', 'eve', 'root'])
  const now = report(DAY_3, [section(less)])
  expect((await take({ ...withoutBodies(now, DAY_3), id: now.id })).need).toEqual(['local-accounts'])
  await take(now)
  expect(await names()).toEqual(['eve', 'root'])
})

test('a look with fewer rights retires nothing, even the second time', async () => {
  await take(report(DAY_1, [section([root, account('bob')])]))
  await take(report(DAY_2, [section([root], { privilege: 'user' })]))
  await take(report(DAY_3, [section([], { privilege: 'user' })]))
  expect(await names()).toEqual(['bob', 'root'])
})

test('a late report has no effect on what was looked at since, but is admitted', async () => {
  await take(report(DAY_2, [section([root])]))
  expect((await take(report(DAY_1, [section([account('old')])]))).need).toEqual([])
  expect(await names()).toEqual(['root'])
  expect(await rows('hosts')).toMatchObject([{ last_seen: DAY_2 }])
})

test('an agent whose clock is ahead does not shut out what follows', async () => {
  await take(report('2099-01-01T00:00:00.000Z', [section([root])]))
  const later = intake(store, { now: () => new Date('2026-02-02T00:00:00.000Z'), principals: principalsOf })
  await later(report('2026-02-02T00:00:00Z', [section([account('bob')])]))
  expect(await names()).toEqual(['bob'])
})

test('a target that is not reached keeps its host as it was, and the scan says why', async () => {
  await store.scans.create({ id: 's1', trigger: 'person', by: null, targetSets: [], at: DAY_1 })
  const first = report(DAY_1, [section([root])], { run: 's1' })
  await take(first)
  const failed: Outcome = { status: 'failed', reasons: [{ code: 'unreachable' }] }
  const { host: _, ...missed } = report(DAY_2, [], { reached: failed })
  await take(missed)
  await take({ ...missed, id: randomUUID(), run: 's1', target: 'ssh://other:22' })
  expect(await names()).toEqual(['root'])
  expect(await rows('hosts')).toMatchObject([{ outcome: 'failed', reason: 'unreachable', last_seen: DAY_1 }])
  expect(await rows('scan_targets', 'target')).toMatchObject([
    { target: 'ssh://other:22', outcome: 'failed', reason: 'unreachable', host_id: null },
    { target: 'ssh://web:22', outcome: 'complete', host: 'web' },
  ])
  await take(withoutBodies(first, DAY_3))
  expect(await rows('hosts')).toMatchObject([{ outcome: 'complete', reason: null, last_seen: DAY_3 }])
})

test('a host that is met at two targets by turns stays one, and neither report is taken for the other', async () => {
  const one = report(DAY_1, [section([root])])
  await take(one)
  await take(report(DAY_2, [section([root, account('bob')])], { target: 'ssh://10.0.0.1:22' }))
  expect((await take(report(DAY_3, [section([root])]))).need).toEqual([])
  expect(await names()).toEqual(['root'])
  expect((await rows('hosts')).length).toBe(1)
})

test('principals are thought through again on the day an account runs out, though nothing else changed', async () => {
  const password = (name: string): Finding => ({
    kind: 'credential',
    class: 'login-password',
    account: name,
    state: 'usable',
    scheme: 'yescrypt',
    strength: 'strong',
    accountExpires: '2026-02-10',
    place: { path: '/etc/shadow', line: 1 },
  })
  const all = report(DAY_1, [section([account('bob')]), section([password('bob')], { probe: 'local-passwords' })])
  let asked: string[] = []
  const at = (now: string) =>
    intake(store, {
      now: () => new Date(now),
      principals: (input) => {
        asked.push(input.now.toISOString().slice(0, 10))
        return principalsOf(input)
      },
    })
  await at('2026-02-01T00:00:00.000Z')(all)
  await at('2026-02-02T00:00:00.000Z')(withoutBodies(all, '2026-02-02T00:00:00.000Z'))
  await at('2026-02-11T00:00:00.000Z')(withoutBodies(all, '2026-02-11T00:00:00.000Z'))
  await at('2026-02-12T00:00:00.000Z')(withoutBodies(all, '2026-02-12T00:00:00.000Z'))
  expect(asked).toEqual(['2026-02-01', '2026-02-11'])
})

test('reports that wait together are all taken, and one that breaks does so alone', async () => {
  const broken = intake(store, {
    now: () => NOW,
    principals: (input) => {
      if (input.signals.hostname === 'host7') throw new Error('this one breaks')
      return principalsOf(input)
    },
  })
  const reports = Array.from({ length: 20 }, (_, n) =>
    report(DAY_1, [section([account(`user${n}`)])], { target: `ssh://host${n}:22`, host: signals(`host${n}`) }),
  )
  const results = await Promise.allSettled(reports.map(broken))
  expect(results.map(({ status }) => status)).toEqual(reports.map((_, n) => (n === 7 ? 'rejected' : 'fulfilled')))
  expect((await rows('hosts')).length).toBe(19)
  expect((await take(reports[7]!)).need).toEqual([])
  expect((await rows('hosts')).length).toBe(20)
})

test('a report that names a probe twice, or in no form that a probe has, is taken for the rest of it', async () => {
  await take(
    report(DAY_1, [
      section([root]),
      section([account('twice')]),
      section([account('odd')], { probe: '../\u0000' }),
      section([], { probe: '__proto__' }),
    ]),
  )
  expect(await names()).toEqual(['root'])
  expect((await rows('outcomes')).map(({ probe }) => probe)).toEqual(['local-accounts'])
})

test('duplicate accounts stay apart', async () => {
  await take(report(DAY_1, [section([root, account('toor', { uid: 0 }), account('toor', { uid: 5 })])]))
  expect((await rows('accounts', 'account')).map(({ account, uid }) => [account, uid])).toEqual(
    expect.arrayContaining([
      ['toor', 0],
      ['toor', 5],
    ]),
  )
})

test('how a person decided that an account is managed is not undone by a scan', async () => {
  await take(report(DAY_1, [section([account('bob')])]))
  const [bob] = await store.principals.of((await rows('hosts'))[0]!.id)
  await store.principals.save([{ ...bob!, state: 'excepted' }])
  await take(report(DAY_2, [section([account('bob', { shell: '/bin/sh' })])]))
  expect(await rows('accounts')).toMatchObject([{ state: 'excepted', shell: '/bin/sh' }])
})
