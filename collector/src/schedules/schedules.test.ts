import { scheduleWish, type ScheduleItem, type ScheduleWish } from '@rollcall/contract/api'
import { openStore, type Store } from '@rollcall/store'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { runningCollector, until } from '../running-collector.ts'
import { cronTimes } from './cron-times.ts'
import { openSchedules, type ScheduledScan, type Schedules } from './schedules.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const wished = (more: Partial<ScheduleWish> = {}): ScheduleWish =>
  scheduleWish.parse({ name: 'Nightly', cron: '0 3 * * *', targets: { include: ['db1'] }, ...more })

/** Schedules under a clock that tests set. Scans begin and end when they say so. */
const estate = async (start: string) => {
  const store = await openStore({ file: ':memory:' })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const clock = { at: Date.parse(start) }
  const begun: (ScheduledScan & { id: string; at: number })[] = []
  let refusal: Refusal | undefined
  let opened: Schedules | undefined
  const now = () => new Date(clock.at)
  const scanning = {
    async begin(scan: ScheduledScan, also: (tx: Store, scans: readonly string[]) => Promise<void>) {
      if (refusal !== undefined) throw refusal
      const id = `scan-${begun.length + 1}`
      await store.atomically(async (tx) => {
        await tx.scans.create({ id, trigger: scan.trigger, by: scan.by, targetSets: [], at: now().toISOString() })
        await also(tx as Store, [id])
      })
      begun.push({ ...scan, id, at: clock.at })
    },
    async cancel(id: string) {
      await store.scans.setState(id, 'cancelled', now().toISOString())
    },
  }
  const start_ = async () =>
    (opened = await openSchedules({ store, scanning, now, log: pino({ level: 'silent' }), everyMs: 0 }))
  await start_()
  return {
    store,
    clock,
    begun,
    refuse: (next: Refusal | undefined) => (refusal = next),
    get schedules() {
      return opened!
    },
    restart: async () => {
      await opened![Symbol.asyncDispose]()
      await start_()
    },
    at: async (text: string) => {
      clock.at = Date.parse(text)
      await opened!.tick()
    },
    finish: (index = begun.length - 1) => store.scans.setState(begun[index]!.id, 'finished', now().toISOString()),
  }
}
const told = ({ runs }: ScheduleItem) => runs.map(({ nominal, state }) => `${nominal.slice(8, 16)} ${state}`)

test('a schedule begins at its time, says what it did and what it does next, with the zone’s own clocks', async () => {
  const all = await estate('2026-03-27T12:00:00Z')
  const { id } = await all.schedules.create(wished({ zone: 'Europe/Berlin', cron: '30 2 * * *' }), 'amelia')
  await all.at('2026-03-28T01:29:59Z')
  expect(all.begun).toHaveLength(0)
  await all.at('2026-03-28T01:30:00Z')
  expect(all.begun).toMatchObject([{ schedule: id, trigger: 'schedule', by: 'Nightly', class: 'routine' }])
  expect(all.begun[0]!.chosen).toEqual([
    { segment: 'local', sets: [{ include: ['db1'], exclude: [] }], targetSets: [] },
  ])
  await all.finish()
  await all.at('2026-03-28T01:40:00Z')
  const item = await all.schedules.byId(id)
  expect(told(item)).toEqual(['28T01:30 finished'])
  expect(item.next.map(({ local }) => local).slice(0, 2)).toEqual([
    'Sun 2026-03-29 03:00 GMT+2',
    'Mon 2026-03-30 02:30 GMT+2',
  ])
})

