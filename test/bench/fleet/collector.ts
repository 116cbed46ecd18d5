import { fork, type ChildProcess } from 'node:child_process'
import { hash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { collectorWire, connectNats, fleetStreams, jetStreamBus, natsLine } from '@rollcall/bus'
import { startCollector } from '@rollcall/collector'
import { rootText } from '@rollcall/contract/bus'
import { openStore, type Store } from '@rollcall/store'
import { openLog } from '../../../packages/rollcall/src/log.ts'
import { keysOf } from '../../crash/keys.ts'
import { AGENTS, EPOCH, idOf, looksAlike, signalsOf, targetOf, type Order } from './estate.ts'

/** What the collector's process tells when all is done; seconds where nothing else is said. */
export interface FleetRun {
  readonly unchanged: number[]
  readonly unchangedInRun: number[]
  readonly floor: number[]
  readonly bytes: number
  readonly first: number
  readonly firstHosts: number
  readonly firstBytes: number
  readonly peakMegabytes: number
}

const FIRST_HOSTS = 500
const START = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

const [folder = '', url = '', hostCount = '', rounds = ''] = process.argv.slice(2)
const HOSTS = Number(hostCount)

const serving = async (store: Store, file: string) => {
  const stack = new AsyncDisposableStack()
  const keys = keysOf()
  const connection = stack.use(
    connectNats({
      servers: [url],
      wire: collectorWire({ key: keys.collector, agent: () => ({ state: 'active', signingKey: keys.agent.public }) }),
      name: 'collector',
    }),
  )
  const bus = stack.use(
    jetStreamBus(connection, { streams: fleetStreams({ reportBytes: 2 ** 29, orderBytes: 2 ** 20 }), keeps: true }),
  )
  const line = stack.use(natsLine(connection))
  stack.use(
    await startCollector({
      store,
      bus,
      line,
      dashboardFolder: join(folder, 'none'),
      listen: { host: '127.0.0.1', port: 0 },
      version: file,
      passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
      log: openLog('error'),
    }),
  )
  return stack
}

/** Puts all hosts there as one look left them, without their findings, which are not touched here. */
const settle = async (store: Store) => {
  const at = new Date(START).toISOString()
  for (let from = 0; from < HOSTS; from += 5000)
    await store.atomically(async (tx) => {
      for (let host = from; host < Math.min(HOSTS, from + 5000); host++)
        await tx.hosts.save({
          id: idOf(host),
          name: `h${host}`,
          signals: signalsOf(host),
          target: targetOf(host),
          at,
          evidence: [],
          outcome: 'complete',
          reason: null,
          sighting: { digest: hash('sha256', rootText(looksAlike(host)), 'base64url'), until: null },
        })
    })
}

/** Seconds from the order to the last commit, and the bytes that it took. */
const carriedOut = async (agents: ChildProcess, store: Store, order: Order) => {
  const answer = once(agents, 'message') as Promise<[{ bytes: number }]>
  const from = performance.now()
  agents.send(order)
  const wanted = order.from + Math.ceil(order.hosts / AGENTS)
  while (true) {
    const known = await Promise.all(
      Array.from({ length: AGENTS }, (_, agent) => store.spools.of(`agent${agent}`, EPOCH)),
    )
    if (known.every((one) => (one?.upTo ?? 0) >= wanted)) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const seconds = (performance.now() - from) / 1000
  const [{ bytes }] = await answer
  return { seconds, bytes }
}

const require = createRequire(new URL('../../../packages/store/package.json', import.meta.url))
const SqliteDatabase = require('better-sqlite3') as new (file: string) => {
  pragma(text: string): unknown
  exec(sql: string): unknown
  prepare(sql: string): { run(...values: unknown[]): unknown }
  close(): unknown
}

/** Seconds that the rows of all hosts take by themselves, in the same file. */
const floorSeconds = (file: string, round: number): number => {
  const database = new SqliteDatabase(file)
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -64000', 'wal_autocheckpoint = 4096'])
    database.pragma(pragma)
  const look = database.prepare('update host_look set last_seen = ?, last_complete = ? where host_id = ?')
  const seen = database.prepare('update host_target set last_seen = ? where target = ? and host_id = ?')
  const from = performance.now()
  for (let first = 0; first < HOSTS; first += 2000) {
    database.exec('begin immediate')
    for (let host = first; host < Math.min(HOSTS, first + 2000); host++) {
      const at = new Date(START + 50 * DAY + round * DAY + host).toISOString()
      const id = idOf(host)
      look.run(at, at, id)
      seen.run(at, targetOf(host), id)
    }
    database.exec('commit')
  }
  const seconds = (performance.now() - from) / 1000
  database.close()
  return seconds
}

// It ends with whoever started it.
process.once('disconnect', () => process.exit())
const agents = fork(join(import.meta.dirname, 'agents.ts'), [url])
await once(agents, 'message')

const [unchanged, unchangedInRun, floor]: number[][] = [[], [], []]
let bytes = 0
let first = { seconds: 0, bytes: 0 }
{
  const store = await openStore({ file: join(folder, 'first.db') })
  const stack = await serving(store, 'first')
  first = await carriedOut(agents, store, { kind: 'first', hosts: FIRST_HOSTS, from: 0, at: START })
  await stack.disposeAsync()
  await store[Symbol.asyncDispose]()
}
const file = join(folder, 'fleet.db')
for (let round = 0; round < Number(rounds); round++) {
  const store = await openStore({ file })
  if (round === 0) await settle(store)
  const stack = await serving(store, 'fleet')
  const perRound = 2 * Math.ceil(HOSTS / AGENTS)
  const at = START + (round * 2 + 1) * DAY
  const alone = await carriedOut(agents, store, { kind: 'unchanged', hosts: HOSTS, from: round * perRound, at })
  unchanged!.push(alone.seconds)
  bytes = alone.bytes

  const run = randomUUID()
  await store.scans.create({ id: run, trigger: 'schedule', by: null, targetSets: [], at: new Date(at).toISOString() })
  await store.scans.plan(
    run,
    Array.from({ length: HOSTS }, (_, host) => targetOf(host)),
    0,
    0,
  )
  const more = { kind: 'unchanged', hosts: HOSTS, from: round * perRound + perRound / 2, at: at + DAY, run } as const
  unchangedInRun!.push((await carriedOut(agents, store, more)).seconds)
  const { complete } = (await store.scans.summary(run))!
  if (complete !== HOSTS) throw new Error(`${complete} targets of the scan ended`)
  // No agent carries it out here: the next collector would order it anew.
  await store.scans.setState(run, 'cancelled', new Date(at).toISOString())
  await stack.disposeAsync()
  await store[Symbol.asyncDispose]()
  floor!.push(floorSeconds(file, round))
}
process.send?.({
  unchanged: unchanged!,
  unchangedInRun: unchangedInRun!,
  floor: floor!,
  bytes,
  first: first.seconds,
  firstHosts: FIRST_HOSTS,
  firstBytes: first.bytes,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
} satisfies FleetRun)
agents.kill()
