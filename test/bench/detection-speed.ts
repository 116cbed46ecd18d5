import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { KEYWORDS } from './detection/peers.ts'
import { openText } from './detection/sample.ts'
import type { Stage, Told } from './detection-speed/measure.ts'
import { costOf, type Cost } from './frame/contender.ts'
import { median, type Bench, type Figure } from './frame/figure.ts'

/** How fast text of hosts is looked through on one core, beside `grep` that feeds the same rules with the lines that hold a keyword. */
const bench: Bench = { name: 'detection-speed', run }
export default bench

const BYTES = 200e6
const ROUNDS = 3

async function* run(): AsyncIterable<Figure> {
  const scratch = await mkdtemp(join(tmpdir(), 'rollcall-bench-speed-'))
  try {
    const tree = await openText('sample-a', BYTES)
    const list: { path: string; file: string }[] = []
    let bytes = 0
    for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      list.push({ path: relative(tree, file), file })
      bytes += (await stat(file)).size
    }
    await writeFile(join(scratch, 'list.json'), JSON.stringify(list))
    await writeFile(join(scratch, 'keywords'), `${KEYWORDS.join('\n')}\n`)
    const rounds: Record<Stage, Measured[]> = { nothing: [], keywords: [], engine: [], grep: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const stage of ['nothing', 'keywords', 'engine', 'grep'] as const)
        rounds[stage].push(await measured(stage, scratch))
    const [idle, peakIdle] = [
      median(rounds.nothing.map(({ cpuSeconds }) => cpuSeconds)),
      median(rounds.nothing.map(({ peakMegabytes }) => peakMegabytes)),
    ]
    const speed = (stage: Stage) =>
      median(rounds[stage].map(({ bytes, cpuSeconds, alone }) => bytes / 1e6 / (alone ?? cpuSeconds - idle)))
    const memory = median(rounds.engine.map(({ peakMegabytes }) => peakMegabytes)) - peakIdle
    const about = `${list.length} files, ${(bytes / 1e6).toFixed(0)} MB; per second of processor time, files read included`
    yield {
      figure: 'keyword-stage',
      value: speed('keywords'),
      unit: 'MB/s',
      goal: { atLeast: 400 },
      detail:
        'every word that announces a secret, in one pass over the bytes of every file; the reading of files left out',
    }
    yield { figure: 'engine', value: speed('engine'), unit: 'MB/s', goal: { atLeast: 70 }, detail: about }
    yield {
      figure: 'engine-to-grep',
      value: speed('engine') / speed('grep'),
      unit: 'times',
      goal: { atLeast: 4 },
      detail: '`grep -iF -f keywords` whose lines go through the same rules one by one',
    }
    yield {
      figure: 'engine-memory',
      value: memory,
      unit: 'MB',
      goal: { atMost: 60 },
      detail: 'resident memory beyond that of a process that loaded the engine and did nothing, at its peak',
    }
    yield { figure: 'engine-findings', value: rounds.engine[0]!.findings, unit: 'findings' }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Measured extends Cost, Told {}

const measured = async (stage: Stage, folder: string): Promise<Measured> => {
  let told: Told | undefined
  const cost = await costOf({
    name: stage,
    argv: [process.execPath, new URL('detection-speed/measure.ts', import.meta.url).pathname, stage, folder],
    environment: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
    check: (stdout) => void (told = JSON.parse(stdout) as Told),
  })
  return { ...cost, ...told! }
}
