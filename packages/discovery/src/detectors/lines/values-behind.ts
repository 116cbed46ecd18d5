import type { Kind } from './file-kind.ts'

/** A value behind a name: where it is written, within the text that was looked at. */
export interface WrittenValue {
  readonly at: number
  readonly length: number
  readonly value: string
  readonly quoted: boolean
  /** Where what stands behind it begins. */
  readonly end: number
}

const LONGEST_VALUE = 4096

/** Reads the value that begins at some place of a line: between quotes, or a bare one as files of this kind write it. */
export const valueAt = (text: string, from: number, kind: Kind, wholeLine: boolean): WrittenValue | undefined => {
  let at = from
  PREFIX.lastIndex = at
  const prefix = PREFIX.exec(text)
  if (prefix !== null) at += prefix[0].length
  const quote = text[at]
  if (quote === '"' || quote === "'" || quote === '`') return quotedAt(text, at, quote)
  if (quote === '\\' && (text[at + 1] === '"' || text[at + 1] === "'")) return escapedAt(text, at)
  return kind === 'code' ? undefined : bareAt(text, at, kind, wholeLine)
}

/** Letters before a quote that say what kind of string begins. */
const PREFIX = /(?:[rRbBuUfFLNEe@]|rb|br|\$)(?=["'])/y

const quotedAt = (text: string, at: number, quote: string): WrittenValue | undefined => {
  const triple = text.startsWith(quote.repeat(3), at) && quote !== '`'
  const begin = triple ? at + 3 : at + 1
  const most = Math.min(text.length, begin + LONGEST_VALUE)
  let escaped = false
  for (let index = begin; index < most; index++) {
    const code = text.charCodeAt(index)
    if (code === 92) {
      escaped = true
      index++
    } else if (code === 10) return undefined
    else if (text[index] === quote && (!triple || text.startsWith(quote.repeat(3), index))) {
      const written = text.slice(begin, index)
      return {
        at: begin,
        length: index - begin,
        value: escaped ? unescaped(written) : written,
        quoted: true,
        end: index + (triple ? 3 : 1),
      }
    }
  }
  return undefined
}

const unescaped = (written: string) => written.replaceAll(/\\(["'\\/$`@#])/g, '$1')

/** A string within a string: `\"value\"`. */
const escapedAt = (text: string, at: number): WrittenValue | undefined => {
  const end = text.indexOf(text.slice(at, at + 2), at + 2)
  if (end < 0 || end - at > LONGEST_VALUE) return undefined
  const value = text.slice(at + 2, end)
  return { at: at + 2, length: value.length, value, quoted: true, end: end + 2 }
}

const bareAt = (text: string, at: number, kind: Kind, wholeLine: boolean): WrittenValue | undefined => {
  if (wholeLine && (kind === 'settings' || kind === 'yaml')) {
    REST.lastIndex = at
    const rest = REST.exec(text)?.[0] ?? ''
    const value = rest.replace(TRAILING_COMMENT, '').replace(/[ \t]*[;,]?[ \t]*$/, '')
    if (value !== '' && !/\s/.test(value))
      return { at, length: value.length, value, quoted: false, end: at + value.length }
  }
  const pattern = kind === 'shell' ? SHELL_WORD : WORD
  pattern.lastIndex = at
  const value = pattern.exec(text)?.[0]
  return value === undefined ? undefined : { at, length: value.length, value, quoted: false, end: at + value.length }
}

const REST = /[^\r\n]{1,4096}/y
const TRAILING_COMMENT = /[ \t]+(?:#|;|\/\/|\/\*|<!--)[^\r\n]*$/
const WORD = /[^\s"'`,;<>|&)\]}]{1,1024}/y
const SHELL_WORD = /(?:\\.|[^\s"'`;<>|&()\\]){1,1024}/y
