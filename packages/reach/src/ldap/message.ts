import { Buffer } from 'node:buffer'
import { BerWriter, Control } from 'ldapts'
import type { SearchControl } from '@rollcall/discovery'
import { BerCursor, TAG } from './ber.ts'
import { readControls } from './entry.ts'

/** Protocol operations that a server sends (RFC 4511 4.2 to 4.13). */
export const ANSWER = {
  bind: 0x61,
  entry: 0x64,
  searchDone: 0x65,
  reference: 0x73,
  extended: 0x78,
  intermediate: 0x79,
} as const

/** The end of an operation: RFC 4511 4.1.9 with what it is followed by. */
export interface LdapResult {
  readonly code: number
  /** What the server says of it: hostile text, never shown. */
  readonly message: string
  readonly referrals: readonly string[]
  /** The name of an extended answer. */
  readonly oid?: string
  readonly controls: ReadonlyMap<string, Uint8Array>
}

const REFERRAL = 0xa3
const RESPONSE_NAME = 0x8a

/** Reads a result from the element of its operation and what follows it in the message. Throws `Malformed`. */
export const readResult = (message: BerCursor, operation: number): LdapResult => {
  const body = message.inside(operation)
  const code = body.integer(TAG.enumerated)
  body.skip()
  const text = body.text()
  const referrals = body.tag === REFERRAL ? texts(body.inside(REFERRAL)) : []
  let oid: string | undefined
  while (body.tag !== -1)
    if (body.tag === RESPONSE_NAME) oid = body.text(RESPONSE_NAME)
    else body.skip()
  return { code, message: text, referrals, ...(oid === undefined ? {} : { oid }), controls: readControls(message) }
}

/** The URLs of a reference (RFC 4511 4.5.3). Throws `Malformed`. */
export const readReference = (message: BerCursor): readonly string[] => texts(message.inside(ANSWER.reference))

/** Throws `Malformed`. */
export const readIntermediate = (message: BerCursor): { readonly oid: string; readonly value: Uint8Array } => {
  const body = message.inside(ANSWER.intermediate)
  const oid = body.tag === 0x80 ? body.text(0x80) : ''
  return { oid, value: body.tag === 0x81 ? Uint8Array.from(body.content(0x81)) : new Uint8Array() }
}

const texts = (list: BerCursor): string[] => {
  const found: string[] = []
  while (list.tag !== -1) {
    const text = list.text()
    if (found.length < MAX_URLS) found.push(text.slice(0, MAX_URL_LENGTH))
  }
  return found
}

const MAX_URLS = 100
const MAX_URL_LENGTH = 2000

/** A control of a request, with its value as it is. */
export class RawControl extends Control {
  readonly #value: Uint8Array | undefined

  constructor({ oid, critical, value }: SearchControl) {
    super(oid, { critical: critical === true })
    this.#value = value
  }

  protected override writeControl(writer: BerWriter): void {
    if (this.#value !== undefined) writer.writeBuffer(Buffer.from(this.#value), TAG.octets)
  }
}

export const PAGED_RESULTS = '1.2.840.113556.1.4.319'

/** Asks for a page (RFC 2696). */
export const pageControl = (size: number, cookie: Uint8Array): RawControl => {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(size)
  writer.writeBuffer(Buffer.from(cookie), TAG.octets)
  writer.endSequence()
  return new RawControl({ oid: PAGED_RESULTS, value: writer.buffer })
}

/** The cookie with which the next page is asked for; empty where this was the last. Throws `Malformed`. */
export const nextPage = (controls: ReadonlyMap<string, Uint8Array>): Uint8Array => {
  const value = controls.get(PAGED_RESULTS)
  if (value === undefined) return new Uint8Array()
  const page = new BerCursor(Buffer.from(value)).inside(TAG.sequence)
  page.skip()
  return Uint8Array.from(page.content(TAG.octets))
}
