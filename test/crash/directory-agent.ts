import { join } from 'node:path'
import { openSpool } from '@rollcall/agent'
import { agentWire, connectNats, fleetStreams, jetStreamBus, natsLine } from '@rollcall/bus'
import type { Finding } from '@rollcall/contract'
import { openSpooledDelivery } from '../../agent/src/spooled-delivery.ts'
import { openLog } from '../../packages/rollcall/src/log.ts'
import { keysOf } from './keys.ts'

/*
 * An agent that looks at a directory of so many accounts, through the real spool, wire and bus. `whole`: it tells all of them and then its report, and
 * says so. `broken`: it tells the first half, says so when the collector keeps that, and then waits to be killed.
 */
const [folder = '', url = '', how = '', count = '0'] = process.argv.slice(2)
const TARGET = 'ldaps://dc1.example.com:636'
const keys = keysOf()
const connection = connectNats({
  servers: [url],
  wire: agentWire({ key: keys.agent, collectorKey: keys.collectorKey }),
  name: 'agent',
})
const bus = jetStreamBus(connection, { streams: fleetStreams(), keeps: false })
const now = () => new Date()
const delivery = await openSpooledDelivery({
  agent: 'a'.repeat(26),
  bus,
  line: natsLine(connection),
  spool: openSpool({ folder: join(folder, 'spool'), now }),
  log: openLog('error'),
  resendAfter: 1500,
  gather: 20,
})
const account = (index: number): Finding => ({
  kind: 'directory-account',
  object: `guid-${index}`,
  name: `u${index}`,
  type: 'user',
  states: [],
  displayName: 'x'.repeat(200),
  place: { path: `CN=u${index},CN=Users,DC=example,DC=com` },
})

const signal = new AbortController().signal
const startedAt = now().toISOString()
const report = delivery.begin(TARGET, 'key of the test', signal)
const all = Number(count)
const told = how === 'broken' ? Math.floor(all / 2) : all
for (let from = 0; from < told; from += 500)
  await report.tell(
    'directory-accounts',
    Array.from({ length: Math.min(500, told - from) }, (_, nth) => account(from + nth)),
  )
await report.kept()
if (how === 'broken') {
  process.stdout.write('told\n')
  await new Promise(() => setInterval(() => {}, 1000))
}
const { parts, digest } = report.told('directory-accounts')
const answer = await delivery.sendEnd(
  report,
  {
    target: TARGET,
    startedAt,
    finishedAt: now().toISOString(),
    reached: { status: 'complete', reasons: [] },
    directory: { make: 'active-directory', id: 'S-1-5-21-1-2-3', suffix: 'DC=example,DC=com', domain: 'example.com' },
    sections: [
      {
        probe: 'directory-accounts',
        outcome: { status: 'complete', reasons: [] },
        privilege: 'user',
        digest,
        parts,
      },
    ],
  },
  undefined,
  signal,
)
process.stdout.write(`${answer}\n`)
setInterval(() => {}, 1000)
