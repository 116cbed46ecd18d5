import type { Entry, Syntax } from '../detector.ts'
import { DEEPEST, lineEnd, MOST_ENTRIES } from './scanning.ts'

export interface SourceLanguage {
  /** What begins a comment up to the end of the line. */
  readonly comments: readonly string[]
  /** Whether the end of a line ends a statement that no bracket holds open. */
  readonly lines?: true
  /** Strings between three quotes. */
  readonly triple?: true
}

/**
 * Strings that source code gives names: `$db['password'] = '…'`, `'password' => '…'`, `PASSWORD: '…'`, `define('PASSWORD', '…')`,
 * within the arrays and calls that they stand in. What is no string is given as it is written where it is short; all other code is
 * passed over.
 */
export const source = (language: SourceLanguage): Syntax => {
  const marks = language.comments
  return (text) => {
    const out: Entry[] = []
    new Reading(text, language, marks, out, { next: 1 }, false).read(0, text.length, ROOT)
    return out
  }
}

export const PHP = source({ comments: ['//', '#'] })
export const PYTHON = source({ comments: ['#'], lines: true, triple: true })
export const RUBY = source({ comments: ['#'], lines: true })
export const SCRIPT = source({ comments: ['//'], lines: true })

interface Frame {
  readonly kind: string
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  index: number
  key: readonly string[] | undefined
  /** What a resource of Puppet is called: all that it is given stands below that, up to a semicolon. */
  title?: string | undefined
}

const ROOT: Frame = { kind: '', path: [], group: 0, outer: [], index: 0, key: undefined }

class Reading {
  readonly #text: string
  readonly #language: SourceLanguage
  readonly #marks: readonly string[]
  readonly #out: Entry[]
  readonly #groups: { next: number }
  readonly #commented: boolean
  #stack: Frame[] = []
  #beyond = 0

  constructor(
    text: string,
    language: SourceLanguage,
    marks: readonly string[],
    out: Entry[],
    groups: { next: number },
    commented: boolean,
  ) {
    this.#text = text
    this.#language = language
    this.#marks = marks
    this.#out = out
    this.#groups = groups
    this.#commented = commented
  }

