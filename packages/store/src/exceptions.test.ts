import type { FindingOf } from '@rollcall/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FindingChange, Store } from './face.ts'
import { idWithin } from './id.ts'
import { openStore } from './open.ts'
import { DAY_1, DAY_2, DAY_3, saveHost } from './sample.ts'

const stored = (name: string, digest: string): FindingOf<'stored-credential'> => ({
  kind: 'stored-credential',
  secret: 'password',
  value: 'literal',
  state: 'active',
  detector: 'ini',
  evidence: 'name',
  confidence: 'high',
  name,
  account: 'app',
  digest,
  place: { path: `/etc/${name}.ini`, line: 3 },
})

let store: Store
beforeAll(async () => {
  store = await openStore({ file: ':memory:' })
  for (const host of ['h1', 'h2']) await saveHost(store, host, [])
  await apply('h1', [appeared(stored('one', 'same')), appeared(stored('two', 'other'))], DAY_1)
  await apply('h2', [appeared(stored('one', 'same'))], DAY_1)
})
afterAll(() => store[Symbol.asyncDispose]())

const appeared = (finding: FindingOf<'stored-credential'>): FindingChange => ({
  type: 'appeared',
  key: `stored-credential ${finding.name}`,
  finding,
  before: null,
})
const apply = (host: string, changes: readonly FindingChange[], at: string) =>
  store.scopes.apply(host, 'stored-credentials', changes, at)

const rows = async () => {
  const { rows } = await store.relations.page({
    relation: 'stored_credentials',
    where: [],
    sort: { column: 'rank', descending: true },
    limit: 100,
  })
  return Object.fromEntries(rows.map((row) => [`${String(row['host_id'])} ${String(row['name'])}`, row]))
}
const states = async () => Object.fromEntries(Object.entries(await rows()).map(([name, row]) => [name, row['state']]))

const exception = async (
  id: string,
  match: Parameters<Store['exceptions']['add']>[0]['match'],
  expires: string | null = null,
) => (await store.exceptions.add({ id, match, expires, reason: 'agreed', addedAt: DAY_2, addedBy: 'ada' })).credentials

const settled = async (at: string) => {
  let changed = 0
  for (let open = true; open;) {
    const step = await store.exceptions.settle(at)
    open = step.open
    changed += step.changed
  }
  return changed
}

test('the very same secret is counted wherever it lies', async () => {
  const all = await rows()
  expect(all['h1 one']?.['same_secret']).toBe(1)
  expect(all['h1 two']?.['same_secret']).toBe(0)
})

test('several counts in one pass are those of each by itself', async () => {
  const here = { anyOf: [{ column: 'host_id', is: 'equal', value: 'h1' }], negated: false } as const
  const lists = [
    [],
    [{ anyOf: [{ column: 'same_secret', is: '>', value: 0 }], negated: false }],
    [{ anyOf: [{ column: 'weaknesses', is: 'equal', value: 'short' }], negated: true }],
    [
      { anyOf: [{ column: 'scheme', is: 'unknown' }], negated: false },
      { anyOf: [], negated: false },
    ],
  ] as const
  const each = await Promise.all(lists.map((list) => store.relations.count('stored_credentials', [here, ...list])))
  expect(await store.relations.counts('stored_credentials', [here], lists)).toEqual(each)
  expect(each).toEqual([2, 1, 2, 0])
})

test('an exception by secret holds at all its places, one by place at that one, and each can be taken back', async () => {
  expect(await exception('e1', { by: 'secret', digest: 'same' })).toBe(2)
  expect(await states()).toEqual({ 'h1 one': 'excepted', 'h1 two': 'unmanaged', 'h2 one': 'excepted' })
  const id = idWithin('h1', 'stored-credentials', 'stored-credential two')
  expect(await exception('e2', { by: 'place', id })).toBe(1)
  expect((await store.exceptions.all()).map(({ id, credentials }) => [id, credentials]).toSorted()).toEqual([
    ['e1', 2],
    ['e2', 1],
  ])
  expect(await store.exceptions.remove('e1', DAY_2)).toBe(true)
  expect(await store.exceptions.remove('e2', DAY_2)).toBe(true)
  expect(await store.exceptions.remove('e2', DAY_2)).toBe(false)
  expect(await settled(DAY_2)).toBe(3)
  expect(new Set(Object.values(await states()))).toEqual(new Set(['unmanaged']))
})

test('what is found later is excepted as well, and what another exception still covers stays so when one ends', async () => {
  await exception('pattern', { by: 'pattern', path: '/etc/*.ini', host: 'h1.*' }, DAY_3)
  await apply('h1', [appeared(stored('three', 'new'))], DAY_2)
  const id = idWithin('h1', 'stored-credentials', 'stored-credential two')
  await exception('lasting', { by: 'place', id })
  expect(await states()).toEqual({
    'h1 one': 'excepted',
    'h1 two': 'excepted',
    'h1 three': 'excepted',
    'h2 one': 'unmanaged',
  })
  expect(await settled(DAY_2)).toBe(0)
  expect(await settled(DAY_3)).toBe(2)
  expect(await states()).toEqual({
    'h1 one': 'unmanaged',
    'h1 two': 'excepted',
    'h1 three': 'unmanaged',
    'h2 one': 'unmanaged',
  })
})

test('a changed secret counts as the new one, and no longer falls under an exception of the old', async () => {
  await exception('old', { by: 'secret', digest: 'same' })
  const before = stored('one', 'same')
  await apply('h2', [{ type: 'changed', key: 'stored-credential one', before, finding: stored('one', 'fresh') }], DAY_3)
  const all = await rows()
  expect([all['h2 one']?.['state'], all['h2 one']?.['same_secret'], all['h1 one']?.['same_secret']]).toEqual([
    'unmanaged',
    0,
    0,
  ])
  expect(all['h1 one']?.['state']).toBe('excepted')
})
