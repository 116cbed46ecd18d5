import { randomUUID } from 'node:crypto'
import type { LoginOutcome } from '@rollcall/contract/bus'
import { openStore, type Store } from '@rollcall/store'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loginBook, type LoginBook } from './login-book.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AGENT = 'a'.repeat(26)
const OTHER = 'b'.repeat(26)

let store: Store
let book: LoginBook
let clock: number
let logged: string[]
beforeEach(async () => {
  clock = Date.parse('2026-11-22T12:00:00Z')
  logged = []
  store = await openStore({ file: ':memory:' })
  book = loginBook({
    store,
    now: () => new Date(clock),
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
  })
})
afterEach(() => store[Symbol.asyncDispose]())

const asking = (password: string, place = 'ldaps://dc1:636', of: 'directory' | 'host' = 'directory') => ({
  id: randomUUID(),
  account: 'CORP\\scan',
  accounts: [of === 'host' ? `host:${place}:scan` : 'short:corp\\scan'],
  of,
  credential: password.padEnd(16, '-'),
  place,
  before: [],
})
const begun = async (password: string, place?: string, of?: 'directory' | 'host', agent = AGENT) => {
  const asked = asking(password, place, of)
  return { id: asked.id, said: await book.begin(agent, asked) }
}
const tried = async (outcome: LoginOutcome, ...given: Parameters<typeof begun>) => {
  const { id, said } = await begun(...given)
  if (said.verdict !== 'try') return said.verdict
  await book.ended(given[3] ?? AGENT, { id, outcome })
  return outcome
}

test('an account fails once in a day, over all agents', async () => {
  expect(await tried('rejected', 'one')).toBe('rejected')
  expect(await tried('accepted', 'two', 'ldaps://dc2:636', 'directory', OTHER)).toBe('too-many')
  expect((await begun('three')).said.until).toBe('2026-11-23T12:00:00.000Z')
  clock += 24 * HOUR
  expect(await tried('accepted', 'four', undefined, 'directory', OTHER)).toBe('accepted')
})

test('a login that is under way is waited for, and counts as a failure when nothing more is heard of it', async () => {
  expect((await begun('one')).said.verdict).toBe('try')
  expect((await begun('two', undefined, 'directory', OTHER)).said.verdict).toBe('wait')
  clock += MINUTE
  expect((await begun('two', undefined, 'directory', OTHER)).said.verdict).toBe('too-many')
})

test('the same login asked again is the same, and its end is told once', async () => {
  const asked = asking('one')
  expect((await book.begin(AGENT, asked)).verdict).toBe('try')
  expect((await book.begin(AGENT, asked)).verdict).toBe('try')
  for (const outcome of ['rejected', 'accepted'] as const) await book.ended(AGENT, { id: asked.id, outcome })
  expect((await book.all())[0]).toMatchObject({ state: 'waiting', rejected: 1, accepted: 0 })
})

test('how earlier logins ended is learned with the next, of the agent itself and of no other', async () => {
  const lost = asking('one')
  await book.begin(AGENT, lost)
  const told = { id: lost.id, at: new Date(clock).toISOString(), place: lost.place, credential: lost.credential }
  const asked = { ...asking('one'), before: [{ ...told, outcome: 'accepted' as const }] }
  expect((await book.begin(OTHER, { ...asked, id: randomUUID(), credential: 'another-password' })).verdict).toBe('wait')
  expect((await book.begin(AGENT, asked)).verdict).toBe('try')
})

test('what failed while nobody could be asked counts from then on', async () => {
  await tried('accepted', 'one')
  clock += HOUR
  const alone = { id: randomUUID(), at: new Date(clock).toISOString(), place: 'ldaps://dc1:636' }
  const before = [{ ...alone, credential: 'one'.padEnd(16, '-'), outcome: 'rejected' as const }]
  clock += HOUR
  expect((await book.begin(AGENT, { ...asking('two'), before })).verdict).toBe('too-many')
})

test('only the one agent of an account may try it without asking', async () => {
  expect((await begun('one')).said.aloneUntil).toBe('2026-11-23T12:00:00.000Z')
  await tried('withdraws', 'two', undefined, 'directory', OTHER)
  clock += 2 * MINUTE
  await book.clear('one'.padEnd(16, '-'), 'amelia')
  expect((await begun('one')).said).not.toHaveProperty('aloneUntil')
})

test('where a directory was read to stand more, more is tried, and two are left to people', async () => {
  await store.logins.saveLockPolicy({ place: 'ldaps://dc1:636', threshold: 5, windowSeconds: 1800, at: '' })
  for (const password of ['one', 'two', 'three']) expect(await tried('rejected', password)).toBe('rejected')
  expect(await tried('rejected', 'four')).toBe('too-many')
})

test('a directory that never forgets is let fail once, until somebody clears it', async () => {
  await store.logins.saveLockPolicy({ place: 'ldaps://dc1:636', threshold: 3, windowSeconds: 0, at: '' })
  await tried('rejected', 'one')
  clock += 400 * 24 * HOUR
  expect(await tried('rejected', 'two')).toBe('too-many')
})

describe('a password of accounts that each host has by itself', () => {
  const host = (index: number) => `ssh://h${index}:22`

  test('is tried on one host, then on ten, then on all', async () => {
    const first = await begun('new', host(0), 'host')
    expect(first.said.verdict).toBe('try')
    expect((await begun('new', host(1), 'host')).said.verdict).toBe('wait')
    await book.ended(AGENT, { id: first.id, outcome: 'accepted' })
    const ten = await Promise.all(Array.from({ length: 12 }, (_, index) => begun('new', host(index + 1), 'host')))
    expect(ten.map(({ said }) => said.verdict).filter((verdict) => verdict === 'try')).toHaveLength(10)
    for (const { id, said } of ten) if (said.verdict === 'try') await book.ended(AGENT, { id, outcome: 'accepted' })
    const all = await Promise.all(Array.from({ length: 64 }, (_, index) => begun('new', host(index + 20), 'host')))
    expect(all.every(({ said }) => said.verdict === 'try')).toBe(true)
    expect((await book.all())[0]?.state).toBe('proven')
  })

  test('is suspended after three rejections within ten minutes, until somebody clears it', async () => {
    for (let index = 0; index < 3; index++) {
      expect(await tried('rejected', 'bad', host(index), 'host')).toBe('rejected')
      clock += MINUTE
    }
    expect(await tried('accepted', 'bad', host(9), 'host')).toBe('suspended')
    clock += 1000 * HOUR
    expect(await tried('accepted', 'bad', host(9), 'host')).toBe('suspended')
    const [item] = await book.all()
    expect(item).toMatchObject({ state: 'suspended', rejected: 3 })
    expect(logged.join('')).toContain('three times within ten minutes')
    await book.clear(item!.id, 'amelia')
    expect(await tried('accepted', 'bad', host(0), 'host')).toBe('accepted')
    expect((await store.audit.newest(10)).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['login-suspended', 'login-cleared']),
    )
  })
})

test('nobody learns of the password of another agent by naming it', async () => {
  await tried('accepted', 'one')
  expect((await begun('one', undefined, 'directory', OTHER)).said.verdict).toBe('suspended')
  expect((await book.all()).map(({ agent }) => agent)).toEqual([AGENT])
})
