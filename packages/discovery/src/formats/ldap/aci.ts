import { isWithinDn, normalDn } from './dn.ts'
import type { GroupMembers } from './group-members.ts'

/** An access control instruction of 389-DS (attribute `aci`), which FreeIPA makes of its permissions. */
export interface Aci {
  readonly name: string
  /** Entries it is for, as a DN or pattern; absent: the entry it stands in and all below. */
  readonly target?: string
  /** Attributes it is for, lower case; `*` for all. Absent: the entry itself, no attribute of it. */
  readonly attributes?: readonly string[]
  /** All but those. */
  readonly except?: true
  readonly filter?: string
  /** `base`, `onelevel`, `subtree`, `subordinate`. */
  readonly scope?: string
  readonly rules: readonly AciRule[]
}

export interface AciRule {
  readonly allow: boolean
  /** Lower case; `all` stands for all but proxy. */
  readonly rights: ReadonlySet<string>
  readonly subjects: readonly AciSubject[]
  /** Something more has to hold: an address, a time, a method of logging in, or it is combined with `and` or `not`. */
  readonly conditional: boolean
}

export interface AciSubject {
  readonly type: 'anyone' | 'all' | 'self' | 'parent' | 'user' | 'group' | 'role' | 'attribute' | 'filter'
  /** The DN in its normal form, or what the rule says. */
  readonly who: string
}

const LONGEST = 65_536

/** Reads one instruction. Undefined where it does not follow the language: then nothing is known of it. */
export const parseAci = (text: string): Aci | undefined => {
  if (text.length > LONGEST) return undefined
  let at = 0
  const aci: { -readonly [key in keyof Aci]?: Aci[key] } = {}
  for (;;) {
    at = skip(text, at)
    if (text[at] !== '(') return undefined
    const end = closing(text, at)
    if (end < 0) return undefined
    const inner = text.slice(at + 1, end).trim()
    at = end + 1
    if (/^version\s/i.test(inner)) {
      const body = bodyOf(inner)
      return body === undefined ? undefined : { ...aci, ...body }
    }
    if (!takeTarget(inner, aci)) return undefined
  }
}

const skip = (text: string, from: number) => {
  let at = from
  while (at < text.length && /\s/.test(text[at]!)) at++
  return at
}

/** The bracket that closes the one at `from`, those in quotes left out. */
const closing = (text: string, from: number): number => {
  let depth = 0
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const unit = text[at]
    if (unit === '\\') at++
    else if (unit === '"') quoted = !quoted
    else if (quoted) continue
    else if (unit === '(') depth++
    else if (unit === ')' && --depth === 0) return at
  }
  return -1
}

const takeTarget = (inner: string, aci: { -readonly [key in keyof Aci]?: Aci[key] }): boolean => {
  const [, keyword = '', sign = '', raw = ''] = /^(\w{1,32})\s*(!?=)\s*([^]*)$/.exec(inner) ?? []
  const value = raw.trim().replace(/^"([^]*)"$/, '$1')
  switch (keyword.toLowerCase()) {
    case 'target':
    case 'target_to':
    case 'target_from':
      aci.target = sign === '!=' ? `!${value}` : normalDn(value.replace(/^ldaps?:\/\/\//i, ''))
      return true
    case 'targetattr':
      aci.attributes = value
        .toLowerCase()
        .split(/\s*\|\|\s*/)
        .map((one) => one.trim())
        .filter((one) => one !== '')
      if (sign === '!=') aci.except = true
      return true
    case 'targetfilter':
      aci.filter = sign === '!=' ? `(!${value})` : value
      return true
    case 'targattrfilters':
      aci.filter = `${aci.filter ?? ''}${value}`
      return true
    case 'targetscope':
      aci.scope = value.toLowerCase()
      return true
    case 'extop':
      return true
    default:
      return false
  }
}

const bodyOf = (inner: string): Pick<Aci, 'name' | 'rules'> | undefined => {
  const [, name, rest = ''] = /^version\s+3\.0\s*;\s*ac[li]\s+"((?:[^"\\]|\\.)*)"\s*;([^]*)$/i.exec(inner) ?? []
  if (name === undefined) return undefined
  const rules: AciRule[] = []
  for (const part of statements(rest)) {
    const [, verb = '', rights = '', bind = ''] = /^(allow|deny)\s*\(([^()]*)\)\s*([^]*)$/i.exec(part) ?? []
    if (verb === '') return undefined
    rules.push({
      allow: verb.toLowerCase() === 'allow',
      rights: new Set(
        rights
          .toLowerCase()
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== ''),
      ),
      ...subjectsOf(bind),
    })
  }
  return rules.length === 0 ? undefined : { name, rules }
}

