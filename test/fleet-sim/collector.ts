import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startCollector } from '@rollcall/collector'
import { openStore, type Store } from '@rollcall/store'
import { openHeardFleet } from '../../packages/rollcall/src/broker/open-fleet.ts'
import { openLog } from '../../packages/rollcall/src/log.ts'
import { memoryBus, memoryLine } from '@rollcall/bus'
import type { CollectorSettings, FromCollector, ToCollector } from './words.ts'

/* The collector of a simulated fleet: the real one, with its store in a file, hearing agents through a real broker. */
const { folder, broker } = JSON.parse(process.argv[2] ?? '{}') as CollectorSettings
const say = (word: FromCollector) => process.send?.(word)
// It ends with whoever started it.
process.once('disconnect', () => process.exit())

const now = () => new Date()
const log = openLog(process.env['ROLLCALL_SIM_LOG'] ?? 'fatal')
mkdirSync(folder, { recursive: true, mode: 0o700 })
const stack = new AsyncDisposableStack()
const store = stack.use(await openStore({ file: join(folder, 'rollcall.db') }))
const heard = stack.use(await openHeardFleet({ broker }, { store, folder, now, log }))
// Runs are ordered by whoever simulates; what the collector would do about open ones when it starts is of no interest here.
const quiet: Store = { ...store, scans: { ...store.scans, open: async () => [] } }
const bus = stack.use(memoryBus())
const line = stack.use(memoryLine())
stack.use(
  await startCollector({
    store: quiet,
    bus,
    line,
    agent: 'embedded',
    ...(heard === undefined ? {} : { fleet: heard.fleet }),
    dashboardFolder: join(folder, 'none'),
    listen: { host: '127.0.0.1', port: 0 },
    version: '0',
    passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
    log,
  }),
)

const begin = async (run: string) => {
  if ((await store.scans.summary(run)) === undefined) {
    const at = now().toISOString()
    await store.scans.create({ id: run, trigger: 'schedule', by: null, targetSets: ['none'], at })
    await store.scans.setState(run, 'running', at)
  }
  say({ say: 'run', run })
}

process.on('message', (word: ToCollector) => {
  if (word.say === 'run') void begin(word.run)
  else if (word.say === 'token')
    void heard?.fleet.tokens
      .create({ segment: word.segment, ttlMs: 900_000 }, 'simulation')
      .then(({ token }) => say({ say: 'token', token: token.reveal() }))
  else void stack.disposeAsync().then(() => process.exit())
})
say({ say: 'ready' })
