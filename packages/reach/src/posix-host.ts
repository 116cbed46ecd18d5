import { randomBytes } from 'node:crypto'
import type { Host, HostAnswer, HostRequest } from '@rollcall/discovery'
import { askedBefore } from './asked-before.ts'
import { readAnswers, unanswered, type AnswerReader, type Silence } from './answers.ts'
import { batchScript, preambleOf, type BatchMarks } from './script.ts'
import type { SudoList } from './sudo-list.ts'

/** The two ends of a shell that runs on a host. Whoever made it says how it got there. */
export interface Shell {
  write(text: string): void
  /** Hears from now on; what was said before is not repeated. */
  hear(listener: ShellListener): void
  /** Ends it at once, and whatever it runs. Harmless when it has ended. */
  close(): void
}

export interface ShellListener {
  readonly output: (bytes: Uint8Array) => void
  /** Its standard error. */
  readonly messages: (bytes: Uint8Array) => void
  readonly ended: () => void
}

export interface PosixHostOptions {
  readonly idleMs: number
  readonly totalBytes: number
  /** Aborted with a `Silence` as its reason when the host has had its time or the scan is cancelled. */
  readonly over: AbortSignal
}

export interface Conversation {
  readonly ask: Host['ask']
  /** From now on uses what sudo lists. */
  readonly useSudo: (list: SudoList) => void
  /** Batches asked so far. */
  readonly batches: () => number
}

/** Asks a running POSIX shell: each batch is one script and one answer. See `Host.ask` for what it promises. */
export const converse = (shell: Shell, { idleMs, totalBytes, over }: PosixHostOptions): Conversation => {
  let silence: Silence | undefined
  let said = 0
  let complained = 0
  let batches = 0
  const told = new Set<string>()
  let sudo: SudoList | undefined
  let waiting: { reader: AnswerReader; settle: () => void; idle: NodeJS.Timeout } | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const finish = () => {
    if (waiting === undefined) return
    clearTimeout(waiting.idle)
    const { settle } = waiting
    waiting = undefined
    settle()
  }
  const fallSilent = (why: Silence) => {
    if (silence !== undefined) return
    silence = why
    shell.close()
    finish()
  }
  const count = (bytes: Uint8Array) => {
    said += bytes.length
    if (said > totalBytes) fallSilent('too-large')
  }

  shell.hear({
    output(bytes) {
      if (silence !== undefined) return
      if (waiting !== undefined) {
        waiting.idle.refresh()
        const state = waiting.reader.push(bytes)
        if (state === 'done') finish()
        if (state === 'broken') fallSilent('connection-lost')
        if (state === 'flooded') fallSilent('too-large')
      }
      count(bytes)
    },
    messages(bytes) {
      count(bytes)
      complained += bytes.length
      if (complained > MAX_COMPLAINTS) fallSilent('too-large')
    },
    ended: () => fallSilent('connection-lost'),
  })
  const stop = () => fallSilent(silenceOf(over.reason))
  if (over.aborted) stop()
  else over.addEventListener('abort', stop, { once: true })

  const askNow = async (questions: readonly HostRequest[], signal: AbortSignal): Promise<HostAnswer[]> => {
    const requests = askedBefore(questions)
    if (signal.aborted) fallSilent('cancelled')
    if (silence !== undefined) return requests.map((request) => unanswered(request, silence!))
    const marks: BatchMarks = { frame: nonce(), stat: nonce() }
    const reader = readAnswers(requests, marks, sudo)
    const cancel = () => fallSilent('cancelled')
    signal.addEventListener('abort', cancel, { once: true })
    try {
      await new Promise<void>((settle) => {
        waiting = { reader, settle, idle: setTimeout(() => fallSilent('timed-out'), idleMs) }
        batches++
        shell.write(preambleOf(requests, told, sudo) + batchScript(requests, marks, sudo))
      })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
    return reader.answers(silence ?? 'connection-lost')
  }

  return {
    useSudo: (list) => void (sudo = list),
    batches: () => batches,
    ask(requests, signal) {
      if (requests.length === 0) return Promise.resolve([])
      const answers = turn.then(() => askNow(requests, signal))
      turn = answers
      return answers
    },
  }
}

/** The script sends messages of programs nowhere, so hardly any come. */
const MAX_COMPLAINTS = 1024 * 1024

const SILENCES = new Set<unknown>(['timed-out', 'connection-lost', 'cancelled', 'too-large'])
const silenceOf = (reason: unknown): Silence => (SILENCES.has(reason) ? (reason as Silence) : 'cancelled')

/** 128 random bits in hexadecimal: nothing on a host can hold it before we say it. */
export const nonce = (): string => randomBytes(16).toString('hex')
