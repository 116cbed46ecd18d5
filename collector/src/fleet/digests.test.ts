import { hash, randomUUID } from 'node:crypto'
import { batchOf, looksOf, rootText, type DigestLook, type ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore, type Store } from '@rollcall/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { intake } from '../intake.ts'
import { digestIntake } from './digests.ts'

const NOW = new Date('2026-02-01T00:00:00.000Z')
const EPOCH = 'e'.repeat(32)
const day = (number: number) => `2026-01-0${number}T00:00:00.000Z`

let store: Store
beforeEach(async () => void (store = await openStore({ file: ':memory:' })))
afterEach(() => store[Symbol.asyncDispose]())

const reportOf = (host: string, at: string): ScanReport => ({
  id: randomUUID(),
  agent: 'a',
  target: `ssh://${host}:22`,
  startedAt: at,
  finishedAt: at,
  reached: { status: 'complete', reasons: [] },
  host: {
    provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${host}` },
    hostKeys: [],
    hostname: host,
    addresses: [],
    macs: [],
    os: {},
  },
  sections: [],
})

const lookOf = (seq: number, host: string, at: string, more: Partial<DigestLook> = {}): DigestLook => ({
  seq,
  void: 0,
  target: `ssh://${host}:22`,
  root: hash('sha256', rootText(reportOf(host, at)), 'base64url'),
  startedAt: at,
  finishedAt: at,
  run: undefined,
  ...more,
})

const batch = (looks: readonly DigestLook[], acked = 0) => batchOf({ agent: 'a', epoch: EPOCH, acked }, looks)
const taking = () => digestIntake(store, () => NOW)
const seen = async () =>
  (
    await store.relations.page({
      relation: 'hosts',
      where: [],
      sort: { column: 'host', descending: false },
      limit: 50,
    })
  ).rows.map((row) => [row['host'], row['last_seen'], row['last_good_scan']])

const known = async (...hosts: string[]) => {
  const take = intake(store, { now: () => NOW, principals: principalsOf })
  for (const host of hosts) await take(reportOf(host, day(1)))
}

test('a batch reads as it was written', () => {
  const run = randomUUID()
  const looks = [lookOf(7, 'one', day(2), { void: 3, run }), lookOf(9, 'two', day(1), { void: 1 })]
  expect(looksOf(batch(looks)).map((look) => ({ ...look }))).toEqual(looks)
})

test('hosts without news are seen again, with all that follows from it, and what differs is asked for', async () => {
  await known('one', 'two')
  const { need, known: spool } = await taking()(
    batch([
      lookOf(1, 'one', day(2)),
      lookOf(2, 'two', day(2), { root: 'x'.repeat(43) }),
      lookOf(3, 'three', day(2)),
      lookOf(4, 'one', day(3)),
    ]),
  )
  expect(need).toEqual([2, 3])
  expect(spool).toMatchObject({ upTo: 1, beyond: [[4, 4]], gapSince: NOW.toISOString() })
  expect(await seen()).toEqual([
    ['one', day(3), day(3)],
    ['two', day(1), day(1)],
  ])
})

test('the same batch once more changes nothing, and what is older moves nothing back', async () => {
  await known('one')
  const take = taking()
  await take(batch([lookOf(1, 'one', day(4))]))
  expect((await take(batch([lookOf(1, 'one', day(4), { root: 'x'.repeat(43) })]))).need).toEqual([])
  expect((await take(batch([lookOf(2, 'one', day(2))]))).known.upTo).toBe(2)
  expect(await seen()).toEqual([['one', day(4), day(4)]])
})

test('a look by a clock that is ahead counts as of now', async () => {
  await known('one')
  await taking()(batch([lookOf(1, 'one', '2099-01-01T00:00:00.000Z')]))
  expect((await seen())[0]![1]).toBe(NOW.toISOString())
})

test('the targets of a run end with it', async () => {
  await known('one')
  const run = randomUUID()
  await store.scans.create({ id: run, trigger: 'person', by: null, targetSets: [], at: day(2) })
  await store.scans.plan(run, ['ssh://one:22', 'ssh://two:22'], 0, 0)
  const { runs } = await taking()(batch([lookOf(1, 'one', day(2), { run })]))
  expect(runs).toEqual([run])
  expect(await store.scans.summary(run)).toMatchObject({ planned: 2, complete: 1 })
})

test('what an agent was told to be committed and is not known here is counted as forgotten', async () => {
  await known('one')
  const { known: spool } = await taking()(batch([lookOf(9, 'one', day(2), { void: 3 })], 5))
  expect(spool).toMatchObject({ upTo: 9, beyond: [], forgotten: 5 })
})

test('a target that could not be reached before its host was seen again is not told to have failed, and one after is', async () => {
  await known('one')
  const take = taking()
  expect((await take(batch([lookOf(1, 'one', day(3))]))).need).toEqual([])
  const failed = async (at: string) => {
    await store.hosts.missed('ssh://one:22', 'failed', { code: 'unreachable' }, at)
    return (await store.scans.lastLooks()).failed
  }
  // It is older than a look of which only the host tells.
  expect(await failed(day(2))).toBe(0)
  expect(await failed(day(4))).toBe(1)
  // And a host that is seen again where it had failed is told to fare well there.
  await intake(store, { now: () => NOW, principals: principalsOf })(reportOf('one', day(5)))
  expect((await store.scans.lastLooks()).failed).toBe(0)
  await store.hosts.missed('ssh://one:22', 'failed', { code: 'unreachable' }, day(6))
  expect((await taking()(batch([lookOf(2, 'one', day(7))]))).need).toEqual([2])
})
