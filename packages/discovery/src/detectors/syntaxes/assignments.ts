import type { Entry, Syntax } from '../detector.ts'
import { isBlank, isName, lineEnd, MOST_ENTRIES, nextLine, skipBlanks, trimBlanks } from './scanning.ts'

/** Who reads lines of `NAME=value`: they do not agree on what a value is. */
export type AssignmentDialect =
  /** A shell: the value is one word, of which any part may be quoted. */
  | 'shell'
  /** Libraries that read `.env`: quotes enclose a whole value, otherwise it goes on to a comment or the end of the line. */
  | 'dotenv'
  /** systemd's environment files: as in `dotenv`, but nothing ends in a comment, and lines go on behind a backslash. */
  | 'environment'

/**
 * Lines that give variables values: `NAME=value`, behind `export` and its like. What else there is in a script is passed over.
 * Single quotes and backslashes are undone; references to other variables stay as they are.
 */
export const assignments = (dialect: AssignmentDialect): Syntax =>
  function* (text) {
    let left = MOST_ENTRIES
    for (let line = 0; line < text.length && left > 0;) {
      const end = lineEnd(text, line)
      let next = nextLine(text, end)
      let from = skipBlanks(text, line, end)
      const commented = text.charCodeAt(from) === HASH
      while (text.charCodeAt(from) === HASH) from++
      PREFIX.lastIndex = skipBlanks(text, from, end)
      const found = PREFIX.exec(text)
      if (found !== null && found.index < end && isName(found[1]!)) {
        const begin = PREFIX.lastIndex
        const value =
          dialect === 'shell'
            ? shellWord(text, begin, commented ? end : text.length)
            : lineValue(text, begin, end, commented, dialect)
        const { at, length } = value
        // A value between quotes may go on over lines.
        if (at + length > end) next = nextLine(text, lineEnd(text, at + length))
        // Words that follow in a comment show that it is prose.
        if (!commented || skipBlanks(text, at + length + (value.quoted ? 1 : 0), end) === end || value.quoted) {
          yield { keys: [found[1]!], ...value, group: 0, ...(commented ? { commented } : {}) }
          left--
        }
      }
      line = next
    }
  }

/** One for each dialect, so that formats share what is read. */
export const SHELL = assignments('shell')
export const DOTENV = assignments('dotenv')
export const ENVIRONMENT = assignments('environment')

const QUOTE = 34
const HASH = 35
const DOLLAR = 36
const APOSTROPHE = 39
const BACKSLASH = 92
const BACKTICK = 96

const PREFIX =
  /(?:(?:export|declare|typeset|readonly|local|setenv|set)[ \t]{1,16}(?:-[A-Za-z]{1,8}[ \t]{1,16}){0,2})?([A-Za-z_][\w.-]{0,127})[ \t]{0,4}\+?=[ \t]{0,4}/y

type Value = Pick<Entry, 'value' | 'at' | 'length' | 'quoted'>

