import type { DirectoryEntry } from '../directory.ts'

/** A search filter (RFC 4515), read. */
export type ExampleFilter =
  | { readonly type: 'and' | 'or'; readonly of: readonly ExampleFilter[] }
  | { readonly type: 'not'; readonly of: ExampleFilter }
  | { readonly type: 'present'; readonly attribute: string }
  | { readonly type: 'substring'; readonly attribute: string; readonly pattern: RegExp }
  | { readonly type: '=' | '>=' | '<='; readonly attribute: string; readonly value: string }
  | { readonly type: 'rule'; readonly attribute: string; readonly rule: string; readonly value: string }

/** For tests only: reads a filter, and throws at one that a server would refuse. */
export const parseFilter = (text: string): ExampleFilter => {
  let at = 0
  const expect = (character: string) => {
    if (text[at] !== character) throw new SyntaxError(`no ${character} at ${at} of ${text}`)
    at++
  }
  const one = (): ExampleFilter => {
    expect('(')
    const sign = text[at]
    let read: ExampleFilter
    if (sign === '&' || sign === '|') {
      at++
      const of: ExampleFilter[] = []
      while (text[at] === '(') of.push(one())
      read = { type: sign === '&' ? 'and' : 'or', of }
    } else if (sign === '!') {
      at++
      read = { type: 'not', of: one() }
    } else {
      const end = text.indexOf(')', at)
      read = item(text.slice(at, end))
      at = end
    }
    expect(')')
    return read
  }
  const read = one()
  if (at !== text.length) throw new SyntaxError(`more behind ${at} of ${text}`)
  return read
}

/** For tests only: whether an entry is found. Texts are compared without regard to case; an unknown attribute matches nothing. */
export const matchesFilter = (filter: ExampleFilter, entry: DirectoryEntry): boolean => {
  switch (filter.type) {
    case 'and':
      return filter.of.every((part) => matchesFilter(part, entry))
    case 'or':
      return filter.of.some((part) => matchesFilter(part, entry))
    case 'not':
      return !matchesFilter(filter.of, entry)
    case 'present':
      return filter.attribute === 'objectclass' || entry.values(filter.attribute).length > 0
    case 'substring':
      return valuesOf(entry, filter.attribute).some((value) => filter.pattern.test(value))
    case '=':
      return valuesOf(entry, filter.attribute).some((value) => isEqual(filter.attribute, value, filter.value))
    case '>=':
      return valuesOf(entry, filter.attribute).some((value) => order(value, filter.value) >= 0)
    case '<=':
      return valuesOf(entry, filter.attribute).some((value) => order(value, filter.value) <= 0)
    case 'rule':
      return valuesOf(entry, filter.attribute).some((value) => matchesRule(filter.rule, value, filter.value))
  }
}

const item = (text: string): ExampleFilter => {
  const match = /^([\w.;-]+)(?::([\w.]+):=|(>=|<=|~=|=))(.*)$/s.exec(text)
  if (!match) throw new SyntaxError(`not a filter: ${text}`)
  const [, name = '', rule, sign, raw = ''] = match
  const attribute = name.toLowerCase()
  if (rule !== undefined) return { type: 'rule', attribute, rule, value: unescaped(raw) }
  if (sign === '>=' || sign === '<=') return { type: sign, attribute, value: unescaped(raw) }
  if (raw === '*') return { type: 'present', attribute }
  if (!raw.includes('*')) return { type: '=', attribute, value: unescaped(raw) }
  const parts = raw.split('*').map((part) => unescaped(part).replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return { type: 'substring', attribute, pattern: new RegExp(`^${parts.join('.*')}$`, 'is') }
}

/** Values as text of one character for each byte, so that bytes that are no text are compared as well. */
const valuesOf = (entry: DirectoryEntry, attribute: string) => entry.values(attribute).map(latin)
const latin = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
const unescaped = (text: string) =>
  latin(new TextEncoder().encode(text)).replaceAll(/\\([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )

const isEqual = (attribute: string, value: string, asked: string) => {
  const [one, other] = [value.toLowerCase(), asked.toLowerCase()]
  // Active Directory lets the name of a class stand for its DN.
  return one === other || (attribute === 'objectcategory' && one.startsWith(`cn=${other},`))
}

const order = (one: string, other: string) => {
  if (/^-?\d+$/.test(one) && /^-?\d+$/.test(other)) return Number(BigInt(one) - BigInt(other))
  return one.toLowerCase().localeCompare(other.toLowerCase())
}

/** MS-ADTS 3.1.1.3.4.4. */
const matchesRule = (rule: string, value: string, asked: string) => {
  if (!/^-?\d+$/.test(value) || !/^-?\d+$/.test(asked)) return false
  const common = BigInt.asUintN(64, BigInt(value)) & BigInt.asUintN(64, BigInt(asked))
  if (rule === '1.2.840.113556.1.4.803') return common === BigInt.asUintN(64, BigInt(asked))
  return rule === '1.2.840.113556.1.4.804' && common !== 0n
}
