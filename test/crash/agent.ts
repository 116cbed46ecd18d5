import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSpool } from '@rollcall/agent'
import { agentWire, connectNats, fleetStreams, jetStreamBus, natsLine } from '@rollcall/bus'
import { openSpooledDelivery } from '../../agent/src/spooled-delivery.ts'
import { openLog } from '../../packages/rollcall/src/log.ts'
import { keysOf } from './keys.ts'
import { dying } from './points.ts'
import { lookAt } from './looks.ts'

/*
 * An agent of a crash test: looks and words on a run go through the real spool, wire and bus. It writes down what it is about to hand over
 * (`begun`) and what was taken from it for good (`kept`), goes on where it was when it is started again, and says how much its
 * spool holds. On the word `stop` it begins nothing new.
 */
const [folder = '', url = '', run = ''] = process.argv.slice(2)
const HOSTS = 7
const AGENT = 'a'.repeat(26)

const die = dying()
const keys = keysOf()
const connection = connectNats({
  servers: [url],
  wire: agentWire({ key: keys.agent, collectorKey: keys.collectorKey }),
  name: 'agent',
})
const bus = jetStreamBus(connection, { streams: fleetStreams(), keeps: false })
const line = natsLine(connection)
const now = () => new Date()
const spool = openSpool({ folder: join(folder, 'spool'), now })
const delivery = await openSpooledDelivery({
  agent: AGENT,
  bus: {
    ...bus,
    async publish(subject, message) {
      die('agent before publishing')
      await bus.publish(subject, message)
      die('agent after publishing')
    },
  },
  line: {
    hear: (pattern, handler) =>
      line.hear(pattern, async (message, subject) => {
        die('agent before hearing')
        await handler(message, subject)
        die('agent after hearing')
      }),
  },
  spool,
  log: openLog('error'),
  resendAfter: 1500,
  gather: 20,
})

const stopping = new AbortController()
process.stdin.on('data', () => stopping.abort())

const journal = join(folder, 'journal')
const never = new AbortController().signal
for (let step = nextStep(); !stopping.signal.aborted; step++) {
  appendFileSync(journal, `begun ${step}\n`)
  await delivery.send(lookAt(step, HOSTS, now()), undefined, never)
  // Counting is what shows that something took effect twice.
  await delivery.tell({ event: 'planned', run, at: now().toISOString(), targets: [`t${step}`], swept: 1, silent: 0 })
  appendFileSync(journal, `kept ${step}\n`)
  await sleep(2)
}
while (true) {
  process.stdout.write(`${spool.state().rows}\n`)
  await sleep(100)
}

function nextStep(): number {
  try {
    const begun = readFileSync(journal, 'utf8').match(/begun (\d+)/g) ?? []
    return Number(begun.at(-1)?.slice(6) ?? 0) + 1
  } catch {
    return 1
  }
}
