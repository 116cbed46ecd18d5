import { createHmac, randomBytes } from 'node:crypto'
import { Secret } from './secret.ts'

/** Bytes of a key for keyed digests. */
export const DIGEST_KEY_BYTES = 32

/** A new key for keyed digests. An installation makes one, once: under another key nothing compares any more. */
export const newDigestKey = (): Secret => Secret.ofBytes(randomBytes(DIGEST_KEY_BYTES))

/**
 * Tells that two secrets are the same without telling either: HMAC-SHA-256 (RFC 2104) under a key of the installation, as 43
 * characters of base64url. Without the key nobody can try guesses against it, nor compare it with another installation's.
 */
export const keyedDigest = (key: Secret): ((secret: string) => string) => {
  if (key.revealBytes().length !== DIGEST_KEY_BYTES) throw new Error(`a key for digests has ${DIGEST_KEY_BYTES} bytes`)
  return (secret) => createHmac('sha256', key.revealBytes()).update(PURPOSE).update(secret, 'utf8').digest('base64url')
}

/** Keeps these digests apart from whatever else the same key might once be used for. */
const PURPOSE = 'rollcall found secret\0'
