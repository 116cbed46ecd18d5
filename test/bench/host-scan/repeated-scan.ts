import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { scanTarget } from '@rollcall/agent'
import { hostProbes } from '../frame/host-probes.ts'
import { knownHosts } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import type { NotedHost } from '../frame/same-reads.ts'

/*
 * Scans one host with every probe that asks about it, over and over, as an agent does that runs for months: what its start costs is not counted.
 * Prints the medians.
 */

const { times, warm, ...host } = JSON.parse(await text(process.stdin)) as NotedHost & { times: number; warm: number }
const privateKey = Secret.ofText(await readFile(host.loginKey, 'utf8'))
const hostKeys = knownHosts({ read: [host.knownHosts] })
const { signal } = new AbortController()
const scanning = {
  probes: hostProbes,
  reach: {
    logins: [{ user: host.user, methods: [{ kind: 'key', privateKey } as const], sudo: { kind: 'never' } as const }],
    hostKeys,
    policy: 'strict' as const,
  },
  now: () => new Date(),
}

const once = async () => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  const { sections } = await scanTarget({ kind: 'ssh', host: host.address, port: host.port }, scanning, signal)
  const used = process.cpuUsage(cpu)
  return {
    wall: performance.now() - wall,
    cpu: (used.user + used.system) / 1000,
    findings: sections.reduce((sum, { findings }) => sum + findings.length, 0),
    incomplete: sections.filter(({ outcome }) => outcome.status !== 'complete').map(({ probe }) => probe),
  }
}

const middle = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!

const first = await once()
for (let n = 1; n < warm; n++) await once()
const runs: Awaited<ReturnType<typeof once>>[] = []
for (let n = 0; n < times; n++) runs.push(await once())
process.stdout.write(
  JSON.stringify({
    wall: middle(runs.map(({ wall }) => wall)),
    cpu: middle(runs.map(({ cpu }) => cpu)),
    firstCpu: first.cpu,
    findings: runs[0]!.findings,
    incomplete: runs[0]!.incomplete,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }),
)
