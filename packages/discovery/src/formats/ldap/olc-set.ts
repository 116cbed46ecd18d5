import { normalDn, parentDn } from './dn.ts'

/** What a set of olcAccess (`by set=…`) is about. */
export interface SetScope {
  /** Whoever asks, in the normal form; absent: nobody. */
  readonly user: string | undefined
  /** The entry that is asked for, in the normal form. */
  readonly target: string
  /** Values of an attribute of an entry, in the form in which slapd compares them; undefined where they are not known. */
  readonly values: (dn: string, attribute: string) => readonly string[] | undefined
}

/** Values, and whether those are all. */
interface Known {
  readonly values: ReadonlySet<string>
  readonly whole: boolean
}

const NOTHING: Known = { values: new Set(), whole: true }
const LONGEST = 8192
const MOST_VALUES = 10_000

/**
 * Whether there is anything in a set, as slapd works it out: from left to right, without an order among the operators. False for what is no
 * set, undefined where it is not known.
 */
export const setHolds = (text: string, scope: SetScope): boolean | undefined => {
  if (text.length > LONGEST) return undefined
  const stack: (Known | Operator)[] = []
  const top = () => stack.at(-1)
  let at = 0
  const isSet = (one: Known | Operator | undefined): one is Known => typeof one === 'object'
  /** Takes the set on top together with what waits below it. */
  const joined = (): Known | undefined => {
    const right = stack.pop()
    if (!isSet(right)) return undefined
    const operator = top()
    if (operator === undefined || operator === '(') return right
    if (isSet(operator) || operator === '/') return undefined
    stack.pop()
    const left = stack.pop()
    return isSet(left) ? join(left, operator, right) : undefined
  }
  while (at < text.length) {
    const unit = text[at]!
    if (/[ \t\r\n]/.test(unit)) {
      at++
      continue
    }
    if (unit === '(') {
      if (isSet(top())) return false
      stack.push('(')
      at++
    } else if (unit === ')') {
      const inner = joined()
      if (inner === undefined || stack.pop() !== '(') return false
      stack.push(inner)
      at++
    } else if (unit === '|' || unit === '&' || unit === '+') {
      const left = joined()
      if (left === undefined) return false
      stack.push(left, unit)
      at++
    } else if (unit === '[') {
      const end = text.indexOf(']', at)
      if (end < 0 || top() === '/' || isSet(top())) return false
      stack.push({ values: new Set([text.slice(at + 1, end)]), whole: true })
      at = end + 1
    } else if (unit === '-' && top() === '/' && /[*\d]/.test(text[at + 1] ?? '')) {
      stack.pop()
      const [step = ''] = /^(?:\*|\d{1,3})/.exec(text.slice(at + 1, at + 5)) ?? []
      const set = stack.pop()
      if (!isSet(set)) return false
      stack.push(step === '*' ? parents(set) : parent(set, Number(step)))
      at += 1 + step.length
    } else if (unit === '/' || (unit === '-' && text[at + 1] === '>')) {
      if (!isSet(top())) return false
      stack.push('/')
      at += unit === '/' ? 1 : 2
    } else {
      const [word] = /^[A-Za-z0-9][\w;.]*(?:-[\w;.]+)*/.exec(text.slice(at, at + 200)) ?? []
      if (word === undefined) return false
      at += word.length
      if (word === 'this' || word === 'user') {
        if (top() === '/' || isSet(top())) return false
        const dn = word === 'this' ? scope.target : scope.user
        if (dn === undefined) return undefined
        stack.push({ values: new Set([dn]), whole: true })
        continue
      }
      if (top() !== '/') return false
      stack.pop()
      const set = stack.pop()
      if (!isSet(set)) return false
      const closure = text[at] === '*'
      if (closure) at++
      stack.push(chased(set, word.toLowerCase(), closure, scope))
    }
    const last = top()
    if (isSet(last) && last.values.size > MOST_VALUES) return undefined
  }
  const result = joined()
  if (result === undefined || stack.length > 0) return false
  return result.values.size > 0 ? true : result.whole ? false : undefined
}

type Operator = '(' | '/' | '|' | '&' | '+'

const join = (left: Known, operator: Operator, right: Known): Known => {
  const whole = left.whole && right.whole
  switch (operator) {
    case '|':
      return { values: left.values.union(right.values), whole }
    case '&':
      return {
        values: left.values.intersection(right.values),
        whole: whole || (left.whole && left.values.size === 0) || (right.whole && right.values.size === 0),
      }
    default: {
      const values = new Set<string>()
      for (const one of left.values)
        for (const other of right.values) if (values.size <= MOST_VALUES) values.add(one + other)
      return { values, whole }
    }
  }
}

const chased = (set: Known, attribute: string, closure: boolean, { values }: SetScope): Known => {
  const found = new Set<string>()
  let { whole } = set
  const follow = (dn: string) => {
    // A search of its own is not made here.
    const held = /^ldap:/i.test(dn) ? undefined : values(normalDn(dn), attribute)
    if (held === undefined) whole = false
    for (const one of held ?? []) if (found.size <= MOST_VALUES) found.add(one)
  }
  for (const dn of set.values) follow(dn)
  // What is added while it goes on is followed as well.
  if (closure) for (const dn of found) follow(dn)
  return { values: found, whole }
}

const parents = (set: Known): Known => {
  const values = new Set<string>()
  for (const dn of set.values) {
    for (let one = dn; one !== ''; one = parentDn(one)) values.add(one)
    values.add('')
  }
  return set.values.size === 0 ? { ...NOTHING, whole: set.whole } : { values, whole: set.whole }
}

const parent = (set: Known, level: number): Known => ({
  values: new Set(
    [...set.values].map((dn) => {
      let one = dn
      for (let left = level; left > 0 && one !== ''; left--) one = parentDn(one)
      return one
    }),
  ),
  whole: set.whole,
})
