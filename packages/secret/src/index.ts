export { DIGEST_KEY_BYTES, keyedDigest, newDigestKey } from './keyed-digest.ts'
export { Secret } from './secret.ts'
