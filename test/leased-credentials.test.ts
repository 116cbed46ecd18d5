import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { huntFor, type Hunt } from './canaries.ts'
import { freePort } from './lab/free-port.ts'
import sudoPassword from './lab/hosts/sudo-password.ts'
import { startLab, type Lab, type LabHost } from './lab/lab.ts'

/*
 * By the commands alone: somebody adds credentials, a scan of a real host logs in with them, first by the agent in "rollcall up", then by one that
 * is reached over a real broker; nobody but the vault ever had them in clear. Neither agent has a login of its own.
 */

const LAUNCHER = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')
const hasBroker = spawnSync('nats-server', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'rc-leases-'))
const [data, edge, home] = [join(folder, 'c'), join(folder, 'a'), join(folder, 'home')]
mkdirSync(home)
const PASSWORD = sudoPassword.scan.password

let lab: Lab
let host: LabHost
let hunt: Hunt
let up: Started
let broker = 0
const sampling: NodeJS.Timeout[] = []

interface Started {
  text: string
  stop(): Promise<void>
}

const env = (() => {
  const { SSH_AUTH_SOCK: _, ...rest } = process.env
  return { ...rest, HOME: home }
})()

const started = (args: readonly string[]): Started => {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const running: Started = {
    text: '',
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
        setTimeout(() => child.kill('SIGKILL'), 15_000).unref()
      }),
  }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => void (running.text += bytes.toString()))
  return running
}

const command = (args: readonly string[], input?: string): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args, '--data', data], { env })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
    child.stdin.end(input ?? '')
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })

const until = async (condition: () => boolean | Promise<boolean>, seconds = 120) => {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`waited in vain: ${up.text}`)
}

