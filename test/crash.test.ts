import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { outcomeOf } from './crash/outcome.ts'
import { POINTS, type Point } from './crash/points.ts'
import { killAll, killed, start, until } from './crash/processes.ts'
import { natsPrograms, natsServer } from './lab/nats/server.ts'

/*
 * An agent and a collector are killed where it hurts and by chance, the broker loses its store; then everything comes to rest, and what the
 * agent had handed over for good is held against what the inventory has: nothing lost, nothing doubled.
 */

afterAll(killAll)

test.skipIf(natsPrograms().length === 0)(
  'whoever is killed, wherever, and whatever the broker loses: nothing is lost and nothing takes effect twice',
  async () => {
    await using broker = await natsServer()
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-crash-'))
    const [agentFolder, collectorFolder] = [join(folder, 'agent'), join(folder, 'collector')]
    for (const one of [agentFolder, collectorFolder]) mkdirSync(one, { mode: 0o700 })
    const run = randomUUID()
    const begin = (name: 'agent' | 'collector', dieAt?: string) =>
      start(
        name,
        [name === 'agent' ? agentFolder : collectorFolder, broker.url, run],
        dieAt === undefined ? {} : { dieAt },
      )

    let [agent, collector] = [begin('agent'), begin('collector')]
    const died: Record<string, number> = {}
    const dies = async (point: Point, turn: number) => {
      const isAgent = point.startsWith('agent')
      await killed(isAgent ? agent : collector)
      const victim = begin(isAgent ? 'agent' : 'collector', `${turn} ${point}`)
      if (isAgent) agent = victim
      else collector = victim
      if (await until(() => victim.child.signalCode !== null, 20_000)) died[point] = (died[point] ?? 0) + 1
      await killed(victim)
      if (isAgent) agent = begin('agent')
      else collector = begin('collector')
    }
    for (const [index, point] of POINTS.entries()) await dies(point, 1 + ((index * 5) % 9))
    await until(() => collector.last === 'ready', 20_000)
    // The broker loses everything that it had taken.
    await broker.kill()
    broker.loseStore()
    await sleep(300)
    await broker.start()
    for (let kills = 0; kills < 4; kills++) {
      await sleep(200 + Math.random() * 1500)
      if (kills % 2 === 0) {
        await killed(agent)
        agent = begin('agent')
      } else {
        await killed(collector)
        collector = begin('collector')
      }
    }
    await sleep(3000)
    agent.child.stdin?.write('stop\n')
    const isEmpty = await until(() => agent.last === '0', 90_000)
    await killed(agent)
    await killed(collector)

    const { kept, lost, doubled, wrong, unknown } = await outcomeOf({ agentFolder, collectorFolder, run })
    process.stderr.write(
      `crash: ${kept} looks and ${kept} words kept, ${lost.length} lost, ${doubled} doubled; died at ${JSON.stringify(died)}\n`,
    )
    rmSync(folder, { recursive: true, force: true })
    expect(isEmpty).toBe(true)
    expect(Object.keys(died).sort()).toEqual([...POINTS].sort())
    expect({ lost, doubled, wrong, unknown }).toEqual({ lost: [], doubled: 0, wrong: [], unknown: [] })
  },
  300_000,
)

/** Whether this user may have a file system of its own. */
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0

test.skipIf(!mayMount)(
  'a spool on a full disk says so, loses nothing, and takes what waits when there is room again',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-full-'))
    const { stdout } = await promisify(execFile)('unshare', [
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" "$3" "$1"',
      'sh',
      folder,
      process.execPath,
      join(import.meta.dirname, 'crash/full-disk.ts'),
    ])
    rmSync(folder, { recursive: true, force: true })
    const told = JSON.parse(stdout) as {
      rows: number
      condition: string
      before: number
      waiting: number
      bodies: number
      after: { rows: number; condition: string }
    }
    expect(told).toMatchObject({ condition: 'disk-full', waiting: 0, after: { condition: 'ready' } })
    expect(told.before).toBeGreaterThan(0)
    expect(told.after.rows).toBe(told.rows - Math.floor(told.rows / 2) + told.before)
    expect(told.bodies).toBe(told.after.rows)
  },
  60_000,
)
