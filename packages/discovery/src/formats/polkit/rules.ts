import type { Grantee } from '@rollcall/contract'
import type { Expression, Script, ScriptRule, Statement } from './script.ts'

/** What a rule makes of a request: the word polkit knows it by, nothing, or something that cannot be told. */
export type PolkitResult = 'yes' | 'no' | 'auth_self' | 'auth_admin' | 'nothing' | 'unknown'

/** A condition on who asks. Those on the session are about where, not who. */
export interface Asker {
  readonly id: string
  readonly grantee?: Grantee
  readonly session?: true
  /** A detail of the request, such as the unit or the program, that the asker chooses. */
  readonly detail?: { readonly key: string; readonly value: string }
}

/** What one rule says of one action, where just these conditions hold; all conditions that it asked for are added to `met`. */
export const resultOf = (
  script: Script,
  rule: ScriptRule,
  action: string,
  held: ReadonlySet<string>,
  met: Map<string, Asker>,
): PolkitResult => {
  const returned = run(rule.body, scopeOf(script, rule, action, held, met), { steps: MAX_STEPS })
  if (returned === undefined || returned === null) return 'nothing'
  return typeof returned === 'object' && 'result' in returned ? returned.result : 'unknown'
}

/** Whom an admin rule names, in polkit's spelling; undefined where that cannot be told, empty where it names nobody. */
export const adminsOf = (script: Script, rule: ScriptRule, action: string): readonly string[] | undefined => {
  const met = new Map<string, Asker>()
  const returned = run(rule.body, scopeOf(script, rule, action, new Set(), met), { steps: MAX_STEPS })
  if (met.size > 0) return undefined
  if (returned === undefined || returned === null) return []
  if (!Array.isArray(returned)) return undefined
  return returned.every((one): one is string => typeof one === 'string') ? returned : undefined
}

const MAX_STEPS = 5000

/** A value as far as it is known. */
type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly result: PolkitResult }
  | { readonly thing: 'action' | 'subject' | 'polkit' | 'Result' | 'user' | 'groups' | 'unknown' }
  | { readonly detail: string }
  | { readonly method: string; readonly of: Value }

const UNKNOWN: Value = { thing: 'unknown' }

interface Scope {
  readonly names: Map<string, Value>
  readonly action: string
  readonly ask: (asker: Asker) => boolean
}

const scopeOf = (
  { constants }: Script,
  { parameters: [action = 'action', subject = 'subject'] }: ScriptRule,
  id: string,
  held: ReadonlySet<string>,
  met: Map<string, Asker>,
): Scope => {
  const scope: Scope = {
    names: new Map<string, Value>([['polkit', { thing: 'polkit' }]]),
    action: id,
    ask: (asker) => {
      met.set(asker.id, asker)
      return held.has(asker.id)
    },
  }
  const budget = { steps: MAX_STEPS }
  for (const { name, value } of constants) scope.names.set(name, evaluate(value, scope, budget))
  scope.names.set(action, { thing: 'action' })
  scope.names.set(subject, { thing: 'subject' })
  return scope
}

/** Undefined where no statement returned. */
const run = (body: readonly Statement[], scope: Scope, budget: { steps: number }): Value | undefined => {
  for (const statement of body) {
    if (budget.steps-- <= 0) return UNKNOWN
    switch (statement.kind) {
      case 'return':
        return statement.value === undefined ? null : evaluate(statement.value, scope, budget)
      case 'let':
        scope.names.set(statement.name, evaluate(statement.value, scope, budget))
        break
      case 'block': {
        const returned = run(statement.body, scope, budget)
        if (returned !== undefined) return returned
        break
      }
      case 'if': {
        const test = truth(evaluate(statement.test, scope, budget), scope)
        const yes = test === false ? undefined : run([statement.yes], scope, budget)
        const no = test === true || statement.no === undefined ? undefined : run([statement.no], scope, budget)
        // What cannot be told matters only where the two ways differ.
        if (test === undefined && JSON.stringify(yes) !== JSON.stringify(no)) return UNKNOWN
        const returned = test === false ? no : yes
        if (returned !== undefined) return returned
        break
      }
      case 'expression':
        evaluate(statement.value, scope, budget)
        break
      case 'unknown':
        return UNKNOWN
    }
  }
  return undefined
}

const RESULTS: Readonly<Record<string, PolkitResult>> = {
  YES: 'yes',
  NO: 'no',
  AUTH_SELF: 'auth_self',
  AUTH_SELF_KEEP: 'auth_self',
  AUTH_ADMIN: 'auth_admin',
  AUTH_ADMIN_KEEP: 'auth_admin',
  NOT_HANDLED: 'nothing',
}

const evaluate = (expression: Expression, scope: Scope, budget: { steps: number }): Value => {
  if (budget.steps-- <= 0) return UNKNOWN
  const value = (one: Expression) => evaluate(one, scope, budget)
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'name':
      return scope.names.get(expression.name) ?? UNKNOWN
    case 'list':
      return expression.items.map(value)
    case 'not': {
      const inner = truth(value(expression.of), scope)
      return inner === undefined ? UNKNOWN : !inner
    }
    case 'minus': {
      const inner = value(expression.of)
      return typeof inner === 'number' ? -inner : UNKNOWN
    }
    case 'choice': {
      const test = truth(value(expression.test), scope)
      return test === undefined ? UNKNOWN : value(test ? expression.yes : expression.no)
    }
    case 'member':
      return member(value(expression.of), expression.name, scope)
    case 'call':
      return call(value(expression.of), expression.args.map(value), scope)
    case 'binary':
      return combined(expression.operator, value(expression.left), () => value(expression.right), scope)
    case 'unknown':
      return UNKNOWN
  }
}

