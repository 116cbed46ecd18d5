import { Buffer } from 'node:buffer'
import type { DirectoryEntry } from '@rollcall/discovery'
import { BerCursor, Malformed, TAG } from './ber.ts'

/** Bytes that entries look into; undefined once they may no longer. */
export interface Held {
  bytes: Buffer | undefined
}

/** The rest of an attribute that a server gives in ranges (MS-ADTS 3.1.1.3.1.3.3). */
export interface Range {
  /** The name as it was sent, such as `member;range=0-1499`. */
  readonly sent: string
  /** The name without its range. */
  readonly base: string
  /** The number of the first value that is still to come; absent where these are the last. */
  readonly next?: number
}

/** What one entry may hold: an entry with more is none that is believed. */
const MAX_ATTRIBUTES = 10_000
const MAX_VALUES = 400_000
/** Active Directory knows about 1,500 attributes. */
const MAX_NAMES = 4000

/** The name of an attribute, met before. */
interface Name {
  readonly raw: Buffer
  /** Lower case. */
  readonly text: string
  readonly range: Range | undefined
  /** The one that came behind it last time: entries of a search are much alike. */
  next: Name | undefined
}

/** Reads entries of one connection. It knows the names of attributes that it has met, so that each is decoded once. */
export class EntryReader {
  readonly #names = new Map<string, Name>()
  readonly #start: Name = { raw: Buffer.alloc(0), text: '', range: undefined, next: undefined }

  /** The entry whose content (RFC 4511 4.5.2) lies there, with its controls up to `end`. Undefined when it is malformed. */
  read(held: Held, from: number, to: number, end: number): LdapEntry | undefined {
    const bytes = held.bytes!
    const dn = element(bytes, from, to, TAG.octets)
    if (dn < 0) return undefined
    const dnTo = contentEnd
    const list = element(bytes, dnTo, to, TAG.sequence)
    if (list < 0 || contentEnd !== to) return undefined
    const names: Name[] = []
    /** Where the values of each begin and end, and how many they are. */
    const spans: number[] = []
    let previous = this.#start
    let values = 0
    let ranged = false
    for (let at = list; at < to;) {
      const attribute = element(bytes, at, to, TAG.sequence)
      if (attribute < 0) return undefined
      const attributeTo = contentEnd
      const name = element(bytes, attribute, attributeTo, TAG.octets)
      if (name < 0) return undefined
      const nameTo = contentEnd
      const set = element(bytes, nameTo, attributeTo, TAG.set)
      if (set < 0 || contentEnd !== attributeTo) return undefined
      let count = 0
      for (let value = set; value < attributeTo; value = contentEnd, count++)
        if (element(bytes, value, attributeTo, TAG.octets) < 0) return undefined
      values += count
      previous = this.#name(previous, bytes, name, nameTo)
      ranged ||= previous.range !== undefined
      names.push(previous)
      spans.push(set, attributeTo, count)
      if (names.length > MAX_ATTRIBUTES || values > MAX_VALUES) return undefined
      at = attributeTo
    }
    return new LdapEntry(held, { dn, dnTo, names, spans, ranged, end })
  }

  #name(previous: Name, bytes: Buffer, from: number, to: number): Name {
    const guess = previous.next
    if (guess !== undefined && same(guess.raw, bytes, from, to)) return guess
    const key = bytes.toString('latin1', from, to)
    const known = this.#names.get(key)
    if (known !== undefined) {
      previous.next = known
      return known
    }
    const name = newName(bytes, from, to)
    // A server that makes up names without end is not remembered.
    if (this.#names.size < MAX_NAMES && to - from <= 256) {
      this.#names.set(key, name)
      previous.next = name
    }
    return name
  }
}

interface Layout {
  readonly dn: number
  readonly dnTo: number
  readonly names: readonly Name[]
  readonly spans: readonly number[]
  readonly ranged: boolean
  /** Where the message ends: behind the attributes are its controls. */
  readonly end: number
}

/** An entry over the bytes of its message: nothing is decoded before it is asked for. */
export class LdapEntry implements DirectoryEntry {
  readonly #held: Held
  readonly #layout: Layout
  #dn: string | undefined
  #names: readonly string[] | undefined
  /** Values that were asked for afterwards, by the name of their attribute; they take the place of the ranges. */
  #whole: Map<string, readonly Uint8Array[]> | undefined

  constructor(held: Held, layout: Layout) {
    this.#held = held
    this.#layout = layout
  }

  get dn(): string {
    return (this.#dn ??= this.#bytes.toString('utf8', this.#layout.dn, this.#layout.dnTo))
  }

  get names(): readonly string[] {
    return (this.#names ??= this.#layout.names.map(({ text, range }) =>
      range !== undefined && this.#whole?.has(range.base) === true ? range.base : text,
    ))
  }

  values(name: string): readonly Uint8Array[] {
    const whole = this.#whole?.get(name)
    if (whole !== undefined) return whole
    const at = this.#find(name)
    if (at < 0) return NONE
    const bytes = this.#bytes
    const { spans } = this.#layout
    const to = spans[at + 1]!
    const values: Uint8Array[] = []
    for (let value = spans[at]!; value < to; value = contentEnd) {
      const from = element(bytes, value, to, TAG.octets)
      values.push(bytes.subarray(from, contentEnd))
    }
    return values
  }

