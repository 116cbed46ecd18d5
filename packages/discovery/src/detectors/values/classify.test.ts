import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Sighting } from '../detector.ts'
import { classify } from './classify.ts'

const seen = (more: Partial<Sighting> = {}): Sighting => ({
  at: 0,
  length: 0,
  secret: 'password',
  name: 'password',
  evidence: 'name',
  by: 'name',
  ...more,
})

const told = (value: string, more: Partial<Sighting> = {}) => classify(value, seen(more))?.value

describe('names where the secret is', () => {
  test.each([
    ['${DB_PASSWORD}', '${DB_PASSWORD}'],
    ['$DB_PASSWORD', '$DB_PASSWORD'],
    ['$(cat /run/secrets/db)', '$(cat /run/secrets/db)'],
    ['%DB_PASSWORD%', '%DB_PASSWORD%'],
    ['%(db_password)s', '%(db_password)s'],
    ['{{ vault_db_password }}', '{{ vault_db_password }}'],
    ['<%= @password %>', '<%= @password %>'],
    ['#{password}', '#{password}'],
    ['[[ .Password ]]', '[[ .Password ]]'],
    ['~{password}', '~{password}'],
    ['vault:secret/data/db#password', 'vault:secret/data/db#password'],
    ['ssm:/prod/db/password', 'ssm:/prod/db/password'],
    ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:db', undefined],
    ['/run/secrets/db_password', '/run/secrets/db_password'],
    ['pre${NAME}post', '${NAME}'],
  ])('%s', (value, reference) => {
    expect(told(value)).toBe('reference')
    if (reference !== undefined) expect(classify(value, seen())?.reference).toBe(reference)
  })
})

test('what OpenSSL takes as a passphrase is no reference, and is never told as one', () => {
  expect(classify('pass:oak-leaf-7-Rowan', seen())).toMatchObject({ value: 'literal', literal: 'oak-leaf-7-Rowan' })
  expect(classify('pass:team/oak-Leaf', seen())?.reference ?? '').not.toContain('oak')
})

test('a random text with signs of references in it is none', () => {
  const random = 'r(m)9nLGnz$(_q3N4z1k(EFsMCjjjzx08x9VhNVcfd%6RF#r!6DE@+V5Zk2X'
  expect(told(random, { name: 'SECRET_KEY', secret: 'symmetric-key', quoted: true })).toBe('literal')
})

describe('is a stand-in', () => {
  test.each(
    'xxxxxxxx|********|<your password>|CHANGE_ME|your_password_here|........|@DB_PASSWORD@|__PASSWORD__|REPLACE_ME|REDACTED|put your key here|NOVA_PASS|PASSWORD|$snmp_community$|@PASSWORD|:****'.split(
      '|',
    ),
  )('%s', (value) => {
    expect(told(value, { quoted: true })).toBe('placeholder')
  })
})

describe('is what a sample has, and opens what it is given to until somebody changes it', () => {
  test.each('my_password|test_password|test-secret|my_secret|db_password|password|repsecret|mypassword'.split('|'))(
    '%s',
    (value) => {
      for (const quoted of [{ quoted: true as const }, {}])
        expect(classify(value, seen(quoted))).toMatchObject({ value: 'literal', confidence: 'low' })
    },
  )

  test('and in code is a name of something else', () => {
    const code = { bareIsCode: true, quoted: true } as const
    expect(told('Password', { ...code, name: 'map.proxy_password' })).toBe('placeholder')
    expect(told('md5AuthenticationKey', { ...code, name: 'md5_authentication_key' })).toBe('placeholder')
  })

  test('unless it is issued, a name in code, or an argument that is explained', () => {
    expect(told('my_api_token', { secret: 'token', quoted: true })).toBe('placeholder')
    expect(told('user_password', { bareIsCode: true, quoted: true })).toBe('placeholder')
    expect(told('new-password', { evidence: 'argument' })).toBe('placeholder')
  })
})

