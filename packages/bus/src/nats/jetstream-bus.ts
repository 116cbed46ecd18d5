import { randomUUID } from 'node:crypto'
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { MessageRefused } from '@rollcall/contract/bus'
import { BusError, MAX_DELIVERIES, MAX_MESSAGE_BYTES, type Bus, type Handler } from '../bus.ts'
import { isForbidden } from './broker-failure.ts'
import type { BrokerConnection } from './connection.ts'
import { keepStreams } from './keeping.ts'
import { PART_HEADER, partsOf } from './parts.ts'
import { PIECE_BYTES } from './permissions.ts'
import { MISSING, serveConsumer, type Delivery, type Serving } from './serving.ts'
import { API, consumerOf, FAR_API, streamOf, type StreamSettings } from './streams.ts'
import { abortable, ownDelay, pause } from './waiting.ts'

export interface JetStreamBusOptions {
  readonly streams: readonly StreamSettings[]
  /**
   * Whether streams and consumers are made here, mended, and made again when a broker lost them: the collector does so. Others use what
   * is there, and wait until it is.
   */
  readonly keeps: boolean
  /**
   * Told of a message that is put aside: its subject, and the error of its last delivery. It is taken off the stream when this resolves; if
   * it rejects, the message comes again.
   */
  readonly onAside?: (subject: string, error: unknown) => void | Promise<void>
  /** Told what the broker does not do of what was asked of it, whenever that changes. */
  readonly onShortcomings?: (sentences: readonly string[]) => void
  /** Milliseconds before the nth delivery is tried again. */
  readonly retryDelay?: (delivery: number) => number
  /** A message of a receiver that is silent for so long is given to another. */
  readonly ackWaitMs?: number
}

export interface JetStreamBus extends Bus {
  /** What the broker does not do of what was asked of it, in sentences. Empty until it is connected. */
  readonly shortcomings: readonly string[]
  /** Makes, in the background, the queue that others serve who may not make it. */
  prepare(pattern: string): void
}

const ANSWER_MS = 4000

/** Messages taken before there is somebody to deal with them, where nobody else could. */
const AHEAD = 32

/**
 * The bus over JetStream. That a message was published means that the broker has it, not that it will never lose it: who needs more than
 * that waits for the receiver's own word.
 */
