import type { Finding, FindingOf } from '@rollcall/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Condition, FindingChange, RelationName, Store } from './face.ts'
import { idWithin } from './id.ts'
import { openStore } from './open.ts'
import { DAY_2, DAY_3, sampleKey, samplePrincipal, saveHost } from './sample.ts'

const unit: FindingOf<'usage'> = {
  kind: 'usage',
  account: 'backup',
  consumer: 'systemd-unit',
  name: 'backup.service',
  program: '/usr/local/bin/backup',
  enabled: true,
  listens: ['tcp 0.0.0.0:873'],
  needs: [{ type: 'variable', name: 'RESTIC_PASSWORD' }],
  place: { path: '/etc/systemd/system/backup.service', line: 7 },
}
const role: FindingOf<'service-account'> = {
  kind: 'service-account',
  service: 'mysql',
  name: 'app',
  scope: '%',
  login: 'yes',
  superuser: 'no',
  password: 'empty',
  privileges: ['SUPER'],
  place: { path: '/var/lib/mysql' },
}
const script: FindingOf<'file'> = {
  kind: 'file',
  role: 'run-as',
  type: 'file',
  owner: 1001,
  group: 50,
  mode: '0666',
  account: 'backup',
  because: 'unit backup.service',
  namedBy: { path: '/etc/systemd/system/backup.service', line: 7 },
  place: { path: '/usr/local/bin/backup' },
}
const password = (account: string, digest: string): FindingOf<'credential'> => ({
  kind: 'credential',
  class: 'login-password',
  account,
  state: 'usable',
  digest,
  place: { path: '/etc/shadow', line: 1 },
})
const keyLogin = (key: string, lastUsed: string, from: string): FindingOf<'usage'> => ({
  kind: 'usage',
  account: 'backup',
  consumer: 'key-login',
  key,
  lastUsed,
  from,
  place: { path: '/var/log/auth.log' },
})
const privateKey: FindingOf<'key'> = {
  kind: 'key',
  role: 'private',
  algorithm: 'ssh-ed25519',
  account: 'backup',
  format: 'pkcs8',
  passphrase: 'yes',
  concerns: ['file-readable-by-others'],
  file: { modified: DAY_2, mode: '0644', owner: 1001 },
  place: { path: '/home/backup/.ssh/id_ed25519' },
}

const findings = {
  units: [unit],
  mysql: [role],
  files: [script],
  shadow: [password('root', 'copied'), password('backup', 'own')],
  keys: [
    { ...sampleKey('backup', 'SHA256:shared'), concerns: ['dsa' as const] },
    privateKey,
    { ...privateKey, fingerprint: 'SHA256:shared', place: { path: '/srv/id_rsa' } },
    {
      kind: 'key',
      role: 'known',
      fingerprint: 'SHA256:shared',
      algorithm: 'ssh-ed25519',
      hosts: ['db1', '10.0.0.1'],
      place: { path: '/etc/ssh/ssh_known_hosts', line: 1 },
    } satisfies Finding,
  ],
  log: [keyLogin('SHA256:shared', '2025-11-01T00:00:00.000Z', '192.0.2.7')],
}

let store: Store
beforeAll(async () => {
  store = await openStore({ file: ':memory:' })
  await store.atomically(async (tx) => {
    await saveHost(
      tx,
      'h1',
      [
        samplePrincipal('h1', 'root', { uid: 0, privileged: 'yes', passwordDigest: 'copied' }),
        samplePrincipal('h1', 'backup', {
          uid: 1001,
          privileged: 'yes',
          passwordDigest: 'own',
          services: 1,
          paths: [
            { via: 'sudo', effect: 'root', password: 'own', sentence: '', steps: [] },
            { via: 'group', effect: 'limited', password: 'none', sentence: '', steps: [] },
          ],
        }),
      ],
      findings,
    )
    await tx.scopes.nameOwners('h1', { users: new Map([[1001, 'backup']]), groups: new Map() })
    await saveHost(tx, 'h2', [samplePrincipal('h2', 'root', { passwordDigest: 'copied' })], {
      shadow: [password('root', 'copied')],
      keys: [sampleKey('root', 'SHA256:shared')],
    })
  })
})
afterAll(() => store[Symbol.asyncDispose]())

const is = (column: string, value: string): Condition => ({ anyOf: [{ column, is: 'equal', value }], negated: false })
const rows = async (relation: RelationName, ...where: Condition[]) =>
  (await store.relations.page({ relation, where, sort: { column: 'id', descending: false }, limit: 100 })).rows

test('a unit says as whom it runs, whether that is privileged, and what it is given, never the value', async () => {
  expect(await rows('services')).toMatchObject([
    {
      host: 'h1.example.org',
      account: 'backup',
      account_id: idWithin('h1', 'backup'),
      privileged: 'yes',
      consumer: 'systemd-unit',
      enabled: 'yes',
      schedule: null,
      listens: ['tcp 0.0.0.0:873'],
      needs: ['variable RESTIC_PASSWORD'],
      line: 7,
    },
  ])
})

test('an account of a service has a row of its own', async () => {
  expect(await rows('service_accounts')).toMatchObject([
    { service: 'mysql', account: 'app', scope: '%', password: 'empty', privileges: ['SUPER'], expires: null },
  ])
})

test('a file says to whom it is open and whether that gives root, by the account that runs it', async () => {
  expect(await rows('files')).toMatchObject([
    {
      path: '/usr/local/bin/backup',
      owner: 'backup',
      owner_uid: 1001,
      group: null,
      group_gid: 50,
      open_to: 'everyone',
      gives_root: 'yes',
      because: 'unit backup.service',
      named_by_line: 7,
    },
  ])
})

