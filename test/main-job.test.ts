import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  accountDetail,
  addedTargets,
  hostDetail,
  overview,
  scanDetail,
  startedScan,
  viewPage,
  type ScanDetail,
  type ViewPage,
} from '@rollcall/contract/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { hostList } from './lab/host-list.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { rollcall, startRollcall, stateFolder, type Running } from './rollcall.ts'

/*
 * The whole of it as its users have it: `rollcall up` in a process of its own, real hosts, the API with a login, the command
 * line, restarts and kills.
 */

const HOSTS = ['plain-debian', 'busybox', 'unprivileged', 'sudo-nopasswd', 'sshd-matches']
const USER = { user: 'auditor', password: 'a sentence that is long enough' }

let lab: Lab
let state: Awaited<ReturnType<typeof stateFolder>>
let running: Running
let cookie = ''
let targetSet = ''

const start = () =>
  startRollcall([
    '--data',
    state.path,
    '--key',
    lab.loginKey,
    '--known-hosts',
    lab.knownHosts,
    '--no-scan',
    '--schedule',
    'off',
  ])

const call = async (method: string, path: string, body?: unknown) =>
  fetch(`${running.address}${path}`, {
    method,
    headers: {
      cookie,
      'x-rollcall': '1',
      origin: running.address,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const ask = async <Shape extends z.ZodType>(
  shape: Shape,
  method: string,
  path: string,
  body?: unknown,
): Promise<z.output<Shape>> => {
  const response = await call(method, path, body)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return shape.parse(JSON.parse(text))
}

const logIn = async (body: object) => {
  const response = await call('POST', '/api/v1/session', body)
  expect(response.status).toBe(200)
  cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
}

const ended = async (id: string): Promise<ScanDetail> => {
  while (true) {
    const detail = await ask(scanDetail, 'GET', `/api/v1/scans/${id}`)
    if (detail.scan.state === 'finished' || detail.scan.state === 'cancelled') return detail
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const scan = async () => ended((await ask(startedScan, 'POST', '/api/v1/scans', { targetSets: [targetSet] })).scan.id)

const view = (id: string, filter: string): Promise<ViewPage> =>
  ask(viewPage, 'GET', `/api/v1/views/${id}?limit=500&filter=${encodeURIComponent(filter)}`)

const targetOf = (name: string) => {
  const { user, address, port } = lab.host(name)
  return `${user}@${address}:${port}`
}

beforeAll(async () => {
  lab = await startLab((await hostList()).filter(({ name }) => HOSTS.includes(name)))
  state = await stateFolder()
  running = await start()
})

afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  await lab?.[Symbol.asyncDispose]()
  await state?.[Symbol.asyncDispose]()
})

describe('the main job', () => {
  test('nobody who is not logged in gets an answer', async () => {
    for (const path of [
      '/api/v1/overview',
      '/api/v1/views/accounts',
      '/api/v1/views/accounts?format=csv',
      '/api/v1/events',
      '/api/v1/targets',
    ])
      expect((await fetch(`${running.address}${path}`)).status).toBe(401)
  })

  test('the printed secret makes the first account, once', async () => {
    expect((await call('POST', '/api/v1/session', { ...USER, oneTimeSecret: 'AAAAA-AAAAA' })).status).toBe(401)
    await logIn({ ...USER, oneTimeSecret: running.oneTimeSecret })
    expect(
      (await call('POST', '/api/v1/session', { ...USER, user: 'other', oneTimeSecret: running.oneTimeSecret })).status,
    ).toBe(401)
  })

  test('a scan ends with every target in a final state, and counts that add up', async () => {
    const include = [
      ...HOSTS.map(targetOf),
      `${lab.host('plain-debian').address.replace(/\d+$/, '250')}:1`,
      'no-such-host.invalid',
    ]
    targetSet = (await ask(addedTargets, 'POST', '/api/v1/targets', { name: 'Lab', include })).target.id
    const { scan: run, targets } = await scan()
    expect(run.planned).toBe(include.length)
    expect(run.complete + run.partial + run.failed).toBe(run.planned)
    expect(
      targets
        .filter(({ outcome }) => outcome === 'failed')
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['no-address', 'refused'])
    for (const { outcome, sentence } of targets) if (outcome !== 'complete') expect(sentence).toMatch(/\w+ \w+/)
  })

  test('a privileged account is explained by file and line', async () => {
    const { rows } = await view('accounts', 'host:plain-debian privileged:yes')
    const toor = rows.find(({ account }) => account === 'toor')
    expect(toor).toBeDefined()
    const detail = await ask(accountDetail, 'GET', `/api/v1/accounts/${toor!['id'] as string}`)
    expect(detail.paths[0]).toMatchObject({ via: 'uid-0', effect: 'root' })
    expect(detail.paths[0]!.steps[0]!.place).toMatchObject({ path: '/etc/passwd', line: expect.any(Number) as number })
    for (const row of rows) {
      const { paths } = await ask(accountDetail, 'GET', `/api/v1/accounts/${row['id'] as string}`)
      expect(
        paths.some(({ effect, steps }) => effect === 'root' && steps.some(({ place }) => place?.line !== undefined)),
      ).toBe(true)
    }
  })

  test('where the scan account may not look, privilege is unknown and never no', async () => {
    const { rows, coverage } = await view('accounts', 'host:unprivileged')
    expect(rows.length).toBeGreaterThan(5)
    expect(rows.filter(({ privileged }) => privileged === 'no')).toEqual([])
    expect(rows.every(({ password }) => password === null)).toBe(true)
    expect(coverage.complete).toBeLessThan(coverage.hosts)
  })

  test('one host under two names is one host', async () => {
    const { address, port } = lab.host('plain-debian')
    await ask(addedTargets, 'POST', '/api/v1/targets', { name: 'Again', include: [`root@[::ffff:${address}]:${port}`] })
    const before = (await view('hosts', '')).count
    const { scan: run } = await ended((await ask(startedScan, 'POST', '/api/v1/scans', {})).scan.id)
    expect(run.state).toBe('finished')
    expect((await view('hosts', '')).count).toBe(before! + 1) // this machine, which the second scan includes
    const host = (await view('hosts', 'host:plain-debian')).rows[0]!
    expect((await ask(hostDetail, 'GET', `/api/v1/hosts/${host.id as string}`)).targets.length).toBeGreaterThanOrEqual(
      1,
    )
  })

  test('an account that a complete scan does not mention is gone, with its history, and heals when it is back', async () => {
    const host = lab.host('sudo-nopasswd')
    const passwd = (await host.inside(['cat', '/etc/passwd'])).stdout
    const victim = passwd.trim().split('\n').at(-1)!.split(':')[0]!
    await host.inside(['sh', '-c', `sed -i '/^${victim}:/d' /etc/passwd`])
    await scan()
    expect((await view('accounts', `host:sudo-nopasswd account:${victim}`)).rows).toEqual([])
    const [gone] = (await view('accounts', `host:sudo-nopasswd account:${victim} state:gone`)).rows
    expect(gone?.['gone_since']).toMatch(/^\d{4}-/)
    expect((await view('changes', `host:sudo-nopasswd type:vanished kind:account`)).rows).toHaveLength(1)

    await host.inside(['tee', '/etc/passwd'], passwd)
    await scan()
    const detail = await ask(accountDetail, 'GET', `/api/v1/accounts/${gone!.id as string}`)
    expect(detail).toMatchObject({ name: victim, goneSince: null })
    expect(detail.history.filter(({ kind }) => kind === 'account').map(({ type }) => type)).toEqual([
      'reappeared',
      'vanished',
      'appeared',
    ])
  })

  test('what could not be looked at is not gone: a host that is away loses nothing', async () => {
    const before = (await view('accounts', 'host:busybox')).rows
    await lab.host('busybox').stop()
    const { targets } = await scan()
    expect(targets.find(({ target }) => target.includes(lab.host('busybox').address))?.outcome).toBe('failed')
    expect((await view('accounts', 'host:busybox')).rows.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  })

  test('the CSV holds every row of the filter, and the command line gives the same', async () => {
    const { count } = await view('accounts', '')
    const csv = await (await call('GET', '/api/v1/views/accounts?format=csv&bom=no')).text()
    expect(csv.split('\r\n').filter((line) => line !== '')).toHaveLength(count! + 1)
    const { stdout, code } = await rollcall(['view', 'accounts', '--csv', '--data', state.path])
    expect(code).toBe(0)
    expect(stdout.replace(/^\uFEFF/, '').split('\r\n').length).toBe(csv.split('\r\n').length)
  })

  test('killed in the middle of a scan, it goes on with what was open, and nothing is lost', async () => {
    const known = (await view('accounts', '')).count!
    const { scan: begun } = await ask(startedScan, 'POST', '/api/v1/scans', {})
    await running.kill()
    running = await start()
    expect(running.oneTimeSecret).toBeUndefined()
    await logIn(USER)
    const { scan: run } = await ended(begun.id)
    expect(run.state).toBe('finished')
    expect(run.complete + run.partial + run.failed).toBe(run.planned)
    expect((await view('accounts', '')).count).toBe(known)
    expect((await ask(overview, 'GET', '/api/v1/overview')).accounts.total).toBe(known)
  })

  test('an address that is taken is refused by name', async () => {
    const folder = join(state.path, 'elsewhere')
    const { code, stderr } = await rollcall(['up', '--data', folder, '--listen', new URL(running.address).host])
    expect([code, stderr]).toEqual([1, expect.stringContaining('something listens there already')])
  })

  test('a second process on the same folder is refused by name', async () => {
    const second = await rollcall(['up', '--data', state.path, '--listen', '127.0.0.1:0'])
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/another process/)
  })

  test('a host that shows another key is offered nothing, and what is known of it stays', async () => {
    const host = lab.host('sshd-matches')
    const known = (await view('accounts', 'host:sshd-matches')).count
    // The host is as it was; what we have pinned of it is not.
    const other = execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      join(state.path, 'other'),
    ]).toString()
    expect(other).toBe('')
    const key = readFileSync(join(state.path, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    const file = join(state.path, 'wrong_known_hosts')
    const name = host.port === 22 ? host.address : `[${host.address}]:${host.port}`
    execFileSync('sh', ['-c', `printf '%s %s\\n' '${name}' '${key}' >'${file}'`])
    const scanned = await rollcall([
      'scan',
      targetOf('sshd-matches'),
      '--json',
      '--key',
      lab.loginKey,
      '--known-hosts',
      file,
      '--data',
      join(state.path, 'scan'),
    ])
    expect(scanned.code).toBe(3)
    expect(JSON.parse(scanned.stdout.split('\n')[0]!)).toMatchObject({
      kind: 'host',
      reached: { reasons: [{ code: 'host-key-changed' }] },
    })
    expect((await view('accounts', 'host:sshd-matches')).count).toBe(known)
  })

  test('an ordinary user scans this machine, and is told what he may not see', async () => {
    const home = join(state.path, '..', `rollcall-nobody-${process.pid}`)
    mkdirSync(home, { mode: 0o700 })
    chownSync(home, 65_534, 65_534)
    try {
      const { stdout, code } = await rollcall(
        ['scan', 'local', '--json', '--sudo', 'never', '--data', join(home, 'state')],
        { uid: 65_534, gid: 65_534, home },
      )
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; probe?: string; status?: string })
      const status = new Map(lines.filter(({ kind }) => kind === 'outcome').map(({ probe, status }) => [probe, status]))
      expect(code).toBe(2)
      expect(status.get('local-accounts')).toBe('complete')
      expect(status.get('local-passwords')).toBe('denied')
      expect(status.get('sudo-rules')).toBe('denied')
    } finally {
      execFileSync('rm', ['-rf', home])
    }
  })

  test('nothing that it keeps or prints holds a password, a hash, a private key or a session', async () => {
    const secrets = [
      USER.password,
      cookie.split('=')[1]!,
      readFileSync(lab.loginKey, 'utf8').split('\n')[2]!,
      ...(await lab.host('plain-debian').inside(['cat', '/etc/shadow'])).stdout.split('\n').flatMap((line) => {
        const hash = line.split(':')[1] ?? ''
        return hash.length > 12 ? [hash.slice(-12)] : []
      }),
    ]
    expect(secrets.length).toBeGreaterThan(6)
    const kept = readdirSync(state.path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('other'))
      .map(({ name }) => readFileSync(join(state.path, name)))
    const everything = Buffer.concat([...kept, Buffer.from(running.printed())])
    for (const secret of secrets) {
      for (const form of [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        Buffer.from(secret).toString('hex'),
      ])
        expect(everything.includes(form)).toBe(false)
    }
  })

  test('a folder that others can enter is refused', async () => {
    const folder = join(state.path, 'open')
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    const { code, stderr } = await rollcall(['scan', 'local', '--data', folder])
    expect([code, stderr]).toEqual([1, expect.stringContaining('chmod 700')])
  })
})
