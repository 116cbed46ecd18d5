import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passwordHash, type HashContext } from './password-hash.ts'

const never = () => undefined

const answers = async (text: string, password: string, context: HashContext = {}) => {
  const read = passwordHash(text, context)
  return read === undefined
    ? 'not read'
    : [await read.matches(password, never), await read.matches(`${password}x`, never)]
}

const YES = [true, false]

test.each<readonly [string, string, string, HashContext | undefined]>([
  ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99', 'password', undefined],
  ['SHA-1', '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8', 'password', undefined],
  [
    'SHA-256 as Redis has it',
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
    'password',
    undefined,
  ],
  ['NT', '8846F7EAEE8FB117AD06BDD830B7586C', 'password', { scheme: 'nt' }],
  ['NT among digits that do not say so', '8846f7eaee8fb117ad06bdd830b7586c', 'password', undefined],
  ['MySQL', '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19', 'password', undefined],
  ['PostgreSQL with the name', 'md532e12f215ba27cb750c9e093ce4b5127', 'password', { account: 'postgres' }],
  ['WordPress', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'test12345', undefined],
  ['traditional DES', 'rl.3StKT.4T8M', 'rasmusle', undefined],
  ['OpenBSD', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U', undefined],
])('the published example of %s is known again', async (_, text, password, context) => {
  expect((await answers(text, password, context))[0]).toBe(true)
})

test('what is not known or too dear is not read', () => {
  for (const text of [
    '$y$j9T$Vx1YQ4o6b1TqUpeuvFl8m.$8cyNbPjAJsnrNRjYj3rdkIBLPNz0DnQMzFKPKv6yWt2',
    '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo',
    `$6$rounds=5000000$salt$${'a'.repeat(86)}`,
    `$2b$20$${'a'.repeat(53)}`,
    `md5${'0'.repeat(32)}`,
    '',
    'x'.repeat(5000),
  ])
    expect(passwordHash(text)).toBeUndefined()
  expect(passwordHash('0'.repeat(32), { scheme: 'digest-md5' })).toBeUndefined()
})

test('any text is read or not, and compared without a fault', async () => {
  const marks = [
    '$1$',
    '$5$',
    '$6$',
    '$2b$04$',
    '{SSHA}',
    '{SMD5}',
    '*',
    'md5',
    '$7$1$',
    '$P$9',
    'sha1$',
    '{PBKDF2}1$',
    '',
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...marks),
      fc.string({ maxLength: 120 }),
      fc.string(),
      async (mark, text, guess) => {
        const read = passwordHash(mark + text, { account: 'a' })
        if (read !== undefined && read.cost < 2) expect(typeof (await read.matches(guess, never))).toBe('boolean')
      },
    ),
    { numRuns: 1000 },
  )
})

test('long comparisons ask for rest often', async () => {
  for (const text of [
    `$6$rounds=20000$salt$${'a'.repeat(86)}`,
    `$2b$07$${'a'.repeat(53)}`,
    '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/',
    '$P$B12345678aaaaaaaaaaaaaaaaaaaaaa',
  ]) {
    let rests = 0
    await passwordHash(text)!.matches('oak-leaf-7', () => {
      rests++
      return undefined
    })
    expect(rests).toBeGreaterThan(10)
  }
})

const passwords = ['', 'a', 'changeme', 'oak-leaf-7', 'grün ist ¿', 'one of just above twenty', 'x'.repeat(70)]

