import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeOrders } from '@rollcall/agent'
import { memoryBus } from '@rollcall/bus'
import { startCollector } from '@rollcall/collector'
import { cancelOrder, scanOrder, scanProgress, subjects, type Envelope } from '@rollcall/contract/bus'
import { expect, onTestFinished, test } from 'vitest'
import { testFleet, wired } from './fleet-of-tests.ts'

const started = async () => {
  const at = await testFleet()
  onTestFinished(() => at[Symbol.asyncDispose]())
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-segments-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const bus = memoryBus({ retryDelay: () => 1 })
  onTestFinished(() => bus[Symbol.asyncDispose]())
  const collector = await startCollector({
    store: at.store,
    bus,
    fleet: at.fleet,
    agent: 'embedded',
    dashboardFolder: folder,
    listen: { host: '127.0.0.1', port: 0 },
    version: '1.2.3',
    now: at.clock.now,
    log: at.log,
    passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
  })
  onTestFinished(() => collector[Symbol.asyncDispose]())
  const agentOf = async (name: string, segment: string) => {
    const trust = await at.join(name, { segment })
    const side = wired(at.air, trust.wire)
    const orders: Envelope[] = []
    const taking = await takeOrders({ trust, ...side, catchUp: () => Promise.resolve(), log: at.log })
    onTestFinished(() => taking[Symbol.asyncDispose]())
    await taking.bus.serve(subjects.order(trust.identity.agent), async (message) => void orders.push(message))
    const finish = (run: string) =>
      side.bus.publish(
        subjects.progress(trust.identity.agent),
        scanProgress.write({
          event: 'finished',
          run,
          at: at.clock.now().toISOString(),
          outcome: { status: 'complete', reasons: [] },
        }),
      )
    return { trust, orders, finish }
  }
  const until = async (condition: () => boolean | Promise<boolean>) => {
    for (let count = 0; count < 400 && !(await condition()); count++)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await condition()).toBe(true)
  }
  return { ...at, collector, agentOf, until }
}

test('a scan goes to the agents of its segment, and each segment has its own', async () => {
  const { collector, agentOf, until, store } = await started()
  const [dmz, lan] = [await agentOf('edge', 'dmz'), await agentOf('inner', 'lan')]
  for (const [name, segment] of [
    ['outer hosts', 'dmz'],
    ['inner hosts', 'lan'],
  ] as const)
    await collector.addTargets({ name, include: ['192.0.2.1'], exclude: [], segment }, 'tests')
  await collector.startScan({ by: 'tests' })
  await until(() => dmz.orders.length === 1 && lan.orders.length === 1)
  const [outer, inner] = [scanOrder.read(dmz.orders[0]).run, scanOrder.read(lan.orders[0]).run]
  expect(outer).not.toBe(inner)
  // An agent of another segment has no say in it.
  await lan.finish(outer)
  await lan.finish(inner)
  await until(async () => (await store.scans.summary(inner))?.state === 'finished')
  expect((await store.scans.summary(outer))?.state).toBe('queued')
  await dmz.finish(outer)
  await until(async () => (await store.scans.summary(outer))?.state === 'finished')
})

test('targets of a segment without an agent are refused in a sentence that says what to do', async () => {
  const { collector } = await started()
  await collector.addTargets({ name: 'far', include: ['192.0.2.1'], exclude: [], segment: 'far' }, 'tests')
  await expect(collector.startScan({ by: 'tests' })).rejects.toMatchObject({
    code: 'no-agents',
    message: expect.stringContaining('rollcall token create --segment far') as string,
  })
})

test('a scan that is cancelled is cancelled at the agents of its segment', async () => {
  const { collector, agentOf, until, store, fleet } = await started()
  const dmz = await agentOf('edge', 'dmz')
  await collector.addTargets({ name: 'hosts', include: ['192.0.2.1'], exclude: [], segment: 'dmz' }, 'tests')
  const { id } = await collector.startScan({ by: 'tests' })
  await until(() => dmz.orders.length === 1)
  await fleet.orders.tellAll({ kind: 'cancel', run: id, order: cancelOrder.write({ run: id }) }, new Set(['dmz']))
  await until(() => dmz.orders.length === 2)
  expect(cancelOrder.read(dmz.orders[1]).run).toBe(id)
  expect(await store.fleetOrders.newest(1)).toMatchObject([{ kind: 'cancel', agent: dmz.trust.identity.agent }])
})
