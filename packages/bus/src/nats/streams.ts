import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream'
import { BusError } from '../bus.ts'

/** Streams of the fleet, by their names at the broker. */
export const REPORTS = 'ROLLCALL_REPORTS'
export const ORDERS = 'ROLLCALL_ORDERS'

/**
 * What the servers that keep our streams are together called: by that name they are reached from behind a server that keeps none, which
 * passes nothing on that goes to no name.
 */
export const DOMAIN = 'rollcall'

/** Where the servers that keep streams are asked for something, from among their own clients and from behind another server. */
export const API = '$JS.API'
export const FAR_API = `$JS.${DOMAIN}.API`

/** A queue that the broker keeps in a file: a message is there until somebody has done with it. */
export interface StreamSettings {
  readonly name: string
  readonly subjects: readonly string[]
  /** Beyond it, a publisher waits. */
  readonly maxBytes: number
  /** Messages of one subject that wait at most, so that one sender cannot fill what others need too. */
  readonly maxPerSubject?: number
  /** Messages older than this are dropped: for what has an end of its own, which whoever sent it watches. */
  readonly maxAgeMs?: number
  /** Servers that keep it; default 1. */
  readonly replicas?: number
  /**
   * What is longer than a piece travels in parts, put together by who receives it; so only where one process at a time receives, since parts
   * that two of them get fit nowhere. Elsewhere such a message is refused as too large.
   */
  readonly inParts: boolean
}

export interface FleetStreams {
  readonly replicas?: number
  readonly reportBytes?: number
  readonly orderBytes?: number
}

const MEBIBYTE = 1024 * 1024
const DAY_MS = 86_400_000

/** What carries the fleet. The numbers are those that `rollcall nats config` makes room for. */
export const fleetStreams = ({
  replicas = 1,
  reportBytes = 2048 * MEBIBYTE,
  orderBytes = 256 * MEBIBYTE,
}: FleetStreams = {}): readonly StreamSettings[] => [
  {
    name: REPORTS,
    subjects: ['rollcall.report.*', 'rollcall.progress.*'],
    maxBytes: reportBytes,
    // An agent keeps what it has to say in its spool; at the broker lies only what is on the way.
    maxPerSubject: 512,
    replicas,
    inParts: true,
  },
  { name: ORDERS, subjects: ['rollcall.order.*.*'], maxBytes: orderBytes, maxAgeMs: DAY_MS, replicas, inParts: false },
]

/** The durable consumer that all who serve a pattern share, by a name that both sides know without asking. */
export const consumerOf = (pattern: string): string =>
  pattern
    .split('.')
    .map((token) => (token === '*' ? 'ANY' : token))
    .join('_')

/** The stream that carries a subject, or all that match a pattern. Throws BusError `no-stream` when none of them does. */
export const streamOf = (streams: readonly StreamSettings[], pattern: string): StreamSettings => {
  const found = streams.find(({ subjects }) => subjects.some((subject) => covers(subject, pattern)))
  if (found === undefined) throw new BusError('no-stream')
  return found
}

/** Whether a pattern takes in all that another does. */
const covers = (wide: string, narrow: string): boolean => {
  const [wanted, given] = [wide.split('.'), narrow.split('.')]
  return wanted.length === given.length && wanted.every((token, index) => token === '*' || token === given[index])
}

const NANOSECONDS = 1_000_000

/** Within it, what is published again after an answer was lost is taken once. */
const DUPLICATE_WINDOW_MS = 120_000

/** What is asked of the server. Everything that matters is said, so that it can be compared with what the server made of it. */
export const streamConfig = (settings: StreamSettings) =>
  ({
    name: settings.name,
    subjects: [...settings.subjects],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: settings.maxBytes,
    max_age: (settings.maxAgeMs ?? 0) * NANOSECONDS,
    num_replicas: settings.replicas ?? 1,
    duplicate_window: DUPLICATE_WINDOW_MS * NANOSECONDS,
    ...(settings.maxPerSubject === undefined
      ? {}
      : { max_msgs_per_subject: settings.maxPerSubject, discard_new_per_subject: true }),
  }) satisfies Partial<StreamConfig>
