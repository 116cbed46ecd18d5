import { isWithinDn, normalDn, parentDn } from './dn.ts'

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
  readonly dn?: { readonly style: DnStyle; readonly pattern: string }
  readonly filter?: string
  /** Lower case; absent: all, `entry` and `children` too. */
  readonly attributes?: readonly string[]
  /** Only some values of the attribute. */
  readonly value?: string
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
  | { readonly type: 'all' | 'anonymous' | 'users' | 'self' }
  | { readonly type: 'dn'; readonly style: DnStyle; readonly pattern: string }
  | { readonly type: 'group'; readonly pattern: string; readonly expanded: boolean }
  | { readonly type: 'dnattr'; readonly attribute: string }
  /** Where from, how encrypted, `set`, `aci`: not evaluated here. */
  | { readonly type: 'other'; readonly text: string }

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

/** As slapd takes a line apart: blanks part words, but not in quotes; `\` takes what follows as it is. */
const wordsOf = (text: string): Word[] | undefined => {
  const words: Word[] = []
  let at = 0
  while (at < text.length) {
    while (at < text.length && /\s/.test(text[at]!)) at++
    if (at >= text.length) break
    const from = at
    let word = ''
    let quoted = false
    for (; at < text.length && (quoted || !/\s/.test(text[at]!)); at++) {
      if (text[at] === '"') quoted = !quoted
      else if (text[at] === '\\' && at + 1 < text.length) word += text[++at]!
      else word += text[at]!
    }
    words.push({ text: word, raw: text.slice(from, at) })
    if (words.length > MOST_WORDS || quoted) return undefined
  }
  return words
}

const targetWord = (word: string, what: { -readonly [key in keyof AccessTarget]: AccessTarget[key] }): boolean => {
  if (word === '*') return true
  const { name, style, value } = assigned(word)
  if (value === undefined) return false
  switch (name) {
    case 'dn': {
      const dnStyle = styleOf(style)
      if (dnStyle === undefined) return false
      if (value === '*') return true
      what.dn = { style: dnStyle, pattern: dnStyle === 'regex' ? value : normalDn(value) }
      return true
    }
    case 'filter':
      what.filter = value
      return true
    case 'attrs':
    case 'attr':
      what.attributes = value
        .toLowerCase()
        .split(',')
        .filter((one) => one !== '')
      return what.attributes.length > 0
    case 'val':
      what.value = value
      return true
    default:
      return false
  }
}

