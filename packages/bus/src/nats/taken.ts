import type { Msg } from '@nats-io/transport-node'

/** A message that a consumer gave us, and what we say of it afterwards. */
export interface Taken {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly header: (name: string) => string
  /** How often it was given to somebody, this time included. */
  readonly deliveries: number
  /** It is dealt with: the stream forgets it. */
  done(): void
  /** It is given to somebody again, not before a delay. */
  again(delayMs: number): void
  /** It is still being dealt with. */
  working(): void
}

/** What a broker sends to one who asked for messages: one of them, or how the asking went. */
export const takenFrom = (message: Msg): Taken | undefined => {
  const deliveries = deliveriesOf(message.reply)
  if (deliveries === undefined) return undefined
  const say = (word: string) => {
    try {
      message.respond(word)
    } catch {
      // The connection it came by is gone for good. The broker gives it to somebody again.
    }
  }
  return {
    subject: message.subject,
    bytes: message.data,
    header: (name) => message.headers?.get(name) ?? '',
    deliveries,
    done: () => say('+ACK'),
    again: (delayMs) => say(`-NAK ${JSON.stringify({ delay: Math.round(delayMs) * 1_000_000 })}`),
    working: () => say('+WPI'),
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<…four more>`, or in newer servers the same with `<domain>.<account>` before the stream and
 * perhaps a token at the end.
 */
const deliveriesOf = (reply: string | undefined): number | undefined => {
  const tokens = reply?.split('.') ?? []
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined
  const deliveries = Number(tokens[tokens.length === 9 ? 4 : 6])
  return Number.isSafeInteger(deliveries) && deliveries > 0 ? deliveries : undefined
}
