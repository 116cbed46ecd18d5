import { setTimeout as delay } from 'node:timers/promises'
import {
  agentInbox,
  agentPermissions,
  connectNats,
  enrolmentInbox,
  fleetStreams,
  jetStreamBus,
  natsLine,
  natsPublicKey,
  newNatsKey,
  plainWire,
  type BrokerConnection,
  type BrokerLogin,
  type BrokerState,
  type BrokerTls,
} from '@rollcall/bus'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  collectorBroker,
  type CollectorBroker,
  type OpenBroker,
} from '../packages/rollcall/src/broker/collector-broker.ts'
import { newAuthority } from '../packages/rollcall/src/broker/certificate.ts'
import { openLog } from '../packages/rollcall/src/log.ts'
import { ownBroker, type OwnBroker } from './lab/nats/own-broker.ts'
import { natsPrograms } from './lab/nats/server.ts'

const note = (text: string) => ({ type: 'note', version: 1, body: { text } })
const textOf = (message: { body?: unknown }) => (message.body as { text: string }).text

const until = async (condition: () => boolean, ms = 20_000) => {
  const end = performance.now() + ms
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not happen')
    await delay(10)
  }
}

const log = openLog('silent')
const IN_AN_HOUR = () => new Date(Date.now() + 3_600_000)
const REFUSED = 'the broker refused the login'
const [OWN, OTHER] = ['0'.repeat(26), '1'.repeat(26)]
const QUEUE = 'rollcall_order_dmz_routine'

test('a name that is a pattern is no name of an agent or a segment', () => {
  for (const name of ['*', '>', 'a.b', '', 'A'.repeat(26), `${OWN} `, `${OWN}\n`])
    expect(() => agentPermissions(name, 'dmz')).toThrow(RangeError)
  for (const name of ['*', '>', 'a.b', '', 'DMZ', '-dmz', 'dmz\n'])
    expect(() => agentPermissions(OWN, name)).toThrow(RangeError)
})

