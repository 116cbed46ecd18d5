import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hostKeys as hostKeysCommand } from '../packages/rollcall/src/commands/host-keys.ts'
import { UsageError } from '../packages/rollcall/src/usage-error.ts'
import { freePort } from './lab/free-port.ts'
import { rollcall, startRollcall, stateFolder, type Running } from './rollcall.ts'

/*
 * Host keys as whoever runs Rollcall has them: real OpenSSH servers are asked for theirs, somebody decides, and the agent holds itself to it.
 * No server has an account that could be logged in to.
 */

const SSHD = '/usr/sbin/sshd'
const why = existsSync(SSHD) && existsSync('/run/sshd') ? undefined : `needs ${SSHD} and /run/sshd`

interface KeyLine {
  readonly name: string
  readonly state: string
  readonly fingerprint: string
  readonly agent: string
  readonly shown: { readonly fingerprint: string; readonly agent: string } | null
  readonly decidedBy: string
}

describe.skipIf(why !== undefined)(`host keys of real servers${why === undefined ? '' : ` (${why})`}`, () => {
  let state: Awaited<ReturnType<typeof stateFolder>>
  let work: Awaited<ReturnType<typeof stateFolder>>
  let running: Running
  const servers = new Map<number, ChildProcess>()
  const ports: number[] = []

  const generate = (name: string) => {
    const file = join(work.path, name)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    return file
  }
  const publicKey = (file: string) => readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  const fingerprint = (file: string) =>
    execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ')[1]!
  const stop = async (port: number) => {
    const server = servers.get(port)
    servers.delete(port)
    if (server === undefined) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
  }
  /** Serves with one key, in place of whatever served there before. */
  const serve = async (port: number, key: string) => {
    await stop(port)
    const args = [
      '-D',
      '-e',
      '-f',
      '/dev/null',
      '-h',
      key,
      '-o',
      `ListenAddress=127.0.81.1:${port}`,
      '-o',
      'PidFile=none',
    ]
    servers.set(port, spawn(SSHD, args, { stdio: 'ignore' }))
    while (!(await listens(port))) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const listens = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.81.1')
      socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false))
    })
  /** The command, in this process: to start one takes longer than all that it does. */
  const hostKeys = async (...args: string[]) => {
    let stdout = ''
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += text.toString()
      return true
    })
    try {
      const code = await hostKeysCommand.run([...args, '--data', state.path])
      return { code, stdout, stderr: '' }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      return { code: 1, stdout, stderr: error.message }
    } finally {
      write.mockRestore()
    }
  }
  const list = async (...args: string[]): Promise<KeyLine[]> =>
    (await hostKeys('--json', ...args)).stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as KeyLine)
  const names = () => ports.map((port) => `[127.0.81.1]:${port}`)
  const collect = (...more: string[]) => hostKeys('collect', ...ports.map((port) => `127.0.81.1:${port}`), ...more)
  /** The lines of the file that the agent goes by. */
  const held = () =>
    readFileSync(join(state.path, 'known_hosts'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  let [one, other, changed] = ['', '', '']
  beforeAll(async () => {
    state = await stateFolder()
    work = await stateFolder()
    ;[one, other, changed] = ['one', 'other', 'changed'].map(generate) as [string, string, string]
    for (const key of [one, other]) {
      const port = await freePort('127.0.81.1', [0])
      ports.push(port)
      await serve(port, key)
    }
    running = await startRollcall(['--data', state.path, '--no-scan', '--schedule', 'off'])
  })
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]()
    for (const port of servers.keys()) await stop(port)
    await state?.[Symbol.asyncDispose]()
    await work?.[Symbol.asyncDispose]()
  })

  test('are asked for without any credential, and what could not be asked is told', async () => {
    const { stdout, code } = await collect('127.0.81.2:1')
    expect(stdout).toContain('3 asked: 2 new, 0 known before, 0 showed another key')
    expect(stdout).toMatch(/1 not: .*\(ssh:\/\/127\.0\.81\.2:1\)/)
    expect(code).toBe(2)
    const keys = await list()
    expect(keys.map(({ name }) => name).toSorted()).toEqual(names().toSorted())
    for (const { state: now, agent, decidedBy } of keys)
      expect({ now, agent, decidedBy }).toEqual({ now: 'collected', agent: 'embedded', decidedBy: 'nobody' })
    expect(keys.map((key) => key.fingerprint).toSorted()).toEqual([one, other].map(fingerprint).toSorted())
  })

  test('are approved all at once, as far as a filter goes, and the agent holds itself to it', async () => {
    const first = `[127.0.81.1]:${ports[0]}`
    expect(
      (await hostKeys('approve', '--all', '--filter', `name:*${ports[0]}`, '--reason', 'seen on the console')).stdout,
    ).toBe('1 approved.\n')
    expect((await list('--filter', 'state:approved')).map(({ name }) => name)).toEqual([first])
    await until(() => held().some((line) => line === `${first} ${publicKey(one)} approved`))
    expect((await hostKeys('approve', '--all')).stdout).toBe('1 approved.\n')
    await until(() => held().every((line) => line.endsWith(' approved')))
  })

  test('that change are kept apart until somebody decides, with both to be seen', async () => {
    const [port = 0] = ports
    const name = `[127.0.81.1]:${port}`
    await serve(port, changed)
    expect((await collect()).stdout).toContain('1 known before, 1 showed another key')
    const [quarantined] = await list('--filter', 'state:changed')
    expect(quarantined).toMatchObject({
      name,
      fingerprint: fingerprint(one),
      shown: { fingerprint: fingerprint(changed), agent: 'embedded' },
    })
    expect(held()).toContain(`${name} ${publicKey(one)} approved`)
    const { stdout } = await hostKeys()
    expect(stdout).toContain(`held   ${fingerprint(one)}`)
    expect(stdout).toContain(`shown  ${fingerprint(changed)}`)

    expect((await hostKeys('accept', name)).stderr).toContain('Why?')
    expect((await hostKeys('reject', name, '--reason', 'nobody knows of it')).stdout).toBe('1 rejected.\n')
    await collect()
    expect(await list('--filter', 'state:changed')).toEqual([])
    expect(held()).toContain(`${name} ${publicKey(one)} approved`)

    expect((await hostKeys('accept', name, '--reason', 'it was rebuilt after all')).stdout).toBe('1 accepted.\n')
    await until(() => held().includes(`${name} ${publicKey(changed)} approved`))
    expect(held().some((line) => line.includes(publicKey(one)))).toBe(false)
    expect((await collect()).stdout).toContain('2 known before, 0 showed another key')
  })

  test('are written as a known_hosts file that ssh-keygen reads, and read from one with hashed names', async () => {
    const file = join(work.path, 'exported')
    await hostKeys('export', file)
    const found = execFileSync('ssh-keygen', ['-f', file, '-F', names()[0]!], { encoding: 'utf8' })
    expect(found).toContain(publicKey(changed))

    expect((await hostKeys('forget', ...names())).stdout).toBe('2 forgotten.\n')
    await until(() => held().length === 0)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    expect(readFileSync(file, 'utf8')).not.toContain('127.0.81.1')
    writeFileSync(join(work.path, 'hashed'), `${readFileSync(file, 'utf8')}this is no line\n`)
    const imported = await hostKeys(
      'import',
      join(work.path, 'hashed'),
      '--reason',
      'from the configuration management',
    )
    expect(imported.stdout).toContain('2 approved, 0 never to be accepted, 0 known before.')
    expect(imported.stdout).toContain('line 3 is left out')
    await until(() => held().length === 2)
    expect((await collect()).stdout).toContain('2 known before, 0 showed another key')

    await serve(ports[1]!, one)
    expect((await collect()).stdout).toContain('1 known before, 1 showed another key')
    expect(await list('--filter', 'state:changed')).toMatchObject([
      { fingerprint: fingerprint(other), shown: { fingerprint: fingerprint(one) } },
    ])
  })

  test('programs may look, and decide nothing', async () => {
    const { stdout: token } = await rollcall(['tokens', 'create', 'nightly', '--data', state.path])
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${running.address}/api/v1/trust${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token.trim().split('\n').at(-1)}`, 'content-type': 'application/json' },
      })
    expect((await ask('')).status).toBe(200)
    const refused = await ask('/approve', { method: 'POST', body: JSON.stringify({ filter: '' }) })
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'person-required'])
  })

  test('what is decided is on the disk: after a restart nothing is asked twice', async () => {
    await running.kill()
    running = await startRollcall(['--data', state.path, '--no-scan', '--schedule', 'off'])
    const [key] = await list('--filter', 'state:changed')
    expect(key?.shown?.fingerprint).toBe(fingerprint(one))
    expect((await hostKeys('accept', key!.name, '--reason', 'it was exchanged')).stdout).toBe('1 accepted.\n')
    expect((await collect()).stdout).toContain('2 known before, 0 showed another key')
  })
})
