import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayComeFrom } from './from-pattern.ts'
import {
  reachGraph,
  type Reach,
  type ReachAccount,
  type ReachKey,
  type ReachNode,
  type ReachRow,
} from './reach-graph.ts'

const host = (id: string, ...names: string[]): ReachRow => ({ type: 'host', id, names })
const account = (host: string, name: string, facts: Partial<ReachAccount> = {}): ReachAccount => ({
  type: 'account',
  id: `${host}-${name}`,
  host,
  name,
  uid: name === 'root' ? 0 : 1000,
  privileged: name === 'root' ? 'yes' : 'no',
  rootFreely: true,
  login: 'yes',
  ...facts,
})
let count = 0
const key = (
  role: ReachKey['role'],
  host: string,
  account: string | null,
  facts: Partial<ReachKey> = {},
): ReachKey => ({
  type: 'key',
  id: `k${count++}`,
  host,
  role,
  account,
  fingerprint: 'SHA256:one',
  owner: null,
  readableByAll: false,
  passphrase: 'no',
  from: null,
  forcedCommand: false,
  ...facts,
})
const of = (...rows: ReachRow[]) => {
  const graph = reachGraph()
  for (const row of rows) graph.add(row)
  return graph.build()
}
const at = (host: string, name: string): ReachNode => ({ type: 'account', id: `${host}-${name}`, host })
const named = (node: ReachNode) =>
  node.type === 'account' ? node.id : node.type === 'root' ? `root of ${node.host}` : node.fingerprint
const ends = (reach: Reach | undefined) => reach?.ends.map(({ node }) => named(node))
const told = (reach: Reach | undefined, name: string) => {
  const end = reach?.ends.find(({ node }) => named(node) === name)
  return end && reach?.path(end).map(({ type, to, conditions }) => [type, named(to), ...conditions].join(' '))
}

const jump = [host('h1', '10.0.0.1'), account('h1', 'ada'), account('h1', 'root')]
const db = [host('h2', '10.0.0.2'), account('h2', 'ops', { privileged: 'yes' }), account('h2', 'root')]
const web = [host('h3', '10.0.0.3'), account('h3', 'deploy'), account('h3', 'root')]

test('a private key opens what its fingerprint is authorized for, and whoever is root there has every key of the host', () => {
  const graph = of(
    ...jump,
    ...db,
    ...web,
    key('private', 'h1', 'ada'),
    key('authorized', 'h2', 'ops'),
    key('private', 'h2', 'root', { fingerprint: 'SHA256:two' }),
    key('authorized', 'h3', 'deploy', { fingerprint: 'SHA256:two' }),
  )
  const reach = graph.from(at('h1', 'ada'))
  expect(ends(reach)).toEqual(['h2-ops', 'root of h2', 'h3-deploy'])
  expect(told(reach, 'h3-deploy')).toEqual([
    'reads-key SHA256:one',
    'opens-account h2-ops',
    'becomes-root root of h2',
    'reads-key SHA256:two',
    'opens-account h3-deploy',
  ])
  expect(told(graph.to(at('h3', 'deploy')), 'h1-ada')).toEqual(told(reach, 'h3-deploy'))
})

test('who is root on a host reaches its accounts without being in their list', () => {
  const graph = of(...jump, ...db, key('private', 'h1', 'ada'), key('authorized', 'h2', 'root'))
  expect(ends(graph.to(at('h2', 'ops')))).toContain('h1-ada')
})

test.each([
  ['a passphrase', { passphrase: 'yes' }, {}, ['passphrase']],
  ['an address that its host does not have', {}, { from: '192.0.2.*' }, ['other-address']],
  ['no address that its host has', {}, { from: '10.0.0.0/24' }, []],
] as [string, Partial<ReachKey>, Partial<ReachKey>, string[]][])(
  'a step says that it takes %s',
  (_, held, opening, conditions) => {
    const graph = of(...jump, ...db, key('private', 'h1', 'ada', held), key('authorized', 'h2', 'ops', opening))
    const reach = graph.from(at('h1', 'ada'))!
    expect(reach.path(reach.ends[0]!).flatMap((step) => step.conditions)).toEqual(conditions)
    expect(reach.ends[0]!.conditions).toBe(conditions.length)
  },
)

test('a longer way without a condition comes before a shorter one with one', () => {
  const graph = of(
    ...jump,
    ...db,
    ...web,
    key('private', 'h1', 'ada', { passphrase: 'yes', fingerprint: 'SHA256:short' }),
    key('authorized', 'h3', 'deploy', { fingerprint: 'SHA256:short' }),
    key('private', 'h1', 'ada'),
    key('authorized', 'h2', 'root'),
    key('private', 'h2', 'root', { fingerprint: 'SHA256:long' }),
    key('authorized', 'h3', 'deploy', { fingerprint: 'SHA256:long' }),
  )
  expect(told(graph.from(at('h1', 'ada')), 'h3-deploy')).toHaveLength(4)
})

