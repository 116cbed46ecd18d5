import type { Finding, FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { openServiceWays } from './open-services.ts'

const ann: FindingOf<'account'> = {
  kind: 'account',
  name: 'ann',
  uid: 1000,
  gid: 1000,
  home: '/home/ann',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 2 },
}
const engine = (name: string, ...values: string[]): Finding => ({
  kind: 'setting',
  subject: 'container-engine',
  name,
  values,
  place: { path: '/etc/docker/daemon.json' },
})
const exported = (client: string, sys: string, ...more: string[]): Finding => ({
  kind: 'setting',
  subject: 'nfs',
  name: 'export',
  values: ['no_subtree_check', 'anonuid=0', 'anongid=0', 'sec=sys', ...sys.split(' '), ...more],
  condition: `/srv/data ${client}`,
  place: { path: '/etc/exports', line: 1 },
})
const serving: Finding = { kind: 'setting', subject: 'nfs', name: 'server', values: ['running'] }

const ways = (...findings: readonly Finding[]) => {
  const facts = hostFacts(
    [ann, ...findings].map((finding) => ({ probe: 'any', finding })),
    [],
  )
  return openServiceWays.ways(ann, facts).paths.map(({ via, effect }) => `${via} ${effect}`)
}

test('Docker on the network gives root to every account, unless it asks for certificates', () => {
  expect(ways(engine('docker.hosts', 'fd://', 'tcp://127.0.0.1:2375'))).toEqual(['socket root'])
  expect(ways(engine('docker.hosts', 'fd://'))).toEqual([])
  expect(ways(engine('docker.hosts', 'tcp://0.0.0.0:2376'), engine('docker.tlsverify', 'true'))).toEqual([])
})

test.each([
  ['*', 'rw insecure no_root_squash no_all_squash', ['nfs root']],
  ['127.0.0.0/8', 'rw insecure root_squash all_squash', ['nfs root']],
  // Requests must come from a port that only root may use.
  ['*', 'rw secure no_root_squash no_all_squash', []],
  ['*', 'ro insecure no_root_squash no_all_squash', []],
  ['*', 'rw insecure root_squash no_all_squash', []],
  ['192.0.2.7', 'rw insecure no_root_squash no_all_squash', []],
])('an export to %s with %s gives %j', (client, sys, expected) => {
  expect(ways(exported(client, sys), serving)).toEqual(expected)
})

test('an export gives nothing where no server runs, or where setuid counts for nothing', () => {
  const open = 'rw insecure no_root_squash no_all_squash'
  expect(ways(exported('*', open))).toEqual([])
  expect(ways(exported('*', open, 'nosuid'), serving)).toEqual([])
})
