import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FindingOf } from '@rollcall/contract'
import { principalsOf } from '@rollcall/inventory'
import { openStore, type Store } from '@rollcall/store'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { is } from './coverage.ts'
import { openExceptions, type Exceptions } from './exceptions.ts'
import { intake } from './intake.ts'
import { Refusal } from './refusal.ts'

const DAY_1 = '2026-01-01T00:00:00.000Z'
const DAY_3 = '2026-01-03T00:00:00.000Z'

let now: Date
let folder: string
let store: Store
let exceptions: Exceptions
const learned = vi.fn()
const failed = vi.fn()
const open = async () => {
  store = await openStore({ file: join(folder, 'store.db') })
  exceptions = openExceptions({ store, now: () => now, learned, failed })
}
const close = async () => {
  exceptions[Symbol.dispose]()
  await store[Symbol.asyncDispose]()
}
beforeEach(async () => {
  now = new Date(DAY_1)
  folder = await mkdtemp(join(tmpdir(), 'rollcall-exceptions-'))
  await open()
})
afterEach(async () => {
  await close()
  await rm(folder, { recursive: true, force: true })
  if (failed.mock.calls.length > 0) throw failed.mock.calls[0]![0]
})

const stored = (name: string, facts: Partial<FindingOf<'stored-credential'>> = {}): FindingOf<'stored-credential'> => ({
  kind: 'stored-credential',
  secret: 'password',
  value: 'literal',
  state: 'active',
  detector: 'ini',
  evidence: 'name',
  confidence: 'high',
  name,
  digest: `digest of ${name}`,
  place: { path: `/etc/${name}.ini`, line: 3 },
  ...facts,
})

