import { once } from 'node:events'
import type { LiveEvent, ScanSummary } from '@rollcall/contract/api'
import { describe, expect, test } from 'vitest'
import { liveEvents } from './events.ts'
import { account, deliver, hostReport, runningCollector, until, type RunningCollector } from './running-collector.ts'

/** Listens over a real connection. */
const listen = async (running: RunningCollector, headers: Record<string, string> = {}) => {
  const stop = new AbortController()
  const answer = await running.ask('/api/v1/events', { headers, signal: stop.signal })
  let text = ''
  let ended = false
  const reading = (async () => {
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) text += part
  })()
  void reading.then(
    () => (ended = true),
    () => (ended = true),
  )
  const events = () =>
    text
      .split('\n\n')
      .filter((block) => block.startsWith('id:'))
      .map((block) => {
        const [id = '', data = ''] = block.split('\n')
        return { id: id.slice(4), event: JSON.parse(data.slice(6)) as LiveEvent }
      })
  return { answer, events, text: () => text, ended: () => ended, stop: () => stop.abort() }
}

const inventory = (day: number): LiveEvent => ({
  type: 'inventory',
  at: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`,
})
const scan = { id: 's', planned: 0 } as ScanSummary
const tools = { now: () => new Date('2026-01-01T00:00:00Z'), failed: () => {} }
const pace = { scanMs: 20, inventoryMs: 20, heartbeatMs: 20, kept: 5, unread: 1000, listeners: 2 }
const allowed = async () => true
const heard = (stream: AsyncIterable<unknown>) => {
  const parts: string[] = []
  void (async () => {
    for await (const part of stream) parts.push(String(part))
  })().catch(() => {})
  return () => parts.join('')
}

describe('live events', () => {
  test('tell over a connection that the inventory changed, with ids that count up', async () => {
    await using running = await runningCollector()
    const listener = await listen(running)
    expect(listener.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(listener.answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    await deliver(running, hostReport('a', [{ probe: 'local-accounts', findings: [account('root', 0)] }]))
    await until(() => listener.events().length > 0)
    expect(listener.events()[0]!.event.type).toBe('inventory')
    listener.stop()
  })

  test('are told again to who comes back with the id they saw last', async () => {
    using events = liveEvents(async () => scan, tools, pace)
    const first = heard(events.subscribe({ allowed }))
    for (const day of [1, 2, 3]) events.publish(inventory(day))
    await until(() => first().includes('2026-01-03'))
    const [, second = ''] = first().match(/^id: (\d+)$/gm)!
    const back = heard(events.subscribe({ after: second.slice(4), allowed }))
    await until(() => back().includes('2026-01-03'))
    expect(back()).not.toContain('2026-01-02')
  })

  test('that are no longer kept are told as one: read everything again', async () => {
    using events = liveEvents(async () => scan, tools, pace)
    const first = heard(events.subscribe({ allowed }))
    for (let day = 1; day <= 9; day++)
      events.publish({ type: 'scan-target', scan: 's', target: { target: String(day) } as never })
    await until(() => first().includes('"9"'))
    const [oldest = ''] = first().match(/^id: (\d+)$/gm)!
    for (const after of [oldest.slice(4), 'nonsense', '99999999999999999999', '1']) {
      const stream = events.subscribe({ after, allowed })
      const back = heard(stream)
      await until(() => back().includes('inventory'))
      expect(back()).not.toContain('scan-target')
      stream.destroy()
      await once(stream, 'close')
    }
  })

  test('of one scan are told at most at their pace, the newest last', async () => {
    let told = 0
    using events = liveEvents(async () => ({ ...scan, planned: ++told }), tools, { ...pace, unread: 1_000_000 })
    const listener = heard(events.subscribe({ allowed }))
    for (let times = 0; times < 500; times++) events.scanMoved('s')
    await until(() => told === 2)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(told).toBe(2)
    expect(listener()).toContain('"planned":2')
  })

  test('cut off a listener that does not read', async () => {
    using events = liveEvents(async () => scan, tools, pace)
    const stream = events.subscribe({ allowed })
    for (let day = 1; day <= 50; day++) events.publish(inventory((day % 28) + 1))
    expect(stream.destroyed).toBe(true)
    await once(stream, 'close')
    expect(() => {
      events.subscribe({ allowed })
      events.subscribe({ allowed })
    }).not.toThrow()
    expect(() => events.subscribe({ allowed })).toThrow('too many')
  })

  test('end with the session that asked for them, and beat while there is nothing to tell', async () => {
    using events = liveEvents(async () => scan, tools, pace)
    let open = true
    const stream = events.subscribe({ allowed: async () => open })
    const listener = heard(stream)
    await until(() => listener().includes(': still here'))
    open = false
    await until(() => stream.readableEnded)
    expect(stream.destroyed).toBe(true)
  })

  test('do not hold up the end of the collector', async () => {
    const running = await runningCollector()
    const listener = await listen(running)
    await running[Symbol.asyncDispose]()
    await until(() => listener.ended())
    expect(listener.text()).toContain('retry:')
  })
})
