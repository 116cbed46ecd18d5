import type { Entry, Syntax } from '../detector.ts'
import { isBlank, isName, lineEnd, MOST_ENTRIES, nextLine, skipBlanks, trimBlanks } from './scanning.ts'

/** What programs do not agree on about files of sections and settings. */
export interface IniDialect {
  /** What parts a name from its value: the first of them does. */
  readonly separators: string
  /** What begins a line of comment. */
  readonly comments: string
  /** A comment behind a value: `none` there is, or it begins with a sign between blanks (`spaced`), or with any such sign (`any`). */
  readonly trailing: 'none' | 'spaced' | 'any'
  /** Whether quotes around a value are no part of it. */
  readonly quotes: boolean
  /** Where a value goes on: on lines that are indented, or behind a backslash at the end. */
  readonly continues?: 'indent' | 'backslash'
  /** Backslashes within values mean something, and quotes may stand in the middle, as in the settings of git. */
  readonly escapes?: Readonly<Record<string, string>>
  /** `[remote "origin"]` is a section in a section. */
  readonly subsections?: true
}

/** Sections and settings as most programs take them. */
export const INI: IniDialect = { separators: '=:', comments: '#;', trailing: 'spaced', quotes: true }

/** As configparser of Python takes them. */
export const CONFIGPARSER: IniDialect = { ...INI, trailing: 'none', quotes: false, continues: 'indent' }