export const jetStreamBus = (
  connection: BrokerConnection,
  {
    streams,
    keeps,
    onAside = () => {},
    onShortcomings = () => {},
    retryDelay = (delivery) => 250 * 4 ** delivery,
    ackWaitMs = 60_000,
  }: JetStreamBusOptions,
): JetStreamBus => {
  const { wire } = connection
  const closing = new AbortController()
  const servers = new Set<Serving>()
  const onKept = () => {
    for (const server of servers) server.again()
  }
  const keeping = keeps ? keepStreams(connection, { streams, ackWaitMs, onShortcomings, onKept }) : undefined
  let longOne: Promise<void> = Promise.resolve()

  let ending: { lost: AbortSignal; either: AbortSignal } | undefined
  const untilLost = () => {
    const { lost } = connection
    if (ending?.lost !== lost) ending = { lost, either: AbortSignal.any([lost, closing.signal]) }
    return ending.either
  }

  const publishPiece = async (stream: string, subject: string, bytes: Uint8Array, id: string, part?: string) => {
    const delay = ownDelay(50, 5000)
    const begun = performance.now()
    const told = new Set<string>()
    while (true) {
      const nats = await connection.connected(closing.signal).catch(closedInstead)
      try {
        await abortable(sent(nats, stream, subject, bytes, id, part), untilLost())
        return
      } catch (error) {
        if (closing.signal.aborted) throw new BusError('closed', { cause: error })
        if (isForbidden(error)) throw new BusError('forbidden', { cause: error })
        if (connection.state.state !== 'connected') continue
        const sentence = whyNotTaken(stream, error)
        // Streams are made, and leaders chosen, within a moment, of which nobody needs to hear.
        const early = !isFull(error) && performance.now() - begun < WORTH_TELLING_MS
        if (!early && !told.has(sentence)) connection.onTrouble(sentence, error)
        if (!early) told.add(sentence)
      }
      // Whether it was taken is not known, so it is sent again under the same id, which is taken once.
      await pause(delay.next(), closing.signal)
    }
  }

  const publishParts = async (stream: string, subject: string, bytes: Uint8Array, id: string) => {
    for (const [index, part] of partsOf(id, bytes, PIECE_BYTES).entries())
      await publishPiece(stream, subject, part.bytes, `${id}.${index}`, part.header)
  }

  const putAside = async (delivery: Delivery, error: unknown) => {
    try {
      await onAside(delivery.subject, error)
      delivery.done()
    } catch (failure) {
      connection.onTrouble(`a message on ${delivery.subject} could not be put aside`, failure)
      delivery.again(retryDelay(MAX_DELIVERIES))
    }
  }

  const handOver = (handler: Handler) => async (delivery: Delivery) => {
    if (delivery.deliveries > MAX_DELIVERIES)
      return putAside(delivery, new Error('whoever it was given to was gone before it was dealt with'))
    try {
      await handler(wire.read(delivery.subject, delivery.bytes), delivery.subject)
      delivery.done()
    } catch (error) {
      // Bytes that are not believed will not be believed next time either.
      if (error instanceof MessageRefused || delivery.deliveries >= MAX_DELIVERIES) await putAside(delivery, error)
      else delivery.again(retryDelay(delivery.deliveries))
    }
  }

  const refuse = async (delivery: Delivery, why: string) => {
    if (why !== MISSING || delivery.deliveries >= MAX_DELIVERIES) await putAside(delivery, new Error(why))
    else delivery.again(retryDelay(delivery.deliveries))
  }

  return {
    get shortcomings() {
      return keeping?.shortcomings ?? []
    },

    prepare(pattern) {
      streamOf(streams, pattern)
      keeping?.want(pattern)
    },

    async publish(subject, message) {
      if (closing.signal.aborted) throw new BusError('closed')
      const stream = streamOf(streams, subject)
      const bytes = wire.write(subject, message)
      if (bytes.length > MAX_MESSAGE_BYTES) throw new BusError('too-large')
      const id = randomUUID()
      if (bytes.length <= PIECE_BYTES) return publishPiece(stream.name, subject, bytes, id)
      if (!stream.inParts) throw new BusError('too-large')
      // One after the other: what is begun at a receiver stays within its bounds.
      const before = longOne
      const parts = before.then(() => publishParts(stream.name, subject, bytes, id))
      longOne = parts.catch(() => {})
      return parts
    },

    async serve(pattern, handler, { concurrency = 1 } = {}) {
      if (closing.signal.aborted) throw new BusError('closed')
      const stream = streamOf(streams, pattern)
      keeping?.want(pattern)
      const serving = serveConsumer(connection, {
        stream: stream.name,
        consumer: consumerOf(pattern),
        // Whoever keeps streams is at the servers that have them; others may have to go through a server of their network.
        apis: keeps ? [API] : [API, FAR_API],
        concurrency,
        ahead: stream.inParts ? AHEAD : 0,
        ackWaitMs,
        retryDelay,
        take: handOver(handler),
        refuse,
        onGone: () => keeping?.look(),
      })
      servers.add(serving)
      return {
        async [Symbol.asyncDispose]() {
          await serving[Symbol.asyncDispose]()
          servers.delete(serving)
        },
      }
    },

    async backlog(pattern) {
      const { name } = streamOf(streams, pattern)
      if (connection.state.state !== 'connected') return undefined
      try {
        const nats = await abortable(connection.connected(closing.signal), untilLost())
        const manager = await jetstreamManager(nats, { checkAPI: false, timeout: ANSWER_MS })
        const { state, ts } = await abortable(manager.streams.info(name), untilLost())
        const waited = Date.parse(ts ?? new Date().toISOString()) - Date.parse(state.first_ts)
        return {
          messages: state.messages,
          bytes: state.bytes,
          oldestMs: state.messages === 0 ? 0 : Math.max(0, waited),
        }
      } catch {
        // It was lost meanwhile, or is choosing a leader, or has no stream yet: then nothing is known of what waits.
        return undefined
      }
    },

    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return
      closing.abort()
      await Promise.all([...servers].map((server) => server[Symbol.asyncDispose]()))
      await keeping?.stop()
    },
  }
}

const sent = async (
  nats: NatsConnection,
  stream: string,
  subject: string,
  bytes: Uint8Array,
  msgID: string,
  part: string | undefined,
) => {
  const said = headers()
  if (part !== undefined) said.set(PART_HEADER, part)
  await jetstream(nats, { timeout: ANSWER_MS }).publish(subject, bytes, {
    msgID,
    headers: said,
    expect: { streamName: stream },
  })
}

/** What a server says of a stream that holds as much as it may. */
const STREAM_FULL = 10_077

const isFull = (error: unknown) => error instanceof JetStreamApiError && error.code === STREAM_FULL

const whyNotTaken = (stream: string, error: unknown): string =>
  isFull(error)
    ? `stream ${stream} is full; what is to be published waits`
    : `stream ${stream} does not take anything now; what is to be published waits`

const WORTH_TELLING_MS = 5000

const closedInstead = (): never => {
  throw new BusError('closed')
}
