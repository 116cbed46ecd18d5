import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../usage-error.ts'
import { readBrokerFile } from './broker-file.ts'
import { findServer } from './child.ts'
import { startOwnServer } from './own-server.ts'

const lacks = findServer() === undefined ? 'nats-server is not installed' : undefined

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-own-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const lives = (pid: number | undefined) => pid !== undefined && spawnSync('kill', ['-0', `${pid}`]).status === 0

describe.skipIf(lacks !== undefined)(`a broker of our own${lacks === undefined ? '' : ` (skipped: ${lacks})`}`, () => {
  const started = (port: number) =>
    startOwnServer({
      folder: join(folder, 'broker'),
      listen: { host: '127.0.0.1', port },
      storeBytes: 3 * 1024 ** 3,
      now: new Date(),
      log: pino({ level: 'silent' }),
    })

  test('is set up once, runs, is started again when it dies, and ends with us', async () => {
    const port = await freePort()
    const server = await started(port)
    const first = server.pid!
    const { account } = await readBrokerFile(server.file)
    process.kill(first, 'SIGKILL')
    for (let tries = 0; (server.pid === first || !lives(server.pid)) && tries < 200; tries++) await delay(50)
    expect(server.pid).not.toBe(first)
    const second = server.pid
    await server[Symbol.asyncDispose]()
    expect(lives(second)).toBe(false)
    await using again = await started(port)
    expect((await readBrokerFile(again.file)).account).toBe(account)
  })

  test('keeps what is secret to itself', async () => {
    await using server = await started(await freePort())
    for (const file of [
      'collector.json',
      'server/server.key',
      'server/nats-server.conf',
      'offline/operator.seed',
      'offline/ca.key',
    ])
      expect(statSync(join(folder, 'broker', file)).mode & 0o077).toBe(0)
    const configuration = readFileSync(join(folder, 'broker/server/nats-server.conf'), 'utf8')
    expect(configuration).not.toMatch(/\bS[OAU][A-Z2-7]{50}/)
    expect(server.version).toMatch(/^\d/)
  })

  test('says that its address is taken, or that it was set up for another', async () => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    try {
      await expect(started(port)).rejects.toThrow('something listens there already')
    } finally {
      other.close()
    }
    await expect(started(await freePort())).rejects.toThrow(`listens on 127.0.0.1:${port}`)
  })
})

test('a file that is not what was written for the collector is refused, and nothing of it repeated', async () => {
  const file = join(folder, 'collector.json')
  await expect(readBrokerFile(file)).rejects.toThrow(UsageError)
  writeFileSync(file, '{"issuing":"SECRET"}', { mode: 0o600 })
  await expect(readBrokerFile(file)).rejects.toThrow(/^(?!.*SECRET).*is not what "rollcall nats config" wrote/)
  writeFileSync(join(folder, 'open.json'), '{}', { mode: 0o644 })
  await expect(readBrokerFile(join(folder, 'open.json'))).rejects.toThrow('may be read or changed by others')
})
