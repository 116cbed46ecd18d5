import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  diffieHellman,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto'
import { ephemeralKey, KEY_BYTES, publicKeyOf, type KeyPair } from './keys.ts'
import { Secret } from './secret.ts'

/*
 * HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one message to an encapsulation. Anybody can seal to
 * a public key, so who sealed is told by a signature around it, or by something inside that only they know.
 */

/** What a sealed value is bound to: it opens nowhere else. */
export interface SealContext {
  /** What kind of value it is, such as `rollcall lease 1`. */
  readonly info: string
  /** Whose it is and for what: told beside it in clear, and the same on both sides. */
  readonly about: string
}

const sentences = {
  'not-sealed': 'it is not sealed',
  'not-for-us': 'it is sealed to another key, for another purpose, or was changed',
  'bad-key': 'nothing can be sealed to this key',
} as const

/** Why something could not be sealed or opened. */
export class SealError extends Error {
  override readonly name = 'SealError'
  readonly code: keyof typeof sentences

  constructor(code: SealError['code'], options?: ErrorOptions) {
    super(sentences[code], options)
    this.code = code
  }
}

/** Seals bytes to a public key. How long they are shows only roughly. Throws SealError `bad-key` for a point of low order. */
export const seal = (recipient: Uint8Array, context: SealContext, bytes: Uint8Array): Uint8Array => {
  const padded = pad(bytes)
  try {
    const { encapsulated, ciphertext } = sealOnce(AES_256_GCM, recipient, context, padded)
    return Buffer.concat([Buffer.from([VERSION]), encapsulated, ciphertext])
  } finally {
    padded.fill(0)
  }
}

/** Opens what `seal` sealed, for the same context. Throws SealError `not-sealed` and `not-for-us`. */
export const unseal = (key: KeyPair, context: SealContext, sealed: Uint8Array): Secret => {
  if (sealed[0] !== VERSION || sealed.length < 1 + KEY_BYTES + TAG_BYTES) throw new SealError('not-sealed')
  const padded = openOnce(AES_256_GCM, key, context, sealed.subarray(1, 1 + KEY_BYTES), sealed.subarray(1 + KEY_BYTES))
  try {
    return Secret.ofBytes(unpadded(padded))
  } finally {
    padded.fill(0)
  }
}

const VERSION = 1
const TAG_BYTES = 16

/** Lengths that a padded value has; above the last, multiples of it. */
const BUCKETS = [256, 1024, 4096, 16_384, 65_536, 262_144] as const

const pad = (bytes: Uint8Array): Buffer => {
  const needed = bytes.length + 4
  const largest = BUCKETS[BUCKETS.length - 1]!
  const padded = Buffer.alloc(BUCKETS.find((size) => size >= needed) ?? Math.ceil(needed / largest) * largest)
  padded.writeUInt32BE(bytes.length, 0)
  padded.set(bytes, 4)
  return padded
}

const unpadded = (padded: Buffer): Buffer => {
  const length = padded.length < 4 ? Number.POSITIVE_INFINITY : padded.readUInt32BE(0)
  if (length + 4 > padded.length) throw new SealError('not-sealed')
  return padded.subarray(4, 4 + length)
}

/** An AEAD of RFC 9180 7.3. */
interface Aead {
  readonly id: number
  readonly cipher: CipherGCMTypes
  readonly keyBytes: number
}
const AES_256_GCM: Aead = { id: 2, cipher: 'aes-256-gcm', keyBytes: 32 }
/** Used nowhere but against the vectors that RFC 9180 prints. */
const AES_128_GCM: Aead = { id: 1, cipher: 'aes-128-gcm', keyBytes: 16 }

const sealOnce = (
  aead: Aead,
  recipient: Uint8Array,
  context: SealContext,
  bytes: Uint8Array,
  ephemeral: { readonly private: KeyObject; readonly public: Uint8Array } = ephemeralKey(),
): { encapsulated: Uint8Array; ciphertext: Buffer } => {
  const shared = agreed(ephemeral.private, recipient, ephemeral.public, recipient)
  const { key, nonce } = schedule(aead, shared, context.info)
  const cipher = createCipheriv(aead.cipher, key, nonce).setAAD(Buffer.from(context.about, 'utf8'))
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return { encapsulated: ephemeral.public, ciphertext }
}

const openOnce = (
  aead: Aead,
  recipient: Pick<KeyPair, 'private' | 'public'>,
  context: SealContext,
  encapsulated: Uint8Array,
  ciphertext: Uint8Array,
): Buffer => {
  try {
    const { key, nonce } = schedule(
      aead,
      agreed(recipient.private, encapsulated, encapsulated, recipient.public),
      context.info,
    )
    const decipher = createDecipheriv(aead.cipher, key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(context.about, 'utf8')).setAuthTag(ciphertext.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new SealError('not-for-us', { cause: error })
  }
}

/** The vectors of RFC 9180 are held against these. */
export const hpkeForTests = { sealOnce, openOnce, AES_128_GCM, AES_256_GCM }

/** The shared secret of RFC 9180 4.1. A point of low order gives all zeros, whoever's key it is: such a secret is none. */
const agreed = (own: KeyObject, theirs: Uint8Array, encapsulated: Uint8Array, recipient: Uint8Array): Buffer => {
  let dh: Buffer
  try {
    dh = diffieHellman({ privateKey: own, publicKey: publicKeyOf('open', theirs) })
  } catch (error) {
    throw new SealError('bad-key', { cause: error })
  }
  if (dh.every((byte) => byte === 0)) throw new SealError('bad-key')
  const prk = extract(KEM_SUITE, EMPTY, 'eae_prk', dh)
  return expand(KEM_SUITE, prk, 'shared_secret', Buffer.concat([encapsulated, recipient]), 32)
}

/** The key and base nonce of RFC 9180 5.1, mode base; with one message the base nonce is the nonce. */
const schedule = (aead: Aead, shared: Buffer, info: string) => {
  const suite = Buffer.concat([Buffer.from('HPKE'), twoBytes(0x0020), twoBytes(0x0001), twoBytes(aead.id)])
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(suite, EMPTY, 'psk_id_hash', EMPTY),
    extract(suite, EMPTY, 'info_hash', Buffer.from(info, 'utf8')),
  ])
  const secret = extract(suite, shared, 'secret', EMPTY)
  return {
    key: expand(suite, secret, 'key', context, aead.keyBytes),
    nonce: expand(suite, secret, 'base_nonce', context, 12),
  }
}

const EMPTY = Buffer.alloc(0)
const twoBytes = (number: number) => Buffer.from([number >> 8, number & 0xff])
const KEM_SUITE = Buffer.concat([Buffer.from('KEM'), twoBytes(0x0020)])
const LABEL = Buffer.from('HPKE-v1')

const extract = (suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer =>
  createHmac('sha256', salt)
    .update(Buffer.concat([LABEL, suite, Buffer.from(label), ikm]))
    .digest()

/** One block of SHA-256 is as long as anything here. */
const expand = (suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer =>
  createHmac('sha256', prk)
    .update(Buffer.concat([twoBytes(length), LABEL, suite, Buffer.from(label), info, Buffer.from([1])]))
    .digest()
    .subarray(0, length)
