import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAuthorizedKeys, parseKeyOptions } from './authorized-keys.ts'
import { fingerprintOfBlob, readSshPublicKey } from './ssh-keys/public-key.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'

const anyBytes = (length: number) => fc.sample(fc.uint8Array({ minLength: length, maxLength: length }), 1)[0]!

const wire = (...fields: readonly (string | Uint8Array)[]) =>
  Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field)
      const size = Buffer.alloc(4)
      size.writeUInt32BE(bytes.length)
      return [size, bytes]
    }),
  )
const line = (type: string, ...fields: readonly (string | Uint8Array)[]) =>
  `${type} ${wire(...fields).toString('base64')}`

describe('against ssh-keygen', () => {
  let folder = ''
  const made: string[] = []

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'authorized-keys-'))
    const kinds: readonly (readonly [type: string, bits: string])[] = [
      ['rsa', '1024'],
      ['rsa', '2048'],
      ['rsa', '3072'],
      ['rsa', '4096'],
      ['dsa', '1024'],
      ['ecdsa', '256'],
      ['ecdsa', '384'],
      ['ecdsa', '521'],
      ['ed25519', '256'],
    ]
    for (const [type, bits] of kinds) {
      const path = join(folder, `${type}-${bits}`)
      const run = spawnSync('ssh-keygen', [
        '-q',
        '-t',
        type,
        '-b',
        bits,
        '-N',
        '',
        '-C',
        `${type} of ${bits}`,
        '-f',
        path,
      ])
      // Newer releases make no DSA keys.
      if (run.status === 0) made.push(path)
    }
    for (const path of made)
      spawnSync('ssh-keygen', ['-q', '-s', join(folder, 'ed25519-256'), '-I', 'id', '-n', 'alice', `${path}.pub`])
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Bits and fingerprint that ssh-keygen sees in one line; undefined where it sees no key. */
  const listed = (content: string | Uint8Array) => {
    const path = join(folder, 'lines')
    writeFileSync(path, content)
    const match = /^(\d+) (SHA256:\S+)/.exec(spawnSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).stdout)
    return match === null ? undefined : [Number(match[1]), match[2]]
  }
  const ours = (content: string) => {
    const [type = '', blob = ''] = content.trim().split(/[ \t]+/)
    const key = readSshPublicKey(type, blob)
    return key === undefined ? undefined : [key.bits, fingerprintOfBlob(key.blob, sha256)]
  }

  test('keys of all types have the bits and the fingerprint it prints', () => {
    for (const path of made) {
      const content = readFileSync(`${path}.pub`, 'utf8')
      const [found] = parseAuthorizedKeys(content).keys
      expect([found!.key.bits, fingerprintOfBlob(found!.key.blob, sha256)]).toEqual(listed(content))
    }
    expect(made.length).toBeGreaterThanOrEqual(8)
  })

  test('a certificate has the fingerprint of the key it certifies', () => {
    for (const path of made) {
      const content = readFileSync(`${path}-cert.pub`, 'utf8')
      expect([path, ours(content)]).toEqual([path, listed(content)])
      expect(ours(content)).toEqual(ours(readFileSync(`${path}.pub`, 'utf8')))
    }
  })

  test('keys in hardware have the fingerprint it prints', () => {
    const point = Buffer.from(readFileSync(join(folder, 'ecdsa-256.pub'), 'utf8').split(' ')[1]!, 'base64').subarray(
      -65,
    )
    for (const content of [
      line('sk-ssh-ed25519@openssh.com', 'sk-ssh-ed25519@openssh.com', anyBytes(32), 'ssh:'),
      line('sk-ecdsa-sha2-nistp256@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:'),
    ]) {
      expect(ours(content)).toEqual(listed(`${content}\n`))
      expect(ours(content)).toBeDefined()
    }
  })

  test('a key that does not agree with its declared type is none, as it says', () => {
    const rsa = readFileSync(join(folder, 'rsa-1024.pub'), 'utf8').split(' ')[1]!
    const modulus = Buffer.from(rsa, 'base64').subarray(-128)
    const p256 = readFileSync(join(folder, 'ecdsa-256.pub'), 'utf8').split(' ')[1]!
    const point = Buffer.from(p256, 'base64').subarray(-65)
    const off = Uint8Array.from(point, (byte, index) => (index === 64 ? byte ^ 1 : byte))
    const e = Uint8Array.of(1, 0, 1)
    for (const content of [
      `ssh-dss ${rsa}`,
      `ssh-rsa ${p256}`,
      `ecdsa-sha2-nistp384 ${p256}`,
      `rsa-sha2-512 ${rsa}`,
      `ssh-rsa ${rsa.slice(0, -4)}`,
      `ssh-rsa ${rsa}AAAA`,
      `ssh-ed25519 ${rsa}`,
      line('ssh-rsa', 'rsa-sha2-256', e, Buffer.concat([Uint8Array.of(0), modulus])),
      line('ssh-rsa', 'RSA', e, Buffer.concat([Uint8Array.of(0, 0, 0), modulus])),
      line('ssh-rsa', 'ssh-rsa', e, modulus),
      line('ssh-rsa', 'ssh-rsa', e, Buffer.concat([Uint8Array.of(0), modulus.subarray(0, 127)])),
      line('ssh-rsa', 'ssh-rsa', e, Buffer.concat([Uint8Array.of(0), modulus]), 'more'),
      line('ssh-rsa', 'ssh-rsa', e, Buffer.concat([Uint8Array.of(1), anyBytes(2047)])),
      line('ssh-rsa', 'ssh-rsa', e, Buffer.concat([Uint8Array.of(1), anyBytes(2048)])),
      line('ssh-ed25519', 'ssh-ed25519', anyBytes(31)),
      line('ssh-ed25519', 'ED25519', anyBytes(32)),
      line('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', 'nistp256', off),
      line('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', 'nistp384', point),
      line('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', 'nistp256', point.subarray(0, 33)),
      line('ecdsa-sha2-nistp256', 'ECDSA', 'nistp256', point),
      line(
        'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
        'sk-ecdsa-sha2-nistp256@openssh.com',
        'nistp256',
        point,
        'ssh:',
      ),
      `${ED25519.slice(0, -1)}g`,
      `${ED25519}=`,
      'ssh-foo AAAA',
    ])
      expect([content.slice(0, 60), ours(content)]).toEqual([content.slice(0, 60), listed(`${content}\n`)])
  })

  test('a key that is changed anywhere is one for both or for none', () => {
    const contents = made.map((path) => readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' '))
    fc.assert(
      fc.property(
        fc.constantFrom(...contents),
        fc.nat(),
        fc.constantFrom('A', '/', '=', 'z', ''),
        (content, at, replacement) => {
          const position = at % content.length
          const changed = content.slice(0, position) + replacement + content.slice(position + 1)
          expect(ours(changed)).toEqual(listed(`${changed}\n`))
        },
      ),
      { numRuns: 400 },
    )
  })
})

