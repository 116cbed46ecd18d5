/**
 * Whether a passphrase protects the secret key that some OpenPGP begins with (RFC 9580, 5.5.3): what follows its public half says
 * so. Undefined where it begins with none, or with one of another version than 4.
 */
export const openpgpLocked = (bytes: Uint8Array): boolean | undefined => {
  const first = bytes[0] ?? 0
  const newer = (first & 0x40) !== 0
  const tag = newer ? first & 0x3f : (first >> 2) & 0x0f
  if ((first & 0x80) === 0 || (tag !== 5 && tag !== 7)) return undefined
  const size = bytes[1] ?? 0
  const from = newer ? (size < 192 ? 2 : size < 224 ? 3 : 6) : 1 + (1 << (first & 3))
  if (bytes[from] !== 4) return undefined
  const usage = bytes[behindPublicHalf(bytes, from)]
  return usage === undefined ? undefined : usage !== 0
}

/** Where the public half of a key of version 4 ends. */
const behindPublicHalf = (bytes: Uint8Array, from: number): number => {
  const algorithm = bytes[from + 5] ?? 0
  let at = from + 6
  const number = () => {
    at += 2 + Math.ceil((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) / 8)
  }
  const curve = () => {
    at += 1 + (bytes[at] ?? 0)
  }
  const fixed = FIXED.get(algorithm)
  if (fixed !== undefined) return at + fixed
  if (algorithm === ECDH || algorithm === ECDSA || algorithm === EDDSA) {
    curve()
    number()
    if (algorithm === ECDH) curve()
    return at
  }
  for (let left = algorithm <= 3 ? 2 : algorithm === 17 ? 4 : 3; left > 0; left--) number()
  return at
}

const ECDH = 18
const ECDSA = 19
const EDDSA = 22

/** X25519, X448, Ed25519, Ed448 have public halves of one length. */
const FIXED = new Map([
  [25, 32],
  [26, 56],
  [27, 32],
  [28, 57],
])
