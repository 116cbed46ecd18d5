import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab, LabHost } from './lab/lab.ts'

const LAUNCHER = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs the `rollcall` command to its end, as this user or another. */
export const rollcall = (
  args: readonly string[],
  as: { uid?: number; gid?: number; home?: string } = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const { home, ...ids } = as
    const env: NodeJS.ProcessEnv = { ...process.env, ...(home === undefined ? {} : { HOME: home }) }
    delete env['SSH_AUTH_SOCK']
    const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env, ...ids })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => resolve({ stdout, stderr, code: code ?? -1 }))
  })

/** What `rollcall scan --json` tells of one host, with the state of the scan in a folder of its own. */
export const scanOf = async (
  lab: Pick<Lab, 'knownHosts'>,
  host: Pick<LabHost, 'user' | 'address' | 'port' | 'keyFile'>,
  more: readonly string[] = [],
): Promise<Scanned> => {
  await using state = await stateFolder()
  const login = ['--key', host.keyFile, '--known-hosts', lab.knownHosts, '--host-keys', 'strict']
  const target = `${host.user}@${host.address}:${host.port}`
  const ended = await rollcall(['scan', target, '--json', ...login, '--data', state.path, ...more])
  const lines = ended.stdout.split('\n').filter((line) => line !== '')
  return { ...ended, lines: lines.map((line) => JSON.parse(line) as ScanLine) }
}

export interface Scanned extends Ended {
  readonly lines: readonly ScanLine[]
}

/** A host, a finding or an outcome. */
export interface ScanLine {
  readonly kind: string
  readonly target: string
  readonly probe?: string
  readonly [field: string]: unknown
}

/** A folder of its own for state, for this user alone. */
export const stateFolder = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-state-'))
  await chmod(path, 0o700)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface Running extends AsyncDisposable {
  readonly address: string
  readonly oneTimeSecret: string | undefined
  readonly process: ChildProcess
  /** Everything it printed so far, both streams. */
  printed(): string
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Starts `rollcall up` on a free port and waits until it serves. Rejects with what it printed when it does not. */
export const startRollcall = (args: readonly string[]): Promise<Running> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, 'up', '--listen', '127.0.0.1:0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    const ended = new Promise<void>((end) => child.once('close', () => end()))
    const stop = async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await ended
    }
    const hear = (chunk: Buffer) => {
      printed += chunk.toString()
      const address = /Dashboard\s+(\S+)/.exec(printed)?.[1]
      if (address === undefined || !/Data\s+\S+\n/.test(printed)) return
      child.stdout.off('data', hear)
      child.stdout.on('data', (more: Buffer) => (printed += more.toString()))
      resolve({
        address,
        oneTimeSecret: /First login\s+(\S+)/.exec(printed)?.[1],
        process: child,
        printed: () => printed,
        kill: () => stop('SIGKILL'),
        [Symbol.asyncDispose]: () => stop('SIGTERM'),
      })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.once('close', (code) => reject(new Error(`rollcall up ended with ${code}: ${printed}`)))
  })
