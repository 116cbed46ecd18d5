import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rollcall/secret'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loginLedger, type LoginLedger, type StartedLogin } from './login-ledger.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-ledger-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const HOUR = 60 * 60_000
const { signal } = new AbortController()
const attempt = (password = 'one', target = 'ldaps://dc1:636', name = 'CORP\\scan') => ({
  target,
  name,
  password: Secret.ofText(password),
})
const tried = async (
  ledger: LoginLedger,
  outcome: Parameters<StartedLogin['end']>[0],
  ...of: Parameters<typeof attempt>
) => {
  const started = await ledger.begin(attempt(...of), signal)
  if (typeof started === 'string') return started
  await started.end(outcome)
  return outcome
}

describe.each(['in memory', 'in a file'])('%s', (where) => {
  let clock = 1_000_000
  const opened = () =>
    loginLedger({
      ...(where === 'in a file' ? { path: join(folder, 'logins') } : {}),
      digest: (text) => Buffer.from(text).toString('base64url'),
      now: () => clock,
    })

  test('a rejected login is never tried again, another password is', async () => {
    const ledger = opened()
    expect(await tried(ledger, 'rejected')).toBe('rejected')
    clock += 365 * 24 * 60 * 60_000
    expect(await tried(ledger, 'accepted')).toBe('rejected-before')
    expect(await tried(ledger, 'accepted', 'two')).toBe('accepted')
    expect(await tried(ledger, 'accepted')).toBe('rejected-before')
  })

  test.each(['rejected', 'refused', 'unanswered'] as const)(
    'an account that was %s is left alone for a day, on every target',
    async (how) => {
      const ledger = opened()
      await tried(ledger, how, 'one', 'ldaps://dc1:636')
      expect(await tried(ledger, 'accepted', 'two', 'ldaps://dc2:636', 'corp\\SCAN')).toBe('too-many')
      expect(await tried(ledger, 'accepted', 'x', 'ldaps://dc3:636', 'CORP\\other')).toBe('accepted')
      clock += 23 * HOUR
      expect(await tried(ledger, 'accepted', 'two', 'ldaps://dc3:636')).toBe('too-many')
      clock += HOUR
      expect(await tried(ledger, 'accepted', 'two', 'ldaps://dc3:636')).toBe('accepted')
    },
  )

  test('a password that was put right is tried a day later, or when somebody says that it is right', async () => {
    const ledger = opened()
    expect(await tried(ledger, 'rejected', 'wrong', 'ldaps://dc1:636')).toBe('rejected')
    for (const place of ['ldaps://dc2:636', 'ldaps://dc3:636', 'ldap://dc1:389'])
      expect(await tried(ledger, 'rejected', 'wrong', place)).toBe('rejected-before')
    expect(await tried(ledger, 'accepted', 'right', 'ldaps://dc2:636')).toBe('too-many')
    await ledger.forget('OTHER\\scan')
    expect(await tried(ledger, 'accepted', 'right', 'ldaps://dc2:636')).toBe('too-many')
    await ledger.forget('corp\\Scan')
    expect(await tried(ledger, 'accepted', 'right', 'ldaps://dc2:636')).toBe('accepted')
  })

  test('what directories may count for ever is let fail twice, and then waits for somebody', async () => {
    const ledger = opened()
    for (const password of ['one', 'two']) {
      expect(await tried(ledger, 'rejected', password)).toBe('rejected')
      clock += 30 * 24 * HOUR
    }
    expect(await tried(ledger, 'accepted', 'three')).toBe('too-many')
    await ledger.forget('CORP\\scan')
    expect(await tried(ledger, 'accepted', 'three')).toBe('accepted')
  })

  test('accounts of hosts are those of one directory, unless each host has its own', async () => {
    const ledger = opened()
    const login = async (of: 'hosts' | 'host', host: string, outcome: 'accepted' | 'rejected', password = 'x') => {
      const target = `ssh://${host}:22`
      const started = await ledger.begin({ target, name: 'scan', password: Secret.ofText(password), of }, signal)
      if (typeof started === 'string') return started
      await started.end(outcome)
      return outcome
    }
    expect(await login('hosts', 'a', 'rejected')).toBe('rejected')
    expect(await login('hosts', 'b', 'accepted')).toBe('too-many')
    expect(await login('host', 'a', 'rejected', 'y')).toBe('rejected')
    expect(await login('host', 'b', 'accepted', 'y')).toBe('accepted')
    expect(await login('host', 'a', 'accepted', 'z')).toBe('too-many')
  })

  test.each([
    ['CORP\\scan', 'corp\\SCAN'],
    ['CORP\\scan', 'scan@corp.example.com'],
    ['corp.example.com\\scan', 'Scan@CORP.example.com'],
    ['uid=scan, ou=Services,DC=example', 'UID=Scan,ou=services , dc=example'],
    ['cn=a\\2c b,dc=x', 'cn=a\\, b,dc=x'],
    ['cn=\\61,dc=x', 'CN=a,DC=x'],
  ])('%s and %s are one account', async (one, other) => {
    const ledger = opened()
    expect(await tried(ledger, 'rejected', 'one', undefined, one)).toBe('rejected')
    expect(await tried(ledger, 'rejected', 'one', undefined, other)).toBe('rejected-before')
    expect(await tried(ledger, 'rejected', 'two', undefined, other)).toBe('too-many')
  })

  test.each([
    ['CORP\\scan', 'OTHER\\scan'],
    ['scan@corp.example.com', 'scan@other.example.com'],
    ['uid=scan,ou=a,dc=x', 'uid=scan,ou=b,dc=x'],
    ['scan', 'CORP\\scan'],
  ])('%s and %s are two', async (one, other) => {
    const ledger = opened()
    for (const name of [one, other]) expect(await tried(ledger, 'rejected', 'one', undefined, name)).toBe('rejected')
  })

  test('what one directory rejects is not taken from another that accepted it', async () => {
    const ledger = opened()
    const name = 'cn=scan,dc=x'
    expect(await tried(ledger, 'accepted', 'one', 'ldaps://a', name)).toBe('accepted')
    expect(await tried(ledger, 'rejected', 'one', 'ldaps://b', name)).toBe('rejected')
    // They may be one, of which one server had not heard of a change yet.
    expect(await tried(ledger, 'accepted', 'one', 'ldaps://a', name)).toBe('too-many')
    clock += 25 * HOUR
    expect(await tried(ledger, 'accepted', 'one', 'ldaps://a', name)).toBe('accepted')
    // And what it accepts makes the other forget nothing.
    expect(await tried(ledger, 'rejected', 'two', 'ldaps://b', name)).toBe('rejected')
    clock += 25 * HOUR
    expect(await tried(ledger, 'rejected', 'three', 'ldaps://b', name)).toBe('too-many')
  })

  test('an accepted login shows that the account is in order', async () => {
    const ledger = opened()
    for (const password of ['a', 'b', 'c']) {
      expect(await tried(ledger, 'rejected', password)).toBe('rejected')
      clock += 25 * HOUR
      expect(await tried(ledger, 'accepted', 'right')).toBe('accepted')
    }
  })

  test('of many that begin at once with a wrong password, one is tried', async () => {
    const ledger = opened()
    const fates = await Promise.all(
      Array.from({ length: 12 }, (_, at) => tried(ledger, 'rejected', 'wrong', `ldaps://dc${at}:636`)),
    )
    expect(fates.filter((fate) => fate === 'rejected')).toHaveLength(1)
    expect(fates.filter((fate) => fate === 'rejected-before')).toHaveLength(11)
  })

  test('a login that was begun and never ended counts like a rejected one', async () => {
    const ledger = opened()
    await ledger.begin(attempt(), signal)
    clock += 61_000
    expect(await tried(ledger, 'rejected', 'two')).toBe('too-many')
  })

  test('whoever waits can be called off', async () => {
    const ledger = opened()
    await ledger.begin(attempt(), signal)
    const off = new AbortController()
    const waiting = ledger.begin(attempt('two'), off.signal)
    setTimeout(() => off.abort(), 20)
    await expect(waiting).rejects.toThrow()
  })
})

