import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition, Position, PrincipalRow, RelationQuery, RelationRow, Store, Test } from './face.ts'
import { openStore } from './open.ts'
import { relationShapes } from './relation-columns.ts'
import { samplePrincipal, saveHost } from './sample.ts'

// What is held is measured, not what was not collected yet.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const PEOPLE: Partial<PrincipalRow>[] = [
  {
    name: 'root',
    uid: 0,
    privileged: 'yes',
    groups: ['root', 'wheel'],
    lastLogin: '2026-01-05T10:00:00.000Z',
    keys: 3,
    description: '100% "root"',
  },
  {
    name: 'bob',
    uid: 1000,
    privileged: 'yes',
    groups: ['bob', 'adm', 'sudo'],
    lastLogin: 'never',
    keys: 0,
    description: 'Bob_B',
  },
  { name: 'eve', uid: 1001, privileged: 'unknown', groups: [], lastLogin: null, keys: null, description: null },
  {
    name: 'Dan',
    uid: 1002,
    privileged: 'no',
    groups: ['admins'],
    lastLogin: '2025-06-01T00:00:00.000Z',
    keys: 1,
    description: 'a\\b',
  },
]

let store: Store
beforeAll(async () => {
  store = await openStore({ file: ':memory:' })
  await store.atomically((tx) =>
    saveHost(
      tx,
      'h1',
      PEOPLE.map((facts) => samplePrincipal('h1', facts.name!, facts)),
    ),
  )
  await store.atomically((tx) =>
    saveHost(tx, 'h2', [samplePrincipal('h2', 'zoe', { lastLogin: null, groups: ['x-adm', 'foo'] })]),
  )
})
afterAll(() => store[Symbol.asyncDispose]())

const accounts = (
  where: readonly Condition[],
  sort: RelationQuery['sort'] = { column: 'account', descending: false },
) => ({ relation: 'accounts' as const, where, sort })
const is = (column: string, test: Test['is'], value?: string | number, negated = false): Condition[] => [
  { anyOf: [{ column, is: test, value } as Test], negated },
]
const named = async (where: readonly Condition[]) =>
  (await store.relations.page({ ...accounts(where), limit: 100 })).rows.map((row) => row['account'])

test.each([
  ['text without regard to case', is('account', 'equal', 'DAN'), ['Dan']],
  ['text as a whole', is('account', 'equal', 'da'), []],
  ['a pattern with any text', is('account', 'pattern', '*o*'), ['bob', 'root', 'zoe']],
  ['a percent sign as itself', is('description', 'pattern', '*%*'), ['root']],
  ['an underscore as itself', is('description', 'equal', 'Bob_B'), ['bob']],
  ['an underscore that is no other letter', is('description', 'equal', 'Bob B'), []],
  ['a backslash as itself', is('description', 'equal', 'a\\b'), ['Dan']],
  ['an item of a list', is('groups', 'equal', 'WHEEL'), ['root']],
  ['no part of an item', is('groups', 'equal', 'adm'), ['bob']],
  ['the beginning of an item', is('groups', 'pattern', 'adm*'), ['Dan', 'bob']],
  ['the end of an item', is('groups', 'pattern', '*adm'), ['bob', 'zoe']],
  ['the middle of an item', is('groups', 'pattern', '*dm*'), ['Dan', 'bob', 'zoe']],
  ['both ends of one item, not of two', is('groups', 'pattern', 'r*l'), []],
  ['both ends of an item', is('groups', 'pattern', 'w*l'), ['root']],
  ['any item at all', is('groups', 'pattern', '*'), ['Dan', 'bob', 'root', 'zoe']],
  ['what is unknown', is('last_login', 'unknown'), ['eve', 'zoe']],
  ['what is not unknown', is('last_login', 'unknown', undefined, true), ['Dan', 'bob', 'root']],
  ['a word among times', is('last_login', 'equal', 'never'), ['bob']],
  ['times, and no words', is('last_login', '>', '2026-01-01'), ['root']],
  ['earlier times', is('last_login', '<', '2026-01-01'), ['Dan']],
  [
    'everything but earlier times, unknown ones too',
    is('last_login', '<', '2026-01-01', true),
    ['bob', 'eve', 'root', 'zoe'],
  ],
  ['a number', is('uid', '=', 0), ['root']],
  ['a number written as text', is('uid', 'equal', '1001'), ['eve']],
  ['a number that is none', is('uid', 'equal', '1001 or 1=1'), []],
  ['numbers by pattern', is('uid', 'pattern', '100*'), ['Dan', 'bob', 'eve', 'zoe']],
  ['numbers by size', is('keys', '>=', 1), ['Dan', 'root']],
  ['everything but some numbers, unknown ones too', is('keys', '>=', 1, true), ['bob', 'eve', 'zoe']],
  ['the host by id', is('host_id', 'equal', 'h2'), ['zoe']],
  ['no host by a part of its id', is('host_id', 'equal', 'h'), []],
  ['all conditions together', [...is('privileged', 'equal', 'yes'), ...is('uid', '>', 0)], ['bob']],
  ['nothing, where no test is given', [{ anyOf: [], negated: false }], []],
  [
    'everything, where no test is given and that is denied',
    [{ anyOf: [], negated: true }],
    ['Dan', 'bob', 'eve', 'root', 'zoe'],
  ],
] as [string, Condition[], string[]][])('a condition matches %s', async (_, where, expected) => {
  expect(await named(where)).toEqual(expected)
  expect(await store.relations.count('accounts', where)).toBe(expected.length)
})