/** The API over the socket of its owner, as the commands use it: a command for each question would take a while. */
const api = <Answer>(method: string, path: string, body?: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'x-rollcall': '1', 'content-type': 'application/json' }
    const call = request({ socketPath: join(data, 'rollcall.sock'), agent: false, method, path, headers })
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => void chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        hunt.in(`what ${method} ${path} answers`, Buffer.from(text))
        resolve(text === '' ? (undefined as Answer) : (JSON.parse(text) as Answer))
      })
    })
    call.on('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })

interface Scan {
  readonly scan: { readonly id: string; readonly state: string }
  readonly targets: readonly { readonly target: string; readonly outcome: string | null; readonly reason?: unknown }[]
}

/** Scans one set of one host, and tells how it ended. */
const scanned = async (name: string, segment: string): Promise<Scan> => {
  const known = await api<{ targets: { id: string; name: string }[] }>('GET', '/api/v1/targets')
  const include = [`${host.address}:${host.port}`]
  const set =
    known.targets.find((one) => one.name === name) ??
    (await api<{ target: { id: string } }>('POST', '/api/v1/targets', { name, include, segment })).target
  const begun = await api<Scan>('POST', '/api/v1/scans', { targetSets: [set.id] })
  const detail = () => api<Scan>('GET', `/api/v1/scans/${begun.scan.id}`)
  await until(async () => ['finished', 'cancelled'].includes((await detail()).scan.state))
  return detail()
}

interface Loan {
  readonly name: string
  readonly target: string
  readonly outcome: string | null
}
const loansOf = async (agent: string): Promise<readonly Loan[]> =>
  (await api<{ leases: Loan[] }>('GET', `/api/v1/agents/${agent}/leases`)).leases

beforeAll(async () => {
  lab = await startLab([sudoPassword])
  host = lab.host('sudo-password')
  const key = readFileSync(lab.loginKey, 'utf8')
  hunt = huntFor({
    'the sudo password': PASSWORD,
    'the private key': key.split('\n').slice(4, 5).join('').slice(8, 56),
  })
  broker = await freePort('127.0.0.1', [0])
  const heard = hasBroker ? ['--nats-listen', `127.0.0.1:${broker}`] : []
  const reach = ['--known-hosts', lab.knownHosts, '--host-keys', 'strict']
  const listen = ['--listen', `127.0.0.1:${await freePort('127.0.0.1', [0])}`]
  up = started([
    'up',
    '--data',
    data,
    ...listen,
    ...heard,
    ...reach,
    '--no-scan',
    '--schedule',
    'off',
    '--log',
    'debug',
  ])
  await until(() => up.text.includes('First login'))
  // The shell that is given the password by its standard input is the host's own business, and has it nowhere else.
  sampling.push(setInterval(() => hunt.processes(), 250))
}, 300_000)

afterAll(async () => {
  for (const timer of sampling) clearInterval(timer)
  await up?.stop()
  await lab?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}, 120_000)

test('the hunt finds a secret in every form', () => {
  const secret = 'S$(id)`ü" planted secret'
  const bytes = Buffer.from(secret)
  const forms = [
    bytes,
    ...[0, 1, 2].map((offset) => Buffer.from(Buffer.concat([Buffer.alloc(offset, 'x'), bytes]).toString('base64'))),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(encodeURIComponent(secret)),
    Buffer.from(JSON.stringify({ secret })),
    Buffer.from(secret, 'utf16le'),
  ]
  for (const form of forms) {
    const trial = huntFor({ it: secret })
    trial.in('here', Buffer.concat([Buffer.from('before '), form, Buffer.from(' behind')]))
    expect(trial.found).toEqual(['it in here'])
  }
})

test('a scan logs in with what somebody gave to the vault, and is root by it', { timeout: 300_000 }, async () => {
  const segments = ['--segment', 'local', '--segment', 'dmz']
  const where = ['--user', host.user, '--targets', `${host.address}:${host.port}`, ...segments]
  const added = await command([
    'credential',
    'add',
    'lab key',
    '--kind',
    'ssh-key',
    ...where,
    '--secret-file',
    lab.loginKey,
  ])
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Kept') as string })
  expect(
    (await command(['credential', 'add', 'lab sudo', '--kind', 'sudo-password', ...where], `${PASSWORD}\n`)).code,
  ).toBe(0)
  const { targets } = await scanned('lab', 'local')
  expect(targets.map(({ outcome }) => outcome)).toEqual([expect.toBeOneOf(['complete', 'partial'])])
  const loans = await loansOf('embedded')
  expect(loans.map(({ name, outcome }) => [name, outcome]).toSorted()).toEqual([
    ['lab key', 'reached'],
    ['lab sudo', 'reached'],
  ])
  const { rows } = await api<{ rows: { privilege: string }[] }>('GET', '/api/v1/views/outcomes?limit=50')
  expect(new Set(rows.map(({ privilege }) => privilege))).toContain('root')
})

test.skipIf(!hasBroker)(
  'an agent over a real broker logs in with what it is lent, and gives it back (needs nats-server)',
  { timeout: 300_000 },
  async () => {
    const { value: token } = await api<{ value: string }>('POST', '/api/v1/join-tokens', { segment: 'dmz' })
    const at = ['--server', `tls://127.0.0.1:${broker}`, '--data', edge]
    const child = spawnSync(process.execPath, [LAUNCHER, 'agent', 'enrol', token, ...at], { env, encoding: 'utf8' })
    expect(child.stdout).toContain('of segment dmz now')
    const [, id = ''] = /agent ([a-z2-7]{26})/.exec(child.stdout) ?? []
    const reach = ['--known-hosts', lab.knownHosts, '--host-keys', 'strict']
    const agent = started(['agent', 'run', '--data', edge, ...reach, '--log', 'debug'])
    try {
      await until(
        async () => (await api<{ agents: { state: string }[] }>('GET', '/api/v1/agents')).agents[0]?.state === 'active',
      )
      const { targets } = await scanned('edge', 'dmz')
      expect(targets.map(({ outcome }) => outcome)).toEqual([expect.toBeOneOf(['complete', 'partial'])])
      await until(async () => (await loansOf(id)).every(({ outcome }) => outcome === 'reached'))
      expect(await loansOf(id)).toHaveLength(2)
      const told = await command(['agents', 'leases', id])
      expect(told.stdout).toContain('lab sudo')
    } finally {
      await agent.stop()
      hunt.in('what the agent said', Buffer.from(agent.text))
    }
    hunt.below(edge)
  },
)

test('what is suspended is lent to nobody, and the target says so', { timeout: 300_000 }, async () => {
  const { credentials } = await api<{ credentials: { id: string }[] }>('GET', '/api/v1/credentials')
  for (const { id } of credentials) await api('POST', `/api/v1/credentials/${id}/suspend`, { reason: 'for a test' })
  const scan = await scanned('lab', 'local')
  expect(JSON.stringify(scan)).toContain('no-credential')
  for (const { id } of credentials) await api('POST', `/api/v1/credentials/${id}/resume`, {})
})

test('a secret on the command line is refused', { timeout: 60_000 }, async () => {
  const { code, stderr } = await command(['credential', 'add', 'x', 'hunter2', '--kind', 'password', '--user', 'x'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('not given on the command line')])
})

test('the log of what was done is whole, and a changed line of it is seen', { timeout: 120_000 }, async () => {
  const [whole, changed] = [join(folder, 'audit.ndjson'), join(folder, 'changed.ndjson')]
  await command(['audit', 'export', '--out', whole])
  const text = readFileSync(whole, 'utf8')
  expect(text).toContain('credential-lent')
  expect((await command(['audit', 'verify', whole])).stdout).toContain('Nothing was changed')
  writeFileSync(changed, text.replace('lab sudo', 'lab sodu'))
  expect(await command(['audit', 'verify', changed])).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('was changed') as string,
  })
  hunt.in('the audit log', Buffer.from(text))
})

test('nowhere but in the vault was any of it, in any form', { timeout: 120_000 }, async () => {
  await api('POST', '/api/v1/vault/backup', { name: 'one.db' })
  // While it runs, with what is not yet in the files but in their logs; and what is left when it has ended.
  hunt.below(data)
  await up.stop()
  hunt.below(data)
  hunt.in('what the collector said', Buffer.from(up.text))
  expect(hunt.looked).toBeGreaterThan(1_000_000)
  expect(hunt.found).toEqual([])
})
