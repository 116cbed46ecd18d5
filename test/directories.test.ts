import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  addedTargets,
  directoryDetail,
  scanDetail,
  startedScan,
  viewPage,
  type ScanDetail,
} from '@rollcall/contract/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { slapdLacks, startSlapd, type SlapdLab } from './lab/directories/slapd.ts'
import { rollcall, startRollcall, stateFolder, type Running, type ScanLine } from './rollcall.ts'

/*
 * Directories as users have them: `rollcall scan ldaps://…` and `rollcall up` in processes of their own, against a real server.
 */

/** Searched for in every byte that is written: the password of the scan account, one in an attribute, one that is wrong. */
const CANARIES = ['Scan-canary-4417', 'Attribute-canary-9020', 'Wrong-canary-7733']
const [PASSWORD, IN_ATTRIBUTE, WRONG] = CANARIES as [string, string, string]

const SCANNER = 'uid=scanner,ou=Services,dc=example,dc=org'
const DATA = `dn: ${SCANNER}
objectClass: account
objectClass: simpleSecurityObject
uid: scanner
userPassword: ${PASSWORD}

dn: uid=jo,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: posixAccount
uid: jo
cn: Jo
sn: Jo
uidNumber: 5001
gidNumber: 5001
homeDirectory: /home/jo
description: password: ${IN_ATTRIBUTE}

dn: cn=admins,ou=Groups,dc=example,dc=org
objectClass: groupOfNames
cn: admins
member: uid=jo,ou=People,dc=example,dc=org

dn: cn=nowhere,ou=Services,dc=example,dc=org
objectClass: device
objectClass: ipHost
cn: no-such-host.invalid
ipHostNumber: 127.0.99.91

`
/** Enough that a look lasts a while. */
const BULK = 4000

const lacks = slapdLacks()

let lab: SlapdLab
let state: Awaited<ReturnType<typeof stateFolder>>
const written: string[] = []

const passwordFile = async (name: string, password: string) => {
  const file = join(state.path, '..', `${state.path.split('/').at(-1)}-${name}`)
  await writeFile(file, `${password}\n`, { mode: 0o600 })
  return file
}

beforeAll(async () => {
  if (lacks !== undefined) return
  lab = await startSlapd({ data: DATA, bulk: BULK, database: ['olcLimits: {0}users size=unlimited'] })
  state = await stateFolder()
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
  await state?.[Symbol.asyncDispose]()
})

const scan = async (target: string, password: string | undefined, more: readonly string[] = []) => {
  const login =
    password === undefined ? [] : ['--bind', SCANNER, '--bind-password-file', await passwordFile('bind', password)]
  const ended = await rollcall(['scan', target, ...login, '--data', state.path, ...more])
  written.push(ended.stdout, ended.stderr)
  return ended
}

const scanned = async (target: string, password: string | undefined, more: readonly string[] = []) => {
  const ended = await scan(target, password, ['--json', ...more])
  const lines = ended.stdout.split('\n').filter((line) => line !== '')
  return { ...ended, lines: lines.map((line) => JSON.parse(line) as ScanLine) }
}

const whyNot = (lines: readonly ScanLine[]) =>
  lines.flatMap(({ reached }) => (reached as { reasons: { code: string }[] } | undefined)?.reasons[0]?.code ?? [])

/** Every byte that a folder holds. */
const bytesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))

const canariesIn = (texts: readonly string[]) =>
  CANARIES.filter((canary) => {
    const forms = [
      canary,
      Buffer.from(canary).toString('base64').replace(/=+$/, ''),
      Buffer.from(canary).toString('hex'),
    ]
    return texts.some((text) => forms.some((form) => text.includes(form)))
  })

