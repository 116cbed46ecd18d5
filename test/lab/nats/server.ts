import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

/** A nats-server of this machine, and its version. */
export interface NatsProgram {
  readonly path: string
  readonly version: string
}

/** The installed server, and those that ROLLCALL_NATS_SERVERS names (paths, with colons between them). */
export const natsPrograms = (): readonly NatsProgram[] =>
  ['nats-server', ...(process.env['ROLLCALL_NATS_SERVERS'] ?? '').split(':')].flatMap((path) => {
    if (path === '') return []
    const said = spawnSync(path, ['--version'], { encoding: 'utf8' })
    const version = /v(\d+\.\d+\.\d+)/.exec(said.stdout ?? '')?.[1]
    return version === undefined ? [] : [{ path, version }]
  })

/** One server in a folder of its own, on loopback, that can be killed and started again where it was. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly pid: number
  start(): Promise<void>
  /** As a machine that loses its processes: no word to anybody. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Forgets all that its streams held, and that there were any. */
  loseStore(): void
  /** Has it read its configuration again. */
  reload(): void
  /** What it said, for a test that fails. */
  log(): string
}

export interface NatsServerOptions {
  readonly program?: NatsProgram
  /** The rest of the configuration; host, port and, unless `plain`, a JetStream folder are given. */
  readonly config?: string | ((at: { readonly folder: string; readonly port: number }) => string)
  readonly jetStream?: boolean
  readonly port?: number
}

export const natsServer = async (options: NatsServerOptions = {}): Promise<NatsServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-nats-'))
  const port = options.port ?? (await freePort('127.0.0.1', [0]))
  const { config = '' } = options
  writeFileSync(
    join(folder, 'nats.conf'),
    [
      'host: 127.0.0.1',
      `port: ${port}`,
      ...(options.jetStream === false ? [] : [`jetstream { store_dir: "${folder}/store" }`]),
      typeof config === 'string' ? config : config({ folder, port }),
    ].join('\n'),
  )
  const server = runningServer(options.program?.path ?? 'nats-server', join(folder, 'nats.conf'), folder, port)
  await server.start()
  return server
}

/** The same from a configuration that stands somewhere already. */
export const runningServer = (program: string, config: string, folder: string, port: number): NatsServer => {
  let child: ChildProcess | undefined
  let said = ''

  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    folder,
    get pid() {
      return child?.pid ?? 0
    },
    async start() {
      child = spawn(program, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
      child.stderr?.on('data', (bytes: Buffer) => void (said = (said + bytes.toString('utf8')).slice(-100_000)))
      const started = child
      running.add(started)
      started.once('exit', () => running.delete(started))
      for (let tries = 0; !(await greets(port)); tries++) {
        if (child.exitCode !== null || tries > 400) throw new Error(`nats-server did not start: ${said.slice(-2000)}`)
        await delay(25)
      }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    loseStore: () => rmSync(join(folder, 'store'), { recursive: true, force: true }),
    reload: () => void child?.kill('SIGHUP'),
    log: () => said,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A test that is stopped takes its servers with it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Whether a server says its first word, or takes a connection and waits for TLS. */
const greets = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const say = (answer: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => say(true), 500)
    socket.once('data', () => say(true))
    socket.once('error', () => say(false))
  })
