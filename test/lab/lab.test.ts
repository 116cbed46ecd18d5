import { existsSync, readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountDescription, HostDescription, PasswordDescription } from './description.ts'
import { hostList } from './host-list.ts'
import plainDebian from './hosts/plain-debian.ts'
import { startLab, type Lab } from './lab.ts'
import { processIdentity } from './process-identity.ts'
import { ran } from './shell.ts'
import { differenceFrom } from './truth.ts'
import { cleanStale } from './workspace.ts'

const hosts = await hostList()

let lab: Lab
beforeAll(async () => {
  lab = await startLab(hosts)
}, 300_000)
afterAll(() => lab[Symbol.asyncDispose]())

/** Where the lab cannot make hosts of its own, what is seeded cannot be tested; the test says so by its skip. */
const seeded = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

describe.each(hosts)('$name', (description) => {
  test('answers to the real ssh with the lab key as its scan account', async () => {
    const { stdout, exit } = await lab.host(description.name).ssh('id -un')
    expect(exit).toBe(0)
    // Start files of the login shell may have said something before.
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(lab.host(description.name).user)
  })

  test('has a host name, machine id and process list of its own', async (context) => {
    seeded(context)
    const host = lab.host(description.name)
    expect((await host.inside(['hostname'])).stdout.trim()).toBe(description.name)
    expect((await host.inside(['cat', '/etc/machine-id'])).stdout.trim()).toBe(host.made?.seeded.machineId)
    expect((await host.inside(['cat', '/proc/1/cmdline'])).stdout).toMatch(/sshd|dropbear/)
  })

  test('lists the accounts and groups of its description', async (context) => {
    seeded(context)
    const host = lab.host(description.name)
    const passwd = (await host.inside(['head', '-n', String(description.accounts.length), '/etc/passwd'])).stdout.split(
      '\n',
    )
    for (const [index, { name, uid, gid, home, shell }] of description.accounts.entries()) {
      expect(passwd[index]).toMatch(new RegExp(`^${literally(`${name}:x:${uid}:${gid}:`)}`))
      expect(passwd[index]).toMatch(new RegExp(`${literally(`:${home}:${shell}`)}$`))
    }
    for (const { name, gid, members = [] } of description.groups)
      expect((await host.inside(['grep', `^${name}:`, '/etc/group'])).stdout).toBe(
        `${name}:x:${gid}:${members.join(',')}\n`,
      )
  })

  test('opens exactly with the keys that its description calls effective', async (context) => {
    seeded(context)
    const host = lab.host(description.name)
    for (const key of host.made?.seeded.keys.filter(({ role }) => role === 'authorized') ?? []) {
      const listed = await ran(['ssh-keygen', '-l', '-f', '-'], (await host.inside(['cat', key.path])).stdout)
      expect(listed.stdout).toContain(`${key.bits} ${key.fingerprint} `)
      if (description.base !== 'debian' || key.account === undefined) continue
      const files = (await host.inside(['/usr/sbin/sshd', '-T', '-C', `user=${key.account},host=x,addr=192.0.2.1`]))
        .stdout
      const home = description.accounts.find(({ name }) => name === key.account)?.home ?? ''
      const configured = (/^authorizedkeysfile (.*)$/m.exec(files)?.[1] ?? '')
        .split(' ')
        .map((file) => file.replace('%u', key.account ?? '').replace('%h', home))
        .map((file) => (file.startsWith('/') ? file : `${home}/${file}`))
      expect(configured.includes(key.path)).toBe(key.effective !== false)
    }
  })
})

// Where passwd is a flood, tools that go through all of it for every account take hours.
const toolable = hosts.filter(({ base, name }) => base === 'debian' && name !== 'flooded')

describe.each(toolable)('$name, by the tools of the shadow suite', (description) => {
  test('has the password states of its description', async (context) => {
    seeded(context)
    const { stdout } = await lab.host(description.name).inside(['passwd', '-S', '-a'])
    const states = new Map(stdout.split('\n').map((line) => line.split(' ').slice(0, 2) as [string, string]))
    for (const { name, password } of description.accounts)
      expect([name, states.get(name)]).toEqual([name, STATES[password.state]])
  })

  test('has the last logins of its description', async (context) => {
    seeded(context)
    const { stdout } = await lab.host(description.name).inside(['lastlog'])
    const told = new Map(
      stdout
        .split('\n')
        .slice(1)
        .map((line) => [line.split(' ')[0], line.slice(-31)] as const),
    )
    for (const { name, lastLogin = 'never' } of description.accounts) {
      const at = lastLogin === 'never' ? undefined : new Date(lastLogin.at).getTime()
      const text = told.get(name) ?? ''
      expect([name, text.includes('**Never logged in**') ? undefined : Date.parse(text)]).toEqual([name, at])
    }
  })
})

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const STATES: Record<PasswordDescription['state'], string> = { usable: 'P', locked: 'L', none: 'L', empty: 'NP' }

