import { expect, test } from 'vitest'
import { runningCollector, until } from './running-collector.ts'

test('a schedule scans all target sets, does not overlap itself, and says when it is due', async () => {
  await using running = await runningCollector({ schedule: { expression: '* * * * * *', timeZone: 'Europe/Berlin' } })
  const overview = async () =>
    (await (await running.ask('/api/v1/overview')).json()) as { nextScanAt: string; lastScan: { state: string } | null }
  expect(Date.parse((await overview()).nextScanAt)).toBeGreaterThan(Date.now() - 1000)
  await running.collector.addTargets({ name: 'one', include: ['a'], exclude: [] }, 'tests')
  await until(async () => (await running.store.scans.newest(10)).length > 0)
  // The next times come while the first scan is still open: none begins.
  await until(() => running.logged.some((line) => line.includes('"code":"scan-running"')))
  const scans = await running.store.scans.newest(10)
  expect(scans).toHaveLength(1)
  expect(scans[0]).toMatchObject({ trigger: 'schedule', by: null })
})

test('without a schedule nothing is due', async () => {
  await using running = await runningCollector()
  expect(await (await running.ask('/api/v1/overview')).json()).toMatchObject({ nextScanAt: null })
})
