import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsPrograms, natsServer } from '../lab/nats/server.ts'
import type { Bench, Figure } from './frame/figure.ts'
import { median } from './frame/figure.ts'
import type { FleetRun } from './fleet/collector.ts'

const HOSTS = 100_000
const ROUNDS = 3

/**
 * What it takes to hear of hosts on which nothing is new: agents' looks in signed batches through a real broker into the inventory, durable
 * and acknowledged, beside the writing of the same rows by itself.
 */
const bench: Bench = { name: 'fleet', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  const [program] = natsPrograms().toSorted((one, other) => compared(other.version, one.version))
  if (program === undefined) {
    yield { figure: 'unchanged-hosts', unit: 'hosts/s', detail: 'not measured: no nats-server is installed' }
    return
  }
  await using broker = await natsServer({ program })
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-fleet-'))
  try {
    const child = fork(
      join(import.meta.dirname, 'fleet/collector.ts'),
      [folder, broker.url, String(HOSTS), String(ROUNDS)],
      {
        execPath: process.execPath,
      },
    )
    const [told] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the collector ended with ${String(code)}`)
      }),
    ])) as [FleetRun]
    child.kill()
    const rate = HOSTS / median(told.unchanged)
    const scanned = HOSTS / median(told.unchangedInRun)
    const floor = HOSTS / median(told.floor)
    yield {
      figure: 'unchanged-hosts',
      value: rate,
      unit: 'hosts/s',
      goal: { atLeast: 40_000 },
      detail: `${HOSTS} hosts in batches of 500, signed, through nats-server ${program.version} into SQLite with synchronous=FULL, from the first publish to the last acknowledgement; agents and collector in processes of their own`,
    }
    yield {
      figure: 'unchanged-rows-alone',
      value: floor,
      unit: 'hosts/s',
      detail: 'the same two rows of each host written by prepared statements, 2,000 hosts to a transaction',
    }
    yield { figure: 'unchanged-to-rows', value: rate / floor, unit: 'times', goal: { atLeast: 0.5 } }
    yield {
      figure: 'unchanged-hosts-of-a-run',
      value: scanned,
      unit: 'hosts/s',
      detail: 'each a target of a scan that ends with it: one row more',
    }
    yield {
      figure: 'bytes-for-an-unchanged-host',
      value: told.bytes / HOSTS,
      unit: 'bytes',
      goal: { atMost: 80 },
      detail: 'on the bus, with signature',
    }
    yield {
      figure: 'first-look',
      value: told.firstHosts / told.first,
      unit: 'hosts/s',
      detail: `${told.firstHosts} hosts with 200 findings each, a message a host, through the same bus into an empty inventory`,
    }
    yield { figure: 'bytes-for-a-first-look', value: told.firstBytes / told.firstHosts, unit: 'bytes' }
    yield { figure: 'peak-memory-of-the-collector', value: told.peakMegabytes, unit: 'MB' }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const compared = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true })
