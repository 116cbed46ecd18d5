import type { Buffer } from 'node:buffer'

/** Bytes that are not the BER (X.690, in the form that RFC 4511 5.1 allows) which they should be. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const

/** Reads elements one after the other, within its bounds only. Throws `Malformed`, and never reads twice what it read. */
export class BerCursor {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
  }

  /** The tag of the next element; -1 behind the last. */
  get tag(): number {
    return this.#at < this.#end ? this.#bytes[this.#at]! : -1
  }

  /** The content of the next element, which has to have this tag, as bytes that are not copied. */
  content(tag: number): Buffer {
    const { from, to } = this.#element(tag)
    return this.#bytes.subarray(from, to)
  }

  /** A cursor over the content of the next element. */
  inside(tag: number): BerCursor {
    const { from, to } = this.#element(tag)
    return new BerCursor(this.#bytes, from, to)
  }

  text(tag: number = TAG.octets): string {
    const { from, to } = this.#element(tag)
    return this.#bytes.toString('utf8', from, to)
  }

  integer(tag: number = TAG.integer): number {
    const { from, to } = this.#element(tag)
    if (to === from || to - from > 4) throw new Malformed('an integer of unexpected size')
    return this.#bytes.readIntBE(from, to - from)
  }

  /** Leaves out whatever comes next. */
  skip(): void {
    this.#element(this.tag)
  }

  #element(tag: number): { from: number; to: number } {
    const bytes = this.#bytes
    if (this.#at + 2 > this.#end || bytes[this.#at] !== tag) throw new Malformed('an element is missing')
    const short = bytes[this.#at + 1]!
    let from = this.#at + 2
    let length = short
    if (short >= 0x80) {
      const count = short & 0x7f
      if (count === 0 || count > 4 || from + count > this.#end) throw new Malformed('a length of unexpected size')
      length = bytes.readUIntBE(from, count)
      from += count
    }
    if (length > this.#end - from) throw new Malformed('an element is longer than what holds it')
    this.#at = from + length
    return { from, to: from + length }
  }
}
