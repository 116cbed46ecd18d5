import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { BusError, matches } from '../bus.ts'
import { DEFAULT_TIMEOUT_MS, MAX_AT_WORK, MAX_LINE_BYTES, type Line } from '../line.ts'
import { isForbidden } from './broker-failure.ts'
import type { BrokerConnection } from './connection.ts'
import { abortable, pause } from './waiting.ts'

export interface NatsLineOptions {
  /** Told of what was not believed: its subject, and why. */
  readonly onRefused?: (subject: string, error: unknown) => void
}

/**
 * A line over the broker. An answer is written, and read, under the subject of its question, so that a wire which looks at subjects knows
 * whose word it is. Several who answer the same pattern share the questions.
 */
export const natsLine = (connection: BrokerConnection, { onRefused = () => {} }: NatsLineOptions = {}): Line => {
  const { wire } = connection
  const closing = new AbortController()
  const open = new Set<AsyncDisposable>()

  const serve = async (pattern: string, queue: string | undefined, take: (message: Msg) => Promise<void>) => {
    let subscription: Subscription | undefined
    const atWork = new Set<Promise<void>>()
    const begin = (message: Msg) => {
      const work = worked(message).finally(() => atWork.delete(work))
      atWork.add(work)
    }
    const worked = async (message: Msg) => {
      try {
        await take(message)
      } catch (error) {
        connection.onTrouble(`what came on ${message.subject} could not be dealt with`, error)
      }
    }
    const listen = (nats: NatsConnection, fresh: boolean) => {
      if (!fresh && subscription?.isClosed() === false) return
      // A refused subscription is told by the connection, which hears of it too.
      const heard = (error: Error | null, message: Msg) => {
        if (error === null && matches(pattern, message.subject) && atWork.size < MAX_AT_WORK) begin(message)
      }
      subscription = nats.subscribe(pattern, { ...(queue === undefined ? {} : { queue }), callback: heard })
    }
    const forget = connection.onConnected(listen)
    const server = {
      async [Symbol.asyncDispose]() {
        if (!open.delete(server)) return
        forget()
        if (subscription?.isClosed() === false) subscription.unsubscribe()
        await Promise.all(atWork)
      },
    }
    open.add(server)
    if (connection.state.state === 'connected') await inForce(connection, closing.signal)
    return server
  }

  /** The message that came, if it is believed. */
  const read = (subject: string, bytes: Uint8Array) => {
    try {
      return wire.read(subject, bytes)
    } catch (error) {
      onRefused(subject, error)
      return undefined
    }
  }

  const written = (subject: string, message: Parameters<typeof wire.write>[1]) => {
    const bytes = wire.write(subject, message)
    if (bytes.length > MAX_LINE_BYTES) throw new BusError('too-large')
    return bytes
  }

  return {
    async ask(subject, message, { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = {}) {
      if (closing.signal.aborted) throw new BusError('closed')
      signal?.throwIfAborted()
      const bytes = written(subject, message)
      const deadline = performance.now() + timeoutMs
      const late = AbortSignal.timeout(timeoutMs)
      const ended = AbortSignal.any([closing.signal, late, ...(signal === undefined ? [] : [signal])])
      try {
        const nats = await connection.connected(ended)
        const answer = await abortable(
          nats.request(subject, bytes, { timeout: Math.max(1, deadline - performance.now()) }),
          ended,
        )
        const believed = read(subject, answer.data)
        if (believed !== undefined) return believed
      } catch (error) {
        if (closing.signal.aborted) throw new BusError('closed', { cause: error })
        signal?.throwIfAborted()
        if (isForbidden(error)) throw new BusError('forbidden', { cause: error })
        throw error instanceof BusError ? error : new BusError('no-answer', { cause: error })
      }
      throw new BusError('no-answer')
    },

    async answer(pattern, handler) {
      if (closing.signal.aborted) throw new BusError('closed')
      return serve(pattern, 'rollcall', async (asked) => {
        const message = read(asked.subject, asked.data)
        if (message === undefined) return
        const answer = await handler(message, asked.subject)
        asked.respond(written(asked.subject, answer))
      })
    },

    async tell(subject, message) {
      if (closing.signal.aborted) throw new BusError('closed')
      const bytes = written(subject, message)
      // What is old when the broker is back is worth nothing then.
      if (connection.state.state !== 'connected') return
      const nats = await connection.connected(closing.signal)
      nats.publish(subject, bytes)
    },

    async hear(pattern, handler) {
      if (closing.signal.aborted) throw new BusError('closed')
      return serve(pattern, undefined, async (said) => {
        const message = read(said.subject, said.data)
        if (message !== undefined) await handler(message, said.subject)
      })
    },

    async [Symbol.asyncDispose]() {
      closing.abort()
      await Promise.all([...open].map((server) => server[Symbol.asyncDispose]()))
    },
  }
}

const IN_FORCE_MS = 2000

/** The broker knows of what was subscribed. If it is slow, or goes away, whoever listens hears as soon as it does. */
const inForce = async (connection: BrokerConnection, signal: AbortSignal): Promise<void> => {
  const flushed = connection.connected(signal).then((nats) => nats.flush())
  await Promise.race([flushed, pause(IN_FORCE_MS, signal)]).catch(() => {})
}
