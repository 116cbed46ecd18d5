import { memoryBus, memoryLine, type Bus, type Line } from '@rollcall/bus'
import type { Finding } from '@rollcall/contract'
import {
  digestBatch,
  looksOf,
  reportPart,
  scanReport,
  spoolAck,
  subjects,
  type DigestLook,
  type ReportPart,
  type ScanReport,
  type SpoolAck,
} from '@rollcall/contract/bus'
import pino from 'pino'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import type { TargetScan } from './scanning.ts'
import { openSpool, type Spool } from './spool/spool.ts'
import { openSpooledDelivery } from './spooled-delivery.ts'

const account = (name: string): Finding => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
})

const scanOf = (target: string, found: Record<string, readonly string[]>): TargetScan => ({
  target,
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
  reached: { status: 'complete', reasons: [] },
  host: { hostKeys: [], hostname: target, addresses: [], macs: [], os: {} },
  sections: Object.entries(found).map(([probe, names]) => {
    const findings = names.map(account)
    return {
      probe,
      outcome: { status: 'complete', reasons: [] },
      privilege: 'root',
      digest: digestOf(findings),
      findings,
    }
  }),
})

const never = new AbortController().signal
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A collector that hears everything, and says what the test has it say. */
const opened = async (options: { spool?: Spool; resendAfter?: number; stopping?: AbortSignal } = {}) => {
  const stack = new AsyncDisposableStack()
  const bus: Bus = stack.use(memoryBus())
  const line: Line = stack.use(memoryLine())
  const spool = options.spool ?? stack.use(openSpool({ folder: ':memory:', now: () => new Date() }))
  const [reports, looks, parts]: [ScanReport[], DigestLook[], ReportPart[]] = [[], [], []]
  await bus.serve(subjects.allReports, async (message) => {
    if (message.type === digestBatch.type) looks.push(...looksOf(digestBatch.read(message)))
    else if (message.type === reportPart.type) parts.push(reportPart.read(message))
    else reports.push(scanReport.read(message))
  })
  const delivery = stack.use(
    await openSpooledDelivery({
      agent: 'a',
      bus,
      line,
      spool,
      log: pino({ level: 'silent' }),
      gather: 1,
      ...(options.resendAfter === undefined ? {} : { resendAfter: options.resendAfter }),
      ...(options.stopping === undefined ? {} : { stopping: options.stopping }),
    }),
  )
  const say = (ack: Partial<SpoolAck> & Pick<SpoolAck, 'epoch'>) =>
    line.tell(subjects.reportAck('a'), spoolAck.write({ upTo: 0, beyond: [], need: [], refused: [], ...ack }))
  const epoch = () => reports[0]!.spool!.epoch
  return { stack, spool, delivery, reports, looks, parts, say, epoch }
}

test('a look is in the spool until the collector says that it is committed', async () => {
  const { stack, spool, delivery, reports, say, epoch } = await opened()
  await using _ = stack
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root'] }), undefined, never)
  await until(() => reports.length === 1)
  expect(spool.rows()).toHaveLength(1)
  expect(reports[0]!.spool).toMatchObject({ seq: 1, void: 0, acked: 0 })
  await say({ epoch: epoch(), upTo: 1 })
  await until(() => spool.rows().length === 0)
})

test('what found the same travels as a row, and of what did not, only the probes that found something else', async () => {
  const { stack, delivery, reports, looks, say, spool, epoch } = await opened()
  await using _ = stack
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root'], keys: [] }), undefined, never)
  await until(() => reports.length === 1)
  await say({ epoch: epoch(), upTo: 1 })
  await until(() => spool.rows().length === 0)
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root'], keys: [] }), undefined, never)
  await until(() => looks.length === 1)
  expect(looks[0]).toMatchObject({ seq: 2, void: 1, target: 'ssh://one:22' })
  await say({ epoch: epoch(), upTo: 2 })
  await until(() => spool.rows().length === 0)
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root', 'eve'], keys: [] }), undefined, never)
  await until(() => reports.length === 2)
  expect(reports[1]!.sections.map(({ findings }) => findings?.length)).toEqual([2, undefined])
})

test('the collector is given first the report and then all findings, where it lacks them', async () => {
  const { stack, delivery, reports, looks, say, spool, epoch } = await opened()
  await using _ = stack
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root'] }), undefined, never)
  await until(() => reports.length === 1)
  await say({ epoch: epoch(), upTo: 1 })
  await until(() => spool.rows().length === 0)
  await delivery.send(scanOf('ssh://one:22', { accounts: ['root'] }), undefined, never)
  await until(() => looks.length === 1)
  await say({ epoch: epoch(), upTo: 1, need: [{ seq: 2 }] })
  await until(() => reports.length === 2)
  expect(reports[1]!.sections[0]!.findings).toBeUndefined()
  // The same word once more asks for nothing more.
  await say({ epoch: epoch(), upTo: 1, need: [{ seq: 2 }] })
  await say({ epoch: epoch(), upTo: 1, need: [{ seq: 2, probes: ['accounts'] }] })
  await until(() => reports.length === 3)
  expect(reports[2]!.sections[0]!.findings).toHaveLength(1)
})

