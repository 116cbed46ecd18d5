import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileMemories } from '@rollcall/agent'
import type { FindingOf, Outcome } from '@rollcall/contract'
import { probes, scanHost, type HostRequest } from '@rollcall/discovery'
import { knownHosts, openHost } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { afterAll, beforeAll, expect, test } from 'vitest'
import asRoot, { asListed, asUser, PLANTED, PROCESSES, SECRETS } from './lab/hosts/stored-credentials.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { rollcall, scanOf, startRollcall, stateFolder, type ScanLine } from './rollcall.ts'

/*
 * Credentials in files and processes of real hosts: what is told of them with each kind of rights, that nothing unchanged is read again, and that no
 * byte which the product writes holds one.
 */

type StoredCredential = FindingOf<'stored-credential'>

let lab: Lab
let state: Awaited<ReturnType<typeof stateFolder>>
const printed: string[] = []
let lines: readonly ScanLine[] = []

beforeAll(async () => {
  lab = await startLab([asRoot, asUser, asListed])
  state = await stateFolder()
  await writeFile(settings(), 'scanThisMachine: false\ncredentials: {exclude: [/srv/excluded]}\n')
  if (!lab.capabilities.ownHosts) return
  for (const { name } of [asRoot, asUser, asListed]) {
    const { exit, stderr } = await lab.host(name).inside(['sh', '-ec', PROCESSES])
    if (exit !== 0) throw new Error(stderr)
  }
  lines = await scanned(asRoot.name)
}, 120_000)

afterAll(async () => {
  await state?.[Symbol.asyncDispose]()
  if (state !== undefined) await rm(settings(), { force: true })
  await lab?.[Symbol.asyncDispose]()
})

const made = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

/** Beside the folder of the state, so that it is not taken for something that the product wrote. */
const settings = () => `${state.path}.yaml`

const scanned = async (name: string, more: readonly string[] = []): Promise<readonly ScanLine[]> => {
  const ended = await scanOf(lab, lab.host(name), ['--config', settings(), ...more])
  printed.push(ended.stdout, ended.stderr)
  return ended.lines
}

const told = (from: readonly ScanLine[]) =>
  from.filter(({ kind }) => kind === 'stored-credential') as unknown as StoredCredential[]
const outcomeOf = (from: readonly ScanLine[], probe: string) =>
  from.find((line) => line.kind === 'outcome' && line.probe === probe) as unknown as Outcome

const exposed = (from: readonly ScanLine[]) =>
  told(from).filter(({ value }) => value === 'literal' || value === 'key' || value === 'hash')

test('what was planted is told with its line and whom it opens, and nothing else of what lies beside it', (context) => {
  made(context)
  const paths = new Set(PLANTED.map(([path]) => path))
  const found = exposed(lines)
    .filter(
      ({ place }) => paths.has(place.path) || place.path.startsWith('/etc/app/') || place.path.startsWith('/srv/'),
    )
    .map(({ place, account, system }) => [place.path, place.line, account, system])
  const one = (items: readonly (readonly unknown[])[]) => items.map((item) => JSON.stringify(item)).toSorted()
  expect(one(found)).toEqual(one(PLANTED.map(([path, line, account, system]) => [path, line, account, system])))
})

test('a file that everybody may read is told to be so, with its facts', (context) => {
  made(context)
  const open = told(lines).find(({ place }) => place.path === '/etc/app/app.env')
  expect(open).toMatchObject({ file: { mode: '0644', owner: 0, group: 0 } })
  expect(open!.weaknesses).toContain('readable-by-others')
  const closed = told(lines).find(({ place }) => place.path === '/root/.netrc')
  expect(closed!.weaknesses ?? []).not.toContain('readable-by-others')
})

test('a copy is told as one, a reference as what it names', (context) => {
  made(context)
  expect(told(lines).find(({ place }) => place.path === '/etc/app/app.env.bak')).toMatchObject({ state: 'backup' })
  expect(told(lines).find(({ place }) => place.path === '/etc/app/reference.env')).toMatchObject({ value: 'reference' })
})

test('variables and arguments of processes are told with program and account', (context) => {
  made(context)
  const found = exposed(lines).filter(({ place }) => place.path.startsWith('/proc/'))
  expect(found).toContainEqual(
    expect.objectContaining({
      name: 'SHOP_DB_PASSWORD',
      account: 'shop',
      program: expect.stringMatching(/\/sleep$/),
      runsAs: 'root',
      place: { path: '/proc/*/environ' },
    }),
  )
  expect(found.filter(({ place }) => place.path === '/proc/*/cmdline')).not.toEqual([])
})

test('what was not read is said: the rest of long files as a reason, exclusions as a note', (context) => {
  made(context)
  const { status, reasons } = outcomeOf(lines, 'stored-credentials')
  expect(status).toBe('truncated')
  expect(reasons).toContainEqual(expect.objectContaining({ code: 'left-out', path: '/srv/excluded' }))
  const large = reasons.filter(
    ({ code, detail }) => code === 'too-large' && detail !== undefined && detail.startsWith('files in'),
  )
  const single = reasons.filter(({ code, path }) => code === 'too-large' && path?.startsWith('/etc/app/'))
  expect([...large, ...single]).not.toEqual([])
  expect(told(lines).filter(({ place }) => place.path.startsWith('/srv/excluded'))).toEqual([])
})