test('a time that comes while the run before goes on begins nothing; each schedule says what becomes of it', async () => {
  const all = await estate('2026-01-01T00:30:00Z')
  const ids: Record<string, string> = {}
  for (const catchUp of ['skip', 'once', 'all'] as const)
    ids[catchUp] = (
      await all.schedules.create(wished({ name: catchUp, cron: '0 * * * *', catchUp, windowMinutes: 90 }), 'x')
    ).id
  await all.at('2026-01-01T01:00:00Z')
  await all.at('2026-01-01T02:00:00Z')
  await all.at('2026-01-01T03:00:00Z')
  expect(all.begun).toHaveLength(3)
  for (const index of [0, 1, 2]) await all.finish(index)
  await all.at('2026-01-01T03:10:00Z')
  const states = async (catchUp: string) => told(await all.schedules.byId(ids[catchUp]!))
  expect(await states('skip')).toEqual(['01T03:00 coalesced', '01T02:00 coalesced', '01T01:00 finished'])
  expect(await states('once')).toEqual(['01T03:00 running', '01T02:00 coalesced', '01T01:00 finished'])
  expect(await states('all')).toEqual(['01T03:00 due', '01T02:00 running', '01T01:00 finished'])
})

test('after the collector was away, times are caught up with as the schedule says, at most at twice the rate', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  const ids: Record<string, string> = {}
  for (const catchUp of ['skip', 'once', 'all'] as const)
    ids[catchUp] = (await all.schedules.create(wished({ name: catchUp, catchUp, windowMinutes: 240 }), 'x')).id
  await all.restart()
  await all.at('2026-01-03T05:30:00Z')
  const states = async (catchUp: string) => told(await all.schedules.byId(ids[catchUp]!))
  expect(await states('skip')).toEqual(['03T03:00 missed', '02T03:00 missed', '01T03:00 missed'])
  expect(await states('once')).toEqual(['03T03:00 running', '02T03:00 coalesced', '01T03:00 coalesced'])
  expect(await states('all')).toEqual(['03T03:00 running', '02T03:00 missed', '01T03:00 missed'])
  for (const { timing, at } of all.begun) {
    const [from, to] = timing!.spans[0]!.map((instant) => Date.parse(instant))
    expect([from, to! - from!]).toEqual([at, 2 * HOUR])
  }
})

test('a blackout wins: nothing is begun in it, the window is what is left, and the agents know both', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  const daily = { days: [0, 1, 2, 3, 4, 5, 6], from: '03:30', to: '04:30' }
  const { id } = await all.schedules.create(
    wished({ windowMinutes: 120, closes: true, blackouts: [daily], catchUp: 'once' }),
    'x',
  )
  const { id: other } = await all.schedules.create(
    wished({ cron: '0 4 * * *', blackouts: [daily], catchUp: 'once' }),
    'x',
  )
  const { id: strict } = await all.schedules.create(
    wished({ cron: '0 4 * * *', blackouts: [daily], catchUp: 'skip' }),
    'x',
  )
  await all.at('2026-01-01T03:00:00Z')
  expect(all.begun[0]?.timing).toMatchObject({
    spans: [
      ['2026-01-01T03:00:00.000Z', '2026-01-01T03:30:00.000Z'],
      ['2026-01-01T04:30:00.000Z', '2026-01-01T05:00:00.000Z'],
    ],
    until: '2026-01-01T05:00:00.000Z',
  })
  expect(all.begun[0]?.timing?.quiet[0]).toEqual(['2026-01-01T03:30:00.000Z', '2026-01-01T04:30:00.000Z'])
  await all.at('2026-01-01T04:00:00Z')
  expect(all.begun).toHaveLength(1)
  expect((await all.schedules.byId(strict)).runs[0]).toMatchObject({
    state: 'missed',
    reason: expect.stringContaining('blackout') as string,
  })
  await expect(all.schedules.run(other, 'x')).rejects.toMatchObject({ code: 'blackout' })
  expect((await all.schedules.byId(other)).next[0]).toMatchObject({ blackout: true })
  expect((await all.schedules.byId(id)).next[0]).toMatchObject({ blackout: false })
  await all.at('2026-01-01T04:30:00Z')
  expect(all.begun.map(({ schedule }) => schedule)).toEqual([id, other])
})

test('urgent schedules begin before routine ones', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  await all.schedules.create(wished({ name: 'a' }), 'x')
  await all.schedules.create(wished({ name: 'b', class: 'urgent' }), 'x')
  await all.at('2026-01-01T03:00:00Z')
  expect(all.begun.map(({ by }) => by)).toEqual(['b', 'a'])
})

