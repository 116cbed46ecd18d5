import { createServer, type Server } from 'node:net'
import { memoryBus, type Bus } from '@rollcall/bus'
import {
  cancelOrder,
  reportAck,
  scanOrder,
  scanProgress,
  scanReport,
  subjects,
  type ScanOrder,
  type ScanProgress,
  type ScanReport,
} from '@rollcall/contract/bus'
import type { DirectoryEntry } from '@rollcall/discovery'
import { knownHosts, sweep } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import pino from 'pino'
import { expect, test } from 'vitest'
import { openDelivery } from './delivery.ts'
import { readingHere } from './directory-look.ts'
import { serveOrders, type RunDeps } from './runs.ts'
import { scanningHere } from './scanning.ts'

const RUN = '0199a4a8-6f2c-7d35-9c1e-5a0f6b0c2d10'

const fleet = async (bus: Bus, directories?: RunDeps['directories'], answer: 'kept' | 'silence' = 'kept') => {
  const reports: ScanReport[] = []
  const progress: ScanProgress[] = []
  await bus.serve(subjects.allReports, async (message) => {
    const report = scanReport.read(message)
    reports.push(report)
    if (answer === 'kept')
      await bus.publish(subjects.reportAck(report.agent), reportAck.write({ report: report.id, need: [] }))
  })
  await bus.serve(subjects.allProgress, async (message) => void progress.push(scanProgress.read(message)))
  const stack = new AsyncDisposableStack()
  const controller = new AbortController()
  const delivery = stack.use(await openDelivery({ agent: 'a', bus }))
  stack.use(
    await serveOrders(
      {
        agent: 'a',
        bus,
        delivery,
        scanHost: scanningHere({
          probes: [],
          reach: {
            logins: [
              {
                user: 'scan',
                methods: [{ kind: 'password', password: Secret.ofText('never sent') }],
                sudo: { kind: 'never' },
              },
            ],
            hostKeys: knownHosts({ read: [] }),
            policy: 'strict',
            limits: { connectMs: 3000, loginMs: 3000 },
          },
          now: () => new Date(),
        }),
        now: () => new Date(),
        sweep,
        ...(directories === undefined ? {} : { directories }),
        concurrency: 8,
        log: pino({ level: 'silent' }),
      },
      controller.signal,
    ),
  )
  stack.defer(() => controller.abort(new Error('the agent stops')))
  const finished = async () => {
    while (!progress.some(({ event }) => event === 'finished')) await new Promise((resolve) => setTimeout(resolve, 10))
    return progress.flatMap((one) => (one.event === 'finished' ? [one.outcome] : []))
  }
  return { reports, progress, finished, stack }
}

const order = (
  bus: Bus,
  include: string[],
  more: { exclude?: string[]; done?: string[]; apart?: ScanOrder['apart'] } = {},
) =>
  bus.publish(
    subjects.order('a'),
    scanOrder.write({
      run: RUN,
      targets: { include, exclude: more.exclude ?? [] },
      done: more.done ?? [],
      ...(more.apart === undefined ? {} : { apart: more.apart }),
    }),
  )

const listen = (address: string, port: number, greet?: string) =>
  new Promise<Server & AsyncDisposable>((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      if (greet !== undefined) socket.end(greet)
    })
    server.listen(port, address, () => resolve(server))
  })

const planned = (progress: ScanProgress[]) => progress.flatMap((one) => (one.event === 'planned' ? one.targets : []))

test('every planned target is reported, reached or not, before the run is finished', async () => {
  await using bus = memoryBus()
  const { reports, progress, finished, stack } = await fleet(bus)
  await using _ = stack
  await order(bus, ['local', '127.0.99.1:1', 'no-such-host.invalid'])
  expect(await finished()).toEqual([{ status: 'complete', reasons: [] }])
  expect(reports.map(({ target }) => target).sort()).toEqual(planned(progress).sort())
  expect(Object.fromEntries(reports.map(({ target, reached }) => [target, reached.reasons[0]?.code]))).toEqual({
    local: undefined,
    'ssh://127.0.99.1:1': 'refused',
    'ssh://no-such-host.invalid:22': 'no-address',
  })
})

