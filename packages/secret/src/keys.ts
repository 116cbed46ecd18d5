import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes, type KeyObject } from 'node:crypto'
import { Secret } from './secret.ts'

/** What a key is for: Ed25519 (RFC 8032) signs, X25519 (RFC 7748) opens what was sealed. */
export type KeyUse = 'sign' | 'open'

/** Bytes of a public key, and of the seed of a private one, of either kind. */
export const KEY_BYTES = 32

/** A private key with its public half. The private half never leaves it but as a Secret. */
export interface KeyPair {
  readonly use: KeyUse
  readonly private: KeyObject
  /** The public half as it travels. */
  readonly public: Uint8Array
  /** `KEY_BYTES` from which `keyPairOf` makes the same pair again. */
  readonly seed: Secret
}

/** A new key, from the system's randomness. */
export const newKeyPair = (use: KeyUse): KeyPair => keyPairOf(use, Secret.ofBytes(randomBytes(KEY_BYTES)))

/** The pair of a seed. Throws where it is none. */
export const keyPairOf = (use: KeyUse, seed: Secret): KeyPair => {
  const bytes = seed.revealBytes()
  if (bytes.length !== KEY_BYTES) throw new Error(`the seed of a key has ${KEY_BYTES} bytes`)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8[use], bytes]), format: 'der', type: 'pkcs8' })
  bytes.fill(0)
  return { use, private: key, public: rawOf(createPublicKey(key)), seed }
}

/** A public key as it travels, ready for use. Throws for anything that is not `KEY_BYTES` long. */
export const publicKeyOf = (use: KeyUse, bytes: Uint8Array): KeyObject => {
  if (bytes.length !== KEY_BYTES) throw new Error(`a public key has ${KEY_BYTES} bytes`)
  return createPublicKey({ key: Buffer.concat([SPKI[use], bytes]), format: 'der', type: 'spki' })
}

/** Names a key, so that a receiver knows which one to try: the first 8 bytes of its SHA-256. */
export const keyId = (publicKey: Uint8Array): string => hash('sha256', publicKey, 'hex').slice(0, 16)

/** A key for people to compare: `7c2e-90af-…`, 128 bits of its SHA-256. */
export const fingerprint = (publicKey: Uint8Array): string =>
  hash('sha256', publicKey, 'hex').slice(0, 32).match(/.{4}/g)!.join('-')

/** One that is used once, without a seed to keep. */
export const ephemeralKey = (): { readonly private: KeyObject; readonly public: Uint8Array } => {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  return { private: privateKey, public: rawOf(publicKey) }
}

const rawOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' })).slice(-KEY_BYTES)

/** What stands before the bytes of a key in DER (RFC 8410). */
const PKCS8 = {
  sign: Buffer.from('302e020100300506032b657004220420', 'hex'),
  open: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const
const SPKI = {
  sign: Buffer.from('302a300506032b6570032100', 'hex'),
  open: Buffer.from('302a300506032b656e032100', 'hex'),
} as const
