import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** An agent or a collector of a crash test. */
export interface Running {
  readonly child: ChildProcess
  last: string
}

const started = new Set<ChildProcess>()

export const killAll = (): void => {
  for (const child of started) child.kill('SIGKILL')
}

/** Starts one; `before`: a program that starts it in its turn. */
export const start = (
  name: 'agent' | 'collector',
  args: readonly string[],
  {
    dieAt = '',
    before = [],
    env = {},
  }: { readonly dieAt?: string; readonly before?: readonly string[]; readonly env?: Record<string, string> } = {},
): Running => {
  const [program = '', ...rest] = [...before, process.execPath, join(import.meta.dirname, `${name}.ts`), ...args]
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env, DIE_AT: dieAt },
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  child.stdin.on('error', () => {})
  const running: Running = { child, last: '' }
  child.stdout.on('data', (bytes: Buffer) => (running.last = bytes.toString().trim().split('\n').at(-1) ?? ''))
  return running
}

export const killed = async ({ child }: Running): Promise<void> => {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

export const until = async (condition: () => boolean, ms: number): Promise<boolean> => {
  const end = performance.now() + ms
  while (!condition() && performance.now() < end) await sleep(20)
  return condition()
}
