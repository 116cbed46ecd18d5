import { normalDn } from './dn.ts'
import type { SchemaTree } from './schema-tree.ts'

/** What is known of an entry: the values of an attribute, none where it has none, undefined where that is not known. Lower-case names. */
export type ValuesOf = (attribute: string) => readonly string[] | undefined

/** A filter (RFC 4515) that is put to entries of which not all is known. */
export interface EntryFilter {
  matches(values: ValuesOf, schema: SchemaTree | undefined): boolean | undefined
  /** Those it speaks of, in lower case. */
  readonly attributes: readonly string[]
}

/**
 * A comparison is true, false or undefined by itself (an attribute that nobody knows, RFC 4511 4.5.1.7), and may be one or another of them as
 * far as we know.
 */
const [TRUE, FALSE, UNDEFINED] = [1, 2, 4]
const EITHER = TRUE | FALSE
const ANY = TRUE | FALSE | UNDEFINED

type Test = (values: ValuesOf, schema: SchemaTree | undefined) => number

const LONGEST = 65_536
const DEEPEST = 50

/** Undefined where it is no filter. */
export const entryFilter = (text: string): EntryFilter | undefined => {
  if (text.length > LONGEST) return undefined
  const reader = new Reader(text.startsWith('(') ? text : `(${text})`)
  const test = reader.whole()
  if (test === undefined) return undefined
  return {
    attributes: [...reader.attributes],
    matches: (values, schema) => {
      const may = test(values, schema)
      return may === TRUE ? true : (may & TRUE) === 0 ? false : undefined
    },
  }
}

class Reader {
  readonly attributes = new Set<string>()
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Test | undefined {
    const test = this.#filter(0)
    return this.#at === this.#text.length ? test : undefined
  }

  #filter(depth: number): Test | undefined {
    if (depth > DEEPEST || this.#text[this.#at++] !== '(') return undefined
    const sign = this.#text[this.#at]
    let test: Test | undefined
    if (sign === '&' || sign === '|') {
      this.#at++
      const parts: Test[] = []
      while (this.#text[this.#at] === '(') {
        const part = this.#filter(depth + 1)
        if (part === undefined) return undefined
        parts.push(part)
      }
      test = sign === '&' ? all(parts) : any(parts)
    } else if (sign === '!') {
      this.#at++
      const part = this.#filter(depth + 1)
      if (part === undefined) return undefined
      test = (values, schema) => opposite(part(values, schema))
    } else {
      const end = this.#text.indexOf(')', this.#at)
      if (end < 0) return undefined
      const text = this.#text.slice(this.#at, end)
      test = item(text)
      this.attributes.add((/^[\w.-]*/.exec(text)?.[0] ?? '').toLowerCase())
      this.#at = end
    }
    return this.#text[this.#at++] === ')' ? test : undefined
  }
}

const opposite = (may: number) =>
  (may & UNDEFINED) | ((may & TRUE) === 0 ? 0 : FALSE) | ((may & FALSE) === 0 ? 0 : TRUE)

const all =
  (parts: readonly Test[]): Test =>
  (values, schema) =>
    combined(parts, values, schema, TRUE, FALSE)
const any =
  (parts: readonly Test[]): Test =>
  (values, schema) =>
    combined(parts, values, schema, FALSE, TRUE)

/** What a list of parts may come to: `strong` if one is that, else undefined if one is, else `weak`. */
const combined = (
  parts: readonly Test[],
  values: ValuesOf,
  schema: SchemaTree | undefined,
  weak: number,
  strong: number,
): number => {
  let may = weak
  for (const part of parts) {
    const next = part(values, schema)
    let both = 0
    for (const one of [TRUE, FALSE, UNDEFINED])
      if ((may & one) !== 0)
        for (const other of [TRUE, FALSE, UNDEFINED])
          if ((next & other) !== 0)
            both |=
              one === strong || other === strong ? strong : one === UNDEFINED || other === UNDEFINED ? UNDEFINED : weak
    may = both
  }
  return may
}