const keysOf = (text: string) =>
  parseAuthorizedKeys(text).keys.map(({ line: at, role, options, comment }) => ({ line: at, role, options, comment }))
const refusedOf = (text: string) => parseAuthorizedKeys(text).refused

test('a line is a key, a comment of any words, and options before it', () => {
  expect(
    keysOf(
      `# note\n\n${ED25519}\n  ${ED25519} alice at home  \r\nrestrict,command="echo \\"a, b\\" #"\t${ED25519} x\n`,
    ),
  ).toEqual([
    { line: 3, role: 'authorized', options: [], comment: '' },
    { line: 4, role: 'authorized', options: [], comment: 'alice at home' },
    {
      line: 5,
      role: 'authorized',
      options: [{ name: 'restrict' }, { name: 'command', value: 'echo "a, b" #' }],
      comment: 'x',
    },
  ])
})

test('cert-authority makes a key an authority, in any case and place', () => {
  expect(keysOf(`no-pty,CERT-Authority,principals="a,b" ${ED25519} ca\n`)).toMatchObject([{ role: 'authority' }])
})

test('line ends of Windows hide no key', () => {
  expect(keysOf(`${ED25519}\r\n\r\n${ED25519} x\r\n`)).toMatchObject([{ line: 1 }, { line: 3, comment: 'x' }])
})