test.each([asUser.name, asListed.name])(
  'as %s only what the account may read is told, and that more is hidden',
  async (name) => {
    if (!lab.capabilities.ownHosts) return
    const seen = await scanned(name)
    const paths = new Set(exposed(seen).map(({ place }) => place.path))
    expect(paths).toContain('/etc/app/app.env')
    expect(paths).toContain('/etc/cron.d/dump')
    expect([...paths].filter((path) => path.startsWith('/root/') || path.startsWith('/home/judy/'))).toEqual([])
    const { status, reasons } = outcomeOf(seen, 'stored-credentials')
    expect(status).toBe('partial')
    const hidden = reasons.filter(({ code }) => code === 'not-permitted').map(({ path }) => path)
    expect(hidden).toContain('/root')
    expect(hidden.some((path) => path?.startsWith('/etc/mysql'))).toBe(true)
    expect(outcomeOf(seen, 'process-credentials')).toMatchObject({ status: 'partial' })
  },
)

test('a host that has not changed has none of its files read again; what was touched in any way has', async (context) => {
  made(context)
  const host = lab.host(asRoot.name)
  const memories = await fileMemories({ folder: join(state.path, 'memory'), version: 'test' })
  const privateKey = Secret.ofText(await readFile(lab.loginKey, 'utf8'))
  const fetched = async () => {
    const signal = new AbortController().signal
    await using open = await openHost(
      { kind: 'ssh', host: host.address, port: host.port },
      {
        logins: [{ user: 'root', methods: [{ kind: 'key', privateKey }], sudo: { kind: 'never' } }],
        hostKeys: knownHosts({ read: [lab.knownHosts] }),
        policy: 'strict',
        signal,
      },
    )
    const paths: string[] = []
    const noting = {
      privilege: open.privilege,
      ask: (requests: readonly HostRequest[], over: AbortSignal) => {
        for (const request of requests) if (request.kind === 'fetch') paths.push(...request.paths)
        return open.ask(requests, over)
      },
    }
    const memory = await memories.of('test', undefined)
    const { sections } = await scanHost(
      noting,
      probes.filter(({ id }) => id === 'stored-credentials'),
      {
        sha256: () => new Uint8Array(32),
        publicPoint: () => undefined,
        keyedDigest: (text) => `digest of ${text.length}`,
        now: new Date(),
        signal,
        memory,
      },
    )
    await memory.save(true)
    return { paths, findings: sections[0]!.findings }
  }
  const first = await fetched()
  expect(first.paths.length).toBeGreaterThan(3000)
  const second = await fetched()
  expect(second.paths).toEqual([])
  expect(second.findings).toEqual(first.findings)

  // Touched; changed with the same size and time of change, as `touch -r` sets it; replaced by another file of the same.
  const change = `cd /etc/app; touch app.env
touch -r /etc/mysql/debian.cnf /tmp/time; sed -i s/maint/other/ /etc/mysql/debian.cnf; touch -r /tmp/time /etc/mysql/debian.cnf
chmod 640 /root/.netrc`
  expect(await host.inside(['sh', '-ec', change])).toMatchObject({ exit: 0 })
  const third = await fetched()
  expect(third.paths.toSorted()).toEqual(['/etc/app/app.env', '/etc/mysql/debian.cnf', '/root/.netrc'])
  const debian = third.findings.find(({ place }) => place?.path === '/etc/mysql/debian.cnf')
  expect(debian).toMatchObject({ account: 'other' })
}, 60_000)

test('no byte that the product writes holds a secret: reports, tables, logs, the inventory, what is remembered', async (context) => {
  made(context)
  const host = lab.host(asRoot.name)
  const target = `${host.user}@${host.address}:${host.port}`
  const login = ['--key', host.keyFile, '--known-hosts', lab.knownHosts, '--host-keys', 'strict']
  for (const format of [[], ['--csv=outcomes'], ['--list-files'], ['--list-files', '--json']]) {
    const ended = await rollcall(['scan', target, ...format, ...login, '--data', state.path])
    printed.push(ended.stdout, ended.stderr)
  }
  {
    await using running = await startRollcall([
      ...login,
      '--data',
      state.path,
      '--no-scan',
      '--config',
      settings(),
      '--schedule',
      'off',
      '--log',
      'debug',
    ])
    for (const args of [
      ['targets', 'add', 'all', target],
      ['scans', 'start', '--wait'],
    ]) {
      const ended = await rollcall([...args, '--data', state.path])
      printed.push(ended.stdout, ended.stderr)
    }
    printed.push(running.printed())
  }
  const written: string[] = []
  for (const entry of await readdir(state.path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) written.push(await readFile(join(entry.parentPath, entry.name), 'latin1'))
  expect(written.join('').length).toBeGreaterThan(50_000)
  // It is there: only not in clear.
  expect(written.join('')).toContain('/data/service/.netrc')
  const all = [...printed, ...written].join('\n')
  for (const [name, secret] of Object.entries(SECRETS)) {
    expect([name, all.includes(secret)]).toEqual([name, false])
    const encoded = [Buffer.from(secret).toString('base64').replaceAll('=', ''), Buffer.from(secret).toString('hex')]
    for (const form of encoded) expect([name, all.includes(form)]).toEqual([name, false])
  }
}, 120_000)