const item = (text: string): Test | undefined => {
  const [, attribute = '', sign = '', raw = ''] = /^([\w.;-]{1,128})([<>~]?=|:[\w.:-]*:=)([^]*)$/.exec(text) ?? []
  if (attribute === '') return undefined
  if (sign === '=' && raw === '*') return present(attribute.toLowerCase())
  const parts = raw.split('*').map(unescaped)
  if (sign === '=')
    return parts.length === 1
      ? compared(attribute.toLowerCase(), parts[0]!)
      : substrings(attribute.toLowerCase(), parts)
  // Orders and rules of one's own depend on the syntax.
  return () => ANY
}

const unescaped = (raw: string) =>
  raw.includes('\\') ? UTF8.decode(Uint8Array.from([...new TextEncoder().encode(raw)].flatMap(unescapedByte))) : raw
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })
const BACKSLASH = 0x5c

const unescapedByte = (byte: number, at: number, bytes: readonly number[]): number[] => {
  const hex = (from: number) => Number.parseInt(String.fromCharCode(bytes[from] ?? 0, bytes[from + 1] ?? 0), 16)
  if (byte === BACKSLASH) return Number.isNaN(hex(at + 1)) ? [] : [hex(at + 1)]
  return bytes[at - 1] === BACKSLASH || bytes[at - 2] === BACKSLASH ? [] : [byte]
}

const present =
  (attribute: string): Test =>
  (values, schema) => {
    if (schema !== undefined && schema.attribute(attribute) === undefined) return UNDEFINED
    const held = values(attribute)
    return held === undefined ? EITHER : held.length > 0 ? TRUE : FALSE
  }

const compared =
  (attribute: string, wanted: string): Test =>
  (values, schema) => {
    if (schema === undefined)
      return attribute === 'objectclass' || values(attribute) === undefined ? ANY : loosely(values(attribute)!, wanted)
    if (schema.attribute(attribute) === undefined) return UNDEFINED
    const held = values(attribute)
    if (attribute === 'objectclass') {
      if (!schema.isClass(wanted)) return UNDEFINED
      return held === undefined ? EITHER : held.some((one) => schema.isClassWithin(one, wanted)) ? TRUE : FALSE
    }
    const same = sameBy(schema.equalityOf(attribute))
    if (same === undefined) return ANY
    return held === undefined ? EITHER : held.some((one) => same(one, wanted)) ? TRUE : FALSE
  }

/** Without a schema only what is the same, or different whatever the rule, is sure. */
const loosely = (held: readonly string[], wanted: string): number =>
  held.includes(wanted) ? TRUE : held.some((one) => folded(one) === folded(wanted)) ? ANY : FALSE | UNDEFINED

/** How values are compared by a rule; undefined where that is not understood here. */
export const sameBy = (rule: string): ((one: string, other: string) => boolean) | undefined => {
  switch (rule) {
    case 'caseignorematch':
    case 'caseignoreia5match':
      return (one, other) => folded(one) === folded(other)
    case 'caseexactmatch':
    case 'caseexactia5match':
      return (one, other) => spaced(one) === spaced(other)
    case 'octetstringmatch':
      return (one, other) => one === other
    case 'distinguishednamematch':
    case 'uniquemembermatch':
      return (one, other) => normalDn(one) === normalDn(other)
    case 'integermatch':
    case 'booleanmatch':
      return (one, other) => one.toLowerCase() === other.toLowerCase()
    default:
      return undefined
  }
}

/** Blanks around are left out, and several count as one. */
const spaced = (text: string) => text.trim().replaceAll(/ +/g, ' ')
const folded = (text: string) => spaced(text).toLowerCase()

const substrings =
  (attribute: string, parts: readonly string[]): Test =>
  (values, schema) => {
    if (schema !== undefined && schema.attribute(attribute) === undefined) return UNDEFINED
    const held = values(attribute)
    const rule = schema?.equalityOf(attribute) ?? ''
    // Blanks between parts count in ways of their own, and case by the rule.
    if (
      held === undefined ||
      !/^case(?:ignore|exact)(?:ia5)?match$/.test(rule) ||
      parts.some((part) => /^ | $| {2}/.test(part))
    )
      return ANY
    const fold = rule.includes('ignore') ? folded : spaced
    return held.some((value) => contains(fold(value), parts.map(fold))) ? TRUE : FALSE
  }

const contains = (value: string, parts: readonly string[]): boolean => {
  const [first = '', ...rest] = parts
  const last = rest.pop() ?? ''
  if (!value.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = value.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return value.length - last.length >= at && value.endsWith(last)
}
