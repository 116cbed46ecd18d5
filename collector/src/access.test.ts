import { openStore } from '@rollcall/store'
import { describe, expect, test } from 'vitest'
import { openEntrance } from './access.ts'
import { loginPace } from './login-pace.ts'
import { passwords } from './password.ts'

const cheap = { logN: 10, blockSize: 8, parallelism: 1 }

describe('passwords', () => {
  test('are kept as scrypt hashes with their own cost and salt, and match no other password', async () => {
    const { hash, matches } = passwords(cheap)
    const [one, two] = await Promise.all([hash('correct horse'), hash('correct horse')])
    expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords({ ...cheap, logN: 11 }).matches('correct horse', one)).toBe(true)
    expect(await matches('correct horsE', one)).toBe(false)
    expect(await matches('correct horse', undefined)).toBe(false)
  })

  test('cost 128 MiB a try unless a test says otherwise', async () => {
    expect(await passwords().hash('x')).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/)
  })

  test('are checked a few at a time, and a flood of tries is turned away', async () => {
    const { hash } = passwords(cheap)
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => hash('x')))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(34)
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({ reason: { code: 'busy' } })
  })
})

describe('guessing', () => {
  const at = { now: 0 }
  const clock = () => new Date(at.now)

  test('from one source waits longer and longer, up to a minute, and is forgotten in time', () => {
    const pace = loginPace(clock)
    const waits = Array.from({ length: 14 }, () => {
      pace.tried('192.0.2.1', 'ada')
      return pace.wait('192.0.2.1')
    })
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
    expect(pace.wait('192.0.2.2')).toBe(0)
    at.now += 60_000
    expect(pace.wait('192.0.2.1')).toBe(0)
    at.now += 16 * 60_000
    pace.tried('192.0.2.1', 'ada')
    expect(pace.wait('192.0.2.1')).toBe(0)
  })

  test('by strangers slows the answers about a user, and locks nobody out', () => {
    const pace = loginPace(clock)
    for (let source = 0; source < 1000; source++) pace.tried(`10.0.${Math.floor(source / 250)}.${source % 250}`, 'ada')
    expect(pace.hold('ada')).toBe(2000)
    expect(pace.hold('eve')).toBe(0)
    expect(pace.wait('192.0.2.9')).toBe(0)
  })

  test('from one IPv6 network counts as one source', () => {
    const pace = loginPace(clock)
    for (let host = 0; host < 8; host++) pace.tried(`2001:db8:1:2::${host}`, 'ada')
    expect(pace.wait('2001:db8:1:2:ffff::1')).toBeGreaterThan(0)
    expect(pace.wait('2001:db8:1:3::1')).toBe(0)
  })
})

describe('sessions', () => {
  test('end after two hours without use, and after twelve in any case', async () => {
    await using store = await openStore({ file: ':memory:' })
    const at = { now: Date.parse('2026-01-01T00:00:00Z') }
    const entrance = await openEntrance({
      store,
      passwords: passwords(cheap),
      now: () => new Date(at.now),
      sleep: async () => {},
    })
    const login = { oneTimeSecret: entrance.oneTimeSecret!.reveal(), user: 'ada', password: 'correct horse' }
    const value = (await entrance.login(login, 'x')).value.reveal()
    const hours = async (hours: number) => {
      at.now += hours * 3_600_000
      return (await entrance.bySession(value))?.name
    }
    for (let times = 0; times < 7; times++) expect(await hours(1.5)).toBe('ada')
    expect(await hours(1.6)).toBeUndefined()

    const again = (await entrance.login({ user: 'ada', password: 'correct horse' }, 'x')).value.reveal()
    at.now += 2.1 * 3_600_000
    expect(await entrance.bySession(again)).toBeUndefined()
    expect(await entrance.bySession(again)).toBeUndefined()
  })

  test('are kept as hashes', async () => {
    await using store = await openStore({ file: ':memory:' })
    const entrance = await openEntrance({
      store,
      passwords: passwords(cheap),
      now: () => new Date(),
      sleep: async () => {},
    })
    const { value } = await entrance.login(
      { oneTimeSecret: entrance.oneTimeSecret!.reveal(), user: 'ada', password: 'correct horse' },
      'x',
    )
    expect(await store.access.session(value.reveal())).toBeUndefined()
    expect(String(value)).toBe('[secret]')
  })
})
