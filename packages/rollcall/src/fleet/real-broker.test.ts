import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const found = spawnSync('nats-server', ['--version']).status === 0

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** A command that runs until the test ends. */
const running = (args: readonly string[]) => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => void (said.text += bytes.toString()))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
        setTimeout(() => child.kill('SIGKILL'), 8000).unref()
      }),
  )
  return said
}

const once = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 60_000 })
  return { status, stdout, stderr }
}

const until = async (condition: () => boolean) => {
  for (let count = 0; count < 300 && !condition(); count++) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(condition()).toBe(true)
}

test.skipIf(!found)(
  'by the commands alone an agent is let in through a real broker, is heard, and is cut off (needs nats-server)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-real-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const [web, nats] = [await freePort(), await freePort()]
    const [collector, agent] = [join(folder, 'c'), join(folder, 'a')]
    const up = running([
      'up',
      '--data',
      collector,
      '--listen',
      `127.0.0.1:${web}`,
      '--nats-listen',
      `127.0.0.1:${nats}`,
      '--no-scan',
      '--schedule',
      'off',
    ])
    await until(() => up.text.includes('First login'))
    const server = `tls://127.0.0.1:${nats}`
    const made = once(['token', 'create', '--segment', 'dmz', '--ttl', '15m', '--data', collector])
    expect(made.stdout).toMatch(/^rcj1\./)
    const token = made.stdout.trim()

    const enrolled = once(['agent', 'enrol', token, '--server', server, '--data', agent])
    expect(enrolled.stdout).toContain('of segment dmz now')
    const again = once(['agent', 'enrol', token, '--server', server, '--data', join(folder, 'thief')])
    expect(again).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('used by two that have different keys') as string,
    })
    expect(once(['agents', '--data', collector]).stdout).toContain('quarantined')

    const fresh = once(['token', 'create', '--segment', 'dmz', '--data', collector]).stdout.trim()
    expect(once(['agent', 'enrol', fresh, '--server', server, '--data', agent]).status).toBe(0)
    const { stdout } = once(['agent', 'status', '--json', '--data', agent])
    const { agent: id } = JSON.parse(stdout) as { agent: string }
    const serving = running(['agent', 'run', '--data', agent, '--log', 'info'])
    const seen = () => {
      const lines = once(['agents', '--json', '--data', collector]).stdout.trim().split('\n')
      return lines.map((line) => JSON.parse(line) as { id: string; state: string }).find((one) => one.id === id)?.state
    }
    await until(() => seen() === 'active')
    expect(once(['agents', 'revoke', id, '--data', collector]).stdout).toContain('revoked since')
    await until(() => serving.text.includes('was revoked or replaced'))
    expect(seen()).toBe('revoked')
  },
  120_000,
)
