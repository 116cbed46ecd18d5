import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Store } from './face.ts'
import { openStore } from './open.ts'
import {
  DAY_1,
  DAY_2,
  DAY_3,
  sampleAccount,
  sampleKey,
  samplePrincipal,
  sampleScope,
  sampleSignals,
  saveHost,
} from './sample.ts'

const temporary = async (where: 'memory' | 'file'): Promise<Store> => {
  if (where === 'memory') return openStore({ file: ':memory:' })
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-store-'))
  const store = await openStore({ file: join(folder, 'store.db') })
  const close = store[Symbol.asyncDispose]
  return Object.assign(store, {
    [Symbol.asyncDispose]: async () => {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  })
}

describe.each(['memory', 'file'] as const)('a store in %s', (where) => {
  test('keeps all of a transaction or nothing', async () => {
    await using store = await temporary(where)
    const failing = store.atomically(async (tx) => {
      await saveHost(tx, 'h1', [samplePrincipal('h1', 'root')])
      await tx.inbox.admit('r1', DAY_1)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await store.hosts.byId('h1')).toBeUndefined()
    expect(await store.inbox.admit('r1', DAY_1)).toBe(true)
  })

  test('lets writers wait for one another', async () => {
    await using store = await temporary(where)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store.atomically(async (tx) => {
          const before = await tx.targetSets.all()
          await new Promise((resolve) => setTimeout(resolve, 1))
          await tx.targetSets.add({
            id: `t${n}`,
            name: String(before.length),
            include: ['a'],
            exclude: [],
            addedAt: DAY_1,
            addedBy: 'me',
          })
        }),
      ),
    )
    const names = (await store.targetSets.all()).map(({ name }) => Number(name)).sort((one, other) => one - other)
    expect(names).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('does not show to others what is not committed', async () => {
    await using store = await temporary(where)
    let seen: Promise<number> | undefined
    await store
      .atomically(async (tx) => {
        await saveHost(tx, 'h1', [])
        seen = store.relations.count('hosts', [])
        if (where === 'file') expect(await seen).toBe(0)
        throw new Error('on purpose')
      })
      .catch(() => {})
    expect(await seen).toBe(0)
  })

  test('admits a report once', async () => {
    await using store = await temporary(where)
    expect(await store.inbox.admitted('r1')).toBe(false)
    expect(await store.inbox.admit('r1', DAY_1)).toBe(true)
    expect(await store.inbox.admit('r1', DAY_2)).toBe(false)
    expect(await store.inbox.admitted('r1')).toBe(true)
    expect(await store.inbox.forget(DAY_2)).toBe(1)
    expect(await store.inbox.admit('r1', DAY_3)).toBe(true)
  })

  test('finds a host by its key, its machine id, or where it was met', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', []))
    const none = { hostKeys: [], addresses: [], macs: [], os: {} }
    const found = async (...query: Parameters<typeof store.hosts.candidates>) =>
      (await store.hosts.candidates(...query)).map(({ id }) => id)
    expect(await found({ ...none, hostKeys: sampleSignals('h1').hostKeys }, 'ssh://x:22')).toEqual(['h1'])
    expect(await found({ ...none, machineId: 'machine-h1' }, 'ssh://x:22')).toEqual(['h1'])
    expect(await found(none, 'ssh://h1:22')).toEqual(['h1'])
    expect(await found(none, 'ssh://x:22')).toEqual([])
  })

  test('knows who was met last at a target', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', []))
    const moved = {
      name: 'h2',
      signals: sampleSignals('h2'),
      target: 'ssh://h1:22',
      evidence: [],
      outcome: 'complete',
      reason: null,
      sighting: undefined,
    } as const
    await store.hosts.save({ ...moved, id: 'h2', at: DAY_2 })
    expect((await store.hosts.byId('h1'))?.residesAt).toEqual([])
    expect((await store.hosts.byId('h2'))?.residesAt).toEqual(['ssh://h1:22'])
    expect(await store.hosts.lastSighting('ssh://h1:22')).toBeUndefined()
  })

  test('takes a host seen again as one write, and all its scopes with it', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'root')], { other: [] }))
    await store.scopes.save('h1', [sampleScope('old', '2025-01-01T00:00:00.000Z')])
    const sighting = await store.hosts.lastSighting('ssh://h1:22')
    expect(sighting).toEqual({ target: 'ssh://h1:22', host: 'h1', digest: 'sighting of h1', at: DAY_1, until: null })
    await store.hosts.seenAgain(sighting!, DAY_2)
    const scopes = new Map((await store.scopes.of('h1')).map((scope) => [scope.probe, scope]))
    expect(scopes.get('local-accounts')).toMatchObject({ lastLook: DAY_2, lastComplete: DAY_2 })
    expect(scopes.get('old')).toMatchObject({ lastLook: '2025-01-01T00:00:00.000Z' })
    expect(await store.hosts.byId('h1')).toMatchObject({ lastSeen: DAY_2, lastGoodScan: DAY_2 })
    expect((await store.principals.of('h1'))[0]?.lastSeen).toBe(DAY_2)
    // What is looked at later alone does not move the others.
    await store.hosts.save({
      id: 'h1',
      name: 'h1',
      signals: sampleSignals('h1'),
      target: 'ssh://h1:22',
      at: DAY_3,
      evidence: [],
      outcome: 'partial',
      reason: null,
      sighting: undefined,
    })
    expect((await store.scopes.of('h1')).find(({ probe }) => probe === 'local-accounts')?.lastLook).toBe(DAY_2)
  })

  test('keeps what is known of a host that was not reached, and says that it was not', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'root')]))
    await store.hosts.missed('ssh://h1:22', 'failed', { code: 'unreachable' }, DAY_2)
    const { rows } = await store.relations.page({
      relation: 'hosts',
      where: [],
      sort: { column: 'id', descending: false },
      limit: 10,
    })
    expect(rows).toMatchObject([{ outcome: 'failed', reason: 'unreachable', last_seen: DAY_1, accounts: 1 }])
    expect(await store.hosts.lastSighting('ssh://h1:22')).toBeUndefined()
    await store.hosts.missed('ssh://never:22', 'failed', { code: 'refused' }, DAY_2)
    expect(await store.scans.lastLooks()).toEqual({ targets: 2, complete: 0, partial: 0, failed: 1, never: 1 })
  })

  test('writes findings and tells their history, the newest first', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'bob')]))
    const bob = sampleAccount('bob')
    await store.scopes.apply(
      'h1',
      'local-accounts',
      [{ type: 'changed', key: 'account 0', finding: { ...bob, uid: 0 }, before: bob }],
      DAY_2,
    )
    await store.scopes.apply(
      'h1',
      'local-accounts',
      [{ type: 'vanished', key: 'account 0', finding: { ...bob, uid: 0 } }],
      DAY_3,
    )
    const history = await store.scopes.history({ host: 'h1', account: 'bob', limit: 10 })
    expect(history.map(({ type, at }) => `${type} ${at}`)).toEqual([
      `vanished ${DAY_3}`,
      `changed ${DAY_2}`,
      `appeared ${DAY_1}`,
    ])
    expect(history[1]).toMatchObject({
      before: { uid: 1000 },
      after: { uid: 0 },
      host: 'h1.example.org',
      thing: 'account bob',
    })
    expect(await store.scopes.known('h1', 'local-accounts')).toMatchObject([
      { firstSeen: DAY_1, changedAt: DAY_2, goneSince: DAY_3 },
    ])
    expect(await store.scopes.current('h1')).toEqual([])
    expect((await store.scopes.history({ limit: 10 })).length).toBe(2)
  })

  test('counts the places of a key, and knows which of them open root', async () => {
    await using store = await temporary(where)
    const key = (account: string) => sampleKey(account, 'SHA256:shared')
    await store.atomically(async (tx) => {
      await saveHost(tx, 'h1', [samplePrincipal('h1', 'bob')], { 'authorized-keys': [key('bob')] })
      await saveHost(tx, 'h2', [samplePrincipal('h2', 'eve', { privileged: 'yes' })], {
        'authorized-keys': [key('eve')],
      })
    })
    const keys = async () => {
      const { rows } = await store.relations.page({
        relation: 'keys',
        where: [],
        sort: { column: 'host', descending: false },
        limit: 10,
      })
      return rows.map(({ places, opens_root, state }) => [places, opens_root, state])
    }
    expect(await keys()).toEqual([
      [2, 'no', 'unmanaged'],
      [2, 'yes', 'unmanaged'],
    ])
    expect(await store.relations.keyTotals()).toEqual({ distinct: 1, sharedAcrossHosts: 1 })
    await store.principals.save([samplePrincipal('h1', 'bob', { privileged: 'yes' })])
    await store.scopes.apply('h2', 'authorized-keys', [{ type: 'vanished', key: 'key 0', finding: key('eve') }], DAY_2)
    expect(await keys()).toEqual([
      [1, 'yes', 'unmanaged'],
      [1, 'yes', 'gone'],
    ])
    expect(await store.relations.keyTotals()).toEqual({ distinct: 1, sharedAcrossHosts: 0 })
  })

  test('gives principals back exactly, whatever their names hold', async () => {
    await using store = await temporary(where)
    const rows = ['plain', 'line\nend', 'half\ud800', 'nul\u0000', "quote'"].map((name) =>
      samplePrincipal('h1', name, { groups: [name, 'a\nb'], description: name, lastSeen: DAY_1 }),
    )
    await store.atomically((tx) => saveHost(tx, 'h1', rows))
    const known = await store.principals.of('h1')
    expect(new Map(known.map((row) => [row.id, row]))).toEqual(new Map(rows.map((row) => [row.id, row])))
    expect(await store.principals.byId(rows[1]!.id)).toEqual(rows[1])
    expect(await store.principals.byId('nobody')).toBeUndefined()
  })

  test('keeps accounts that are gone, and when they were last seen', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'bob')]))
    await store.principals.save([samplePrincipal('h1', 'bob', { goneSince: DAY_2, state: 'gone' })])
    const page = await store.relations.page({
      relation: 'accounts',
      where: [],
      sort: { column: 'account', descending: false },
      limit: 10,
    })
    expect(page.rows).toMatchObject([{ state: 'gone', gone_since: DAY_2, last_seen: DAY_1 }])
    expect(
      (
        await store.relations.page({
          relation: 'hosts',
          where: [],
          sort: { column: 'id', descending: false },
          limit: 1,
        })
      ).rows[0],
    ).toMatchObject({ accounts: 0 })
  })

  test('carries a new host name to everything on the host', async () => {
    await using store = await temporary(where)
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'bob')], { keys: [sampleKey('bob')] }))
    await store.hosts.save({
      id: 'h1',
      name: 'renamed',
      signals: sampleSignals('h1'),
      target: 'ssh://h1:22',
      at: DAY_2,
      evidence: [],
      outcome: 'complete',
      reason: null,
      sighting: undefined,
    })
    for (const relation of ['accounts', 'keys', 'hosts', 'outcomes'] as const) {
      const { rows } = await store.relations.page({
        relation,
        where: [],
        sort: { column: 'id', descending: false },
        limit: 1,
      })
      expect(rows[0]?.['host']).toBe('renamed')
    }
  })

  test('follows a scan from its plan to its end', async () => {
    await using store = await temporary(where)
    await store.scans.create({ id: 's1', trigger: 'person', by: 'me', targetSets: ['all'], at: DAY_1 })
    await store.scans.plan('s1', ['a', 'b', 'c'], 100, 97)
    await store.scans.plan('s1', ['c'], 0, 0)
    await store.scans.started('s1', 'a', DAY_1)
    await store.scans.started('s1', 'b', DAY_1)
    await store.atomically((tx) => saveHost(tx, 'h1', []))
    await store.scans.done('s1', { target: 'a', host: 'h1', outcome: 'complete', reason: null, at: DAY_2 })
    await store.scans.done('s1', { target: 'a', host: null, outcome: 'failed', reason: { code: 'refused' }, at: DAY_3 })
    await store.scans.done('s1', {
      target: 'unplanned',
      host: null,
      outcome: 'denied',
      reason: { code: 'login-rejected' },
      at: DAY_2,
    })
    expect(await store.scans.summary('s1')).toMatchObject({
      planned: 4,
      complete: 1,
      partial: 0,
      failed: 1,
      running: 1,
      queued: 1,
      swept: 100,
      silent: 97,
    })
    expect((await store.scans.targets('s1', 10)).map(({ target }) => target)).toEqual(['b', 'unplanned', 'c', 'a'])
    expect(await store.scans.target('s1', 'a')).toMatchObject({
      host: { id: 'h1', name: 'h1.example.org' },
      outcome: 'complete',
    })
    expect(await store.scans.causes('s1')).toEqual([{ reason: 'login-rejected', count: 1, examples: ['unplanned'] }])
    expect((await store.scans.doneTargets('s1')).sort()).toEqual(['a', 'unplanned'])
    await store.scans.requeue('s1')
    expect(await store.scans.summary('s1')).toMatchObject({ running: 0, queued: 2 })
    expect(await store.scans.open()).toMatchObject([{ id: 's1', targetSets: ['all'], state: 'queued' }])
    await store.scans.setState('s1', 'finished', DAY_3)
    expect(await store.scans.open()).toEqual([])
    expect(await store.scans.newest(5)).toMatchObject([{ id: 's1', state: 'finished', finishedAt: DAY_3 }])
    expect((await store.scans.lastLooks()).targets).toBe(5)
  })

  test('takes the end of a scan that it does not know for nothing', async () => {
    await using store = await temporary(where)
    await store.scans.done('lost', { target: 'a', host: null, outcome: 'failed', reason: null, at: DAY_1 })
    expect(await store.scans.summary('lost')).toBeUndefined()
  })

  test('keeps target sets, people, sessions and tokens', async () => {
    await using store = await temporary(where)
    const set = {
      id: 't1',
      name: 'all',
      include: ['10.0.0.0/24'],
      exclude: ['10.0.0.1'],
      addedAt: DAY_1,
      addedBy: 'me',
    }
    await store.targetSets.add(set)
    expect(await store.targetSets.byId('t1')).toEqual({ ...set, segment: 'local' })
    expect(await store.targetSets.remove('t1')).toBe(true)
    expect(await store.targetSets.remove('t1')).toBe(false)

    expect(await store.access.users()).toBe(0)
    await store.access.addUser({ name: 'me', passwordHash: 'scrypt$…', at: DAY_1 })
    expect(await store.access.user('me')).toEqual({ name: 'me', passwordHash: 'scrypt$…' })
    await expect(store.access.addUser({ name: 'me', passwordHash: 'x', at: DAY_1 })).rejects.toMatchObject({
      name: 'StoreError',
    })
    await store.access.addSession({ hash: 's', user: 'me', expiresAt: DAY_2 })
    expect(await store.access.session('s')).toEqual({ user: 'me', expiresAt: DAY_2 })
    await store.access.endSession('s')
    expect(await store.access.session('s')).toBeUndefined()
    await store.access.addToken({ id: 'k', name: 'ci', hash: 'h', createdAt: DAY_1, createdBy: 'me' })
    await store.access.usedToken('k', DAY_2)
    expect(await store.access.token('h')).toEqual({ id: 'k', name: 'ci' })
    expect(await store.access.tokens()).toMatchObject([{ lastUsedAt: DAY_2 }])
    expect(await store.access.removeToken('k')).toBe(true)
    await store.audit.append({ at: DAY_1, actor: 'me', action: 'login', object: 'session', detail: null })
  })

  test('says that it is closed when it is', async () => {
    const store = await temporary(where)
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await expect(store.targetSets.all()).rejects.toMatchObject({ code: 'closed' })
    await expect(store.inbox.admit('r', DAY_1)).rejects.toMatchObject({ code: 'closed' })
  })
})
