import type { Entry, Syntax } from '../detector.ts'
import { DEEPEST, MOST_ENTRIES } from './scanning.ts'

/**
 * XML, and what looks like it: attributes (`@name`), the text of elements that hold no others (of one with attributes: `#text`),
 * CDATA, elements in comments. No document type is read and no entity of one replaced, so that nothing grows and nothing is fetched.
 */
export const xml: Syntax = (text) => {
  const out: Entry[] = []
  read(text, 0, text.length, { out, groups: { next: 1 }, commented: false }, ROOT)
  return out
}

interface Reading {
  readonly out: Entry[]
  readonly groups: { next: number }
  readonly commented: boolean
}

interface Element {
  readonly name: string
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
  readonly attributes: boolean
  /** Whether other elements stand in it: its text is none of a value then. */
  filled: boolean
  /** Where its text begins. */
  readonly from: number
}

const ROOT: Element = { name: '', path: [], group: 0, outer: [], attributes: false, filled: true, from: 0 }

const read = (text: string, begin: number, end: number, reading: Reading, root: Element) => {
  const { out, groups, commented } = reading
  const stack: Element[] = [root]
  /** How many elements are open that are nested too deep to be followed. */
  let beyond = 0
  for (let at = begin; at < end && out.length < MOST_ENTRIES;) {
    const open = text.indexOf('<', at)
    if (open < 0 || open >= end) break
    const code = text.charCodeAt(open + 1)
    if (code === BANG || code === QUESTION) {
      at = Math.min(end, special(text, open, end))
      if (!commented && text.startsWith('<!--', open) && at - open > 7) {
        const top = stack.at(-1)!
        read(text, open + 4, at - 3, { out, groups, commented: true }, { ...top, filled: true })
      }
      continue
    }
    if (code === SLASH) {
      const close = text.indexOf('>', open)
      const stop = close < 0 ? end : close
      if (beyond > 0) beyond--
      else leave(text, open, text.slice(open + 2, Math.min(stop, open + 2 + LONGEST_NAME)).trim(), stack, reading)
      at = stop + 1
      continue
    }
    NAME.lastIndex = open + 1
    const name = NAME.exec(text)?.[0]
    if (name === undefined) {
      at = open + 1
      continue
    }
    const top = stack.at(-1)!
    top.filled = true
    const path = [...top.path, name]
    const group = groups.next++
    const outer = [top.group, ...top.outer]
    const tag = attributes(text, NAME.lastIndex, end, { path, group, outer }, reading)
    at = tag.end
    if (tag.closed) continue
    if (stack.length >= DEEPEST) beyond++
    else stack.push({ name, path, group, outer, attributes: tag.some, filled: false, from: at })
  }
}

const BANG = 33
const QUOTE = 34
const APOSTROPHE = 39
const SLASH = 47
const EQUALS = 61
const GREATER = 62
const QUESTION = 63

const LONGEST_NAME = 256
const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\u0080-\uffff-]{0,255}/y

/** Where a comment, CDATA, a processing instruction or a declaration ends. */
const special = (text: string, open: number, end: number): number => {
  const ends = (mark: string, from: number) => {
    const at = text.indexOf(mark, from)
    return at < 0 ? end : at + mark.length
  }
  if (text.startsWith('<!--', open)) return ends('-->', open + 4)
  if (text.startsWith('<![CDATA[', open)) return ends(']]>', open + 9)
  if (text.charCodeAt(open + 1) === QUESTION) return ends('?>', open + 2)
  const close = ends('>', open)
  const bracket = text.slice(open, close).indexOf('[')
  return bracket < 0 ? close : ends('>', ends(']', open + bracket) - 1)
}

interface Owner {
  readonly path: readonly string[]
  readonly group: number
  readonly outer: readonly number[]
}

