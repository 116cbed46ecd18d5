import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleContext, exampleHost, exampleTools } from '../testing/example-host.ts'
import { controlGroup, parseProcesses, PROCPS } from '../formats/process-list.ts'
import { parseProcNet, parseSs, PROC_NET, SS } from '../formats/listening-sockets.ts'
import type { CommandResult, FindResult, FoundEntry } from '../host.ts'
import { exampleFile, exampleOutput } from '../probe.ts'
import { scanHost } from '../scan.ts'
import processes from './processes.ts'

describe('control groups', () => {
  const id = '0123456789abcdef'.repeat(4)
  test.each([
    ['0::/system.slice/nginx.service', { unit: 'nginx.service', session: false }],
    ['/system.slice/foo.service/workers', { unit: 'foo.service', session: false }],
    [
      '9:name=systemd:/system.slice/a.service,4:memory:/very/long/path/elsewhere',
      { unit: 'a.service', session: false },
    ],
    ['4:memory:/somewhere,0::/', { session: false }],
    ['0::/user.slice/user-1000.slice/session-4.scope', { session: true }],
    ['0::/user.slice/user-0.slice/user@0.service/app.slice/dbus.service', { unit: 'dbus.service', session: true }],
    [`0::/system.slice/docker-${id}.scope`, { container: '0123456789ab', session: false }],
    [`4:memory:/docker/${id}`, { container: '0123456789ab', session: false }],
    [
      `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`,
      { container: '0123456789ab', session: false },
    ],
    ['0::/lxc.payload.web/system.slice/nginx.service', { unit: 'nginx.service', container: 'web', session: false }],
    ['0::/machine.slice/machine-db.scope', { container: 'db', session: false }],
  ])('%s', (column, expected) => {
    expect(controlGroup(column)).toEqual(expected)
  })
})

test('a name may hold spaces, and one that looks like a control group is only the wrong name', () => {
  const line = (name: string) => `5 1 0 0 ? 00:01 root ${name} 0::/system.slice/a.service`
  const names = parseProcesses([line('tmux: server'), line('(sd-pam)')].join('\n'), 'procps').processes
  expect(names.map(({ name, group }) => [name, group?.unit])).toEqual([
    ['tmux: server', 'a.service'],
    ['(sd-pam)', 'a.service'],
  ])
})

test('any lines of any form are processes or counted, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('procps', 'posix', 'busybox'), (text, form) => {
      const { processes: found, unread } = parseProcesses(text, form)
      expect(found.length + unread).toBeLessThanOrEqual(text.split('\n').length)
    }),
  )
})

const entries = (folder: string, names: readonly string[]): FoundEntry[] =>
  names.flatMap((name): FoundEntry[] => {
    const path = `${folder}/${name}`
    try {
      const { uid, gid, mode } = lstatSync(path)
      const entry = {
        path,
        type: 'link' as const,
        mode: mode & 0o7777,
        uid,
        gid,
        size: 0,
        modified: '2026-01-01T00:00:00Z',
      }
      try {
        return [{ ...entry, target: readlinkSync(path) }]
      } catch {
        return [entry]
      }
    } catch {
      return []
    }
  })

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name))
const ran = ([program, ...args]: readonly string[]): CommandResult => {
  const { status, stdout } = spawnSync(program!, args, { encoding: 'utf8', maxBuffer: 1e8 })
  return exampleOutput(stdout, status ?? 1)
}
const found = (all: readonly FoundEntry[]): FindResult => ({ state: 'found', entries: all, unsearched: [], unnamed: 0 })
const programs = () =>
  found(
    entries(
      '/proc',
      pids().map((pid) => `${pid}/exe`),
    ),
  )

const canRun = process.platform === 'linux' && existsSync('/usr/bin/ss') && ran(PROCPS).state === 'ran'

