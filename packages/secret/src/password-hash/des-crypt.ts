import { CRYPT_ALPHABET } from './crypt-alphabet.ts'

/** The oldest scheme of crypt(3): DES 25 times over nothing, its expansion disturbed by the salt. Salt and hash, 13 characters. */
export const desCrypt = (password: Uint8Array, salt: string): string => {
  const keys = keysOf(password)
  const expansion = expansionBy(salt)
  let [left, right] = [new Uint8Array(32), new Uint8Array(32)]
  for (let time = 0; time < 25; time++) {
    for (const key of keys) [left, right] = [right, mixed(left, substituted(right, key, expansion))]
    ;[left, right] = [right, left]
  }
  const bits = [...left, ...right]
  const last = [...FINAL.map((from) => bits[from]!), 0, 0]
  let text = salt
  for (let at = 0; at < 66; at += 6) text += CRYPT_ALPHABET[last.slice(at, at + 6).reduce((sum, bit) => sum * 2 + bit)]!
  return text
}

/** Seven bits of each of the first eight characters. */
const keysOf = (password: Uint8Array): readonly Uint8Array[] => {
  const bits = Array.from({ length: 64 }, (_, index) =>
    index % 8 === 7 ? 0 : ((password[index >> 3] ?? 0) >> (6 - (index % 8))) & 1,
  )
  let [high, low] = [CHOICE_HIGH.map((from) => bits[from - 1]!), CHOICE_LOW.map((from) => bits[from - 1]!)]
  return SHIFTS.map((shift) => {
    high = [...high.slice(shift), ...high.slice(0, shift)]
    low = [...low.slice(shift), ...low.slice(0, shift)]
    const both = [...high, ...low]
    return Uint8Array.from(CHOICE_KEY, (from) => both[from - 1]!)
  })
}

const expansionBy = (salt: string): Uint8Array => {
  const expansion = Uint8Array.from(EXPANSION)
  for (let bit = 0; bit < 12; bit++) {
    if (((CRYPT_ALPHABET.indexOf(salt[bit < 6 ? 0 : 1]!) >> (bit % 6)) & 1) === 0) continue
    const kept = expansion[bit]!
    expansion[bit] = expansion[bit + 24]!
    expansion[bit + 24] = kept
  }
  return expansion
}

const mixed = (one: Uint8Array, other: Uint8Array) => one.map((bit, index) => bit ^ other[index]!)

const substituted = (half: Uint8Array, key: Uint8Array, expansion: Uint8Array): Uint8Array => {
  const given = new Uint8Array(32)
  for (let box = 0; box < 8; box++) {
    let six = 0
    for (let bit = box * 6; bit < box * 6 + 6; bit++) six = six * 2 + (half[expansion[bit]!]! ^ key[bit]!)
    const row = ((six >> 4) & 2) | (six & 1)
    const four = BOXES[box]![row * 16 + ((six >> 1) & 15)]!
    for (let bit = 0; bit < 4; bit++) given[box * 4 + bit] = (four >> (3 - bit)) & 1
  }
  return Uint8Array.from(PERMUTATION, (from) => given[from - 1]!)
}

/* The tables of FIPS 46-3. Those that are regular are computed. */

const EXPANSION = Array.from({ length: 48 }, (_, index) => (4 * Math.floor(index / 6) + (index % 6) + 31) % 32)

const FINAL = Array.from({ length: 64 }, (_, index) => {
  const [row, column] = [index >> 3, index % 8]
  return (column % 2 === 1 ? (column - 1) / 2 : 4 + column / 2) * 8 + 7 - row
})

const numbers = (text: string) => text.split(' ').map(Number)

const CHOICE_HIGH = numbers('57 49 41 33 25 17 9 1 58 50 42 34 26 18 10 2 59 51 43 35 27 19 11 3 60 52 44 36')
const CHOICE_LOW = numbers('63 55 47 39 31 23 15 7 62 54 46 38 30 22 14 6 61 53 45 37 29 21 13 5 28 20 12 4')
const CHOICE_KEY = numbers(
  '14 17 11 24 1 5 3 28 15 6 21 10 23 19 12 4 26 8 16 7 27 20 13 2 ' +
    '41 52 31 37 47 55 30 40 51 45 33 48 44 49 39 56 34 53 46 42 50 36 29 32',
)
const SHIFTS = numbers('1 1 2 2 2 2 2 2 1 2 2 2 2 2 2 1')
const PERMUTATION = numbers('16 7 20 21 29 12 28 17 1 15 23 26 5 18 31 10 2 8 24 14 32 27 3 9 19 13 30 6 22 11 4 25')
const BOXES = [
  '14 4 13 1 2 15 11 8 3 10 6 12 5 9 0 7 0 15 7 4 14 2 13 1 10 6 12 11 9 5 3 8 4 1 14 8 13 6 2 11 15 12 9 7 3 10 5 0 15 12 8 2 4 9 1 7 5 11 3 14 10 0 6 13',
  '15 1 8 14 6 11 3 4 9 7 2 13 12 0 5 10 3 13 4 7 15 2 8 14 12 0 1 10 6 9 11 5 0 14 7 11 10 4 13 1 5 8 12 6 9 3 2 15 13 8 10 1 3 15 4 2 11 6 7 12 0 5 14 9',
  '10 0 9 14 6 3 15 5 1 13 12 7 11 4 2 8 13 7 0 9 3 4 6 10 2 8 5 14 12 11 15 1 13 6 4 9 8 15 3 0 11 1 2 12 5 10 14 7 1 10 13 0 6 9 8 7 4 15 14 3 11 5 2 12',
  '7 13 14 3 0 6 9 10 1 2 8 5 11 12 4 15 13 8 11 5 6 15 0 3 4 7 2 12 1 10 14 9 10 6 9 0 12 11 7 13 15 1 3 14 5 2 8 4 3 15 0 6 10 1 13 8 9 4 5 11 12 7 2 14',
  '2 12 4 1 7 10 11 6 8 5 3 15 13 0 14 9 14 11 2 12 4 7 13 1 5 0 15 10 3 9 8 6 4 2 1 11 10 13 7 8 15 9 12 5 6 3 0 14 11 8 12 7 1 14 2 13 6 15 0 9 10 4 5 3',
  '12 1 10 15 9 2 6 8 0 13 3 4 14 7 5 11 10 15 4 2 7 12 9 5 6 1 13 14 0 11 3 8 9 14 15 5 2 8 12 3 7 0 4 10 1 13 11 6 4 3 2 12 9 5 15 10 11 14 1 7 6 0 8 13',
  '4 11 2 14 15 0 8 13 3 12 9 7 5 10 6 1 13 0 11 7 4 9 1 10 14 3 5 12 2 15 8 6 1 4 11 13 12 3 7 14 10 15 6 8 0 5 9 2 6 11 13 8 1 4 10 7 9 5 0 15 14 2 3 12',
  '13 2 8 4 6 15 11 1 10 9 3 14 5 0 12 7 1 15 13 8 10 3 7 4 12 5 6 11 0 14 9 2 7 11 4 1 9 12 14 2 0 6 10 13 15 3 5 8 2 1 14 7 4 10 8 13 15 12 9 0 3 5 6 11',
].map(numbers)
