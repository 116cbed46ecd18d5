import { randomUUID } from 'node:crypto'
import type { ScanDetail, ScanSummary, TargetSetItem } from '@rollcall/contract/api'
import {
  cancelOrder,
  reportAck,
  scanOrder,
  scanProgress,
  subjects,
  type ScanOrder,
  type ScanProgress,
} from '@rollcall/contract/bus'
import { describe, expect, test } from 'vitest'
import { account, deliver, hostReport, runningCollector, until, type RunningCollector } from './running-collector.ts'
import { together } from './scan-order.ts'

/** What an agent hears, and how it answers. */
const agentOf = async ({ bus }: Pick<RunningCollector, 'bus'>) => {
  const orders: ScanOrder[] = []
  const cancelled: string[] = []
  const acks: { report: string; need: readonly string[] }[] = []
  await bus.serve(subjects.order('local'), async (message) => {
    if (message.type === scanOrder.type) orders.push(scanOrder.read(message))
    else cancelled.push(cancelOrder.read(message).run)
  })
  await bus.serve(subjects.reportAck('local'), async (message) => void acks.push(reportAck.read(message)))
  const tell = (progress: ScanProgress) => bus.publish(subjects.progress('local'), scanProgress.write(progress))
  const at = new Date().toISOString()
  return {
    orders,
    cancelled,
    acks,
    planned: (run: string, targets: string[], swept = 0, silent = 0) =>
      tell({ event: 'planned', run, at, targets, swept, silent }),
    started: (run: string, target: string) => tell({ event: 'started', run, at, targets: [target] }),
    finished: (
      run: string,
      outcome: Extract<ScanProgress, { event: 'finished' }>['outcome'] = { status: 'complete', reasons: [] },
    ) => tell({ event: 'finished', run, at, outcome }),
  }
}

const post = async (running: RunningCollector, path: string, body: unknown) => {
  const answer = await running.ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: answer.status,
    body: (await answer.json()) as {
      code: string
      scan: ScanSummary
      target: TargetSetItem
      errors?: { pointer: string; detail: string }[]
    },
  }
}
const detail = async (running: RunningCollector, id: string) =>
  (await (await running.ask(`/api/v1/scans/${id}`)).json()) as ScanDetail
const report = (host: string, run: string) =>
  hostReport(host, [{ probe: 'local-accounts', findings: [account('root', 0)] }], { run })
const unreached = (host: string, run: string) => {
  const { host: _, ...rest } = hostReport(host, [], {
    run,
    reached: { status: 'failed', reasons: [{ code: 'refused' }] },
  })
  return rest
}

