import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto'
import type { PublicPoint } from '@rollcall/discovery'

/** The public half of a private number, as OpenSSL computes it. The number is handed on to it and kept nowhere. */
export const publicPoint: PublicPoint = (curve, secret) => {
  try {
    return curve === 'ed25519' ? edwardsPoint(secret) : nistPoint(NAMES[curve], secret)
  } catch {
    // A number of another length, or none of the curve: OpenSSL says so by throwing.
    return undefined
  }
}

const NAMES = { nistp256: 'prime256v1', nistp384: 'secp384r1', nistp521: 'secp521r1' } as const

const nistPoint = (name: string, secret: Uint8Array) => {
  const pair = createECDH(name)
  pair.setPrivateKey(secret)
  return pair.getPublicKey()
}

/** RFC 8410: an Ed25519 key in PKCS#8 and its public half in SubjectPublicKeyInfo, up to the 32 bytes of the key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_BYTES = 12

const edwardsPoint = (seed: Uint8Array) => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_BYTES)
}
