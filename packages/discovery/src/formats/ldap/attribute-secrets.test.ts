import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretFindings, secretsIn } from './attribute-secrets.ts'

const seenIn = (text: string, account?: string) =>
  secretsIn({ texts: () => [text] }, ['description'], {
    keyedDigest: (secret) => `digest-of-${secret.length}`,
    account,
  })
const told = (text: string) =>
  seenIn(text).map(({ grade, offset }) => `${grade} ${text.slice(offset).split(/[\s"'“”,]/)[0]!}`)

describe('a password is seen', () => {
  test.each([
    ['Passwort: Rowan2024!', 'Rowan2024!'],
    ['password is Winter22', 'Winter22'],
    ['pw Rowan2024!', 'Rowan2024!'],
    ['PW=hunter2', 'hunter2'],
    ['temp pw: Welcome1', 'Welcome1'],
    ['initial password Start123', 'Start123'],
    ['mot de passe = chat99', 'chat99'],
    ['mdp : chat-99', 'chat-99'],
    ['contraseña: Gato2020', 'Gato2020'],
    ['senha: flor99', 'flor99'],
    ['wachtwoord is Fiets#12', 'Fiets#12'],
    ['lösenord: Sill2023', 'Sill2023'],
    ['adgangskode=Rod9grod', 'Rod9grod'],
    ['hasło: Tajne123!', 'Tajne123!'],
    ['heslo je Tajne123!', 'Tajne123!'],
    ['jelszó: Titok_99', 'Titok_99'],
    ['şifre = Gizli123', 'Gizli123'],
    ['пароль: Zima2024', 'Zima2024'],
    ['密码:abc123XYZ', 'abc123XYZ'],
    ['パスワード：abc123XYZ', 'abc123XYZ'],
    ['비밀번호 abc123XYZ', 'abc123XYZ'],
    ['password for svc_sql (old) is Abcdef12', 'Abcdef12'],
    ['kennwort ist "oak leaf"', 'oak'],
    ['user/pass: svc/Secret1x', 'Secret1x'],
    ['login: admin / Rowan99!', 'Rowan99!'],
    ['SQL service account, pw = Pa$$w0rd, do not change', 'Pa$$w0rd'],
    ['Password changed to Herbst#24 on 2024-05-01', 'Herbst#24'],
    ['reset password to Herbst#23', 'Herbst#23'],
    ['Rowan2024! (pw)', 'Rowan2024!'],
    ['Account for backups (password Rowan2024!)', 'Rowan2024!)'],
    ['dbpassword=oak-leaf-7', 'oak-leaf-7'],
    ['sa_pwd: Rowan7', 'Rowan7'],
    ['pwd={SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ=', '{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ='],
    ['https://user:Geheim99x@host.example.org/path', 'Geheim99x@host.example.org/path'],
    ['Welcome1!', 'Welcome1!'],
  ])('%s', (text, value) => {
    expect(told(text)).toEqual([`secret ${value}`])
  })
})

describe('a person should look', () => {
  test.each(['Default password', 'Rowan-leaf2024!', 'password is rowan', 'pin: 4711', 'same pw as always'])(
    '%s',
    (text) => {
      expect(seenIn(text)).toMatchObject([{ grade: 'hint' }])
    },
  )
})

describe('nothing is told', () => {
  test.each(
    [
      'password reset 2024-05-01|Password expires: 2025-01-01|minimum password length: 12|Password policy: strict',
      'password never expires|Password is managed by CyberArk|Passwort liegt im Tresor|Password: see vault',
      'Password Manager service account|Passwort ändern am 01.01.2025|bypass: Yes12|Passport: X1234567',
      'has to change pw on next logon|Passwort läuft nie ab|Password set by helpdesk INC0012345|pw: ********',
      'password: <unknown>|Contact Bob for password|John.Doe1@example.com|Building 12, room 4|Oracle 19c on db7',
      'Password self-service portal|password last set: 2024-01-01 12:00|Kennwort: siehe KeePass|password: n/a',
      'Head of Password & Identity Services|C++ developer|R&D 4711|compass: N12E|SRV-DB-2019|Windows10',
      'pwdLastSet = 133500000000000000|pass rate: 95%|pw: yes|login: jdoe, employee 4711|login=jdoe / 2024-05-01',
    ].flatMap((line) => line.split('|')),
  )('%s', (text) => {
    expect(told(text)).toEqual([])
  })
})

test('a password that is the name of its account is known as such', () => {
  expect(seenIn('pw: svc_sql9', 'svc_sql9')).toMatchObject([{ weaknesses: ['same-as-account'] }])
})

test('findings name the attribute and the place, and never the value', () => {
  const seen = seenIn('pw: Rowan2024! (initial password)')
  const findings = secretFindings(seen, { object: 'o', name: 'ann', type: 'user', dn: 'uid=ann,dc=example' })
  expect(findings).toMatchObject([
    { kind: 'stored-credential', name: 'description', account: 'ann', length: '8-11', digest: 'digest-of-10' },
    { kind: 'directory-weakness', weakness: 'password-in-attribute', evidence: ['description at 4'] },
    { kind: 'directory-weakness', weakness: 'password-hint-in-attribute' },
  ])
  expect(JSON.stringify(findings)).not.toContain('Rowan')
})

test('no text makes it fail, and nothing of it is told', () => {
  const words = fc.constantFrom(
    'password',
    'pw',
    ':',
    ' is ',
    '(',
    ')',
    '"',
    '/',
    'Passwort für',
    '=',
    ' ',
    '\u00a0',
    '密码',
    '{SSHA}',
  )
  const texts = fc.array(fc.oneof(words, fc.string({ maxLength: 12, unit: 'binary' })), { maxLength: 20 })
  fc.assert(
    fc.property(texts, (parts) => {
      const seen = secretsIn({ texts: () => [parts.join('')] }, ['info'], { keyedDigest: () => 'digest' })
      for (const { offset, weaknesses: _, ...more } of seen) {
        expect(offset).toBeLessThan(parts.join('').length)
        expect(Object.values(more).join(' ')).toMatch(/^[a-z0-9 +-]*$/)
      }
    }),
  )
})

test('long texts of one kind are looked at in time', () => {
  for (const unit of ['pw ', 'password (', 'pass/', 'login:', 'a_', '密码', '"', 'pw:', 'xpassword', '(pw)'])
    expect(() => seenIn(unit.repeat(20_000))).not.toThrow()
})
