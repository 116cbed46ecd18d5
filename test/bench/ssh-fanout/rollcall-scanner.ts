import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { scanHost } from '@rollcall/discovery'
import { knownHosts, openHost } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { hostProbes } from '../frame/host-probes.ts'
import { fleetAccess, forAll } from './fleet-access.ts'

/* Scans the fleet with every probe that asks about the host, and prints how many hosts and findings there were, and which probes were not complete. */

/** The servers share the machine with whoever visits them, and the peers wait for them without end. */
const PATIENT = { connectMs: 120_000, loginMs: 300_000, idleMs: 600_000, hostMs: 900_000 }

const access = await fleetAccess()
const privateKey = Secret.ofText(await readFile(access.loginKey, 'utf8'))
const hostKeys = knownHosts({ read: [access.knownHosts] })
const { signal } = new AbortController()
const tools = {
  sha256: (bytes: Uint8Array) => hash('sha256', bytes, 'buffer'),
  publicPoint: () => undefined,
  keyedDigest: () => undefined,
  now: new Date(),
  signal,
}
const counted = { hosts: 0, findings: 0, roundTrips: 0 }
const incomplete = new Set<string>()

await forAll(access, async (host) => {
  await using open = await openHost(
    { kind: 'ssh', host, port: access.port },
    {
      logins: [{ user: access.user, methods: [{ kind: 'key', privateKey }], sudo: { kind: 'never' } }],
      hostKeys,
      policy: 'strict',
      limits: PATIENT,
      signal,
    },
  )
  const { sections } = await scanHost(open, hostProbes, tools)
  counted.hosts++
  counted.roundTrips = open.roundTrips()
  for (const { probe, findings, outcome } of sections) {
    counted.findings += findings.length
    if (outcome.status !== 'complete') incomplete.add(`${probe} (${outcome.status})`)
  }
})

process.stdout.write(JSON.stringify({ ...counted, incomplete: [...incomplete] }))
