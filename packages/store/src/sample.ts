import type { Finding, FindingOf, HostSignals } from '@rollcall/contract'
import type { PrincipalRow, Repositories, ScopeState } from './face.ts'
import { idWithin } from './id.ts'

/* What tests fill a store with. */

export const DAY_1 = '2026-01-01T00:00:00.000Z'
export const DAY_2 = '2026-01-02T00:00:00.000Z'
export const DAY_3 = '2026-01-03T00:00:00.000Z'

export const sampleSignals = (name: string): HostSignals => ({
  provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${name}` },
  hostKeys: [{ algorithm: 'ssh-ed25519', fingerprint: `SHA256:${name}` }],
  machineId: `machine-${name}`,
  addresses: ['192.0.2.1', '2001:db8::1'],
  macs: [],
  os: { name: 'Debian GNU/Linux 12' },
})

export const sampleAccount = (name: string): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
})

export const sampleKey = (account: string, fingerprint = `SHA256:${account}`): FindingOf<'key'> => ({
  kind: 'key',
  role: 'authorized',
  fingerprint,
  algorithm: 'ssh-ed25519',
  account,
  place: { path: `/home/${account}/.ssh/authorized_keys`, line: 1 },
})

export const sampleScope = (probe: string, at: string, facts: Partial<ScopeState> = {}): ScopeState => ({
  probe,
  outcome: { status: 'complete', reasons: [] },
  privilege: 'root',
  strongest: 'root',
  digest: 'a'.repeat(64),
  findings: 0,
  kept: 0,
  lastLook: at,
  lastComplete: at,
  ...facts,
})

export const samplePrincipal = (host: string, name: string, facts: Partial<PrincipalRow> = {}): PrincipalRow => ({
  id: idWithin(host, name),
  host,
  name,
  uid: 1000,
  gid: 1000,
  description: null,
  home: `/home/${name}`,
  shell: '/bin/bash',
  source: 'files',
  domain: null,
  privileged: 'no',
  paths: [],
  unknownBecause: [],
  loginAllowed: 'yes',
  loginReasons: [],
  password: 'usable',
  hashScheme: 'yescrypt',
  hashStrength: 'strong',
  passwordWeaknesses: [],
  passwordDigest: null,
  passwordChanged: '2025-03-14',
  accountExpires: null,
  lastLogin: 'never',
  lastLoginFrom: null,
  lastKeyLogin: null,
  directorySid: null,
  directoryObject: null,
  directoryName: null,
  groups: [name],
  keys: 0,
  services: 0,
  sharedUid: 0,
  state: 'unmanaged',
  completeness: 'complete',
  probe: 'local-accounts',
  firstSeen: DAY_1,
  lastSeen: DAY_1,
  goneSince: null,
  ...facts,
})

/** Saves a host as its first look finds it: its accounts, and whatever findings are given, by probe. */
export const saveHost = async (
  tx: Repositories,
  id: string,
  principals: readonly PrincipalRow[],
  findings: Readonly<Record<string, readonly Finding[]>> = {},
  at = DAY_1,
): Promise<void> => {
  await tx.hosts.save({
    id,
    name: `${id}.example.org`,
    signals: sampleSignals(id),
    target: `ssh://${id}:22`,
    at,
    evidence: [],
    outcome: 'complete',
    reason: null,
    sighting: { digest: `sighting of ${id}`, until: null },
  })
  await tx.principals.save(principals)
  const byProbe = { 'local-accounts': principals.map(({ name }) => sampleAccount(name)), ...findings }
  for (const [probe, found] of Object.entries(byProbe)) {
    const changes = found.map((finding, index) => ({
      type: 'found' as const,
      key: `${finding.kind} ${index}`,
      finding,
      before: null,
    }))
    await tx.scopes.apply(id, probe, changes, at)
    await tx.scopes.save(id, [sampleScope(probe, at, { findings: found.length })])
  }
}
