import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Envelope } from '@rollcall/contract/bus'
import { BusError, matches } from './bus.ts'
import { DEFAULT_TIMEOUT_MS, MAX_AT_WORK, MAX_LINE_BYTES, type Line } from './line.ts'

export interface MemoryLineOptions {
  /** Told of a handler that failed. */
  readonly onTrouble?: (sentence: string, error: unknown) => void
}

interface Listener {
  readonly pattern: string
  readonly atWork: Set<Promise<void>>
  take(text: string, subject: string): Promise<Envelope | undefined>
}

/** The line within one process: the same promises as a broker's, without one. */
export const memoryLine = ({ onTrouble = () => {} }: MemoryLineOptions = {}): Line => {
  const answering = new Set<Listener>()
  const hearing = new Set<Listener>()
  const closing = new AbortController()
  let turn = 0

  const work = async (listener: Listener, text: string, subject: string): Promise<Envelope | undefined> => {
    if (listener.atWork.size >= MAX_AT_WORK) return undefined
    const ended = Promise.withResolvers<void>()
    listener.atWork.add(ended.promise)
    try {
      return await listener.take(text, subject)
    } catch (error) {
      onTrouble(`what came on ${subject} could not be dealt with`, error)
      return undefined
    } finally {
      listener.atWork.delete(ended.promise)
      ended.resolve()
    }
  }

  const listen = (
    among: Set<Listener>,
    pattern: string,
    take: (message: Envelope, subject: string) => Promise<Envelope | undefined>,
  ): AsyncDisposable => {
    if (closing.signal.aborted) throw new BusError('closed')
    const listener: Listener = {
      pattern,
      atWork: new Set(),
      // Parsed anew for every listener: what a handler does to a message is nobody else's business.
      take: async (text, subject) => take(JSON.parse(text) as Envelope, subject),
    }
    among.add(listener)
    return {
      async [Symbol.asyncDispose]() {
        among.delete(listener)
        await Promise.all(listener.atWork)
      },
    }
  }

  return {
    async ask(subject, message, { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = {}) {
      const text = written(message, closing.signal)
      signal?.throwIfAborted()
      const able = [...answering].filter(({ pattern }) => matches(pattern, subject))
      const listener = able[turn++ % Math.max(able.length, 1)]
      if (listener === undefined) throw new BusError('no-answer')
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), timeoutMs)
      try {
        const ended = AbortSignal.any([closing.signal, late.signal, ...(signal === undefined ? [] : [signal])])
        const answer = await Promise.race([afterTheCaller(() => work(listener, text, subject)), endOf(ended)])
        if (answer !== undefined) return JSON.parse(written(answer, closing.signal)) as Envelope
      } finally {
        clearTimeout(timer)
      }
      if (closing.signal.aborted) throw new BusError('closed')
      signal?.throwIfAborted()
      // A question that failed waits in vain, as it does at a broker, which does not hear of it.
      throw new BusError('no-answer')
    },

    answer: async (pattern, handler) => listen(answering, pattern, handler),

    async tell(subject, message) {
      const text = written(message, closing.signal)
      for (const listener of hearing)
        if (matches(listener.pattern, subject)) void afterTheCaller(() => work(listener, text, subject))
    },

    hear: async (pattern, handler) =>
      listen(hearing, pattern, async (message, subject) => {
        await handler(message, subject)
        return undefined
      }),

    async [Symbol.asyncDispose]() {
      closing.abort()
      const busy = [...answering, ...hearing].flatMap(({ atWork }) => [...atWork])
      answering.clear()
      hearing.clear()
      await Promise.all(busy)
    },
  }
}

const written = (message: Envelope, closing: AbortSignal): string => {
  if (closing.aborted) throw new BusError('closed')
  const text = JSON.stringify(message)
  if (Buffer.byteLength(text) > MAX_LINE_BYTES) throw new BusError('too-large')
  return text
}

/** As with a broker: a handler never runs inside the call that led to it. */
const afterTheCaller = async <Value>(run: () => Promise<Value>): Promise<Value> => {
  await nextTurn()
  return run()
}

const endOf = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
