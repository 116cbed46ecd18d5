import { memoryBus, type Bus } from '@rollcall/bus'
import type { Finding } from '@rollcall/contract'
import { reportAck, reportPart, scanReport, subjects, type ReportPart, type ScanReport } from '@rollcall/contract/bus'
import type { DirectoryGathering, DirectoryMake, DirectoryMemory } from '@rollcall/discovery'
import { ReachError } from '@rollcall/reach'
import { expect, test } from 'vitest'
import { openDelivery } from './delivery.ts'
import type { DirectoryMemories } from './directory-memories.ts'
import { readingHere, type OpenDirectory, type ReadingHere } from './directory-look.ts'
import { reportDirectory, type DirectoryScanning } from './directory-scanning.ts'

const RUN = '0199a4a8-6f2c-7d35-9c1e-5a0f6b0c2d10'
const TARGET = { kind: 'directory', security: 'ldaps', host: 'dc', port: 636 } as const

const group = (name: string): Finding => ({
  kind: 'directory-group',
  object: name,
  name,
  type: 'group',
  place: { path: `cn=${name},dc=example` },
})

const groups = (count: number, prefix = 'g') => Array.from({ length: count }, (_, index) => group(`${prefix}${index}`))

/** A directory that says nothing by itself: what is told of it, its make knows. */
const directory = (): OpenDirectory => ({
  root: { dn: '', names: [], values: () => [], texts: () => [], text: () => undefined },
  server: 'dc',
  identity: 'scan',
  search: () => Promise.reject(new Error('nothing is searched for')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

const make = (look: (gathering: DirectoryGathering) => Promise<void> | void): DirectoryMake => ({
  id: 'other',
  title: 'a directory of a test',
  sections: [{ probe: 'directory-groups', finds: 'groups', needs: 'nothing' }],
  rank: 0,
  recognises: () => true,
  async look(gathering) {
    await look(gathering)
    return { make: 'other', suffix: 'dc=example' }
  },
})

/** A collector that keeps parts and reports, and answers them as told. */
const collector = async (
  bus: Bus,
  answers: { part?: (part: ReportPart) => boolean; report?: (report: ScanReport) => string[] } = {},
) => {
  const parts: ReportPart[] = []
  const reports: ScanReport[] = []
  await bus.serve(subjects.allReports, async (message) => {
    if (message.type === reportPart.type) {
      const part = reportPart.read(message)
      parts.push(part)
      if (answers.part?.(part) === false) return
      const { probe, index } = part
      await bus.publish(
        subjects.reportAck(part.agent),
        reportAck.write({ report: part.report, need: [], part: { probe, index } }),
      )
      return
    }
    const report = scanReport.read(message)
    reports.push(report)
    const need = answers.report?.(report) ?? []
    await bus.publish(subjects.reportAck(report.agent), reportAck.write({ report: report.id, need }))
  })
  return { parts, reports }
}

const scanning = (
  look: Parameters<typeof make>[0],
  { makes, open, ...more }: Partial<DirectoryScanning & ReadingHere> = {},
): DirectoryScanning => ({
  reading: readingHere({
    makes: makes ?? (() => Promise.resolve([make(look)])),
    open: open ?? (() => Promise.resolve(directory())),
  }),
  now: () => new Date('2026-01-01T00:00:00Z'),
  ...more,
})

const memoryOf = (remembered?: DirectoryMemory) => {
  const events: unknown[][] = []
  const memories: DirectoryMemories = {
    of: (target, identity) => {
      events.push(['of', target, identity])
      return Promise.resolve({
        remembered,
        save: (memory, full) => Promise.resolve(void events.push(['save', memory, full])),
        forget: () => Promise.resolve(void events.push(['forget'])),
      })
    },
  }
  return { memories, events }
}

const never = { signal: new AbortController().signal, stopped: new AbortController().signal }

test('findings travel in parts before the report, each once, and the report counts them', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { parts, reports } = await collector(bus)
  const told = groups(4500)
  await reportDirectory(
    TARGET,
    scanning((gathering) => gathering.tell('directory-groups', ...told)),
    delivery,
    RUN,
    never,
  )
  expect(parts.map(({ index }) => index)).toEqual(parts.map((_, index) => index))
  expect(parts.flatMap(({ findings }) => findings)).toEqual(told)
  expect(reports).toHaveLength(1)
  expect(reports[0]).toMatchObject({
    id: parts[0]!.report,
    run: RUN,
    target: 'ldaps://dc:636',
    directory: { make: 'other' },
  })
  expect(reports[0]!.sections).toMatchObject([
    { probe: 'directory-groups', parts: parts.length, outcome: { status: 'complete' } },
  ])
  expect(reports[0]!.sections[0]!.findings).toBeUndefined()
})

test('a look that tells nothing has no parts and says so', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { parts, reports } = await collector(bus)
  await reportDirectory(
    TARGET,
    scanning(() => {}),
    delivery,
    RUN,
    never,
  )
  expect(parts).toEqual([])
  expect(reports[0]!.sections).toMatchObject([{ probe: 'directory-groups', findings: [] }])
})

test('the digest of what was told does not depend on the order in which it came', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { reports } = await collector(bus)
  const told = groups(10)
  for (const each of [told, told.toReversed(), groups(9)])
    await reportDirectory(
      TARGET,
      scanning((gathering) => gathering.tell('directory-groups', ...each)),
      delivery,
      RUN,
      never,
    )
  const [one, other, less] = reports.map(({ sections }) => sections[0]!.digest)
  expect(other).toBe(one)
  expect(less).not.toBe(one)
})

