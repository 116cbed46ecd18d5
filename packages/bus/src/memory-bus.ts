import type { Envelope } from '@rollcall/contract/bus'
import {
  BusError,
  matches,
  MAX_DELIVERIES,
  MAX_MESSAGE_BYTES,
  type Bus,
  type Handler,
  type ServeOptions,
} from './bus.ts'

export interface MemoryBusOptions {
  /** Told of a message that was put aside: its subject, and the error of its last delivery. */
  readonly onAside?: (subject: string, error: unknown) => void
  /** Messages that wait at most, over all subjects; a publisher waits beyond. */
  readonly capacity?: number
  /** Milliseconds before the nth delivery is tried again. */
  readonly retryDelay?: (delivery: number) => number
}

interface Held {
  readonly subject: string
  readonly text: string
  readonly at: number
  deliveries: number
}

interface Server {
  readonly pattern: string
  readonly handler: Handler
  readonly concurrency: number
  busy: number
  readonly idle: (() => void)[]
}

/** The bus within one process: the same promises as a broker's, without one. What waits when the process ends is lost. */
export const memoryBus = ({
  onAside = () => {},
  capacity = 10_000,
  retryDelay = (delivery) => 50 * 4 ** delivery,
}: MemoryBusOptions = {}): Bus => {
  const queue: Held[] = []
  const undone = new Set<Held>()
  const servers = new Set<Server>()
  const waiting: (() => void)[] = []
  const retries = new Set<ReturnType<typeof setTimeout>>()
  let closed = false

  const deliver = () => {
    for (const server of servers) {
      for (let index = 0; index < queue.length && server.busy < server.concurrency;) {
        if (!matches(server.pattern, queue[index]!.subject)) {
          index++
          continue
        }
        const [held] = queue.splice(index, 1)
        waiting.shift()?.()
        void handle(server, held!)
      }
    }
  }

  const handle = async (server: Server, held: Held) => {
    server.busy++
    held.deliveries++
    try {
      // Parsed anew for every delivery: what a handler does to a message is nobody else's business.
      await server.handler(JSON.parse(held.text) as Envelope, held.subject)
    } catch (error) {
      if (held.deliveries < MAX_DELIVERIES) return retry(server, held)
      onAside(held.subject, error)
    }
    undone.delete(held)
    over(server)
  }

  const over = (server: Server) => {
    server.busy--
    if (server.busy === 0) for (const settle of server.idle.splice(0)) settle()
    deliver()
  }

  const retry = (server: Server, held: Held) => {
    const timer = setTimeout(() => {
      retries.delete(timer)
      queue.unshift(held)
      deliver()
    }, retryDelay(held.deliveries))
    retries.add(timer)
    over(server)
  }

  return {
    async publish(subject, message) {
      const text = JSON.stringify(message)
      if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw new BusError('too-large')
      while (queue.length >= capacity) {
        if (closed) break
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      if (closed) throw new BusError('closed')
      const held = { subject, text, at: performance.now(), deliveries: 0 }
      queue.push(held)
      undone.add(held)
      // After the publisher has its answer, as with a broker: a handler never runs inside publish.
      setImmediate(deliver)
    },

    async serve(pattern, handler, { concurrency = 1 }: ServeOptions = {}) {
      if (closed) throw new BusError('closed')
      const server: Server = { pattern, handler, concurrency, busy: 0, idle: [] }
      servers.add(server)
      setImmediate(deliver)
      return {
        async [Symbol.asyncDispose]() {
          servers.delete(server)
          if (server.busy > 0) await new Promise<void>((resolve) => server.idle.push(resolve))
        },
      }
    },

    async backlog(pattern) {
      const waiting = [...undone].filter(({ subject }) => matches(pattern, subject))
      const [oldest] = waiting
      return {
        messages: waiting.length,
        bytes: waiting.reduce((sum, { text }) => sum + text.length, 0),
        oldestMs: oldest === undefined ? 0 : performance.now() - oldest.at,
      }
    },

    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of retries) clearTimeout(timer)
      for (const wake of waiting.splice(0)) wake()
      const busy = [...servers].filter((server) => server.busy > 0)
      servers.clear()
      await Promise.all(busy.map((server) => new Promise<void>((resolve) => server.idle.push(resolve))))
      queue.length = 0
    },
  }
}
