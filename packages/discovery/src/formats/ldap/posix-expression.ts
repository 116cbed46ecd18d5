/** Where a group of an expression matched; undefined where it took no part. */
export type Span = readonly [from: number, to: number] | undefined

/** A regular expression of POSIX (extended, case ignored), as slapd and others have them in their rules. */
export interface PosixExpression {
  /** Spans of the whole and of each group; null where it does not match; undefined where that would take too long to find out. */
  match(text: string): readonly Span[] | null | undefined
  /** That groups are where POSIX wants them. Otherwise only whether it matches is sure. */
  readonly groupsAreSure: boolean
}

const LONGEST = 2048
const MOST_STATES = 4096
const MOST_STEPS = 4_000_000

/**
 * Reads an expression. Undefined where it is none, or says what is not understood here (references back, classes of GNU). A match takes time
 * that grows with the text only, whatever the expression is: all ways are followed at once.
 */
export const posixExpression = (text: string): PosixExpression | undefined => {
  if (text.length > LONGEST || !ASCII.test(text)) return undefined
  try {
    const reader = new Reader(text.toLowerCase())
    const tree = reader.whole()
    const code: Step[] = []
    emit(tree, code)
    code.push({ kind: 'end' })
    const { groups, choices, repeated, optional, endsWith } = reader
    const groupsAreSure = !choices && !repeated && (!optional || endsWith)
    return { groupsAreSure, match: (subject) => run(code, subject.toLowerCase(), groups) }
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

/** Bytes are what slapd compares; beyond ASCII one character is several of them. */
const ASCII = /^[\x00-\x7F]*$/

class NotUnderstood extends Error {}

type Node =
  | { readonly kind: 'one'; readonly takes: (unit: string) => boolean }
  | { readonly kind: 'start' | 'end-of-text' }
  | { readonly kind: 'group'; readonly number: number; readonly of: Node }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly least: number; readonly most: number }

type Step =
  | { readonly kind: 'one'; readonly takes: (unit: string) => boolean }
  | { readonly kind: 'start' | 'end-of-text' | 'end' }
  | { readonly kind: 'save'; readonly slot: number }
  /** The first is preferred. */
  | { kind: 'fork'; first: number; second: number }

const MOST_REPEATS = 255

class Reader {
  groups = 0
  choices = false
  repeated = false
  optional = false
  endsWith = false
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Node {
    const tree = this.#choice()
    if (this.#at < this.#text.length) throw new NotUnderstood()
    this.endsWith = tree.kind === 'all' && tree.of.at(-1)?.kind === 'end-of-text'
    return tree
  }

  #choice(): Node {
    if (++this.#depth > 64) throw new NotUnderstood()
    const ways = [this.#sequence()]
    while (this.#text[this.#at] === '|') {
      this.#at++
      this.choices = true
      ways.push(this.#sequence())
    }
    this.#depth--
    return ways.length === 1 ? ways[0]! : { kind: 'any', of: ways }
  }

  #sequence(): Node {
    const of: Node[] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')')
      of.push(this.#repeated())
    return { kind: 'all', of }
  }

  #repeated(): Node {
    const atom = this.#atom()
    const [least, most] = this.#times()
    if (most === undefined) return atom
    if (atom.kind === 'start' || atom.kind === 'end-of-text' || REPEATS.has(this.#text[this.#at] ?? ''))
      throw new NotUnderstood()
    if (atom.kind === 'group' && most > 1) this.repeated = true
    if (least !== most && (most === 1 || this.#text[this.#at - 1] === '}')) this.optional = true
    return { kind: 'repeat', of: atom, least, most }
  }

  #times(): readonly [least: number, most: number | undefined] {
    switch (this.#text[this.#at]) {
      case '*':
        this.#at++
        return [0, Infinity]
      case '+':
        this.#at++
        return [1, Infinity]
      case '?':
        this.#at++
        return [0, 1]
      case '{': {
        const [whole, least, comma, most] =
          /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.#text.slice(this.#at, this.#at + 10)) ?? []
        if (whole === undefined) throw new NotUnderstood()
        this.#at += whole.length
        const from = Number(least)
        const to = comma === undefined ? from : most === undefined ? Infinity : Number(most)
        if (from > MOST_REPEATS || (to !== Infinity && (to > MOST_REPEATS || to < from))) throw new NotUnderstood()
        return [from, to]
      }
      default:
        return [1, undefined]
    }
  }

  #atom(): Node {
    const unit = this.#text[this.#at++]!
    switch (unit) {
      case '(': {
        const number = ++this.groups
        const of = this.#choice()
        if (this.#text[this.#at++] !== ')') throw new NotUnderstood()
        return { kind: 'group', number, of }
      }
      case '[':
        return { kind: 'one', takes: this.#set() }
      case '.':
        return { kind: 'one', takes: () => true }
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end-of-text' }
      case '\\': {
        const escaped = this.#text[this.#at++]
        // Before a letter or number it means something else, in ways that differ.
        if (escaped === undefined || /[a-z0-9<>`']/.test(escaped)) throw new NotUnderstood()
        return { kind: 'one', takes: (one) => one === escaped }
      }
      case '*':
      case '+':
      case '?':
      case '{':
        throw new NotUnderstood()
      default:
        return { kind: 'one', takes: (one) => one === unit }
    }
  }

  #set(): (unit: string) => boolean {
    const negated = this.#text[this.#at] === '^'
    if (negated) this.#at++
    const tests: ((unit: string) => boolean)[] = []
    for (let first = true; ; first = false) {
      const unit = this.#text[this.#at]
      if (unit === undefined) throw new NotUnderstood()
      if (unit === ']' && !first) break
      if (unit === '[' && /[:.=]/.test(this.#text[this.#at + 1] ?? '')) {
        const [whole, name = ''] = /^\[:(\w{5,6}):\]/.exec(this.#text.slice(this.#at, this.#at + 12)) ?? []
        const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
        if (whole === undefined || named === undefined) throw new NotUnderstood()
        this.#at += whole.length
        tests.push((one) => named.test(one))
        continue
      }
      const last = this.#text[this.#at + 2]
      if (this.#text[this.#at + 1] === '-' && last !== undefined && last !== ']') {
        if (last === '[' || last < unit) throw new NotUnderstood()
        this.#at += 3
        tests.push((one) => (one >= unit && one <= last) || (one.toUpperCase() >= unit && one.toUpperCase() <= last))
        continue
      }
      this.#at++
      tests.push((one) => one === unit)
    }
    this.#at++
    return (one) => tests.some((test) => test(one)) !== negated
  }
}

const REPEATS: ReadonlySet<string> = new Set(['*', '+', '?', '{'])

/** Case is ignored. */
const NAMED: Readonly<Record<string, RegExp>> = {
  alpha: /[a-z]/,
  digit: /[0-9]/,
  alnum: /[a-z0-9]/,
  upper: /[a-z]/,
  lower: /[a-z]/,
  space: /[ \t\n\v\f\r]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[0-9a-f]/,
}

const emit = (node: Node, code: Step[]): void => {
  if (code.length > MOST_STATES) throw new NotUnderstood()
  switch (node.kind) {
    case 'one':
    case 'start':
    case 'end-of-text':
      code.push(node)
      return
    case 'group':
      code.push({ kind: 'save', slot: 2 * node.number })
      emit(node.of, code)
      code.push({ kind: 'save', slot: 2 * node.number + 1 })
      return
    case 'all':
      for (const one of node.of) emit(one, code)
      return
    case 'any': {
      const [one, ...others] = node.of
      if (others.length === 0) return emit(one!, code)
      const fork = { kind: 'fork' as const, first: code.length + 1, second: 0 }
      code.push(fork)
      emit(one!, code)
      const over = { kind: 'fork' as const, first: 0, second: 0 }
      code.push(over)
      fork.second = code.length
      emit({ kind: 'any', of: others }, code)
      over.first = over.second = code.length
      return
    }
    case 'repeat': {
      for (let at = 0; at < node.least; at++) emit(node.of, code)
      if (node.most === Infinity) {
        const fork = { kind: 'fork' as const, first: code.length + 1, second: 0 }
        const from = code.length
        code.push(fork)
        emit(node.of, code)
        code.push({ kind: 'fork', first: from, second: from })
        fork.second = code.length
        return
      }
      const forks = Array.from({ length: node.most - node.least }, () => {
        const fork = { kind: 'fork' as const, first: code.length + 1, second: 0 }
        code.push(fork)
        emit(node.of, code)
        return fork
      })
      for (const fork of forks) fork.second = code.length
    }
  }
}

interface Thread {
  readonly step: number
  readonly slots: readonly (number | undefined)[]
}

const run = (code: readonly Step[], text: string, groups: number): readonly Span[] | null | undefined => {
  if (code.length * text.length > MOST_STEPS) return undefined
  let threads: Thread[] = []
  let found: readonly (number | undefined)[] | undefined
  const marks = new Int32Array(code.length).fill(-1)
  const add = (into: Thread[], step: number, slots: Thread['slots'], at: number) => {
    const waiting: Thread[] = [{ step, slots }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (marks[next.step] === at) continue
      marks[next.step] = at
      const one = code[next.step]!
      switch (one.kind) {
        case 'fork':
          waiting.push({ step: one.second, slots: next.slots }, { step: one.first, slots: next.slots })
          break
        case 'save':
          waiting.push({ step: next.step + 1, slots: next.slots.with(one.slot, at) })
          break
        case 'start':
          if (at === 0) waiting.push({ step: next.step + 1, slots: next.slots })
          break
        case 'end-of-text':
          if (at === text.length) waiting.push({ step: next.step + 1, slots: next.slots })
          break
        default:
          into.push(next)
      }
    }
  }
  const none: Thread['slots'] = Array.from({ length: 2 * groups + 2 }, () => undefined)
  marks.fill(-1)
  for (let at = 0; at <= text.length; at++) {
    if (at === 0) add(threads, 0, none.with(0, 0), 0)
    else if (found === undefined) add(threads, 0, none.with(0, at), at)
    const next: Thread[] = []
    for (const { step, slots } of threads) {
      const one = code[step]!
      if (one.kind === 'end') {
        found = slots.with(1, at)
        break
      }
      if (one.kind === 'one' && at < text.length && one.takes(text[at]!)) add(next, step + 1, slots, at + 1)
    }
    threads = next
    if (threads.length === 0 && found !== undefined) break
  }
  if (found === undefined) return null
  const slots = found
  return Array.from({ length: groups + 1 }, (_, group): Span => {
    const [from, to] = [slots[2 * group], slots[2 * group + 1]]
    return from === undefined || to === undefined ? undefined : [from, to]
  })
}
