import { isWithinDn, normalDn, parentDn } from './dn.ts'
import { sameBy } from './entry-filter.ts'
import type {
  Access,
  AccessGrant,
  AccessHolder,
  AccessRule,
  AccessTarget,
  ConnectionPart,
  DnStyle,
  Privilege,
  StrengthPart,
} from './olc-access.ts'
import { setHolds } from './olc-set.ts'
import { posixExpression, type PosixExpression, type Span } from './posix-expression.ts'
import type { SchemaTree } from './schema-tree.ts'

/** Somebody whose access is asked for. What is absent is not known, unless it says otherwise. */
export interface Accessor {
  /** In its normal form; absent: anonymous. */
  readonly dn?: string
  /** Whether a group names it, in an attribute and with a class that a rule wants; undefined where that is not known. */
  readonly isIn?: (group: string, objectClass: string, attribute: string) => boolean | undefined
  /** `IP=10.0.0.1:4711`, and so on. */
  readonly connection?: Partial<Record<ConnectionPart, string>>
  /** How strongly it is encrypted: at least, and at most where that is known. */
  readonly strength?: Partial<Record<StrengthPart, { readonly least: number; readonly most?: number }>>
}

/** What is accessed. */
export interface Accessed {
  /** In its normal form. */
  readonly dn: string
  /** Lower case; `entry` and `children` are asked for like attributes. */
  readonly attribute: string
  /** One value of it; `any`: some value, of which nothing is known. Absent: the attribute as a whole. */
  readonly value?: { readonly text: string } | 'any'
}

/** What is known of the directory that rules look at. */
export interface AccessWorld {
  readonly schema?: SchemaTree | undefined
  /** Values of an attribute of an entry, none where it has none; undefined where that is not known. */
  readonly values?: (dn: string, attribute: string) => readonly string[] | undefined
  /** Conditions that are taken to hold, and the clause whose doing alone is asked for. */
  readonly assumed?: {
    readonly target: AccessTarget
    readonly holders: ReadonlySet<string>
    readonly grant?: AccessGrant
  }
}

/** What somebody may do: each privilege, or that it is not known, and because of what. */
export interface HeldAccess {
  has(privilege: Privilege): boolean | undefined
  /** Conditions that could not be decided, as they are written. */
  readonly undecided: readonly string[]
}

const LETTERS = 'dxcsrazm'
const READ = 31
const MOST_STATES = 20_000
const MOST_REASONS = 16

/** Beside the privileges: that the clause in question was passed. */
const PASSED = 256

const maskOf = (privileges: Iterable<Privilege>) => {
  let mask = 0
  for (const one of privileges) mask |= 1 << LETTERS.indexOf(one)
  return mask
}

/**
 * What somebody may do to an attribute of an entry under some rules, in their order, those of the frontend behind those of the database. Where
 * it is not known whether a condition holds, both are followed.
 */
export const evaluateAccess = (
  rules: readonly AccessRule[],
  accessor: Accessor,
  accessed: Accessed,
  world: AccessWorld = {},
): HeldAccess => {
  // Where there is no rule at all, everybody reads.
  if (rules.length === 0) return held(READ, READ, [])
  const undecided = new Set<string>()
  let [always, ever] = [255, 0]
  const end = (mask: number) => {
    const given = world.assumed?.grant === undefined || (mask & PASSED) !== 0 ? mask & 255 : 0
    always &= given
    ever |= given
  }
  const asked = new Asked(accessor, accessed, world)
  const seen = new Set<number>()
  const waiting: { rule: number; turn: number; mask: number }[] = []
  const go = (rule: number, turn: number, mask: number) => {
    const key = (rule * 4096 + Math.min(turn, 4095)) * 512 + mask
    if (turn >= 4095 || seen.size > MOST_STATES) {
      undecided.add('too many rules')
      end(0)
      end(255 | PASSED)
    } else if (!seen.has(key)) {
      seen.add(key)
      waiting.push({ rule, turn, mask })
    }
  }
  go(0, -1, 0)
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const { rule: index, turn, mask } = state
    const rule = rules[index]
    // Whoever passes by all rules has nothing, whatever they gave.
    if (rule === undefined) {
      end(0)
      continue
    }
    if (turn < 0) {
      const applies = asked.targeted(rule)
      if (applies !== true) go(index + 1, -1, mask)
      if (applies !== false) go(index, 0, mask)
      if (applies === undefined) undecided.add(rule.to)
      continue
    }
    const grant = rule.by[turn]
    // Behind every rule stands `by * none`.
    if (grant === undefined) {
      end(0)
      continue
    }
    const matches = asked.held(rule, index, turn)
    if (matches !== true) go(index, turn + 1, mask)
    if (matches === undefined) undecided.add(grant.by)
    if (matches === false) continue
    const after = changed(mask, grant.access) | (mask & PASSED) | (grant === world.assumed?.grant ? PASSED : 0)
    if (grant.control === 'stop') end(after)
    else if (grant.control === 'break') go(index + 1, -1, after)
    else go(index, turn + 1, after)
  }
  return held(always, ever, [...undecided].slice(0, MOST_REASONS))
}

