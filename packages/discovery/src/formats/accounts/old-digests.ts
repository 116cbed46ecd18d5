/**
 * MD5 (RFC 1321) and SHA-1 (RFC 3174): broken for signatures, and still what old lists of keys and hashed names of hosts are made
 * with. Used for nothing but reading those.
 */
export const md5 = (bytes: Uint8Array): Uint8Array => {
  const words = padded(bytes, true)
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476]
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d] = state as [number, number, number, number]
    for (let step = 0; step < 64; step++) {
      const round = step >> 4
      const mixed =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d)
      const word =
        round === 0 ? step : round === 1 ? (5 * step + 1) & 15 : round === 2 ? (3 * step + 5) & 15 : (7 * step) & 15
      const sum = (a + mixed + SINES[step]! + words[block + word]!) | 0
      const turn = MD5_TURNS[round * 4 + (step & 3)]!
      ;[a, b, c, d] = [d, (b + rotated(sum, turn)) | 0, b, c]
    }
    for (const [index, value] of [a, b, c, d].entries()) state[index] = (state[index]! + value) | 0
  }
  return bytesOf(state, true)
}

export const sha1 = (bytes: Uint8Array): Uint8Array => bytesOf(sha1Blocks(SHA1_START, padded(bytes, false)), false)

/**
 * Finds the text whose HMAC-SHA-1 under a key begins as is wanted; negative when it is none of the first `most`. What depends on the
 * texts alone is made once for all keys.
 */
export const hmacSha1Search = (
  texts: readonly Uint8Array[],
): ((key: Uint8Array, wanted: Uint8Array, most: number) => number) => {
  const inner = texts.map((text) => padded(text, false, 64))
  const outer = padded(new Uint8Array(20), false, 64)
  return (key, wanted, most) => {
    const [before, after] = [keyed(key, 0x36), keyed(key, 0x5c)]
    const [first, second] = wordsOf(wanted.slice(0, 8))
    for (let at = 0; at < Math.min(most, inner.length); at++) {
      outer.set(sha1Blocks(before, inner[at]!))
      const made = sha1Blocks(after, outer)
      if (made[0] === first && made[1] === second) return at
    }
    return -1
  }
}

const keyed = (key: Uint8Array, mask: number) => {
  const short = key.length > 64 ? sha1(key) : key
  return sha1Blocks(SHA1_START, wordsOf(Uint8Array.from({ length: 64 }, (_, at) => (short[at] ?? 0) ^ mask)))
}

const SINES = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0)
const MD5_TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
const SHA1_START = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0] as const
const SHA1_ADDED = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc | 0, 0xca62c1d6 | 0] as const

const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by))

const SCHEDULE = new Int32Array(80)

const sha1Blocks = (start: readonly number[], words: Int32Array): number[] => {
  let [h0, h1, h2, h3, h4] = start as [number, number, number, number, number]
  const schedule = SCHEDULE
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4]
    for (let step = 0; step < 80; step++) {
      let word: number
      if (step < 16) word = words[block + step]!
      else {
        const mixed = schedule[step - 3]! ^ schedule[step - 8]! ^ schedule[step - 14]! ^ schedule[step - 16]!
        word = (mixed << 1) | (mixed >>> 31)
      }
      schedule[step] = word
      const mixed =
        step < 20
          ? ((b & c) | (~b & d)) + SHA1_ADDED[0]
          : step < 40
            ? (b ^ c ^ d) + SHA1_ADDED[1]
            : step < 60
              ? ((b & c) | (b & d) | (c & d)) + SHA1_ADDED[2]
              : (b ^ c ^ d) + SHA1_ADDED[3]
      const sum = (((a << 5) | (a >>> 27)) + mixed + e + word) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = sum
    }
    h0 = (h0 + a) | 0
    h1 = (h1 + b) | 0
    h2 = (h2 + c) | 0
    h3 = (h3 + d) | 0
    h4 = (h4 + e) | 0
  }
  return [h0, h1, h2, h3, h4]
}

/** The text with the bit and the length that end it; `before` bytes were digested already. */
const padded = (bytes: Uint8Array, littleEndian: boolean, before = 0): Int32Array => {
  const whole = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  whole.set(bytes)
  whole[bytes.length] = 0x80
  const bits = (bytes.length + before) * 8
  const view = new DataView(whole.buffer)
  view.setUint32(whole.length - (littleEndian ? 8 : 4), bits >>> 0, littleEndian)
  view.setUint32(whole.length - (littleEndian ? 4 : 8), Math.floor(bits / 2 ** 32), littleEndian)
  return wordsOf(whole, littleEndian)
}

const wordsOf = (bytes: Uint8Array, littleEndian = false) => {
  const view = new DataView(bytes.buffer)
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(index * 4, littleEndian))
}

const bytesOf = (words: readonly number[], littleEndian: boolean) => {
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, word] of words.entries()) view.setInt32(index * 4, word, littleEndian)
  return bytes
}
