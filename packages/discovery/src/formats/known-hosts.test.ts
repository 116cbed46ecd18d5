import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameFinder, parseKnownHosts } from './known-hosts.ts'
import { fingerprintOfBlob } from './ssh-keys/public-key.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

let folder = ''
const at = (name: string) => join(folder, name)
const ran = (...args: readonly string[]) => spawnSync('ssh-keygen', args, { encoding: 'utf8' })
const publicKey = (name: string) =>
  readFileSync(at(`${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-hosts-'))
  for (const [name, type] of [
    ['one', 'ed25519'],
    ['two', 'ecdsa'],
    ['three', 'rsa'],
  ] as const)
    ran('-q', '-t', type, '-N', '', '-C', '', '-f', at(name))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('against ssh-keygen', () => {
  const lines = () => [
    `web.example.org,192.0.2.1 ${publicKey('one')}`,
    `[git.example.org]:2222 ${publicKey('two')} a comment`,
    `*.lab.example.org,!bad.lab.example.org ${publicKey('three')}`,
    `@cert-authority *.example.com ${publicKey('one')}`,
    `@revoked old.example.org ${publicKey('two')}`,
    `   db.example.org\t${publicKey('three')}`,
    `2001:db8::7 ${publicKey('one')}`,
  ]

  test('each line has the fingerprint that ssh-keygen -l prints', () => {
    writeFileSync(at('file'), `${lines().join('\n')}\n`)
    const printed = ran('-l', '-f', at('file')).stdout.trim().split('\n')
    const { entries, refused } = parseKnownHosts(readFileSync(at('file'), 'utf8'))
    expect(refused).toEqual([])
    // It passes over lines with markers, which -F tells.
    const plain = entries.filter(({ marker }) => marker === undefined)
    expect(plain.map(({ key }) => `${key.bits} ${fingerprintOfBlob(key.blob, sha256)}`)).toEqual(
      printed.map((line) => line.split(' ').slice(0, 2).join(' ')),
    )
  })

  test('markers are those that ssh-keygen -F tells', () => {
    writeFileSync(at('marked'), `${lines().join('\n')}\n`)
    const { entries } = parseKnownHosts(readFileSync(at('marked'), 'utf8'))
    expect(entries.flatMap(({ line, marker }) => (marker === undefined ? [] : [[line, marker]]))).toEqual([
      [4, 'cert-authority'],
      [5, 'revoked'],
    ])
    expect(ran('-F', 'any.example.com', '-f', at('marked')).stdout).toContain('found: line 4 CA')
    expect(ran('-F', 'old.example.org', '-f', at('marked')).stdout).toContain('found: line 5 REVOKED')
  })

  test('names that it hashed are found again, in any case and with their port', () => {
    const names = ['web.example.org', '192.0.2.1', '[git.example.org]:2222', 'db.example.org', '2001:db8::7']
    writeFileSync(at('hashed'), `${lines().join('\n')}\n`)
    ran('-H', '-f', at('hashed'))
    const { entries } = parseKnownHosts(readFileSync(at('hashed'), 'utf8'))
    const finder = nameFinder([...names.map((name) => name.toUpperCase()), 'unknown.example.org'], 10_000)
    const found = entries.flatMap(({ hosts }) =>
      hosts.flatMap((host) => (host.startsWith('|') ? [finder.find(host)] : [])),
    )
    expect(found.toSorted()).toEqual(names.toSorted())
    for (const name of names) expect(ran('-F', name, '-f', at('hashed')).stdout).toContain('found')
    expect(finder.unsought()).toBe(0)
  })

  test('a line is one for both or for none', () => {
    const key = publicKey('one')
    for (const line of [
      `a ${key}`,
      `a ${key} more words`,
      `a,b,c ${key}`,
      `a ${key.replace('ssh-ed25519', 'ssh-rsa')}`,
      `a ${key.slice(0, -3)}`,
      `@unknown a ${key}`,
      `|1|bad|hash ${key}`,
      `a ssh-ed25519`,
      `a 1024 35 123456`,
      `a no-such-type AAAA`,
      `# a ${key}`,
      '',
    ]) {
      writeFileSync(at('line'), `${line}\n`)
      const theirs = ran('-l', '-f', at('line')).stdout.trim() === '' ? 0 : 1
      // A hash is only looked at when a name is sought.
      if (line.startsWith('|')) continue
      expect([line, parseKnownHosts(line).entries.length]).toEqual([line, theirs])
    }
  })
})

test('the work for hashed names has an end, and what was not sought is counted', () => {
  const hashed = (salt: string) => `|1|${btoa(salt.repeat(20))}|3988QV0VE8wmZL7suNrYQLITLCg=`
  const finder = nameFinder(['a', 'b', 'c'], 4)
  expect(['x', 'y', 'z', 'z'].map((salt) => finder.find(hashed(salt)))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(finder.unsought()).toBe(2)
})

test('any text gives entries and refused lines', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
      const { entries, refused } = parseKnownHosts(text)
      expect(entries.length + refused.length).toBeLessThanOrEqual(text.split('\n').length)
    }),
  )
})
