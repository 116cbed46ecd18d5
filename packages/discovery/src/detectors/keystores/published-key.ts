import { readPrivateKeys } from '../../formats/private-key/private-keys.ts'
import { weaknessesOf } from '../../formats/ssh-keys/concerns.ts'
import { fingerprintOfBlob } from '../../formats/ssh-keys/public-key.ts'
import type { Hash } from './opens-by-default.ts'

/**
 * Whether a private key as it is written is one that anybody can have, since products are shipped with it: told by the fingerprint of
 * its public half, where that stands in the key or follows from it at no cost.
 */
export const isPublishedKey = (written: string, hash: Hash): boolean => {
  if (written.length > LONGEST) return false
  const { keys } = readPrivateKeys(new TextEncoder().encode(written), NO_POINT)
  return keys.some(
    ({ publicKey }) =>
      publicKey !== undefined &&
      weaknessesOf(publicKey, fingerprintOfBlob(publicKey.blob, sha256(hash))).includes('publicly-known'),
  )
}

const LONGEST = 65_536
const NO_POINT = () => undefined
const sha256 = (hash: Hash) => (bytes: Uint8Array) => hash('sha256', bytes)
