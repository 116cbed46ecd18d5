import { expect, test } from 'vitest'
import type { ScanShareRow, ScheduleRow, ScheduleRunRow } from './face.ts'
import { openStore } from './open.ts'

const schedule: ScheduleRow = {
  id: 's1',
  name: 'Nightly',
  cron: '0 3 * * *',
  zone: 'Europe/Berlin',
  targets: { all: true, targetSets: [], include: [], exclude: ['db9'], views: [], segment: 'local' },
  windowMinutes: 240,
  closes: true,
  blackouts: [{ days: [1], from: '22:00', to: '06:00' }],
  catchUp: 'all',
  class: 'urgent',
  source: 'person',
  paused: false,
  pausedBy: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'tests',
  changedAt: '2026-01-01T00:00:00.000Z',
  considered: '2026-01-01T00:00:00.000Z',
  spreadKey: 'A'.repeat(43),
}
const run = (nominal: string, more: Partial<ScheduleRunRow> = {}): ScheduleRunRow => ({
  schedule: 's1',
  nominal,
  trigger: 'schedule',
  by: null,
  state: 'due',
  reason: null,
  startedAt: null,
  endedAt: null,
  scans: [],
  ...more,
})

test('a schedule is kept as it was given, and goes with its runs', async () => {
  await using store = await openStore({ file: ':memory:' })
  await store.schedules.save(schedule)
  await store.schedules.save({ ...schedule, paused: true, pausedBy: 'amelia' })
  expect(await store.schedules.all()).toEqual([{ ...schedule, paused: true, pausedBy: 'amelia' }])
  await store.schedules.addRuns([run('2026-01-01T02:00:00.000Z')])
  await store.schedules.remove('s1')
  expect(await store.schedules.all()).toEqual([])
  expect(await store.schedules.newestRuns('s1', 10)).toEqual([])
})

test('a time has one row, and what was begun is not taken back', async () => {
  await using store = await openStore({ file: ':memory:' })
  const [one, two] = ['2026-01-01T02:00:00.000Z', '2026-01-02T02:00:00.000Z']
  await store.schedules.addRuns([run(one), run(two)])
  await store.schedules.saveRun(run(one, { state: 'running', startedAt: one, scans: ['x'] }))
  await store.schedules.addRuns([run(one)])
  expect(await store.schedules.openRuns('s1')).toMatchObject([{ state: 'running', scans: ['x'] }, { state: 'due' }])
  await store.schedules.takeBack('s1', '2025-01-01T00:00:00.000Z')
  expect(await store.schedules.newestRuns('s1', 10)).toMatchObject([{ nominal: one }])
})

test('a part of a scan counts the targets that are left to it, and what it probed can be counted anew', async () => {
  await using store = await openStore({ file: ':memory:' })
  const at = '2026-01-01T00:00:00.000Z'
  await store.scans.create({ id: 'x', trigger: 'schedule', by: null, targetSets: [], at, schedule: 's1' })
  const share: ScanShareRow = {
    id: 'x',
    scan: 'x',
    segment: 'dmz',
    state: 'taken',
    class: 'routine',
    targets: [{ include: ['10.0.0.0/24'], exclude: [] }],
    timing: null,
    agent: 'a1',
    session: null,
    attempt: 1,
    swept: 256,
    silent: 254,
    givenAt: at,
    takenAt: at,
    endedAt: null,
    expires: at,
    mark: { epoch: 'e', seq: 7 },
    outcome: { status: 'complete', reasons: [] },
    reason: null,
  }
  await store.scanShares.save([share, { ...share, id: 'y', state: 'waiting', class: 'urgent', agent: null }])
  await store.scans.plan('x', ['ssh://a:22', 'ssh://b:22'], 256, 254, 'x')
  await store.scans.done('x', { target: 'ssh://a:22', host: null, outcome: 'failed', reason: null, at })
  // Another takes over: what has ended stays with whom it was left to.
  await store.scans.plan('x', ['ssh://a:22', 'ssh://b:22'], 0, 0, 'y')
  expect((await store.scanShares.open()).map(({ id }) => id)).toEqual(['y', 'x'])
  expect(await store.scanShares.byId('x')).toEqual(share)
  expect(await store.scanShares.of('x', 10)).toMatchObject([
    { id: 'x', planned: 1, done: 1 },
    { id: 'y', planned: 1, done: 0 },
  ])
  expect([await store.scans.openOf('x'), await store.scans.openOf('y')]).toEqual([[], ['ssh://b:22']])
  await store.scanShares.unsweep(share)
  expect(await store.scans.summary('x')).toMatchObject({ swept: 0, silent: 0, schedule: 's1' })
  expect(await store.scans.target('x', 'ssh://a:22')).toMatchObject({ agent: 'a1' })
})