describe.skipIf(!canRun)('on this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'processes-'))
  const server = createServer()
  const local = createServer()
  let port = 0

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => local.listen(join(folder, 'a b.sock'), resolve))
    const address = server.address()
    port = typeof address === 'object' ? address!.port : 0
  })
  afterAll(() => {
    server.close()
    local.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const scanned = () =>
    processes.parse(
      {
        list: { form: 'procps', output: ran(PROCPS) },
        sockets: ran(SS),
        programs: programs(),
        passwd: exampleFile('/etc/passwd', readFileSync('/etc/passwd', 'utf8')),
      },
      { ...exampleContext, privilege: process.getuid?.() === 0 ? 'root' : 'user' },
    ).findings

  test('this very process is told with its program and its sockets', () => {
    expect(scanned()).toContainEqual(
      expect.objectContaining({
        program: readlinkSync('/proc/self/exe'),
        listens: expect.arrayContaining([`tcp 127.0.0.1:${port}`, `unix ${folder}/a b.sock`]),
      }),
    )
  })

  test('what comes and goes is not told, nor is the scan itself', async () => {
    const visitor = join(folder, 'visitor')
    copyFileSync('/bin/sleep', visitor)
    const child = spawn(visitor, ['60'], { stdio: 'ignore' })
    try {
      await delay(50)
      const told = scanned()
      expect(told.length).toBeGreaterThan(0)
      expect(told.filter((one) => one.kind === 'usage' && one.program === visitor)).toEqual([])
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('the tables of the kernel say what ss says', () => {
    const holders = new Map<string, number[]>()
    for (const { path, target } of pids().flatMap((pid) => {
      try {
        return entries(`/proc/${pid}/fd`, readdirSync(`/proc/${pid}/fd`))
      } catch {
        return []
      }
    })) {
      const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1]
      if (inode !== undefined) holders.set(inode, [...(holders.get(inode) ?? []), Number(path.split('/')[2])])
    }
    const kernel = (['tcp', 'udp', 'unix'] as const).flatMap((type) =>
      PROC_NET[type].paths.flatMap((path) => parseProcNet(readFileSync(path, 'utf8'), type, holders)),
    )
    const result = ran(SS)
    const ours = parseSs(result.state === 'ran' ? new TextDecoder().decode(result.stdout) : '')
    const mine = (all: typeof ours) =>
      all
        .filter(({ pids: held }) => held.includes(process.pid))
        .map(({ address }) => address)
        .toSorted()
    expect(mine(kernel)).toEqual(mine(ours))
    expect(mine(kernel).length).toBeGreaterThanOrEqual(2)
  })
})

test('addresses of version 6 are written as ss writes them', () => {
  const line = (address: string) =>
    `   0: ${address}:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 7 1 0`
  const told = (address: string) => parseProcNet(line(address), 'tcp', new Map())[0]?.address
  expect(told('00000000000000000000000000000000')).toBe('tcp [::]:80')
  expect(told('00000000000000000000000001000000')).toBe('tcp [::1]:80')
  expect(told('000080FE00000000FF005450B6AD1DFE')).toBe('tcp [fe80::5054:ff:fe1d:adb6]:80')
  expect(told('B80D0120000000000000000001000000')).toBe('tcp [2001:db8::1]:80')
  expect(told('0000000000000000FFFF00000100007F')).toBe('tcp [::ffff:127.0.0.1]:80')
})

describe('what a host without the usual tools is asked', () => {
  const programsOf = { 'ss -H -n -l -t -u -x -p': { state: 'unread', why: 'tool-missing' } as const }
  test('a small ps is asked again, with fewer columns, in one further round', async () => {
    const { host, trips } = exampleHost({
      files: { '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n' },
      programs: {
        ...programsOf,
        ps: exampleOutput('', 1),
        'ps -o pid= -o ppid= -o ruser= -o user= -o tty= -o comm=': '1 0 root root ? init\n',
      },
      entries: [{ path: '/proc/1/exe', type: 'link', target: '/bin/busybox' }],
    })
    const { sections } = await scanHost(host, [processes], exampleTools)
    expect(sections[0]).toMatchObject({
      outcome: { status: 'complete' },
      findings: [{ account: 'root', program: '/bin/busybox' }],
    })
    expect(trips).toHaveLength(2)
  })

  test('a host that has no ps at all is not said to run nothing', async () => {
    const { host } = exampleHost({ files: { '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n' } })
    const { sections } = await scanHost(host, [processes], exampleTools)
    expect(sections[0]!.outcome.status).not.toBe('complete')
  })
})
