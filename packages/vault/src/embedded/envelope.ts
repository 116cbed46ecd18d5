import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { VaultError } from '../vault-error.ts'

/*
 * AES-256-GCM. Each sealed value is 12 bytes of nonce, the ciphertext, 16 bytes of tag. It is bound to words that are not in it: taken to
 * another place, it does not open.
 */

export const KEY_BYTES = 32

export const newKey = (): Buffer => randomBytes(KEY_BYTES)

/** Words as bytes, so that no other words give the same: each is told with its length before it. */
export const bound = (...words: readonly (string | number)[]): Buffer =>
  Buffer.concat(
    words.flatMap((word) => {
      const bytes = Buffer.from(String(word), 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )

export const encrypt = (key: Uint8Array, about: Uint8Array, value: Uint8Array): Buffer => {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(about)
  return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()])
}

/** Throws VaultError `damaged` for what was not encrypted with this key for these words. Whoever gets the value wipes it. */
export const decrypt = (key: Uint8Array, about: Uint8Array, sealed: Uint8Array): Buffer => {
  if (sealed.length < NONCE + TAG) throw new VaultError('damaged')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(about).setAuthTag(sealed.subarray(-TAG))
  const value = decipher.update(sealed.subarray(NONCE, -TAG))
  try {
    decipher.final()
    return value
  } catch (error) {
    value.fill(0)
    throw new VaultError('damaged', undefined, { cause: error })
  }
}

/** A key for another purpose, from one that is used for this only. */
export const derived = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `rollcall vault ${purpose}`, KEY_BYTES))

export const markOf = (key: Uint8Array, words: Uint8Array): Buffer =>
  createHmac('sha256', derived(key, 'mark')).update(words).digest()

export const isMark = (key: Uint8Array, words: Uint8Array, mark: Uint8Array): boolean => {
  const expected = markOf(key, words)
  return expected.length === mark.length && timingSafeEqual(expected, mark)
}

const NONCE = 12
const TAG = 16
