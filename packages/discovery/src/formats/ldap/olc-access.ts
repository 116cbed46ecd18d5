import { normalDn } from './dn.ts'
import { entryFilter, type EntryFilter } from './entry-filter.ts'
import { posixExpression, type PosixExpression } from './posix-expression.ts'

/** A clause of olcAccess (slapd.access(5)): to what, by whom, how much. */
export interface AccessRule {
  readonly what: AccessTarget
  readonly by: readonly AccessGrant[]
  /** `to …` as it is written. */
  readonly to: string
}

export type DnStyle = 'base' | 'one' | 'subtree' | 'children' | 'regex'

export interface AccessTarget {
  /** Absent: every entry. The DN in its normal form, but for `regex`. */
  readonly dn?: DnPattern
  readonly filter?: EntryFilter | 'not-understood'
  /** Lower case; absent: all, `entry` and `children` too. */
  readonly attributes?: readonly string[]
  /** Only some values of the attribute. */
  readonly value?: {
    readonly style: DnStyle
    readonly pattern: string
    readonly expression?: PosixExpression
    readonly rule?: string
  }
}

interface DnPattern {
  readonly style: DnStyle
  readonly pattern: string
  /** Of a `regex`; absent where it is not understood. */
  readonly expression?: PosixExpression
}

export interface AccessGrant {
  /** All of them have to hold. */
  readonly who: readonly AccessHolder[]
  readonly access: Access
  readonly control: 'stop' | 'continue' | 'break'
  /** `by …` as it is written. */
  readonly by: string
}

export type AccessHolder =
  | { readonly type: 'all' | 'anonymous' | 'users' }
  /** The entry itself; by a level one above, of whoever asks (more than 0) or of what is asked for (less). */
  | { readonly type: 'self'; readonly level: number }
  /** `level`: how far above the pattern stands, for that style. `expanded`: parts of the target's DN are put into the pattern. */
  | {
      readonly type: 'dn'
      readonly style: DnStyle | 'level'
      readonly pattern: string
      readonly level?: number
      readonly expanded: boolean
    }
  | {
      readonly type: 'group'
      readonly pattern: string
      readonly expanded: boolean
      /** In lower case. */
      readonly objectClass: string
      readonly attribute: string
    }
  | { readonly type: 'dnattr'; readonly attribute: string }
  | { readonly type: 'set'; readonly pattern: string; readonly expanded: boolean }
  /** Where from, or by which way. */
  | { readonly type: 'connection'; readonly of: ConnectionPart; readonly style: string; readonly pattern: string }
  /** How strongly encrypted. */
  | { readonly type: 'strength'; readonly of: StrengthPart; readonly least: number }
  /** Instructions in the entries themselves, and what is not known: not evaluated here. */
  | { readonly type: 'other'; readonly text: string }

export type ConnectionPart = 'peername' | 'sockname' | 'sockurl' | 'domain'
export type StrengthPart = 'ssf' | 'transport_ssf' | 'tls_ssf' | 'sasl_ssf'

/** `d` disclose, `x` auth, `c` compare, `s` search, `r` read, `a` add, `z` delete, `m` manage. */
export type Privilege = 'd' | 'x' | 'c' | 's' | 'r' | 'a' | 'z' | 'm'

export interface Access {
  /** `=` sets, `+` adds, `-` takes away. */
  readonly sign: '=' | '+' | '-'
  readonly privileges: ReadonlySet<Privilege>
  /** Only over one's own entry as value (`self…`). */
  readonly self: boolean
}

const LEVELS: Readonly<Record<string, string>> = {
  none: '',
  disclose: 'd',
  auth: 'dx',
  compare: 'dxc',
  search: 'dxcs',
  read: 'dxcsr',
  add: 'dxcsra',
  delete: 'dxcsrz',
  write: 'dxcsraz',
  manage: 'dxcsrazm',
}

const LONGEST = 65_536
const MOST_WORDS = 4096

/** Reads one value of olcAccess, its number in front or not. Undefined where it follows no form that is known: then nothing is known of it. */
export const parseOlcAccess = (text: string): AccessRule | undefined => {
  if (text.length > LONGEST) return undefined
  const words = wordsOf(text.replace(/^\{-?\d{1,6}\}/, ''))
  if (words === undefined || words[0]?.text.toLowerCase() !== 'to') return undefined
  let at = 1
  const what: { -readonly [key in keyof AccessTarget]: AccessTarget[key] } = {}
  for (; at < words.length && words[at]!.text.toLowerCase() !== 'by'; at++)
    if (!targetWord(words[at]!.text, what)) return undefined
  if (at === 1) return undefined
  const to = words
    .slice(0, at)
    .map(({ raw }) => raw)
    .join(' ')
  const by: AccessGrant[] = []
  while (at < words.length) {
    let end = at + 1
    while (end < words.length && words[end]!.text.toLowerCase() !== 'by') end++
    const grant = grantOf(words.slice(at, end))
    if (grant === undefined) return undefined
    by.push(grant)
    at = end
  }
  return { what, by, to }
}