test('any number of tests may be joined by or', async () => {
  const anyOf: Test[] = Array.from({ length: 5000 }, (_, n) => ({
    column: 'account',
    is: 'equal',
    value: `nobody${n}`,
  }))
  expect(
    await named([{ anyOf: [...anyOf, { column: 'account', is: 'equal', value: 'eve' }], negated: false }]),
  ).toEqual(['eve'])
})

describe('what somebody made up', () => {
  const evil = [
    "' or '1'='1",
    '"; drop table account; --',
    "x' union select password_hash from person --",
    '\u0000',
    '%',
    '_',
    '*',
    '\\',
    '\n',
    '\\%',
    'a"b',
  ]
  test.each(evil)('is a value and nothing else: %j', async (value) => {
    for (const column of ['account', 'groups', 'uid', 'host_id', 'last_login']) {
      for (const test of ['equal', 'pattern'] as const) {
        const rows = await named(is(column, test, value))
        if (value !== '*' || test !== 'pattern') expect(rows).toEqual([])
      }
    }
    expect((await named([])).length).toBe(5)
  })

  test.each(['nope', 'id"', "account' --", '1', 'detail', 't.detail', '__proto__', 'constructor', ''])(
    'is no column: %j',
    async (column) => {
      await expect(store.relations.count('accounts', is(column, 'equal', 'x'))).rejects.toMatchObject({
        code: 'unknown-column',
      })
      const page = () => store.relations.page({ ...accounts([], { column, descending: false }), limit: 1 })
      await expect(page()).rejects.toMatchObject({ code: 'unknown-column' })
    },
  )

  test('never breaks a query', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    const anyTest = fc.record({
      column: fc.constantFrom('account', 'groups', 'uid', 'last_login', 'host_id', 'last_seen'),
      is: fc.constantFrom('equal' as const, 'pattern' as const),
      value: text,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyTest, { maxLength: 4 }), fc.boolean(), async (anyOf, negated) => {
        const count = await store.relations.count('accounts', [{ anyOf, negated }])
        expect(count + (await store.relations.count('accounts', [{ anyOf, negated: !negated }]))).toBe(5)
      }),
      { numRuns: 200 },
    )
  })
})

test('a list cannot be sorted by, nor compared by size', async () => {
  await expect(
    store.relations.page({ ...accounts([], { column: 'groups', descending: false }), limit: 1 }),
  ).rejects.toMatchObject({ code: 'not-comparable' })
  await expect(store.relations.count('accounts', is('groups', '>', 'a'))).rejects.toMatchObject({
    code: 'not-comparable',
  })
  await expect(store.relations.count('accounts', is('uid', '>', 'a'))).rejects.toMatchObject({ code: 'not-comparable' })
})

