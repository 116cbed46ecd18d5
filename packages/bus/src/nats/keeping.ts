import {
  AckPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
} from '@nats-io/jetstream'
import type { BrokerConnection } from './connection.ts'
import { brokerFailure } from './broker-failure.ts'
import { consumerOf, streamConfig, streamOf, type StreamSettings } from './streams.ts'
import { differences, versionShortcomings } from './shortcomings.ts'
import { ownDelay, pause } from './waiting.ts'

/** Keeps streams and their consumers as they should be: makes them, mends them, and makes them again when a broker lost them. */
export interface Keeping {
  /** Wants a consumer for a pattern from now on. */
  want(pattern: string): void
  /** Looks whether everything is there; somebody found that it may not be. */
  look(): void
  readonly shortcomings: readonly string[]
  stop(): Promise<void>
}

export interface KeepingOptions {
  readonly streams: readonly StreamSettings[]
  readonly ackWaitMs: number
  readonly onShortcomings: (sentences: readonly string[]) => void
  /** Everything is there now. */
  readonly onKept: () => void
}

const NANOSECONDS = 1_000_000

/** Messages that consumers may have given out and not heard of again, over all who share one. */
const MOST_UNACKNOWLEDGED = 2000

export const keepStreams = (connection: BrokerConnection, options: KeepingOptions): Keeping => {
  const wanted = new Set<string>()
  const closing = new AbortController()
  let shortcomings: readonly string[] = []
  let due = false
  let looking: Promise<void> | undefined

  const found = (sentences: readonly string[]) => {
    if (sentences.join('\n') === shortcomings.join('\n')) return
    shortcomings = sentences
    options.onShortcomings(sentences)
  }

  const lookOnce = async () => {
    const nats = await connection.connected(closing.signal)
    const manager = await jetstreamManager(nats, { checkAPI: false })
    const lacks = versionShortcomings(nats.info?.version ?? '')
    for (const settings of options.streams) lacks.push(...(await keepStream(manager, settings)))
    for (const pattern of wanted) await keepConsumer(manager, pattern, options)
    found(lacks)
    options.onKept()
  }

  const lookUntilDone = async () => {
    const delay = ownDelay(200, 5000)
    for (let told = false; due && !closing.signal.aborted;) {
      due = false
      try {
        await lookOnce()
        delay.reset()
      } catch (error) {
        if (closing.signal.aborted) return
        due = true
        // Servers that choose a leader answer nobody for some seconds.
        if (!told) connection.onTrouble(`the broker does not keep our streams yet: ${refusal(error)}`, error)
        told = true
        await pause(delay.next(), closing.signal)
      }
    }
  }

  const look = () => {
    due = true
    looking ??= lookUntilDone().finally(() => {
      looking = undefined
      if (due && !closing.signal.aborted) look()
    })
  }

  const forget = connection.onConnected(look)

  return {
    want(pattern) {
      wanted.add(pattern)
      look()
    },
    look,
    get shortcomings() {
      return shortcomings
    },
    async stop() {
      forget()
      closing.abort()
      await looking
    },
  }
}

/** The stream as asked for, or as near as the server gets; in sentences, what it did not take on. */
const keepStream = async (manager: JetStreamManager, settings: StreamSettings): Promise<readonly string[]> => {
  const wanted = streamConfig(settings)
  const known = await manager.streams.info(settings.name).catch((error: unknown) => {
    if (isCode(error, JetStreamApiCodes.StreamNotFound)) return undefined
    throw error
  })
  if (known === undefined) return differences(settings.name, wanted, (await manager.streams.add(wanted)).config)
  if (differences(settings.name, wanted, known.config).length === 0) return []
  try {
    const changed = await manager.streams.update(settings.name, { ...known.config, ...wanted })
    return differences(settings.name, wanted, changed.config)
  } catch (error) {
    // It stays as it is, which is said, and works.
    if (error instanceof JetStreamApiError) return differences(settings.name, wanted, known.config)
    throw error
  }
}

const keepConsumer = async (manager: JetStreamManager, pattern: string, options: KeepingOptions): Promise<void> => {
  await manager.consumers.add(streamOf(options.streams, pattern).name, {
    durable_name: consumerOf(pattern),
    filter_subject: pattern,
    ack_policy: AckPolicy.Explicit,
    ack_wait: options.ackWaitMs * NANOSECONDS,
    // Counted by who receives, who also puts aside: a server that gives up keeps the message and tells nobody.
    max_deliver: -1,
    max_ack_pending: MOST_UNACKNOWLEDGED,
    max_waiting: MOST_UNACKNOWLEDGED,
  })
}

const refusal = (error: unknown): string =>
  error instanceof JetStreamApiError ? `it says "${error.message}"` : brokerFailure(error)

const isCode = (error: unknown, code: number) => error instanceof JetStreamApiError && error.code === code