describe('a scan', () => {
  test('is ordered, followed, and ended when every planned target has its report', async () => {
    await using running = await runningCollector()
    const agent = await agentOf(running)
    expect((await post(running, '/api/v1/scans', {})).body.code).toBe('no-targets')
    const { body: added } = await post(running, '/api/v1/targets', {
      name: 'servers',
      include: ['db1', 'db2', 'web1'],
      exclude: ['db9'],
    })
    expect(added.target).toMatchObject({ name: 'servers', hosts: 3, addresses: 0, addedBy: 'token:tests' })
    const { status, body } = await post(running, '/api/v1/scans', {})
    expect([status, body.scan.state, body.scan.by]).toEqual([202, 'queued', 'token:tests'])
    const run = body.scan.id
    await until(() => agent.orders.length === 1)
    expect(agent.orders[0]).toEqual({ run, targets: { include: ['db1', 'db2', 'web1'], exclude: ['db9'] }, done: [] })

    await agent.planned(run, ['ssh://db1:22', 'ssh://db2:22', 'ssh://web1:22'], 10, 7)
    await agent.started(run, 'ssh://db1:22')
    await until(async () => (await detail(running, run)).scan.running === 1)
    expect((await detail(running, run)).scan).toMatchObject({
      state: 'running',
      planned: 3,
      running: 1,
      queued: 2,
      swept: 10,
      silent: 7,
    })
    expect((await detail(running, run)).targets[0]).toMatchObject({ target: 'ssh://db1:22', state: 'running' })

    await deliver(running, report('db1', run))
    await deliver(running, unreached('db2', run))
    // The agent's last word travels on another subject and may overtake its last report.
    await agent.finished(run)
    expect((await detail(running, run)).scan.state).toBe('running')
    await deliver(running, report('web1', run))
    await until(async () => (await detail(running, run)).scan.state === 'finished')
    const end = await detail(running, run)
    expect(end.scan).toMatchObject({ planned: 3, complete: 2, failed: 1, partial: 0, running: 0, queued: 0 })
    expect(end.causes).toEqual([
      { reason: 'refused', sentence: expect.stringContaining('sshd'), count: 1, examples: ['ssh://db2:22'] },
    ])
    await until(() => agent.acks.length === 3)
    expect(agent.acks.every(({ need }) => need.length === 0)).toBe(true)
  })

  test('of a set that is being scanned is refused to a person, and left out of a schedule', async () => {
    await using running = await runningCollector()
    const { target: one } = (await post(running, '/api/v1/targets', { name: 'one', include: ['a'] })).body
    const both = await Promise.all([post(running, '/api/v1/scans', {}), post(running, '/api/v1/scans', {})])
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([202, 409]))
    expect(both.find(({ status }) => status === 409)!.body.code).toBe('scan-running')
    await expect(running.collector.startScan({ trigger: 'schedule', by: null })).rejects.toMatchObject({
      code: 'scan-running',
    })
    const { target: two } = (await post(running, '/api/v1/targets', { name: 'two', include: ['b'] })).body
    const agent = await agentOf(running)
    await running.collector.startScan({ trigger: 'schedule', by: null })
    await until(() => agent.orders.length === 2)
    expect(agent.orders[1]!.targets.include).toEqual(['b'])
    expect((await post(running, '/api/v1/scans', { targetSets: [one.id, two.id] })).status).toBe(409)
    expect((await post(running, '/api/v1/scans', { targetSets: ['nope'] })).body.code).toBe('unknown-target-set')
  })

  test('that is cancelled tells so of every target that was not read, and frees its set', async () => {
    await using running = await runningCollector()
    const agent = await agentOf(running)
    await post(running, '/api/v1/targets', { name: 'one', include: ['a', 'b'] })
    const run = (await post(running, '/api/v1/scans', {})).body.scan.id
    await agent.planned(run, ['ssh://a:22', 'ssh://b:22'])
    await deliver(running, report('a', run))
    await until(async () => (await detail(running, run)).scan.planned === 2)
    expect((await running.ask(`/api/v1/scans/${run}/cancel`, { method: 'POST' })).status).toBe(200)
    await until(() => agent.cancelled.length === 1)
    const { scan, causes } = await detail(running, run)
    expect(scan).toMatchObject({ state: 'cancelled', planned: 2, complete: 1, failed: 1 })
    expect(causes).toMatchObject([{ reason: 'cancelled', examples: ['ssh://b:22'] }])
    await agent.finished(run, { status: 'failed', reasons: [{ code: 'cancelled' }] })
    expect((await running.ask(`/api/v1/scans/${run}/cancel`, { method: 'POST' })).status).toBe(409)
    expect((await post(running, '/api/v1/scans', {})).status).toBe(202)
  })

  test('that the agent could not carry out fails by its entries, rather than look as if there was nothing to do', async () => {
    await using running = await runningCollector()
    const agent = await agentOf(running)
    await post(running, '/api/v1/targets', { name: 'one', include: ['a', '10.0.0.0/24'] })
    const run = (await post(running, '/api/v1/scans', {})).body.scan.id
    await agent.finished(run, { status: 'failed', reasons: [{ code: 'no-credential' }] })
    await until(async () => (await detail(running, run)).scan.state === 'finished')
    expect((await detail(running, run)).scan).toMatchObject({ planned: 2, failed: 2 })
    expect((await detail(running, run)).causes).toMatchObject([{ reason: 'no-credential', count: 2 }])
  })

  test('that was interrupted goes on after a restart, without the targets that are done', async () => {
    const first = await runningCollector()
    await using _ = first
    const agent = await agentOf(first)
    await post(first, '/api/v1/targets', { name: 'one', include: ['a', 'b'] })
    const run = (await post(first, '/api/v1/scans', {})).body.scan.id
    await agent.planned(run, ['ssh://a:22', 'ssh://b:22'])
    await agent.started(run, 'ssh://b:22')
    await deliver(first, report('a', run))
    await until(async () => (await detail(first, run)).scan.running === 1)
    await first.collector[Symbol.asyncDispose]()

    await using again = await runningCollector({ store: first.store, bus: first.bus })
    await until(() => agent.orders.length === 2)
    expect(agent.orders[1]).toMatchObject({ run, done: ['ssh://a:22'] })
    expect((await detail(again, run)).scan).toMatchObject({ state: 'interrupted', complete: 1, queued: 1, running: 0 })
    await agent.started(run, 'ssh://b:22')
    await deliver(again, report('b', run))
    await agent.finished(run)
    await until(async () => (await detail(again, run)).scan.state === 'finished')
    expect((await detail(again, run)).scan).toMatchObject({ planned: 2, complete: 2 })
  })

  test('counts a plan that is delivered twice once', async () => {
    await using running = await runningCollector()
    const agent = await agentOf(running)
    await post(running, '/api/v1/targets', { name: 'one', include: ['10.0.0.0/24'] })
    const run = (await post(running, '/api/v1/scans', {})).body.scan.id
    for (let times = 0; times < 2; times++) await agent.planned(run, ['ssh://10.0.0.7:22'], 254, 253)
    await agent.started(run, 'ssh://10.0.0.7:22')
    await until(async () => (await detail(running, run)).scan.running === 1)
    expect((await detail(running, run)).scan).toMatchObject({ planned: 1, swept: 254, silent: 253 })
  })
})