/** The word of a shell that begins here. */
const shellWord = (text: string, begin: number, end: number): Value => {
  const parts: string[] = []
  let quotes = 0
  let bare = 0
  let at = begin
  const stop = Math.min(end, begin + LONGEST)
  for (; at < stop;) {
    const code = text.charCodeAt(at)
    if (code === APOSTROPHE || code === QUOTE || (code === DOLLAR && text.charCodeAt(at + 1) === APOSTROPHE)) {
      const from = code === DOLLAR ? at + 1 : at
      const close = quoteEnd(text, from, stop, code !== APOSTROPHE)
      if (close < 0) break
      const written = text.slice(from + 1, close)
      if (code === APOSTROPHE) parts.push(written)
      else if (code === QUOTE) parts.push(written.replaceAll(/\\(?:\n|(["\\`$]))/g, '$1'))
      else
        parts.push(
          written.replaceAll(/\\(n|t|.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign === 't' ? '\t' : sign)),
        )
      quotes++
      at = close + 1
    } else if (code === BACKSLASH) {
      const sign = text.charAt(at + 1)
      if (sign !== '\n') parts.push(sign)
      bare++
      at += 2
    } else if (code === DOLLAR || code === BACKTICK) {
      const close = expansionEnd(text, at, stop)
      parts.push(text.slice(at, close))
      bare++
      at = close
    } else if (isBlank(code) || code === 10 || code === 13 || ';&|<>()'.includes(text.charAt(at))) break
    else {
      const from = at
      while (at < stop && !ENDS_BARE.includes(text.charAt(at))) at++
      if (at === from) at++
      parts.push(text.slice(from, at))
      bare++
    }
  }
  at = Math.min(at, end)
  const whole = quotes === 1 && bare === 0 && text.charCodeAt(begin) !== DOLLAR
  return whole
    ? { value: parts.join(''), at: begin + 1, length: at - begin - 2, quoted: true }
    : { value: parts.join(''), at: begin, length: at - begin, quoted: false }
}

const LONGEST = 65_536
const ENDS_BARE = ' \t\n\r;&|<>()"\'$`\\'

/** Where `$name`, `${…}`, `$(…)` and `…` between backticks end: on the same line. */
const expansionEnd = (text: string, from: number, end: number): number => {
  const open = text.charAt(from + 1)
  const close = text.charAt(from) === '`' ? '`' : open === '{' ? '}' : open === '(' ? ')' : ''
  if (close === '') return from + 1
  let depth = 0
  for (let at = from + 1; at < end; at++) {
    const sign = text.charAt(at)
    if (sign === '\n') return at
    if (close !== '`' && sign === open) depth++
    else if (sign === close && --depth <= 0) return at + 1
  }
  return end
}

/** Where the quote stands that closes; a backslash may keep one open. */
const quoteEnd = (text: string, from: number, end: number, escapes: boolean): number => {
  const quote = text.charCodeAt(from)
  for (let at = from + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH && escapes) at++
    else if (code === quote) return at
  }
  return -1
}

/** The value that the rest of a line is. */
const lineValue = (text: string, begin: number, end: number, commented: boolean, dialect: AssignmentDialect): Value => {
  const code = text.charCodeAt(begin)
  if (code === QUOTE || code === APOSTROPHE || (code === BACKTICK && dialect === 'dotenv')) {
    const close = quoteEnd(text, begin, commented ? end : Math.min(text.length, begin + LONGEST), code === QUOTE)
    const behind = close < 0 ? -1 : skipBlanks(text, close + 1, lineEnd(text, close))
    // What follows the quotes other than a comment shows that they do not enclose the value.
    if (close >= 0 && (behind === lineEnd(text, close) || text.charCodeAt(behind) === HASH)) {
      const written = text.slice(begin + 1, close)
      return {
        value: code === QUOTE ? unescaped(written) : written,
        at: begin + 1,
        length: close - begin - 1,
        quoted: true,
      }
    }
  }
  let stop = end
  if (dialect === 'environment') {
    for (; text.charCodeAt(stop - 1) === BACKSLASH && stop < text.length && stop - begin < LONGEST;)
      stop = lineEnd(text, nextLine(text, stop))
  } else {
    for (let at = begin; at < end; at++)
      if (text.charCodeAt(at) === HASH && (at === begin || isBlank(text.charCodeAt(at - 1)))) {
        stop = at
        break
      }
  }
  stop = trimBlanks(text, begin, stop)
  const written = text.slice(begin, stop)
  return {
    value: dialect === 'environment' ? written.replaceAll(/\\(?:\r?\n|(.))/g, '$1') : written,
    at: begin,
    length: stop - begin,
    quoted: false,
  }
}

const unescaped = (written: string) =>
  written.includes('\\')
    ? written.replaceAll(/\\(?:\n|([^]))/g, (_, sign: string | undefined) =>
        sign === undefined ? '' : (SIGNS[sign] ?? sign),
      )
    : written
const SIGNS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
