import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../lab/free-port.ts'
import { natsPrograms } from '../lab/nats/server.ts'
import type { Bench, Figure } from './frame/figure.ts'

const MAIN = join(import.meta.dirname, '../../packages/rollcall/src/main.ts')
/** What a process has allocated and no longer needs is given back by then. */
const SETTLED_MS = 30_000

/** What an agent takes of a machine's memory while it waits for orders, beside a Node process that does nothing. */
const bench: Bench = { name: 'agent', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  if (natsPrograms().length === 0) {
    yield { figure: 'idle-resident', unit: 'MB', detail: 'not measured: no nats-server is installed' }
    return
  }
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [collector, agent] = [join(folder, 'collector'), join(folder, 'agent')]
  const [web, nats] = [await freePort('127.0.0.1', [0]), await freePort('127.0.0.1', [0])]
  const up = ['up', '--data', collector, '--listen', `127.0.0.1:${web}`, '--nats-listen', `127.0.0.1:${nats}`]
  await started(stack, [MAIN, ...up, '--no-scan', '--schedule', 'off'], 'First login')
  const token = said(['token', 'create', '--segment', 'bench', '--data', collector]).trim()
  said(['agent', 'enrol', token, '--server', `tls://127.0.0.1:${nats}`, '--data', agent])
  const serving = await started(stack, [MAIN, 'agent', 'run', '--data', agent], 'serves its collector')
  const empty = await started(stack, ['-e', 'console.log("ready"); setInterval(() => {}, 1000)'], 'ready')
  await sleep(SETTLED_MS)
  const [idle, nothing] = [memoryOf(serving), memoryOf(empty)]
  yield { figure: 'idle-resident', value: idle.resident, unit: 'MB', goal: { atMost: 80 } }
  yield {
    figure: 'idle-private',
    value: idle.private,
    unit: 'MB',
    goal: { atMost: 25 },
    detail: 'anonymous memory; the rest is the program itself, which several processes share',
  }
  yield { figure: 'empty-node-resident', value: nothing.resident, unit: 'MB' }
  yield { figure: 'empty-node-private', value: nothing.private, unit: 'MB' }
}

const said = (args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`rollcall ${args[0]} ended with ${status}: ${stderr}`)
  return stdout
}

/** Starts something, and waits until it says that it is ready. */
const started = async (stack: AsyncDisposableStack, args: readonly string[], ready: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
    await ended
    clearTimeout(timer)
  })
  let text = ''
  for await (const bytes of child.stdout.iterator({ destroyOnReturn: false })) {
    text += String(bytes)
    if (text.includes(ready)) break
  }
  if (!text.includes(ready)) throw new Error(`it ended before it was ready: ${args.join(' ')}`)
  child.stdout.resume()
  return child
}

/** In MB of 2^20 bytes, as the kernel counts it. */
const memoryOf = ({ pid }: ChildProcess) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
  return { resident: of('Rss'), private: of('Anonymous') }
}
