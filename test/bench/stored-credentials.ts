import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileMemories, scanTarget, type Scanning } from '@rollcall/agent'
import { probes } from '@rollcall/discovery'
import { knownHosts } from '@rollcall/reach'
import { keyedDigest, newDigestKey, Secret } from '@rollcall/secret'
import { startLab, type LabHost } from '../lab/lab.ts'
import { median, type Bench, type Figure } from './frame/figure.ts'
import { fillFolders, TYPICAL } from './host-scan/typical-host.ts'
import { targetCpu } from './stored-credentials/target-cpu.ts'

const ROUNDS = 3

/**
 * What the search for stored credentials costs the target, beside the search that somebody would do by hand: a host with 20,000 small
 * files of settings and 8 MB of larger ones. CPU time of all processes that the login started on the target, sshd included.
 */
const bench: Bench = { name: 'stored-credentials', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  await using lab = await startLab([TYPICAL])
  if (!lab.capabilities.ownHosts) throw new Error('no host of its own can be made here')
  const host = lab.host(TYPICAL.name)
  await fillFolders(host)
  const filled = await host.inside(['sh', '-ec', LARGER])
  if (filled.exit !== 0) throw new Error(`the host could not be filled: ${filled.stderr.slice(0, 500)}`)
  await using scratch = await scratchFolder()
  const memories = await fileMemories({ folder: scratch.path, version: 'bench' })
  const scanning: Scanning = {
    probes,
    reach: {
      logins: [
        {
          user: host.user,
          methods: [{ kind: 'key', privateKey: Secret.ofText(await readFile(lab.loginKey, 'utf8')) }],
          sudo: { kind: 'never' },
        },
      ],
      hostKeys: knownHosts({ read: [lab.knownHosts] }),
      policy: 'strict',
    },
    now: () => new Date(),
    keyedDigest: keyedDigest(newDigestKey()),
  }
  const without = probes.filter(({ id }) => !id.endsWith('-credentials'))

  const costs = { grep: [] as Cost[], others: [] as Cost[], first: [] as Cost[], unchanged: [] as Cost[] }
  const found: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const grep = await costOf(host, async () => void (await host.ssh('grep -rIl password /etc /home /opt /srv')))
    const others = await costOf(host, () => scanned(host, { ...scanning, probes: without }))
    const first = await costOf(host, () => scanned(host, scanning))
    await scanned(host, { ...scanning, memories })
    const unchanged = await costOf(host, async () => void found.push(await scanned(host, { ...scanning, memories })))
    // Once before anything is counted, so that all is warm.
    if (round === 0) continue
    for (const [name, cost] of Object.entries({ grep, others, first, unchanged }))
      costs[name as keyof typeof costs].push(cost)
  }
  const of = (name: keyof typeof costs, what: keyof Cost) => median(costs[name].map((cost) => cost[what]))
  const grep = of('grep', 'target')
  const [first, unchanged, others] = [of('first', 'target'), of('unchanged', 'target'), of('others', 'target')]

  yield {
    figure: 'first-scan-to-grep',
    value: (first - others) / grep,
    unit: 'times',
    detail: `target CPU that the search adds to a scan which reads every file, over that of grep -rIl; ${found[0]} credentials`,
  }
  yield {
    figure: 'unchanged-scan-to-grep',
    value: (unchanged - others) / grep,
    unit: 'times',
    detail: 'the same where no file has changed since',
  }
  yield { figure: 'grep-target-cpu', value: grep, unit: 'ms' }
  yield { figure: 'scan-without-target-cpu', value: others, unit: 'ms', detail: 'all other probes' }
  yield { figure: 'first-scan-target-cpu', value: first, unit: 'ms' }
  yield { figure: 'unchanged-scan-target-cpu', value: unchanged, unit: 'ms' }
  yield { figure: 'scan-without-agent-cpu', value: of('others', 'agent'), unit: 'ms' }
  yield { figure: 'first-scan-agent-cpu', value: of('first', 'agent'), unit: 'ms' }
  yield { figure: 'unchanged-scan-agent-cpu', value: of('unchanged', 'agent'), unit: 'ms' }
  yield { figure: 'first-scan-wall', value: of('first', 'wall'), unit: 'ms' }
  yield { figure: 'unchanged-scan-wall', value: of('unchanged', 'wall'), unit: 'ms' }
  yield { figure: 'peak-memory', value: process.resourceUsage().maxRSS / 1024, unit: 'MB' }
}

/** In milliseconds. */
interface Cost {
  readonly target: number
  readonly agent: number
  readonly wall: number
}

const costOf = async (host: LabHost, work: () => Promise<unknown>): Promise<Cost> => {
  const [before, agent, wall] = [await targetCpu(host), process.cpuUsage(), performance.now()]
  await work()
  const used = process.cpuUsage(agent)
  const took = performance.now() - wall
  return { target: (await targetCpu(host)) - before, agent: (used.user + used.system) / 1000, wall: took }
}

const scanned = async (host: LabHost, scanning: Scanning): Promise<number> => {
  const { sections } = await scanTarget(
    { kind: 'ssh', host: host.address, port: host.port },
    scanning,
    new AbortController().signal,
  )
  const lost = sections.find(({ outcome }) => outcome.status === 'failed')
  if (lost !== undefined || sections.length === 0) throw new Error(`the scan failed: ${lost?.probe ?? 'not reached'}`)
  return sections.find(({ probe }) => probe === 'stored-credentials')?.findings.length ?? 0
}

/** 400 files of 20 kB. */
const LARGER = `mkdir -p /opt/large
i=0
while [ $i -lt 400 ]; do
  { j=0; while [ $j -lt 250 ]; do echo "server.pool.$j.path = /var/lib/app/pool/$j/some-folder/of/its/own/to/keep/settings"; j=$((j+1)); done
    echo "db.password = oak-leaf-$i"; } >/opt/large/app$i.properties
  i=$((i+1))
done`

const scratchFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-credentials-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
