import { hash, randomUUID } from 'node:crypto'
import type { Finding, OutcomeStatus, Rights } from '@rollcall/contract'
import type { ScanReport } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore, type Store } from '@rollcall/store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { intake } from './intake.ts'

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const NOW = new Date(START + 100 * 24 * HOUR)

const account = (name: string): Finding => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
})

interface Look {
  readonly agent: string
  readonly at: number
  readonly status: OutcomeStatus
  readonly rights: Rights
  readonly seen: readonly string[]
}

const reportOf = ({ agent, at, status, rights, seen }: Look): ScanReport => {
  const instant = new Date(START + at * HOUR).toISOString()
  return {
    id: randomUUID(),
    agent,
    target: agent === 'a' ? 'ssh://host:22' : 'ssh://10.0.0.1:22',
    startedAt: instant,
    finishedAt: instant,
    reached: { status: 'complete', reasons: [] },
    host: {
      provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:host' },
      hostKeys: [],
      hostname: 'host',
      addresses: [],
      macs: [],
      os: {},
    },
    sections: [
      {
        probe: 'local-accounts',
        outcome: { status, reasons: [] },
        privilege: rights,
        digest: hash('sha256', seen.join(' '), 'hex'),
        findings: seen.map(account),
      },
    ],
  }
}

const known = async (store: Store) => {
  const { rows } = await store.relations.page({
    relation: 'accounts',
    where: [],
    sort: { column: 'id', descending: false },
    limit: 500,
  })
  const named = (state: (row: Record<string, unknown>) => boolean) =>
    rows
      .filter(state)
      .map((row) => String(row['account']))
      .sort()
  return {
    there: named((row) => row['gone_since'] === null),
    gone: named((row) => row['gone_since'] !== null),
    suspected: named((row) => row['state'] === 'suspected'),
  }
}

const taking = async () => {
  const store = await openStore({ file: ':memory:' })
  return { store, take: intake(store, { now: () => NOW, principals: principalsOf }) }
}

const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `user${from + index}`)
const complete = { agent: 'a', status: 'complete', rights: 'root' } as const

test('accounts that vanish in a mass are suspected, told as such, and gone when a second complete look confirms it', async () => {
  const { store, take } = await taking()
  await using _ = store
  await take(reportOf({ ...complete, at: 1, seen: many(40) }))
  await take(reportOf({ ...complete, at: 2, seen: many(20) }))
  expect(await known(store)).toMatchObject({ gone: [], suspected: many(20, 20).sort() })
  const outcomes = async () =>
    (
      await store.relations.page({
        relation: 'outcomes',
        where: [],
        sort: { column: 'id', descending: false },
        limit: 5,
      })
    ).rows[0]
  expect(await outcomes()).toMatchObject({ status: 'partial', reason: 'many-missing' })
  await take(reportOf({ ...complete, at: 3, seen: many(20) }))
  expect(await known(store)).toEqual({ there: many(20).sort(), gone: many(20, 20).sort(), suspected: [] })
  expect(await outcomes()).toMatchObject({ status: 'complete', reason: null })
})

test('a mass that is back at the next look was never gone, and has no history of it', async () => {
  const { store, take } = await taking()
  await using _ = store
  await take(reportOf({ ...complete, at: 1, seen: many(40) }))
  await take(reportOf({ ...complete, at: 2, seen: [] }))
  await take(reportOf({ ...complete, at: 3, seen: many(40) }))
  expect(await known(store)).toEqual({ there: many(40).sort(), gone: [], suspected: [] })
  const changes = await store.relations.page({
    relation: 'changes',
    where: [],
    sort: { column: 'id', descending: false },
    limit: 5,
  })
  expect(changes.rows).toEqual([])
})

test.each([
  ['ten accounts', 40, 30],
  ['a fifth of them', 100, 80],
])('%s are few enough to be gone at once', async (_, before, after) => {
  const { store, take } = await taking()
  await using __ = store
  await take(reportOf({ ...complete, at: 1, seen: many(before) }))
  await take(reportOf({ ...complete, at: 2, seen: many(after) }))
  expect((await known(store)).gone).toHaveLength(before - after)
})

test('what one agent saw another one elsewhere does not retire, and the conflict is told', async () => {
  const { store, take } = await taking()
  await using _ = store
  await take(reportOf({ ...complete, at: 1, seen: ['root', 'eve'] }))
  await take(reportOf({ ...complete, agent: 'b', at: 2, seen: ['root'] }))
  expect(await known(store)).toMatchObject({ there: ['eve', 'root'] })
  const { rows } = await store.relations.page({
    relation: 'outcomes',
    where: [],
    sort: { column: 'id', descending: false },
    limit: 5,
  })
  expect(rows[0]).toMatchObject({ status: 'partial', reason: 'seen-elsewhere' })
  await take(reportOf({ ...complete, at: 3, seen: ['root'] }))
  expect(await known(store)).toMatchObject({ there: ['root'], gone: ['eve'] })
})

