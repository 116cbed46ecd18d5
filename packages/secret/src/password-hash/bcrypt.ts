import type { Rest } from './rest.ts'

/**
 * bcrypt (Provos and Mazières, 1999): the 31 characters behind the salt. Passwords are cut to 72 bytes with the NUL that ends them, as
 * its variants 2a, 2b and 2y do.
 */
export const bcrypt = async (password: Uint8Array, salt: string, cost: number, rest: Rest): Promise<string> => {
  const key = wordsAround(Uint8Array.from([...password, 0]).subarray(0, 72))
  const seasoning = wordsAround(fromBcryptBase64(salt))
  const state = Int32Array.from(await boxes(rest))
  expand(state, key, seasoning)
  for (let round = 0; round < 2 ** cost; round++) {
    expand(state, key, NOTHING)
    expand(state, seasoning, NOTHING)
    await rest()
  }
  const text = Int32Array.from(wordsAround(Buffer.from('OrpheanBeholderScryDoubt')).subarray(0, 6))
  for (let time = 0; time < 64; time++) for (let at = 0; at < 6; at += 2) encipher(state, text, at)
  const bytes = Buffer.alloc(24)
  for (const [index, word] of text.entries()) bytes.writeInt32BE(word, index * 4)
  return toBcryptBase64(bytes.subarray(0, 23))
}

const SUBKEYS = 18
const WORDS = SUBKEYS + 4 * 256

/** As many words as there are subkeys, of bytes that begin again at their end. */
const wordsAround = (bytes: Uint8Array): Int32Array => {
  const at = (index: number) => bytes[index % bytes.length]!
  return Int32Array.from(
    { length: SUBKEYS },
    (_, word) => (at(4 * word) << 24) | (at(4 * word + 1) << 16) | (at(4 * word + 2) << 8) | at(4 * word + 3),
  )
}

const NOTHING = new Int32Array(4)

/** Blowfish's key schedule, with the first four words of `salt` mixed into what is enciphered. */
const expand = (state: Int32Array, key: Int32Array, salt: Int32Array) => {
  for (let index = 0; index < SUBKEYS; index++) state[index]! ^= key[index]!
  const block = new Int32Array(2)
  for (let at = 0, turn = 0; at < WORDS; at += 2, turn ^= 2) {
    block[0]! ^= salt[turn]!
    block[1]! ^= salt[turn + 1]!
    encipher(state, block, 0)
    state[at] = block[0]!
    state[at + 1] = block[1]!
  }
}

const encipher = (state: Int32Array, block: Int32Array, at: number) => {
  let left = block[at]! ^ state[0]!
  let right = block[at + 1]!
  for (let round = 1; round <= 16; round += 2) {
    right ^= scrambled(state, left) ^ state[round]!
    left ^= scrambled(state, right) ^ state[round + 1]!
  }
  block[at] = right ^ state[17]!
  block[at + 1] = left
}

const scrambled = (state: Int32Array, word: number) =>
  (((state[SUBKEYS + (word >>> 24)]! + state[SUBKEYS + 256 + ((word >>> 16) & 255)]!) ^
    state[SUBKEYS + 512 + ((word >>> 8) & 255)]!) +
    state[SUBKEYS + 768 + (word & 255)]!) |
  0

/** What Blowfish begins with: the binary digits of pi behind its point. */
const boxes = async (rest: Rest): Promise<Int32Array> => {
  if (known !== undefined) return known
  const bits = BigInt(WORDS * 32)
  const spare = 64n
  const one = 1n << (bits + spare)
  const pi = 16n * (await inverseTangent(5n, one, rest)) - 4n * (await inverseTangent(239n, one, rest))
  const digits = ((pi - 3n * one) >> spare).toString(16).padStart(WORDS * 8, '0')
  known = Int32Array.from(
    { length: WORDS },
    (_, index) => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16) | 0,
  )
  return known
}

let known: Int32Array | undefined

/** The angle whose tangent is 1/x, by its series, as parts of `one`. */
const inverseTangent = async (x: bigint, one: bigint, rest: Rest): Promise<bigint> => {
  let power = one / x
  let sum = power
  for (let odd = 3n, sign = -1n; power > 0n; odd += 2n, sign = -sign) {
    power /= x * x
    sum += (sign * power) / odd
    if (odd % 64n === 1n) await rest()
  }
  return sum
}

const USUAL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const OWN = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const fromBcryptBase64 = (text: string): Uint8Array =>
  Buffer.from(
    text.replaceAll(/./g, (sign) => USUAL[OWN.indexOf(sign)] ?? ''),
    'base64',
  ).subarray(0, 16)

const toBcryptBase64 = (bytes: Buffer): string =>
  bytes
    .toString('base64')
    .replaceAll('=', '')
    .replaceAll(/./g, (sign) => OWN[USUAL.indexOf(sign)]!)
