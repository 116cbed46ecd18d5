import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { intake } from '@rollcall/collector'
import { scanReport, type ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore } from '@rollcall/store'
import { median, type Bench, type Figure } from './frame/figure.ts'
import { FINDINGS_PER_HOST, reportOf } from './ingest/estate.ts'
import { floorRows, floorSeconds } from './ingest/floor.ts'

const HOSTS = 1000
const ROUNDS = 3
/** As many rows as intake puts into one transaction. */
const ROWS_PER_TRANSACTION = 4000
const CHANGED = 0.01

/** What it takes to keep an inventory up to date with reports, beside a bare upsert of the same rows. */
const bench: Bench = { name: 'ingest', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  const looks = {
    first: reportsOf(0, true),
    digests: reportsOf(1, false),
    bodies: reportsOf(2, true),
    onePercent: reportsOf(3, true, (host) => host % (1 / CHANGED) === 0),
  }
  const rows = floorRows(looks.first)
  const runs: Record<keyof typeof looks | 'floor', number>[] = []
  let megabytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const floor = await floorSeconds(rows, ROWS_PER_TRANSACTION)
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-ingest-'))
    try {
      const file = join(folder, 'store.db')
      await using store = await openStore({ file })
      const take = intake(store, { now: () => new Date(Date.UTC(2026, 5, 1)), principals: principalsOf })
      const seconds = async (reports: readonly ScanReport[]) => {
        const messages = reports.map((report) => scanReport.write(report))
        const from = performance.now()
        const acks = await Promise.all(messages.map((message) => take(scanReport.read(message))))
        const taken = (performance.now() - from) / 1000
        if (acks.some(({ need }) => need.length > 0))
          throw new Error('findings were asked for that the store should hold')
        return taken
      }
      runs.push({
        floor,
        first: await seconds(looks.first),
        digests: await seconds(looks.digests),
        bodies: await seconds(looks.bodies),
        onePercent: await seconds(looks.onePercent),
      })
      megabytes = (await stat(file)).size / 1_000_000
      const known = await store.relations.count('accounts', [])
      if (known !== HOSTS * 35) throw new Error(`${known} accounts are known`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const of = (name: keyof (typeof runs)[number]) => median(runs.map((run) => run[name]))
  const findings = HOSTS * FINDINGS_PER_HOST
  yield {
    figure: 'floor-rows',
    value: findings / of('floor'),
    unit: 'rows/s',
    detail: 'one prepared upsert, one table, nothing else',
  }
  yield {
    figure: 'first-load-rows',
    value: findings / of('first'),
    unit: 'rows/s',
    detail: `${HOSTS} reports of ${FINDINGS_PER_HOST} findings into an empty file, parsing included`,
  }
  yield {
    figure: 'first-load-to-floor',
    value: of('floor') / of('first'),
    unit: 'times',
    goal: { atLeast: 0.4 },
    detail: 'rows per second over those of the floor',
  }
  yield {
    figure: 'unchanged-report',
    value: (of('digests') / HOSTS) * 1e6,
    unit: 'µs',
    detail: 'as agents send it: digests only',
  }
  yield { figure: 'unchanged-to-first', value: of('digests') / of('first'), unit: 'times', goal: { atMost: 1 / 50 } }
  yield {
    figure: 'unchanged-with-bodies-to-first',
    value: of('bodies') / of('first'),
    unit: 'times',
    detail: 'all findings sent again; nearly all of it is parsing',
  }
  yield {
    figure: 'one-percent-changed-to-first',
    value: of('onePercent') / of('first'),
    unit: 'times',
    detail: 'all findings sent again, one finding of every hundredth host changed',
  }
  yield { figure: 'database', value: megabytes, unit: 'MB' }
}

const reportsOf = (round: number, bodies: boolean, changed: (host: number) => boolean = () => false): ScanReport[] =>
  Array.from({ length: HOSTS }, (_, host) => reportOf({ host, round, bodies, changed: changed(host) }))
