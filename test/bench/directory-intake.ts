import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findingKeyer } from '@rollcall/inventory'
import { COMPUTERS, GROUPS, probes, USERS } from './directory-intake/estate.ts'
import type { DirectoryLoaded } from './directory-intake/load.ts'
import { costOf } from './frame/contender.ts'
import { median, type Bench, type Figure } from './frame/figure.ts'
import { floorSeconds, type FloorRow } from './ingest/floor.ts'

const ROUNDS = 3
/** A look may take minutes on a machine that does much else: no round begins that would not end in time. */
const LONGEST = 5 * 60_000
/** So many findings tell what an upsert of each costs: all of them would take as long as the load itself. */
const FLOOR_ROWS = 60_000
const ROWS_PER_TRANSACTION = 1000

/** What a great directory costs the collector, beside a bare upsert of as many findings with better-sqlite3. */
const bench: Bench = { name: 'directory-intake', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  const rounds: (DirectoryLoaded & { readonly floor: number })[] = []
  const from = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    const took = performance.now() - from
    if (round > 0 && took + took / round > LONGEST) break
    const rows = floorRows()
    const sample = rows.slice(0, FLOOR_ROWS)
    const floor = (await floorSeconds(sample, ROWS_PER_TRANSACTION)) * (rows.length / sample.length)
    rounds.push({ ...(await loaded()), floor })
  }
  const of = (read: (one: (typeof rounds)[number]) => number) => median(rounds.map(read))
  const seconds = ({ keepSeconds, takeSeconds }: DirectoryLoaded['first']) => keepSeconds + takeSeconds
  const [first, cpu] = [of((one) => seconds(one.first)), of(({ first }) => first.cpuSeconds)]
  const { findings } = rounds[0]!.first
  yield {
    figure: 'first-load',
    value: first,
    unit: 's',
    goal: { atMost: 20 },
    detail: `median of ${rounds.length} rounds; ${USERS + COMPUTERS} accounts and ${GROUPS} groups, ${findings} findings in parts, into an empty file`,
  }
  yield {
    figure: 'first-load-to-floor',
    value: first / of(({ floor }) => floor),
    unit: 'times',
    detail: `one upsert for each finding, nothing else, by a fifth of them: ${of(({ floor }) => floor).toFixed(1)} s`,
  }
  yield { figure: 'first-load-cpu', value: cpu, unit: 's', detail: 'processor time with that of its threads' }
  yield {
    figure: 'held-up',
    value: of(({ first }) => first.heldUp),
    unit: 'ms',
    goal: { atMost: 50 },
    detail:
      'the longest turn of the event loop in processor time; findings are taken in, and privilege worked out, aside',
  }
  yield {
    figure: 'memory',
    value: of(({ first }) => first.peakMegabytes),
    unit: 'MB',
    goal: { atMost: 400 },
    detail: 'resident at its peak, with what makes the findings up',
  }
  yield {
    figure: 'one-percent-to-first',
    value: of(({ onePercent }) => onePercent.cpuSeconds) / cpu,
    unit: 'times',
    detail: 'all findings sent again, 1 % of them others; processor time',
  }
  yield {
    figure: 'changes-to-first',
    value: of(({ changes }) => changes.cpuSeconds) / cpu,
    unit: 'times',
    goal: { atMost: 0.01 },
    detail: `1 % of the accounts sent as changes: ${of(({ changes }) => seconds(changes)).toFixed(2)} s; processor time`,
  }
  yield {
    figure: 'unchanged-to-first',
    value: of(({ again }) => again.cpuSeconds) / cpu,
    unit: 'times',
    detail: 'all findings sent again, none of them another; nearly all of it is reading and keeping them',
  }
  yield { figure: 'database', value: of(({ databaseMegabytes }) => databaseMegabytes), unit: 'MB' }
}

const floorRows = (): FloorRow[] =>
  Object.entries(probes).flatMap(([probe, findingsOf]) => {
    const keyOf = findingKeyer()
    const at = '2026-01-01T00:00:00.000Z'
    return Array.from(findingsOf(false), (finding): FloorRow => {
      const body = JSON.stringify(finding)
      return ['0000000000', probe, keyOf(finding), finding.kind, null, body, at, at, null]
    })
  })

const loaded = async (): Promise<DirectoryLoaded> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-intake-'))
  try {
    let loaded: DirectoryLoaded | undefined
    await costOf({
      name: 'load',
      argv: [process.execPath, new URL('directory-intake/load.ts', import.meta.url).pathname, join(folder, 'store.db')],
      check: (stdout) => void (loaded = JSON.parse(stdout) as DirectoryLoaded),
    })
    return loaded!
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