test('only addresses of a range that answer become targets, and the others are counted', async () => {
  await using bus = memoryBus()
  const { progress, finished, stack } = await fleet(bus)
  await using _ = stack
  const servers = await Promise.all([
    listen('127.0.99.5', 40_022, 'nonsense\r\n'),
    listen('127.0.99.9', 40_022, 'nonsense\r\n'),
  ])
  await order(bus, ['127.0.99.0/28:40022'], { exclude: ['127.0.99.9'] })
  await finished()
  for (const server of servers) server.close()
  expect(planned(progress)).toEqual(['ssh://127.0.99.5:40022'])
  expect(progress.flatMap((one) => (one.event === 'planned' ? [[one.swept, one.silent]] : []))).toEqual([[13, 12]])
})

test('what was done before a restart is not scanned again', async () => {
  await using bus = memoryBus()
  const { reports, finished, stack } = await fleet(bus)
  await using _ = stack
  await order(bus, ['127.0.99.1:1', '127.0.99.2:1'], { done: ['ssh://127.0.99.1:1'] })
  await finished()
  expect(reports.map(({ target }) => target)).toEqual(['ssh://127.0.99.2:1'])
})

test('an order that is delivered twice is one run', async () => {
  await using bus = memoryBus()
  const { reports, finished, stack } = await fleet(bus)
  await using _ = stack
  await order(bus, ['127.0.99.1:1'])
  await order(bus, ['127.0.99.1:1'])
  await finished()
  expect(reports).toHaveLength(1)
})

test('a cancelled run ends at once, and says of each begun target that it was cancelled', async () => {
  await using bus = memoryBus()
  const { reports, progress, finished, stack } = await fleet(bus)
  await using _ = stack
  const silent = await listen('127.0.99.3', 40_023)
  await order(bus, ['127.0.99.3:40023'])
  while (!progress.some(({ event }) => event === 'started')) await new Promise((resolve) => setTimeout(resolve, 5))
  await bus.publish(subjects.order('a'), cancelOrder.write({ run: RUN }))
  expect(await finished()).toEqual([{ status: 'failed', reasons: [{ code: 'cancelled' }] }])
  silent.close()
  expect(reports.map(({ reached }) => reached.reasons[0]?.code)).toEqual(['cancelled'])
})

test('an order that cannot be read is answered with what is wrong, and scans nothing', async () => {
  await using bus = memoryBus()
  const { reports, finished, stack } = await fleet(bus)
  await using _ = stack
  await order(bus, ['local', '10.0.0.0/99'])
  expect(await finished()).toMatchObject([
    { status: 'failed', reasons: [{ code: 'unknown-target', detail: expect.stringContaining('/99') as string }] },
  ])
  expect(reports).toEqual([])
})