const SESSION: Asker = { id: 'session', session: true }

const member = (of: Value, name: string, { action, ask }: Scope): Value => {
  if (typeof of === 'string' || Array.isArray(of)) return name === 'length' ? of.length : { method: name, of }
  if (typeof of !== 'object' || of === null) return UNKNOWN
  if ('detail' in of) return { method: name, of }
  if (!('thing' in of)) return UNKNOWN
  switch (of.thing) {
    case 'polkit':
      return name === 'Result' ? { thing: 'Result' } : { method: name, of }
    case 'Result':
      return Object.hasOwn(RESULTS, name) ? { result: RESULTS[name]! } : UNKNOWN
    case 'action':
      return name === 'id' ? action : { method: name, of }
    case 'subject':
      if (name === 'user') return { thing: 'user' }
      if (name === 'groups') return { thing: 'groups' }
      if (name === 'active' || name === 'local') return ask(SESSION)
      return { method: name, of }
    case 'groups':
      return { method: name, of }
    case 'user':
    case 'unknown':
      return UNKNOWN
  }
}

const call = (callee: Value, [first = null]: readonly Value[], { ask }: Scope): Value => {
  if (typeof callee !== 'object' || callee === null || !('method' in callee)) return UNKNOWN
  const { method, of } = callee
  if (typeof of === 'string' && typeof first === 'string') return onText(of, method, first)
  if (Array.isArray(of)) return onList(of, method, first, ask)
  if (typeof of !== 'object' || of === null || !('thing' in of)) return UNKNOWN
  if (of.thing === 'polkit') return method === 'log' ? null : UNKNOWN
  if (typeof first !== 'string' || first.length > 256) return UNKNOWN
  if (of.thing === 'action') return method === 'lookup' ? { detail: first } : UNKNOWN
  if (of.thing === 'groups') {
    const holds = ask(inGroup(first))
    return method === 'includes' ? holds : method === 'indexOf' ? (holds ? 0 : -1) : UNKNOWN
  }
  if (of.thing !== 'subject') return UNKNOWN
  if (method === 'isInGroup') return ask(inGroup(first))
  if (method === 'isInNetGroup' || method === 'isInNetgroup')
    return ask({ id: `+${first}`, grantee: { type: 'netgroup', name: first } })
  return UNKNOWN
}

const inGroup = (name: string): Asker => ({ id: `%${name}`, grantee: { type: 'group', name } })

const onText = (text: string, method: string, part: string): Value => {
  switch (method) {
    case 'indexOf':
      return text.indexOf(part)
    case 'lastIndexOf':
      return text.lastIndexOf(part)
    case 'startsWith':
      return text.startsWith(part)
    case 'endsWith':
      return text.endsWith(part)
    case 'includes':
      return text.includes(part)
    default:
      return UNKNOWN
  }
}

const onList = (list: readonly Value[], method: string, item: Value, ask: Scope['ask']): Value => {
  if (method !== 'indexOf' && method !== 'includes') return UNKNOWN
  if (list.some((one) => typeof one !== 'string')) return UNKNOWN
  const at = list.findIndex((one) => equal(item, one, ask) === true)
  if (at === -1 && list.some((one) => equal(item, one, ask) === undefined)) return UNKNOWN
  return method === 'includes' ? at !== -1 : at
}

const combined = (operator: string, left: Value, right: () => Value, scope: Scope): Value => {
  if (operator === '&&' || operator === '||') {
    const first = truth(left, scope)
    const decides = operator === '||'
    if (first === decides) return operator === '||' ? left : first
    const second = right()
    if (first !== undefined) return second
    return truth(second, scope) === decides ? decides : UNKNOWN
  }
  const other = right()
  if (operator === '+') return typeof left === 'string' && typeof other === 'string' ? left + other : UNKNOWN
  if (/^[=!]==?$/.test(operator)) {
    const same = equal(left, other, scope.ask)
    return same === undefined ? UNKNOWN : same === operator.startsWith('=')
  }
  if (typeof left !== 'number' || typeof other !== 'number') return UNKNOWN
  switch (operator) {
    case '<':
      return left < other
    case '>':
      return left > other
    case '<=':
      return left <= other
    case '>=':
      return left >= other
    default:
      return UNKNOWN
  }
}

/** Undefined where it cannot be told. */
const equal = (one: Value, other: Value, ask: Scope['ask']): boolean | undefined => {
  const [special, plain] = isPlain(one) ? [other, one] : [one, other]
  if (isPlain(special)) return special === plain
  if (!isPlain(plain) || typeof special !== 'object' || special === null) return undefined
  if ('thing' in special && special.thing === 'user')
    return typeof plain === 'string' && plain.length <= 256
      ? ask({ id: plain, grantee: { type: 'user', name: plain } })
      : undefined
  if ('detail' in special && typeof plain === 'string')
    return ask({ id: `${special.detail}=${plain}`, detail: { key: special.detail, value: plain } })
  return undefined
}

const isPlain = (value: Value): value is string | number | boolean | null => value === null || typeof value !== 'object'

const truth = (value: Value, _: Scope): boolean | undefined => {
  if (isPlain(value)) return Boolean(value)
  if (Array.isArray(value) || 'result' in value) return true
  return undefined
}
