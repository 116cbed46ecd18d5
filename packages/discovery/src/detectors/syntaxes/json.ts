import type { Syntax } from '../detector.ts'
import { DEEPEST, lineEnd, MOST_ENTRIES } from './scanning.ts'

/**
 * JSON, and what people and programs write in its place: comments, commas too many, names and values without quotes or between single
 * ones (JSON5), several values in a file. Numbers, truth values and null are given as they are written.
 */
export const json: Syntax = function* (text) {
  let groups = 0
  let left = MOST_ENTRIES
  let frame: Frame = { list: false, index: 0, path: [], group: 0, outer: [], key: undefined, around: undefined }
  let depth = 0
  /** How many brackets are open that are nested too deep to be followed. */
  let beyond = 0

  for (let at = 0; at < text.length && left > 0;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE || code === APOSTROPHE) {
      const end = stringEnd(text, at, code)
      const written = text.slice(at + 1, end)
      const value = written.includes('\\') ? unescaped(written) : written
      const next = end + (text.charCodeAt(end) === code ? 1 : 0)
      const colon = frame.list ? -1 : colonAt(text, next)
      if (colon >= 0) {
        frame.key = value
        at = colon + 1
      } else {
        if (beyond === 0) {
          const { group, outer } = frame
          yield { keys: keysOf(frame), value, at: at + 1, length: end - at - 1, quoted: true, group, outer }
          left--
        }
        at = next
      }
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (depth >= DEEPEST) beyond++
      else {
        depth++
        frame = {
          list: code === OPEN_LIST,
          index: 0,
          path: depth === 1 ? [] : keysOf(frame),
          group: ++groups,
          outer: depth === 1 ? [] : [frame.group, ...frame.outer],
          key: undefined,
          around: frame,
        }
      }
      at++
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      if (beyond > 0) beyond--
      else if (frame.around !== undefined) {
        frame = frame.around
        depth--
      }
      at++
    } else if (code <= 32 || code === COMMA || code === COLON || code === 0xfeff) at++
    else if (code === HASH || (code === SLASH && isComment(text.charCodeAt(at + 1)))) {
      const block = code === SLASH && text.charCodeAt(at + 1) === STAR
      const close = block ? text.indexOf('*/', at + 2) : lineEnd(text, at)
      const end = close < 0 ? text.length : close
      for (const entry of commented(text, at, end, frame)) {
        yield entry
        left--
      }
      at = block ? end + 2 : end
    } else {
      const end = wordEnd(text, at)
      const colon = frame.list ? -1 : colonAt(text, end)
      const value = text.slice(at, end)
      if (colon >= 0) {
        frame.key = value
        at = colon + 1
      } else {
        if (beyond === 0) {
          const { group, outer } = frame
          yield { keys: keysOf(frame), value, at, length: end - at, quoted: false, group, outer }
          left--
        }
        at = end
      }
    }
  }
}

interface Frame {
  readonly list: boolean
  index: number
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  key: string | undefined
  readonly around: Frame | undefined
}

const QUOTE = 34
const HASH = 35
const APOSTROPHE = 39
const STAR = 42
const COMMA = 44
const SLASH = 47
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

const isComment = (code: number) => code === SLASH || code === STAR

/** The keys of the value that stands here; it uses up the name or the index. */
const keysOf = (frame: Frame): readonly string[] => {
  if (frame.list) return [...frame.path, String(frame.index++)]
  const { key } = frame
  frame.key = undefined
  return key === undefined ? frame.path : [...frame.path, key]
}

/** Where the quote stands that ends a string, or else its line. */
const stringEnd = (text: string, from: number, quote: number): number => {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote || code === 10) return at
    if (code === BACKSLASH) at++
  }
  return text.length
}

const colonAt = (text: string, from: number): number => {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return text.charCodeAt(at) === COLON ? at : -1
}

const wordEnd = (text: string, from: number): number => {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === COMMA || code === COLON || code === QUOTE || ENDS_WORD.has(code)) return at
  }
  return text.length
}

const ENDS_WORD = new Set([OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, APOSTROPHE])

/** A string's text without its escapes, those of JSON5 among them. */
export const unescaped = (written: string): string =>
  written.replaceAll(ESCAPE, (_, hex: string | undefined, byte: string | undefined, sign: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16))
    return sign === undefined ? '' : (SIGNS[sign] ?? sign)
  })

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r?\n|([^]))/g
const SIGNS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }

/** The pairs of a name and a value that stand in a comment. */
function* commented(text: string, from: number, end: number, { path, group, outer }: Frame) {
  const comment = text.slice(from, Math.min(end, from + LONGEST_COMMENT))
  if (!comment.includes(':')) return
  for (const match of comment.matchAll(PAIR)) {
    const [whole, , name = '', double, single, bare] = match
    const written = double ?? single ?? bare ?? ''
    const quoted = bare === undefined
    const at = from + match.index + whole.length - written.length - (quoted ? 1 : 0)
    const value = written.includes('\\') ? unescaped(written) : written
    yield { keys: [...path, name], value, at, length: written.length, quoted, commented: true, group, outer } as const
  }
}

const LONGEST_COMMENT = 65_536
const PAIR =
  /(?<![\w.$-])(["']?)([\w.$-]{1,128})\1[ \t]{0,64}:[ \t]{0,64}(?:"((?:[^"\\\n]|\\.){0,4096})"|'((?:[^'\\\n]|\\.){0,4096})'|([^\s,"'{}[\]]{1,1024}))/g