  read(begin: number, end: number, root: Frame) {
    const text = this.#text
    this.#stack = [{ ...root }]
    for (let at = begin; at < end && this.#out.length < MOST_ENTRIES;) {
      const role = ROLES[text.charCodeAt(at)] ?? WORDS
      if (role === BLANK) {
        at++
        continue
      }
      const top = this.#stack.at(-1)!
      if (role === WORDS) at = this.#word(at, end, top)
      else if (role === LINE_END) {
        if (this.#language.lines === true && this.#stack.length === 1) top.key = undefined
        at++
      } else if (role === QUOTE) at = this.#string(at, end, top)
      else if (role === OPENS) {
        this.#open(text.charAt(at), [])
        at++
      } else if (role === CLOSES) {
        this.#close()
        at++
      } else if (role === PARTS) {
        top.key = undefined
        if (text.charAt(at) === ',') top.index++
        at++
      } else {
        const comment = this.#commentEnd(at, end)
        if (comment > at) {
          if (!this.#commented) this.#comment(at, comment, top)
          at = comment
        } else at = this.#word(at, end, top)
      }
    }
  }

  #open(kind: string, names: readonly string[]) {
    if (this.#stack.length >= DEEPEST) {
      this.#beyond++
      return
    }
    const top = this.#stack.at(-1)!
    const { path, group, outer } = top
    const inner = [...path, ...(top.key ?? []), ...names].slice(0, 2 * DEEPEST)
    top.key = undefined
    // Constants stand beside each other, though each is in a call of its own.
    const place = kind === 'define' ? { group, outer } : { group: this.#groups.next++, outer: [group, ...outer] }
    this.#stack.push({ kind, path: inner, ...place, index: 0, key: undefined })
  }

  #close() {
    if (this.#beyond > 0) this.#beyond--
    else if (this.#stack.length > 1) this.#stack.pop()
  }

  /** A string: a name where a sign of giving follows, otherwise the value of the name before it. */
  #string(from: number, end: number, top: Frame): number {
    const text = this.#text
    const close = this.#stringEnd(from, end)
    if (close < 0) return from + 1
    const width = this.#language.triple === true && isTriple(text, from) ? 3 : 1
    const begin = from + width
    const behind = close + width
    const next = skipSpace(text, behind, end)
    const arrow = text.charCodeAt(next) === EQUALS && text.charCodeAt(next + 1) === GREATER
    const colon = text.charCodeAt(next) === COLON
    if (arrow || (colon && top.kind === '{' && top.key === undefined)) {
      const name = close - begin > LONGEST_NAME ? undefined : unescaped(text.slice(begin, close), text.charAt(from))
      if (colon && TITLED.test(text.slice(next + 1, next + 200))) top.title = name ?? top.title
      else if (name !== undefined) top.key = [...(top.key?.length === 1 && top.kind === '' ? top.key : []), name]
      return next + (arrow ? 2 : 1)
    }
    if (top.kind === 'define' && top.index === 0 && top.key === undefined && text.charAt(next) === ',') {
      top.key = [text.slice(begin, Math.min(close, begin + LONGEST_NAME))]
      top.index++
      return next + 1
    }
    if (top.key !== undefined && this.#endsValue(behind, next, end))
      this.#give(top, begin, close - begin, unescaped(text.slice(begin, close), text.charAt(from)), true)
    // Strings that are joined, or that something is done to, are no value that could be told.
    top.key = undefined
    return behind
  }

  #endsValue(behind: number, next: number, end: number): boolean {
    const text = this.#text
    if (next >= end || ',;)]}'.includes(text.charAt(next)) || this.#commentEnd(next, end) > next) return true
    return (
      this.#language.lines === true && text.slice(behind, next).includes('\n') && !'.+\\%'.includes(text.charAt(next))
    )
  }

  #give(top: Frame, at: number, length: number, value: string, quoted: boolean) {
    const { path, group, outer, key = [] } = top
    if (this.#beyond === 0)
      this.#out.push({
        keys: top.title === undefined ? [...path, ...key] : [...path, top.title, ...key],
        value,
        at,
        length,
        quoted,
        group,
        outer,
        ...(this.#commented ? { commented: true } : {}),
      })
    top.key = undefined
  }

  /** A variable, a name, a call or something else that is no string. */
  #word(from: number, end: number, top: Frame): number {
    const text = this.#text
    const behind = targetEnd(text, from)
    if (behind < 0 || behind > end) return from + 1
    const next = skipBlank(text, behind, end)
    const code = text.charCodeAt(next)
    // Most words are given nothing, and say nothing of what follows.
    if (top.key === undefined && code < 128 && TELLING[code] !== 1) return behind
    const target = text.slice(from, behind)
    const sign = text.charAt(next)
    const following = text.charAt(next + 1)
    if (sign === '=' && following !== '=' && following !== '~') {
      top.key = [...(following === '>' && top.kind === '' ? (top.key ?? []) : []), ...namesIn(target)]
      return next + (following === '>' ? 2 : 1)
    }
    if (
      sign === ':' &&
      following !== ':' &&
      top.key === undefined &&
      (top.kind === '{' || top.kind === '(' || this.#language.lines !== undefined)
    ) {
      top.key = namesIn(target)
      return next + 1
    }
    if (sign === '(') {
      const name = target.toLowerCase()
      if (top.key !== undefined && !ARRAYS.has(name)) {
        const call = shortCall(text, from, next, end)
        if (call > 0) {
          this.#give(top, from, call - from, text.slice(from, call), false)
          return call
        }
        top.key = undefined
      }
      this.#open(DEFINES.has(name) ? 'define' : ARRAYS.has(name) ? '{' : '(', [])
      return next + 1
    }
    if (top.key !== undefined) {
      if (this.#endsValue(behind, next, end)) this.#give(top, from, target.length, target, false)
      else if (!'[{'.includes(sign)) top.key = undefined
    } else if (
      this.#language.lines === true &&
      top.kind === '' &&
      QUOTES.includes(sign) &&
      next > behind &&
      sign !== '`'
    ) {
      // `name 'value'`, as Ruby's configurations give them.
      top.key = namesIn(target)
    }
    return behind
  }

  /** Up to where the signs of each kind are known to close nothing, so that none is looked after twice. */
  readonly #unclosed = new Map<string, number>()

  #stringEnd(from: number, end: number): number {
    const text = this.#text
    const quote = text.charAt(from)
    if (from < (this.#unclosed.get(quote) ?? 0)) return -1
    if (this.#language.triple === true && isTriple(text, from)) {
      const close = text.indexOf(quote.repeat(3), from + 3)
      if (close >= 0 && close <= end) return close
      this.#unclosed.set(quote, end)
      return -1
    }
    const ends = text.charCodeAt(from)
    let at = from + 1
    for (; at < end; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) at++
      else if (code === ends) return at
      // A string of PHP may hold line breaks; an apostrophe in prose should not swallow what follows.
      else if (code === LINE_FEED && (this.#language.lines === true || at - from > LONGEST_STRING)) break
    }
    this.#unclosed.set(quote, Math.min(at, end))
    return -1
  }

  #commentEnd(at: number, end: number): number {
    const text = this.#text
    const sign = text.charAt(at)
    if (sign !== '#' && sign !== '/') return at
    if (sign === '/' && text.charAt(at + 1) === '*') {
      const close = text.indexOf('*/', at + 2)
      return close < 0 ? end : Math.min(end, close + 2)
    }
    return this.#marks.some((mark) => text.startsWith(mark, at)) ? Math.min(end, lineEnd(text, at)) : at
  }

  /** Code that is commented out, line by line. */
  #comment(from: number, end: number, top: Frame) {
    const text = this.#text
    for (let line = from; line < end;) {
      const stop = Math.min(end, lineEnd(text, line))
      let at = line
      while (at < stop && '#/* \t'.includes(text.charAt(at))) at++
      if (stop - at < LONGEST_COMMENT && GIVES.test(text.slice(at, stop)))
        new Reading(text, this.#language, this.#marks, this.#out, this.#groups, true).read(at, stop, {
          ...top,
          key: undefined,
        })
      const feed = text.indexOf('\n', stop)
      line = feed < 0 ? end : feed + 1
    }
  }
}

const QUOTES = '"\'`'

/** What a sign of ASCII is in source code: most begin a word, or are passed over as one. */
const WORDS = 0
const BLANK = 1
const LINE_END = 2
const QUOTE = 3
const OPENS = 4
const CLOSES = 5
const PARTS = 6
const MARKS_COMMENT = 7
const SIGNS_OF: readonly (readonly [role: number, signs: string])[] = [
  [BLANK, ' \t\r'],
  [LINE_END, '\n'],
  [QUOTE, QUOTES],
  [OPENS, '([{'],
  [CLOSES, ')]}'],
  [PARTS, ',;'],
  [MARKS_COMMENT, '#/'],
]
const ROLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const [role] = SIGNS_OF.find(([, signs]) => signs.includes(String.fromCharCode(code))) ?? [WORDS]
  return role
})

