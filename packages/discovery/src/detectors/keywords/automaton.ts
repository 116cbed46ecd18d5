/** Finds many words at once in bytes, letters of either case alike, in one pass. */
export interface Automaton {
  /**
   * Tells every place at which a word ends, in order, with what stands for the words that end there. Gives false from `at` to end the
   * search.
   */
  readonly search: (bytes: Uint8Array, at: (last: number, words: readonly number[]) => boolean | void) => void
}

/** A block is looked through as four stretches at once, so that the processor waits for none of them. */
const STRETCH = 1 << 14
const STRETCHES = 4

/**
 * Aho and Corasick's automaton over bytes that stand for characters below 256. Words are ASCII in lower case, of two characters or more.
 * Every byte costs one look into a table of states and classes of bytes; places of words are noted and told block by block.
 */
export const automaton = (words: readonly string[]): Automaton => {
  const { table, classes, shift, accepting, ending } = tableOf(words)
  const longest = Math.max(...words.map(({ length }) => length))
  const places = Array.from({ length: STRETCHES }, () => new Int32Array(STRETCH))
  const states = Array.from({ length: STRETCHES }, () => new Uint16Array(STRETCH))
  const counts = new Int32Array(STRETCHES)

  return {
    search(bytes, at) {
      for (let from = 0; from < bytes.length; from += STRETCH * STRETCHES) {
        const stretch = Math.min(STRETCH, Math.floor((bytes.length - from) / STRETCHES))
        const begins = [0, 1, 2, 3].map((index) => from + index * stretch)
        const warm = begins.map((begin) => stateAt(bytes, begin, longest, table, classes, shift))
        scanFour(bytes, stretch, begins, warm, table, classes, shift, accepting, places, states, counts)
        for (let index = 0; index < STRETCHES; index++)
          for (let hit = 0; hit < counts[index]!; hit++)
            if (at(places[index]![hit]!, ending[states[index]![hit]! - accepting]!) === false) return
        if (stretch === STRETCH) continue
        // The last block is no multiple of the stretches; what is left are a few bytes.
        let state = stateAt(bytes, from + STRETCHES * stretch, longest, table, classes, shift)
        for (let place = from + STRETCHES * stretch; place < bytes.length; place++) {
          state = table[(state << shift) | classes[bytes[place]!]!]!
          if (state >= accepting && at(place, ending[state - accepting]!) === false) return
        }
      }
    },
  }
}

/** The state in which the automaton is at some place, having seen as much before it as any word is long. */
const stateAt = (
  bytes: Uint8Array,
  place: number,
  longest: number,
  table: Uint16Array,
  classes: Uint8Array,
  shift: number,
) => {
  let state = 0
  for (let before = Math.max(0, place - longest); before < place; before++)
    state = table[(state << shift) | classes[bytes[before]!]!]!
  return state
}

/** Everything it touches is a local of its own: the same loop over outer names runs at half the speed. */
const scanFour = (
  bytes: Uint8Array,
  stretch: number,
  begins: readonly number[],
  warm: readonly number[],
  table: Uint16Array,
  classes: Uint8Array,
  shift: number,
  accepting: number,
  places: readonly Int32Array[],
  states: readonly Uint16Array[],
  counts: Int32Array,
) => {
  const [a = 0, b = 0, c = 0, d = 0] = begins
  let [inA = 0, inB = 0, inC = 0, inD = 0] = warm
  const placesA = places[0]!
  const placesB = places[1]!
  const placesC = places[2]!
  const placesD = places[3]!
  const statesA = states[0]!
  const statesB = states[1]!
  const statesC = states[2]!
  const statesD = states[3]!
  let ofA = 0
  let ofB = 0
  let ofC = 0
  let ofD = 0
  for (let index = 0; index < stretch; index++) {
    inA = table[(inA << shift) | classes[bytes[a + index]!]!]!
    inB = table[(inB << shift) | classes[bytes[b + index]!]!]!
    inC = table[(inC << shift) | classes[bytes[c + index]!]!]!
    inD = table[(inD << shift) | classes[bytes[d + index]!]!]!
    if (inA >= accepting) {
      placesA[ofA] = a + index
      statesA[ofA++] = inA
    }
    if (inB >= accepting) {
      placesB[ofB] = b + index
      statesB[ofB++] = inB
    }
    if (inC >= accepting) {
      placesC[ofC] = c + index
      statesC[ofC++] = inC
    }
    if (inD >= accepting) {
      placesD[ofD] = d + index
      statesD[ofD++] = inD
    }
  }
  counts[0] = ofA
  counts[1] = ofB
  counts[2] = ofC
  counts[3] = ofD
}

interface Table {
  /** The next state, by state and class of a byte. */
  readonly table: Uint16Array
  readonly classes: Uint8Array
  readonly shift: number
  /** From this state on all end a word. */
  readonly accepting: number
  readonly ending: readonly (readonly number[])[]
}

const tableOf = (words: readonly string[]): Table => {
  const classes = new Uint8Array(256)
  let width = 1
  for (const word of words)
    for (const character of word) {
      const code = character.charCodeAt(0)
      if (classes[code] !== 0) continue
      classes[code] = width
      if (/[a-z]/.test(character)) classes[code - 32] = width
      width++
    }
  let shift = 0
  while (1 << shift < width) shift++
  const next: Int32Array[] = [new Int32Array(width)]
  const ends: number[][] = [[]]
  for (const [number, word] of words.entries()) {
    let state = 0
    for (const character of word) {
      const by = classes[character.charCodeAt(0)]!
      if (next[state]![by] === 0) {
        next[state]![by] = next.push(new Int32Array(width)) - 1
        ends.push([])
      }
      state = next[state]![by]!
    }
    ends[state]!.push(number)
  }
  followFailures(next, ends, width)
  return numbered(next, ends, width, shift, classes)
}

/** Where no word goes on, the automaton goes on in the longest one that the end of what it has seen begins. */
const followFailures = (next: readonly Int32Array[], ends: readonly number[][], width: number) => {
  const failure = new Int32Array(next.length)
  const queue = [...new Set(next[0])].filter((state) => state !== 0)
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head]!
    ends[state]!.push(...ends[failure[state]!]!)
    for (let by = 0; by < width; by++) {
      const onward = next[state]![by]!
      const otherwise = next[failure[state]!]![by]!
      if (onward === 0) next[state]![by] = otherwise
      else {
        failure[onward] = otherwise
        queue.push(onward)
      }
    }
  }
}

/** States that end a word get the highest numbers, so that one comparison tells them. */
const numbered = (
  next: readonly Int32Array[],
  ends: readonly (readonly number[])[],
  width: number,
  shift: number,
  classes: Uint8Array,
): Table => {
  if (next.length > 65_535) throw new RangeError('too many words for one automaton')
  const order = [...next.keys()].toSorted(
    (one, other) => Number(ends[one]!.length > 0) - Number(ends[other]!.length > 0),
  )
  const number = new Int32Array(next.length)
  for (const [index, state] of order.entries()) number[state] = index
  const table = new Uint16Array(next.length << shift)
  for (const [index, state] of order.entries())
    for (let by = 0; by < width; by++) table[(index << shift) | by] = number[next[state]![by]!]!
  const first = order.findIndex((state) => ends[state]!.length > 0)
  const accepting = first < 0 ? next.length : first
  return { table, classes, shift, accepting, ending: order.slice(accepting).map((state) => ends[state]!) }
}
