import type { Entry, Syntax } from '../detector.ts'
import { DEEPEST, isBlank, lineEnd, MOST_ENTRIES, nextLine, skipBlanks, trimBlanks } from './scanning.ts'

/** TOML: tables and lists of them, dotted names, strings of all kinds, lists and tables within lines, settings in comments. */
export const toml: Syntax = (text) => {
  const reading = new Reading(text)
  reading.read()
  return reading.out
}

interface Place {
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
}

class Reading {
  readonly out: Entry[] = []
  readonly #text: string
  #at = 0
  #groups = 1
  #table: Place = { path: [], group: 0, outer: [] }
  /** How many tables there are in each list of them, by the names it is under. */
  readonly #lists = new Map<string, number>()
  readonly #tables = new Map<string, number>([['', 0]])

  constructor(text: string) {
    this.#text = text
  }

  read() {
    const text = this.#text
    while (this.#at < text.length && this.out.length < MOST_ENTRIES) {
      const end = lineEnd(text, this.#at)
      const from = skipBlanks(text, this.#at, end)
      this.#at = nextLine(text, end)
      if (from === end) continue
      const code = text.charCodeAt(from)
      if (code === HASH) this.#comment(from, end)
      else if (code === LIST_OPEN) this.#header(from, end)
      else {
        const key = keyAt(text, from, end, EQUALS)
        if (key === undefined) continue
        const at = this.#value(skipBlanks(text, key.behind, end), within(this.#table, key.names), end, 0)
        const stop = lineEnd(text, Math.min(at, text.length))
        this.#at = nextLine(text, stop)
      }
    }
  }

  #header(from: number, end: number) {
    const text = this.#text
    const doubled = text.charCodeAt(from + 1) === LIST_OPEN
    const key = keyAt(text, skipBlanks(text, from + (doubled ? 2 : 1), end), end, LIST_CLOSE)
    if (key === undefined) return
    const path: string[] = []
    for (const [index, name] of key.names.entries()) {
      path.push(name)
      const id = path.join('\u0000')
      const count = this.#lists.get(id)
      if (doubled && index === key.names.length - 1) {
        this.#lists.set(id, (count ?? 0) + 1)
        path.push(String(count ?? 0))
      } else if (count !== undefined) path.push(String(count - 1))
    }
    const outer: number[] = []
    for (let length = 0; length < path.length; length++) outer.unshift(this.#group(path.slice(0, length)))
    this.#table = { path, group: this.#group(path), outer }
  }

  #group(path: readonly string[]): number {
    const id = path.join('\u0000')
    const known = this.#tables.get(id)
    if (known !== undefined) return known
    this.#tables.set(id, this.#groups)
    return this.#groups++
  }

  /** Reads a value and tells where what follows it begins. Within lists and tables it may go on over lines. */
  #value(from: number, place: Place, lineStop: number, depth: number, commented = false): number {
    const text = this.#text
    const code = text.charCodeAt(from)
    const give = (at: number, length: number, value: string, quoted: boolean) => {
      const { path, group, outer } = place
      this.out.push({ keys: path, value, at, length, quoted, group, outer, ...(commented ? { commented } : {}) })
    }
    if (code === QUOTE || code === APOSTROPHE) {
      const sign = text.charAt(from)
      const many = text.startsWith(sign.repeat(3), from)
      if (many && !commented) {
        const close = manyEnd(text, from + 3, code)
        const begin = from + 3 + (/^\r?\n/.exec(text.slice(from + 3, from + 5))?.[0].length ?? 0)
        const written = text.slice(Math.min(begin, close), close).replaceAll('\r\n', '\n')
        give(Math.min(begin, close), Math.max(0, close - begin), code === QUOTE ? unescaped(written) : written, true)
        return close + 3
      }
      const close = stringEnd(text, from, lineStop, code)
      const written = text.slice(from + 1, close)
      give(from + 1, close - from - 1, code === QUOTE ? unescaped(written) : written, true)
      return close + 1
    }
    if ((code === LIST_OPEN || code === TABLE_OPEN) && !commented) {
      if (depth >= DEEPEST) return text.length
      return code === LIST_OPEN ? this.#list(from + 1, place, depth) : this.#inline(from + 1, place, depth)
    }
    let end = from
    while (end < lineStop && !ENDS_BARE.includes(text.charAt(end))) end++
    const stop = trimBlanks(text, from, end)
    if (stop > from) give(from, stop - from, text.slice(from, stop), false)
    return end
  }

