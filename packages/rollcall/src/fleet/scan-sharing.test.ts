import { createHash } from 'node:crypto'
import { memoryBus } from '@rollcall/bus'
import { openPresence, takeOrders, type AgentTrust } from '@rollcall/agent'
import { startCollector } from '@rollcall/collector'
import { cancelOrder, scanOrder, scanProgress, subjects, type Envelope, type ScanOrder } from '@rollcall/contract/bus'
import { expect, onTestFinished, test } from 'vitest'
import { testFleet, wired } from './fleet-of-tests.ts'

/** A collector and agents that hear orders and say what the test has them say. */
const started = async () => {
  const at = await testFleet()
  onTestFinished(() => at[Symbol.asyncDispose]())
  const stack = new AsyncDisposableStack()
  onTestFinished(() => stack.disposeAsync())
  const bus = stack.use(memoryBus())
  const collector = stack.use(
    await startCollector({
      store: at.store,
      bus,
      fleet: at.fleet,
      dashboardFolder: at.folder,
      listen: { host: '127.0.0.1', port: 0 },
      now: at.clock.now,
      silentMs: 120_000,
      log: at.log,
      version: '0',
    }),
  )
  const beats = new Map<string, { beat(): Promise<void> } & AsyncDisposable>()
  const present = async (trust: AgentTrust) => {
    await beats.get(trust.folder)?.[Symbol.asyncDispose]()
    const presence = await openPresence({
      trust,
      line: wired(at.air, trust.wire).line,
      version: '0',
      condition: () => ({ runs: 0, stopped: false }),
      onStanding: () => {},
      now: at.clock.now,
      log: at.log,
      everyMs: 1_000_000,
    })
    beats.set(trust.folder, presence)
    await presence.beat()
    return presence
  }
  onTestFinished(async () => {
    for (const presence of beats.values()) await presence[Symbol.asyncDispose]()
  })
  const agentOf = async (name: string) => {
    const trust = await at.join(name, { segment: 'dmz' })
    const { bus: own, line } = wired(at.air, trust.wire)
    const orders: ScanOrder[] = []
    const cancelled: string[] = []
    const taking = stack.use(await takeOrders({ trust, bus: own, line, catchUp: async () => {}, log: at.log }))
    stack.use(
      await taking.bus.serve(subjects.order(trust.identity.agent), async (message: Envelope) => {
        if (message.type === scanOrder.type) orders.push(scanOrder.read(message))
        else cancelled.push(cancelOrder.read(message).run)
      }),
    )
    await present(trust)
    const now = () => at.clock.now().toISOString()
    const tell = (progress: Parameters<typeof scanProgress.write>[0]) =>
      own.publish(subjects.progress(trust.identity.agent), scanProgress.write(progress))
    return {
      trust,
      orders,
      cancelled,
      /** It takes no further orders. */
      leave: () => taking.halt('it is gone'),
      again: () => present(trust),
      plan: (run: string, targets: string[], swept = 0) =>
        tell({ event: 'planned', run, at: now(), targets, swept, silent: 0 }),
      finish: (run: string) =>
        tell({ event: 'finished', run, at: now(), outcome: { status: 'complete', reasons: [] } }),
    }
  }
  const until = async (condition: () => boolean | Promise<boolean>) => {
    for (let count = 0; count < 1000 && !(await condition()); count++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await condition()).toBe(true)
  }
  const scan = async (include: string[]) => {
    await collector.addTargets({ name: 'hosts', include, exclude: [], segment: 'dmz' }, 'tests')
    return collector.startScan({ by: 'tests' })
  }
  const sharesOf = (id: string) => at.store.scanShares.of(id, 100)
  return { ...at, collector, agentOf, until, scan, sharesOf }
}
const hosts = (count: number) => Array.from({ length: count }, (_, index) => `host${index}.example.com`)

test('what a silent agent has not reported goes to another, and what was probed for it counts once', async () => {
  const { agentOf, scan, until, sharesOf, clock, store } = await started()
  const one = await agentOf('one')
  const { id } = await scan(['host0', '192.0.2.0/29'])
  await until(() => one.orders.length === 1)
  const [{ run }] = one.orders as [ScanOrder]
  await one.plan(run, ['ssh://host0:22', 'ssh://192.0.2.1:22'], 6)
  await until(async () => (await store.scans.summary(id))?.swept === 6)
  one.leave()
  clock.forward(100_000)
  const two = await agentOf('two')
  clock.forward(21_000)
  await until(() => two.orders.length === 1)
  expect(two.orders[0]).toMatchObject({ targets: { include: ['ssh://host0:22', '192.0.2.1-192.0.2.6:22'] } })
  expect((await store.scans.summary(id))?.swept).toBe(0)
  const [{ run: next }] = two.orders as [ScanOrder]
  expect(next).not.toBe(run)
  await two.plan(next, ['ssh://host0:22', 'ssh://192.0.2.1:22'], 6)
  // The first comes back: what it says late changes no count.
  await one.plan(run, ['ssh://host0:22'], 6)
  await one.finish(run)
  await two.finish(next)
  await until(async () => (await sharesOf(id)).some(({ state }) => state === 'ending'))
  expect(await store.scans.summary(id)).toMatchObject({ planned: 2, swept: 6, state: 'running' })
  expect(await sharesOf(id)).toMatchObject([
    { state: 'ending', agent: two.trust.identity.agent, attempt: 2 },
    { state: 'lost', agent: one.trust.identity.agent, reason: 'its agent is not heard any more' },
  ])
})

test('an agent that was started anew forgot what it had: it is given that again', async () => {
  const { agentOf, scan, until, sharesOf, clock } = await started()
  const one = await agentOf('one')
  const { id } = await scan(['host0'])
  await until(() => one.orders.length === 1)
  await one.plan(one.orders[0]!.run, ['ssh://host0:22'])
  await until(async () => (await sharesOf(id))[0]?.state === 'taken')
  clock.forward(5000)
  await one.again()
  await until(() => one.orders.length === 2)
  expect(one.orders[1]!.run).not.toBe(one.orders[0]!.run)
  expect((await sharesOf(id)).map(({ state, reason }) => [state, reason])).toContainEqual([
    'lost',
    'its agent was started anew',
  ])
})

test('an agent gets the next part when it has done one, and a cancelled scan leaves nothing to anybody', async () => {
  const { agentOf, scan, until, sharesOf, collector, store } = await started()
  const one = await agentOf('one')
  const { id } = await scan(hosts(80))
  await until(() => one.orders.length === 2)
  expect((await sharesOf(id)).filter(({ state }) => state === 'waiting').length).toBe(2)
  await one.finish(one.orders[0]!.run)
  await until(() => one.orders.length === 3)
  const value = `rc_${'a'.repeat(43)}`
  await store.access.addToken({
    id: 't',
    name: 'tests',
    hash: createHash('sha256').update(value).digest('hex'),
    createdAt: '2026-01-01T00:00:00Z',
    createdBy: 'tests',
  })
  const cancelled = await fetch(`${collector.address}/api/v1/scans/${id}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}` },
  })
  expect(cancelled.status).toBe(200)
  await until(() => one.cancelled.length === 2)
  expect(one.cancelled.toSorted()).toEqual([one.orders[1]!.run, one.orders[2]!.run].toSorted())
  expect((await sharesOf(id)).every(({ state }) => state === 'ended')).toBe(true)
  expect(await store.scans.summary(id)).toMatchObject({ state: 'cancelled' })
})
