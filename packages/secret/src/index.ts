export { DIGEST_KEY_BYTES, keyedDigest, newDigestKey } from './keyed-digest.ts'
export { passwordHash, type HashContext, type PasswordHash } from './password-hash/password-hash.ts'
export { type Rest } from './password-hash/rest.ts'
export { Secret } from './secret.ts'