test('the file is for us alone, tells no name and no password, and serves the next process', async () => {
  const path = join(folder, 'state', 'logins')
  const digest = (text: string) => Buffer.from(text).toString('base64').slice(-8)
  await tried(loginLedger({ path, digest }), 'rejected')
  expect(await tried(loginLedger({ path, digest }), 'accepted')).toBe('rejected-before')
  const text = await readFile(path, 'utf8')
  expect(text).not.toMatch(/scan|one\b|dc1/i)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('lines that are damaged or cut are left out', async () => {
  const path = join(folder, 'logins')
  const ledger = loginLedger({ path })
  await tried(ledger, 'rejected')
  const { appendFile } = await import('node:fs/promises')
  await appendFile(path, 'rejected x\n\0\0\0 garbage\ntries')
  expect(await tried(ledger, 'accepted')).toBe('rejected-before')
  expect(await tried(ledger, 'accepted', 'two')).toBe('too-many')
  expect(await tried(ledger, 'accepted', 'two', undefined, 'CORP\\other')).toBe('accepted')
})

describe('against directories that lock', () => {
  /** What locks: three failures in a row, each within twelve hours of the first. */
  const LOCKS = 3

  const NAMES: Readonly<Record<string, readonly string[]>> = {
    'corp scan': ['CORP\\scan', 'corp\\Scan', 'scan@corp.example.com', 'corp.example.com\\scan'],
    'corp other': ['CORP\\other', 'Other@corp.example.com'],
    'dn scan': ['uid=scan,ou=People,dc=x', 'UID=scan, ou=people,dc=X', 'uid=sc\\61n,ou=People,dc=x'],
  }
  const PLACES: Readonly<Record<string, readonly string[]>> = {
    corp: ['ldaps://dc1:636', 'ldaps://dc2:636', 'ldap://dc1:389'],
    dn: ['ldaps://a:636', 'ldaps://b:636'],
  }
  const steps = fc.array(
    fc.record({
      account: fc.constantFrom(...Object.keys(NAMES)),
      name: fc.nat(9),
      place: fc.nat(9),
      password: fc.constantFrom('right', 'old', 'older', 'oldest', 'typo', 'typing'),
      /** How the answer comes back: not always. */
      answer: fc.constantFrom('told', 'told', 'told', 'lost', 'died'),
      later: fc.constantFrom(0, 0, 1000, 70_000, HOUR, 11 * HOUR, 25 * HOUR),
      reopened: fc.boolean(),
    }),
    { maxLength: 40 },
  )

  test('none is locked, whatever is tried in whatever order, and the right password gets through', async () => {
    const path = join(folder, 'logins')
    const digest = (text: string) => createHmac('sha256', 'key').update(text).digest('base64url')
    let run = 0
    await fc.assert(
      fc.asyncProperty(steps, async (each) => {
        let clock = 1e12
        const file = `${path}-${run++}`
        // A file costs time.
        const isKept = run % 10 === 0
        const open = () => loginLedger({ ...(isKept ? { path: file } : {}), digest, now: () => clock })
        let ledger = open()
        const failures = new Map<string, number[]>()
        for (const { account, name, place, password, answer, later, reopened } of each) {
          clock += later
          if (reopened && isKept) ledger = open()
          const [names, places] = [NAMES[account]!, PLACES[account.split(' ')[0]!]!]
          // Whoever died in the middle is waited for; that is another test.
          if (answer === 'died') clock += 70_000
          const started = await ledger.begin(
            {
              target: places[place % places.length]!,
              name: names[name % names.length]!,
              password: Secret.ofText(password),
            },
            signal,
          )
          if (typeof started === 'string') continue
          const failed = (failures.get(account) ?? []).filter((at) => clock - at < 12 * HOUR)
          const accepted = password === 'right'
          failures.set(account, accepted ? [] : [...failed, clock])
          expect(failures.get(account)!.length).toBeLessThan(LOCKS)
          if (answer === 'told') await started.end(accepted ? 'accepted' : 'rejected')
          else if (answer === 'lost') await started.end('unanswered')
          else clock += 70_000
        }
        clock += 25 * HOUR
        for (const account of Object.keys(NAMES)) {
          const [names, places] = [NAMES[account]!, PLACES[account.split(' ')[0]!]!]
          for (const name of names) await ledger.forget(name)
          const started = await ledger.begin(
            { target: places[0]!, name: names[0]!, password: Secret.ofText('right') },
            signal,
          )
          expect(typeof started).toBe('object')
        }
        const text = await readFile(file, 'utf8').catch(() => '')
        for (const word of ['right', 'older', 'typing', 'scan', 'corp', 'dc1'])
          expect(text.toLowerCase()).not.toContain(` ${word}`)
      }),
    )
  })
})