test('aging is what chage says', async (context) => {
  seeded(context)
  const { stdout } = await lab.host('plain-debian').inside(['chage', '-i', '-l', 'carol'])
  expect(stdout.split('\n').map((line) => line.split(/\t*: /)[1]?.trim())).toEqual([
    '2024-06-01',
    '2024-08-30',
    '2024-09-29',
    '2025-01-01',
    '1',
    '90',
    '14',
    undefined,
  ])
})

const sudoQuestions = hosts.flatMap(({ name, sudoTruth = [] }) =>
  sudoTruth.flatMap(({ account, words, may = [], mayNot = [] }) => [
    ...may.map((question) => ({ host: name, account, words, question, allowed: true })),
    ...mayNot.map((question) => ({ host: name, account, words, question, allowed: false })),
  ]),
)

test.for(sudoQuestions)(
  'sudo agrees: on $host $account may run $words',
  async ({ host, account, question, allowed }, context) => {
    seeded(context)
    const { command, as, asGroup } = question
    const user = as === undefined ? [] : ['-u', as]
    const group = asGroup === undefined ? [] : ['-g', asGroup]
    const { exit } = await lab.host(host).inside(['sudo', '-n', '-l', '-U', account, ...user, ...group, ...command])
    expect(exit === 0).toBe(allowed)
  },
)

describe('the truth of a host', () => {
  test('agrees with itself, and tells what is missing, extra and wrong', (context) => {
    seeded(context)
    const { expected } = lab.host('plain-debian').made!.truth
    const found = expected.map(({ finding }) => finding as never)
    const kinds = ['account', 'membership', 'credential', 'usage', 'key'] as const
    expect(differenceFrom(expected, found, kinds)).toEqual({ missing: [], unexpected: [], wrong: [] })
    expect(differenceFrom(expected, found.slice(1), kinds).missing).toHaveLength(1)
    expect(differenceFrom(expected.slice(1), found, kinds).unexpected).toHaveLength(1)
    const changed = { ...expected[0]!.finding, uid: 4711 } as never
    expect(differenceFrom(expected, [changed, ...found.slice(1)], kinds).wrong).toHaveLength(1)
  })

  test('leaves out for an ordinary account what only root can read', (context) => {
    seeded(context)
    const { truth } = lab.host('unprivileged').made!
    const seen = truth.seenBy('scanner')
    expect(seen.some(({ finding }) => finding.kind === 'credential')).toBe(false)
    expect(seen.some(({ finding }) => finding.kind === 'membership' && finding.role === 'administrator')).toBe(false)
    expect(seen.filter(({ finding }) => finding.kind === 'key' && finding.role === 'authorized')).toHaveLength(1)
    expect(truth.seenBy('root')).toBe(truth.expected)
  })
})

describe('afterwards', () => {
  test('a disposed lab leaves no process, mount or folder', async (context) => {
    seeded(context)
    const brief = await startLab([plainDebian])
    const { pid } = brief.hosts[0]!
    const folder = dirname(brief.knownHosts)
    expect(processIdentity(pid)).toBeDefined()
    await brief[Symbol.asyncDispose]()
    expect(processIdentity(pid)).toBeUndefined()
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder)
    expect(existsSync(folder)).toBe(false)
  })

  test('a stopped host refuses connections', async () => {
    await using brief = await startLab([{ ...plainDebian, name: 'brief' } satisfies HostDescription])
    const host = brief.hosts[0]!
    await host.stop()
    expect((await host.ssh('true')).stderr).toContain('Connection refused')
  })

  test('hosts end with a killed process, and the next lab removes what it left', async (context) => {
    seeded(context)
    const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname, 'up', 'plain-debian'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.includes('Ctrl-C')) break
    }
    const folder = /^key (.*)\/keys\//m.exec(said)![1]!
    const processes = JSON.parse(readFileSync(`${folder}/processes.json`, 'utf8')) as { pid: number }[]
    expect(processes).toHaveLength(2)
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    await expect
      .poll(() => processes.filter(({ pid }) => processIdentity(pid) !== undefined), { timeout: 10_000 })
      .toEqual([])
    await cleanStale()
    expect(existsSync(folder)).toBe(false)
  })
})

test('every password scheme of the descriptions is one that this crypt(3) can make', (context) => {
  seeded(context)
  const accounts: readonly AccountDescription[] = hosts.flatMap((host) => host.accounts)
  expect(new Set(accounts.flatMap(({ password }) => ('scheme' in password ? [password.scheme] : []))).size).toBe(6)
})