const attributes = (
  text: string,
  begin: number,
  end: number,
  { path, group, outer }: Owner,
  { out, commented }: Reading,
) => {
  let at = begin
  let some = false
  for (; at < end;) {
    const code = text.charCodeAt(at)
    if (code === GREATER) return { end: at + 1, closed: text.charCodeAt(at - 1) === SLASH, some }
    if (code === LESS) return { end: at, closed: false, some }
    NAME.lastIndex = at
    const name = code > SPACE ? NAME.exec(text)?.[0] : undefined
    if (name === undefined) {
      at++
      continue
    }
    const equals = skipSpace(text, NAME.lastIndex, end)
    if (text.charCodeAt(equals) !== EQUALS) {
      at = NAME.lastIndex
      continue
    }
    const quote = skipSpace(text, equals + 1, end)
    const sign = text.charCodeAt(quote)
    const quoted = sign === QUOTE || sign === APOSTROPHE
    const from = quoted ? quote + 1 : quote
    const close = quoted ? text.indexOf(text.charAt(quote), from) : bareEnd(text, from, end)
    const stop = close < 0 || close > end ? end : close
    some = true
    out.push({
      keys: [...path, `@${name}`],
      value: decoded(text.slice(from, stop)),
      at: from,
      length: stop - from,
      quoted,
      group,
      outer,
      ...(commented ? { commented } : {}),
    })
    at = quoted ? stop + 1 : stop
  }
  return { end, closed: true, some }
}

const LESS = 60
const SPACE = 32

const skipSpace = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && text.charCodeAt(at) <= SPACE) at++
  return at
}

const bareEnd = (text: string, from: number, end: number) => {
  let at = from
  while (at < end && text.charCodeAt(at) > SPACE && text.charCodeAt(at) !== GREATER) at++
  return at
}

/** Closes the element of some name and those in it that were never closed; a name that is not open closes nothing. */
const leave = (text: string, end: number, name: string, stack: Element[], reading: Reading) => {
  const index = stack.findLastIndex((element) => element.name === name)
  if (index <= 0) return
  const element = stack[index]!
  if (index === stack.length - 1 && !element.filled) textOf(text, element, end, stack[index - 1]!, reading)
  stack.length = index
}

const textOf = (text: string, element: Element, end: number, around: Element, { out, commented }: Reading) => {
  let from = skipSpace(text, element.from, end)
  let stop = end
  while (stop > from && text.charCodeAt(stop - 1) <= SPACE) stop--
  const written = text.slice(from, stop)
  let value: string
  // What is one stretch of CDATA alone stands there as it is.
  if (written.startsWith('<![CDATA[') && written.endsWith(']]>') && written.indexOf(']]>') === written.length - 3) {
    from += 9
    stop -= 3
    value = written.slice(9, -3)
  } else value = written.includes('<') ? withoutMarks(written) : decoded(written)
  if (value === '' && element.attributes) return
  const { path } = element
  const place = element.attributes
    ? { keys: [...path, '#text'], group: element.group, outer: element.outer }
    : { keys: path, group: around.group, outer: around.outer }
  out.push({ ...place, value, at: from, length: stop - from, quoted: true, ...(commented ? { commented } : {}) })
}

/** Text in which comments, instructions and CDATA stand. */
const withoutMarks = (written: string): string => {
  const parts: string[] = []
  for (let at = 0; at < written.length;) {
    const open = written.indexOf('<', at)
    if (open < 0) {
      parts.push(decoded(written.slice(at)))
      break
    }
    parts.push(decoded(written.slice(at, open)))
    const end = special(written, open, written.length)
    if (written.startsWith('<![CDATA[', open)) parts.push(written.slice(open + 9, end - 3))
    at = end
  }
  return parts.join('').trim()
}

const decoded = (written: string): string =>
  written.includes('&')
    ? written.replaceAll(ENTITY, (whole, hex: string | undefined, number: string | undefined, name: string) => {
        if (hex === undefined && number === undefined) return ENTITIES[name] ?? whole
        const code = hex === undefined ? Number.parseInt(number!, 10) : Number.parseInt(hex, 16)
        return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code)
      })
    : written

const ENTITY = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