test('agents that stand for the same place retire what each other saw', async () => {
  const store = await openStore({ file: ':memory:' })
  await using _ = store
  const take = intake(store, { now: () => NOW, principals: principalsOf, vantage: () => 'dmz' })
  await take(reportOf({ ...complete, at: 1, seen: ['root', 'eve'] }))
  await take(reportOf({ ...complete, agent: 'b', at: 2, seen: ['root'] }))
  expect(await known(store)).toMatchObject({ there: ['root'], gone: ['eve'] })
})

test('where nobody looks from any more, what is seen from elsewhere is believed after a week', async () => {
  const { store, take } = await taking()
  await using _ = store
  await take(reportOf({ ...complete, at: 1, seen: ['root', 'eve'] }))
  await take(reportOf({ ...complete, agent: 'b', at: 6 * 24, seen: ['root'] }))
  expect((await known(store)).gone).toEqual([])
  await take(reportOf({ ...complete, agent: 'b', at: 9 * 24, seen: ['root'] }))
  expect((await known(store)).gone).toEqual(['eve'])
})

/** What happens to a host: accounts come and go, and somebody looks, sees all or some, and says how it fared. */
const history = fc.array(
  fc.record({
    toggled: fc.oneof(
      fc.subarray(many(30), { maxLength: 3 }),
      fc.subarray(many(30)),
      fc.constant(many(30)),
      fc.constant([]),
    ),
    agent: fc.constantFrom('a', 'b'),
    status: fc.constantFrom<OutcomeStatus>(
      'complete',
      'complete',
      'complete',
      'partial',
      'denied',
      'truncated',
      'failed',
    ),
    rights: fc.constantFrom<Rights>('root', 'root', 'listed', 'user'),
    part: fc.subarray(many(30)),
  }),
  { minLength: 1, maxLength: 12 },
)

/** Somebody with fewer rights does not see these, and does not know it. */
const isHidden = (name: string, rights: Rights) => rights !== 'root' && Number(name.slice(4)) % 5 === 0

test('whatever is lost, repeated and late: nothing is gone that no sufficient look proved, and in the end the truth is known', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.infiniteStream(fc.nat({ max: 999 })), async (steps, chance) => {
      const truth = new Set(many(30))
      const looks: Look[] = steps.map(({ toggled, agent, status, rights, part }, at) => {
        for (const name of toggled) if (!truth.delete(name)) truth.add(name)
        const visible = [...truth].filter((name) => !isHidden(name, rights))
        const seen = { complete: visible, partial: visible.filter((name) => part.includes(name)) }
        return {
          agent,
          at,
          status,
          rights,
          seen:
            status === 'complete' ? seen.complete : status === 'partial' || status === 'truncated' ? seen.partial : [],
        }
      })
      for (let round = 0; round < 3; round++)
        for (const agent of ['a', 'b'])
          looks.push({ agent, at: looks.length, status: 'complete', rights: 'root', seen: [...truth] })
      const last = looks.length - 6

      // Late, repeated, or lost at first and delivered in the end.
      const next = () => chance.next().value as number
      const sent = looks.map((look, index) => ({ look, report: reportOf(look), order: index + (next() % 4) }))
      const first = sent
        .slice(0, last)
        .filter(() => next() % 4 > 0)
        .flatMap((one) => (next() % 4 === 0 ? [one, { ...one, order: one.order + 2 }] : [one]))
        .toSorted((one, other) => one.order - other.order)
      const { store, take } = await taking()
      await using _ = store
      const delivered: Look[] = []
      for (const { look, report } of [...first, ...sent]) {
        await take(report)
        delivered.push(look)
        for (const name of (await known(store)).gone) expect(isProven(name, delivered)).toBe(true)
      }
      expect((await known(store)).there).toEqual([...truth].sort())
    }),
    { numRuns: 40 },
  )
}, 120_000)

/** Whether some complete look with the most rights of all that saw an account did not see it, and none did later. */
const isProven = (name: string, looks: readonly Look[]): boolean =>
  looks.some(
    (look) =>
      look.status === 'complete' &&
      !look.seen.includes(name) &&
      looks.every(
        (other) => !other.seen.includes(name) || (other.at < look.at && RANK[other.rights] <= RANK[look.rights]),
      ),
  )

const RANK: Record<Rights, number> = { user: 0, listed: 1, root: 2 }