test('a look waits while the collector keeps nothing, and goes on when it does', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus, resendAfter: 50 })
  let keeping = false
  const { parts, reports } = await collector(bus, { part: () => keeping })
  let told = 0
  const running = reportDirectory(
    TARGET,
    scanning(async (gathering) => {
      for (let round = 0; round < 20; round++) {
        gathering.tell('directory-groups', ...groups(1000, `r${round}-`))
        told++
        await gathering.flush()
      }
    }),
    delivery,
    RUN,
    never,
  )
  while (parts.length < 6) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(new Set(parts.map(({ index }) => index)).size).toBe(6)
  expect(told).toBeLessThanOrEqual(6)
  keeping = true
  await running
  expect(new Set(parts.map(({ index }) => index)).size).toBe(20)
  expect(reports[0]!.sections[0]!.parts).toBe(20)
})

test('a part that is not answered is sent again', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus, resendAfter: 10 })
  const seen: number[] = []
  await collector(bus, {
    part: ({ index }) => {
      seen.push(index)
      return seen.length > 3
    },
  })
  await reportDirectory(
    TARGET,
    scanning((gathering) => gathering.tell('directory-groups', group('one'))),
    delivery,
    RUN,
    never,
  )
  expect(seen.length).toBeGreaterThan(3)
  expect(new Set(seen)).toEqual(new Set([0]))
})

test('a collector that never answers ends the look with a fault of delivery', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus, resendAfter: 10, patience: 30 })
  await collector(bus, { part: () => false })
  const look = reportDirectory(
    TARGET,
    scanning((gathering) => gathering.tell('directory-groups', group('one'))),
    delivery,
    RUN,
    never,
  )
  await expect(look).rejects.toThrow('keeps no findings')
})

test('parts that the collector lost are told as interrupted, and the next look is at everything', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { reports } = await collector(bus, { report: () => (reports.length === 1 ? ['directory-groups'] : []) })
  const { memories, events } = memoryOf()
  await reportDirectory(
    TARGET,
    scanning(
      (gathering) => {
        gathering.tell('directory-groups', group('one'))
        gathering.remember({ cookie: '1' })
      },
      { memories },
    ),
    delivery,
    RUN,
    never,
  )
  expect(reports[1]!.sections[0]).toMatchObject({
    findings: [],
    outcome: { status: 'failed', reasons: [{ code: 'interrupted' }] },
  })
  expect(events).toEqual([['of', 'ldaps://dc:636', 'scan'], ['forget']])
})