interface Word {
  /** Without quotes. */
  readonly text: string
  readonly raw: string
}

/**
 * As slapd takes a value of its configuration apart: a word may be put in quotes, or have them from somewhere on, and then goes on to a quote
 * that a blank follows. All else stays as it is, `\\` too.
 */
const wordsOf = (text: string): Word[] | undefined => {
  const words: Word[] = []
  for (let at = 0; ;) {
    while (at < text.length && isBlank(text[at])) at++
    if (at >= text.length) return words
    const start = at
    let quoted = text[at] === '"'
    if (quoted) at++
    const from = at
    let opened = -1
    for (; at < text.length && (quoted || !isBlank(text[at])); at++) {
      if (text[at] !== '"') continue
      if (quoted && (at + 1 === text.length || isBlank(text[at + 1]))) break
      quoted = true
      opened = at
    }
    if (quoted && at >= text.length) return undefined
    // Of several that open, the last is no part of the word.
    const word = opened < 0 ? text.slice(from, at) : text.slice(from, opened) + text.slice(opened + 1, at)
    if (quoted) at++
    words.push({ text: word, raw: text.slice(start, at) })
    if (words.length > MOST_WORDS) return undefined
  }
}

const isBlank = (unit: string | undefined) => unit !== undefined && /\s/.test(unit)

const targetWord = (word: string, what: { -readonly [key in keyof AccessTarget]: AccessTarget[key] }): boolean => {
  if (word === '*') return true
  const { name, style, middle, value } = assigned(word)
  if (value === undefined) return false
  switch (name) {
    case 'dn':
      return targetDn(style, value, what)
    case 'filter':
      what.filter = entryFilter(value) ?? 'not-understood'
      return true
    case 'attrs':
    case 'attr':
      what.attributes = value
        .toLowerCase()
        .split(',')
        .filter((one) => one !== '')
      return what.attributes.length > 0
    case 'val': {
      const valueStyle = styleOf(style)
      if (valueStyle === undefined) return false
      const expression = valueStyle === 'regex' ? posixExpression(value) : undefined
      what.value = {
        style: valueStyle,
        pattern: value,
        ...(expression === undefined ? {} : { expression }),
        ...(middle === '' ? {} : { rule: middle.toLowerCase() }),
      }
      return true
    }
    default:
      return false
  }
}

const targetDn = (
  style: string,
  value: string,
  what: { -readonly [key in keyof AccessTarget]: AccessTarget[key] },
): boolean => {
  const dnStyle = styleOf(style)
  if (dnStyle === undefined) return false
  if (dnStyle !== 'regex') {
    if (value !== '*' && !(value === '' && dnStyle === 'subtree'))
      what.dn = { style: dnStyle, pattern: normalDn(value) }
    return true
  }
  if (value === '') what.dn = { style: 'base', pattern: '' }
  else if (!EVERYTHING.has(value)) {
    const pattern = withoutBlanks(value)
    const expression = posixExpression(pattern)
    what.dn = { style: 'regex', pattern, ...(expression === undefined ? {} : { expression }) }
  }
  return true
}

/** Expressions that slapd takes for any DN, the empty one too. */
const EVERYTHING: ReadonlySet<string> = new Set(['*', '.*', '.*$', '^.*', '^.*$', '.*$$', '^.*$$'])
/** Those that are meant for any DN but the empty one. */
const USERS: ReadonlySet<string> = new Set(['*', '.+', '^.+', '.+$', '^.+$', '.+$$', '^.+$$'])

/** As slapd does with expressions for a DN: no blanks behind commas. */
const withoutBlanks = (pattern: string) => pattern.replaceAll(/(\\[^])|, +/g, (_, escaped?: string) => escaped ?? ',')

/** `name/middle.style=value`; name and style in lower case. */
const assigned = (word: string) => {
  const sign = word.indexOf('=')
  const [head, value] = sign < 0 ? [word, undefined] : [word.slice(0, sign), word.slice(sign + 1)]
  const dot = head.indexOf('.')
  const [left, style] = dot < 0 ? [head, ''] : [head.slice(0, dot), head.slice(dot + 1)]
  const slash = left.indexOf('/')
  return {
    name: (slash < 0 ? left : left.slice(0, slash)).toLowerCase(),
    middle: slash < 0 ? '' : left.slice(slash + 1),
    style: style.toLowerCase(),
    value,
  }
}

const styleOf = (style: string): DnStyle | undefined => {
  switch (style) {
    case '':
    case 'base':
    case 'baseobject':
    case 'exact':
      return 'base'
    case 'one':
    case 'onelevel':
      return 'one'
    case 'sub':
    case 'subtree':
      return 'subtree'
    case 'children':
      return 'children'
    case 'regex':
      return 'regex'
    default:
      return undefined
  }
}

