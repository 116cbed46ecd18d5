import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseKeytab } from './keytab.ts'

const canRun = existsSync('/usr/bin/ktutil') && existsSync('/usr/bin/klist')

describe.skipIf(!canRun)('beside klist', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-keytab-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let next = 0

  /** What klist prints of a file, in our words. */
  const listed = (path: string) => {
    const { stdout } = spawnSync('/usr/bin/klist', ['-k', '-e', path], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', PATH: '/usr/bin' },
    })
    return stdout.split('\n').flatMap((line) => {
      const found = /^ *(\d+) (.*) \((?:DEPRECATED:|UNSUPPORTED:)?(\S+)\) *$/.exec(line)
      return found === null ? [] : [{ version: Number(found[1]), principal: found[2], encryption: found[3] }]
    })
  }

  const made = (commands: readonly string[]) => {
    const path = join(folder, `${next++}.keytab`)
    const input = [...commands.flatMap((command) => [command, 'not a real password']), `wkt ${path}`, 'q', ''].join(
      '\n',
    )
    spawnSync('/usr/bin/ktutil', [], { input, env: { KRB5_CONFIG: '/dev/null', PATH: '/usr/bin' } })
    return path
  }

  const compared = (path: string) => {
    const { entries, problem } = parseKeytab(new Uint8Array(readFileSync(path)))
    return {
      ours: entries.map(({ version, principal, encryption }) => ({ version, principal, encryption })),
      theirs: listed(path),
      problem,
    }
  }

  test('principals, versions and kinds of encryption are those that klist prints', () => {
    const kinds = [
      'aes256-cts-hmac-sha1-96',
      'aes128-cts-hmac-sha256-128',
      'arcfour-hmac',
      'camellia128-cts-cmac',
      'des3-cbc-sha1',
    ]
    const name = fc.stringMatching(/^[a-zA-Z0-9$._-]{1,12}$/)
    const principal = fc
      .tuple(
        fc.array(fc.oneof(name, fc.constantFrom('x\\/y', 'z\\@w', 'b\\\\s', 't\\tn\\n', '\\/', '\\@\\\\')), {
          minLength: 1,
          maxLength: 3,
        }),
        name,
      )
      .map(([parts, realm]) => `${parts.join('/')}@${realm}`)
    const entry = fc
      .tuple(principal, fc.nat({ max: 100_000 }), fc.constantFrom(...kinds))
      .map(([who, version, kind]) => `addent -password -p ${who} -k ${version} -e ${kind}`)
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (commands) => {
        const path = made(commands)
        const { ours, theirs, problem } = compared(path)
        expect(ours).toEqual(theirs)
        expect(problem).toBeUndefined()
        expect(ours).toHaveLength(commands.length)
      }),
      { numRuns: 20 },
    )
  })
})

test('any bytes are entries or a problem, and a key is never among what is kept', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.constantFrom(1, 2), (bytes, version) => {
      const { entries } = parseKeytab(Uint8Array.from([5, version, ...bytes]))
      expect(entries.every(({ principal }) => principal.includes('@'))).toBe(true)
    }),
  )
})

test('version 1 is read in the order of a little-endian host, and counts the realm as a component', () => {
  const short = (value: number) => [value & 255, value >> 8]
  const counted = (text: string) => [...short(text.length), ...new TextEncoder().encode(text)]
  const body = [...short(2), ...counted('R'), ...counted('a'), 0, 0, 0, 1, 7, ...short(1), ...short(2), 9, 9]
  expect(parseKeytab(Uint8Array.from([5, 1, ...short(body.length), 0, 0, ...body]))).toEqual({
    entries: [{ principal: 'a@R', encryption: 'des-cbc-crc', weak: true, version: 7, written: 0x0100_0000 }],
  })
})