test('a byte order mark hides the first line from sshd, and is told', () => {
  expect(keysOf(`\uFEFF${ED25519}\n${ED25519}\n`)).toMatchObject([{ line: 2 }])
  expect(refusedOf(`\uFEFF${ED25519}\n`)).toEqual([{ line: 1, why: 'no key' }])
})

test('what follows a NUL byte is not read', () => {
  expect(keysOf(`${ED25519} a\0b\n`)).toMatchObject([{ comment: 'a' }])
})

test.each([
  [`1024 35 1234567890 old\n`, 'a key of protocol 1'],
  [`no-pty 1024 35 1234567890 old\n`, 'a key of protocol 1'],
  [`no-pty,foo ${ED25519}\n`, 'options that sshd does not know'],
  [`command=ls ${ED25519}\n`, 'options that sshd does not know'],
  [`restricted ${ED25519}\n`, 'options that sshd does not know'],
  [`no-restrict ${ED25519}\n`, 'options that sshd does not know'],
  [`command="a",command="b" ${ED25519}\n`, 'options that sshd does not know'],
  [`expiry-time="20261301" ${ED25519}\n`, 'options that sshd does not know'],
  [`environment="A B=c" ${ED25519}\n`, 'options that sshd does not know'],
  [`permitopen="host" ${ED25519}\n`, 'options that sshd does not know'],
  [`tunnel="x" ${ED25519}\n`, 'options that sshd does not know'],
  [`principals="a" ${ED25519}\n`, 'principals of a key that is no authority'],
  [`command="a ${ED25519}\n`, 'a quote that is not closed'],
  [`ssh-rsa ${ED25519.split(' ')[1]}\n`, 'a key that does not agree with its type'],
  ['hello world\n', 'no key'],
  ['ssh-ed25519\n', 'a key that does not agree with its type'],
])('sshd passes over %j', (text, why) => {
  expect(keysOf(text)).toEqual([])
  expect(refusedOf(text)).toEqual([{ line: 1, why }])
})

test('every option of sshd(8) is known', () => {
  expect(
    parseKeyOptions(
      'agent-forwarding,cert-authority,command="x",environment="A=b",environment="C=",expiry-time="20271231",expiry-time="202712312359Z",from="*.example.org,!10.0.0.1",no-agent-forwarding,' +
        'no-port-forwarding,no-pty,no-user-rc,no-X11-forwarding,permitlisten="8080",permitlisten="*:80",permitopen="[::1]:22",permitopen="h:*",port-forwarding,principals="p",pty,' +
        'no-touch-required,touch-required,verify-required,restrict,tunnel="0",user-rc,X11-forwarding',
    ),
  ).toHaveLength(27)
})

test('empty options between commas are passed over', () =>
  expect(parseKeyOptions(',restrict,,')).toEqual([{ name: 'restrict' }]))

test('any text gives keys and refused lines, one for each line that says something', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ED25519,
      '"',
      '\\"',
      ',',
      ' ',
      '\n',
      '\r',
      '\0',
      'command="',
      'restrict',
      'cert-authority',
      'ssh-rsa AAAA',
      '#',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      const { keys, refused } = parseAuthorizedKeys(text)
      expect(keys.length + refused.length).toBeLessThanOrEqual(text.split('\n').length)
    }),
    { numRuns: 2000 },
  )
})

test('long lines are read in one go', () => {
  const many = 100_000
  expect(parseAuthorizedKeys(`${'restrict,'.repeat(many)} ${ED25519}`).keys).toHaveLength(1)
  expect(parseAuthorizedKeys(`command="${'\\"'.repeat(many)}" ${ED25519}`).keys[0]!.options[0]!.value).toHaveLength(
    many,
  )
  expect(parseAuthorizedKeys('"'.repeat(many)).refused).toHaveLength(1)
  expect(parseAuthorizedKeys(`${' '.repeat(many)}x${'\t'.repeat(many)}`).refused).toHaveLength(1)
})
