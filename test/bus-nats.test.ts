import { describe, expect, test } from 'vitest'
import {
  connectNats,
  jetStreamBus,
  natsLine,
  plainWire,
  type BrokerConnection,
  type StreamSettings,
} from '@rollcall/bus'
import { busCompliance } from '../packages/bus/src/compliance.ts'
import { lineCompliance } from '../packages/bus/src/line-compliance.ts'
import { natsPrograms, natsServer, type NatsServer } from './lab/nats/server.ts'

const programs = natsPrograms()

const LONG: StreamSettings = {
  name: 'NOTES',
  subjects: ['a', 'a.*', 'a.*.*', 'b.*'],
  maxBytes: 64 * 1024 * 1024,
  inParts: true,
}

test('there is a nats-server to test with', ({ skip }) => {
  skip(programs.length === 0, 'needs a nats-server, and there is none')
  expect(programs.length).toBeGreaterThan(0)
})

describe.each(programs)('nats-server $version', (program) => {
  const connected = (server: NatsServer, name = 'test'): BrokerConnection =>
    connectNats({ servers: [server.url], wire: plainWire, name, inboxPrefix: `_INBOX.${name}` })

  busCompliance(`JetStream ${program.version}`, async (aside) => {
    const server = await natsServer({ program })
    const connection = connected(server)
    const bus = jetStreamBus(connection, { streams: [LONG], keeps: true, onAside: aside, retryDelay: () => 1 })
    return {
      publish: (subject, message) => bus.publish(subject, message),
      serve: (pattern, handler, options) => bus.serve(pattern, handler, options),
      backlog: (pattern) => bus.backlog(pattern),
      async [Symbol.asyncDispose]() {
        await bus[Symbol.asyncDispose]()
        await connection[Symbol.asyncDispose]()
        await server[Symbol.asyncDispose]()
      },
    }
  })

  lineCompliance(`NATS ${program.version}`, async () => {
    const server = await natsServer({ program })
    const [one, other] = [connected(server, 'near'), connected(server, 'far')]
    await Promise.all([one.connected(), other.connected()])
    const [near, far] = [natsLine(one), natsLine(other)]
    return {
      near,
      far,
      async [Symbol.asyncDispose]() {
        for (const end of [near, far, one, other, server]) await end[Symbol.asyncDispose]()
      },
    }
  })
})