/** `name.style/more=value`; what is before the sign in lower case. */
const assigned = (word: string) => {
  const sign = word.indexOf('=')
  const [head, value] = sign < 0 ? [word, undefined] : [word.slice(0, sign), word.slice(sign + 1)]
  const slash = head.indexOf('/')
  const [bare, after] = slash < 0 ? [head, ''] : [head.slice(0, slash), head.slice(slash + 1)]
  const styled = slash < 0 ? bare : `${bare}${after.includes('.') ? after.slice(after.indexOf('.')) : ''}`
  const dot = styled.indexOf('.')
  return {
    name: (dot < 0 ? styled : styled.slice(0, dot)).toLowerCase(),
    style: dot < 0 ? '' : styled.slice(dot + 1).toLowerCase(),
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
  if (sign === undefined || letters === undefined) return undefined
  return {
    sign: sign as Access['sign'],
    privileges: privileges(letters.replaceAll('w', 'az').replaceAll('0', '')),
    self,
  }
}

const privileges = (letters: string): ReadonlySet<Privilege> => new Set(letters as Iterable<Privilege>)

const holderOf = (word: string): AccessHolder => {
  switch (word.toLowerCase()) {
    case '*':
      return { type: 'all' }
    case 'anonymous':
    case 'users':
    case 'self':
      return { type: word.toLowerCase() as 'anonymous' | 'users' | 'self' }
  }
  const { name, style, value } = assigned(word)
  if (value === undefined) return { type: 'other', text: word }
  if (name === 'dn') {
    if (value === '*') return { type: 'users' }
    const dnStyle = styleOf(style)
    if (dnStyle === undefined) return { type: 'other', text: word }
    return { type: 'dn', style: dnStyle, pattern: dnStyle === 'regex' ? value : normalDn(value) }
  }
  if (name === 'group')
    return { type: 'group', pattern: normalDn(value), expanded: style === 'expand' || style === 'regex' }
  if (name === 'dnattr') return { type: 'dnattr', attribute: value.toLowerCase() }
  return { type: 'other', text: word }
}

/** Somebody whose access is asked for. */
export interface Accessor {
  /** In its normal form; absent: anonymous. */
  readonly dn?: string
  /** Whether it is in a group that a rule names; undefined where that is not known. */
  readonly isIn?: (group: string) => boolean | undefined
}

/** What is accessed. */
export interface Accessed {
  /** In its normal form. */
  readonly dn: string
  /** Lower case; `entry` and `children` are asked for like attributes. */
  readonly attribute: string
}

/**
 * What somebody may do to an attribute of an entry under some rules, in their order, those of the frontend behind those of the database.
 * Undefined where a rule decides that cannot be evaluated here: one with a filter, an expression, a set, the client's address.
 */
export const evaluateAccess = (
  rules: readonly AccessRule[],
  accessor: Accessor,
  accessed: Accessed,
): ReadonlySet<Privilege> | undefined => {
  // Where there is no rule at all, everybody reads.
  if (rules.length === 0) return privileges(LEVELS['read']!)
  let held: ReadonlySet<Privilege> = new Set()
  for (const { what, by } of rules) {
    const applies = targetMatches(what, accessed)
    if (applies === undefined) return undefined
    if (!applies) continue
    let next = false
    for (const { who, access, control } of by) {
      const matches = holdersMatch(who, accessor, accessed)
      if (matches === undefined) return undefined
      if (!matches) continue
      held = changed(held, access)
      if (control === 'stop') return held
      next = control === 'break'
      if (next) break
    }
    // Behind every rule stands `by * none`.
    if (!next) return new Set()
  }
  return held.size > 0 ? held : new Set()
}

const changed = (held: ReadonlySet<Privilege>, { sign, privileges: given }: Access): ReadonlySet<Privilege> => {
  if (sign === '=') return given
  return sign === '+' ? new Set([...held, ...given]) : new Set([...held].filter((one) => !given.has(one)))
}

/** Whether a rule speaks of an attribute of an entry. */
const targetMatches = ({ dn, filter, attributes, value }: AccessTarget, accessed: Accessed): boolean | undefined => {
  if (dn !== undefined) {
    const matches = dnMatches(accessed.dn, dn.style, dn.pattern)
    if (matches !== true) return matches
  }
  if (attributes !== undefined) {
    const matches = attributesMatch(attributes, accessed.attribute)
    if (matches !== true) return matches
  }
  return filter === undefined && value === undefined ? true : undefined
}

const dnMatches = (dn: string, style: DnStyle, pattern: string): boolean | undefined => {
  switch (style) {
    case 'base':
      return dn === pattern
    case 'one':
      return dn !== '' && parentDn(dn) === pattern
    case 'subtree':
      return isWithinDn(dn, pattern)
    case 'children':
      return dn !== pattern && isWithinDn(dn, pattern)
    case 'regex':
      // Expressions of a target are not run: only those that say nothing are understood.
      return /^\^?\.[*+]\$?$/.test(pattern) ? dn !== '' || pattern.includes('*') : undefined
  }
}

/** Attributes that have `name` (RFC 4519 2.18) above them. */
const OF_NAME: ReadonlySet<string> = new Set(
  'cn commonname sn surname givenname gn initials generationqualifier title o organizationname ou organizationalunitname l localityname st c countryname dmdname'.split(
    ' ',
  ),
)

/** The two spellings of some attributes (RFC 4519). */
const SAME: Readonly<Record<string, string>> = {
  commonname: 'cn',
  surname: 'sn',
  gn: 'givenname',
  userid: 'uid',
  rfc822mailbox: 'mail',
  organizationname: 'o',
  organizationalunitname: 'ou',
  domaincomponent: 'dc',
}

const plain = (name: string) => {
  const bare = name.replace(/;.*$/, '')
  return Object.hasOwn(SAME, bare) ? SAME[bare]! : bare
}

const attributesMatch = (listed: readonly string[], asked: string): boolean | undefined => {
  let unsure = false
  for (const one of listed) {
    if (one === '*') return asked !== 'entry' && asked !== 'children' ? true : undefined
    // All attributes that a class has, or has not: its schema would be needed.
    if (one.startsWith('@') || one.startsWith('!')) unsure = true
    else if (plain(one) === plain(asked) || (one === 'name' && OF_NAME.has(asked))) return true
  }
  return unsure ? undefined : false
}

const holdersMatch = (who: readonly AccessHolder[], accessor: Accessor, accessed: Accessed): boolean | undefined => {
  let unsure = false
  for (const one of who) {
    const matches = holderMatches(one, accessor, accessed)
    if (matches === false) return false
    if (matches === undefined) unsure = true
  }
  return unsure ? undefined : true
}

const holderMatches = (holder: AccessHolder, { dn, isIn }: Accessor, accessed: Accessed): boolean | undefined => {
  switch (holder.type) {
    case 'all':
      return true
    case 'anonymous':
      return dn === undefined || dn === ''
    case 'users':
      return dn !== undefined && dn !== ''
    case 'self':
      return dn !== undefined && dn === accessed.dn
    case 'dn':
      if (dn === undefined || dn === '') return holder.style === 'base' ? holder.pattern === '' : false
      return dnMatches(dn, holder.style, holder.pattern)
    case 'group':
      return dn === undefined ? false : holder.expanded ? undefined : isIn?.(holder.pattern)
    case 'dnattr':
      return dn === undefined ? false : undefined
    case 'other':
      return undefined
  }
}

/** A right that a rule gives somebody, to be told. */
export interface AccessRight {
  /** The entry or container it is over, in its normal form; empty: all of the database. */
  readonly dn: string
  readonly style: DnStyle
  readonly right:
    | 'full-control'
    | 'write-all'
    | 'write-password'
    | 'add-member'
    | 'add-self'
    | 'create-child'
    | 'write-bound-keys'
    | 'write-account-control'
    | 'proxy'
    /** Those of sudo. */
    | 'write-rules'
  readonly holder: AccessHolder
  /** A condition was not evaluated. */
  readonly conditional: boolean
  readonly evidence: string
}

/** Rights by the attributes that they take something over with. */
const TAKES: readonly (readonly [right: AccessRight['right'], attributes: ReadonlySet<string>])[] = [
  ['write-password', new Set(['userpassword', 'authpassword', 'sambantpassword', 'krbprincipalkey'])],
  [
    'add-member',
    new Set(['member', 'uniquemember', 'memberuid', 'membernisnetgroup', 'nisnetgrouptriple', 'memberurl']),
  ],
  ['write-bound-keys', new Set(['sshpublickey', 'usercertificate', 'usercertificate;binary'])],
  ['proxy', new Set(['authzto', 'authzfrom'])],
  ['write-account-control', new Set(['uidnumber', 'gidnumber', 'homedirectory', 'loginshell', 'objectclass', 'uid'])],
  ['write-rules', new Set(['sudouser', 'sudocommand', 'sudohost', 'sudooption', 'sudorunasuser', 'sudorunas'])],
  ['create-child', new Set(['children'])],
]

/** Which rights to take something over the rules of a database give, those left out that an earlier rule decides. */
export const accessRights = (rules: readonly AccessRule[]): AccessRight[] => {
  const rights: AccessRight[] = []
  for (const [index, { what, by, to }] of rules.entries()) {
    const before = rules.slice(0, index).filter((rule) => decides(rule))
    for (const [turn, grant] of by.entries()) {
      const { privileges: held, sign } = grant.access
      const writes = sign !== '-' && (held.has('m') || held.has('a') || held.has('z'))
      if (!writes || by.slice(0, turn).some((earlier) => earlier.control === 'stop' && covers(earlier.who, grant.who)))
        continue
      const holder = grant.who.find(({ type }) => type !== 'other') ?? grant.who[0]!
      const conditional =
        grant.who.length > 1 ||
        holder.type === 'other' ||
        what.filter !== undefined ||
        what.value !== undefined ||
        what.dn?.style === 'regex' ||
        (holder.type === 'group' && holder.expanded) ||
        (holder.type === 'dn' && holder.style === 'regex')
      for (const [right, attribute] of rightsOver(what, held.has('m'), grant.access.self)) {
        if (before.some((rule) => shadows(rule.what, what, attribute))) continue
        rights.push({
          dn: what.dn === undefined || what.dn.style === 'regex' ? '' : what.dn.pattern,
          style: what.dn?.style ?? 'subtree',
          right,
          holder,
          conditional,
          evidence: `olcAccess: {${index}}${to} ${grant.by}`,
        })
      }
    }
  }
  return rights
}

/** Whether a rule decides for everybody, so that none behind it is asked. */
const decides = ({ by }: AccessRule) => !by.some(({ control }) => control === 'break')

const rightsOver = (
  { attributes }: AccessTarget,
  manages: boolean,
  self: boolean,
): (readonly [AccessRight['right'], string | undefined])[] => {
  if (attributes === undefined || attributes.includes('*')) return [[manages ? 'full-control' : 'write-all', undefined]]
  return TAKES.flatMap(([right, names]) => {
    const attribute = attributes.find((one) => names.has(one))
    return attribute === undefined ? [] : [[right === 'add-member' && self ? 'add-self' : right, attribute] as const]
  })
}

/** Whether all that a later rule says of an attribute was decided by an earlier one. */
const shadows = (earlier: AccessTarget, later: AccessTarget, attribute: string | undefined): boolean => {
  if (earlier.filter !== undefined || earlier.value !== undefined) return false
  if (
    earlier.attributes !== undefined &&
    (attribute === undefined || attributesMatch(earlier.attributes, attribute) !== true)
  )
    return false
  if (earlier.dn === undefined) return true
  if (earlier.dn.style === 'regex') return false
  if (later.dn === undefined || later.dn.style === 'regex')
    return earlier.dn.pattern === '' && earlier.dn.style === 'subtree'
  const { style, pattern } = earlier.dn
  switch (later.dn.style) {
    case 'base':
      return dnMatches(later.dn.pattern, style, pattern) === true
    case 'one':
      return (
        (style === 'one' && later.dn.pattern === pattern) ||
        ((style === 'subtree' || style === 'children') && isWithinDn(later.dn.pattern, pattern))
      )
    case 'subtree':
      return style === 'subtree'
        ? isWithinDn(later.dn.pattern, pattern)
        : style === 'children' && later.dn.pattern !== pattern && isWithinDn(later.dn.pattern, pattern)
    case 'children':
      return (style === 'subtree' || style === 'children') && isWithinDn(later.dn.pattern, pattern)
  }
}

/** Whether whoever is meant later was meant before. */
const covers = (earlier: readonly AccessHolder[], later: readonly AccessHolder[]): boolean =>
  earlier.every(
    (one) =>
      one.type === 'all' ||
      (one.type === 'users' && later.some(({ type }) => type !== 'all' && type !== 'anonymous' && type !== 'other')) ||
      later.some((other) => JSON.stringify(other) === JSON.stringify(one)),
  )
