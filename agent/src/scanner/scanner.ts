import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { isSea } from 'node:sea'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Target } from '@rollcall/contract'
import { ReachError } from '@rollcall/reach'
import type { Secret } from '@rollcall/secret'
import { SCANNER_FLAGS, SCANNER_WORD } from './flags.ts'
import { openPipe } from './pipe.ts'
import { ScannerEnded } from './scanner-ended.ts'
import type { Answers, FromScanner, Gives, ToScanner, Work } from './words.ts'

/** What a process that scans may take. */
export interface Ceilings {
  /** V8's heap, in MiB: beyond it the process ends by itself. */
  readonly heap: number
  /** All of its memory, in MiB. */
  readonly resident: number
  /** Processor time in seconds, over its life: one that nobody watches any more ends by that as well. */
  readonly processor: number
}

export interface ScannerOptions {
  readonly ceilings: Ceilings
  /** Digests secrets that are found. */
  readonly digestKey?: Secret
  /** A program in place of ours. */
  readonly program?: string
}

/** A process that scans. Disposing ends it. */
export interface Scanner extends AsyncDisposable {
  /** Work that is under way. */
  readonly busy: number
  /** Whether it has ended or is about to: it takes no more work. */
  readonly over: boolean
  /**
   * Has it do something. An abort is told to it, and what it gives then is what it has until then. Rejects with `ReachError` where a target
   * cannot be reached, and with `ScannerEnded` when the process ends before it is done.
   */
  run<Kind extends Work['kind']>(
    work: Extract<Work, { kind: Kind }>,
    target: Target,
    options: RunOptions,
  ): Promise<Gives[Kind]>
}

export interface RunOptions {
  readonly answers: Answers
  readonly signal: AbortSignal
  /** Milliseconds after which the process is ended, with all else that it does. */
  readonly mostMs: number
}

/** A fault of ours in a process that scans. */
class ScannerFault extends Error {
  override readonly name = 'ScannerFault'
}

const PROGRAM = isSea() ? '' : fileURLToPath(new URL('./scanner-main.ts', import.meta.url))

/** No core is written, which would hold secrets, whatever ends it. */
const LIMITED = 'ulimit -c 0; ulimit -t "$1"; shift; exec "$@"'

const LOOKED_EVERY_MS = 500
/** Asked for a sign of life every so many looks, and ended after so many without one. What is counted are looks, in case this process is held up itself. */
const ASKED_EVERY = 10
const SILENT_AT_MOST = 240
/** After a cancellation what it has is waited for so long. */
const CANCELLED_MS = 30_000
const ENDS_WITHIN_MS = 2000
const MOST_QUESTIONS = 1024