test('what is not acknowledged is sent again, and what came beyond a gap is not', async () => {
  const { stack, delivery, reports, say, epoch, spool } = await opened({ resendAfter: 30 })
  await using _ = stack
  for (const name of ['one', 'two']) await delivery.send(scanOf(name, { accounts: [] }), undefined, never)
  await until(() => reports.length >= 2)
  await say({ epoch: epoch(), beyond: [[2, 2]] })
  await until(() => spool.rows().length === 1)
  const before = reports.length
  await until(() => reports.length > before + 1)
  expect(new Set(reports.slice(before + 1).map(({ target }) => target))).toEqual(new Set(['one']))
})

test('what waits in the spool from before is sent at the start', async () => {
  await using spool = openSpool({ folder: ':memory:', now: () => new Date() })
  const before = await opened({ spool })
  await before.delivery.send(scanOf('one', { accounts: [] }), undefined, never)
  await before.stack.disposeAsync()
  const after = await opened({ spool })
  await using _ = after.stack
  await until(() => after.reports.length === 1)
  expect(after.reports[0]!.spool!.seq).toBe(1)
})

test('numbers that the collector knows and the spool never gave make it begin others', async () => {
  const { stack, delivery, reports, say, epoch, spool } = await opened()
  await using _ = stack
  await delivery.send(scanOf('one', { accounts: [] }), undefined, never)
  await until(() => reports.length === 1)
  const first = epoch()
  await say({ epoch: first, upTo: 40 })
  await until(() => reports.length === 2)
  expect(reports[1]!.spool!.epoch).not.toBe(first)
  expect(reports[1]!.target).toBe('one')
  expect(spool.rows()).toHaveLength(1)
})

test('the end of a long report goes when its parts are kept, and says what the collector lost of it', async () => {
  const { stack, delivery, reports, parts, say } = await opened()
  await using _ = stack
  using report = delivery.begin('ldaps://dc:636', 'key', never)
  await report.tell('directory-groups', [account('a'), account('b')])
  await until(() => parts.length === 1)
  const about = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' }
  const { parts: count, digest } = report.told('directory-groups')
  const ended = delivery.sendEnd(
    report,
    {
      target: 'ldaps://dc:636',
      ...about,
      reached: { status: 'complete', reasons: [] },
      sections: [
        {
          probe: 'directory-groups',
          outcome: { status: 'complete', reasons: [] },
          privilege: 'user',
          digest,
          parts: count,
        },
      ],
    },
    undefined,
    never,
  )
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(reports).toEqual([])
  const { epoch } = parts[0]!.spool!
  await say({ epoch, upTo: 1 })
  await until(() => reports.length === 1)
  await say({ epoch, upTo: 1, need: [{ seq: 2, probes: ['directory-groups'] }] })
  await until(() => reports.length === 2)
  expect(reports[1]!.sections[0]).toMatchObject({ outcome: { status: 'failed', reasons: [{ code: 'interrupted' }] } })
  await say({ epoch, upTo: 2 })
  expect(await ended).toBe('lost')
})

test('what an agent breaks off since it stops is not kept, nor that the run is over', async () => {
  const stopping = new AbortController()
  const { stack, delivery, spool } = await opened({ stopping: stopping.signal })
  await using _ = stack
  stopping.abort()
  const cancelled = { status: 'failed', reasons: [{ code: 'cancelled' }] } as const
  const run = '0199a4a8-6f2c-7d35-9c1e-5a0f6b0c2d10'
  const outcome = { ...cancelled, reasons: [...cancelled.reasons] }
  await delivery.send({ ...scanOf('one', {}), reached: outcome }, run, never)
  await delivery.tell({ event: 'finished', run, at: '2026-01-01T00:00:00Z', outcome })
  expect(spool.rows()).toEqual([])
})

test('when the collector may have forgotten, all that is here is sent again, and the next look in full', async () => {
  const { stack, delivery, reports, looks, say, epoch } = await opened()
  await using _ = stack
  const look = () => delivery.send(scanOf('ssh://one:22', { accounts: ['root'] }), undefined, never)
  await look()
  await until(() => reports.length === 1)
  await say({ epoch: epoch(), upTo: 1 })
  await look()
  await until(() => looks.length === 1)
  delivery.resync()
  await until(() => reports.length === 2)
  expect(reports[1]!.sections[0]!.findings).toHaveLength(1)
  await say({ epoch: epoch(), upTo: 2 })
  await look()
  await until(() => looks.length === 2)
  delivery.resync()
  await until(() => reports.length === 3)
})
