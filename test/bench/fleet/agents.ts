import { hash } from 'node:crypto'
import { connectNats, fleetStreams, agentWire, jetStreamBus } from '@rollcall/bus'
import { batchOf, digestBatch, rootText, scanReport, subjects } from '@rollcall/contract/bus'
import { keysOf } from '../../crash/keys.ts'
import { reportOf } from '../ingest/estate.ts'
import { AGENTS, EPOCH, type Order, targetOf, looksAlike } from './estate.ts'

/* All agents of the bench: writes, signs and publishes what it is told to, a subject for each agent, several at a time. */
const keys = keysOf()
const [url = ''] = process.argv.slice(2)
const connection = connectNats({
  servers: [url],
  wire: agentWire({ key: keys.agent, collectorKey: keys.collectorKey }),
  name: 'agents',
})
const bus = jetStreamBus(connection, { streams: fleetStreams(), keeps: false })
await connection.connected()

process.on('message', (order: Order) => void carryOut(order))
// It ends with whoever started it.
process.once('disconnect', () => process.exit())
process.send?.('ready')

async function carryOut(order: Order) {
  const agents = Array.from({ length: AGENTS }, (_, index) => index)
  let bytes = 0
  const publish = async (agent: number, message: ReturnType<typeof digestBatch.write>) => {
    const subject = subjects.report(`agent${agent}`)
    bytes += connection.wire.write(subject, message).byteLength
    await bus.publish(subject, message)
  }
  const from = performance.now()
  await Promise.all(
    agents.map(async (agent) => {
      const hosts = Array.from(
        { length: Math.ceil(order.hosts / AGENTS) },
        (_, index) => index * AGENTS + agent,
      ).filter((host) => host < order.hosts)
      if (order.kind === 'first') {
        for (const [index, host] of hosts.entries()) {
          const { spool: _, ...report } = reportOf({ host, round: 0, bodies: true })
          const mark = { epoch: EPOCH, seq: index + 1, void: 0, acked: 0 }
          await publish(agent, scanReport.write({ ...report, agent: `agent${agent}`, spool: mark }))
        }
        return
      }
      for (let first = 0; first < hosts.length; first += 500)
        await publish(
          agent,
          digestBatch.write(
            batchOf(
              { agent: `agent${agent}`, epoch: EPOCH, acked: 0 },
              hosts.slice(first, first + 500).map((host, index) => ({
                seq: order.from + first + index + 1,
                void: 0,
                target: targetOf(host),
                root: hash('sha256', rootText(looksAlike(host)), 'base64url'),
                startedAt: new Date(order.at + host * 37).toISOString(),
                finishedAt: new Date(order.at + host * 37 + 900 + (host % 800)).toISOString(),
                run: order.run,
              })),
            ),
          ),
        )
    }),
  )
  process.send?.({ bytes, seconds: (performance.now() - from) / 1000 })
}
