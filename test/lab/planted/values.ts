import { createHash } from 'node:crypto'

/** What values are made of. None holds what a shell, a line of a file or XML would read as its own. */
const ALPHABETS = {
  letters: 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  mixed: 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789',
  signs: 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_+=.!^~*@',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  hex: '0123456789abcdef',
} as const

export type Alphabet = keyof typeof ALPHABETS

const TURNS: readonly Alphabet[] = ['mixed', 'signs', 'lower', 'letters']

/** Gives values that nobody guesses: the same ones for the same seed, so that what went wrong can be seen again. */
export const valuesFrom = (seed: string) => {
  let count = 0
  return (alphabet?: Alphabet, length?: number): string => {
    const number = count++
    const of = ALPHABETS[alphabet ?? TURNS[number % TURNS.length]!]
    const long = length ?? (alphabet === 'hex' ? 32 : 16 + (number % 9))
    const digest = createHash('shake256', { outputLength: 2 * long })
      .update(`${seed} ${number}`)
      .digest()
    const drawn = Array.from({ length: long }, (_, at) => of[digest.readUInt16BE(2 * at) % of.length]!)
    // Signs stand inside: at the ends, some formats trim them.
    const ends = ALPHABETS.mixed
    if (of === ALPHABETS.signs)
      for (const at of [0, long - 1]) drawn[at] = ends[digest.readUInt16BE(2 * at) % ends.length]!
    return drawn.join('')
  }
}
