/**
 * The part of JavaScript that polkit's rules are usually written in, read into a tree. What is beyond it stands there as `unknown`,
 * with its line, and nothing is ever run.
 */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'call'; readonly of: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'not' | 'minus'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'unknown' }

export type Statement =
  | { readonly kind: 'if'; readonly test: Expression; readonly yes: Statement; readonly no?: Statement }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'return'; readonly value?: Expression; readonly line: number }
  | { readonly kind: 'let'; readonly name: string; readonly value: Expression }
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'unknown'; readonly line: number }

/** `polkit.addRule(function(action, subject) { … })`, or `addAdminRule`. */
export interface ScriptRule {
  readonly kind: 'rule' | 'admin'
  readonly parameters: readonly string[]
  readonly body: readonly Statement[]
  readonly line: number
}

export interface Script {
  readonly rules: readonly ScriptRule[]
  /** Names given a value beside the rules. */
  readonly constants: readonly { readonly name: string; readonly value: Expression }[]
  /** The first line that is not understood; polkit itself takes none of a file that is no JavaScript. */
  readonly fault?: number
}

/** Reads a `.rules` file. Bounded by its length; nested deeper than sensible it is not understood. */
export const parseScript = (text: string): Script => {
  const tokens = tokensOf(text)
  if ('fault' in tokens) return { rules: [], constants: [], fault: tokens.fault }
  return fileOf(new Cursor(tokens.list))
}

interface Token {
  readonly type: 'string' | 'number' | 'name' | 'mark' | 'end'
  readonly text: string
  readonly line: number
}

const MAX_TOKENS = 50_000
const MAX_DEPTH = 60

const TOKEN =
  /[ \t\r\n\v\f\uFEFF]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[A-Za-z_$][\w$]*|\d+(?:\.\d+)?|===|!==|==|!=|<=|>=|&&|\|\||=>|[-+!<>=(){}[\],.;:?]/y

