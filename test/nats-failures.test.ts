import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectNats,
  fleetStreams,
  jetStreamBus,
  natsLine,
  plainWire,
  type BrokerConnection,
  type BrokerState,
  type JetStreamBusOptions,
  type StreamSettings,
} from '@rollcall/bus'
import { freePort } from './lab/free-port.ts'
import { natsPrograms, natsServer, type NatsServer } from './lab/nats/server.ts'

const note = (text: string) => ({ type: 'note', version: 1, body: { text } })
const textOf = (message: { body?: unknown }) => (message.body as { text: string }).text

const until = async (condition: () => boolean, ms = 30_000) => {
  const end = performance.now() + ms
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not happen')
    await delay(10)
  }
}

const safe = (version: string) => Number(version.split('.')[1]) > 14

const LONG: StreamSettings = { name: 'LONG', subjects: ['long.*'], maxBytes: 64 * 1024 * 1024, inParts: true }
const SHARED: StreamSettings = { name: 'SHARED', subjects: ['shared.*'], maxBytes: 8 * 1024 * 1024, inParts: false }

describe.each(natsPrograms())('nats-server $version', (program) => {
  let server: NatsServer
  beforeAll(async () => {
    server = await natsServer({ program })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const connected = (
    stack: AsyncDisposableStack,
    told: { states?: BrokerState[]; troubles?: string[] } = {},
  ): BrokerConnection =>
    stack.use(
      connectNats({
        servers: [server.url],
        wire: plainWire,
        name: 'test',
        onState: (state) => told.states?.push(state),
        onTrouble: (sentence) => told.troubles?.push(sentence),
      }),
    )
  const opened = (stack: AsyncDisposableStack, options: Partial<JetStreamBusOptions> = {}, troubles: string[] = []) =>
    stack.use(
      jetStreamBus(connected(stack, { troubles }), {
        streams: [LONG, SHARED],
        keeps: true,
        retryDelay: () => 1,
        ...options,
      }),
    )

  test('what is said of a server is what it lacks, and nothing about streams that it took as asked for', async () => {
    await using stack = new AsyncDisposableStack()
    const bus = opened(stack, { streams: fleetStreams() })
    await until(() => bus.shortcomings.length > 0 || safe(program.version), 5000)
    expect(bus.shortcomings.filter((sentence) => !sentence.startsWith('nats-server'))).toEqual([])
    expect(bus.shortcomings.some((sentence) => sentence.includes('2.14.3'))).toBe(!safe(program.version))
  })

  test('nothing that was published is lost when the broker is killed again and again', async () => {
    await using stack = new AsyncDisposableStack()
    const received = new Set<string>()
    const bus = opened(stack, { ackWaitMs: 2000 })
    await bus.serve('long.kill', async (message) => void received.add(textOf(message)), { concurrency: 8 })
    const published: string[] = []
    const killing = new AbortController()
    // Each ends with the bus, should the test fail.
    const publishers = Array.from({ length: 8 }, async (_, publisher) => {
      for (let count = 0; !killing.signal.aborted; count++) {
        const text = `${publisher}-${count}`
        await bus.publish('long.kill', note(text))
        published.push(text)
      }
    })
    for (let kills = 0; kills < 3; kills++) {
      const before = published.length
      await until(() => published.length > before + 100)
      await server.kill()
      await delay(100)
      await server.start()
    }
    killing.abort()
    await Promise.all(publishers)
    await until(() => published.every((text) => received.has(text)))
    expect(published.length).toBeGreaterThan(300)
  }, 120_000)

  test('what one who died had begun is given to another', async () => {
    await using stack = new AsyncDisposableStack()
    const dying = opened(stack, { ackWaitMs: 1000 })
    const begun: string[] = []
    await dying.publish('shared.death', note('work'))
    const connection = connected(stack)
    const lost = jetStreamBus(connection, { streams: [SHARED], keeps: false })
    await lost.serve('shared.death', async (message) => {
      begun.push(textOf(message))
      await new Promise(() => {})
    })
    dying.prepare('shared.death')
    await until(() => begun.length === 1)
    // Gone without a word, as a process that is killed.
    await connection[Symbol.asyncDispose]()
    const done: string[] = []
    await dying.serve('shared.death', async (message) => void done.push(textOf(message)))
    await until(() => done.length === 1)
    expect(done).toEqual(['work'])
  })

  test('what takes longer than a receiver may be silent is not given to another', async () => {
    await using stack = new AsyncDisposableStack()
    const bus = opened(stack, { ackWaitMs: 1000 })
    let begun = 0
    let done = 0
    for (let servers = 0; servers < 2; servers++)
      await bus.serve('shared.slow', async () => {
        begun++
        await delay(3000)
        done++
      })
    await bus.publish('shared.slow', note('long work'))
    await until(() => done > 0)
    await delay(200)
    expect([begun, done]).toEqual([1, 1])
  })

  test('those who serve the same queue share it, and each has as much as it can deal with', async () => {
    await using stack = new AsyncDisposableStack()
    const keeper = opened(stack)
    const share = [0, 0, 0]
    for (const index of share.keys()) {
      const agent = stack.use(jetStreamBus(connected(stack), { streams: [SHARED], keeps: false }))
      await agent.serve('shared.work', async () => {
        share[index] = share[index]! + 1
        await delay(20)
      })
    }
    keeper.prepare('shared.work')
    await delay(2500)
    for (let count = 0; count < 60; count++) await keeper.publish('shared.work', note(''))
    await until(() => share.reduce((sum, one) => sum + one) === 60)
    expect(Math.min(...share)).toBeGreaterThan(10)
  })

  test('a publisher waits while a stream is full, and says so', async () => {
    await using stack = new AsyncDisposableStack()
    const small: StreamSettings = { name: 'SMALL', subjects: ['small.*'], maxBytes: 20_000, inParts: false }
    const troubles: string[] = []
    const bus = opened(stack, { streams: [small] }, troubles)
    let published = 0
    const publishing = (async () => {
      for (; published < 40; published++) await bus.publish('small.a', note('x'.repeat(1000)))
    })()
    await until(() => troubles.some((sentence) => sentence.includes('full')))
    expect(published).toBeLessThan(20)
    let received = 0
    await bus.serve('small.a', async () => void received++)
    await publishing
    await until(() => received === 40)
  })

  test('one sender that fills its share does not keep others from publishing', async () => {
    await using stack = new AsyncDisposableStack()
    const shares: StreamSettings = {
      name: 'SHARES',
      subjects: ['share.*'],
      maxBytes: 1024 * 1024,
      maxPerSubject: 5,
      inParts: false,
    }
    const bus = opened(stack, { streams: [shares] })
    let greedy = 0
    const publishing = (async () => {
      for (; greedy < 8; greedy++) await bus.publish('share.greedy', note(`${greedy}`))
    })()
    await until(() => greedy === 5)
    await bus.publish('share.modest', note('mine'))
    expect(greedy).toBe(5)
    await bus.serve('share.*', async () => {})
    await publishing
  })

  test('a message that nobody survives is put aside too, and off the stream', async () => {
    await using stack = new AsyncDisposableStack()
    const aside: string[] = []
    const bus = opened(stack, {
      ackWaitMs: 1000,
      onAside: (subject, error) => void aside.push(`${subject} ${(error as Error).message}`),
    })
    bus.prepare('shared.deadly')
    await bus.publish('shared.deadly', note(''))
    for (let deaths = 0; deaths < 5; deaths++) {
      const connection = connected(stack)
      const victim = jetStreamBus(connection, { streams: [SHARED], keeps: false })
      let begun = false
      await victim.serve('shared.deadly', async () => {
        begun = true
        await new Promise(() => {})
      })
      await until(() => begun)
      await connection[Symbol.asyncDispose]()
    }
    let survived = false
    await bus.serve('shared.deadly', async () => void (survived = true))
    await until(() => aside.length === 1)
    expect(aside[0]).toMatch(/^shared\.deadly whoever it was given to was gone/)
    expect(survived).toBe(false)
    const nats = await connected(stack).connected()
    const info = await nats.request('$JS.API.STREAM.INFO.SHARED')
    expect(info.json<{ state: { messages: number } }>().state.messages).toBe(0)
  }, 60_000)

  test('a long message comes whole, though it travels in parts', async () => {
    await using stack = new AsyncDisposableStack()
    const bus = opened(stack)
    const received: number[] = []
    await bus.serve('long.one', async (message) => void received.push(textOf(message).length))
    await Promise.all([3_000_000, 10, 7_500_000].map((length) => bus.publish('long.one', note('x'.repeat(length)))))
    await until(() => received.length === 3)
    expect(received.toSorted((a, b) => a - b)).toEqual([10, 3_000_000, 7_500_000])
  })

  test('a long message that a handler could not take comes whole again', async () => {
    await using stack = new AsyncDisposableStack()
    const bus = opened(stack)
    const received: number[] = []
    await bus.serve('long.again', async (message) => {
      received.push(textOf(message).length)
      if (received.length < 3) throw new Error('not now')
    })
    await bus.publish('long.again', note('x'.repeat(1_000_000)))
    await until(() => received.length === 3)
    expect(received).toEqual([1_000_000, 1_000_000, 1_000_000])
  })

  test('a message that is too long for a queue with several receivers is refused', async () => {
    await using stack = new AsyncDisposableStack()
    const bus = opened(stack)
    await expect(bus.publish('shared.long', note('x'.repeat(300_000)))).rejects.toMatchObject({ code: 'too-large' })
  })

  test('streams and consumers are made again when a broker lost them', async () => {
    await using stack = new AsyncDisposableStack()
    const other = await natsServer({ program })
    stack.defer(() => other[Symbol.asyncDispose]())
    const connection = stack.use(connectNats({ servers: [other.url], wire: plainWire, name: 'test' }))
    const bus = stack.use(jetStreamBus(connection, { streams: [SHARED], keeps: true }))
    const received: string[] = []
    await bus.serve('shared.a', async (message) => void received.push(textOf(message)))
    await bus.publish('shared.a', note('before'))
    await until(() => received.length === 1)
    await other.kill()
    other.loseStore()
    await other.start()
    await bus.publish('shared.a', note('after'))
    await until(() => received.length === 2)
    expect(received).toEqual(['before', 'after'])
  })

  test('without a broker at the start everything waits, and is done once there is one', async () => {
    await using stack = new AsyncDisposableStack()
    const port = await freePort('127.0.0.1', [0])
    const states: BrokerState[] = []
    const connection = stack.use(
      connectNats({
        servers: [`nats://127.0.0.1:${port}`],
        wire: plainWire,
        name: 'test',
        onState: (state) => states.push(state),
      }),
    )
    const bus = stack.use(jetStreamBus(connection, { streams: [SHARED], keeps: true }))
    const line = stack.use(natsLine(connection))
    const received: string[] = []
    await bus.serve('shared.a', async (message) => void received.push(textOf(message)))
    await line.answer('q', async (message) => message)
    const publishing = bus.publish('shared.a', note('early'))
    await expect(line.ask('q', note(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'no-answer' })
    await line.tell('q', note('nobody hears'))
    await until(() => states.length > 0)
    expect(states[0]).toEqual({ state: 'connecting', reason: 'nothing listens there' })
    const late = await natsServer({ program, port })
    stack.defer(() => late[Symbol.asyncDispose]())
    await publishing
    await until(() => received.length === 1)
    expect(textOf(await line.ask('q', note('now')))).toBe('now')
    expect(connection.state).toMatchObject({ state: 'connected', version: program.version })
  })

  test('closing ends what waits for a broker that never comes', async () => {
    const connection = connectNats({ servers: ['nats://127.0.0.1:1'], wire: plainWire, name: 'test' })
    const bus = jetStreamBus(connection, { streams: [SHARED], keeps: true })
    const line = natsLine(connection)
    await bus.serve('shared.a', async () => {})
    const waiting = Promise.allSettled([bus.publish('shared.a', note('')), line.ask('q', note(''))])
    for (const open of [bus, line, connection]) await open[Symbol.asyncDispose]()
    for (const end of await waiting) expect(end).toMatchObject({ reason: { code: 'closed' } })
  })
})
