export { keepFolderPrivate, KeyFileError, makePrivateFile, readPrivateFile, writePrivateFile } from './key-files.ts'
export { DIGEST_KEY_BYTES, keyedDigest, newDigestKey } from './keyed-digest.ts'
export { fingerprint, KEY_BYTES, keyId, keyPairOf, newKeyPair, publicKeyOf, type KeyPair, type KeyUse } from './keys.ts'
export { passwordHash, type HashContext, type PasswordHash } from './password-hash/password-hash.ts'
export { type Rest } from './password-hash/rest.ts'
export { packSecrets, unpackSecrets } from './packed-secrets.ts'
export { seal, SealError, unseal, type SealContext } from './seal.ts'
export { Secret } from './secret.ts'
export {
  MAX_SIGNED_BYTES,
  signBytes,
  SIGNED_OVERHEAD,
  SignatureError,
  signerOf,
  unverifiedBytes,
  verifiedBytes,
  type SignatureFailure,
} from './signed.ts'
