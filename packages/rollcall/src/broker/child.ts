import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { UsageError } from '../usage-error.ts'

/** A nats-server that was found on this machine. */
export interface FoundServer {
  readonly path: string
  readonly version: string
}

/** The nats-server of this name or path; undefined where there is none that runs. */
export const findServer = (path = 'nats-server'): FoundServer | undefined => {
  const said = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = /v?(\d+\.\d+\.\d+)/.exec(said.stdout ?? '')?.[1]
  return version === undefined ? undefined : { path, version }
}

/** What a nats-server has against a configuration; undefined if nothing. */
export const testConfiguration = (server: FoundServer, configuration: string): string | undefined => {
  const tested = spawnSync(server.path, ['-t', '-c', configuration], { encoding: 'utf8', timeout: 30_000 })
  return tested.status === 0 ? undefined : `${configuration}: ${firstLine(tested.stderr ?? '')}`
}

export interface ServerChild extends AsyncDisposable {
  readonly pid: number | undefined
}

export interface ServerChildOptions {
  readonly server: FoundServer
  readonly configuration: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly log: Logger
}

const READY_MS = 15_000
const STOP_MS = 10_000
const MOST_PAUSE_MS = 30_000

/**
 * Runs a nats-server until it is disposed, and again when it dies. Resolves when it takes connections. Throws UsageError when it does not
 * start: the address is taken, or the configuration is not for its version.
 */
export const startServer = async (options: ServerChildOptions): Promise<ServerChild> => {
  const { server, configuration, listen, log } = options
  const problem = testConfiguration(server, configuration)
  if (problem !== undefined) throw new UsageError(`${server.path} does not take its configuration: ${problem}`)
  let child: ChildProcess
  let stopping = false
  let pauseMs = 250

  const run = () => {
    child = spawn(server.path, ['-c', configuration], { stdio: ['ignore', 'ignore', 'pipe'] })
    const begun = performance.now()
    let last = ''
    child.stderr?.on('data', (bytes: Buffer) => void (last = bytes.toString('utf8').slice(-2000)))
    child.once('error', (error) => log.error({ err: error }, 'nats-server cannot be run'))
    child.once('exit', (code, signal) => {
      if (stopping) return
      log.error({ code, signal, said: lastLine(last) }, 'nats-server ended and is started again')
      // One that lived for a while is started at once; one that does not live is not started in a ring.
      pauseMs = performance.now() - begun > 60_000 ? 250 : Math.min(pauseMs * 2, MOST_PAUSE_MS)
      setTimeout(() => {
        if (!stopping) run()
      }, pauseMs).unref()
    })
    return child
  }

  const stop = async () => {
    stopping = true
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  if (await taken(listen))
    throw new UsageError(`The broker cannot listen on ${listen.host}:${listen.port}: something listens there already.`)
  run()
  // Whatever ends us ends the server too.
  const last = () => void child.kill('SIGKILL')
  process.once('exit', last)
  for (const end = performance.now() + READY_MS; !(await taken(listen));) {
    if (performance.now() > end || child!.exitCode !== null) {
      await stop()
      throw new UsageError(
        `nats-server does not start with ${configuration}; "${server.path} -c ${configuration}" says why.`,
      )
    }
    await delay(50)
  }
  return {
    get pid() {
      return child.pid
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', last)
      await stop()
    },
  }
}

/** Whether something takes connections there. */
const taken = ({ host, port }: { readonly host: string; readonly port: number }) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: reachable(host), port })
    const say = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => say(false))
    socket.once('connect', () => say(true))
    socket.once('error', () => say(false))
  })

/** Where what listens on every address is reached from here. */
const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

const firstLine = (text: string) => text.trim().split('\n')[0] ?? ''
const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''