test('a key for one command reaches its account, and nothing beyond', () => {
  const graph = of(...jump, ...db, key('private', 'h1', 'ada'), key('authorized', 'h2', 'ops', { forcedCommand: true }))
  const reach = graph.from(at('h1', 'ada'))!
  expect(reach.ends).toEqual([{ node: at('h2', 'ops'), steps: 2, conditions: 0, limited: true }])
  expect(reach.path(reach.ends[0]!)).toHaveLength(2)
  expect(ends(graph.to(at('h2', 'ops')))).toEqual(['h2-root'])
})

test('an account that nobody can log in to is not reached by its key', () => {
  const graph = of(
    ...jump,
    host('h2'),
    account('h2', 'ops', { login: 'no' }),
    key('private', 'h1', 'ada'),
    key('authorized', 'h2', 'ops'),
  )
  expect(ends(graph.from(at('h1', 'ada')))).toEqual([])
})

test('an authority of the whole host opens all its accounts, and a key that all may read serves all', () => {
  const graph = of(...jump, ...db, key('private', 'h1', 'root', { readableByAll: true }), key('authority', 'h2', null))
  expect(ends(graph.from(at('h1', 'ada')))).toEqual(['h2-ops', 'h2-root', 'root of h2'])
  expect(ends(graph.to({ type: 'root', host: 'h2' }))).toEqual(
    expect.arrayContaining(['h1-ada', 'h1-root', 'root of h1']),
  )
})

test('a file of root in the folder of somebody else is not theirs to read', () => {
  const graph = of(...jump, ...db, key('private', 'h1', 'ada', { owner: 0 }), key('authorized', 'h2', 'ops'))
  expect(ends(graph.from(at('h1', 'ada')))).toEqual([])
  expect(ends(graph.from(at('h1', 'root')))).toEqual(['root of h1', 'h2-ops', 'root of h2'])
})

test('what is not there has no answer', () => {
  expect(of(...jump).from(at('h9', 'ada'))).toBeUndefined()
  expect(of(...jump).to({ type: 'key', fingerprint: 'SHA256:none' })).toBeUndefined()
})

const NAMES = ['root', 'ada', 'bob']
const someRows: fc.Arbitrary<ReachRow[]> = fc.integer({ min: 1, max: 4 }).chain((hosts) => {
  const hostId = fc.integer({ min: 1, max: hosts }).map((n) => `h${n}`)
  const anyAccount = fc.record({
    privileged: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
    rootFreely: fc.boolean(),
    login: fc.constantFrom('yes' as const, 'yes' as const, 'no' as const, 'unknown' as const),
  })
  const anyKey = fc.record({
    host: hostId,
    role: fc.constantFrom(
      'private' as const,
      'private' as const,
      'authorized' as const,
      'authorized' as const,
      'authority' as const,
    ),
    name: fc.constantFrom(...NAMES, null),
    fingerprint: fc.constantFrom('a', 'b', 'c'),
    readableByAll: fc.boolean(),
    passphrase: fc.constantFrom('yes' as const, 'no' as const, 'no' as const, 'unknown' as const),
    from: fc.constantFrom(null, null, '10.0.0.1', '10.0.0.*', '!10.0.0.2,10.*'),
    forcedCommand: fc.boolean(),
  })
  return fc
    .tuple(
      fc.array(anyAccount, { minLength: hosts * NAMES.length, maxLength: hosts * NAMES.length }),
      fc.array(anyKey, { maxLength: 14 }),
    )
    .map(([facts, keys]) => [
      ...Array.from({ length: hosts }, (_, n) => host(`h${n + 1}`, `10.0.0.${n + 1}`)),
      ...facts.map((fact, n) =>
        account(`h${Math.floor(n / NAMES.length) + 1}`, NAMES[n % NAMES.length]!, { ...fact, uid: n % NAMES.length }),
      ),
      ...keys.map(({ host, role, name, ...rest }, n) => ({ ...key(role, host, name, rest), id: `k${n}` })),
    ])
})

interface Edge {
  readonly from: string
  readonly to: string
  readonly conditions: number
}

/** Every step there is, written down one by one; a key is a node of its own for each place it was taken from. */
const edgesOf = (rows: readonly ReachRow[]): Edge[] => {
  const accounts = rows.filter((row) => row.type === 'account')
  const keys = rows.filter((row) => row.type === 'key')
  const names = (id: string) => rows.flatMap((row) => (row.type === 'host' && row.id === id ? row.names : []))
  return [
    ...accounts.flatMap((one): Edge[] =>
      one.privileged === 'yes' ? [{ from: one.id, to: `root of ${one.host}`, conditions: one.rootFreely ? 0 : 1 }] : [],
    ),
    ...keys.flatMap((found) => {
      if (found.role !== 'private') return []
      const readers = accounts.filter(
        (one) => one.host === found.host && (found.readableByAll || one.name === found.account),
      )
      const taking = [...readers.map(({ id }) => id), `root of ${found.host}`].map((from) => ({
        from,
        to: found.id,
        conditions: found.passphrase === 'no' ? 0 : 1,
      }))
      const opening = keys.flatMap((opens) =>
        opens.role === 'private' || opens.fingerprint !== found.fingerprint || opens.forcedCommand
          ? []
          : accounts
              .filter(
                (one) =>
                  one.host === opens.host &&
                  one.login !== 'no' &&
                  (opens.account === one.name || (opens.account === null && opens.role === 'authority')),
              )
              .map((one) => ({
                from: found.id,
                to: one.id,
                conditions:
                  (one.login === 'unknown' ? 1 : 0) +
                  (opens.from === null || mayComeFrom(opens.from, names(found.host)) ? 0 : 1),
              })),
      )
      return [...taking, ...opening]
    }),
  ]
}

