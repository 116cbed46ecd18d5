import { scheduleTargets } from '@rollcall/contract/api'
import { openStore } from '@rollcall/store'
import { expect, test } from 'vitest'
import { account, deliver, hostReport, runningCollector } from '../running-collector.ts'
import { chosenTargets, withoutSets } from './schedule-targets.ts'

const wish = (more: object) => scheduleTargets.parse(more)

test('target sets, entries and exclusions are chosen by segment', async () => {
  await using store = await openStore({ file: ':memory:' })
  const added = { exclude: ['db9'], addedAt: '2026-01-01T00:00:00Z', addedBy: 'x' }
  await store.targetSets.add({ id: 't1', name: 'one', include: ['db1'], ...added })
  await store.targetSets.add({ id: 't2', name: 'two', include: ['edge1'], segment: 'dmz', ...added })
  const all = await chosenTargets(
    store,
    wish({ all: true, include: ['edge2'], exclude: ['db8'], segment: 'dmz' }),
    new Date(),
  )
  expect(all).toEqual([
    { segment: 'local', sets: [{ include: ['db1'], exclude: ['db9', 'db8'] }], targetSets: ['t1'] },
    {
      segment: 'dmz',
      sets: [
        { include: ['edge1'], exclude: ['db9', 'db8'] },
        { include: ['edge2'], exclude: ['db8'] },
      ],
      targetSets: ['t2'],
    },
  ])
  expect(withoutSets(all, new Set(['t1', 't2']))).toEqual([
    { segment: 'dmz', sets: [{ include: ['edge2'], exclude: ['db8'] }], targetSets: [] },
  ])
  expect(await chosenTargets(store, wish({ targetSets: ['gone'] }), new Date())).toEqual([])
})

test('hosts of views are looked at as they were reached last, in the segment whose target set has them', async () => {
  await using running = await runningCollector()
  const { store } = running
  await running.collector.addTargets({ name: 'edge', include: ['web1'], exclude: [], segment: 'dmz' }, 'x')
  for (const name of ['web1', 'db1', 'db2'])
    await deliver(
      running,
      hostReport(name, [{ probe: 'local-accounts', findings: [account(name === 'db2' ? 'guest' : 'oracle', 1000)] }]),
    )
  const chosen = await chosenTargets(
    store,
    wish({
      views: [
        { view: 'accounts', filter: 'account:oracle' },
        { view: 'hosts', filter: 'host:db1' },
      ],
    }),
    new Date(),
  )
  expect(chosen.toSorted((one, other) => (one.segment < other.segment ? -1 : 1))).toEqual([
    { segment: 'dmz', sets: [{ include: ['ssh://web1:22'], exclude: [] }], targetSets: [] },
    { segment: 'local', sets: [{ include: ['ssh://db1:22'], exclude: [] }], targetSets: [] },
  ])
})