describe.skipIf(lacks !== undefined)('the command line', () => {
  test('a directory is told as findings, itself, and how each part of it fared', async () => {
    const { lines, code } = await scanned(lab.url, PASSWORD, ['--ca', lab.authorityFile])
    const findings = lines.filter(({ kind }) => kind !== 'directory' && kind !== 'outcome' && kind !== 'privilege')
    expect(findings.filter(({ kind }) => kind === 'directory-account').length).toBeGreaterThanOrEqual(BULK + 1)
    for (const { target, probe } of findings) expect([target, typeof probe]).toEqual([lab.url, 'string'])
    const outcomes = lines.filter(({ kind }) => kind === 'outcome')
    for (const { probe, findings: number } of outcomes)
      expect([probe, number]).toEqual([probe, findings.filter((finding) => finding.probe === probe).length])
    expect(lines.filter(({ kind }) => kind === 'directory')).toMatchObject([
      { target: lab.url, reached: { status: 'complete' }, signals: { make: 'openldap', identity: SCANNER } },
    ])
    // An ordinary account may not read the configuration, so not everything is known.
    expect(code).toBe(2)
  })

  test('who can take it over is told with the way, and why nobody else can be ruled out', async () => {
    await using own = await startSlapd({
      data: DATA,
      access: [
        'to * by group.exact="cn=admins,ou=Groups,dc=example,dc=org" manage by * break',
        'to attrs=userPassword by anonymous auth by * none',
        'to * by users read',
      ],
      configAccess: [`to * by dn.exact="${SCANNER}" read by * none`],
    })
    const { lines } = await scanned(own.url, PASSWORD, ['--ca', own.authorityFile])
    const told = lines.filter(({ kind }) => kind === 'privilege')
    expect(
      told
        .filter(({ privileged }) => privileged === 'yes')
        .map(({ of, name }) => `${String(of)} ${String(name)}`)
        .toSorted(),
    ).toEqual(['account jo', 'group admins', 'outside cn=Manager,dc=example,dc=org', 'outside cn=admin,cn=config'])
    expect(told.find(({ name }) => name === 'jo')).toMatchObject({
      target: own.url,
      tier: 0,
      paths: [{ effect: 'takes-over', sentence: expect.stringContaining('admins') }],
      unknownBecause: [],
    })
    const directory = lines.find(({ kind }) => kind === 'directory')
    expect(directory).toMatchObject({ privilege: { yes: 1 } })
    // An ordinary account is not told who administers it, so that nobody is ruled out.
    const { lines: less } = await scanned(lab.url, PASSWORD, ['--ca', lab.authorityFile])
    expect(less.find(({ kind }) => kind === 'directory')).toMatchObject({
      privilege: {
        yes: 0,
        no: 0,
        unknown: BULK + 2,
        unknownBecause: expect.arrayContaining([expect.stringContaining('cn=config')]),
      },
    })
  })

  test('what a person reads names what is wrong and what could not be read', async () => {
    const { stdout, stderr } = await scan(lab.url, PASSWORD, ['--ca', lab.authorityFile])
    expect(stdout).toMatch(/password-in-attribute.*jo/)
    expect(stdout).toMatch(/Not looked at, or only in part:[\s\S]*directory-servers/)
    expect(stderr).toMatch(/\d+ findings/)
    const { stdout: csv } = await scan(lab.url, PASSWORD, ['--ca', lab.authorityFile, '--csv=directory_groups'])
    expect(csv.split('\n').length).toBeGreaterThan(1)
    expect(csv).toContain('"admins"')
  })

  test('a wrong password is told, and not tried again', async () => {
    await using own = await stateFolder()
    const file = await passwordFile('wrong', WRONG)
    const args = ['--bind', SCANNER, '--bind-password-file', file, '--ca', lab.authorityFile, '--data', own.path]
    const tries = [
      await rollcall(['scan', lab.url, '--json', ...args]),
      await rollcall(['scan', lab.url, '--json', ...args]),
    ]
    const codes = tries.flatMap(({ stdout }) =>
      whyNot(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as ScanLine),
      ),
    )
    expect(codes).toEqual(['login-rejected', 'login-not-repeated'])
    expect(tries.map(({ code }) => code)).toEqual([3, 3])
    expect(canariesIn([...bytesIn(own.path), ...tries.flatMap(({ stdout, stderr }) => [stdout, stderr])])).toEqual([])
    // Another one more may lock the account: whoever knows that it is right says so.
    await writeFile(file, `${PASSWORD}\n`, { mode: 0o600 })
    const corrected = await rollcall(['scan', lab.url, '--json', ...args])
    expect(corrected.stdout).toContain('login-not-repeated')
    expect(await rollcall(['logins', 'forget', SCANNER, '--data', own.path])).toMatchObject({ code: 0 })
    const { stdout } = await rollcall(['scan', lab.url, '--json', ...args])
    written.push(stdout)
    expect(stdout).toContain('"kind":"directory-account"')
  })

  test('a certificate that nobody vouches for gets no password until it is approved', async () => {
    await using own = await stateFolder()
    const login = ['--bind', SCANNER, '--bind-password-file', await passwordFile('bind', PASSWORD), '--data', own.path]
    const attempt = async (...more: string[]) => {
      const { stdout } = await rollcall(['scan', lab.url, '--json', ...login, ...more])
      return whyNot(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as ScanLine),
      )
    }
    expect(await attempt('--certificates', 'strict')).toEqual(['certificate-untrusted'])
    expect(await attempt()).toEqual(['certificate-untrusted'])
    const { stdout } = await rollcall(['certificates', '--json', '--data', own.path])
    const pin = JSON.parse(stdout) as { name: string; fingerprint: string; approved: boolean }
    expect(pin).toMatchObject({ name: lab.url, approved: false })
    expect((await rollcall(['certificates', 'approve', pin.fingerprint, '--data', own.path])).stdout).toBe(
      '1 approved.\n',
    )
    expect(await attempt()).toEqual([])
    expect((await rollcall(['certificates', 'forget', lab.url, '--data', own.path])).code).toBe(0)
    expect(await attempt()).toEqual(['certificate-untrusted'])
  })

  test('nobody reads a directory that no login is given for, and anonymously only who asks for that', async () => {
    expect(whyNot((await scanned(lab.url, undefined, ['--ca', lab.authorityFile])).lines)).toEqual(['no-credential'])
    const { lines } = await scanned(lab.url, undefined, ['--ca', lab.authorityFile, '--anonymous'])
    expect(lines.filter(({ kind }) => kind === 'directory-account')).toEqual([])
    for (const { status } of lines.filter(({ kind, probe }) => kind === 'outcome' && probe === 'directory-accounts'))
      expect(status).not.toBe('complete')
  })

  test('StartTLS and a client certificate log in as well', async () => {
    const { certificate, key } = lab.clientCertificate('jo')
    const { lines } = await scanned(`ldap://${lab.address}:${lab.plainPort}`, undefined, [
      '--ca',
      lab.authorityFile,
      '--client-cert',
      certificate,
      '--client-key',
      key,
    ])
    expect(lines.some(({ kind, name }) => kind === 'directory-account' && name === 'jo')).toBe(true)
  })

  test('the computers of a directory are scanned as hosts, each with an outcome', async () => {
    const { lines } = await scanned(`computers of ${lab.url}`, PASSWORD, ['--ca', lab.authorityFile])
    expect(lines.map(({ kind, target }) => [kind, target])).toEqual([
      ['computers', `computers of ${lab.url}`],
      ['host', 'ssh://127.0.99.91:22'],
    ])
    const other = await scanned(`computers of ${lab.url} below ou=Services,dc=example,dc=org`, PASSWORD, [
      '--ca',
      lab.authorityFile,
      '--exclude',
      '127.0.99.0/24',
    ])
    expect(other.lines).toMatchObject([{ kind: 'computers', reached: { reasons: [{ code: 'left-out', count: 1 }] } }])
  })
})