  texts(name: string): readonly string[] {
    const whole = this.#whole?.get(name)
    if (whole !== undefined) return whole.map((value) => Buffer.from(value.subarray(0, LONGEST_TEXT)).toString('utf8'))
    const at = this.#find(name)
    if (at < 0) return NONE
    const bytes = this.#bytes
    const { spans } = this.#layout
    const to = spans[at + 1]!
    const texts: string[] = []
    for (let value = spans[at]!; value < to; value = contentEnd) {
      const from = element(bytes, value, to, TAG.octets)
      texts.push(textIn(bytes, from, contentEnd))
    }
    return texts
  }

  text(name: string): string | undefined {
    const at = this.#whole === undefined ? this.#find(name) : -1
    if (at < 0) return this.texts(name)[0]
    const { spans } = this.#layout
    if (spans[at + 2] === 0) return undefined
    const bytes = this.#bytes
    const from = element(bytes, spans[at]!, spans[at + 1]!, TAG.octets)
    return textIn(bytes, from, contentEnd)
  }

  get controls(): ReadonlyMap<string, Uint8Array> | undefined {
    const { spans, end, dnTo } = this.#layout
    const bytes = this.#bytes
    const from = spans.length === 0 ? afterEmptyList(bytes, dnTo, end) : spans[spans.length - 2]!
    return from === end ? undefined : readControls(new BerCursor(bytes, from, end))
  }

  /** Whether it has only a range of some attribute. */
  get ranged(): boolean {
    return this.#layout.ranged
  }

  /** The attributes of which this entry has a range only. */
  get ranges(): readonly Range[] {
    if (!this.#layout.ranged) return NONE
    return this.#layout.names.flatMap(({ range }) => (range === undefined ? [] : [range]))
  }

  /** Lets these values stand for an attribute. They must be copies. */
  complete(base: string, values: readonly Uint8Array[]): void {
    this.#whole ??= new Map()
    this.#whole.set(base, values)
    this.#names = undefined
  }

  /** How many bytes it looks into. */
  get size(): number {
    return this.#layout.end - this.#layout.dn
  }

  /** The same entry over bytes of its own, which stay. */
  copy(): LdapEntry {
    const { dn, dnTo, names, spans, ranged, end } = this.#layout
    const bytes = Buffer.from(this.#bytes.subarray(dn, end))
    return new LdapEntry(
      { bytes },
      {
        dn: 0,
        dnTo: dnTo - dn,
        names,
        spans: spans.map((number, index) => (index % 3 === 2 ? number : number - dn)),
        ranged,
        end: end - dn,
      },
    )
  }

  get #bytes(): Buffer {
    if (this.#held.bytes === undefined) throw new TypeError('an entry was kept longer than it may be')
    return this.#held.bytes
  }

  #find(name: string): number {
    const { names } = this.#layout
    for (let index = 0; index < names.length; index++) if (names[index]!.text === name) return index * 3
    return -1
  }
}

const NONE: readonly never[] = []

/** The controls of a message (RFC 4511 4.1.11), by OID; a control without a value has an empty one. Copies. Throws `Malformed`. */
export const readControls = (message: BerCursor): ReadonlyMap<string, Uint8Array> => {
  const controls = new Map<string, Uint8Array>()
  if (message.tag !== CONTROLS) return controls
  const list = message.inside(CONTROLS)
  while (list.tag !== -1) {
    const control = list.inside(TAG.sequence)
    const oid = control.text()
    if (control.tag === TAG.boolean) control.skip()
    const value = control.tag === TAG.octets ? Uint8Array.from(control.content(TAG.octets)) : new Uint8Array()
    if (controls.size < MAX_CONTROLS) controls.set(oid, value)
  }
  return controls
}

const CONTROLS = 0xa0
const MAX_CONTROLS = 100

const newName = (bytes: Buffer, from: number, to: number): Name => {
  // Copied, since the bytes are used again for what comes next.
  const raw = Buffer.from(bytes.subarray(from, to))
  const sent = raw.toString('utf8')
  const text = sent.toLowerCase()
  const [, base, last] = /^([^;]{1,256}(?:;[^;]{1,64}){0,4});range=\d{1,9}-(\d{1,9}|\*)$/.exec(text) ?? []
  if (base === undefined) return { raw, text, range: undefined, next: undefined }
  const range = last === '*' ? { sent: text, base } : { sent: text, base, next: Number(last) + 1 }
  return { raw, text, range, next: undefined }
}

const same = (raw: Buffer, bytes: Buffer, from: number, to: number): boolean => {
  const length = to - from
  if (raw.length !== length) return false
  for (let index = 0; index < length; index++) if (raw[index] !== bytes[from + index]) return false
  return true
}

/** Where the content ends that `element` found. */
let contentEnd = 0

/** Where the content of the element at `at` begins, which has this tag and ends before `end`; -1 where there is none such. */
const element = (bytes: Buffer, at: number, end: number, tag: number): number => {
  if (at + 2 > end || bytes[at] !== tag) return -1
  const length = bytes[at + 1]!
  if (length < 0x80) {
    contentEnd = at + 2 + length
    return contentEnd > end ? -1 : at + 2
  }
  const count = length & 0x7f
  const from = at + 2 + count
  if (count === 0 || count > 4 || from > end) return -1
  contentEnd = from + bytes.readUIntBE(at + 2, count)
  return contentEnd > end ? -1 : from
}

const afterEmptyList = (bytes: Buffer, at: number, end: number): number => {
  if (element(bytes, at, end, TAG.sequence) < 0) throw new Malformed('an entry without attributes')
  return contentEnd
}

/** Of a longer value no text is made but of its beginning: what texts are read for is far shorter, and the text takes room of its own. */
const LONGEST_TEXT = 256 * 1024

const textIn = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString('utf8', from, to - from > LONGEST_TEXT ? from + LONGEST_TEXT : to)
