import { spawn, type ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'

/** A server that a lab started: known by its process, and stopped by nothing else. */
export interface ServerProcess {
  readonly pid: number
  /** What it printed, its last 64 KiB. */
  output(): string
  /** Lets it finish, and ends it after ten seconds. */
  stop(): Promise<void>
}

/** Starts a server in the foreground and waits until it listens. */
export const startServer = async (
  program: string,
  args: readonly string[],
  listens: { readonly address: string; readonly port: number },
  options: { readonly env?: NodeJS.ProcessEnv; readonly seconds?: number } = {},
): Promise<ServerProcess> => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('latin1')).slice(-65_536)
    })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      printed += error.message
      resolve()
    })
  })
  const server: ServerProcess = { pid: child.pid ?? 0, output: () => printed, stop: () => stop(child, ended) }
  const until = Date.now() + (options.seconds ?? 20) * 1000
  while (!(await answers(listens.address, listens.port))) {
    if (hasEnded(child) || Date.now() > until) {
      await server.stop()
      throw new Error(`${program} does not listen: ${printed.slice(-2000)}`)
    }
    await after(25)
  }
  return server
}

const hasEnded = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

const stop = async (child: ChildProcess, ended: Promise<void>) => {
  if (hasEnded(child)) return
  child.kill('SIGTERM')
  await Promise.race([ended, after(10_000, undefined, { ref: false })])
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}

const answers = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection({ host, port })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
