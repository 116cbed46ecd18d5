import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findServer, testConfiguration } from '../broker/child.ts'
import { nats } from './nats.ts'

let folder: string
let said = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-config-'))
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text.toString()
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const config = (...args: readonly string[]) => nats.run(['config', '--out', join(folder, 'out'), ...args])

const found = findServer()

const WAYS: readonly (readonly string[])[] = [
  ['--host', 'broker.example.com', '--host', '192.0.2.1'],
  ['--host', '2001:db8::5', '--client-certificates', '--listen', '[::1]:4333'],
  ['--cluster', 'a.example.com,b.example.com,192.0.2.3'],
  ['--host', 'a.example.com', '--leaf', 'dmz.example.com', '--segment', 'dmz', '--segment', 'kiosks'],
]

test.skipIf(found === undefined).each(WAYS)(
  'the nats-server of this machine takes what is written for %s',
  async (...way) => {
    await config(...way)
    const servers = readdirSync(join(folder, 'out')).filter((name) => /^(server|leaf)/.test(name))
    expect(servers.length).toBeGreaterThan(0)
    for (const server of servers)
      expect(testConfiguration(found!, join(folder, 'out', server, 'nats-server.conf'))).toBeUndefined()
    expect(said).toContain('collector.json')
  },
)

test('what a version does not know is left out of its configuration, and what it knows is used', async () => {
  const written = async (version: string) => {
    rmSync(join(folder, 'out'), { recursive: true, force: true })
    await config('--host', 'a', '--server-version', version, '--installed-at', '/etc/nats')
    return readFileSync(join(folder, 'out/server/nats-server.conf'), 'utf8')
  }
  const [old, recent] = [await written('2.9.10'), await written('2.14.3')]
  for (const setting of [/^ *handshake_first: true$/m, /^ *sync_interval: always$/m]) {
    expect(old).not.toMatch(setting)
    expect(recent).toMatch(setting)
  }
  expect(recent).toContain('cert_file: "/etc/nats/server/server.pem"')
  expect(recent).not.toContain(folder)
})

test('keys are never overwritten', async () => {
  await config('--host', 'a')
  await expect(config('--host', 'a')).rejects.toThrow('has something in it already')
  expect(readFileSync(join(folder, 'out/collector.json'), 'utf8')).toContain('issuing')
})

test('what makes no sense is refused in a sentence, before anything is written', async () => {
  const refused: readonly (readonly [readonly string[], string])[] = [
    [[], '--host'],
    [['--host', 'a b'], 'a name or an address'],
    [['--host', 'a', '--cluster', 'a,b,c'], 'either'],
    [['--cluster', 'a,b'], 'three different'],
    [['--cluster', 'a,a,b'], 'three different'],
    [['--host', 'a', '--leaf', 'b'], '--segment'],
    [['--host', 'a', '--leaf', 'b', '--segment', '*'], 'A segment is'],
    [['--host', 'a', '--store', '1'], 'at least 2.5'],
    [['--host', 'a', '--listen', '4222'], '--listen'],
    [['--host', 'a', '--server-version', 'new'], '--server-version'],
  ]
  for (const [args, sentence] of refused) await expect(config(...args)).rejects.toThrow(sentence)
  expect(readdirSync(folder)).toEqual([])
  writeFileSync(join(folder, 'file'), '')
  await expect(nats.run(['config', '--out', join(folder, 'file'), '--host', 'a'])).rejects.toThrow('cannot be used')
})