/** What a program prints for a password, its hash somewhere in it. */
const printed = (program: string, args: readonly string[], input?: string) => {
  const { stdout, status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${stderr.slice(0, 300)}`)
  return stdout.trim()
}

describe.skipIf(!existsSync('/usr/bin/openssl'))('beside openssl passwd', () => {
  test.each(['-1', '-apr1', '-5', '-6'])('%s', async (scheme) => {
    for (const password of passwords.slice(1)) {
      const text = printed('openssl', ['passwd', scheme, '-stdin'], `${password}\n`)
      expect([password, await answers(text, password)]).toEqual([password, YES])
    }
  })
})

describe.skipIf(!existsSync('/usr/bin/mkpasswd'))('beside mkpasswd', () => {
  test.each([
    ['descrypt'],
    ['md5crypt'],
    ['sha256crypt'],
    ['sha512crypt'],
    ['sha512crypt', '-R', '1500'],
    ['sha256crypt', '-R', '9999'],
    ['bcrypt', '-R', '5'],
    ['bcrypt-a', '-R', '4'],
    ['nt'],
  ])('%s', async (scheme, ...more) => {
    // It makes two bytes of each byte for Windows, which is right for ASCII only.
    for (const password of passwords.filter((one) => one !== '' && (scheme !== 'nt' || /^[ -~]*$/.test(one)))) {
      const text = printed('mkpasswd', ['-m', scheme, ...more, '-s'], password)
      const got = await answers(text, password)
      // Of longer passwords traditional DES sees the beginning only.
      expect([password, got[0]]).toEqual([password, true])
      if (scheme !== 'descrypt' || password.length < 8) expect([password, got]).toEqual([password, YES])
    }
  })
})

describe.skipIf(!existsSync('/usr/bin/htpasswd'))('beside htpasswd', () => {
  test.each([['-m'], ['-s'], ['-B'], ['-B', '-C', '8'], ['-d']])('%s', async (...scheme) => {
    for (const password of passwords.slice(1)) {
      const text = printed('htpasswd', ['-n', '-i', ...scheme, 'alice'], password).slice('alice:'.length)
      expect([password, (await answers(text, password))[0]]).toEqual([password, true])
    }
  })
})

describe.skipIf(!existsSync('/usr/sbin/slappasswd'))('beside slappasswd', () => {
  test.each(['{SSHA}', '{SHA}', '{SMD5}', '{MD5}', '{CRYPT}'])('%s', async (scheme) => {
    for (const password of passwords.slice(1)) {
      const text = printed('/usr/sbin/slappasswd', ['-n', '-h', scheme, '-c', '$6$%.16s', '-s', password])
      expect([password, await answers(text, password)]).toEqual([password, YES])
    }
  })
})

describe.skipIf(!existsSync('/usr/bin/doveadm'))('beside doveadm pw', () => {
  test.each(
    (
      'MD5 MD5-CRYPT SHA SHA1 SHA256 SHA512 SMD5 SSHA SSHA256 SSHA512 CRYPT DES-CRYPT PLAIN-MD5 LDAP-MD5 ' +
      'SCRAM-SHA-1 SCRAM-SHA-256 PBKDF2 BLF-CRYPT SHA256-CRYPT SHA512-CRYPT SSHA256.HEX'
    ).split(' '),
  )('%s', async (scheme) => {
    for (const password of ['changeme', 'oak-leaf-7']) {
      const text = printed('doveadm', ['-O', 'pw', '-s', scheme, '-p', password])
      expect([password, (await answers(text, password))[0]]).toEqual([password, true])
      expect([password, await passwordHash(text)?.matches('other', never)]).toEqual([password, false])
    }
  })
})

describe.skipIf(!existsSync('/usr/bin/mosquitto_passwd'))('beside mosquitto_passwd', () => {
  test.each([
    ['-H', 'sha512-pbkdf2'],
    ['-H', 'sha512'],
  ])('%s %s', async (...scheme) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-passwd-'))
    try {
      const file = join(folder, 'passwd')
      for (const password of ['changeme', 'oak-leaf-7']) {
        printed('mosquitto_passwd', ['-b', '-c', ...scheme, file, 'alice', password])
        const text = readFileSync(file, 'utf8').trim().slice('alice:'.length)
        expect([password, await answers(text, password)]).toEqual([password, YES])
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const hasPasslib =
  existsSync('/usr/bin/python3') && spawnSync('/usr/bin/python3', ['-c', 'import passlib.hash']).status === 0

describe.skipIf(!hasPasslib)('beside passlib', () => {
  test.each(
    (
      'des_crypt md5_crypt apr_md5_crypt sha256_crypt sha512_crypt phpass ldap_salted_sha1 ldap_salted_sha256 ldap_salted_sha512 ' +
      'ldap_salted_md5 mysql41 nthash pbkdf2_sha1 pbkdf2_sha256 pbkdf2_sha512 ldap_pbkdf2_sha1 ldap_pbkdf2_sha256 ' +
      'ldap_pbkdf2_sha512 django_pbkdf2_sha256 django_pbkdf2_sha1 django_salted_md5 django_salted_sha1 grub_pbkdf2_sha512 ' +
      'hex_md5 hex_sha1 hex_sha256 hex_sha512'
    ).split(' '),
  )('%s', async (scheme) => {
    const fewer = /phpass/.test(scheme) ? 8 : /pbkdf2|sha\d+_crypt/.test(scheme) ? 3000 : undefined
    const using = fewer === undefined ? 'h' : `h.using(rounds=${fewer})`
    const program = `import sys; from passlib.hash import ${scheme} as h; print(${using}.hash(sys.stdin.read()))`
    for (const password of ['changeme', 'oak-leaf-7', 'grün ist ¿']) {
      const text = printed('/usr/bin/python3', ['-W', 'ignore', '-c', program], password)
      expect([password, (await answers(text, password))[0]]).toEqual([password, true])
      expect([password, await passwordHash(text)?.matches('other', never)]).toEqual([password, false])
    }
  })

  test('with the name of the account', async () => {
    const program = 'from passlib.hash import postgres_md5 as h; print(h.hash("oak-leaf-7", user="alice"))'
    const text = printed('/usr/bin/python3', ['-c', program])
    expect(await answers(text, 'oak-leaf-7', { account: 'alice' })).toEqual(YES)
    expect(await answers(text, 'oak-leaf-7', { account: 'bob' })).toEqual([false, false])
  })
})
