import type { KeyConcern } from '@rollcall/contract'
import { PUBLISHED_KEYS } from './published-keys.ts'
import { isRocaModulus } from './roca.ts'
import { rsaModulus, type SshPublicKey } from './public-key.ts'

const PUBLISHED = new Set(PUBLISHED_KEYS.map(({ fingerprint }) => fingerprint))
const SHORTEST_RSA_BITS = 2048

/** What is wrong with a key by itself, wherever it is. `isBlacklisted` looks it up among those of Debian's broken generator. */
export const weaknessesOf = (
  key: SshPublicKey,
  fingerprint: string,
  isBlacklisted: (key: SshPublicKey) => boolean = () => false,
): KeyConcern[] => {
  const modulus = rsaModulus(key)
  return concernsWhere({
    dsa: key.algorithm === 'ssh-dss',
    'short-rsa': modulus !== undefined && key.bits < SHORTEST_RSA_BITS,
    roca: modulus !== undefined && isRocaModulus(modulus),
    'debian-2008': isBlacklisted(key),
    'publicly-known': PUBLISHED.has(fingerprint),
  })
}

/** Those that hold, in the order given. */
export const concernsWhere = (held: Readonly<Partial<Record<KeyConcern, boolean>>>): KeyConcern[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of concerns are concerns
  (Object.keys(held) as KeyConcern[]).filter((concern) => held[concern] === true)
