import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readUserPassword, worstUserPassword } from './user-password.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string) => readUserPassword(bytes(text), (secret) => `digest of ${secret}`)

describe('a value of userPassword is kept', () => {
  test.each([
    ['rowan', 'cleartext', 'cleartext', 'weak'],
    ['{CLEARTEXT}rowan', 'cleartext', 'cleartext', 'weak'],
    ['{clear}rowan', 'cleartext', 'cleartext', 'weak'],
    ['{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ=', 'hash', 'ssha', 'weak'],
    ['{SSHA512}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ=', 'hash', 'ssha512', 'weak'],
    ['{MD5}ICy5YqxZB1uWSwcVLSNLcA==', 'hash', 'md5', 'weak'],
    ['{CRYPT}$6$saltsalt$abcdefghijklmnop', 'hash', 'crypt-sha512crypt', 'acceptable'],
    ['{crypt}$1$saltsalt$abcdefghijklmnopqrstuv', 'hash', 'crypt-md5crypt', 'weak'],
    ['{CRYPT}rl.3StKT.4T8M', 'hash', 'crypt-descrypt', 'weak'],
    ['{CRYPT}!$6$saltsalt$abcdefghijklmnop', 'locked', 'crypt-sha512crypt', 'acceptable'],
    ['{CRYPT}*', 'none', 'crypt', undefined],
    ['{ARGON2}$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaa', 'hash', 'argon2', 'strong'],
    ['{PBKDF2-SHA512}10000$c2FsdA$aGFzaA', 'hash', 'pbkdf2-sha512', 'acceptable'],
    ['{PBKDF2}1000$c2FsdA$aGFzaA', 'hash', 'pbkdf2', 'weak'],
    ['{PBKDF2_SHA256}AAAnEIaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'hash', 'pbkdf2-sha256', 'acceptable'],
    ['{SASL}ann@EXAMPLE.ORG', 'elsewhere', 'sasl', undefined],
    ['{AES}c29tZXRoaW5n', 'reversible', 'aes', 'weak'],
    ['{X-OWN}c29tZXRoaW5n', 'unknown', 'x-own', undefined],
    ['e1NTSEF9VzZwaDVNbTVQejhHZ2lVTGJQZ3pHMzdtajlnNWMyRnNkSE5oYkhRPQ==', 'hash', 'ssha', 'weak'],
    ['', 'none', 'none', undefined],
    ['{SSHA}', 'none', 'none', undefined],
    ['{}', 'cleartext', 'cleartext', 'weak'],
  ])('%s', (value, kept, scheme, strength) => {
    const { digest: _, cost: __, ...more } = read(value)
    expect(more).toEqual({ kept, scheme, ...(strength === undefined ? {} : { strength }) })
  })
})

test('a password in clear has the digest that it has wherever else it is found', () => {
  expect(read('{CLEARTEXT}röwan').digest).toBe('digest of röwan')
  expect(read('röwan').digest).toBe('digest of röwan')
  expect(read('{SASL}ann@EXAMPLE.ORG').digest).toBeUndefined()
})

test('of several values the one that is kept worst is told', () => {
  const values = [
    '{SASL}ann@X',
    '{CRYPT}$6$saltsalt$abcdefghijklmnop',
    '{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ=',
  ]
  expect(worstUserPassword(values.map(bytes), () => undefined)?.scheme).toBe('ssha')
  expect(worstUserPassword([...values, 'rowan'].map(bytes), () => undefined)?.kept).toBe('cleartext')
  expect(worstUserPassword([], () => undefined)).toBeUndefined()
})

test('any bytes are read, and nothing of them is told', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('', '{CRYPT}', '{PBKDF2}', '{x}', '{'),
      (tail, head) => {
        const { digest: _, ...more } = readUserPassword(Uint8Array.from([...bytes(head), ...tail]), () => 'digest')
        expect(Object.values(more).join(' ')).toMatch(/^[a-z0-9 =.+/-]*$/)
      },
    ),
  )
})

const slappasswd = (() => {
  try {
    execFileSync('slappasswd', ['-s', 'x'], { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!slappasswd)(`what slappasswd makes is known${slappasswd ? '' : ' (skipped: needs slapd)'}`, () => {
  test.each([
    ['{SSHA}', 'ssha'],
    ['{SMD5}', 'smd5'],
    ['{SHA}', 'sha'],
    ['{MD5}', 'md5'],
    ['{CLEARTEXT}', 'cleartext'],
    ['{CRYPT}', 'crypt-sha512crypt', '-c', '$6$%.16s'],
    ['{SSHA512}', 'ssha512', '-o', 'module-load=pw-sha2'],
    ['{ARGON2}', 'argon2', '-o', 'module-load=argon2'],
    ['{PBKDF2-SHA512}', 'pbkdf2-sha512', '-o', 'module-load=pw-pbkdf2'],
  ])('%s', (scheme, told, ...options) => {
    const made = execFileSync(
      'slappasswd',
      ['-n', '-h', scheme, '-s', 'rowan', '-o', 'module-path=/usr/lib/ldap', ...options],
      {
        encoding: 'utf8',
        env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
      },
    )
    expect(read(made).scheme).toBe(told)
  })
})
