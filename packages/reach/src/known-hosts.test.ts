import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { knownHosts } from './host-keys.ts'
import { knownHostsLine, parseKnownHosts } from './known-hosts.ts'
import { forgetPins } from './pin-file.ts'
import { approvePins, listPins } from './pins.ts'

const folder = mkdtempSync(join(tmpdir(), 'rollcall-known-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const keys = ['ed25519', 'ecdsa', 'rsa'].map((type) => {
  const file = join(folder, type)
  execFileSync('ssh-keygen', ['-q', '-t', type, ...(type === 'rsa' ? ['-b', '2048'] : []), '-N', '', '-f', file])
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
})
const keyOf = (text: string) => ({ algorithm: text.split(' ')[0]!, blob: Buffer.from(text.split(' ')[1]!, 'base64') })

const label = fc.constantFrom('web', 'db', 'a', 'web1', 'WEB', '10.0.0.1', '10.0.0.2', '2001:db8::1')
const name = fc.oneof(
  label,
  fc.tuple(label, fc.constantFrom(22, 2222)).map(([host, port]) => (port === 22 ? host : `[${host}]:${port}`)),
)
const pattern = fc.oneof(
  name,
  fc.constantFrom('*', 'we?', 'w*b', '!web', '!db', '*.0.0.*', '[*]:2222', '!*1', '10.0.0.?'),
)
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '@revoked ', '@cert-authority '),
    fc.array(pattern, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(...keys),
    fc.constantFrom('', ' a comment'),
  )
  .map(([marker, patterns, key, comment]) => `${marker}${patterns.join(',')} ${key}${comment}`)

/** The lines that ssh-keygen finds, as marker and key. */
const foundByKeygen = (file: string, host: string, port: number) => {
  const { stdout } = spawnSync('ssh-keygen', ['-f', file, '-F', port === 22 ? host : `[${host}]:${port}`], {
    encoding: 'utf8',
  })
  return stdout
    .split('\n')
    .filter((found) => found !== '' && !found.startsWith('#'))
    .map((found) => {
      const fields = found.split(' ')
      const marked = fields[0]!.startsWith('@')
      return `${marked ? fields[0] : ''} ${fields[marked ? 2 : 1]} ${fields[marked ? 3 : 2]}`
    })
    .toSorted()
}

test('a host has the keys that ssh-keygen finds for it, plain, by pattern or hashed', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      label,
      fc.constantFrom(22, 2222),
      fc.boolean(),
      (lines, host, port, hash) => {
        const file = join(folder, 'known_hosts')
        writeFileSync(file, `# a comment\n\n${lines.join('\n')}\n`)
        if (hash) spawnSync('ssh-keygen', ['-q', '-H', '-f', file])
        const known = parseKnownHosts([readFileSync(file, 'utf8')])
        const { keys: plain, revoked, authorities } = known.of(host, port)
        const asText = (marker: string) => (key: { algorithm: string; blob: Uint8Array }) =>
          `${marker} ${key.algorithm} ${Buffer.from(key.blob).toString('base64')}`
        // ssh asks for names in lower case, as we do; asked directly, ssh-keygen compares hashes with what it is given.
        const expected = foundByKeygen(file, hash ? host.toLowerCase() : host, port)
        expect([...plain.map(asText('')), ...revoked.map(asText('@revoked'))].toSorted()).toEqual(
          expected.filter((found) => !found.startsWith('@cert-authority')),
        )
        expect(authorities).toBe(expected.filter((found) => found.startsWith('@cert-authority')).length)
        expect(known.malformed).toBe(0)
      },
    ),
    { numRuns: 50 },
  )
})

test('any text is read without an exception, and what is no line of the format is counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseKnownHosts([text]).of('host', 22)),
  )
  expect(
    parseKnownHosts([
      `host\nhost ssh-rsa\nhost ssh-rsa AAAA\n@unknown host ${keys[0]}\n|2|a|b ${keys[0]}\nhost ssh-rsa ${keys[0]!.split(' ')[1]}\n`,
    ]).malformed,
  ).toBe(6)
})