/** What the documentation tells to grant on OpenLDAP, for the account of this test. */
const documentedGrant = () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/directories.md'), 'utf8')
  const [, ldif = ''] = /\*\*OpenLDAP\.\*\*[\s\S]*?```ldif\n([\s\S]*?)```/.exec(text) ?? []
  return ldif.replaceAll('uid=rollcall,ou=services,dc=example,dc=com', SCANNER)
}

test.skipIf(lacks !== undefined)('the account that the documentation describes reads all but passwords', async () => {
  await using own = await startSlapd({
    data: DATA,
    bulk: 700,
    access: ['to attrs=userPassword by anonymous auth by * none', 'to * by self read by * none'],
  })
  const login = { dn: SCANNER, password: PASSWORD }
  const search = (...args: string[]) => own.client('ldapsearch', login, ['-LLL', '-E', 'pr=500/noprompt', ...args])
  const before = await scanned(own.url, PASSWORD, ['--ca', own.authorityFile])
  expect(before.lines.filter(({ kind }) => kind === 'directory-account')).toEqual([])
  own.client('ldapmodify', own.config, [], documentedGrant())
  const { lines } = await scanned(own.url, PASSWORD, ['--ca', own.authorityFile])
  expect(lines.filter(({ kind }) => kind === 'directory-account').length).toBeGreaterThan(700)
  const fared = new Map(lines.flatMap(({ kind, probe, status }) => (kind === 'outcome' ? [[probe, status]] : [])))
  for (const probe of ['directory-groups', 'directory-rights', 'directory-servers', 'directory-policies'])
    expect([probe, fared.get(probe)]).toEqual([probe, 'complete'])
  expect(search('-b', own.suffix, 'userPassword')).not.toContain('userPassword')
  expect(search('-b', 'cn=config', 'olcRootPW')).not.toContain('olcRootPW')
})

