import type { Sha256 } from '../../probe.ts'
import { sha1 } from '../accounts/old-digests.ts'
import { readSshPublicKey, type SshPublicKey } from './public-key.ts'
import { binary, sshWire } from './wire.ts'

/** The keys that a file of RevokedKeys refuses. */
export interface RevokedKeys {
  readonly revokes: (key: SshPublicKey) => boolean
  /** Whether part of it is of a form that is not known, so that it may refuse more. */
  readonly incomplete: boolean
}

/**
 * Reads a file of sshd's RevokedKeys: a Key Revocation List (OpenSSH's PROTOCOL.krl) with keys and their hashes, or lines with one
 * public key each. What it says of single certificates is about none of the keys that open accounts, and passed over.
 */
export const readRevokedKeys = (bytes: Uint8Array, sha256: Sha256): RevokedKeys =>
  binary(bytes.subarray(0, MAGIC.length)) === MAGIC ? readList(bytes.subarray(MAGIC.length), sha256) : readLines(bytes)

const MAGIC = 'SSHKRL\n\0'
const SECTION = { certificates: 1, keys: 2, sha1: 3, signature: 4, sha256: 5, extension: 255 } as const
const KNOWN = new Set<number>(Object.values(SECTION))

const readList = (bytes: Uint8Array, sha256: Sha256): RevokedKeys => {
  const entries = { keys: new Set<string>(), sha1: new Set<string>(), sha256: new Set<string>() }
  const wire = sshWire(bytes)
  // Format, number, date, flags; then a reserved field and a comment.
  const begun = wire.skip(4 + 8 + 8 + 8) && wire.bytes() !== undefined && wire.bytes() !== undefined
  let incomplete = !begun
  while (!incomplete && !wire.done()) {
    const [type] = wire.rest()
    const section = wire.skip(1) ? wire.bytes() : undefined
    if (type === undefined || section === undefined || !KNOWN.has(type)) {
      incomplete = true
      break
    }
    // A signature ends what is signed.
    if (type === SECTION.signature) break
    const into =
      type === SECTION.keys
        ? entries.keys
        : type === SECTION.sha1
          ? entries.sha1
          : type === SECTION.sha256
            ? entries.sha256
            : undefined
    const inside = sshWire(section)
    if (into !== undefined)
      for (let entry = inside.bytes(); entry !== undefined; entry = inside.bytes()) into.add(binary(entry))
  }
  return {
    incomplete,
    revokes: ({ blob }) =>
      entries.keys.has(binary(blob)) ||
      (entries.sha1.size > 0 && entries.sha1.has(binary(sha1(blob)))) ||
      (entries.sha256.size > 0 && entries.sha256.has(binary(sha256(blob)))),
  }
}

const readLines = (bytes: Uint8Array): RevokedKeys => {
  const keys = new Set<string>()
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const [type = '', base64 = ''] = line.trim().split(/[ \t]+/, 2)
    const key = readSshPublicKey(type, base64)
    if (key !== undefined) keys.add(binary(key.blob))
  }
  return { incomplete: false, revokes: ({ blob }) => keys.has(binary(blob)) }
}
