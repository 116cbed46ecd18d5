import type { Finding, FindingOf, KeyConcern } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import type { Sha256 } from '../../probe.ts'
import { parseAuthorizedKeys } from '../authorized-keys.ts'
import { weaknessesOf } from '../ssh-keys/concerns.ts'
import { fingerprintOfBlob, publicKeyOfBlob, type SshPublicKey } from '../ssh-keys/public-key.ts'
import { clippedDn } from './dn.ts'
import { clipped, weaknessOf, type Subject } from './subject.ts'

type Key = FindingOf<'key'>

/** Keys of one entry. */
const MOST_KEYS = 256

export interface AttributeKeys {
  readonly findings: readonly Finding[]
  /** Values that are no key. */
  readonly unread: number
}

/**
 * SSH keys in attributes (`sshPublicKey`, `ipaSshPubKey`): each value is a line of authorized_keys, several of them, or the key alone as
 * bytes. Of a host they identify it.
 */
export const attributeKeys = (
  entry: Pick<DirectoryEntry, 'texts' | 'values'>,
  attributes: readonly string[],
  subject: Subject,
  sha256: Sha256,
): AttributeKeys => {
  const keys: Key[] = []
  let unread = 0
  const role = subject.type === 'computer' ? ('host' as const) : undefined
  for (const attribute of attributes)
    for (const [index, text] of entry.texts(attribute).entries()) {
      if (keys.length >= MOST_KEYS) break
      const { keys: lines, refused } = parseAuthorizedKeys(text.slice(0, 65_536))
      for (const line of lines.slice(0, MOST_KEYS - keys.length))
        keys.push(keyOf(line.key, role ?? line.role, subject, sha256, line.comment, line.options))
      if (lines.length > 0) continue
      // FreeIPA before 4 kept the bytes.
      const alone = publicKeyOfBlob(Uint8Array.from(entry.values(attribute)[index] ?? []))
      if (alone !== undefined) keys.push(keyOf(alone, role ?? 'authorized', subject, sha256, '', []))
      else if (refused.length > 0) unread++
    }
  const weak = keys.filter(({ concerns = [] }) => concerns.length > 0)
  const weaknesses =
    weak.length === 0
      ? []
      : [
          weaknessOf(
            subject,
            'weak-key',
            'high',
            ...weak.map(
              ({ fingerprint = '', algorithm, bits, concerns = [] }) =>
                `${algorithm} ${bits ?? ''} ${fingerprint}: ${concerns.join(', ')}`,
            ),
          ),
        ]
  return { findings: [...keys, ...weaknesses], unread }
}

const keyOf = (
  key: SshPublicKey,
  role: Key['role'],
  { object, name, dn }: Subject,
  sha256: Sha256,
  comment: string,
  options: readonly { readonly name: string; readonly value?: string }[],
): Key => {
  const fingerprint = fingerprintOfBlob(key.blob, sha256)
  const concerns: KeyConcern[] = weaknessesOf(key, fingerprint)
  return {
    kind: 'key',
    role,
    fingerprint,
    algorithm: key.algorithm,
    bits: key.bits,
    account: name,
    object,
    ...(comment === '' ? {} : { comment: clipped(comment, 1024) }),
    ...(options.length === 0
      ? {}
      : {
          options: options.slice(0, 256).map((option) => ({
            ...option,
            ...(option.value === undefined ? {} : { value: clipped(option.value, 4096) }),
          })),
        }),
    ...(concerns.length === 0 ? {} : { concerns }),
    place: { path: clippedDn(dn) },
  }
}
