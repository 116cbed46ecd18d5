import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { account, deliver, hostReport, runningCollector, until } from '../running-collector.ts'
import { counter, exposition, histogram, type Metric } from './exposition.ts'

interface Parsed {
  readonly type: string
  readonly samples: readonly {
    readonly name: string
    readonly labels: Record<string, string>
    readonly value: number
  }[]
}

/** Prometheus's text format, as strictly as its description says; throws at whatever is not of it. */
const parse = (text: string): Map<string, Parsed> => {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { type: string; samples: Parsed['samples'][number][] }>()
  let helped: string | undefined
  let current: string | undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\[\\n])*$/.exec(line)
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line)
    if (help) {
      if (families.has(help[1]!)) throw new Error(`${help[1]} comes twice`)
      helped = help[1]
    } else if (type) {
      if (type[1] !== helped) throw new Error(`${type[1]} has no help`)
      current = type[1]!
      families.set(current, { type: type[2]!, samples: [] })
    } else {
      const [, name = '', labels = '', value = ''] =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line) ?? []
      const family = current === undefined ? undefined : families.get(current)
      if (family === undefined) throw new Error(`no sample: ${line}`)
      const parts = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!parts.some((part) => name === `${current}${part}`)) throw new Error(`${name} is not of ${current}`)
      family.samples.push({ name, labels: parseLabels(labels), value: Number(value.replace('Inf', 'Infinity')) })
    }
  }
  for (const [name, { samples }] of families) {
    const seen = samples.map((sample) => `${sample.name} ${JSON.stringify(sample.labels)}`)
    if (new Set(seen).size < seen.length) throw new Error(`${name} says something twice`)
  }
  return families
}

const parseLabels = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole, name = '', value = ''] =
      /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\[\\"n])*)"(?:,|$)/.exec(rest) ?? []
    if (whole === undefined) throw new Error(`no labels: ${rest}`)
    if (name in labels) throw new Error(`${name} comes twice`)
    labels[name] = value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
    rest = rest.slice(whole.length)
  }
  return labels
}

test('whatever a label holds, the format is kept and the label is read back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ label: fc.string({ unit: 'binary' }), value: fc.double() }), { maxLength: 5 }),
      fc.string(),
      (rows, help) => {
        const unique = [...new Map(rows.map((row) => [row.label, row])).values()].map((row) => ({
          label: row.label.replaceAll('\r', ''),
          value: row.value,
        }))
        fc.pre(new Set(unique.map(({ label }) => label)).size === unique.length)
        const metric: Metric = {
          name: 'a_total',
          help: help.replaceAll('\r', ''),
          type: 'counter',
          samples: unique.map(({ label, value }) => ({ labels: { label }, value })),
        }
        const parsed = parse(exposition([metric])).get('a_total')?.samples ?? []
        expect(parsed.map(({ labels }) => labels['label'])).toEqual(unique.map(({ label }) => label))
        for (const [index, { value }] of parsed.entries()) expect(value).toBeCloseTo(unique[index]!.value, 10)
      },
    ),
  )
})

test('a histogram counts each in all buckets that hold it, and sums them up', () => {
  const times = histogram([1, 2])
  for (const value of [0.5, 1, 1.5, 9]) times.observe({ route: 'x' }, value)
  const { samples } = parse(exposition([{ name: 't', help: 'h', type: 'histogram', samples: times.samples() }])).get(
    't',
  )!
  expect(samples.map(({ name, labels, value }) => [name, labels['le'] ?? '', value])).toEqual([
    ['t_bucket', '1', 2],
    ['t_bucket', '2', 3],
    ['t_bucket', '+Inf', 4],
    ['t_sum', '', 12],
    ['t_count', '', 4],
  ])
})

test('nobody fills the memory with names that he makes up', () => {
  const counts = counter(10)
  for (let index = 0; index < 1000; index++) counts.add({ source: `x${index}` })
  expect(counts.samples().length).toBeLessThanOrEqual(11)
  expect(counts.samples().reduce((sum, { value }) => sum + value, 0)).toBe(1000)
})

