import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { pair } from './crash/pair.ts'
import { killAll } from './crash/processes.ts'
import { natsPrograms, natsServer } from './lab/nats/server.ts'

/* What lies between an agent and its collector is cut, changes what it carries, or the agent's clock is wrong: what was seen is known in the end all the same. */

afterAll(killAll)

const NOTHING_WRONG = { lost: [], doubled: 0, wrong: [], unknown: [], isEmpty: true }
const hasBroker = natsPrograms().length > 0

const mayCut = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0

test.skipIf(!hasBroker || !mayCut)(
  'an agent that is cut off keeps what it sees until the way is there again (needs nats-server and root)',
  async () => {
    const { stdout } = await promisify(execFile)('unshare', [
      '--net',
      process.execPath,
      join(import.meta.dirname, 'crash/partition.ts'),
    ])
    const { looks, outcome } = JSON.parse(stdout) as { looks: number; outcome: object }
    expect(outcome).toMatchObject(NOTHING_WRONG)
    // It went on looking while it was cut off.
    expect(looks).toBeGreaterThan(20)
  },
  180_000,
)

const FAKED = spawnSync('faketime', ['--version']).status === 0

test.skipIf(!hasBroker || !FAKED)(
  'an agent whose clock is an hour ahead, then an hour behind, loses nothing, and is believed again once it is right (needs nats-server and faketime)',
  async () => {
    await using broker = await natsServer()
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-clock-'))
    const clock = join(folder, 'clock')
    const set = (offset: string) => writeFileSync(clock, `${offset}\n`)
    set('+1h')
    const library = spawnSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1'], { encoding: 'utf8' }).stdout
    await using both = await pair({
      agentUrl: broker.url,
      collectorUrl: broker.url,
      env: {
        LD_PRELOAD: library.trim(),
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        // Clocks that nobody sets stay as they are.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    })
    for (const offset of ['-1h', '+3d', '+0']) {
      await sleep(3000)
      set(offset)
    }
    await sleep(3000)
    const outcome = await both.outcome()
    rmSync(folder, { recursive: true, force: true })
    expect(outcome).toMatchObject(NOTHING_WRONG)
    expect(outcome.kept).toBeGreaterThan(20)
  },
  180_000,
)

test.skipIf(!hasBroker)(
  'whoever stands between agent and broker and changes bytes changes nothing that is known (needs nats-server)',
  async () => {
    await using broker = await natsServer()
    await using between = await changing(broker.port)
    await using both = await pair({ agentUrl: `nats://127.0.0.1:${between.port}`, collectorUrl: broker.url })
    for (let seconds = 0; seconds < 30 && between.changed() < 40; seconds++) await sleep(1000)
    between.stop()
    const outcome = await both.outcome()
    expect(outcome).toMatchObject(NOTHING_WRONG)
    expect(between.changed()).toBeGreaterThan(5)
  },
  180_000,
)

/** Somewhere in what a message says, which the broker itself does not look at. */
const withinContent = (bytes: Buffer): number | undefined => {
  const said = /(?:HPUB|HMSG) [^\r]+ (\d+) (\d+)\r\n/.exec(bytes.toString('latin1'))
  if (said === null) return undefined
  const from = said.index + said[0].length + Number(said[1])
  const end = said.index + said[0].length + Number(said[2])
  return end > bytes.length || end <= from ? undefined : from + Math.floor(Math.random() * (end - from))
}

/** Passes on what two say to each other, now and then with one byte that is another, in either direction. */
const changing = async (to: number) => {
  let isOn = true
  let changed = 0
  const disturbed = () =>
    new Transform({
      transform(bytes: Buffer, _, done) {
        const position = Math.random() < 0.01 ? Math.floor(Math.random() * bytes.length) : withinContent(bytes)
        if (isOn && position !== undefined && Math.random() < 0.2) {
          bytes[position] = bytes[position]! ^ (1 << Math.floor(Math.random() * 8))
          changed++
        }
        done(null, bytes)
      },
    })
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: to })
    for (const socket of [near, far])
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()))
    near.pipe(disturbed()).pipe(far)
    far.pipe(disturbed()).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    changed: () => changed,
    stop: () => void (isOn = false),
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
