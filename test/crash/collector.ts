import { join } from 'node:path'
import { collectorWire, connectNats, fleetStreams, jetStreamBus, natsLine } from '@rollcall/bus'
import { startCollector } from '@rollcall/collector'
import { openStore, type Store } from '@rollcall/store'
import { openLog } from '../../packages/rollcall/src/log.ts'
import { keysOf } from './keys.ts'
import { dying } from './points.ts'

/* A collector of a crash test: the real one, with its store in a file and its bus at a real broker. */
const [folder = '', url = '', run = ''] = process.argv.slice(2)

const die = dying()
const keys = keysOf()
const store = await openStore({ file: join(folder, 'rollcall.db') })
if ((await store.scans.summary(run)) === undefined) {
  const at = new Date().toISOString()
  await store.scans.create({ id: run, trigger: 'person', by: null, targetSets: ['none'], at })
}
const connection = connectNats({
  servers: [url],
  wire: collectorWire({
    key: keys.collector,
    agent: () => ({ state: 'active', signingKey: keys.agent.public }),
  }),
  name: 'collector',
})
const bus = jetStreamBus(connection, {
  streams: fleetStreams({ reportBytes: 64 * 1024 * 1024, orderBytes: 1024 * 1024 }),
  keeps: true,
  ackWaitMs: 2000,
})
const line = natsLine(connection)
const dyingStore: Store = {
  ...store,
  async atomically(work) {
    const result = await store.atomically(async (tx) => {
      const result = await work(tx)
      die('collector before committing')
      return result
    })
    die('collector after committing')
    return result
  },
}
// Its open run is that of the test; what it would do about it when it starts is of no interest here.
await store.scans.setState(run, 'finished', new Date().toISOString())
await startCollector({
  store: dyingStore,
  bus,
  line: {
    async tell(subject, message) {
      die('collector before acknowledging')
      await line.tell(subject, message)
      die('collector after acknowledging')
    },
  },
  dashboardFolder: join(folder, 'none'),
  listen: { host: '127.0.0.1', port: 0 },
  version: '0',
  passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
  log: openLog('error'),
})
await store.scans.setState(run, 'running', new Date().toISOString())
process.stdout.write('ready\n')