test('the owner of a file is called what its uid is called now', async () => {
  await store.scopes.nameOwners('h1', { users: new Map([[1001, 'archive']]), groups: new Map([[50, 'staff']]) })
  expect(await rows('files')).toMatchObject([{ owner: 'archive', group: 'staff' }])
})

test('a key says what it opens, where its private half lies, and when it was used', async () => {
  const [authorized] = await rows('keys', is('host_id', 'h1'), is('role', 'authorized'))
  expect(authorized).toMatchObject({
    concerns: ['dsa'],
    places: 3,
    opens: 2,
    opens_roots: 1,
    private_places: 1,
    known_by: 1,
    last_used: '2025-11-01T00:00:00.000Z',
    last_used_from: '192.0.2.7',
  })
  expect(await rows('keys', is('host_id', 'h2'))).toMatchObject([{ opens: 2, last_used: null }])
})

test('of a private key without a fingerprint no other place can be told', async () => {
  const [unnamed] = await rows('keys', is('path', '/home/backup/.ssh/id_ed25519'))
  expect(unnamed).toMatchObject({
    fingerprint: null,
    format: 'pkcs8',
    passphrase: 'yes',
    concerns: ['file-readable-by-others'],
    file_owner: 1001,
    places: null,
    opens: null,
    private_places: null,
  })
})

test('an account says what becoming root takes, and how many others have its password hash', async () => {
  const [backup, root] = await rows('accounts', is('host_id', 'h1'))
  expect(backup).toMatchObject({ account: 'backup', root_needs: 'own-password', same_password: 0, services: 1 })
  expect(root).toMatchObject({ account: 'root', same_password: 1 })
  expect((await rows('accounts', is('password_digest', 'copied'))).map(({ host_id }) => host_id)).toEqual(['h1', 'h2'])
})

test('what vanishes stays as gone, a use that a log forgot stays known, and counts follow', async () => {
  const change = (finding: Finding, key: string): FindingChange => ({ type: 'vanished', key, finding })
  await store.atomically(async (tx) => {
    await tx.scopes.apply('h1', 'units', [change(unit, 'usage 0')], DAY_3)
    await tx.scopes.apply('h1', 'log', [change(findings.log[0]!, 'usage 0')], DAY_3)
    await tx.scopes.apply('h1', 'keys', [change(findings.keys[2]!, 'key 2')], DAY_3)
    await tx.scopes.apply('h2', 'shadow', [change(password('root', 'copied'), 'credential 0')], DAY_3)
  })
  expect(await rows('services')).toMatchObject([{ gone_since: DAY_3 }])
  expect(await rows('keys', is('host_id', 'h1'), is('role', 'authorized'))).toMatchObject([
    { private_places: 0, last_used: '2025-11-01T00:00:00.000Z' },
  ])
  expect(await rows('accounts', is('host_id', 'h1'), is('account', 'root'))).toMatchObject([{ same_password: 0 }])
})

test('an earlier use of a key does not replace a later one', async () => {
  const earlier = keyLogin('SHA256:shared', '2025-01-01T00:00:00.000Z', '192.0.2.1')
  await store.atomically((tx) =>
    tx.scopes.apply('h1', 'journal', [{ type: 'found', key: 'usage 0', finding: earlier, before: null }], DAY_3),
  )
  expect(await rows('keys', is('host_id', 'h1'), is('role', 'authorized'))).toMatchObject([
    { last_used: '2025-11-01T00:00:00.000Z' },
  ])
})

test('a host that is renamed is renamed in every table', async () => {
  await store.atomically(async (tx) => {
    const host = (await tx.hosts.byId('h1'))!
    await tx.hosts.save({
      id: 'h1',
      name: 'renamed',
      signals: host.signals,
      target: 'ssh://h1:22',
      at: DAY_3,
      evidence: [],
      outcome: 'complete',
      reason: null,
      sighting: undefined,
    })
  })
  for (const relation of ['accounts', 'keys', 'services', 'service_accounts', 'files'] as const)
    for (const row of await rows(relation, is('host_id', 'h1'))) expect(row['host']).toBe('renamed')
})

test('at how many places a key opens root follows the accounts it opens, and the keys themselves', async () => {
  await using other = await openStore({ file: ':memory:' })
  const key = sampleKey('ops', 'SHA256:ops')
  const opensRoots = async () =>
    (
      await other.relations.page({ relation: 'keys', where: [], sort: { column: 'id', descending: false }, limit: 9 })
    ).rows.map((row) => row['opens_roots'])
  await other.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'ops')], { keys: [key] }))
  expect(await opensRoots()).toEqual([0])
  await other.principals.save([samplePrincipal('h1', 'ops', { privileged: 'yes' })])
  expect(await opensRoots()).toEqual([1])
  const change = (finding: Finding, before: Finding): FindingChange => ({
    type: 'changed',
    key: 'key 0',
    finding,
    before,
  })
  await other.scopes.apply('h1', 'keys', [change({ ...key, ineffective: 'revoked' }, key)], DAY_2)
  expect(await opensRoots()).toEqual([0])
  await other.scopes.apply('h1', 'keys', [change(key, { ...key, ineffective: 'revoked' })], DAY_2)
  expect(await opensRoots()).toEqual([1])
  await other.scopes.apply('h1', 'keys', [{ type: 'vanished', key: 'key 0', finding: key }], DAY_3)
  await other.principals.save([samplePrincipal('h1', 'ops', { privileged: 'no' })])
  expect(await opensRoots()).toEqual([0])
})