/** A directory whose computers are called so. */
const directoryOf = (...names: string[]): NonNullable<RunDeps['directories']> => {
  const entry = (name: string): DirectoryEntry => {
    const texts = (attribute: string) =>
      attribute === 'fqdn' ? [name] : attribute === 'namingcontexts' ? ['dc=x'] : []
    return { dn: '', names: [], values: () => [], texts, text: (attribute) => texts(attribute)[0] }
  }
  const reading = readingHere({
    makes: () => Promise.resolve([]),
    open: () =>
      Promise.resolve({
        root: entry(''),
        server: 'dc',
        async search(_, take) {
          await take(names.map(entry))
          return { entries: names.length, pages: 1, result: 0, referrals: [], controls: new Map(), intermediate: [] }
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  })
  return { reading }
}

const COMPUTERS = 'computers of ldaps://dc:636'

test('the computers of a directory are planned and scanned as hosts, and the question itself is reported', async () => {
  await using bus = memoryBus()
  const { reports, progress, finished, stack } = await fleet(
    bus,
    directoryOf('no-such-host.invalid', 'left-out.invalid', '127.0.99.1', ''),
  )
  await using _ = stack
  await order(bus, [COMPUTERS], { exclude: ['left-out.invalid', '127.0.99.0/24'] })
  expect(await finished()).toEqual([{ status: 'complete', reasons: [] }])
  expect(planned(progress)).toEqual([COMPUTERS, 'ssh://no-such-host.invalid:22'])
  expect(reports.map(({ target }) => target).sort()).toEqual(planned(progress).sort())
  expect(reports.find(({ target }) => target === COMPUTERS)).toMatchObject({
    reached: {
      status: 'complete',
      reasons: [
        { code: 'left-out', detail: 'without a name in DNS', count: 1 },
        { code: 'left-out', detail: 'excluded from the set', count: 2 },
      ],
    },
    sections: [],
  })
})

test('what one set leaves out of a directory, another may scan', async () => {
  await using bus = memoryBus()
  const { progress, finished, stack } = await fleet(bus, directoryOf('a.invalid', 'b.invalid'))
  await using _ = stack
  await order(bus, ['b.invalid'], { apart: [{ include: [COMPUTERS], exclude: ['b.invalid'] }] })
  await finished()
  expect(planned(progress).sort()).toEqual([COMPUTERS, 'ssh://a.invalid:22', 'ssh://b.invalid:22'])
})

test('after a restart a directory is asked again for the computers that were not scanned', async () => {
  await using bus = memoryBus()
  const { reports, finished, stack } = await fleet(bus, directoryOf('a.invalid', 'b.invalid'))
  await using _ = stack
  await order(bus, [COMPUTERS], { done: [COMPUTERS, 'ssh://a.invalid:22'] })
  await finished()
  expect(reports.map(({ target }) => target)).toEqual(['ssh://b.invalid:22'])
})

test('a directory that nobody may log in to is a reported failure of the question', async () => {
  await using bus = memoryBus()
  const { reports, finished, stack } = await fleet(bus)
  await using _ = stack
  await order(bus, [COMPUTERS, 'ldaps://dc'])
  await finished()
  expect(reports.map(({ target, reached }) => [target, reached.reasons[0]?.code]).sort()).toEqual([
    [COMPUTERS, 'no-credential'],
    ['ldaps://dc:636', 'no-credential'],
  ])
})

test('an agent that is stopped does not wait for a collector that stopped before it', async () => {
  await using bus = memoryBus()
  const { reports, progress, stack } = await fleet(bus, undefined, 'silence')
  const silent = await listen('127.0.99.4', 40_024)
  await order(bus, ['127.0.99.4:40024'])
  while (!progress.some(({ event }) => event === 'started')) await new Promise((resolve) => setTimeout(resolve, 5))
  await stack.disposeAsync()
  silent.close()
  expect(reports.map(({ reached }) => reached.reasons[0]?.code)).toEqual(['cancelled'])
})

test('what has not begun when its window ends is told as left out, and what was probed by then is not', async () => {
  await using bus = memoryBus()
  const { reports, progress, finished, stack } = await fleet(bus)
  await using _ = stack
  const until = new Date(Date.now() - 1000).toISOString()
  const timing = { key: 'A'.repeat(43), spans: [], quiet: [], until }
  await bus.publish(
    subjects.order('a'),
    scanOrder.write({ run: RUN, targets: { include: ['local', '127.0.99.0/29:1'], exclude: [] }, done: [], timing }),
  )
  expect(await finished()).toEqual([{ status: 'complete', reasons: [] }])
  const told = reports.map(({ target, reached }) => [target, reached.reasons[0]?.code])
  expect(told.toSorted()).toEqual([
    ['127.0.99.1-127.0.99.6:1', 'outside-window'],
    ['local', 'outside-window'],
  ])
  expect(planned(progress)).toHaveLength(2)
})