test('metrics follow the conventions, tell of what was taken in, and are for those who may log in', async () => {
  await using running = await runningCollector()
  await deliver(running, hostReport('web01', [{ probe: 'accounts', findings: [account('root', 0)] }]))
  expect((await running.ask('/metrics', { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401)
  expect((await fetch(`${running.collector.address}/metrics`)).status).toBe(401)
  const response = await running.ask('/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const families = parse(await response.text())
  for (const [name, { type }] of families) {
    expect(name).toMatch(/^(rollcall|process)_[a-z0-9_]+$/)
    expect(name.endsWith('_total')).toBe(
      type === 'counter' && name !== 'process_cpu_seconds_total' ? true : name.endsWith('_total'),
    )
    if (type !== 'counter') expect(name).not.toMatch(/_total$/)
  }
  const value = (name: string) => families.get(name)?.samples[0]?.value
  expect(families.get('rollcall_reports_total')?.samples).toEqual([
    { name: 'rollcall_reports_total', labels: { outcome: 'committed' }, value: 1 },
  ])
  expect(families.get('rollcall_agent_targets_total')?.samples).toEqual([
    { name: 'rollcall_agent_targets_total', labels: { agent: 'local' }, value: 1 },
  ])
  expect(value('rollcall_broker_up')).toBe(1)
  expect(value('rollcall_queue_messages')).toBe(0)
  expect(families.get('rollcall_build_info')?.samples[0]?.labels).toEqual({ version: '1.2.3' })
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  // Names of targets are in no label: there may be a million of them, and they are nobody's business there.
  expect(await (await running.ask('/metrics')).text()).not.toContain('web01')
})

test('it is ready while its store answers, and says so to whoever asks', async () => {
  await using running = await runningCollector()
  const ready = await fetch(`${running.collector.address}/readyz`)
  expect([ready.status, await ready.text()]).toEqual([200, 'store ok\nbroker none\n'])
})

test('a store that does not answer is not ready, and the process lives', async () => {
  await using running = await runningCollector()
  running.store.scans.newest = () => Promise.reject(new Error('the disk is gone'))
  const ready = await fetch(`${running.collector.address}/readyz`)
  expect([ready.status, await ready.text()]).toEqual([503, 'store does not answer\nbroker none\n'])
  expect((await fetch(`${running.collector.address}/healthz`)).status).toBe(200)
})

test('traces go out as OTLP, a run being one of them, and name no target', async () => {
  const came: { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] }[] = []
  const server = createServer((request: IncomingMessage, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      if (request.url === '/v1/traces') came.push(JSON.parse(text) as (typeof came)[number])
      response.end('{}')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  const run = randomUUID()
  {
    await using running = await runningCollector({
      tracesTo: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    })
    for (const host of ['web01', 'web02'])
      await deliver(running, hostReport(host, [{ probe: 'accounts', findings: [account('root', 0)] }], { run }))
    await running.ask('/api/v1/scans')
  }
  await until(() => came.length > 0)
  const spans = came.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans[0]!.spans))
  const taken = spans.filter(({ name }) => name === 'take in a report')
  expect(taken).toHaveLength(2)
  expect(new Set(taken.map(({ traceId, parentSpanId }) => `${String(traceId)} ${String(parentSpanId)}`)).size).toBe(1)
  for (const span of spans) {
    expect(span).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      startTimeUnixNano: expect.stringMatching(/^\d{19}$/) as string,
      endTimeUnixNano: expect.stringMatching(/^\d{19}$/) as string,
    })
  }
  expect(spans.map(({ name }) => name)).toContain('GET /api/v1/scans')
  expect(JSON.stringify(came)).not.toContain('web0')
})

test('where nobody takes traces, that is said once, and all else goes on', async () => {
  await using running = await runningCollector({ tracesTo: 'http://127.0.0.1:1' })
  await running.ask('/api/v1/scans')
  await running.collector[Symbol.asyncDispose]()
  expect(running.logged.filter((line) => line.includes('nobody takes traces'))).toHaveLength(1)
})