const tokensOf = (text: string): { list: Token[] } | { fault: number } => {
  const list: Token[] = []
  let line = 1
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text)?.[0]
    if (found === undefined || list.length > MAX_TOKENS) return { fault: line }
    const first = found[0]!
    if (first === '"' || first === "'") list.push({ type: 'string', text: unquoted(found), line })
    else if (/\d/.test(first)) list.push({ type: 'number', text: found, line })
    else if (/[\w$]/.test(first)) list.push({ type: 'name', text: found, line })
    else if (!/[\s\uFEFF]/.test(first) && !/^\/[/*]/.test(found)) list.push({ type: 'mark', text: found, line })
    for (let at = found.indexOf('\n'); at !== -1; at = found.indexOf('\n', at + 1)) line++
  }
  list.push({ type: 'end', text: '', line })
  return { list }
}

const unquoted = (text: string) =>
  text
    .slice(1, -1)
    .replaceAll(/\\(?:x([\da-f]{2})|u([\da-f]{4})|([\s\S]))/gi, (_, byte: string, unit: string, one: string) =>
      byte !== undefined || unit !== undefined
        ? String.fromCharCode(Number.parseInt(byte ?? unit, 16))
        : one === '\n'
          ? ''
          : ({ n: '\n', t: '\t', r: '\r' }[one] ?? one),
    )

class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0
  depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get next(): Token {
    return this.#tokens[this.#at]!
  }

  get afterNext(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!
  }

  is(text: string): boolean {
    return this.next.text === text && (this.next.type === 'mark' || this.next.type === 'name')
  }

  take(): Token {
    const token = this.next
    if (token.type !== 'end') this.#at++
    return token
  }

  skip(text: string): boolean {
    const found = this.is(text)
    if (found) this.#at++
    return found
  }

  need(text: string): void {
    if (!this.skip(text)) throw new NotUnderstood(this.next.line)
  }
}

/** Never leaves this file. */
class NotUnderstood extends Error {
  readonly line: number
  constructor(line: number) {
    super('not understood')
    this.line = line
  }
}

const fileOf = (cursor: Cursor): Script => {
  const rules: ScriptRule[] = []
  const constants: { name: string; value: Expression }[] = []
  try {
    while (cursor.next.type !== 'end') {
      if (cursor.skip(';')) continue
      if (cursor.is('polkit') && cursor.afterNext.text === '.') {
        const rule = ruleOf(cursor)
        if (rule !== undefined) rules.push(rule)
      } else if (cursor.is('var') || cursor.is('let') || cursor.is('const')) constants.push(...bindings(cursor))
      else throw new NotUnderstood(cursor.next.line)
    }
    return { rules, constants }
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error
    return { rules, constants, fault: error.line }
  }
}

const ruleOf = (cursor: Cursor): ScriptRule | undefined => {
  const { line } = cursor.take()
  cursor.need('.')
  const name = cursor.take().text
  cursor.need('(')
  if (name !== 'addRule' && name !== 'addAdminRule') {
    if (name !== 'log') throw new NotUnderstood(line)
    argumentsOf(cursor)
    return undefined
  }
  const parameters: string[] = []
  const arrow = !cursor.skip('function')
  if (!arrow && cursor.next.type === 'name') cursor.take()
  cursor.need('(')
  while (!cursor.skip(')')) {
    const parameter = cursor.take()
    if (parameter.type !== 'name') throw new NotUnderstood(parameter.line)
    parameters.push(parameter.text)
    cursor.skip(',')
  }
  if (arrow) cursor.need('=>')
  const body = cursor.is('{') ? block(cursor) : [returning(cursor)]
  cursor.need(')')
  return { kind: name === 'addRule' ? 'rule' : 'admin', parameters, body, line }
}

const returning = (cursor: Cursor): Statement => {
  const { line } = cursor.next
  return { kind: 'return', value: expression(cursor), line }
}

const block = (cursor: Cursor): Statement[] => {
  deeper(cursor)
  cursor.need('{')
  const body: Statement[] = []
  while (!cursor.skip('}')) {
    if (cursor.next.type === 'end') throw new NotUnderstood(cursor.next.line)
    body.push(...statement(cursor))
  }
  cursor.depth--
  return body
}

const deeper = (cursor: Cursor) => {
  cursor.depth++
  if (cursor.depth > MAX_DEPTH) throw new NotUnderstood(cursor.next.line)
}

const statement = (cursor: Cursor): Statement[] => {
  const { line } = cursor.next
  if (cursor.skip(';')) return []
  if (cursor.is('{')) return [{ kind: 'block', body: block(cursor) }]
  if (cursor.is('var') || cursor.is('let') || cursor.is('const'))
    return bindings(cursor).map((one) => ({ kind: 'let', ...one }))
  if (cursor.skip('if')) {
    deeper(cursor)
    cursor.need('(')
    const test = expression(cursor)
    cursor.need(')')
    const yes = grouped(statement(cursor))
    const no = cursor.skip('else') ? { no: grouped(statement(cursor)) } : {}
    cursor.depth--
    return [{ kind: 'if', test, yes, ...no }]
  }
  if (cursor.is('return')) {
    cursor.take()
    // A line that ends behind the word ends the statement.
    const bare = cursor.is(';') || cursor.is('}') || cursor.next.line > line
    const value = bare ? {} : { value: expression(cursor) }
    cursor.skip(';')
    return [{ kind: 'return', ...value, line }]
  }
  if (RESERVED.has(cursor.next.text)) throw new NotUnderstood(line)
  const value = expression(cursor)
  cursor.skip(';')
  return [{ kind: 'expression', value }]
}

const RESERVED = new Set([
  'for',
  'while',
  'do',
  'switch',
  'try',
  'throw',
  'function',
  'class',
  'with',
  'break',
  'continue',
])

const grouped = (statements: readonly Statement[]): Statement =>
  statements.length === 1 ? statements[0]! : { kind: 'block', body: statements }

const bindings = (cursor: Cursor) => {
  cursor.take()
  const all: { name: string; value: Expression }[] = []
  do {
    const name = cursor.take()
    if (name.type !== 'name') throw new NotUnderstood(name.line)
    all.push({ name: name.text, value: cursor.skip('=') ? expression(cursor) : { kind: 'unknown' } })
  } while (cursor.skip(','))
  cursor.skip(';')
  return all
}

const expression = (cursor: Cursor): Expression => {
  deeper(cursor)
  const test = binary(cursor, 0)
  if (!cursor.skip('?')) {
    cursor.depth--
    return test
  }
  const yes = expression(cursor)
  cursor.need(':')
  const no = expression(cursor)
  cursor.depth--
  return { kind: 'choice', test, yes, no }
}

const LEVELS = [['||'], ['&&'], ['==', '!=', '===', '!=='], ['<', '>', '<=', '>='], ['+', '-']]

const binary = (cursor: Cursor, level: number): Expression => {
  const operators = LEVELS[level]
  if (operators === undefined) return unary(cursor)
  let left = binary(cursor, level + 1)
  for (let many = 0; operators.some((one) => cursor.is(one)); many++) {
    if (many > MAX_CHAIN) throw new NotUnderstood(cursor.next.line)
    const operator = cursor.take().text
    left = { kind: 'binary', operator, left, right: binary(cursor, level + 1) }
  }
  return left
}

/** Operands of one kind in a row: the tree is as deep as they are many. */
const MAX_CHAIN = 500

const unary = (cursor: Cursor): Expression => {
  if (!cursor.is('!') && !cursor.is('-')) return postfix(cursor)
  deeper(cursor)
  const kind = cursor.take().text === '!' ? 'not' : 'minus'
  const of = unary(cursor)
  cursor.depth--
  return { kind, of }
}

const postfix = (cursor: Cursor): Expression => {
  let of = primary(cursor)
  for (let many = 0; ; many++) {
    if (many > MAX_DEPTH) throw new NotUnderstood(cursor.next.line)
    if (cursor.skip('.')) of = { kind: 'member', of, name: cursor.take().text }
    else if (cursor.skip('(')) of = { kind: 'call', of, args: argumentsOf(cursor) }
    else return of
  }
}

const argumentsOf = (cursor: Cursor): Expression[] => {
  const args: Expression[] = []
  while (!cursor.skip(')')) {
    args.push(expression(cursor))
    if (!cursor.is(')')) cursor.need(',')
  }
  return args
}

const primary = (cursor: Cursor): Expression => {
  const token = cursor.take()
  if (token.type === 'string') return { kind: 'value', value: token.text }
  if (token.type === 'number') return { kind: 'value', value: Number(token.text) }
  if (token.type === 'name') {
    if (token.text === 'true' || token.text === 'false') return { kind: 'value', value: token.text === 'true' }
    if (token.text === 'null' || token.text === 'undefined') return { kind: 'value', value: null }
    if (RESERVED.has(token.text) || token.text === 'new' || token.text === 'typeof') throw new NotUnderstood(token.line)
    return { kind: 'name', name: token.text }
  }
  if (token.text === '(') {
    const inner = expression(cursor)
    cursor.need(')')
    return inner
  }
  if (token.text === '[') {
    const items: Expression[] = []
    while (!cursor.skip(']')) {
      items.push(expression(cursor))
      if (!cursor.is(']')) cursor.need(',')
    }
    return { kind: 'list', items }
  }
  throw new NotUnderstood(token.line)
}
