import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { detect } from '../detect.ts'
import { opensByDefault, type Hash } from './opens-by-default.ts'

const hash: Hash = (name, bytes) => new Uint8Array(createHash(name).update(bytes).digest())

describe('beside the programs that make stores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-store-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = (program: string, ...args: readonly string[]) =>
    spawnSync(program, args, { cwd: folder, env: { PATH: '/usr/bin', HOME: folder } })
  const opens = (file: string, scheme: string) =>
    opensByDefault(new Uint8Array(readFileSync(join(folder, file))), scheme, hash)

  test.skipIf(!existsSync('/usr/bin/openssl'))('a store of openssl opens where its password is one of those', () => {
    run(
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      'a.pem',
      '-subj',
      '/CN=a',
      '-out',
      'a.crt',
    )
    for (const [file, password, expected, ...more] of [
      ['a.p12', 'changeit', true],
      ['b.p12', '', true],
      ['c.p12', 'oak-leaf-7', false],
      ['d.p12', 'password', true, '-macalg', 'sha1', '-keypbe', 'NONE', '-certpbe', 'NONE'],
      ['e.p12', 'changeme', true, '-macalg', 'sha512'],
    ] as const) {
      run(
        'openssl',
        'pkcs12',
        '-export',
        '-inkey',
        'a.pem',
        '-in',
        'a.crt',
        '-passout',
        `pass:${password}`,
        '-out',
        file,
        ...more,
      )
      expect([file, opens(file, 'pkcs12')]).toEqual([file, expected])
      const bytes = new Uint8Array(readFileSync(join(folder, file)))
      const [told] = detect(`/etc/${file}`, bytes, { keyedDigest: () => undefined, hash }).found
      expect([file, told?.weaknesses]).toEqual([file, expected ? ['default'] : undefined])
    }
  })

  test.skipIf(!existsSync('/usr/bin/keytool'))('so does one of keytool', () => {
    for (const [file, type, password, expected] of [
      ['a.jks', 'JKS', 'changeit', true],
      ['b.jks', 'JCEKS', 'oak-leaf-7', false],
      ['c.jks', 'PKCS12', 'changeit', true],
    ] as const) {
      run(
        'keytool',
        '-genkeypair',
        '-alias',
        'a',
        '-keyalg',
        'EC',
        '-dname',
        'CN=a',
        '-storetype',
        type,
        '-keystore',
        file,
        '-storepass',
        password,
        '-keypass',
        password,
      )
      expect([file, opens(file, type.toLowerCase())]).toEqual([file, expected])
    }
  })
})

test('any bytes give an answer or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('jks', 'pkcs12', 'other'), (bytes, scheme) => {
      expect([undefined, false]).toContain(opensByDefault(bytes, scheme, hash))
    }),
  )
})