export const GIT_CONFIG: IniDialect = {
  separators: '=',
  comments: '#;',
  trailing: 'any',
  quotes: true,
  continues: 'backslash',
  escapes: { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' },
  subsections: true,
}

/** Option files of MySQL and MariaDB. */
export const MY_CNF: IniDialect = { separators: '=', comments: '#;', trailing: 'any', quotes: true }

/** Files of settings in sections: `[section]` and `name = value`. A setting's keys are its section's name, if any, and its own. */
export const iniSyntax = (dialect: IniDialect = INI): Syntax => {
  const { separators, comments, continues, subsections } = dialect
  const readValue = dialect.escapes === undefined ? plainValue : escapedValue

  return function* (text) {
    let section: readonly string[] = []
    let commentedSection: readonly string[] | undefined
    let group = 0
    let commentedGroup = 0
    let groups = 0
    let left = MOST_ENTRIES

    /** The entry whose value goes on when indented lines follow. */
    let open: Open | undefined

    for (let line = 0; line < text.length && left > 0;) {
      const end = lineEnd(text, line)
      const from = skipBlanks(text, line, end)
      const indented = from > line
      let next = nextLine(text, end)
      const first = text.charAt(from)
      if (from === end) {
        // Empty lines neither end nor belong to a value.
      } else if (comments.includes(first)) {
        const at = skipBlanks(text, skipSigns(text, from, end, comments), end)
        if (text.charAt(at) === '[') {
          const header = sectionOf(text, at, end, subsections === true)
          if (header !== undefined) {
            commentedSection = header
            commentedGroup = ++groups
          }
        } else {
          const parted = part(text, at, end, separators)
          if (parted !== undefined && isName(text.slice(at, parted.nameEnd))) {
            const keys = [...(commentedSection ?? section), text.slice(at, parted.nameEnd)]
            const value = readValue(text, parted.value, end, dialect)
            yield { keys, ...spanned(value), commented: true, group: commentedSection ? commentedGroup : group }
            left--
          }
        }
      } else if (open !== undefined && indented && continues === 'indent') {
        const stop = trimBlanks(text, from, end)
        open.length = stop - open.at
        if (open.parts.length < MOST_LINES) open.parts.push(text.slice(from, stop))
      } else {
        if (open !== undefined) yield closed(open)
        open = undefined
        if (first === '[') {
          const header = sectionOf(text, from, end, subsections === true)
          if (header !== undefined) {
            section = header
            group = ++groups
            commentedSection = undefined
          }
        } else {
          const parted = part(text, from, end, separators)
          if (parted !== undefined) {
            commentedSection = undefined
            const keys = [...section, text.slice(from, parted.nameEnd)]
            let stop = end
            if (continues === 'backslash') {
              while (endsInBackslash(text, parted.value, stop) && next < text.length) {
                stop = lineEnd(text, next)
                next = nextLine(text, stop)
              }
            }
            const value = readValue(text, parted.value, stop, dialect)
            if (continues === 'indent') open = { keys, group, at: value.at, length: value.length, parts: [value.value] }
            else yield { keys, ...spanned(value), group }
            left--
          }
        }
      }
      line = next
    }
    if (open !== undefined) yield closed(open)
  }
}

interface Value {
  readonly value: string
  readonly at: number
  readonly length: number
  readonly quoted: boolean
}

interface Open extends Pick<Entry, 'keys' | 'group' | 'at'> {
  length: number
  readonly parts: string[]
}

/** A value of more lines is none that anybody types. */
const MOST_LINES = 1000

const spanned = ({ value, at, length, quoted }: Value) => ({ value, at, length, quoted })

const closed = ({ keys, group, at, length, parts }: Open): Entry => ({
  keys,
  value: parts.join('\n'),
  at,
  length,
  quoted: false,
  group,
})

const skipSigns = (text: string, at: number, end: number, signs: string) => {
  while (at < end && signs.includes(text.charAt(at))) at++
  return at
}

const part = (text: string, from: number, end: number, separators: string) => {
  let at = from
  while (at < end && !separators.includes(text.charAt(at))) at++
  if (at === end || at === from) return undefined
  return { nameEnd: trimBlanks(text, from, at), value: skipBlanks(text, at + 1, end) }
}

const sectionOf = (text: string, from: number, end: number, subsections: boolean): string[] | undefined => {
  const line = text.slice(from, Math.min(end, from + 1024))
  // Brackets may be doubled, as in nested sections and in lists of tables.
  const begin = /^\[+/.exec(line)![0].length
  const close = closingBracket(line, begin)
  if (close < 0) return undefined
  const header = line.slice(begin, close).trim()
  if (!subsections) return [header]
  const quoted = /^([^"\s]{1,256})[ \t]+"((?:[^"\\]|\\.){0,1000})"$/.exec(header)
  return quoted === null ? [header] : [quoted[1]!, quoted[2]!.replaceAll(/\\(.)/g, '$1')]
}

/** The bracket that closes: not one between quotes, where there are pairs of them. */
const closingBracket = (line: string, from: number) => {
  let quoted = false
  for (let at = from; at < line.length; at++) {
    const sign = line.charAt(at)
    if (quoted && sign === '\\') at++
    else if (sign === '"') quoted = !quoted
    else if (sign === ']' && !quoted) return at
  }
  return line.indexOf(']', from)
}

const endsInBackslash = (text: string, from: number, end: number) => {
  let at = end
  while (at > from && text.charAt(at - 1) === '\\') at--
  return (end - at) % 2 === 1
}

const plainValue = (text: string, at: number, end: number, dialect: IniDialect): Value => {
  const quote = text.charAt(at)
  const triple = dialect.quotes && quote === '"' ? tripleQuoted(text, at, end) : undefined
  if (triple !== undefined) return triple
  if (dialect.quotes && (quote === '"' || quote === "'" || quote === '`')) {
    const close = closingQuote(text, at, end, quote)
    if (close > 0) {
      const behind = skipBlanks(text, close + 1, end)
      if (behind === end || dialect.comments.includes(text.charAt(behind)) || text.charAt(behind) === ',')
        return { value: text.slice(at + 1, close), at: at + 1, length: close - at - 1, quoted: true }
    }
  }
  const stop = trimBlanks(text, at, commentIn(text, at, end, dialect))
  return { value: text.slice(at, stop), at, length: stop - at, quoted: false }
}

/** What stands between three quotes, as programs in Go read their settings. */
const tripleQuoted = (text: string, at: number, end: number): Value | undefined => {
  if (!text.startsWith('"""', at)) return undefined
  const close = text.indexOf('"""', at + 3)
  return close <= at + 3 || close + 3 > end
    ? undefined
    : { value: text.slice(at + 3, close), at: at + 3, length: close - at - 3, quoted: true }
}

/** The quote that closes on the same line: the last one before a comment or the end, or the first that blanks follow. */
const closingQuote = (text: string, at: number, end: number, quote: string) => {
  for (let close = at + 1; close < end; close++) {
    const sign = text.charAt(close)
    if (sign === '\\') close++
    else if (sign === quote) return close
  }
  return -1
}

const commentIn = (text: string, at: number, end: number, { trailing, comments }: IniDialect) => {
  if (trailing === 'none') return end
  for (let sign = at; sign < end; sign++) {
    if (!comments.includes(text.charAt(sign))) continue
    if (trailing === 'any') {
      if (text.charAt(sign) === '#' || sign === at) return sign
    } else if (
      (sign === at || isBlank(text.charCodeAt(sign - 1))) &&
      (sign + 1 === end || isBlank(text.charCodeAt(sign + 1)))
    )
      return sign
  }
  return end
}

/** A value in which quotes may open and close anywhere and backslashes escape, comments ending it outside of quotes. */
const escapedValue = (text: string, at: number, end: number, { escapes = {}, comments }: IniDialect): Value => {
  const parts: string[] = []
  let quoted = false
  let quotes = 0
  let from = at
  /** How much of what was read stays when blanks at the end go. */
  let kept = 0
  let stop = at
  let size = 0
  const add = (piece: string, lasting: boolean) => {
    parts.push(piece)
    size += piece.length
    if (lasting) kept = size
  }
  for (; from < end; from++) {
    const sign = text.charAt(from)
    if (sign === '"') {
      quoted = !quoted
      quotes++
      stop = from + 1
      kept = size
    } else if (sign === '\\') {
      const next = text.charAt(from + 1)
      from++
      if (next === '\r') from++
      else if (next !== '\n' && from < end) {
        add(escapes[next] ?? next, true)
        stop = from + 1
      }
    } else if (!quoted && comments.includes(sign)) break
    else if (!quoted && (sign === ' ' || sign === '\t')) add(sign, false)
    else {
      add(sign, true)
      stop = from + 1
    }
  }
  const value = parts.join('').slice(0, kept)
  const whole = quotes === 2 && text.charAt(at) === '"' && text.charAt(stop - 1) === '"' && stop > at + 1
  return whole
    ? { value, at: at + 1, length: stop - at - 2, quoted: true }
    : { value, at, length: stop - at, quoted: false }
}