describe('a report', () => {
  test('on the subject of another agent is put aside', async () => {
    await using running = await runningCollector()
    const { bus, store, aside } = running
    const forged = report('a', randomUUID())
    const { scanReport } = await import('@rollcall/contract/bus')
    await bus.publish(subjects.report('other'), scanReport.write(forged))
    await until(() => aside.length === 1)
    expect(await store.inbox.admitted(forged.id)).toBe(false)
  })

  test('without findings that are not held is asked for in full', async () => {
    await using running = await runningCollector()
    const agent = await agentOf(running)
    const { scanReport } = await import('@rollcall/contract/bus')
    const full = report('a', randomUUID())
    const bare = {
      ...full,
      sections: full.sections.map(({ probe, outcome, privilege, digest }) => ({ probe, outcome, privilege, digest })),
    }
    await running.bus.publish(subjects.report('local'), scanReport.write(bare))
    await until(() => agent.acks.length === 1)
    expect(agent.acks[0]).toEqual({ report: full.id, need: ['local-accounts'] })
    await deliver(running, full)
    await until(() => agent.acks.length === 2)
    expect(agent.acks[1]).toEqual({ report: full.id, need: [] })
  })
})

describe('target sets', () => {
  test('with an entry that cannot be read are refused whole, each such entry named', async () => {
    await using running = await runningCollector()
    const { status, body } = await post(running, '/api/v1/targets', {
      name: 'x',
      include: ['ok', 'not ok', '10.0.0.0/99'],
      exclude: ['!'],
      inventory: { fileName: 'hosts.ini', text: '[a]\nb\nc d' },
    })
    expect([status, body.code]).toEqual([422, 'invalid-targets'])
    expect(body.errors!.map(({ pointer }) => pointer)).toEqual([
      '/inventory/text',
      '/include/1',
      '/include/2',
      '/exclude/0',
    ])
    expect(body.errors![0]!.detail).toMatch(/^line 3, c: /)
    expect(await running.collector.targetSets()).toEqual([])
  })

  test('of an inventory file have its hosts, and can be removed', async () => {
    await using running = await runningCollector()
    const { body } = await post(running, '/api/v1/targets', {
      name: 'x',
      inventory: { fileName: 'hosts.yml', text: 'all: {hosts: {"web[1:3]": , db: {ansible_port: 2022}}}' },
    })
    expect(body.target.include).toEqual(['ssh://web1:22', 'ssh://web2:22', 'ssh://web3:22', 'ssh://db:2022'])
    expect((await running.ask(`/api/v1/targets/${body.target.id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await running.ask(`/api/v1/targets/${body.target.id}`, { method: 'DELETE' })).status).toBe(404)
  })

  test('that are scanned together each keep to their own exclusions', () => {
    const range = {
      include: ['10.0.0.0/29', 'admin@10.0.1.5-10.0.1.6:2222', 'db1', 'local'],
      exclude: ['10.0.0.3', '10.0.0.5-10.0.0.6', 'db1'],
    }
    expect(together([range])).toEqual({ targets: range })
    expect(together([range, { include: ['10.0.0.3', 'db1'], exclude: [] }])).toEqual({
      targets: {
        include: [
          '10.0.0.1-10.0.0.2:22',
          '10.0.0.4-10.0.0.4:22',
          'admin@10.0.1.5-10.0.1.6:2222',
          'local',
          'ssh://10.0.0.3:22',
          'ssh://db1:22',
        ],
        exclude: [],
      },
    })
  })

  test('that leave something out of what only a directory knows stay apart', () => {
    const computers = { include: ['computers of ldaps://dc:636'], exclude: ['dc'] }
    const hosts = { include: ['db1'], exclude: [] }
    expect(together([computers])).toEqual({ targets: computers })
    expect(together([computers, hosts])).toEqual({ targets: hosts, apart: [computers] })
    expect(together([computers, computers])).toEqual({ targets: computers, apart: [computers] })
    expect(together([{ ...computers, exclude: [] }, hosts])).toEqual({
      targets: { include: ['computers of ldaps://dc:636', 'db1'], exclude: [] },
    })
  })
})
