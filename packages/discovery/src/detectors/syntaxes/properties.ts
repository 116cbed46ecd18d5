import type { Entry, Syntax } from '../detector.ts'
import { isName, lineEnd, MOST_ENTRIES, nextLine, skipBlanks } from './scanning.ts'

/**
 * Properties as Java takes them: `name = value`, `name: value` or `name value`, escapes, lines that go on behind a backslash. A name's
 * parts between dots are its keys, and settings with the same beginning are one group.
 */
export const properties: Syntax = function* (text) {
  const groups = new Groups()
  let left = MOST_ENTRIES
  for (let line = 0; line < text.length && left > 0;) {
    let end = lineEnd(text, line)
    let next = nextLine(text, end)
    const from = skipWhite(text, line, end)
    const first = text.charCodeAt(from)
    if (first === HASH || first === BANG) {
      if (text.startsWith('---', from + 1)) groups.clear()
      let at = from
      while (at < end && (text.charCodeAt(at) === HASH || text.charCodeAt(at) === BANG)) at++
      const parted = part(text, skipBlanks(text, at, end), end)
      if (parted !== undefined && parted.sign && isName(parted.name)) {
        yield { ...entryOf(text, parted, end, groups), commented: true }
        left--
      }
    } else if (from < end && !(first === BACKSLASH && from + 1 === end)) {
      while (endsInBackslash(text, from, end) && next < text.length) {
        end = lineEnd(text, next)
        next = nextLine(text, end)
      }
      const parted = part(text, from, end)
      if (parted !== undefined) {
        yield entryOf(text, parted, end, groups)
        left--
      }
    }
    line = next
  }
}

const HASH = 35
const BANG = 33
const EQUALS = 61
const COLON = 58
const BACKSLASH = 92

interface Parted {
  readonly name: string
  readonly value: number
  /** Whether a sign parts it from its value, and not only blanks. */
  readonly sign: boolean
}

const isWhite = (code: number) => code === 32 || code === 9 || code === 12

const skipWhite = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && isWhite(text.charCodeAt(at))) at++
  return at
}

const part = (text: string, from: number, end: number): Parted | undefined => {
  let at = from
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) {
      const folded = skipFolded(text, at, end)
      at = folded > at ? folded - 1 : at + 1
    } else if (code === EQUALS || code === COLON || isWhite(code)) break
  }
  const name = decoded(text, from, Math.min(at, end))
  if (name === '') return undefined
  let value = skipFolded(text, at, end)
  const code = text.charCodeAt(value)
  const sign = value < end && (code === EQUALS || code === COLON)
  if (sign) value = skipFolded(text, value + 1, end)
  return { name, value: Math.min(value, end), sign }
}

/** Blanks, those of a line that goes on among them. */
const skipFolded = (text: string, from: number, end: number): number => {
  let at = skipWhite(text, from, end)
  for (;;) {
    const feed = text.charCodeAt(at) === BACKSLASH ? FOLD.exec(text.slice(at, at + 3)) : null
    if (feed === null || at >= end) return at
    at = skipWhite(text, at + feed[0].length, end)
  }
}

const FOLD = /^\\\r?\n/

const entryOf = (text: string, { name, value }: Parted, end: number, groups: Groups): Entry => {
  const keys = name.split('.', MOST_KEYS)
  return { keys, ...groups.of(keys), value: decoded(text, value, end), at: value, length: end - value, quoted: false }
}

const MOST_KEYS = 32

const endsInBackslash = (text: string, from: number, end: number) => {
  let at = end
  while (at > from && text.charCodeAt(at - 1) === BACKSLASH) at--
  return (end - at) % 2 === 1
}

const decoded = (text: string, from: number, end: number): string => {
  const written = text.slice(from, end)
  if (!written.includes('\\')) return written
  return written.replaceAll(ESCAPE, (_, hex: string | undefined, sign: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return sign === undefined ? '' : (SIGNS[sign] ?? sign)
  })
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|\r?\n[ \t\f]*|([^])|$)/g
const SIGNS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' }

/** Numbers for the beginnings that names share. */
class Groups {
  #numbers = new Map<string, number>()
  #next = 0

  of(keys: readonly string[]): { group: number; outer: readonly number[] } {
    const outer: number[] = []
    let path = ''
    for (const key of keys.slice(0, -1)) {
      outer.unshift(this.#number(path))
      path += `${key}.`
    }
    return { group: this.#number(path), outer }
  }

  clear() {
    this.#numbers = new Map()
  }

  #number(path: string) {
    let number = this.#numbers.get(path)
    if (number === undefined) this.#numbers.set(path, (number = this.#next++))
    return number
  }
}