export const startScanner = ({ ceilings, digestKey, program = PROGRAM }: ScannerOptions): Scanner => {
  const heap = `--max-old-space-size=${ceilings.heap}`
  // A program that is one file has its settings within, and is told by a word what it is to be.
  const settings = isSea() ? [SCANNER_WORD] : [...SCANNER_FLAGS, heap, program]
  const node = [process.execPath, ...settings]
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', String(ceilings.processor), ...node], {
    cwd: '/',
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // What a terminal sends to all of a group is for this process, which then tells the others.
    detached: true,
  })
  const complaint = lastOf(child)
  const works = new Map<number, Underway>()
  const { promise: exited, resolve: exit } = Promise.withResolvers<void>()
  let [began, asking, silent, looks] = [0, 0, 0, 0]
  let [over, gone] = [false, false]
  let why: string | undefined

  const kill = (reason: string) => {
    why ??= reason
    over = true
    if (!gone) child.kill('SIGKILL')
  }
  const gave = (work: number, settle: (one: Underway) => void) => {
    const one = works.get(work)
    works.delete(work)
    if (one !== undefined) settle(one)
  }
  const answer = async ({ work, question, what, about }: Extract<FromScanner, { say: 'ask' }>) => {
    const given: ((asked: never) => Promise<unknown>) | undefined = works.get(work)?.answers[what]
    if (given === undefined || asking >= MOST_QUESTIONS) return kill(STRANGE)
    asking++
    try {
      await pipe.send({ say: 'answer', question, answer: (await given(about as never)) as never })
    } catch {
      await pipe.send({ say: 'no-answer', question })
    } finally {
      asking--
    }
  }

  const pipe = openPipe<ToScanner, FromScanner>(child.stdio[3] as Duplex, 'told', {
    heard(message) {
      silent = 0
      if (message.say === 'ask') void answer(message)
      else if (message.say === 'done') gave(message.work, ({ resolve }) => resolve(message.gives))
      else if (message.say === 'unreached') gave(message.work, (one) => one.reject(unreached(message, one.target)))
      else if (message.say === 'fault') gave(message.work, ({ reject }) => reject(faultOf(message)))
    },
    ended(how) {
      over = true
      if (how === 'fault') kill(STRANGE)
    },
  })

  const weigh = async (pid: number) => {
    if ((await residentOf(pid)) > ceilings.resident) kill(TOO_LARGE)
  }
  const watch = setInterval(() => {
    if (child.pid === undefined || gone) return
    if (++looks % ASKED_EVERY === 0) void pipe.send({ say: 'alive?' })
    if (++silent > SILENT_AT_MOST) return kill('it gave no sign of life any more')
    void weigh(child.pid)
  }, LOOKED_EVERY_MS)
  child.once('error', () => (why ??= 'it could not be started'))
  // Not `exit`: what it said before is heard first.
  child.once('close', (code, signal) => {
    gone = true
    over = true
    clearInterval(watch)
    pipe.close()
    const ended = new ScannerEnded(why ?? endOf(code, signal, complaint()))
    for (const { reject } of works.values()) reject(ended)
    works.clear()
    exit()
  })
  void pipe.send({ say: 'setting', ...(digestKey === undefined ? {} : { digestKey }) })

  return {
    get busy() {
      return works.size
    },
    get over() {
      return over
    },
    async run(of, target, { answers, signal, mostMs }) {
      if (gone) throw new ScannerEnded(why ?? 'it ended before')
      const work = began++
      const { promise, resolve, reject } = Promise.withResolvers<Gives[Work['kind']]>()
      works.set(work, { target, answers, resolve, reject })
      const tooLong = setTimeout(() => kill('it took longer than it may'), mostMs)
      let held: NodeJS.Timeout | undefined
      const cancel = () => {
        void pipe.send({ say: 'cancel', work })
        held = setTimeout(() => kill('it did not heed that it was cancelled'), CANCELLED_MS)
      }
      signal.addEventListener('abort', cancel, { once: true })
      void pipe.send({ say: 'begin', work, of })
      if (signal.aborted) cancel()
      try {
        return (await promise) as Gives[typeof of.kind]
      } finally {
        clearTimeout(tooLong)
        clearTimeout(held)
        signal.removeEventListener('abort', cancel)
      }
    },
    async [Symbol.asyncDispose]() {
      over = true
      pipe.close()
      const late = setTimeout(() => kill('it did not end'), ENDS_WITHIN_MS)
      await exited
      clearTimeout(late)
    },
  }
}

interface Underway {
  readonly target: Target
  readonly answers: Answers
  readonly resolve: (gives: Gives[Work['kind']]) => void
  readonly reject: (error: Error) => void
}

const STRANGE = 'it said what was not to be understood'
const TOO_LARGE = 'it took more memory than it may'

const unreached = ({ code, detail }: Extract<FromScanner, { say: 'unreached' }>, target: Target) =>
  new ReachError(code, target, detail === undefined ? {} : { detail })

const faultOf = ({ name, where }: Extract<FromScanner, { say: 'fault' }>) => {
  const fault = new ScannerFault(`${name} in a process that scans`)
  fault.stack = `${fault.name}: ${fault.message}\n${where}`
  return fault
}

/** Nothing of ours but what tells where programs and authorities are: no token, and no setting that would have Node run something else. */
const environment = (): NodeJS.ProcessEnv => {
  const kept = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']
  const compiled = getCompileCacheDir()
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
  }
}

/** The last that it complained of. It is only searched: it may quote what a target sent. */
const lastOf = ({ stderr }: ChildProcess): (() => string) => {
  let last = ''
  stderr?.setEncoding('latin1').on('data', (text: string) => (last = (last + text).slice(-16_384)))
  return () => last
}

/** In MiB; 0 where this machine does not tell. */
const residentOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
}

const endOf = (code: number | null, signal: NodeJS.Signals | null, complaint: string): string => {
  if (/heap out of memory|allocation failed/i.test(complaint)) return TOO_LARGE
  if (signal === 'SIGXCPU') return 'it took more processor time than it may'
  return signal === null ? `it ended by itself with ${code ?? 'nothing'}` : `it was ended by ${signal}`
}