  #list(begin: number, { path, group, outer }: Place, depth: number): number {
    const text = this.#text
    const inner = this.#groups++
    let index = 0
    for (let at = begin; at < text.length && this.out.length < MOST_ENTRIES;) {
      at = skipVoid(text, at)
      const code = text.charCodeAt(at)
      if (code === LIST_CLOSE) return at + 1
      if (code === COMMA) at++
      // A line that is a setting or a table of its own: the list was never closed.
      else if (code === EQUALS || code === TABLE_CLOSE) return at
      else {
        const place = { path: [...path, String(index++)], group: inner, outer: [group, ...outer] }
        at = Math.max(this.#value(at, place, lineEnd(text, at), depth + 1), at + 1)
      }
    }
    return text.length
  }

  #inline(begin: number, { path, group, outer }: Place, depth: number): number {
    const text = this.#text
    const table = { path, group: this.#groups++, outer: [group, ...outer] }
    for (let at = begin; at < text.length && this.out.length < MOST_ENTRIES;) {
      at = skipVoid(text, at)
      const code = text.charCodeAt(at)
      if (code === TABLE_CLOSE) return at + 1
      if (code === COMMA) {
        at++
        continue
      }
      const end = lineEnd(text, at)
      const key = keyAt(text, at, end, EQUALS)
      if (key === undefined) return end
      at = this.#value(skipBlanks(text, key.behind, end), within(table, key.names), end, depth + 1)
    }
    return text.length
  }

  #comment(from: number, end: number) {
    const text = this.#text
    let at = from
    while (at < end && text.charCodeAt(at) === HASH) at++
    at = skipBlanks(text, at, end)
    const key = keyAt(text, at, Math.min(end, at + 256), EQUALS)
    if (key === undefined || text.slice(at, key.behind).includes(' "')) return
    this.#value(skipBlanks(text, key.behind, end), within(this.#table, key.names), end, 0, true)
  }
}

const QUOTE = 34
const HASH = 35
const APOSTROPHE = 39
const COMMA = 44
const DOT = 46
const EQUALS = 61
const LIST_OPEN = 91
const BACKSLASH = 92
const LIST_CLOSE = 93
const TABLE_OPEN = 123
const TABLE_CLOSE = 125

const ENDS_BARE = ',]}#\n\r'
const MOST_NAMES = 32

const within = ({ path, group, outer }: Place, names: readonly string[]): Place => ({
  path: [...path, ...names],
  group,
  outer,
})

const BARE = /[\p{L}\p{N}_-]{1,256}/uy

/** A name of parts between dots, up to the sign behind it. */
const keyAt = (text: string, from: number, end: number, sign: number) => {
  const names: string[] = []
  for (let at = from; at < end && names.length < MOST_NAMES;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE || code === APOSTROPHE) {
      const close = stringEnd(text, at, end, code)
      const written = text.slice(at + 1, close)
      names.push(code === QUOTE ? unescaped(written) : written)
      at = close + 1
    } else {
      BARE.lastIndex = at
      const bare = BARE.exec(text)?.[0]
      if (bare === undefined || at + bare.length > end) return undefined
      names.push(bare)
      at += bare.length
    }
    at = skipBlanks(text, at, end)
    const next = text.charCodeAt(at)
    if (at < end && next === sign) return { names, behind: at + 1 }
    if (next !== DOT) return undefined
    at = skipBlanks(text, at + 1, end)
  }
  return undefined
}

/** Skips blanks, line breaks and comments. */
const skipVoid = (text: string, from: number): number => {
  let at = from
  for (; at < text.length;) {
    const code = text.charCodeAt(at)
    if (code === HASH) at = lineEnd(text, at)
    else if (isBlank(code) || code === 10 || code === 13) at++
    else break
  }
  return at
}

const stringEnd = (text: string, from: number, end: number, quote: number): number => {
  for (let at = from + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH && quote === QUOTE) at++
    else if (code === quote) return at
  }
  return end
}

/** Where the three quotes stand that close a string of many lines; up to two more of them are its own. */
const manyEnd = (text: string, from: number, quote: number): number => {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH && quote === QUOTE) at++
    else if (code === quote && text.charCodeAt(at + 1) === quote && text.charCodeAt(at + 2) === quote) {
      let close = at
      while (close - at < 2 && text.charCodeAt(close + 3) === quote) close++
      return close
    }
  }
  return text.length
}

const unescaped = (written: string): string =>
  written.includes('\\')
    ? written.replaceAll(ESCAPE, (_, hex: string | undefined, sign: string | undefined) => {
        if (hex === undefined) return sign === undefined ? '' : (SIGNS[sign] ?? sign)
        const code = Number.parseInt(hex.slice(1), 16)
        return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code)
      })
    : written

const ESCAPE = /\\(?:(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|[ \t]*\r?\n\s*|([^])|$)/g
const SIGNS: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' }
