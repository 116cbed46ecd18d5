import type { FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import type { Sha256 } from '../../probe.ts'
import { clippedDn } from '../ldap/dn.ts'
import { weaknessesOf } from '../ssh-keys/concerns.ts'
import { fingerprintOfBlob, isSshKeyType, readSshPublicKey } from '../ssh-keys/public-key.ts'

/** Attributes that SSH keys are kept in, lower case: that of openssh-lpk, and the one that needs no change of the schema. */
export const SSH_KEY_ATTRIBUTES: readonly string[] = ['sshpublickey', 'altsecurityidentities']

export interface SshIdentities {
  readonly keys: readonly FindingOf<'key'>[]
  /** Values that are something else: certificates and principals that are mapped to the account. */
  readonly others: readonly string[]
  /** Values that should be keys and cannot be read. */
  readonly unreadable: number
}

/** The SSH keys of an entry: `ssh-ed25519 …` as OpenSSH writes them, with or without `SSHKey:` before. */
export const sshIdentities = (entry: DirectoryEntry, account: string, sha256: Sha256): SshIdentities => {
  const keys: FindingOf<'key'>[] = []
  const others: string[] = []
  let unreadable = 0
  for (const attribute of SSH_KEY_ATTRIBUTES)
    for (const value of entry.texts(attribute).slice(0, MOST)) {
      const key = keyOf(value.slice(0, LONGEST), account, entry.dn, sha256)
      if (key !== undefined) keys.push(key)
      else if (attribute === 'sshpublickey' || /^sshkey:/i.test(value)) unreadable++
      else others.push(value)
    }
  return { keys, others, unreadable }
}

const MOST = 256
const LONGEST = 100_000

const keyOf = (value: string, account: string, dn: string, sha256: Sha256): FindingOf<'key'> | undefined => {
  const words = value
    .replace(/^\s*sshkey:/i, '')
    .trim()
    .split(/\s+/, 64)
  const at = words.findIndex(isSshKeyType)
  const key = at < 0 ? undefined : readSshPublicKey(words[at]!, words[at + 1] ?? '')
  if (key === undefined) return undefined
  const fingerprint = fingerprintOfBlob(key.blob, sha256)
  const concerns = weaknessesOf(key, fingerprint)
  const comment = words.slice(at + 2).join(' ')
  return {
    kind: 'key',
    role: key.certificate ? 'certificate' : 'authorized',
    fingerprint,
    algorithm: key.algorithm,
    bits: key.bits,
    account,
    ...(comment === '' ? {} : { comment: comment.slice(0, 1024) }),
    ...(concerns.length === 0 ? {} : { concerns }),
    place: { path: clippedDn(dn) },
  }
}