/** Behind a word these may make something of it: a name that is given a value, a call. */
const TELLING = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(`=:(${QUOTES}`.includes(String.fromCharCode(code))),
)

const LINE_FEED = 10
const PERIOD = 46
const COLON = 58
const EQUALS = 61
const GREATER = 62
const BACKSLASH = 92

const isTriple = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return text.charCodeAt(at + 1) === code && text.charCodeAt(at + 2) === code
}
const LONGEST_NAME = 256
const LONGEST_STRING = 65_536
const LONGEST_COMMENT = 2048
const ARRAYS = new Set(['array', 'dict', 'hash', 'object', 'map'])
const DEFINES = new Set(['define', 'putenv', 'setenv', 'set', 'config.set'])

/** A comment that gives something a value. */
const GIVES = /^(?:[$@\w'"[\]:.>-]{1,200}[ \t]{0,16}(?:=>?|:)[ \t]{0,16}["'\w]|define\()/

/** A variable or a name with what it is part of: `$conf['db']['password']`, `config.db.password`, `self::KEY`. */
const TARGET =
  /[$@:&]{0,2}[A-Za-z_\\][\w\\]{0,127}(?:(?:->|\?->|\.|::)\$?[A-Za-z_]\w{0,127}|\[[ \t]{0,4}(?:"[^"\n\]]{0,128}"|'[^'\n\]]{0,128}'|:?[\w.-]{0,64})[ \t]{0,4}\]){0,8}|\d[\w.]{0,64}/y

/** Where the target ends that begins at some place; -1 where none does. Plain words and numbers are most of them. */
const targetEnd = (text: string, from: number): number => {
  const first = text.charCodeAt(from)
  const number = first >= 0x30 && first <= 0x39
  if (first < 128 && IN_WORDS[first] === 1) {
    let at = from + 1
    const most = from + 64
    while (at < most && IN_WORDS[text.charCodeAt(at)] === 1) at++
    const code = text.charCodeAt(at)
    if (at < most && (number ? code !== PERIOD : GOES_ON[code] !== 1)) return at
  }
  TARGET.lastIndex = from
  return TARGET.test(text) ? TARGET.lastIndex : -1
}

const IN_WORDS = Uint8Array.from({ length: 128 }, (_, code) => Number(/\w/.test(String.fromCharCode(code))))
/** Signs behind a word that a target may go on with. */
const GOES_ON = Uint8Array.from({ length: 128 }, (_, code) => Number('-?.:[\\'.includes(String.fromCharCode(code))))

const namesIn = (target: string): string[] =>
  target
    .split(/->|\?->|::|\.|\[|\]/)
    .map((part) => part.replaceAll(/^[$@:&\s'"]+|['"\s]+$/g, ''))
    .filter((part) => part !== '' && part !== 'this' && part !== 'self')

/** Where a call of one string or none ends: `getenv('X')`; -1 where it is longer. */
const shortCall = (text: string, from: number, open: number, end: number): number => {
  CALL.lastIndex = open
  const call = CALL.exec(text)
  if (call === null || open + call[0].length > end || open - from > 64) return -1
  return open + call[0].length
}

const CALL = /\((?:[ \t]*(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[\w.$:-]{1,64})[ \t]*,?){0,3}\)/y

/** What follows the title of a resource. */
const TITLED = /^\s{1,160}[a-z]\w{0,40}\s{0,40}=>/

const skipBlank = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && (text.charAt(at) === ' ' || text.charAt(at) === '\t')) at++
  return at
}

const skipSpace = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && text.charCodeAt(at) <= 32) at++
  return at
}

const unescaped = (written: string, quote: string): string => {
  if (!written.includes('\\')) return written
  if (quote === "'") return written.replaceAll(/\\(['\\])/g, '$1')
  return written.replaceAll(/\\(["'\\$nrt])/g, (_, sign: string) => SIGNS[sign] ?? sign)
}

const SIGNS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