const allPages = async (
  of: Store,
  query: Omit<RelationQuery, 'limit' | 'after'>,
  limit: number,
): Promise<RelationRow[]> => {
  const rows: RelationRow[] = []
  let after: Position | undefined
  while (true) {
    const page = await of.relations.page({ ...query, limit, ...(after === undefined ? {} : { after }) })
    rows.push(...page.rows)
    if (page.next === null) return rows
    after = page.next
  }
}

const streamed = async (of: Store, query: Omit<RelationQuery, 'limit' | 'after'>) => {
  const rows: RelationRow[] = []
  for await (const row of of.relations.stream(query)) rows.push(row)
  return rows
}

test.each(['account', 'uid', 'last_login', 'last_seen', 'keys', 'host', 'id', 'gone_since', 'description'])(
  'by %s, pages of any size and the stream give every row once, in one order, the unknown last',
  async (column) => {
    for (const descending of [false, true]) {
      const query = accounts([], { column, descending })
      const whole = await streamed(store, query)
      expect(whole.length).toBe(5)
      for (const limit of [1, 2, 3, 5, 100]) expect(await allPages(store, query, limit)).toEqual(whole)
      const cells = whole.map((row) => row[column] as string | number | null)
      const known = cells.filter((cell) => cell !== null)
      expect(cells.slice(0, known.length)).toEqual(known)
      expect(known).toEqual(
        known.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0) * (descending ? -1 : 1)),
      )
    }
  },
)

test('every relation can be read by each of its columns', async () => {
  for (const relation of ['accounts', 'hosts', 'keys', 'grants', 'outcomes', 'changes', 'scan_targets'] as const) {
    for (const [column, { kind }] of relationShapes[relation].columns) {
      if (kind === 'list') continue
      const query = { relation, where: is(column, 'unknown', undefined, true), sort: { column, descending: true } }
      const page = await store.relations.page({ ...query, limit: 500 })
      expect(await streamed(store, query)).toEqual(page.rows)
      expect(await store.relations.count(relation, query.where)).toBe(page.rows.length)
    }
  }
})

describe('many accounts in a file', () => {
  const HOSTS = 100
  const EACH = 1000
  let folder: string
  let large: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-relations-'))
    large = await openStore({ file: join(folder, 'store.db') })
    for (let host = 0; host < HOSTS; host++) {
      const rows = Array.from({ length: EACH }, (_, n) =>
        samplePrincipal(`h${host}`, `p${n}`, { uid: n, lastLogin: n % 3 === 0 ? null : '2026-01-01T00:00:00.000Z' }),
      )
      await large.atomically(async (tx) => {
        await saveHost(tx, `h${host}`, [])
        await tx.principals.save(rows)
      })
    }
  })
  afterAll(async () => {
    await large[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('pages lead through all of them', async () => {
    const rows = await allPages(large, accounts([], { column: 'last_login', descending: true }), 500)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(HOSTS * EACH)
  })

  test('a stream takes no more memory the longer it is, sees one snapshot, and holds up no writer', async () => {
    let seen = 0
    let base = 0
    let peak = 0
    for await (const _ of large.relations.stream(accounts([], { column: 'host', descending: false }))) {
      seen++
      if (seen === 1000) {
        await large.principals.save([samplePrincipal('h0', 'new')])
        await large.principals.save([samplePrincipal('h99', 'new')])
      }
      if (seen % 10_000 === 0) {
        collectGarbage()
        const { heapUsed, external } = process.memoryUsage()
        if (base === 0) base = heapUsed + external
        peak = Math.max(peak, heapUsed + external)
      }
    }
    expect(seen).toBe(HOSTS * EACH)
    // All rows at once are more than 100 MB.
    expect(peak - base).toBeLessThan(60_000_000)
    expect(await large.relations.count('accounts', [])).toBe(HOSTS * EACH + 2)
  })

  test('a stream that is left early lets go of its connection', async () => {
    for (let n = 0; n < 50; n++) {
      for await (const row of large.relations.stream(accounts([]))) {
        expect(row.id).toBeTypeOf('string')
        break
      }
    }
    await large.principals.save([samplePrincipal('h0', 'after')])
  })
})