const found = async (host: string, findings: readonly FindingOf<'stored-credential'>[]) => {
  const at = now.toISOString()
  const complete = { status: 'complete' as const, reasons: [] }
  await intake(store, { now: () => now, principals: principalsOf })({
    id: randomUUID(),
    agent: 'a1',
    target: `ssh://${host}:22`,
    startedAt: at,
    finishedAt: at,
    reached: complete,
    host: {
      provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${host}` },
      hostKeys: [],
      hostname: host,
      addresses: [],
      macs: [],
      os: {},
    },
    sections: [
      {
        probe: 'stored-credentials',
        outcome: complete,
        privilege: 'root',
        digest: randomUUID(),
        findings: [...findings],
      },
    ],
  })
}

const rows = async () =>
  (
    await store.relations.page({
      relation: 'stored_credentials',
      where: [],
      sort: { column: 'path', descending: false },
      limit: 500,
    })
  ).rows
const states = async () => Object.fromEntries((await rows()).map((row) => [row['name'], row['state']]))
const excepted = () => store.relations.count('stored_credentials', [is('state', 'excepted')])
const pattern = (path: string, expires: string | null = null) =>
  exceptions.add({ match: { by: 'pattern', path }, reason: 'agreed', expires }, 'ada')
const codeOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof Refusal ? [error.status, error.code] : error
}

test('what would match everything, nothing that is known, or is over already, is refused and leaves nothing behind', async () => {
  await found('h1', [stored('one')])
  const refused = [422, 'invalid-exception']
  expect(await codeOf(pattern('*?*'))).toEqual(refused)
  expect(await codeOf(pattern('/etc/one.ini', DAY_1))).toEqual(refused)
  for (const match of [
    { by: 'place', id: 'nobody' },
    { by: 'secret', digest: 'of nothing' },
    { by: 'pattern', host: 'h1' },
  ] as const)
    expect(await codeOf(exceptions.add({ match, reason: 'agreed', expires: null }, 'ada'))).toEqual(refused)
  expect(await exceptions.all()).toEqual([])
  expect(await states()).toEqual({ one: 'unmanaged' })
})

test('the same one made twice at once is made once, and taken back twice at once is taken back once', async () => {
  await found('h1', [stored('one'), stored('two')])
  const id = (await rows())[0]!.id
  const add = () => codeOf(exceptions.add({ match: { by: 'place', id }, reason: 'agreed', expires: null }, 'ada'))
  const made = await Promise.all([add(), add()])
  expect(made.filter((one) => one === undefined)).toHaveLength(1)
  expect(made).toContainEqual([422, 'invalid-exception'])
  const [only] = await exceptions.all()
  const taken = await Promise.all([1, 2].map(() => codeOf(exceptions.remove(only!.id, 'ada'))))
  expect(taken.filter((one) => one === undefined)).toHaveLength(1)
  expect(taken).toContainEqual([404, 'not-found'])
  expect(await states()).toEqual({ one: 'unmanaged', two: 'unmanaged' })
})

test('what vanished is not excepted any more, and is again when it is back', async () => {
  await found('h1', [stored('one'), stored('two')])
  const id = (await rows())[0]!.id
  await exceptions.add({ match: { by: 'place', id }, reason: 'agreed', expires: null }, 'ada')
  now = new Date('2026-01-02T00:00:00.000Z')
  await found('h1', [stored('two')])
  expect(await states()).toEqual({ one: 'gone', two: 'unmanaged' })
  expect(await exceptions.all()).toMatchObject([{ credentials: 0 }])
  expect(await codeOf(exceptions.add({ match: { by: 'place', id }, reason: 'twice', expires: null }, 'ada'))).toEqual([
    422,
    'invalid-exception',
  ])
  now = new Date(DAY_3)
  await found('h1', [stored('one'), stored('two')])
  expect(await states()).toEqual({ one: 'excepted', two: 'unmanaged' })
})

test('one that ends gives back what it held for by itself, and stays listed', async () => {
  await found('h1', [stored('one')])
  await pattern('/etc/*', DAY_3)
  expect(await states()).toEqual({ one: 'excepted' })
  learned.mockClear()
  now = new Date(DAY_3)
  expect(await exceptions.all()).toMatchObject([{ credentials: 0, expires: DAY_3 }])
  expect(await states()).toEqual({ one: 'unmanaged' })
  expect(learned).toHaveBeenCalled()
})

test('many are excepted and given back in steps, and what a killed process left is done by the next', async () => {
  const many = 5200
  await found(
    'h1',
    Array.from({ length: many }, (_, at) => stored(`n${at}`)),
  )
  expect(await pattern('/ETC/N*.ini')).toMatchObject({ credentials: many })
  expect(await excepted()).toBe(many)
  const { id } = (await exceptions.all())[0]!

  // As if killed right after it was taken back.
  exceptions[Symbol.dispose]()
  await store.exceptions.remove(id, DAY_1)
  await store.exceptions.settle(DAY_1)
  expect(await store.exceptions.all()).toEqual([])
  expect(await excepted()).toBeGreaterThan(0)
  await close()
  await open()
  await exceptions.all()
  expect(await excepted()).toBe(0)

  // As if killed after the first step of making it.
  exceptions[Symbol.dispose]()
  const row = { id: 'e', match: { by: 'pattern', name: 'n*' }, reason: 'agreed', expires: null } as const
  const first = await store.exceptions.add({ ...row, addedAt: DAY_1, addedBy: 'ada' })
  expect(first.open).toBe(true)
  expect(first.credentials).toBeLessThan(many)
  await close()
  await open()
  expect(await exceptions.all()).toMatchObject([{ id: 'e', credentials: many }])
}, 60_000)

test('a pattern of many stars is no burden', async () => {
  const long = `/srv/${'a'.repeat(4000)}`
  await found(
    'h1',
    Array.from({ length: 50 }, (_, at) => stored(`n${at}`, { place: { path: long, line: at + 1 } })),
  )
  expect(await pattern(`${'*a'.repeat(200)}*b`)).toMatchObject({ credentials: 0 })
  expect(await pattern(`${'*a'.repeat(200)}*`)).toMatchObject({ credentials: 50 })
})
