import { memoryBus, type Bus } from '@rollcall/bus'
import type { Finding } from '@rollcall/contract'
import { reportAck, scanReport, subjects, type ScanReport } from '@rollcall/contract/bus'
import { expect, test } from 'vitest'
import { openDelivery } from './delivery.ts'
import { digestOf } from './digest.ts'
import type { TargetScan } from './scanning.ts'

const account = (name: string, more: Partial<Extract<Finding, { kind: 'account' }>> = {}): Finding => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
  ...more,
})

const scanOf = (...findings: Finding[]): TargetScan => ({
  target: 'ssh://db1:22',
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
  reached: { status: 'complete', reasons: [] },
  sections: [
    {
      probe: 'local-accounts',
      outcome: { status: 'complete', reasons: [] },
      privilege: 'root',
      digest: digestOf(findings),
      findings,
    },
  ],
})

/** A collector that remembers every report and answers as told. */
const collector = async (bus: Bus, answer: (report: ScanReport) => string[] | 'silence') => {
  const reports: ScanReport[] = []
  await bus.serve(subjects.allReports, async (message) => {
    const report = scanReport.read(message)
    reports.push(report)
    const need = answer(report)
    if (need !== 'silence')
      await bus.publish(subjects.reportAck(report.agent), reportAck.write({ report: report.id, need }))
  })
  return reports
}

const never = new AbortController().signal

test('findings that the collector has committed do not travel again', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const reports = await collector(bus, () => [])
  await delivery.send(scanOf(account('root')), undefined, never)
  await delivery.send(scanOf(account('root')), undefined, never)
  await delivery.send(scanOf(account('root'), account('toor')), undefined, never)
  expect(reports.map(({ sections }) => sections[0]?.findings?.length)).toEqual([1, undefined, 2])
})

test('findings that the collector lacks are sent when it asks', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const reports = await collector(bus, ({ sections }) =>
    reports.length > 1 && sections[0]?.findings === undefined ? ['local-accounts'] : [],
  )
  await delivery.send(scanOf(account('root')), undefined, never)
  await delivery.send(scanOf(account('root')), undefined, never)
  expect(reports.map(({ sections }) => sections[0]?.findings?.length)).toEqual([1, undefined, 1])
  expect(reports[1]?.id).toBe(reports[2]?.id)
})

test('a report is sent again until it is answered', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus, resendAfter: 10 })
  const reports = await collector(bus, () => (reports.length < 3 ? 'silence' : []))
  await delivery.send(scanOf(account('root')), undefined, never)
  expect(new Set(reports.map(({ id }) => id)).size).toBe(1)
  expect(reports.length).toBeGreaterThanOrEqual(3)
})

test('giving up on a report rejects, and nothing counts as committed', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  let answering = false
  const reports = await collector(bus, () => (answering ? [] : 'silence'))
  await expect(delivery.send(scanOf(account('root')), undefined, AbortSignal.timeout(30))).rejects.toThrow()
  answering = true
  await delivery.send(scanOf(account('root')), undefined, never)
  expect(reports.at(-1)?.sections[0]?.findings).toHaveLength(1)
})

test('a report that would not fit is cut, and says so', async () => {
  await using bus = memoryBus()
  await using delivery = await openDelivery({ agent: 'a', bus })
  const reports = await collector(bus, () => [])
  const many = Array.from({ length: 30_000 }, (_, index) => account(`user${index}`, { description: 'x'.repeat(400) }))
  const small = scanOf(account('root')).sections[0]!
  await delivery.send(
    { ...scanOf(...many), sections: [...scanOf(...many).sections, { ...small, probe: 'other' }] },
    undefined,
    never,
  )
  const [large, other] = reports[0]!.sections
  expect(large?.outcome).toMatchObject({ status: 'truncated', reasons: [{ code: 'too-large' }] })
  expect(large!.findings!.length + large!.outcome.reasons[0]!.count!).toBe(30_000)
  expect(other).toMatchObject({ outcome: { status: 'complete' }, findings: [{ name: 'root' }] })
})

test('the order in which a host lists things does not change the digest', () => {
  expect(digestOf([account('a'), account('b')])).toBe(digestOf([account('b'), account('a')]))
  expect(digestOf([account('a')])).not.toBe(digestOf([account('b')]))
})
