import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { probes, scanHost } from '@rollcall/discovery'
import { knownHosts, openHost } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import type { NotedHost } from '../frame/same-reads.ts'

/*
 * Scans one host with every probe, over and over, as an agent does that runs for months: what its start costs is not counted.
 * Prints the medians.
 */

const { times, warm, ...host } = JSON.parse(await text(process.stdin)) as NotedHost & { times: number; warm: number }
const privateKey = Secret.ofText(await readFile(host.loginKey, 'utf8'))
const hostKeys = knownHosts({ read: [host.knownHosts] })
const { signal } = new AbortController()
const tools = {
  sha256: (bytes: Uint8Array) => hash('sha256', bytes, 'buffer'),
  keyedDigest: () => undefined,
  now: new Date(),
  signal,
}

const once = async () => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  await using open = await openHost(
    { kind: 'ssh', host: host.address, port: host.port },
    {
      logins: [{ user: host.user, methods: [{ kind: 'key', privateKey }], sudo: { kind: 'never' } }],
      hostKeys,
      policy: 'strict',
      signal,
    },
  )
  const { sections } = await scanHost(open, probes, tools)
  const used = process.cpuUsage(cpu)
  return {
    wall: performance.now() - wall,
    cpu: (used.user + used.system) / 1000,
    roundTrips: open.roundTrips(),
    findings: sections.reduce((sum, { findings }) => sum + findings.length, 0),
    incomplete: sections.filter(({ outcome }) => outcome.status !== 'complete').map(({ probe }) => probe),
  }
}

const middle = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!

for (let n = 0; n < warm; n++) await once()
const runs: Awaited<ReturnType<typeof once>>[] = []
for (let n = 0; n < times; n++) runs.push(await once())
process.stdout.write(
  JSON.stringify({
    wall: middle(runs.map(({ wall }) => wall)),
    cpu: middle(runs.map(({ cpu }) => cpu)),
    roundTrips: Math.max(...runs.map(({ roundTrips }) => roundTrips)),
    findings: runs[0]!.findings,
    incomplete: runs[0]!.incomplete,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }),
)