describe('says that it must be replaced', () => {
  test.each(
    'change_me_now|change-this|your_password|enter_password_here|password_here|passwordhere|insert your key'.split('|'),
  )('%s', (value) => {
    expect(told(value, { quoted: true })).toBe('placeholder')
  })
})

describe('is no hash', () => {
  test.each(['$1$2abcdefghijk/ig', '$2$1.abcdefghijklmnop', '$5$abcdefghijklmnop', '$1$salt$short'])(
    '%s, as substitutions of patterns have',
    (value) => {
      expect(told(value, { by: 'format' })).not.toBe('hash')
    },
  )
})

test('the name of a scheme is no secret', () => {
  for (const scheme of ['SSHA', 'ssha512', 'CRAM-MD5', 'SHA512-CRYPT'])
    expect(told(scheme, { hashed: true, quoted: true })).toBeUndefined()
})

test('a format that holds hashes may hold a stand-in', () => {
  expect(told('XXX', { by: 'format', valueClass: 'hash' })).toBe('placeholder')
})

test('what only a product calls its key has to look as if it was issued', () => {
  const key = { name: 'N2N_KEY', secret: 'shared-secret', unsure: true, quoted: true } as const
  for (const issued of ['q3LxV9pTz0wNb7Kd', '0f3c9a5be1d247789ae1c0ff', 'SuperSecurePassword'])
    expect(told(issued, key)).toBe('literal')
  for (const other of ['created_at', 'user-id-2', 'prefix:items:v2', 'Ctrl+Shift+K', 'assets/logo-2x.png'])
    expect(told(other, key) ?? 'nothing').toMatch(/nothing|placeholder|reference/)
})

test('a PIN has some digits; a line of hardware has few, or a letter', () => {
  const pin = { name: 'modem.pin', unsure: true as const }
  expect(told('4711', pin)).toBe('literal')
  for (const line of ['7', '17', 'B', 'PA5', 'P9_12']) expect(told(line, pin)).toBeUndefined()
})

describe('is a hash', () => {
  test.each([
    ['$6$saltsalt$abcdefghijklmnop', 'sha512crypt', false],
    ['$1$saltsalt$abcdefghijklmnopqrstuv', 'md5crypt', true],
    ['{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g5c2FsdHNhbHQ=', 'ssha', true],
    ['*4ACFE3202A5FF5CF467898FC58AAB1D615029441', 'mysql-native', true],
    ['pbkdf2_sha256$600000$salt$q3l0nVw0Wc0mPq4vYb9pXg==aaaa'.slice(0, 48), 'pbkdf2', false],
    ['md5a3556571e93b0d20722ba62be61e8c2d', 'postgresql-md5', true],
  ])('%s', (value, scheme, weak) => {
    const classified = classify(value, seen())
    expect(classified).toMatchObject({ value: 'hash', scheme })
    expect(classified?.weaknesses.includes('weak-hash')).toBe(weak)
  })

  test('of what a product is delivered with, salted or not', () => {
    // Of Zabbix, and `changeme` in MD5.
    for (const hash of [
      '$2y$10$92nDno4n0Zm7Ej7Jfsz8WukBfgSS/U0QkIuu8WkJPihXBb2A1UrEK',
      '4cb9c8a8048fd02294477fcb1a41191a',
    ])
      expect(classify(hash, seen({ hashed: true }))?.weaknesses).toContain('default')
  })

  test('of letters and digits alone, where its name says so', () => {
    expect(told('5f4dcc3b5aa765d61d8327deb882cf99')).toBe('literal')
    expect(classify('5f4dcc3b5aa765d61d8327deb882cf99', seen({ hashed: true }))).toMatchObject({
      value: 'hash',
      scheme: 'md5',
      weaknesses: ['default', 'weak-hash'],
    })
  })
})