test('what passes while it is paused is passed over; a run now needs no time, and none goes on beside another', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  const { id } = await all.schedules.create(wished(), 'amelia')
  await all.schedules.pause(id, 'amelia')
  await all.at('2026-01-02T12:00:00Z')
  const resumed = await all.schedules.resume(id, 'amelia')
  await all.at('2026-01-02T12:00:01Z')
  expect([all.begun.length, resumed.runs, resumed.next[0]?.at]).toEqual([0, [], '2026-01-03T03:00:00.000Z'])
  const running = await all.schedules.run(id, 'amelia')
  expect(running.runs[0]).toMatchObject({ state: 'running', trigger: 'person', by: 'amelia', scans: ['scan-1'] })
  await expect(all.schedules.run(id, 'amelia')).rejects.toMatchObject({ code: 'scan-running' })
  await expect(all.schedules.remove(id, 'amelia')).rejects.toMatchObject({ code: 'scan-running' })
  expect((await all.schedules.cancel(id, 'amelia')).runs[0]).toMatchObject({ state: 'cancelled' })
  await expect(all.schedules.cancel(id, 'amelia')).rejects.toMatchObject({ code: 'not-running' })
  await all.schedules.remove(id, 'amelia')
  expect(await all.schedules.all()).toEqual([])
})

test('a run that cannot begin says why, and the next time is tried again', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  const { id } = await all.schedules.create(wished(), 'x')
  all.refuse(new Refusal(409, 'no-agents', 'segment dmz has no agent'))
  await all.at('2026-01-01T03:00:00Z')
  expect((await all.schedules.byId(id)).runs).toMatchObject([{ state: 'failed', reason: 'segment dmz has no agent' }])
  all.refuse(undefined)
  await all.at('2026-01-02T03:00:00Z')
  expect(all.begun).toHaveLength(1)
})

test('every mistake of a schedule is named with its place', async () => {
  const all = await estate('2026-01-01T00:00:00Z')
  const wrong = wished({
    cron: '0 3 * * * *',
    blackouts: [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    targets: {
      ...wished().targets,
      include: ['10.0.0.300'],
      targetSets: ['none'],
      views: [{ view: 'nothing', filter: '' }],
    },
  })
  const { errors } = (await all.schedules.create(wrong, 'x').catch((error: unknown) => error)) as Refusal
  expect(errors?.map(({ pointer }) => pointer)).toEqual([
    '/cron',
    '/targets/include/0',
    '/targets/targetSets/0',
    '/targets/views/0/view',
    '/blackouts/0/to',
  ])
  const filter = { ...wished().targets, views: [{ view: 'hosts', filter: 'nothing:x' }] }
  await expect(all.schedules.create(wished({ targets: filter }), 'x')).rejects.toMatchObject({ code: 'invalid-filter' })
  await expect(all.schedules.create(wished({ zone: 'Mars/Base' }), 'x')).rejects.toMatchObject({
    errors: [{ pointer: '/zone' }],
  })
})

test('whatever clock and process do, no time is begun twice, none passes without a word, and none runs beside another', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ forward: fc.integer({ min: 1, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ forward: fc.integer({ min: 60, max: 60 * 30 }) }) },
    { weight: 1, arbitrary: fc.record({ back: fc.integer({ min: 1, max: 60 * 5 }) }) },
    { weight: 2, arbitrary: fc.constant('restart' as const) },
    { weight: 2, arbitrary: fc.constant('finish' as const) },
  )
  const setting = fc.record({
    cron: fc.constantFrom('30 2 * * *', '*/45 * * * *', '0 */2 * * *', '15 1,2,3 * * *'),
    catchUp: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
    windowMinutes: fc.constantFrom(0, 60, 240),
  })
  const change = fc.constantFrom('2026-03-28T20:00:00Z', '2026-10-24T20:00:00Z', '2026-06-01T00:00:00Z')
  await fc.assert(
    fc.asyncProperty(change, setting, fc.array(step, { minLength: 5, maxLength: 40 }), async (start, more, steps) => {
      const all = await estate(start)
      const { id } = await all.schedules.create(wished({ ...more, zone: 'Europe/Berlin' }), 'x')
      const openScans = async () => (await all.store.scans.open()).length
      for (const step of steps) {
        if (step === 'restart') await all.restart()
        else if (step === 'finish') for (const index of all.begun.keys()) await all.finish(index)
        else all.clock.at += ('forward' in step ? step.forward : -step.back) * MINUTE
        await all.schedules.tick()
        expect(await openScans()).toBeLessThanOrEqual(1)
      }
      // Once the clock has passed all that it ever showed, every time up to then has been decided about or waits.
      for (const index of all.begun.keys()) await all.finish(index)
      all.clock.at = Math.max(all.clock.at, Date.parse(start)) + 6 * HOUR
      await all.schedules.tick()
      const rows = await all.store.schedules.newestRuns(id, 10_000)
      const begun = rows.filter(({ startedAt }) => startedAt !== null).flatMap(({ scans }) => scans)
      expect(new Set(begun).size).toBe(begun.length)
      expect(all.begun.map((scan) => scan.id).toSorted()).toEqual(begun.toSorted())
      const times = cronTimes(more.cron, 'Europe/Berlin')
      const known = new Set(rows.map(({ nominal }) => nominal))
      const missing: string[] = []
      for (let at = times.after(new Date(start)); at!.getTime() <= all.clock.at; at = times.after(at!))
        if (!known.has(at!.toISOString())) missing.push(at!.toISOString())
      expect(missing).toEqual([])
    }),
    { numRuns: 40 },
  )
}, 60_000)

