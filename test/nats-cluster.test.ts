import { setTimeout as delay } from 'node:timers/promises'
import {
  agentInbox,
  connectNats,
  fleetStreams,
  jetStreamBus,
  natsLine,
  natsPublicKey,
  newNatsKey,
  plainWire,
  userJwt,
  type BrokerConnection,
} from '@rollcall/bus'
import { describe, expect, test } from 'vitest'
import { collectorBroker, type CollectorBroker } from '../packages/rollcall/src/broker/collector-broker.ts'
import { openLog } from '../packages/rollcall/src/log.ts'
import { ownBroker, type OwnBroker } from './lab/nats/own-broker.ts'
import { natsPrograms } from './lab/nats/server.ts'

const note = (text: string) => ({ type: 'note', version: 1, body: { text } })
const textOf = (message: { body?: unknown }) => (message.body as { text: string }).text

const until = async (condition: () => boolean | Promise<boolean>, ms = 60_000) => {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not happen')
    await delay(20)
  }
}

const log = openLog('silent')
const ID = '0'.repeat(26)

const collectorOf = (stack: AsyncDisposableStack, broker: OwnBroker) =>
  collectorBroker({ file: broker.file, folder: `${broker.folder}/state`, now: () => new Date(), log }).then(
    (collector) => stack.use(collector),
  )

const agentAt = async (
  stack: AsyncDisposableStack,
  collector: CollectorBroker,
  broker: OwnBroker,
  servers: readonly string[],
  troubles: string[] = [],
): Promise<BrokerConnection> => {
  const seed = newNatsKey('user')
  const until = new Date(Date.now() + 3_600_000)
  const jwt = await collector.fleet.permit({ id: ID, segment: 'dmz', transport: natsPublicKey(seed) }, until)
  return stack.use(
    connectNats({
      servers,
      wire: plainWire,
      name: 'agent',
      login: { kind: 'jwt', jwt: () => jwt, seed: () => seed },
      tls: { ca: broker.file.ca },
      inboxPrefix: agentInbox(ID),
      onTrouble: (sentence) => troubles.push(sentence),
    }),
  )
}

describe.each(natsPrograms())('nats-server $version', (program) => {
  test('three of them lose nothing that was published while the leader is killed', async () => {
    await using stack = new AsyncDisposableStack()
    const broker = stack.use(await ownBroker({ program, servers: 3 }))
    const collector = await collectorOf(stack, broker)
    const open = stack.use(collector.open(plainWire, { onAside: () => {}, onRefused: () => {} }))
    const received = new Set<string>()
    await open.bus.serve('rollcall.report.*', async (message) => void received.add(textOf(message)))
    const agent = stack.use(
      jetStreamBus(await agentAt(stack, collector, broker, broker.file.servers), {
        streams: fleetStreams(),
        keeps: false,
      }),
    )
    const published: string[] = []
    const ending = new AbortController()
    const publishers = Promise.all(
      Array.from({ length: 4 }, async (_, publisher) => {
        for (let count = 0; !ending.signal.aborted; count++) {
          await agent.publish(`rollcall.report.${ID}`, note(`${publisher}-${count}`))
          published.push(`${publisher}-${count}`)
        }
      }),
    )
    await until(() => published.length > 100, 120_000)
    const leader = await leaderOf(broker)
    const index = Number(/node-(\d)/.exec(leader)?.[1]) - 1
    await broker.servers[index]!.kill()
    const before = published.length
    await until(() => published.length > before + 200, 120_000)
    await broker.servers[index]!.start()
    await until(() => published.length > before + 400, 120_000)
    ending.abort()
    await publishers
    await until(() => published.every((text) => received.has(text)), 120_000)
    expect(index).toBeGreaterThanOrEqual(0)
    expect(open.bus.shortcomings.filter((sentence) => sentence.startsWith('stream'))).toEqual([])
  }, 400_000)

  test('agents of another network are heard through its own server, and are no more than agents there', async () => {
    await using stack = new AsyncDisposableStack()
    const broker = stack.use(await ownBroker({ program, leafFor: ['dmz'] }))
    const [hub, leaf] = broker.servers
    const collector = await collectorOf(stack, broker)
    const open = stack.use(collector.open(plainWire, { onAside: () => {}, onRefused: () => {} }))
    const reports: string[] = []
    await open.bus.serve('rollcall.report.*', async (message) => void reports.push(textOf(message)))
    await open.line.answer('rollcall.request.*', async (message) => message)
    const troubles: string[] = []
    const connection = await agentAt(stack, collector, broker, [`tls://127.0.0.1:${leaf!.port}`], troubles)
    const bus = stack.use(jetStreamBus(connection, { streams: fleetStreams(), keeps: false }))
    const line = stack.use(natsLine(connection))
    const orders: string[] = []
    await bus.serve('rollcall.order.dmz.urgent', async (message) => void orders.push(textOf(message)))
    await bus.publish(`rollcall.report.${ID}`, note('seen'))
    await open.bus.publish('rollcall.order.dmz.urgent', note('look'))
    await until(() => reports.length === 1 && orders.length === 1)
    expect(textOf(await line.ask(`rollcall.request.${ID}`, note('renew'), { timeoutMs: 20_000 }))).toBe('renew')

    // The server within goes away; what agents say meanwhile waits in them.
    await hub!.kill()
    const publishing = bus.publish(`rollcall.report.${ID}`, note('meanwhile'))
    await delay(500)
    await hub!.start()
    await publishing
    await until(() => reports.includes('meanwhile'), 120_000)
    expect(troubles.filter((sentence) => sentence.includes('does not allow'))).toEqual([])
  }, 300_000)
})

/** The server that leads the stream of reports, as the stream says. */
const leaderOf = async (broker: OwnBroker): Promise<string> => {
  const seed = newNatsKey('user')
  const jwt = userJwt(
    {
      user: natsPublicKey(seed),
      name: 'looks',
      account: broker.file.account,
      permissions: { publish: ['$JS.API.>'], subscribe: ['_INBOX.>'], maxSubscriptions: 10, maxPayload: -1 },
      issuedAt: new Date(),
    },
    Buffer.from(broker.file.issuing),
  )
  await using connection = connectNats({
    servers: broker.file.servers,
    wire: plainWire,
    name: 'looks',
    login: { kind: 'jwt', jwt: () => jwt, seed: () => seed },
    tls: { ca: broker.file.ca },
  })
  const nats = await connection.connected()
  const answer = await nats.request('$JS.API.STREAM.INFO.ROLLCALL_REPORTS', '', { timeout: 10_000 })
  return answer.json<{ cluster?: { leader?: string } }>().cluster?.leader ?? ''
}
