import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { HostTarget } from '@rollcall/contract'
import { knownHosts } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { afterEach, expect, test } from 'vitest'
import { openHostScanners } from './host-scanners.ts'

const program = fileURLToPath(new URL('testing/odd-scanner.ts', import.meta.url))
const password = 'canary of a password'

const opened = (idleMs = 10_000) =>
  openHostScanners({
    program,
    idleMs,
    digestKey: Secret.ofBytes(new Uint8Array(32)),
    scanning: {
      reach: {
        logins: [
          { user: 'scan', methods: [{ kind: 'password', password: Secret.ofText(password) }], sudo: { kind: 'never' } },
        ],
        hostKeys: knownHosts({ read: [] }),
        policy: 'strict',
      },
      now: () => new Date(),
    },
  })

const host = (name: string): HostTarget => ({ kind: 'ssh', host: `${name}.invalid`, port: 22 })
const { signal } = new AbortController()

/** Processes that run our program, wherever they hang. */
const running = (parent = process.pid): number[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const [, ppid] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'latin1')) ?? []
      const isOurs = readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('odd-scanner')
      return isOurs && (parent === 0 || Number(ppid) === parent) ? [Number(name)] : []
    } catch {
      return []
    }
  })

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** What is told of each: its own word, or why it failed. */
const toldOf = async (scanners: ReturnType<typeof opened>, names: readonly string[]) =>
  Promise.all(
    names.map(async (name) => {
      const { reached } = await scanners.scanHost(host(name), signal)
      return [reached.status, reached.reasons[0]?.code, reached.reasons[0]?.detail] as const
    }),
  )

afterEach(() => {
  if (running().length > 0) throw new Error('a process was left behind')
})

test('one process scans many hosts, and ends when there is no more to do', async () => {
  await using scanners = opened(50)
  const told = await toldOf(scanners, ['a', 'b', 'c', 'd'])
  expect(told.map(([status]) => status)).toEqual(Array(4).fill('complete'))
  expect(new Set(told.map(([, , pid]) => pid)).size).toBe(1)
  await until(() => running().length === 0)
  expect((await toldOf(scanners, ['e']))[0]![0]).toBe('complete')
})

test.each([
  ['dies', 'it was ended by SIGKILL'],
  ['exits', 'it ended by itself with 7'],
  ['throws', 'it ended by itself with 1'],
  ['babbles', 'it said what was not to be understood'],
  ['asks', 'it said what was not to be understood'],
  ['fills-heap', 'it took more memory than it may'],
  ['fills-memory', 'it took more memory than it may'],
])(
  'a host whose scanner %s is told as failed, and no other host with it',
  async (fault, detail) => {
    await using scanners = opened()
    const [wrong, ...others] = await toldOf(scanners, [fault, 'a', 'b', 'c'])
    expect(wrong).toEqual(['failed', 'scanner-ended', detail])
    expect(others.map(([status]) => status)).toEqual(['complete', 'complete', 'complete'])
  },
  60_000,
)

test('a host that ended its scanner twice harms no other again', async () => {
  await using scanners = opened()
  await toldOf(scanners, ['dies'])
  const began = running()
  const [wrong, other] = await toldOf(scanners, ['dies', 'a'])
  expect(wrong).toEqual(['failed', 'scanner-ended', 'it was ended by SIGKILL'])
  expect(other![0]).toBe('complete')
  expect(began).toEqual([])
  expect(running()).toEqual([Number(other![2])])
})

test('a process that is killed in the middle takes no host with it', async () => {
  await using scanners = opened()
  const telling = toldOf(scanners, ['a', 'b', 'c'])
  await until(() => running().length === 1)
  for (const pid of running()) process.kill(pid, 'SIGKILL')
  expect((await telling).map(([status]) => status)).toEqual(['complete', 'complete', 'complete'])
})

test('what is cancelled gives what it has', async () => {
  await using scanners = opened()
  const controller = new AbortController()
  const scan = scanners.scanHost(host('waits'), controller.signal)
  setTimeout(() => controller.abort(), 300)
  expect((await scan).reached.reasons[0]?.detail).toBe('cancelled')
})

test('disposing ends what is at work', async () => {
  const scanners = opened()
  const scan = scanners.scanHost(host('waits'), AbortSignal.timeout(300))
  await until(() => running().length === 1)
  await scanners[Symbol.asyncDispose]()
  expect((await scan).reached.reasons[0]?.code).toMatch(/scanner-ended|left-out/)
})

test('no secret is in its arguments or environment, nor anything that would have Node run something else', async () => {
  process.env['NODE_OPTIONS'] = ''
  process.env['ROLLCALL_TEST_TOKEN'] = 'canary'
  try {
    await using scanners = opened()
    const [told] = await toldOf(scanners, ['tells'])
    const { env, argv, execArgv } = JSON.parse(told![2]!) as Record<'env' | 'argv' | 'execArgv', string[]>
    expect(env).not.toContain('NODE_OPTIONS')
    expect(env).not.toContain('ROLLCALL_TEST_TOKEN')
    expect([...argv, ...execArgv].join(' ')).not.toContain('canary')
    expect(execArgv).toContain('--single-threaded')
  } finally {
    delete process.env['NODE_OPTIONS']
    delete process.env['ROLLCALL_TEST_TOKEN']
  }
})

test('it ends with the process that started it, however that ends', async () => {
  const parent = spawn(process.execPath, [fileURLToPath(new URL('testing/parent.ts', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await until(() => running(parent.pid).length === 1)
  const [child] = running(parent.pid)
  parent.kill('SIGKILL')
  await until(() => !running(0).includes(child!))
  expect(child).toBeGreaterThan(0)
})
