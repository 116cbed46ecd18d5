import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCANNER_FLAGS } from '@rollcall/agent'
import { startLab } from '../lab/lab.ts'
import { sshCommand } from '../lab/ssh-login.ts'
import { costOf } from './frame/contender.ts'
import { median, type Bench, type Figure } from './frame/figure.ts'
import { sameReads } from './frame/same-reads.ts'
import { fillFolders, TYPICAL } from './host-scan/typical-host.ts'

const ROUNDS = 2
const SCANS = 7
/** So much an agent has scanned in its first minutes. Before that it runs code that V8 has not yet compiled, and compiles it. */
const WARM = 60
const LOGINS = 5

/** What all probes that ask about a host cost together on a typical one, beside one ssh that runs the same reads and throws away what they say. */
const bench: Bench = { name: 'host-scan', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  await using lab = await startLab([TYPICAL])
  if (!lab.capabilities.ownHosts) throw new Error('no host of its own can be made here')
  const typical = lab.host(TYPICAL.name)
  await fillFolders(typical)
  const host = {
    address: typical.address,
    port: typical.port,
    user: typical.user,
    loginKey: lab.loginKey,
    knownHosts: lab.knownHosts,
  }
  const { script, roundTrips } = await sameReads(host)
  await using scratch = await scratchFolder()
  const file = join(scratch.path, 'script')
  await writeFile(file, script)
  const ssh = sshCommand({ ...host, keyFile: host.loginKey })

  const scans: Scanned[] = []
  const reads: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await costOf({
      name: 'rollcall',
      argv: [process.execPath, ...SCANNER_FLAGS, new URL('host-scan/repeated-scan.ts', import.meta.url).pathname],
      input: JSON.stringify({ ...host, times: SCANS, warm: WARM }),
      environment: { NODE_COMPILE_CACHE: join(scratch.path, 'compiled') },
      check: (stdout) => void scans.push(JSON.parse(stdout) as Scanned),
    })
    const { wallSeconds } = await costOf({
      name: 'openssh',
      argv: ['sh', '-ec', SAME_READS, 'sh', file, ...ssh],
    })
    reads.push((wallSeconds * 1000) / LOGINS)
  }
  const of = (figure: (scan: Scanned) => number) => median(scans.map(figure))
  const [wall, peer] = [of((scan) => scan.wall), median(reads)]
  const [{ findings, incomplete }] = scans as [Scanned]

  yield {
    figure: 'round-trips',
    value: roundTrips,
    unit: 'trips',
    goal: { atMost: 4 },
    detail: 'after authentication, opening the shell included',
  }
  yield {
    figure: 'wall-to-openssh',
    value: wall / peer,
    unit: 'times',
    goal: { atMost: 1.3 },
    detail: 'one scan over one ssh that runs the same reads and throws away what they say',
  }
  yield {
    figure: 'agent-cpu',
    value: of((scan) => scan.cpu),
    unit: 'ms',
    goal: { atMost: 40 },
    detail: `user and system, after ${WARM} scans; ${findings} findings${incomplete.length === 0 ? '' : `; not complete: ${incomplete.join(', ')}`}`,
  }
  yield {
    figure: 'agent-cpu-of-first',
    value: of((scan) => scan.firstCpu),
    unit: 'ms',
    detail: 'the first scan after a start',
  }
  yield { figure: 'rollcall-wall', value: wall, unit: 'ms' }
  yield { figure: 'openssh-wall', value: peer, unit: 'ms' }
  yield { figure: 'rollcall-peak-memory', value: of((scan) => scan.peakMegabytes), unit: 'MB' }
}

/** What `repeated-scan.ts` prints. */
interface Scanned {
  readonly wall: number
  readonly cpu: number
  readonly firstCpu: number
  readonly findings: number
  readonly incomplete: readonly string[]
  readonly peakMegabytes: number
}

const SAME_READS = `script=$1; shift; i=0
while [ $i -lt ${LOGINS} ]; do "$@" sh -s <"$script" >/dev/null; i=$((i+1)); done`

const scratchFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-host-scan-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
