import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSshPublicKey } from './public-key.ts'
import { readRevokedKeys } from './revoked-keys.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

let folder = ''
const at = (name: string) => join(folder, name)
const ran = (...args: readonly string[]) => spawnSync('ssh-keygen', args, { encoding: 'utf8' })
const keyOf = (name: string) => {
  const [type = '', base64 = ''] = readFileSync(at(`${name}.pub`), 'utf8').split(' ')
  return readSshPublicKey(type, base64)!
}
const NAMES = ['one', 'two', 'three', 'four']

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'revoked-keys-'))
  for (const name of [...NAMES, 'ca']) ran('-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name))
  ran('-q', '-s', at('ca'), '-I', 'id', '-z', '7', at('four.pub'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a key is refused exactly where ssh-keygen says so: named as a key, by its hashes, in a list or in lines', () => {
  const hash = (name: string) => ran('-l', '-f', at(`${name}.pub`)).stdout.split(' ')[1]
  const specs: Readonly<Record<string, string>> = {
    key: `key: ${readFileSync(at('one.pub'), 'utf8')}`,
    sha1: `sha1: ${readFileSync(at('two.pub'), 'utf8')}`,
    sha256: `sha256: ${readFileSync(at('three.pub'), 'utf8')}`,
    hash: `hash: ${hash('one')}\n`,
    certificates: 'serial: 7\nid: somebody\n',
    all: `serial: 1-100\nkey: ${readFileSync(at('one.pub'), 'utf8')}sha1: ${readFileSync(at('two.pub'), 'utf8')}sha256: ${readFileSync(at('three.pub'), 'utf8')}`,
  }
  const files = Object.entries(specs).map(([name, spec]) => {
    writeFileSync(at(`${name}.spec`), spec)
    expect(ran('-q', '-k', '-f', at(name), '-s', at('ca.pub'), at(`${name}.spec`)).status).toBe(0)
    return name
  })
  writeFileSync(
    at('lines'),
    `# comment\n${readFileSync(at('one.pub'), 'utf8')}\n${readFileSync(at('two.pub'), 'utf8')}`,
  )
  writeFileSync(at('empty'), '')
  for (const file of [...files, 'lines', 'empty']) {
    const revoked = readRevokedKeys(readFileSync(at(file)), sha256)
    expect([file, revoked.incomplete]).toEqual([file, false])
    for (const name of NAMES) {
      // ssh-keygen looks only into lists; sshd takes lines as well.
      const said =
        file === 'lines'
          ? ['one', 'two'].includes(name)
          : file !== 'empty' && ran('-Q', '-f', at(file), at(`${name}.pub`)).status !== 0
      expect([file, name, revoked.revokes(keyOf(name))]).toEqual([file, name, said])
    }
  }
})

test('any bytes refuse keys or do not', () => {
  const list = readFileSync(at('all'))
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (where, value, cut) => {
      const changed = list.map((byte, index) => (index === where % list.length ? value : byte))
      const { incomplete } = readRevokedKeys(cut ? list.subarray(0, where % list.length) : changed, sha256)
      expect(typeof incomplete).toBe('boolean')
    }),
  )
})
