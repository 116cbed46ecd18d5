import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import planted from '../lab/hosts/planted.ts'
import { startLab } from '../lab/lab.ts'
import { compared } from '../lab/planted/compare.ts'
import { plant } from '../lab/planted/planted-host.ts'
import { hostLooked, treeLooked } from '../lab/planted/scans.ts'
import type { Bench, Figure } from './frame/figure.ts'
import { interval } from './detection/score.ts'

/**
 * How much is found of what real programs lay down on a host, wherever that is: truth is a search for the very values. And how much is
 * told of the settings of the same host before anything was planted. `BENCH_LIST=planted` lists what was missed and what is none.
 */
const bench: Bench = { name: 'planted-host', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  await using lab = await startLab([planted])
  if (!lab.capabilities.ownHosts) throw new Error(lab.capabilities.lacks.join('; '))
  const host = lab.host('planted')
  const root = `/proc/${host.pid}/root`
  const [clean, bytes] = [await treeLooked(root, ['etc']), await sizeOf(join(root, 'etc'))]
  const { places, values, leftOut } = await plant(host, process.env['PLANTED_SEED'] ?? 'bench')
  const [overSsh, onTree] = [await hostLooked(lab, host), await treeLooked(root, PLACES, FORMS)]
  const [found, before] = [compared(places, overSsh.told), compared([], clean.told)]
  const told = before.others.filter(({ state }) => state === 'active')
  const active = told.filter(({ place }) => !MADE_BY_PACKAGES.test(place?.path ?? ''))
  const inFiles = places.filter(({ path }) => !path.startsWith('/proc/'))
  const byTree = compared(inFiles, onTree.told)
  if (process.env['BENCH_LIST'] === 'planted') list(found.missed, [...active, ...found.others])
  const [low, high] = interval(found.found.length / places.length, places.length)
  yield {
    figure: 'planted-recall',
    value: found.found.length / places.length,
    unit: 'share',
    goal: { atLeast: 0.95 },
    detail: `${found.found.length} of ${places.length} places (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}), scanned over SSH; left out: ${leftOut.join('; ') || 'nothing'}`,
  }
  yield {
    figure: 'planted-recall-on-tree',
    value: byTree.found.length / inFiles.length,
    unit: 'share',
    goal: { atLeast: 0.95 },
    detail: 'the same without processes, looked through as a tree of files',
  }
  yield {
    figure: 'planted-false-per-mb',
    value: active.length / (bytes / 1e6),
    unit: 'per MB',
    goal: { atMost: 0.5 },
    detail: `${active.length} told to lie open in ${(bytes / 1e6).toFixed(1)} MB of settings before anything was planted, besides ${told.length - active.length} that packages made or brought along`,
  }
  yield {
    figure: 'planted-values-written',
    value: values.filter((value) => (overSsh.written + onTree.written).includes(value)).length,
    unit: 'values',
    goal: { atMost: 0 },
    detail: 'found in any byte that was told or kept',
  }
}

/** What is no secret of anybody's choice but one all the same: keys and passwords that installers made, communities and keys of API. */
const MADE_BY_PACKAGES =
  /^\/etc\/(?:ssh\/ssh_host_|bind\/rndc\.key|ldap\/slapd\.d\/|ssl\/private\/|snmp\/snmpd\.conf|chromium\.d\/apikeys)/

const PLACES = ['etc', 'home', 'opt', 'root', 'srv', 'var']
const FORMS = ['--json', '--csv', '--sarif', '--context']

const list = (missed: readonly unknown[], others: readonly unknown[]) =>
  process.stderr.write(
    [
      ...missed.map((one) => `missed ${JSON.stringify(one)}`),
      ...others.map((one) => `other ${JSON.stringify(one)}`),
      '',
    ].join('\n'),
  )

const sizeOf = async (folder: string): Promise<number> => {
  let size = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) size += (await stat(join(entry.parentPath, entry.name))).size
  return size
}