const grantOf = (words: readonly Word[]): AccessGrant | undefined => {
  const who: AccessHolder[] = []
  let control: AccessGrant['control'] = 'stop'
  let access: Access | undefined
  for (const { text } of words.slice(1)) {
    const lower = text.toLowerCase()
    if (lower === 'stop' || lower === 'continue' || lower === 'break') {
      control = lower
      continue
    }
    const given = access === undefined && who.length > 0 ? accessOf(lower) : undefined
    if (given !== undefined) access = given
    else if (access === undefined) who.push(holderOf(text))
    else return undefined
  }
  if (who.length === 0) return undefined
  // Without any access nothing is added to what was given before.
  access ??= { sign: '+', privileges: new Set(), self: false }
  return { who, access, control, by: words.map(({ raw }) => raw).join(' ') }
}

const accessOf = (word: string): Access | undefined => {
  const [, own, rest = ''] = /^((?:real)?self)?(.*)$/.exec(word) ?? []
  const self = own !== undefined
  const level = Object.hasOwn(LEVELS, rest) ? LEVELS[rest] : undefined
  if (level !== undefined) return { sign: '=', privileges: privileges(level), self }
  const [, sign, letters] = /^([=+-])([0dxcsrwazm]+)$/.exec(rest) ?? []
  // With `self` before it, it is read as a holder.
  if (self || sign === undefined || letters === undefined) return undefined
  return {
    sign: sign as Access['sign'],
    privileges: privileges(letters.replaceAll('w', 'az').replaceAll('0', '')),
    self,
  }
}

const privileges = (letters: string): ReadonlySet<Privilege> => new Set(letters as Iterable<Privilege>)

const holderOf = (word: string): AccessHolder => {
  const { name: written, middle, style: styled, value } = assigned(word)
  const [style = '', modifier] = styled.split(',', 2)
  // Whoever logged in and whoever is acted for are the same here.
  const name = written.startsWith('real') ? written.slice(4) : written
  const other: AccessHolder = { type: 'other', text: word }
  // What is behind a sign changes nothing of these.
  if (name === '*' || name === 'anonymous' || name === 'users')
    return styled === '' ? { type: name === '*' ? 'all' : name } : other
  if (name === 'self') {
    const level = /^level\{(-?\d{1,3})\}$/.exec(style)?.[1]
    return style === '' || level !== undefined ? { type: 'self', level: Number(level ?? 0) } : other
  }
  if (value === undefined) return other
  switch (name) {
    case 'dn':
      return dnHolder(style, modifier === 'expand', value) ?? other
    case 'dnattr':
      return { type: 'dnattr', attribute: value.toLowerCase() }
    case 'group': {
      const [objectClass = '', attribute = ''] = middle.toLowerCase().split('/')
      const expanded = style === 'expand' || style === 'regex'
      if (!expanded && styleOf(style) !== 'base') return other
      return {
        type: 'group',
        pattern: expanded ? withoutBlanks(value) : normalDn(value),
        expanded,
        objectClass: objectClass === '' ? 'groupofnames' : objectClass,
        attribute: attribute === '' ? 'member' : attribute,
      }
    }
    case 'set':
      return style === 'expand' || styleOf(style) === 'base'
        ? { type: 'set', pattern: value, expanded: style === 'expand' }
        : other
    case 'peername':
    case 'sockname':
    case 'sockurl':
    case 'domain':
      return { type: 'connection', of: name, style: modifier === 'expand' ? 'expand' : style, pattern: value }
    case 'ssf':
    case 'transport_ssf':
    case 'tls_ssf':
    case 'sasl_ssf':
      return /^\d{1,6}$/.test(value) ? { type: 'strength', of: name, least: Number(value) } : other
    default:
      return other
  }
}

const dnHolder = (style: string, expanded: boolean, value: string): AccessHolder | undefined => {
  const level = /^level\{(\d{1,3})\}$/.exec(style)?.[1]
  if (level !== undefined)
    return { type: 'dn', style: 'level', level: Number(level), pattern: expanded ? value : normalDn(value), expanded }
  const dnStyle = styleOf(style)
  if (dnStyle === undefined) return undefined
  if (dnStyle !== 'regex')
    return value === ''
      ? undefined
      : { type: 'dn', style: dnStyle, pattern: expanded ? value : normalDn(value), expanded }
  // slapd takes these for the words, and then those words for expressions: they match DNs that have them somewhere.
  if (value === '' || USERS.has(value))
    return { type: 'dn', style: 'regex', pattern: value === '' ? 'anonymous' : 'users', expanded: true }
  if (EVERYTHING.has(value)) return { type: 'all' }
  return { type: 'dn', style: 'regex', pattern: withoutBlanks(value), expanded: true }
}
