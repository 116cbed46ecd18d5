import type { Envelope } from '@rollcall/contract/bus'

/**
 * Messages in, messages out, at least once. Delivery may repeat and, with a concurrency over one, overtake: receivers are
 * idempotent. A message is acknowledged when its handler resolves, and delivered again when it rejects.
 */
export interface Bus extends AsyncDisposable {
  /**
   * Hands a message over. Resolves when the bus holds it; waits while the queue is full.
   * Rejects with BusError `closed`, `too-large` over 8 MiB, or what only a broker says: `forbidden`, `no-stream`.
   */
  publish(subject: string, message: Envelope): Promise<void>
  /**
   * Receives what is published on a subject, or on all that match a pattern (`*` is one dot-separated token). What was
   * published before anybody served it is delivered too. Disposing waits for handlers at work and stops.
   */
  serve(pattern: string, handler: Handler, options?: ServeOptions): Promise<AsyncDisposable>
  /**
   * What waits on the queue of a pattern, with all else that shares it, and what is dealt with just now. Undefined while the broker does not
   * say.
   */
  backlog(pattern: string): Promise<Backlog | undefined>
}

export interface Backlog {
  readonly messages: number
  readonly bytes: number
  /** How long the oldest of them has waited, by the clock of who keeps it; 0 where nothing waits. */
  readonly oldestMs: number
}

export type Handler = (message: Envelope, subject: string) => Promise<void>

export interface ServeOptions {
  /** Handlers at work at the same time; default 1, which keeps the order of each subject. */
  readonly concurrency?: number
}

/** What is put aside after this many failed deliveries, so that one poisonous message cannot stop the rest. */
export const MAX_DELIVERIES = 5

export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024

const sentences = {
  closed: 'the bus is closed',
  'no-answer': 'nobody answered',
  'too-large': `a message has at most ${MAX_MESSAGE_BYTES} bytes`,
  forbidden: 'the broker does not allow it',
  'no-stream': 'no stream carries this subject',
} as const

export class BusError extends Error {
  override readonly name = 'BusError'
  readonly code: keyof typeof sentences

  constructor(code: keyof typeof sentences, options?: ErrorOptions) {
    super(sentences[code], options)
    this.code = code
  }
}

/** Whether a subject matches a pattern in which `*` stands for one token. */
export const matches = (pattern: string, subject: string): boolean => {
  const [wanted, given] = [pattern.split('.'), subject.split('.')]
  return wanted.length === given.length && wanted.every((token, index) => token === '*' || token === given[index])
}
