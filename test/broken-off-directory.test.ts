import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectorWire, connectNats, fleetStreams, jetStreamBus, natsLine } from '@rollcall/bus'
import { startCollector } from '@rollcall/collector'
import { openStore } from '@rollcall/store'
import { afterAll, expect, test } from 'vitest'
import { pino } from 'pino'
import { keysOf } from './crash/keys.ts'
import { natsPrograms, natsServer } from './lab/nats/server.ts'

/* An agent is killed while it tells of a directory: its report never comes, and what came of it must neither count nor stay. */

const started = new Set<ChildProcess>()
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

/** Starts an agent and kills it when it has said that it is there. */
const killedAt = async (word: string, args: readonly string[]) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash/directory-agent.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.add(child)
  let said = ''
  for await (const bytes of child.stdout) if ((said += String(bytes)).includes(`${word}\n`)) break
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  started.delete(child)
  expect(said).toBe(`${word}\n`)
}

const DAY = 86_400_000
const lacking = natsPrograms().length === 0 ? ' (skipped: no nats-server)' : ''

test.skipIf(lacking !== '')(
  `what an agent told of a directory before it was killed retires nothing, and is forgotten and said a day later${lacking}`,
  { timeout: 120_000 },
  async () => {
    await using stack = new AsyncDisposableStack()
    const broker = stack.use(await natsServer())
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-broken-'))
    stack.defer(() => rmSync(folder, { recursive: true, force: true }))
    const store = stack.use(await openStore({ file: join(folder, 'rollcall.db') }))
    const said: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) })
    let now = () => new Date()
    const keys = keysOf()
    const collecting = async () => {
      const own = new AsyncDisposableStack()
      const connection = own.use(
        connectNats({
          servers: [broker.url],
          wire: collectorWire({
            key: keys.collector,
            agent: () => ({ state: 'active', signingKey: keys.agent.public }),
          }),
          name: 'collector',
        }),
      )
      const bus = own.use(jetStreamBus(connection, { streams: fleetStreams(), keeps: true, ackWaitMs: 2000 }))
      own.use(
        await startCollector({
          store,
          bus,
          line: natsLine(connection),
          dashboardFolder: join(folder, 'none'),
          listen: { host: '127.0.0.1', port: 0 },
          version: '0',
          passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
          log,
          now: () => now(),
        }),
      )
      return own
    }
    const looking = (how: 'whole' | 'broken', agent: string) => {
      const own = join(folder, agent)
      mkdirSync(own, { mode: 0o700, recursive: true })
      return killedAt(how === 'whole' ? 'kept' : 'told', [own, broker.url, how, '4000'])
    }
    const present = () =>
      store.relations.count('directory_accounts', [
        { anyOf: [{ column: 'gone_since', is: 'unknown' }], negated: false },
      ])

    let collector = await collecting()
    await looking('whole', 'one')
    expect(await present()).toBe(4000)

    await looking('broken', 'one')
    // Half of the accounts were told again, and those that were not are no less there.
    expect(await present()).toBe(4000)

    await collector.disposeAsync()
    now = () => new Date(Date.now() + DAY + 60_000)
    collector = await collecting()
    await collector.disposeAsync()
    expect(said.filter((line) => line.includes('findings were forgotten'))).toMatchObject([
      expect.stringContaining('"target":"ldaps://dc1.example.com:636"'),
    ])
    expect(await store.reportParts.forgetBefore('9999')).toEqual([])
    expect(await present()).toBe(4000)
    now = () => new Date()
    // The next look counts, whoever makes it.
    stack.use(await collecting())
    await looking('whole', 'one')
    expect(await present()).toBe(4000)
  },
)