describe.each(natsPrograms())('nats-server $version, as configured by us', (program) => {
  let broker: OwnBroker
  let collector: CollectorBroker
  let open: OpenBroker
  beforeAll(async () => {
    broker = await ownBroker({ program })
    collector = await collectorBroker({
      file: broker.file,
      folder: `${broker.folder}/state`,
      now: () => new Date(),
      log,
    })
    open = collector.open(plainWire, { onAside: () => {}, onRefused: () => {} })
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
    await collector[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })

  interface Watched {
    readonly states: BrokerState[]
    readonly troubles: string[]
  }

  const connection = (
    stack: AsyncDisposableStack,
    login: BrokerLogin | undefined,
    inboxPrefix: string,
    tls: BrokerTls = { ca: broker.file.ca },
  ): { connection: BrokerConnection } & Watched => {
    const watched: Watched = { states: [], troubles: [] }
    const opened = connectNats({
      servers: broker.file.servers,
      wire: plainWire,
      name: 'agent',
      ...(login === undefined ? {} : { login }),
      tls,
      inboxPrefix,
      onState: (state) => watched.states.push(state),
      onTrouble: (sentence) => watched.troubles.push(sentence),
    })
    return { connection: stack.use(opened), ...watched }
  }

  const agent = async (stack: AsyncDisposableStack, id: string, segment = 'dmz', until = IN_AN_HOUR()) => {
    const seed = newNatsKey('user')
    const jwt = await collector.fleet.permit({ id, segment, transport: natsPublicKey(seed) }, until)
    return {
      seed,
      jwt,
      ...connection(stack, { kind: 'jwt', jwt: () => jwt, seed: () => seed }, agentInbox(id)),
    }
  }

  test('an agent reports, is told things, asks, and takes orders of its segment', async () => {
    await using stack = new AsyncDisposableStack()
    const one = await agent(stack, OWN)
    const line = stack.use(natsLine(one.connection))
    const bus = stack.use(jetStreamBus(one.connection, { streams: fleetStreams(), keeps: false }))
    const [reports, orders, told]: string[][] = [[], [], []]
    const serving = await open.bus.serve('rollcall.report.*', async (message) => void reports!.push(textOf(message)))
    stack.use(serving)
    await bus.serve('rollcall.order.dmz.routine', async (message) => void orders!.push(textOf(message)))
    await line.hear(`rollcall.control.${OWN}`, async (message) => void told!.push(textOf(message)))
    await one.connection.connected()
    stack.use(
      await open.line.answer('rollcall.request.*', async (message, subject) => note(`${textOf(message)} ${subject}`)),
    )
    await bus.publish(`rollcall.report.${OWN}`, note('x'.repeat(600_000)))
    await open.bus.publish('rollcall.order.dmz.routine', note('scan'))
    expect(textOf(await line.ask(`rollcall.request.${OWN}`, note('renew')))).toBe(`renew rollcall.request.${OWN}`)
    await until(() => reports!.length === 1 && orders!.length === 1)
    for (; told!.length === 0; await delay(50)) await open.line.tell(`rollcall.control.${OWN}`, note('cancel'))
    expect([reports![0]!.length, orders]).toEqual([600_000, ['scan']])
    expect(one.troubles).toEqual([])
  })

  test.each([
    `rollcall.report.${OTHER}`,
    `rollcall.progress.${OTHER}`,
    `rollcall.request.${OTHER}`,
    `rollcall.heartbeat.${OTHER}`,
    `rollcall.report-ack.${OTHER}`,
    `rollcall.report-ack.${OWN}`,
    `rollcall.control.${OTHER}`,
    'rollcall.order.dmz.routine',
    'rollcall.order.inside.urgent',
    'rollcall.enrol.abcdef',
    `_INBOX.${OTHER}.x`,
    '_INBOX.collector.x',
    '$JS.API.INFO',
    '$JS.API.STREAM.CREATE.MINE',
    '$JS.API.STREAM.INFO.ROLLCALL_REPORTS',
    '$JS.API.STREAM.DELETE.ROLLCALL_REPORTS',
    '$JS.API.STREAM.PURGE.ROLLCALL_ORDERS',
    '$JS.API.STREAM.MSG.GET.ROLLCALL_REPORTS',
    '$JS.API.STREAM.MSG.DELETE.ROLLCALL_ORDERS',
    '$JS.API.DIRECT.GET.ROLLCALL_REPORTS',
    '$JS.API.CONSUMER.CREATE.ROLLCALL_ORDERS',
    '$JS.API.CONSUMER.DURABLE.CREATE.ROLLCALL_ORDERS.mine',
    `$JS.API.CONSUMER.DELETE.ROLLCALL_ORDERS.${QUEUE}`,
    '$JS.API.CONSUMER.MSG.NEXT.ROLLCALL_ORDERS.rollcall_order_inside_routine',
    '$JS.API.CONSUMER.MSG.NEXT.ROLLCALL_REPORTS.rollcall_report_ANY',
    '$JS.ACK.ROLLCALL_REPORTS.rollcall_report_ANY.1.1.1.1.0',
    '$JS.ACK.ROLLCALL_ORDERS.rollcall_order_inside_routine.1.1.1.1.0',
    '$SYS.REQ.CLAIMS.UPDATE',
    '$SYS.REQ.SERVER.PING',
  ])('an agent may not publish on %s', async (subject) => {
    await using stack = new AsyncDisposableStack()
    const one = await agent(stack, OWN)
    const nats = await one.connection.connected()
    nats.publish(subject, '{}')
    await nats.flush()
    await until(() => one.troubles.length > 0, 3000)
    expect(one.troubles).toEqual([`the broker does not allow publishing on ${subject}`])
  })

  test.each([
    '>',
    'rollcall.>',
    'rollcall.report.*',
    `rollcall.report.${OWN}`,
    `rollcall.control.${OTHER}`,
    'rollcall.control.*',
    'rollcall.order.dmz.routine',
    'rollcall.enrol.*',
    '_INBOX.>',
    `_INBOX.${OTHER}.>`,
    '_INBOX.collector.>',
    '$JS.>',
    '$JS.EVENT.ADVISORY.>',
    '$SYS.>',
  ])('an agent may not listen to %s', async (subject) => {
    await using stack = new AsyncDisposableStack()
    const one = await agent(stack, OWN)
    const nats = await one.connection.connected()
    nats.subscribe(subject, { callback: () => {} })
    await nats.flush()
    await until(() => one.troubles.length > 0, 3000)
    expect(one.troubles).toEqual([`the broker does not allow listening to ${subject}`])
  })

  test('a publisher is told that it may not, rather than waiting for ever', async () => {
    await using stack = new AsyncDisposableStack()
    const one = await agent(stack, OWN)
    const bus = stack.use(jetStreamBus(one.connection, { streams: fleetStreams(), keeps: false }))
    await expect(bus.publish(`rollcall.report.${OTHER}`, note(''))).rejects.toMatchObject({ code: 'forbidden' })
    const line = stack.use(natsLine(one.connection))
    await expect(line.ask(`rollcall.request.${OTHER}`, note(''), { timeoutMs: 3000 })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('a join token lets one ask to be let in, with that token, and nothing else', async () => {
    await using stack = new AsyncDisposableStack()
    const jwt = (await collector.fleet.invitation('token1', IN_AN_HOUR()))!
    const one = connection(stack, { kind: 'bearer', jwt: () => jwt }, enrolmentInbox('token1'), {
      pin: collector.fleet.pin!,
    })
    stack.use(
      await open.line.answer('rollcall.enrol.*', async (message, subject) => note(`${textOf(message)} ${subject}`)),
    )
    const line = stack.use(natsLine(one.connection))
    expect(textOf(await line.ask('rollcall.enrol.token1', note('me')))).toBe('me rollcall.enrol.token1')
    for (const subject of [
      'rollcall.enrol.token2',
      `rollcall.report.${OWN}`,
      '$JS.API.INFO',
      `rollcall.heartbeat.${OWN}`,
    ])
      await expect(line.ask(subject, note(''), { timeoutMs: 3000 })).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a permit that has ended lets nobody in', async () => {
    await using stack = new AsyncDisposableStack()
    const one = await agent(stack, OWN, 'dmz', new Date(Date.now() + 1500))
    await one.connection.connected()
    // Servers count in seconds: within the last one they may let in once more.
    await until(() => one.states.some((state) => state.state === 'connecting' && state.reason === REFUSED))
    await delay(1500)
    expect(one.connection.state).toEqual({ state: 'connecting', reason: REFUSED })
  })

  test('who is cut off loses a live connection within a second, and is not let in again', async () => {
    await using stack = new AsyncDisposableStack()
    const [one, other] = [await agent(stack, OWN), await agent(stack, OTHER)]
    await Promise.all([one.connection.connected(), other.connection.connected()])
    const from = performance.now()
    await collector.fleet.revoke(natsPublicKey(one.seed), new Date())
    await until(() => one.connection.state.state === 'connecting')
    expect(performance.now() - from).toBeLessThan(1000)
    await until(() =>
      one.states.some((state) => state.state === 'connecting' && /refused|expired/.test(state.reason ?? '')),
    )
    expect(other.connection.state.state).toBe('connected')
  })

  test('somebody without a permit, or with one for another key, or of another operator, is refused', async () => {
    await using stack = new AsyncDisposableStack()
    const known = await agent(stack, OWN)
    const other = newNatsKey('user')
    const logins: (BrokerLogin | undefined)[] = [
      undefined,
      { kind: 'password', user: 'admin', password: () => 'admin' },
      { kind: 'nkey', seed: () => other },
      { kind: 'jwt', jwt: () => known.jwt, seed: () => other },
    ]
    for (const login of logins) {
      const refused = connection(stack, login, '_INBOX.x')
      await until(() => refused.states.length > 0)
      expect(refused.states[0]).toMatchObject({ state: 'connecting', reason: REFUSED })
    }
  })

  test('nobody is spoken to whose certificate is not by our authority, nor without TLS', async () => {
    await using stack = new AsyncDisposableStack()
    const { certificate } = newAuthority('Rollcall broker', new Date())
    const wrong = connection(stack, undefined, '_INBOX.x', { ca: certificate })
    await until(() => wrong.states.length > 0)
    expect(wrong.states[0]).toMatchObject({ reason: "the broker's certificate is not by an authority that is trusted" })
    const pinned = connection(stack, undefined, '_INBOX.x', { pin: 'A'.repeat(43) })
    await until(() => pinned.states.length > 0)
    expect(pinned.states[0]).toMatchObject({ reason: "the broker's certificate is not the one that was pinned" })
    const plain = connectNats({
      servers: [`nats://127.0.0.1:${broker.servers[0]!.port}`],
      wire: plainWire,
      name: 'plain',
      onState: (state) => plainStates.push(state),
    })
    const plainStates: BrokerState[] = []
    stack.use(plain)
    await until(() => plainStates.length > 0)
    expect(plain.state.state).toBe('connecting')
  })
})

describe.each(natsPrograms())('nats-server $version that wants certificates', (program) => {
  test('lets in who has one of its authority, and nobody else', async () => {
    await using broker = await ownBroker({ program, wish: { clientCertificates: true } })
    await using collector = await collectorBroker({
      file: broker.file,
      folder: `${broker.folder}/state`,
      now: () => new Date(),
      log,
    })
    await using open = collector.open(plainWire, { onAside: () => {}, onRefused: () => {} })
    open.bus.prepare('rollcall.order.dmz.routine')
    await open.bus.publish('rollcall.order.dmz.routine', note('in'))
    const states: BrokerState[] = []
    const [seed, jwt] = [newNatsKey('user'), '']
    await using _ = connectNats({
      servers: broker.file.servers,
      wire: plainWire,
      name: 'agent',
      tls: { ca: broker.file.ca },
      login: { kind: 'jwt', jwt: () => jwt, seed: () => seed },
      onState: (state) => states.push(state),
    })
    await until(() => states.length > 0)
    expect(states[0]).toMatchObject({ state: 'connecting' })
    expect(states.some((state) => state.state === 'connected')).toBe(false)
  })
})
