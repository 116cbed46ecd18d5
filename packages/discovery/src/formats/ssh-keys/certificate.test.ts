import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificate as contract } from '@rollcall/contract'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCertificate } from './certificate.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

let folder = ''
const at = (name: string) => join(folder, name)
const ran = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('ssh-keygen', args, {
    encoding: 'utf8',
    env: { TZ: 'UTC', PATH: process.env['PATH'] },
  })
  if (status !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${stderr}`)
  return stdout
}
const KINDS = ['ed25519', 'ecdsa', 'rsa'] as const

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  for (const kind of KINDS)
    for (const name of ['key', 'ca']) ran('-q', '-t', kind, '-N', '', '-C', 'who', '-f', at(`${name}-${kind}`))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What `ssh-keygen -L` says, in the words of a certificate. */
const told = (path: string) => {
  const text = ran('-L', '-f', path)
  const line = (name: string) => new RegExp(`^ {8}${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const list = (name: string) => {
    const body = new RegExp(`^ {8}${name}: *(.*)\\n((?: {16}.*\\n)*)`, 'm').exec(text)
    return body?.[1] === '(none)'
      ? []
      : (body?.[2] ?? '')
          .split('\n')
          .map((one) => one.trim())
          .filter((one) => one !== '')
  }
  const [, from, to] = /^(?:from (\S+) to (\S+)|forever|.*)$/.exec(line('Valid')) ?? []
  const after = /^after (\S+)/.exec(line('Valid'))?.[1] ?? from
  const before = /^before (\S+)/.exec(line('Valid'))?.[1] ?? to
  const [, value] = /"(.*)"$/.exec(line('Key ID')) ?? []
  return {
    type: /user certificate/.test(line('Type')) ? 'user' : 'host',
    key: /SHA256:\S+/.exec(line('Public key'))?.[0],
    signedBy: /SHA256:\S+/.exec(line('Signing CA'))?.[0],
    keyId: value,
    serial: line('Serial'),
    validFrom: after,
    validTo: before,
    principals: list('Principals'),
    criticalOptions: list('Critical Options'),
    extensions: list('Extensions'),
  }
}

const read = (path: string) => {
  const [type = '', base64 = ''] = readFileSync(path, 'utf8').split(' ')
  return readCertificate(type, base64, sha256)
}

/** The same of ours. */
const ours = (path: string) => {
  const found = read(path)!
  expect(contract.parse(found.certificate)).toEqual(found.certificate)
  const { certificate, key } = found
  return {
    ...certificate,
    key: `SHA256:${createHash('sha256').update(key.blob).digest('base64').slice(0, 43)}`,
    validFrom: certificate.validFrom?.replace('.000Z', ''),
    validTo: certificate.validTo?.replace('.000Z', ''),
    criticalOptions: certificate.criticalOptions.map(({ name, value }) =>
      value === undefined ? name : `${name} ${value}`,
    ),
  }
}

describe.each(KINDS)('a certificate of a key of type %s', (kind) => {
  test.each([
    [
      'with everything',
      [
        '-I',
        'ann at work',
        '-n',
        'ann,ops,deploy',
        '-z',
        '18446744073709551615',
        '-V',
        '20260101000000:20270101000000',
        '-O',
        'clear',
        '-O',
        'force-command=ls -l',
        '-O',
        'source-address=10.0.0.0/8,::1/128',
        '-O',
        'permit-pty',
      ],
    ],
    ['that names nobody and has no end', ['-I', '', '-z', '0']],
    ['that has only an end', ['-I', 'x', '-n', 'root', '-V', 'always:20200101']],
    ['that has only a beginning', ['-I', 'x', '-n', 'root', '-V', '20300101:forever']],
    [
      'with words of its own',
      [
        '-I',
        'x',
        '-n',
        'root',
        '-O',
        'critical:who@example.org=once',
        '-O',
        'extension:login@example.org=ann',
        '-O',
        'no-pty',
      ],
    ],
    ['of a host', ['-h', '-I', 'web', '-n', 'web,web.example.org', '-z', '7']],
  ])('%s says what ssh-keygen -L says', (_, options) => {
    for (const authority of KINDS) {
      ran('-q', '-s', at(`ca-${authority}`), ...options, at(`key-${kind}.pub`))
      const path = at(`key-${kind}-cert.pub`)
      const theirs = told(path)
      const mine = ours(path)
      // ssh-keygen shows only the names of words that it does not know, with their length.
      const known = (words: readonly string[]) => words.map((word) => word.split(/[ @]/)[0])
      expect({ ...mine, criticalOptions: known(mine.criticalOptions), extensions: known(mine.extensions) }).toEqual({
        ...theirs,
        criticalOptions: known(theirs.criticalOptions),
        extensions: known(theirs.extensions),
      })
      const plain = theirs.criticalOptions.filter((one) => /^(?:force-command|source-address) /.test(one))
      expect(mine.criticalOptions.filter((one) => /^(?:force-command|source-address) /.test(one))).toEqual(plain)
    }
  })
})

test('a plain key is no certificate', () => {
  expect(read(at('key-ed25519.pub'))).toBeUndefined()
})

test('any bytes, and any certificate with bytes changed or cut, give what the contract allows or nothing', () => {
  ran('-q', '-s', at('ca-ed25519'), '-I', 'id', '-n', 'ann', '-O', 'force-command=ls', at('key-ed25519.pub'))
  const [type = '', base64 = ''] = readFileSync(at('key-ed25519-cert.pub'), 'utf8').split(' ')
  const whole = Buffer.from(base64, 'base64')
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (where, value, cut) => {
      const changed = Buffer.from(cut ? whole.subarray(0, where % whole.length) : whole)
      if (changed.length > 0) changed[where % changed.length] = value
      const found = readCertificate(type, changed.toString('base64'), sha256)
      if (found !== undefined) expect(contract.safeParse(found.certificate).success).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