test('the schedule of the settings is there under its name, is changed where it is written, and can be paused', async () => {
  await using running = await runningCollector({ schedule: { expression: '0 3 * * *', timeZone: 'Europe/Berlin' } })
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await running.ask(`/api/v1/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return [answer.status, await answer.json()] as [
      number,
      { schedule: ScheduleItem; code: string; nextScanAt: string | null },
    ]
  }
  const [, { schedule }] = await ask('GET', 'schedules/settings')
  expect(schedule).toMatchObject({ name: 'Default', source: 'settings', cron: '0 3 * * *', targets: { all: true } })
  expect((await ask('GET', 'overview'))[1].nextScanAt).toBe(schedule.next[0]!.at)
  expect((await ask('PATCH', 'schedules/settings', { cron: '0 4 * * *' }))[1].code).toBe('in-settings')
  expect((await ask('POST', 'schedules/settings/pause'))[1].schedule.paused).toBe(true)
  expect((await ask('GET', 'overview'))[1].nextScanAt).toBeNull()
  // Run now: it looks at all target sets, and refuses when there are none.
  expect((await ask('POST', 'schedules/settings/run'))[1].code).toBe('no-targets')
  await running.collector.addTargets({ name: 'one', include: ['a'], exclude: [] }, 'tests')
  const [, { schedule: begun }] = await ask('POST', 'schedules/settings/run')
  expect(begun.runs[0]).toMatchObject({ state: 'running', trigger: 'person', by: 'token:tests' })
  const [scan] = await running.store.scans.newest(1)
  expect(scan).toMatchObject({ schedule: 'settings', by: 'token:tests' })
  expect((await ask('POST', 'scans', {}))[1].code).toBe('scan-running')
  expect((await ask('POST', 'schedules/settings/cancel'))[1].schedule.runs[0]?.state).toBe('cancelled')
})

test('a schedule that comes every second begins in a real collector, and does not overlap itself', async () => {
  await using running = await runningCollector({ schedule: { expression: '* * * * * *' } })
  await running.collector.addTargets({ name: 'one', include: ['a'], exclude: [] }, 'tests')
  await until(async () => (await running.store.scans.newest(10)).length > 0)
  await until(async () =>
    (await running.store.schedules.newestRuns('settings', 10)).some(({ state }) => state === 'coalesced'),
  )
  expect(await running.store.scans.newest(10)).toMatchObject([{ trigger: 'schedule', by: 'Default' }])
})
