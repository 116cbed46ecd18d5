import { Buffer } from 'node:buffer'
import { TAG } from './ber.ts'

const FIRST = 128 * 1024

/** A message that is complete: where it lies in the bytes of the inbox. */
export interface Cut {
  readonly id: number
  readonly operation: number
  /** Where the element of the operation begins. */
  readonly from: number
  /** Where its content begins, and where it ends. */
  readonly content: number
  readonly contentEnd: number
  /** Where the message ends. */
  readonly end: number
}

/**
 * Cuts what arrives into LDAP messages (RFC 4511 4.1.1). Linear in what arrives, however it is cut into pieces: a message is looked
 * at again only when it is complete, and never takes more room than what arrived of it.
 */
export class Inbox {
  readonly #most: number
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST)
  #spare: Buffer | undefined
  #filled = 0
  /** Where the next message begins. */
  #cut = 0
  /** How far it has to be filled before it is worth looking. */
  #wanted = 0

  /** `most`: bytes of one message. */
  constructor(most: number) {
    this.#most = most
  }

  /** Bytes of the messages that were cut and not yet given away. */
  get complete(): number {
    return this.#cut
  }

  /** Whether bytes came behind the last message that was cut. */
  get rest(): boolean {
    return this.#filled > this.#cut
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  append(chunk: Uint8Array): void {
    const filled = this.#filled + chunk.length
    // No further than the message that is under way needs, where that is more than has arrived.
    if (filled > this.#bytes.length) this.#grow(this.#wanted > filled ? Math.min(2 * filled, this.#wanted) : 2 * filled)
    this.#bytes.set(chunk, this.#filled)
    this.#filled = filled
  }

  /** The next complete message; undefined where more has to arrive first; what is wrong where nothing good can follow. */
  next(): Cut | 'too-large' | 'malformed' | undefined {
    const [bytes, at, filled] = [this.#bytes, this.#cut, this.#filled]
    if (filled < this.#wanted || filled < at + 2) return undefined
    if (bytes[at] !== TAG.sequence) return 'malformed'
    const content = contentAt(bytes, at, filled)
    if (content <= 0) return content === 0 ? undefined : 'malformed'
    const end = content + contentLength
    if (end - at > this.#most) return 'too-large'
    if (filled < end) {
      this.#wanted = end
      return undefined
    }
    const idAt = content
    const idLength = bytes[idAt + 1]!
    const from = idAt + 2 + idLength
    // A message number (0 to 2³¹-1), and an operation that fills the rest but for controls.
    if (content + 2 > end || bytes[idAt] !== TAG.integer || idLength < 1 || idLength > 4 || from + 2 > end)
      return 'malformed'
    const inner = contentAt(bytes, from, end)
    if (inner <= 0 || inner + contentLength > end) return 'malformed'
    this.#cut = end
    this.#wanted = end
    return {
      id: bytes.readIntBE(idAt + 2, idLength),
      operation: bytes[from]!,
      from,
      content: inner,
      contentEnd: inner + contentLength,
      end,
    }
  }

  /** Gives away the bytes of all messages that were cut, and goes on in others. */
  detach(): Buffer {
    const bytes = this.#bytes
    const rest = this.#filled - this.#cut
    this.#bytes =
      this.#spare !== undefined && this.#spare.length >= rest
        ? this.#spare
        : Buffer.allocUnsafeSlow(Math.max(FIRST, rest))
    this.#spare = undefined
    bytes.copy(this.#bytes, 0, this.#cut, this.#filled)
    this.#wanted = Math.max(0, this.#wanted - this.#cut)
    this.#filled = rest
    this.#cut = 0
    return bytes
  }

  /** Takes bytes back that were given away. The larger room is kept: one that is left to be collected takes as much, and there are many. */
  giveBack(bytes: Buffer): void {
    if (this.#spare === undefined || bytes.length > this.#spare.length) this.#spare = bytes
  }

  #grow(size: number) {
    const larger = Buffer.allocUnsafeSlow(size)
    this.#bytes.copy(larger, 0, 0, this.#filled)
    this.#bytes = larger
  }
}

let contentLength = 0

/** Where the content of the element at `at` begins; 0 where its length has not arrived, -1 where it is none. */
const contentAt = (bytes: Buffer, at: number, end: number): number => {
  const length = bytes[at + 1]!
  if (length < 0x80) {
    contentLength = length
    return at + 2
  }
  const count = length & 0x7f
  if (count === 0 || count > 4) return -1
  if (at + 2 + count > end) return 0
  contentLength = bytes.readUIntBE(at + 2, count)
  return at + 2 + count
}