/** Parted by `;` outside of quotes. */
const statements = (text: string): string[] => {
  const parts: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    if (at < text.length && (quoted || text[at] !== ';')) continue
    const part = text.slice(from, at).trim()
    if (part !== '') parts.push(part)
    from = at + 1
  }
  return parts
}

const KEYWORD = /(\w{1,32})\s*(!?=|[<>]=?)\s*"([^"]*)"/g

/** Who a bind rule speaks of. Of several joined by `or` each; what `and` and `not` add is a condition. */
const subjectsOf = (rule: string): Pick<AciRule, 'subjects' | 'conditional'> => {
  const subjects: AciSubject[] = []
  let conditional = /(?:^|[\s()"])(?:and|not)(?:[\s()]|$)/i.test(rule.replaceAll(/"[^"]*"/g, '""'))
  for (const [, keyword = '', sign = '', value = ''] of rule.slice(0, LONGEST).matchAll(KEYWORD)) {
    const of = keyword.toLowerCase()
    if (sign !== '=' || !WHO.has(of)) {
      // `ssf >= 56` and `authmethod` restrict; `!=` means all others.
      conditional = true
      if (sign === '!=' && WHO.has(of)) subjects.push({ type: 'anyone', who: `${of} != ${value}` })
      continue
    }
    if (of === 'userattr' || of === 'groupattr' || of === 'userdnattr' || of === 'groupdnattr') {
      subjects.push({ type: 'attribute', who: value })
      continue
    }
    for (const url of value.split(/\s*\|\|\s*/)) subjects.push(subjectOf(of, url.trim()))
  }
  // A rule that names nobody is about everybody from there, then or in that way.
  if (subjects.length === 0 && conditional) subjects.push({ type: 'anyone', who: 'anyone' })
  return { subjects, conditional }
}

const WHO: ReadonlySet<string> = new Set([
  'userdn',
  'groupdn',
  'roledn',
  'userattr',
  'groupattr',
  'userdnattr',
  'groupdnattr',
])

const subjectOf = (keyword: string, url: string): AciSubject => {
  const name = url.replace(/^ldaps?:\/\/\//i, '')
  const lower = name.toLowerCase()
  if (keyword === 'userdn') {
    if (lower === 'anyone' || lower === 'all' || lower === 'self' || lower === 'parent')
      return { type: lower, who: lower }
    if (name.includes('?') || name.includes('*') || name.includes('$')) return { type: 'filter', who: name }
    return { type: 'user', who: normalDn(decoded(name)) }
  }
  if (name.includes('?') || name.includes('$')) return { type: 'filter', who: name }
  return { type: keyword === 'roledn' ? 'role' : 'group', who: normalDn(decoded(name)) }
}

const decoded = (name: string): string => {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

export type AciRight =
  | 'full-control'
  | 'write-all'
  | 'write-password'
  | 'add-member'
  | 'write-bound-keys'
  | 'write-account-control'
  | 'write-delegation'
  | 'write-aci'
  | 'create-child'
  | 'proxy'
  | 'add-self'

const TAKES: readonly (readonly [right: AciRight, attributes: ReadonlySet<string>])[] = [
  ['write-password', new Set(['userpassword', 'krbprincipalkey', 'passwordhistory', 'sambantpassword', 'ipanthash'])],
  [
    'add-member',
    new Set(['member', 'uniquemember', 'memberuid', 'memberuser', 'memberhost', 'nsroledn', 'memberallowcmd']),
  ],
  [
    'write-bound-keys',
    new Set(['ipasshpubkey', 'sshpublickey', 'nssshpublickey', 'usercertificate', 'ipacertmapdata']),
  ],
  [
    'write-delegation',
    new Set(['krballowedtodelegateto', 'memberprincipal', 'ipaallowedtarget', 'ipaprotectedoperation']),
  ],
  ['write-aci', new Set(['aci', 'ipapermright', 'ipapermbindruletype', 'ipapermtarget', 'ipapermincludedattr'])],
  [
    'write-account-control',
    new Set([
      'uidnumber',
      'gidnumber',
      'nsaccountlock',
      'krbprincipalname',
      'objectclass',
      'sudouser',
      'sudocommand',
      'cmdcategory',
      'usercategory',
      'hostcategory',
      'ipasudoopt',
    ]),
  ],
]

/** Which rights to take something over an instruction gives by its rights and attributes. */
export const aciRights = (
  { attributes, except }: Pick<Aci, 'attributes' | 'except'>,
  rights: ReadonlySet<string>,
): AciRight[] => {
  const all = rights.has('all')
  const found: AciRight[] = []
  if (all || rights.has('write')) {
    const names = attributes ?? []
    if (except === true) {
      // What it leaves out is not given.
      const left = TAKES.filter(([, taking]) => !names.some((one) => taking.has(one)))
      if (left.length === TAKES.length) found.push('write-all')
      // The first stands for the others, most of which no entry has.
      else
        for (const [right, [first = '']] of TAKES.map(([one, taking]) => [one, [...taking]] as const))
          if (!names.includes(first)) found.push(right)
    } else if (names.includes('*')) {
      found.push(all ? 'full-control' : 'write-all')
      return rights.has('proxy') ? [...found, 'proxy'] : found
    } else for (const [right, taking] of TAKES) if (names.some((one) => taking.has(one))) found.push(right)
  }
  if (
    rights.has('selfwrite') &&
    attributes?.some((one) => one === 'member' || one === 'uniquemember' || one === '*') === true
  )
    found.push('add-self')
  if (all || rights.has('add')) found.push('create-child')
  if (rights.has('proxy')) found.push('proxy')
  return found
}

/** A rule that denies, with the instruction it is part of and the entry that has it, its DN in the normal form. */
export interface AciDenial {
  readonly base: string
  readonly aci: Aci
  readonly rule: AciRule
}

/** A right that an instruction allows somebody over the entry that has it. */
export interface AllowedRight {
  readonly right: AciRight
  readonly aci: Pick<Aci, 'attributes'>
  readonly subject: AciSubject
  /** The entry's DN in the normal form. */
  readonly over: string
}

/**
 * What denials leave of a right: a denial comes before whatever allows, wherever in the tree above it stands. `unsure` where one may or may
 * not hold, or holds for some of those who are allowed. What is denied further below is not taken into account.
 */
export const leftByDenials = (
  allowed: AllowedRight,
  denials: readonly AciDenial[],
  members?: GroupMembers,
): 'all' | 'unsure' | 'none' => {
  let left: ReadonlySet<string> | undefined = namesTaken(allowed)
  let unsure = false
  for (const { base, aci, rule } of denials) {
    const denied = isDenied(allowed, base, aci, rule, members)
    if (denied === 'no') continue
    const rest = left === undefined ? undefined : new Set([...left].filter((name) => !concerns(aci, name)))
    const whole = left === undefined ? concernsAll(aci) : rest?.size === 0
    const sure =
      denied === 'yes' &&
      !rule.conditional &&
      aci.filter === undefined &&
      aci.target?.startsWith('!') !== true &&
      !isPattern(aci.target)
    if (sure && whole) return 'none'
    if (sure) left = rest
    else unsure ||= whole || rest?.size !== left?.size
  }
  return unsure ? 'unsure' : 'all'
}

/** The rights that an instruction gives somebody, with what denials leave of each. One over all of which a part is denied is told part by part. */
export const rightsLeft = (
  aci: Aci,
  rights: ReadonlySet<string>,
  to: Pick<AllowedRight, 'subject' | 'over'>,
  denials: readonly AciDenial[],
  members?: GroupMembers,
): (readonly [right: AciRight, left: 'all' | 'unsure'])[] =>
  aciRights(aci, rights).flatMap((right) => {
    const parts = [[right, leftByDenials({ ...to, right, aci }, denials, members)] as const]
    if ((right === 'full-control' || right === 'write-all') && parts[0]![1] !== 'none') {
      const each = TAKES.map(([one, [...names]]) => {
        const attributes = names.slice(0, 1)
        return [one, leftByDenials({ ...to, right: one, aci: { attributes } }, denials, members)] as const
      })
      if (each.some(([, left]) => left !== 'all')) {
        parts.splice(0, 1, ...each)
        if (right === 'full-control')
          parts.push(['create-child', leftByDenials({ ...to, right: 'create-child', aci }, denials, members)])
      }
    }
    return parts.flatMap(([one, left]) => (left === 'none' ? [] : [[one, left] as const]))
  })

/** The attributes that a right rests on; undefined where it is about all, or the entry itself. */
const namesTaken = ({ right, aci: { attributes = [] } }: AllowedRight): ReadonlySet<string> | undefined => {
  const taking = TAKES.find(([name]) => name === right)?.[1]
  if (taking === undefined || attributes.includes('*')) return undefined
  return new Set(attributes.filter((name) => taking.has(name)))
}

/** Whether a denial is about a right: about all of it, or about some of those who have it or of what it is over. */
const isDenied = (
  { right, subject, over }: AllowedRight,
  base: string,
  aci: Aci,
  { rights, subjects }: AciRule,
  members: GroupMembers | undefined,
): 'yes' | 'maybe' | 'no' => {
  const operation = OPERATIONS[right] ?? 'write'
  if (!rights.has(operation) && !(rights.has('all') && operation !== 'proxy')) return 'no'
  const from = aci.target === undefined || aci.target.startsWith('!') || isPattern(aci.target) ? base : aci.target
  const isOver = aci.scope === 'base' ? over === from : isWithinDn(over, from)
  if (!isOver) return 'no'
  const each = new Set(subjects.map((one) => concernsWho(one, subject, members)))
  return each.has('yes') ? 'yes' : each.has('maybe') ? 'maybe' : 'no'
}

/** Whether those who are denied are those who are allowed. */
const concernsWho = (
  denied: AciSubject,
  allowed: AciSubject,
  members: GroupMembers | undefined,
): 'yes' | 'maybe' | 'no' => {
  if (denied.type === 'anyone' || (denied.type === allowed.type && denied.who === allowed.who)) return 'yes'
  if (denied.type === 'all') return allowed.type === 'anyone' ? 'no' : 'yes'
  // Of those who are everybody, some are left.
  if (allowed.type === 'anyone' || allowed.type === 'all' || allowed.type === 'self' || allowed.type === 'parent')
    return 'no'
  if (denied.type === 'self' || denied.type === 'parent') return 'no'
  if (
    allowed.type === 'attribute' ||
    allowed.type === 'filter' ||
    denied.type === 'attribute' ||
    denied.type === 'filter'
  )
    return 'maybe'
  if (denied.type === 'role' || allowed.type === 'role') return 'maybe'
  if (denied.type === 'user') {
    if (allowed.type === 'user') return 'no'
    return members?.contains(allowed.who, denied.who) === false ? 'no' : 'maybe'
  }
  if (allowed.type === 'user') {
    const isIn = members?.contains(denied.who, allowed.who)
    return isIn === true ? 'yes' : isIn === false ? 'no' : 'maybe'
  }
  if (members?.contains(denied.who, allowed.who) === true) return 'yes'
  return members === undefined || members.mayOverlap(allowed.who, denied.who) ? 'maybe' : 'no'
}

const OPERATIONS: Partial<Record<AciRight, string>> = { 'create-child': 'add', proxy: 'proxy', 'add-self': 'selfwrite' }

const isPattern = (target: string | undefined) => target?.includes('*') === true

const concerns = ({ attributes, except }: Aci, name: string): boolean =>
  attributes === undefined || (attributes.includes('*') || attributes.includes(name)) !== (except === true)

const concernsAll = ({ attributes, except }: Aci): boolean =>
  attributes === undefined || (except !== true && attributes.includes('*'))