/** The cheapest cost of everything from one place, tried until nothing gets cheaper. */
const costs = (edges: readonly Edge[], start: string) => {
  const cost = new Map([[start, 0]])
  for (let changed = true; changed;) {
    changed = false
    for (const { from, to, conditions } of edges) {
      const before = cost.get(from)
      if (before === undefined || before + conditions * 1000 + 1 >= (cost.get(to) ?? Infinity)) continue
      cost.set(to, before + conditions * 1000 + 1)
      changed = true
    }
  }
  return cost
}

describe('over any hosts, accounts and keys', () => {
  test('every place is reached as easily as step by step, and nothing else is', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const graph = of(...rows)
        const edges = edgesOf(rows)
        for (const row of rows) {
          if (row.type !== 'account') continue
          const expected = [...costs(edges, row.id)].filter(([name]) => !name.startsWith('k') && name !== row.id)
          const reach = graph.from({ type: 'account', id: row.id, host: row.host })!
          const found = reach.ends
            .filter(({ limited }) => !limited)
            .map(({ node, steps, conditions }) => [named(node), conditions * 1000 + steps])
          expect(new Map(found as [string, number][])).toEqual(new Map(expected))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a path has as many steps and conditions as its end says, each from where the one before led', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const graph = of(...rows)
        for (const row of rows) {
          if (row.type !== 'account') continue
          const start: ReachNode = { type: 'account', id: row.id, host: row.host }
          for (const [reach, ahead] of [
            [graph.from(start)!, true],
            [graph.to(start)!, false],
          ] as const) {
            for (const end of reach.ends) {
              const path = reach.path(end)
              expect(path).toHaveLength(end.steps)
              expect(path.flatMap(({ conditions }) => conditions)).toHaveLength(end.conditions)
              const stops = [path[0]!.from, ...path.map(({ to }) => to)].map(named)
              expect(path.map(({ from }) => named(from))).toEqual(stops.slice(0, -1))
              expect(ahead ? stops[0] : stops.at(-1)).toBe(
                ahead || stops.at(-1) === row.id ? row.id : `root of ${row.host}`,
              )
              expect(ahead ? stops.at(-1) : stops[0]).toBe(named(end.node))
            }
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('one account reaches another exactly when the other is reached by it, or its host is as root', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const graph = of(...rows)
        const accounts = rows.filter((row) => row.type === 'account')
        const reached = new Map(
          accounts.map(({ id, host }) => [
            id,
            new Set(
              graph
                .from({ type: 'account', id, host })!
                .ends.filter(({ limited }) => !limited)
                .map(({ node }) => named(node)),
            ),
          ]),
        )
        for (const { id, host } of accounts) {
          const sources = new Set(ends(graph.to({ type: 'account', id, host })))
          for (const source of accounts) {
            if (source.id === id) continue
            const found = reached.get(source.id)!
            expect(sources.has(source.id)).toBe(found.has(id) || found.has(`root of ${host}`))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('those that move the most are counted as they reach, one by one', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const graph = of(...rows)
        const work = graph.movers(Infinity)
        let step = work.next()
        while (!step.done) step = work.next()
        expect(step.value.complete).toBe(true)
        for (const { node, roots, rootsFreely } of step.value.movers) {
          const met = graph.from(node)!.ends.filter(({ node: end }) => end.type === 'root')
          expect([roots, rootsFreely]).toEqual([met.length, met.filter(({ conditions }) => conditions === 0).length])
        }
      }),
      { numRuns: 200 },
    )
  })
})

test.each([
  ['10.0.0.*', ['10.0.0.7'], true],
  ['10.0.0.0/29', ['10.0.0.7'], true],
  ['10.0.0.0/29', ['10.0.0.8'], false],
  ['*.example.org,!bad.example.org', ['bad.example.org'], false],
  ['*.example.org,!bad.example.org', ['web.Example.org'], true],
  ['2001:db8::/32', ['2001:db8:0:1::5'], true],
  ['2001:db8::/32', ['2001:db9::5', '10.0.0.1'], false],
  ['!10.0.0.1', ['10.0.0.2'], false],
  ['', ['10.0.0.2'], false],
  ['10.0.0.0/nonsense', ['10.0.0.2'], false],
])('from=%j lets in %j: %s', (patterns, names, expected) => {
  expect(mayComeFrom(patterns, names)).toBe(expected)
})

test('any pattern against any names has an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })), (patterns, names) => {
      expect(mayComeFrom(patterns, names)).toBeTypeOf('boolean')
    }),
  )
})
