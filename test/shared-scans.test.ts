import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryBus } from '@rollcall/bus'
import { startCollector, type Collector } from '@rollcall/collector'
import { openStore } from '@rollcall/store'
import { expect, onTestFinished, test } from 'vitest'
import { openHeardFleet } from '../packages/rollcall/src/broker/open-fleet.ts'
import { openLog } from '../packages/rollcall/src/log.ts'
import { freePort } from './lab/free-port.ts'
import { natsPrograms } from './lab/nats/server.ts'
import { keyRing } from './lab/ssh-keys.ts'
import { rollcall } from './rollcall.ts'

const LAUNCHER = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')
const now = () => new Date()
/** Heartbeats come every half minute. One that is late makes another agent look too, which must do no harm either. */
const SILENT_MS = 33_000
const NAMED = 60

const until = async (condition: () => boolean | Promise<boolean>, seconds = 120) => {
  for (let count = 0; count < seconds * 10 && !(await condition()); count++)
    await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await condition()).toBe(true)
}

test.skipIf(natsPrograms().length === 0)(
  'two agents share a scan; what one had that was killed the other looks at, also when the collector is started anew (needs nats-server)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-shared-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))

    // Hosts that keep whoever comes waiting for a while, and know who came.
    const looked = new Map<string, number>()
    const hosts = createServer((socket) => {
      const name = socket.localAddress ?? ''
      looked.set(name, (looked.get(name) ?? 0) + 1)
      socket.on('error', () => {})
      setTimeout(() => socket.destroy(), 3000).unref()
    })
    const port = await new Promise<number>((resolve) =>
      hosts.listen(0, '0.0.0.0', () => resolve((hosts.address() as { port: number }).port)),
    )
    onTestFinished(() => void hosts.close())
    const named = Array.from({ length: NAMED }, (_, index) => `127.0.8.${index + 1}`)
    const ranged = Array.from({ length: 62 }, (_, index) => `127.0.9.${index + 1}`)

    await using stack = new AsyncDisposableStack()
    const log = openLog(process.env['ROLLCALL_TEST_LOG'] ?? 'fatal')
    const store = stack.use(await openStore({ file: join(folder, 'rollcall.db') }))
    const nats = await freePort('127.0.0.1', [0])
    const heard = stack.use(await openHeardFleet({ 'nats-listen': `127.0.0.1:${nats}` }, { store, folder, now, log }))
    const { fleet } = heard!
    const bus = stack.use(memoryBus())
    const start = () =>
      startCollector({
        store,
        bus,
        fleet,
        dashboardFolder: join(folder, 'dist'),
        listen: { host: '127.0.0.1', port: 0 },
        silentMs: SILENT_MS,
        log,
        version: '0',
      })
    let collector: Collector = await start()
    stack.defer(() => collector[Symbol.asyncDispose]())

    const { path: key } = await keyRing(folder)('scan', 'ed25519')
    const agents: { id: string; child: ChildProcess }[] = []
    for (const name of ['one', 'two']) {
      const { token } = await fleet.tokens.create({ segment: 'dmz', ttlMs: 900_000 }, 'tests')
      const data = join(folder, name)
      const server = `tls://127.0.0.1:${nats}`
      const enrolled = await rollcall(['agent', 'enrol', token.reveal(), '--server', server, '--data', data])
      expect(enrolled).toMatchObject({ code: 0 })
      const id = /agent ([a-z2-7]{26})/.exec(enrolled.stdout)?.[1] ?? ''
      const child = spawn(
        process.execPath,
        [LAUNCHER, 'agent', 'run', '--data', data, '--key', key, '--user', 'scan'],
        {
          stdio: process.env['ROLLCALL_TEST_LOG'] === undefined ? 'ignore' : 'inherit',
        },
      )
      onTestFinished(() => void child.kill('SIGKILL'))
      agents.push({ id, child })
    }
    await until(() => fleet.agents.live('dmz').length === 2)

    const include = [...named.map((host) => `${host}:${port}`), `127.0.9.0/26:${port}`]
    await collector.addTargets({ name: 'hosts', include, exclude: [], segment: 'dmz' }, 'tests')
    const scan = await collector.startScan({ by: 'tests' })
    const sharesOf = () => store.scanShares.of(scan.id, 1000)
    const [first, second] = agents as [(typeof agents)[0], (typeof agents)[0]]
    await until(async () => {
      const shares = await sharesOf()
      return (
        shares.some(({ agent, done }) => agent === second.id && done > 0) &&
        shares.some(({ agent }) => agent === first.id)
      )
    })
    const had = (await sharesOf()).filter(({ agent, state }) => agent === first.id && state === 'taken')
    expect(had.length).toBeGreaterThan(0)
    first.child.kill('SIGKILL')
    await collector[Symbol.asyncDispose]()
    collector = await start()

    await until(async () => (await store.scans.summary(scan.id))?.state === 'finished')
    const end = (await store.scans.summary(scan.id))!
    expect(end).toMatchObject({ planned: 122, running: 0, queued: 0, swept: 62, silent: 0 })
    expect(end.complete + end.partial + end.failed).toBe(122)
    const targets = await store.scans.targets(scan.id, 1000)
    expect(new Set(targets.map(({ target }) => target)).size).toBe(122)
    // None was ended for somebody who never came.
    expect(targets.filter(({ reason }) => reason === 'interrupted' || reason === 'no-agent')).toEqual([])
    expect([...named, ...ranged].filter((host) => !looked.has(host))).toEqual([])
    const shares = await sharesOf()
    for (const { id } of had)
      expect(shares.find((share) => share.id === id)).toMatchObject({ state: 'lost', agent: first.id })
    expect(new Set(shares.filter(({ state }) => state === 'ended').map(({ agent }) => agent))).toContain(second.id)
    const audited = await store.audit.newest(100)
    expect(audited.filter(({ action }) => action === 'scan-taken-over').length).toBeGreaterThanOrEqual(had.length)
  },
  240_000,
)
