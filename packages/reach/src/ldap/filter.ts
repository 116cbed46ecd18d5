import { Buffer } from 'node:buffer'
import { Filter, type BerWriter, type SearchFilterValues } from 'ldapts'

/**
 * A filter (RFC 4515) in the form in which it is sent. Throws `TypeError` for what is none. Values may hold any bytes by `\xx`, attribute
 * names options and numbers with dots: the parser of `ldapts` takes neither.
 */
export const parseFilter = (text: string): Filter => {
  if (text.length > MAX_LENGTH) throw new TypeError('a filter is too long')
  const parser = new FilterText(text.startsWith('(') ? text : `(${text})`)
  return new EncodedFilter(parser.whole())
}

const MAX_LENGTH = 256 * 1024
const MAX_DEPTH = 50

const AND = 0xa0
const OR = 0xa1
const NOT = 0xa2
const EQUAL = 0xa3
const SUBSTRINGS = 0xa4
const PRESENT = 0x87
const EXTENSIBLE = 0xa9
const ORDERED: Readonly<Record<string, number>> = { '>': 0xa5, '<': 0xa6, '~': 0xa8 }

/** An attribute description (RFC 4512 2.5): a name or numbers with dots, then options. */
const ATTRIBUTE = /[A-Za-z][\w-]*(?:;[\w-]+)*|\d+(?:\.\d+)*(?:;[\w-]+)*/y
const RULE = /(:dn)?(?::([\w.-]+))?:=/iy

class EncodedFilter extends Filter {
  readonly type: SearchFilterValues = AND
  readonly #write: Write

  constructor(write: Write) {
    super()
    this.#write = write
  }

  override write(writer: BerWriter): void {
    this.#write(writer)
  }

  override toString(): string {
    return 'a filter'
  }
}

type Write = (writer: BerWriter) => void

class FilterText {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Write {
    const write = this.#filter(0)
    if (this.#at !== this.#text.length) throw new TypeError('a filter goes on behind its end')
    return write
  }

  #filter(depth: number): Write {
    if (depth > MAX_DEPTH) throw new TypeError('a filter is nested too deep')
    this.#expect('(')
    const sign = this.#text[this.#at]
    const write =
      sign === '&' || sign === '|' ? this.#list(sign, depth) : sign === '!' ? this.#not(depth) : this.#item()
    this.#expect(')')
    return write
  }

  #list(sign: '&' | '|', depth: number): Write {
    this.#at++
    const parts: Write[] = []
    while (this.#text[this.#at] === '(') parts.push(this.#filter(depth + 1))
    return (writer) => {
      writer.startSequence(sign === '&' ? AND : OR)
      for (const write of parts) write(writer)
      writer.endSequence()
    }
  }

  #not(depth: number): Write {
    this.#at++
    const write = this.#filter(depth + 1)
    return (writer) => {
      writer.startSequence(NOT)
      write(writer)
      writer.endSequence()
    }
  }

  #item(): Write {
    const attribute = this.#match(ATTRIBUTE)?.[0] ?? ''
    const sign = this.#text[this.#at]
    if (sign === ':') return this.#extensible(attribute)
    if (attribute === '') throw new TypeError('a filter lacks the name of an attribute')
    const ordered = sign === undefined ? undefined : ORDERED[sign]
    if (ordered !== undefined) {
      this.#at++
      this.#expect('=')
      return assertion(ordered, attribute, bytesOf(this.#value()))
    }
    this.#expect('=')
    const value = this.#value()
    if (value === '*') return (writer) => writer.writeString(attribute, PRESENT)
    return value.includes('*')
      ? substrings(attribute, value.split('*').map(bytesOf))
      : assertion(EQUAL, attribute, bytesOf(value))
  }

  #extensible(attribute: string): Write {
    const match = this.#match(RULE)
    const [, dn, rule] = match ?? []
    if (match === undefined || (attribute === '' && rule === undefined)) throw new TypeError('a filter lacks its rule')
    const value = bytesOf(this.#value())
    return (writer) => {
      writer.startSequence(EXTENSIBLE)
      if (rule !== undefined) writer.writeString(rule, 0x81)
      if (attribute !== '') writer.writeString(attribute, 0x82)
      writer.writeBuffer(value, 0x83)
      if (dn !== undefined) writer.writeBoolean(true, 0x84)
      writer.endSequence()
    }
  }

  #value(): string {
    const end = this.#text.indexOf(')', this.#at)
    if (end < 0) throw new TypeError('a filter lacks its end')
    const value = this.#text.slice(this.#at, end)
    if (value.includes('(')) throw new TypeError('a bracket in the value of a filter is not escaped')
    this.#at = end
    return value
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text) ?? undefined
    if (match !== undefined) this.#at = pattern.lastIndex
    return match
  }

  #expect(sign: string) {
    if (this.#text[this.#at] !== sign) throw new TypeError(`a filter lacks a ${sign}`)
    this.#at++
  }
}

const assertion =
  (tag: number, attribute: string, value: Buffer): Write =>
  (writer) => {
    writer.startSequence(tag)
    writer.writeString(attribute)
    writer.writeBuffer(value, 0x04)
    writer.endSequence()
  }

const substrings =
  (attribute: string, pieces: readonly Buffer[]): Write =>
  (writer) => {
    writer.startSequence(SUBSTRINGS)
    writer.writeString(attribute)
    writer.startSequence()
    for (const [index, piece] of pieces.entries())
      if (piece.length > 0) writer.writeBuffer(piece, index === 0 ? 0x80 : index === pieces.length - 1 ? 0x82 : 0x81)
    writer.endSequence()
    writer.endSequence()
  }

/** The bytes of a value, `\xx` being any byte. */
const bytesOf = (value: string): Buffer => {
  if (!value.includes('\\')) return Buffer.from(value, 'utf8')
  const parts: Buffer[] = []
  for (const [index, part] of value.split('\\').entries()) {
    const hex = index === 0 ? '' : part.slice(0, 2)
    if (index > 0 && !/^[\da-f]{2}$/i.test(hex)) throw new TypeError('a filter escapes what is no byte')
    parts.push(Buffer.from(hex, 'hex'), Buffer.from(part.slice(hex.length), 'utf8'))
  }
  return Buffer.concat(parts)
}