describe.skipIf(lacks !== undefined)('the collector', () => {
  let running: Running
  let cookie = ''
  let targetSet = ''

  const start = async () => {
    const settings = join(state.path, '..', `${state.path.split('/').at(-1)}.yaml`)
    const file = await passwordFile('up', PASSWORD)
    await writeFile(
      settings,
      `directories:\n  - targets: ['127.*']\n    bind: ${SCANNER}\n    passwordFile: ${file}\n    caFiles: [${lab.authorityFile}]\nscanThisMachine: false\n`,
    )
    return startRollcall([
      '--data',
      state.path,
      '--config',
      settings,
      '--no-scan',
      '--schedule',
      'off',
      '--log',
      'debug',
    ])
  }

  const ask = async <Shape extends z.ZodType>(
    shape: Shape,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Shape>> => {
    const response = await fetch(`${running.address}${path}`, {
      method,
      headers: { cookie, 'x-rollcall': '1', origin: running.address, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    written.push(text)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return shape.parse(JSON.parse(text))
  }

  const logIn = async (body: object) => {
    const response = await fetch(`${running.address}/api/v1/session`, {
      method: 'POST',
      headers: { 'x-rollcall': '1', origin: running.address, 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'auditor', password: 'a sentence that is long enough', ...body }),
    })
    cookie = response.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
  }

  const begin = async () => (await ask(startedScan, 'POST', '/api/v1/scans', { targetSets: [targetSet] })).scan.id

  const until = async (id: string, good: (detail: ScanDetail) => boolean) => {
    while (true) {
      const detail = await ask(scanDetail, 'GET', `/api/v1/scans/${id}`)
      if (good(detail)) return detail
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const ended = (id: string) => until(id, ({ scan }) => scan.state === 'finished' || scan.state === 'cancelled')

  const view = (id: string, filter = '') =>
    ask(viewPage, 'GET', `/api/v1/views/${id}?limit=50&count=exact&filter=${encodeURIComponent(filter)}`)
  const accounts = async (filter = '') => (await view('directory_accounts', filter)).count

  afterAll(async () => {
    await running?.[Symbol.asyncDispose]()
  })

  test('a directory among the targets is scanned and has a page', async () => {
    running = await start()
    await logIn({ oneTimeSecret: running.oneTimeSecret })
    const { target } = await ask(addedTargets, 'POST', '/api/v1/targets', { name: 'Directory', include: [lab.url] })
    targetSet = target.id
    const { scan: run, targets } = await ended(await begin())
    expect([run.planned, run.complete + run.partial, run.failed]).toEqual([1, 1, 0])
    const id = targets[0]!.host!.id
    const detail = await ask(directoryDetail, 'GET', `/api/v1/directories/${id}`)
    expect(detail.signals).toMatchObject({ make: 'openldap', suffix: 'dc=example,dc=org', identity: SCANNER })
    const [directory] = (await view('directories')).rows
    expect(directory).toMatchObject({ id, make: 'openldap', suffix: 'dc=example,dc=org', identity: SCANNER })
    expect(directory!['users']).toBeGreaterThanOrEqual(BULK + 2)
    const wrong = (await view('directory_weaknesses', 'object_name:jo')).rows
    expect(wrong.map(({ weakness }) => weakness)).toContain('password-in-attribute')
    expect(await accounts('account:jo')).toBe(1)
  }, 120_000)

  test('a second look finds what is new and what is gone', async () => {
    lab.client(
      'ldapmodify',
      lab.root,
      ['-a'],
      `dn: uid=new,ou=People,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: new\ncn: New\nsn: New\n`,
    )
    lab.client('ldapdelete', lab.root, ['uid=jo,ou=People,dc=example,dc=org'])
    const before = (await accounts())!
    await ended(await begin())
    expect(await accounts('account:new')).toBe(1)
    expect(await accounts()).toBeGreaterThanOrEqual(before)
  }, 120_000)

  test('a server that is killed in the middle takes nothing that is known away', async () => {
    const before = (await accounts())!
    const id = await begin()
    await until(id, ({ scan, targets }) => scan.state !== 'queued' && targets.some(({ state }) => state !== 'queued'))
    process.kill(lab.pid, 'SIGKILL')
    const { scan: run } = await ended(id)
    expect(run.complete + run.partial + run.failed).toBe(1)
    expect(await accounts()).toBe(before)
    await lab.stop()
    await lab.start()
  }, 120_000)

  test('the collector is restarted, and looks again', async () => {
    const before = (await accounts())!
    await running[Symbol.asyncDispose]()
    written.push(running.printed())
    running = await start()
    await logIn({})
    expect(await accounts()).toBe(before)
    const { scan: run } = await ended(await begin())
    expect(run.complete + run.partial).toBe(1)
    expect(await accounts()).toBe(before)
  }, 120_000)

  test('killed in the middle of a look, it goes on with it', async () => {
    const before = (await accounts())!
    const id = await begin()
    await until(id, ({ targets }) => targets.some(({ state }) => state === 'running'))
    await running.kill()
    running = await start()
    await logIn({})
    const { scan: run } = await ended(id)
    expect([run.planned, run.complete + run.partial]).toEqual([1, 1])
    expect(await accounts()).toBe(before)
  }, 120_000)

  test('no password is in anything that was written, printed, answered or given as an argument', () => {
    const argv = readFileSync(`/proc/${running.process.pid}/cmdline`, 'latin1')
    const environment = readFileSync(`/proc/${running.process.pid}/environ`, 'latin1')
    expect(canariesIn([...written, running.printed(), argv, environment, ...bytesIn(state.path)])).toEqual([])
  })
})
