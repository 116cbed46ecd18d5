import { assemble } from './assemble.ts'

/** Finds many words at once in bytes, letters of either case alike, in one pass. */
export interface WordSearch {
  /**
   * Tells every place at which a word ends, in order, with what stands for the words that end there. Gives false from `at` to end the
   * search.
   */
  readonly search: (bytes: Uint8Array, at: (last: number, word: number) => boolean | void) => void
}

/** How many bytes are looked through in one go. */
const STRETCH = 1 << 16

/** What all places of the memory are multiples of. */
const PAGE = 1 << 16

/** What stands before and behind the bytes of a stretch. */
const MARGIN = 16

/**
 * Searches for words that are ASCII in lower case or bytes above it, two or more.
 *
 * Most of a text begins no word, and is passed over by pairs of bytes: a table gives for each pair the groups of words that have it in
 * front, and those that have it behind that. Only where a pair and the next one have a group in common, a tree of all words is walked
 * from the places at which one of these would begin.
 */
export const wordSearch = (words: readonly string[]): WordSearch => {
  const { tree, shift, classes, accepting, ending, deepest } = treeOf(words)
  const longest = Math.max(...words.map(({ length }) => length))
  const classesAt = 65_536 * 4
  const bytesAt = classesAt + 256 + MARGIN
  const treeAt = aligned(bytesAt + STRETCH + longest + MARGIN)
  const foundAt = aligned(treeAt + tree.byteLength)
  const pages = (foundAt + 8 * deepest * (STRETCH + MARGIN)) / PAGE
  const memory = new WebAssembly.Memory({ initial: Math.ceil(pages), maximum: Math.ceil(pages) })
  new Uint32Array(memory.buffer).set(pairsOf(words))
  new Uint8Array(memory.buffer).set(classes, classesAt)
  new Uint16Array(memory.buffer).set(tree, treeAt / 2)
  const module = new WebAssembly.Module(assemble(program({ classesAt, bytesAt, treeAt, foundAt }, shift, accepting)))
  const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports
  const within = new Uint8Array(memory.buffer, bytesAt, STRETCH + longest + MARGIN)
  const found = new Int32Array(memory.buffer, foundAt)
  const inOrder = new Int32Array(2 * deepest * (STRETCH + longest + MARGIN))

  return {
    search(bytes, at) {
      let waiting = 0
      for (let from = 0; from < bytes.length; from += STRETCH) {
        const to = Math.min(bytes.length, from + STRETCH + longest)
        within.set(to - from === bytes.length ? bytes : bytes.subarray(from, to))
        within.fill(0, to - from, to - from + MARGIN)
        const count = run(Math.min(STRETCH, to - from))
        for (let index = 0; index < count; index += 2)
          waiting = putInOrder(inOrder, waiting, from + found[index]!, found[index + 1]!)
        // What ends behind this stretch waits for shorter words that begin behind it.
        let told = 0
        for (; told < waiting && (inOrder[told]! < from + STRETCH || to === bytes.length); told += 2)
          for (const word of ending[inOrder[told + 1]! - accepting]!) if (at(inOrder[told]!, word) === false) return
        inOrder.copyWithin(0, told, waiting)
        waiting -= told
      }
    },
  }
}

/** Words come in the order in which they begin, so that few stand before others that end earlier. */
const putInOrder = (inOrder: Int32Array, count: number, last: number, state: number): number => {
  let place = count
  for (; place > 0 && inOrder[place - 2]! > last; place -= 2) {
    inOrder[place] = inOrder[place - 2]!
    inOrder[place + 1] = inOrder[place - 1]!
  }
  inOrder[place] = last
  inOrder[place + 1] = state
  return count + 2
}

declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: { readonly run: (length: number) => number } }
}

const aligned = (place: number) => Math.ceil(place / PAGE) * PAGE