test('what to remember is saved after the report is committed, and says whether the look was at everything', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { memories, events } = memoryOf({ cookie: '1' })
  await collector(bus, { report: () => (events.push(['reported']), []) })
  const look = (changes: boolean) =>
    reportDirectory(
      TARGET,
      scanning(
        (gathering) => {
          expect(gathering.remembered).toEqual({ cookie: '1' })
          if (changes) gathering.changesOnly('directory-groups').changed('one')
          gathering.remember({ cookie: '2' })
        },
        { memories },
      ),
      delivery,
      RUN,
      never,
    )
  await look(true)
  await look(false)
  expect(events.filter(([kind]) => kind !== 'of')).toEqual([
    ['reported'],
    ['save', { cookie: '2' }, false],
    ['reported'],
    ['save', { cookie: '2' }, true],
  ])
})

test('a look at changes names the entries that it speaks of', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { reports } = await collector(bus)
  await reportDirectory(
    TARGET,
    scanning((gathering) => {
      const changes = gathering.changesOnly('directory-groups')
      changes.changed('one')
      changes.changed('gone')
      gathering.tell('directory-groups', group('one'))
    }),
    delivery,
    RUN,
    never,
  )
  expect(reports[0]!.sections[0]).toMatchObject({ basis: 'changes', changed: ['one', 'gone'], parts: 1 })
})

test('more changes than a report holds make the next look one at everything, and retire nothing', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { memories, events } = memoryOf({ cookie: '1' })
  const { reports } = await collector(bus)
  await reportDirectory(
    TARGET,
    scanning(
      (gathering) => {
        const changes = gathering.changesOnly('directory-groups')
        for (let index = 0; index < 60_001; index++) changes.changed(`${index}`)
        gathering.remember({ cookie: '2' })
      },
      { memories },
    ),
    delivery,
    RUN,
    never,
  )
  expect(reports[0]!.sections[0]).toMatchObject({ changed: [], outcome: { status: 'truncated' } })
  expect(events.at(-1)).toEqual(['forget'])
})

test('a cancelled look reports what it read, and remembers nothing', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { memories, events } = memoryOf()
  const { parts, reports } = await collector(bus)
  const controller = new AbortController()
  await reportDirectory(
    TARGET,
    scanning(
      (gathering) => {
        gathering.tell('directory-groups', group('one'))
        controller.abort()
        gathering.missed('directory-groups', { code: 'cancelled' })
        gathering.remember({ cookie: '2' })
      },
      { memories },
    ),
    delivery,
    RUN,
    { ...never, signal: controller.signal },
  )
  expect(parts).toHaveLength(1)
  expect(reports[0]!.sections[0]).toMatchObject({
    parts: 1,
    outcome: { status: 'partial', reasons: [{ code: 'cancelled' }] },
  })
  expect(events.map(([kind]) => kind)).toEqual(['of'])
})

test('a directory that cannot be reached, or that no make knows, is a report that says so', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const { reports } = await collector(bus)
  const open = () => Promise.reject(new ReachError('login-rejected', TARGET, { detail: 'wrong password' }))
  await reportDirectory(
    TARGET,
    scanning(() => {}, { open }),
    delivery,
    RUN,
    never,
  )
  await reportDirectory(
    TARGET,
    scanning(() => {}, { makes: () => Promise.resolve([]) }),
    delivery,
    RUN,
    never,
  )
  expect(reports.map(({ reached, sections }) => [reached.status, reached.reasons[0]?.code, sections.length])).toEqual([
    ['failed', 'login-rejected', 0],
    ['failed', 'unsupported', 0],
  ])
})

test('when the agent is stopped and nobody takes what was read any more, it is given up', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  await collector(bus, { part: () => false })
  const stopping = new AbortController()
  const look = reportDirectory(
    TARGET,
    scanning((gathering) => gathering.tell('directory-groups', group('one'))),
    delivery,
    RUN,
    { ...never, stopped: stopping.signal },
  )
  stopping.abort(new Error('the agent stops'))
  await expect(look).rejects.toThrow('the agent stops')
})
