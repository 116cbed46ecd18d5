/** The NIST curves of RFC 5656 section 10.1: y² = x³ − 3x + b modulo a prime (FIPS 186-4, appendix D.1.2). */
export const curves = {
  nistp256: {
    bits: 256,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  nistp384: {
    bits: 384,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  nistp521: {
    bits: 521,
    prime: 2n ** 521n - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
} as const

export type CurveName = keyof typeof curves

/** Whether bytes are an uncompressed point that OpenSSH takes: on the curve, neither coordinate small or as large as the order. */
export const isCurvePoint = (point: Uint8Array, name: CurveName): boolean => {
  const { bits, prime, b, order } = curves[name]
  const width = Math.ceil(bits / 8)
  if (point.length !== 1 + 2 * width || point[0] !== 4) return false
  const [x, y] = [numberOf(point.subarray(1, 1 + width)), numberOf(point.subarray(1 + width))]
  if (x >= prime || y >= prime || (y * y - (x * x * x - 3n * x + b)) % prime !== 0n) return false
  const smallest = 2n ** BigInt(Math.floor(bits / 2))
  return x >= smallest && y >= smallest && x < order - 1n && y < order - 1n
}

const numberOf = (bytes: Uint8Array) => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
