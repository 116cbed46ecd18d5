import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rollcall/secret'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loginLedger, type LoginLedger, type StartedLogin } from './login-ledger.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-ledger-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

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

  test('an account that was rejected twice is left alone for an hour, on every target', async () => {
    const ledger = opened()
    await tried(ledger, 'rejected', 'one', 'ldaps://dc1:636')
    await tried(ledger, 'refused', 'one', 'ldaps://dc2:636', 'corp\\SCAN')
    expect(await tried(ledger, 'accepted', 'two', 'ldaps://dc3:636')).toBe('too-many')
    expect(await tried(ledger, 'accepted', 'x', 'ldaps://dc3:636', 'CORP\\other')).toBe('accepted')
    clock += 61 * 60_000
    expect(await tried(ledger, 'accepted', 'two', 'ldaps://dc3:636')).toBe('accepted')
  })

  test('an accepted login shows that the account is in order', async () => {
    const ledger = opened()
    for (const password of ['a', 'b', 'c']) {
      expect(await tried(ledger, 'rejected', password)).toBe('rejected')
      expect(await tried(ledger, 'accepted', 'right')).toBe('accepted')
    }
  })

  test('of many that begin at once with a wrong password, two are tried', async () => {
    const ledger = opened()
    const fates = await Promise.all(
      Array.from({ length: 12 }, (_, at) => tried(ledger, 'rejected', 'wrong', `ldaps://dc${at}:636`)),
    )
    expect(fates.filter((fate) => fate === 'rejected')).toHaveLength(2)
    expect(fates.filter((fate) => fate === 'too-many')).toHaveLength(10)
  })

  test('a login that was begun and never ended counts like a rejected one', async () => {
    const ledger = opened()
    await ledger.begin(attempt(), signal)
    clock += 61_000
    expect(await tried(ledger, 'rejected', 'two')).toBe('rejected')
    expect(await tried(ledger, 'accepted', 'three')).toBe('too-many')
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
  expect(await tried(ledger, 'accepted', 'two')).toBe('accepted')
})