/** Gives twice the number of what it found: places of last letters with the states of the tree there. */
const program = (
  { classesAt, bytesAt, treeAt, foundAt }: Readonly<Record<'classesAt' | 'bytesAt' | 'treeAt' | 'foundAt', number>>,
  shift: number,
  accepting: number,
) => `(func (param $to i32) (result i32)
  (local $from i32) (local $pair i32) (local $next i32) (local $begin i32) (local $last i32)
  (local $at i32) (local $state i32) (local $found i32)
  (local.set $pair (i32.load (i32.shl (i32.load16_u offset=${bytesAt} (i32.const 0)) (i32.const 2))))
  (loop $pairs
    (local.set $next
      (i32.load (i32.shl (i32.load16_u offset=${bytesAt + 2} (local.get $from)) (i32.const 2))))
    (if (i32.and (local.get $pair) (i32.shr_u (local.get $next) (i32.const 16)))
      (then
        ;; A word may begin one before the pair, with it, or one behind: each place is looked at once.
        (if (i32.lt_u (local.get $begin) (local.get $from))
          (then (local.set $begin (i32.sub (local.get $from) (i32.const 1)))))
        (local.set $last (i32.add (local.get $from) (i32.const 2)))
        (if (i32.lt_u (local.get $to) (local.get $last)) (then (local.set $last (local.get $to))))
        (block $looked
          (loop $begins
            (br_if $looked (i32.ge_u (local.get $begin) (local.get $last)))
            (local.set $at (local.get $begin))
            (local.set $begin (i32.add (local.get $begin) (i32.const 1)))
            (local.set $state (i32.const 0))
            (loop $letters
              (local.set $state
                (i32.load16_u offset=${treeAt}
                  (i32.shl
                    (i32.or
                      (i32.shl (local.get $state) (i32.const ${shift}))
                      (i32.load8_u offset=${classesAt} (i32.load8_u offset=${bytesAt} (local.get $at))))
                    (i32.const 1))))
              (br_if $begins (i32.eqz (local.get $state)))
              (if (i32.ge_u (local.get $state) (i32.const ${accepting}))
                (then
                  (i32.store offset=${foundAt} (local.get $found) (local.get $at))
                  (i32.store offset=${foundAt + 4} (local.get $found) (local.get $state))
                  (local.set $found (i32.add (local.get $found) (i32.const 8)))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $letters))))))
    (local.set $pair (local.get $next))
    (local.set $from (i32.add (local.get $from) (i32.const 2)))
    (br_if $pairs (i32.ge_u (local.get $to) (local.get $from))))
  (i32.shr_u (local.get $found) (i32.const 2)))`

/** For each pair of bytes the groups of words: in the lower half those that have it in front, in the upper those that have it behind. */
const pairsOf = (words: readonly string[]): Uint32Array => {
  const table = new Uint32Array(65_536)
  // A word begins at an even place or at an odd one; short ones are told by the pair that they begin in the middle of.
  const parts = words.flatMap((word) =>
    [word, word.length > 4 ? word.slice(1) : `\u0000${word}`].map((part) => part.padEnd(4, '\u0000')),
  )
  const fronts = [...new Set(parts.map((part) => part.slice(0, 2)))].toSorted()
  const groups = new Map(fronts.map((front, index) => [front, 1 << Math.floor((index * 16) / fronts.length)]))
  for (const part of parts) {
    const group = groups.get(part.slice(0, 2))!
    put(table, part.slice(0, 2), group)
    put(table, part.slice(2), group << 16)
  }
  return table
}

const put = (table: Uint32Array, pair: string, bits: number) => {
  for (const first of bytesOf(pair.charCodeAt(0)))
    for (const second of bytesOf(pair.charCodeAt(1))) table[first | (second << 8)]! |= bits
}

/** The bytes that a letter of a word may be. */
const bytesOf = (code: number): readonly number[] => {
  if (code === ANY) return ANY_BYTE
  return code >= 0x61 && code <= 0x7a ? [code, code - 32] : [code]
}

const ANY = 0
const ANY_BYTE = Array.from({ length: 256 }, (_, byte) => byte)

interface Tree {
  /** The next state, by state and class of a byte; none is 0, which is also where each word begins. */
  readonly tree: Uint16Array
  readonly classes: Uint8Array
  readonly shift: number
  /** From this state on all end a word. */
  readonly accepting: number
  readonly ending: readonly (readonly number[])[]
  /** How many words at most begin at one place. */
  readonly deepest: number
}

const treeOf = (words: readonly string[]): Tree => {
  const classes = new Uint8Array(256)
  let width = 1
  for (const code of new Set(Array.from(words.join(''), (letter) => letter.charCodeAt(0)))) {
    for (const byte of bytesOf(code)) classes[byte] = width
    width++
  }
  const shift = Math.ceil(Math.log2(width))
  const edges: { readonly from: number; readonly by: number; readonly to: number }[] = []
  const states = new Map([['', 0]])
  const ends: number[][] = [[]]
  const depths = [0]
  for (const [number, word] of words.entries()) {
    let state = 0
    for (let length = 1; length <= word.length; length++) {
      let next = states.get(word.slice(0, length))
      if (next === undefined) {
        states.set(word.slice(0, length), (next = ends.push([]) - 1))
        edges.push({ from: state, by: classes[word.charCodeAt(length - 1)]!, to: next })
      }
      state = next
    }
    ends[state]!.push(number)
  }
  if (ends.length > 65_535) throw new RangeError('too many words for one search')
  // States that end a word get the highest numbers, so that one comparison tells them.
  const order = [...ends.keys()].toSorted(
    (one, other) => Number(ends[one]!.length > 0) - Number(ends[other]!.length > 0),
  )
  const numbers = new Int32Array(ends.length)
  for (const [number, state] of order.entries()) numbers[state] = number
  const tree = new Uint16Array(ends.length << shift)
  for (const { from, by, to } of edges) {
    tree[(numbers[from]! << shift) | by] = numbers[to]!
    depths[to] = depths[from]! + Number(ends[to]!.length > 0)
  }
  const ending = order.flatMap((state) => (ends[state]!.length > 0 ? [ends[state]!] : []))
  return { tree, classes, shift, accepting: order.length - ending.length, ending, deepest: Math.max(...depths) }
}