test('a pattern of many stars is matched in no time', () => {
  const known = parseKnownHosts([`${'*a'.repeat(5000)}b ${keys[0]}\n`])
  expect(known.of('a'.repeat(200), 22).keys).toEqual([])
})

test('what is pinned is there for ssh-keygen, for others and after a restart, in a file that only we may read', async () => {
  const pins = join(folder, 'state', 'pins')
  const first = knownHosts({ read: [], pins })
  expect(
    await Promise.all([
      first.pin('web', 22, keyOf(keys[0]!)),
      first.pin('web', 2222, keyOf(keys[1]!)),
      first.pin('2001:db8::1', 22, keyOf(keys[2]!)),
    ]),
  ).toEqual(['pinned', 'pinned', 'pinned'])
  expect(foundByKeygen(pins, 'web', 2222)).toEqual([` ${keys[1]}`])
  expect(statSync(pins).mode & 0o777).toBe(0o600)
  expect((await knownHosts({ read: [], pins }).of('2001:db8::1', 22)).keys).toEqual([keyOf(keys[2]!)])
})

test('of two scans that see a host for the first time with different keys, one is told that they differ', async () => {
  const pins = join(folder, 'race')
  const [one, other] = [knownHosts({ read: [], pins }), knownHosts({ read: [], pins })]
  await Promise.all([one.of('web', 22), other.of('web', 22)])
  expect(
    (await Promise.all([one.pin('web', 22, keyOf(keys[0]!)), other.pin('web', 22, keyOf(keys[1]!))])).toSorted(),
  ).toEqual(['differs', 'pinned'])
  expect(await one.pin('web', 22, keyOf(keys[0]!))).not.toBe(await one.pin('web', 22, keyOf(keys[1]!)))
})

test('a line that a crash cut off does not spoil the next one', async () => {
  const pins = join(folder, 'torn')
  writeFileSync(pins, knownHostsLine('old', 22, keyOf(keys[0]!)).slice(0, -20))
  await knownHosts({ read: [], pins }).pin('web', 22, keyOf(keys[1]!))
  expect((await knownHosts({ read: [], pins }).of('web', 22)).keys).toEqual([keyOf(keys[1]!)])
})

test('a key pinned on first use lets no password out until somebody approves it, in a process that already runs', async () => {
  const pins = join(folder, 'approval')
  const known = knownHosts({ read: [], pins })
  await known.pin('web', 22, keyOf(keys[0]!))
  expect((await known.of('web', 22)).verified).toBe(false)
  expect(await approvePins(pins, ['web', 'nobody'])).toBe(1)
  expect(await known.of('web', 22)).toMatchObject({ verified: true, keys: [keyOf(keys[0]!)] })
  expect(await known.pin('web', 22, keyOf(keys[0]!))).toBe('pinned')
  expect(foundByKeygen(pins, 'web', 22)).toEqual([` ${keys[0]}`])
})

test('a pin that is forgotten is forgotten by a process that already runs, and the others stay', async () => {
  const pins = join(folder, 'forgetting')
  const known = knownHosts({ read: [], pins })
  await known.pin('web', 22, keyOf(keys[0]!))
  await known.pin('db', 2222, keyOf(keys[1]!))
  expect(await forgetPins(pins, ['web'])).toBe(1)
  expect((await known.of('web', 22)).keys).toEqual([])
  expect(await listPins(pins)).toMatchObject([{ name: '[db]:2222', standing: 'first-use' }])
  expect(statSync(pins).mode & 0o777).toBe(0o600)
})

test('a known_hosts file that changes is read again', async () => {
  const file = join(folder, 'changing')
  const known = knownHosts({ read: [file] })
  expect((await known.of('web', 22)).keys).toEqual([])
  writeFileSync(file, `${knownHostsLine('web', 22, keyOf(keys[0]!))}\n`)
  expect(await known.of('web', 22)).toMatchObject({ verified: true, keys: [keyOf(keys[0]!)] })
})
