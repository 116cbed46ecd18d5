/** MD4 (RFC 1320), which today's libraries no longer have, and by which Windows and Samba keep passwords. */
export const md4 = (bytes: Uint8Array): Buffer => {
  const padded = Buffer.alloc((((bytes.length + 8) >> 6) + 1) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  padded.writeUInt32LE(bytes.length * 8, padded.length - 8)
  const sum = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = [sum[0]!, sum[1]!, sum[2]!, sum[3]!]
    for (let step = 0; step < 48; step++) {
      const { mix, constant, order, shifts } = ROUNDS[step >> 4]!
      const word = padded.readInt32LE(block + 4 * order[step & 15]!)
      const mixed = (a + mix(b, c, d) + word + constant) | 0
      const shift = shifts[step & 3]!
      ;[a, b, c, d] = [d, (mixed << shift) | (mixed >>> (32 - shift)), b, c]
    }
    for (const [index, word] of [a, b, c, d].entries()) sum[index] = (sum[index]! + word) | 0
  }
  const digest = Buffer.alloc(16)
  for (const [index, word] of sum.entries()) digest.writeInt32LE(word, index * 4)
  return digest
}

const ROUNDS = [
  {
    mix: (b: number, c: number, d: number) => (b & c) | (~b & d),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (b: number, c: number, d: number) => (b & c) | (b & d) | (c & d),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (b: number, c: number, d: number) => b ^ c ^ d,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
]
