import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './figure.ts'

/** A program that does the work to be measured, from its start to its end. */
export interface Contender {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Throws when the output shows that the work was not done. */
  readonly check?: (stdout: string) => void
  /** Runs in the first round only, where what it does is much by itself. */
  readonly once?: true
}

/** What one run took: the program and everything it started, its servers elsewhere not. */
export interface Cost {
  readonly wallSeconds: number
  /** User and system time together. */
  readonly cpuSeconds: number
  /** Of the largest single process. */
  readonly peakMegabytes: number
}

/** Runs all contenders once, then again and again in turn, so that what the machine does besides hits all of them alike. Medians. */
export const interleaved = async (contenders: readonly Contender[], rounds: number): Promise<Map<string, Cost>> => {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const contender of contenders.filter(({ once }) => round === 0 || once !== true))
      costs.get(contender.name)!.push(await costOf(contender))
  return new Map(
    [...costs].map(([name, runs]) => [
      name,
      {
        wallSeconds: median(runs.map(({ wallSeconds }) => wallSeconds)),
        cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
        peakMegabytes: median(runs.map(({ peakMegabytes }) => peakMegabytes)),
      },
    ]),
  )
}

/**
 * Runs a contender in a process namespace of its own: what it leaves in the background, such as a shared SSH connection, ends with
 * it and is counted like the rest. Needs root. Rejects when it fails or its check throws.
 */
export const costOf = async ({ name, argv, input = '', environment = {}, check }: Contender): Promise<Cost> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
  try {
    const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')]
    const measured: [string, ...string[]] = [
      ...TIME,
      outside,
      '-f',
      '%U %S %M',
      ...ENCLOSED,
      'sh',
      ...TIME,
      inside,
      '-f',
      '%e',
      ...argv,
    ]
    const { exit, stdout, stderr } = await finished(measured, input, environment)
    if (exit !== 0) throw new Error(`${name} ended with ${exit}: ${stderr.slice(-1500)}`)
    check?.(stdout)
    const [wall = 0] = await numbers(inside)
    const [user = 0, system = 0, peak = 0] = await numbers(outside)
    return { wallSeconds: wall, cpuSeconds: user + system, peakMegabytes: peak / 1024 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const TIME = ['/usr/bin/time', '-q', '-o'] as const

/** The kernel counts a process when somebody waits for it: what is left in the background is ended, and sh waits for it while it waits for sleep. */
const ENCLOSED = [
  'unshare',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount',
  'sh',
  '-c',
  'mount -t proc proc /proc; "$@"; code=$?; kill -KILL -1; sleep 0.2; exit $code',
] as const

const numbers = async (file: string) => (await readFile(file, 'utf8')).trim().split(' ').map(Number)

const finished = (argv: readonly [string, ...string[]], input: string, environment: Readonly<Record<string, string>>) =>
  new Promise<{ exit: number; stdout: string; stderr: string }>((resolve, reject) => {
    const [program, ...rest] = argv
    const child = spawn(program, rest, { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment } })
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.stdin.on('error', () => {})
    child.on('close', (code) =>
      resolve({
        exit: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    )
    child.stdin.end(input)
  })