describe('is encrypted', () => {
  test.each([
    ['ENC(a8sd7f6a8s7df6==)', 'jasypt'],
    ['{cipher}a8sd7f6', 'spring-cloud-config'],
    ['{AES}a8sd7f6=', 'product'],
    ['$ANSIBLE_VAULT;1.1;AES256', 'ansible-vault'],
    ['vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==', 'vault-transit'],
  ])('%s', (value, scheme) => {
    expect(classify(value, seen())).toMatchObject({ value: 'encrypted', scheme })
  })

  test('by the tag of YAML', () => {
    expect(told('6162', { tag: '!vault' })).toBe('encrypted')
    expect(told('DbPassword', { tag: '!Ref' })).toBe('reference')
  })
})

describe('is none where only a name says so', () => {
  test.each(
    'true|no|42|string|optional|identity:get_password|os_compute_api:os-server-password:show|/etc/app/secret.key|server.pem|com.example.Secret|get_password()|secrets[0]|required|sha512-abcdefghijklmnopqrstuvwxyz0123456789|https://example.org/token|^[a-z]+$'.split(
      '|',
    ),
  )('%s', (value) => {
    expect(told(value) ?? 'nothing').toMatch(/nothing|reference/)
  })

  test('but a plain word is a password, as people choose such', () => {
    expect(told('changeit')).toBe('literal')
    expect(told('oak-leaf-7')).toBe('literal')
  })

  test('a sentence between quotes is none, a passphrase is', () => {
    expect(told('The token has expired', { quoted: true })).toBeUndefined()
    expect(told('oak leaf birch seven', { quoted: true })).toBe('literal')
  })

  test('a bare word in source code is a variable', () => {
    expect(told('hunter22', { bareIsCode: true })).toBeUndefined()
    expect(told('hunter22', { bareIsCode: true, quoted: true })).toBe('literal')
  })
})

test('a reference with a default in clear is a literal', () => {
  expect(classify('${PW:-oak-leaf-7}', seen())).toMatchObject({ value: 'literal', literal: 'oak-leaf-7' })
  expect(classify('${app.pw:oak-leaf-7}', seen())).toMatchObject({ value: 'literal', literal: 'oak-leaf-7' })
  expect(classify("{{ pw | default('oak-leaf-7') }}", seen())).toMatchObject({ literal: 'oak-leaf-7' })
  expect(told('${PW:?is not set}')).toBe('reference')
})

test('what is weak is told', () => {
  const weaknesses = (value: string, more: Partial<Sighting> = {}) =>
    classify(value, seen({ by: 'format', ...more }))?.weaknesses
  expect(weaknesses('changeit')).toEqual(expect.arrayContaining(['default', 'common']))
  expect(weaknesses('P@ssw0rd1!')).toEqual(expect.arrayContaining(['common']))
  expect(weaknesses('qwerty')).toEqual(['common', 'short'])
  expect(weaknesses('app', { account: 'app' })).toContain('same-as-account')
  expect(weaknesses('ThisTokenIsNotSoSecretChangeIt')).toContain('publicly-known')
  expect(weaknesses('foobared', { service: 'redis' })).toContain('default')
  expect(weaknesses('q3LxV9pTz0wN')).toEqual([])
})

test('any text is classified, and nothing but the name of its place is told of it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.constantFrom('name', 'format', 'shape'), (value, by) => {
      const classified = classify(value, seen({ by }))
      const { reference = '' } = classified ?? {}
      expect(value).toContain(reference)
    }),
  )
})

test('long text of any kind takes time in proportion to its length', () => {
  const hostile = ['${', '{{', 'a_', 'A.', '$', '(', '[', ' ', 'x-', '%(', '0', '<%', ':a', '/a', 'your_', 'a@']
  for (const unit of hostile)
    for (const by of ['name', 'format'] as const)
      expect(() => classify(unit.repeat(2000), seen({ by, quoted: true }))).not.toThrow()
})