const held = (always: number, ever: number, undecided: readonly string[]): HeldAccess => ({
  has: (privilege) => {
    const bit = maskOf([privilege])
    return (always & bit) !== 0 ? true : (ever & bit) === 0 ? false : undefined
  },
  undecided: always === ever ? [] : undecided,
})

const changed = (mask: number, { sign, privileges }: Access): number => {
  const given = maskOf(privileges)
  return sign === '=' ? given : sign === '+' ? mask | given : mask & ~given
}

/** Submatches that a rule's target leaves to its holders. */
interface Substitutes {
  readonly dn: readonly (string | undefined)[] | 'not-known'
  readonly value: readonly (string | undefined)[] | 'not-known' | undefined
  /** How many there are; above that a pattern fails. */
  readonly most: number
}

const MOST_SUBMATCHES = 100

/** One question put to one rule after the other. */
class Asked {
  readonly #accessor: Accessor
  readonly #accessed: Accessed
  readonly #world: AccessWorld
  readonly #substitutes = new Map<number, Substitutes>()

  constructor(accessor: Accessor, accessed: Accessed, world: AccessWorld) {
    this.#accessor = accessor
    this.#accessed = accessed
    this.#world = world
  }

  /** Whether a rule speaks of what is accessed. */
  targeted({ what }: AccessRule): boolean | undefined {
    const { dn, attributes, value, filter } = what
    const { schema, values, assumed } = this.#world
    if (assumed?.target === what) return true
    let unsure = false
    if (dn !== undefined) {
      const matches =
        dn.style === 'regex'
          ? matched(dn.expression, this.#accessed.dn)
          : dnMatches(this.#accessed.dn, dn.style, dn.pattern)
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    if (attributes !== undefined) {
      const matches = attributesMatch(attributes, this.#accessed.attribute, schema)
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    if (value !== undefined) {
      const matches = this.#valueMatches(value)
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    if (filter !== undefined) {
      const matches =
        filter === 'not-understood'
          ? undefined
          : filter.matches((attribute) => values?.(this.#accessed.dn, attribute), schema)
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    return unsure ? undefined : true
  }

  held(rule: AccessRule, index: number, turn: number): boolean | undefined {
    const { who, access } = rule.by[turn]!
    let unsure = false
    if (access.self) {
      const matches = this.#isOwnValue()
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    for (const one of who) {
      // Together with `self…` it is enough that the value is whoever asks.
      if (access.self && one.type === 'dnattr') continue
      const matches =
        this.#world.assumed?.holders.has(holderKey(one)) === true ? true : this.#holderMatches(one, rule, index)
      if (matches === false) return false
      unsure ||= matches === undefined
    }
    return unsure ? undefined : true
  }

  /** `self…` speaks of values that are whoever asks. */
  #isOwnValue(): boolean | undefined {
    const { attribute, value } = this.#accessed
    const { dn } = this.#accessor
    if (value === undefined || dn === undefined || dn === '') return false
    const names = this.#world.schema?.isName(attribute) ?? (NAMES.has(attribute) ? true : undefined)
    if (names === false) return false
    if (value === 'any') return undefined
    return normalDn(value.text) === dn ? names : false
  }

  #valueMatches({ style, pattern, expression, rule }: NonNullable<AccessTarget['value']>): boolean | undefined {
    const { attribute, value } = this.#accessed
    if (value === undefined) return false
    if (value === 'any') return undefined
    if (style === 'regex') return matched(expression, value.text)
    const { schema } = this.#world
    if (schema?.isName(attribute) ?? NAMES.has(attribute))
      return dnMatches(normalDn(value.text), style, normalDn(pattern))
    const same = sameBy(rule ?? schema?.equalityOf(attribute) ?? '')
    return same === undefined ? undefined : same(value.text, pattern)
  }

  #holderMatches(holder: AccessHolder, rule: AccessRule, index: number): boolean | undefined {
    const { dn = '', isIn, connection, strength } = this.#accessor
    const { values } = this.#world
    switch (holder.type) {
      case 'all':
        return true
      case 'anonymous':
        return dn === ''
      case 'users':
        return dn !== ''
      case 'self':
        return dn !== '' && isSelf(dn, this.#accessed.dn, holder.level)
      case 'dn': {
        if (holder.style === 'regex') {
          const pattern = this.#expanded(holder.pattern, rule, index, false)
          return pattern === undefined ? undefined : pattern === null ? false : matched(posixExpression(pattern), dn)
        }
        const pattern = holder.expanded ? this.#expanded(holder.pattern, rule, index, true) : holder.pattern
        if (pattern === undefined) return undefined
        return (
          pattern !== null && dnMatches(dn, holder.style, holder.expanded ? normalDn(pattern) : pattern, holder.level)
        )
      }
      case 'group': {
        if (dn === '') return false
        const group = holder.expanded ? this.#expanded(holder.pattern, rule, index, true) : holder.pattern
        if (group === undefined || group === null) return group === undefined ? undefined : false
        return isIn?.(holder.expanded ? normalDn(group) : group, holder.objectClass, holder.attribute)
      }
      case 'dnattr': {
        if (dn === '') return false
        return values?.(this.#accessed.dn, holder.attribute)?.some((value) => normalDn(value) === dn)
      }
      case 'set': {
        const set = holder.expanded ? this.#expanded(holder.pattern, rule, index, true) : holder.pattern
        if (set === undefined || set === null) return set === undefined ? undefined : false
        return setHolds(set, {
          user: this.#accessor.dn,
          target: this.#accessed.dn,
          values: (entry, attribute) => {
            const held = values?.(entry, attribute)
            return held === undefined ? undefined : normalised(held, attribute, this.#world.schema)
          },
        })
      }
      case 'connection': {
        const actual = connection?.[holder.of]
        return actual === undefined ? undefined : this.#connected(holder, actual, rule, index)
      }
      case 'strength': {
        const known = strength?.[holder.of]
        if (known === undefined) return holder.least === 0 ? true : undefined
        return known.least >= holder.least
          ? true
          : known.most !== undefined && known.most < holder.least
            ? false
            : undefined
      }
      case 'other':
        return undefined
    }
  }

  #connected(
    { of, style, pattern }: Extract<AccessHolder, { type: 'connection' }>,
    actual: string,
    rule: AccessRule,
    index: number,
  ): boolean | undefined {
    if (pattern === '*') return true
    switch (style) {
      case '':
      case 'exact':
      case 'base':
        return actual.toLowerCase() === pattern.toLowerCase()
      case 'regex': {
        const expanded = this.#expanded(pattern, rule, index, true)
        return expanded === undefined
          ? undefined
          : expanded === null
            ? false
            : matched(posixExpression(expanded), actual)
      }
      case 'expand': {
        const expanded = this.#expanded(pattern, rule, index, true)
        return expanded === undefined ? undefined : expanded?.toLowerCase() === actual.toLowerCase()
      }
      case 'ip':
        return of === 'peername' ? isInNetwork(actual, pattern) : undefined
      case 'path':
        return of === 'peername' ? actual === `PATH=${pattern}` : undefined
      case 'sub':
      case 'subtree':
        return of === 'domain' ? `.${actual}`.toLowerCase().endsWith(`.${pattern}`.toLowerCase()) : undefined
      default:
        return undefined
    }
  }

  /** A pattern with what the target left put in. Null: it asks for what is not there, and matches nobody. */
  #expanded(pattern: string, { what }: AccessRule, index: number, withValue: boolean): string | null | undefined {
    let known = this.#substitutes.get(index)
    if (known === undefined) {
      known = this.#left(what)
      this.#substitutes.set(index, known)
    }
    let text = ''
    for (let at = 0; at < pattern.length; at++) {
      if (pattern[at] !== '$') {
        text += pattern[at]!
        continue
      }
      const [whole, braced, of, number, single] =
        /^(?:\{(([vd]?)(\d{1,4}))\}|(\d))/.exec(pattern.slice(at + 1, at + 9)) ?? []
      if (whole === undefined) {
        // The last of all, or one before another, is itself.
        if (at + 1 < pattern.length && pattern[at + 1] !== '$') return undefined
        text += '$'
        at++
        continue
      }
      at += whole.length
      const wanted = Number(braced === undefined ? single : number)
      const from = of === 'v' ? (withValue ? known.value : undefined) : known.dn
      if (from === 'not-known') return undefined
      if (from === undefined || wanted >= known.most) return null
      text += from[wanted] ?? ''
    }
    return text
  }

  #left({ dn, value }: AccessTarget): Substitutes {
    const text = this.#accessed.dn
    const taken = (expression: PosixExpression | undefined, of: string) => {
      const spans = expression?.match(of)
      if (expression === undefined || spans === undefined || spans === null) return 'not-known'
      return expression.groupsAreSure || spans.length === 1 ? spans.map((span) => cut(of, span)) : 'not-known'
    }
    const own = this.#accessed.value
    const values =
      value?.style !== 'regex' || own === undefined || own === 'any' ? undefined : taken(value.expression, own.text)
    if (dn?.style === 'regex') return { dn: taken(dn.expression, text), value: values, most: MOST_SUBMATCHES }
    if (value?.style === 'regex') return { dn: [], value: values, most: MOST_SUBMATCHES }
    if (dn === undefined || dn.style === 'base') return { dn: [text], value: values, most: 1 }
    return { dn: [text, dn.pattern], value: values, most: 2 }
  }
}

const cut = (text: string, span: Span) => (span === undefined ? undefined : text.slice(...span))

/** By what a condition is known as the same in several rules. */
export const holderKey = (holder: AccessHolder): string => JSON.stringify(holder)

const matched = (expression: PosixExpression | undefined, text: string): boolean | undefined => {
  const spans = expression?.match(text)
  return spans === undefined ? undefined : spans !== null
}

const isSelf = (dn: string, target: string, level: number): boolean => {
  let [lower, upper] = level < 0 ? [target, dn] : [dn, target]
  for (let left = Math.abs(level); left > 0 && lower !== ''; left--) lower = parentDn(lower)
  return lower !== '' && lower === upper
}

const dnMatches = (dn: string, style: DnStyle | 'level', pattern: string, level = 0): boolean => {
  switch (style) {
    case 'base':
      return dn === pattern
    case 'one':
      return dn !== '' && dn !== pattern && parentDn(dn) === pattern
    case 'subtree':
      return isWithinDn(dn, pattern)
    case 'children':
      return dn !== pattern && isWithinDn(dn, pattern)
    case 'level': {
      let one = dn
      for (let left = level; left > 0; left--) {
        if (one === '') return false
        one = parentDn(one)
      }
      return level > 0 && one === pattern
    }
    case 'regex':
      return false
  }
}

/** `IP=10.0.0.1:4711` in `10.0.0.0%255.0.0.0{4711}` */
const isInNetwork = (actual: string, pattern: string): boolean | undefined => {
  const [, address = '', mask = '255.255.255.255', port] =
    /^([\d.]{7,15})(?:%([\d.]{7,15}))?(?:\{(\d{1,5})\})?$/.exec(pattern) ?? []
  const [, from = '', fromPort] = /^IP=([\d.]{7,15}):(\d{1,5})$/i.exec(actual) ?? []
  const [wanted, bits, given] = [numberOf(address), numberOf(mask), numberOf(from)]
  if (wanted === undefined || bits === undefined) return undefined
  if (given === undefined) return /^IP=\[/i.test(actual) || actual.startsWith('PATH=') ? false : undefined
  return (port === undefined || port === fromPort) && (given & bits) >>> 0 === wanted
}

const numberOf = (address: string): number | undefined => {
  const parts = address.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

const attributesMatch = (
  listed: readonly string[],
  asked: string,
  schema: SchemaTree | undefined,
): boolean | undefined => {
  const [name = '', ...options] = asked.split(';')
  let unsure = false
  for (const one of listed) {
    const matches = attributeMatches(one, name, options, schema)
    if (matches === true) return unsure && mayEnd(listed) ? undefined : true
    unsure ||= matches === undefined
    // What a class is said to be left out with is left out, whatever comes behind.
    if (matches === false && one.startsWith('!')) break
  }
  return unsure ? undefined : false
}

const mayEnd = (listed: readonly string[]) => listed.some((one) => one.startsWith('!'))

const attributeMatches = (
  listed: string,
  name: string,
  options: readonly string[],
  schema: SchemaTree | undefined,
): boolean | undefined => {
  if (/^[@!]/.test(listed)) return ofClass(listed.slice(1), name, schema, listed.startsWith('!'))
  const [bare = '', ...wanted] = listed.split(';')
  const inOptions = wanted.every((option) => options.includes(option))
  if (bare === name) return inOptions
  if (PSEUDO.has(bare) || PSEUDO.has(name))
    return PSEUDO.has(bare) || schema === undefined ? false : ofBareClass(bare, name, schema)
  if (schema === undefined)
    return plain(bare) === plain(name)
      ? inOptions
      : UNDER_NAME.has(plain(name)) && bare === 'name'
        ? inOptions
        : NEVER.has(bare)
          ? undefined
          : false
  return schema.attribute(bare) === undefined
    ? ofBareClass(bare, name, schema)
    : inOptions && schema.isKindOf(name, bare)
}

/** The name of a class, without any sign, stands for its attributes where no attribute has that name. */
const ofBareClass = (bare: string, name: string, schema: SchemaTree) =>
  schema.attribute(bare) === undefined && schema.isClass(bare) ? ofClass(bare, name, schema, false) : false

const ofClass = (
  objectClass: string,
  name: string,
  schema: SchemaTree | undefined,
  except: boolean,
): boolean | undefined => {
  if (objectClass === 'extensibleobject') return !except
  const attributes = schema?.attributesOf(objectClass)
  if (schema === undefined || attributes === undefined || attributes === 'all') return undefined
  return attributes.has(schema.attribute(name) ?? name) !== except
}

/** What is asked for like an attribute and is none. */
const PSEUDO: ReadonlySet<string> = new Set(['entry', 'children'])
/** Names that stand for others without a schema to tell which. */
const NEVER: ReadonlySet<string> = new Set(['distinguishedname', 'labeleduri'])

/** Attributes that have `name` (RFC 4519 2.18) above them, where there is no schema to ask. */
const UNDER_NAME: ReadonlySet<string> = new Set(
  'cn sn givenname initials generationqualifier title o ou l st c dmdname'.split(' '),
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

const plain = (name: string) => (Object.hasOwn(SAME, name) ? SAME[name]! : name)

/** Attributes whose values are DNs, where there is no schema to ask. */
const NAMES: ReadonlySet<string> = new Set(
  'member uniquemember owner manager secretary seealso roleoccupant distinguishedname associatedname memberof aliasedobjectname'.split(
    ' ',
  ),
)

/** Values as slapd keeps them for comparing. */
const normalised = (
  values: readonly string[],
  attribute: string,
  schema: SchemaTree | undefined,
): readonly string[] | undefined => {
  if (schema?.isName(attribute) ?? NAMES.has(attribute)) return values.map(normalDn)
  const rule = schema?.equalityOf(attribute) ?? ''
  if (rule.startsWith('caseignore')) return values.map((value) => value.trim().replaceAll(/ +/g, ' ').toLowerCase())
  return rule.startsWith('caseexact') ? values.map((value) => value.trim().replaceAll(/ +/g, ' ')) : undefined
}
