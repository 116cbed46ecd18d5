/**
 * Assembles a function of WebAssembly from a small part of its text format: folded expressions, locals of `i32`, loops and branches by
 * name. It has one memory, `env.memory`, and is exported as `run`.
 *
 * Only what this program itself holds is assembled, so that whatever it does not know is a mistake of this program.
 */
export const assemble = (text: string): Uint8Array<ArrayBuffer> => {
  const [head, ...body] = parsed(text)
  if (head !== 'func') throw new SyntaxError('a function is expected')
  const parameters = declared(body, 'param')
  const locals = declared(body, 'local')
  const names = [...parameters, ...locals]
  const code = body.filter((part) => !DECLARES.has(part[0] as string)).flatMap((part) => instruction(part, names, []))
  const result = body.some(([word]) => word === 'result') ? [1, I32] : [0]
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [1, 0x60, parameters.length, ...parameters.map(() => I32), ...result]),
    ...section(2, [1, ...named('env'), ...named('memory'), 0x02, 0x00, 0x01]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...named('run'), 0x00, 0x00]),
    ...section(10, [1, ...sized([locals.length, ...locals.flatMap(() => [1, I32]), ...code, END])]),
  ])
}

type Expression = readonly (string | Expression)[]

/** `\0asm`, version 1. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const I32 = 0x7f
const DECLARES: ReadonlySet<string> = new Set(['param', 'local', 'result'])
const EMPTY = 0x40
const END = 0x0b

/** What takes operands only. */
const OPERATIONS: Readonly<Record<string, number>> = {
  'i32.eqz': 0x45,
  'i32.lt_u': 0x49,
  'i32.ge_u': 0x4f,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.shl': 0x74,
  'i32.shr_u': 0x76,
}

/** What reads or writes memory, at a place and an `offset=` from there. */
const ACCESSES: Readonly<Record<string, number>> = {
  'i32.load': 0x28,
  'i32.load8_u': 0x2d,
  'i32.load16_u': 0x2f,
  'i32.store': 0x36,
}

const LOCALS: Readonly<Record<string, number>> = { 'local.get': 0x20, 'local.set': 0x21 }
const BLOCKS: Readonly<Record<string, number>> = { block: 0x02, loop: 0x03 }
const BRANCHES: Readonly<Record<string, number>> = { br: 0x0c, br_if: 0x0d }

const parsed = (text: string): Expression => {
  const open: (string | Expression)[][] = [[]]
  for (const [token] of text.matchAll(/;;[^\n]*|[()]|[^\s();]+/g)) {
    if (token.startsWith(';;')) continue
    if (token === '(') open.push([])
    else if (token === ')') {
      const closed = open.pop()!
      open.at(-1)!.push(closed)
    } else open.at(-1)!.push(token)
  }
  return open[0]![0] as Expression
}

const declared = (body: Expression, kind: string): string[] =>
  body.flatMap((part) => (part[0] === kind ? [part[1] as string] : []))

const instruction = (
  part: string | Expression,
  names: readonly string[],
  labels: readonly string[],
): readonly number[] => {
  const [word, ...rest] = part as [string, ...Expression]
  const all = (parts: Expression, within = labels) => parts.flatMap((one) => instruction(one, names, within))
  const [first, ...others] = rest as [string, ...Expression]
  if (word in OPERATIONS) return [...all(rest), OPERATIONS[word]!]
  if (word in LOCALS) return [...all(others), LOCALS[word]!, ...unsigned(indexOf(names, first))]
  if (word in BLOCKS) return [BLOCKS[word]!, EMPTY, ...all(others, [first, ...labels]), END]
  if (word in BRANCHES) return [...all(others), BRANCHES[word]!, ...unsigned(indexOf(labels, first))]
  if (word in ACCESSES) {
    const offset = typeof first === 'string' ? Number(first.replace('offset=', '')) : 0
    return [...all(typeof first === 'string' ? others : rest), ACCESSES[word]!, 0, ...unsigned(offset)]
  }
  if (word === 'i32.const') return [0x41, ...signed(Number(first))]
  if (word === 'if') {
    const [condition, then] = rest as [Expression, Expression]
    return [...instruction(condition, names, labels), 0x04, EMPTY, ...all(then.slice(1), ['', ...labels]), END]
  }
  throw new SyntaxError(`unknown: ${word}`)
}

const indexOf = (names: readonly string[], name: string): number => {
  const index = names.indexOf(name)
  if (index < 0) throw new SyntaxError(`unknown name: ${name}`)
  return index
}

const section = (id: number, content: readonly number[]) => [id, ...sized(content)]
const sized = (content: readonly number[]) => [...unsigned(content.length), ...content]
const named = (name: string) => sized([...new TextEncoder().encode(name)])

/** Seven bits to a byte, the lowest first. */
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])

const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
