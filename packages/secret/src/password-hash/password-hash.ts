import { bcrypt } from './bcrypt.ts'
import { desCrypt } from './des-crypt.ts'
import { keyDerivations } from './key-derivations.ts'
import { md5Crypt } from './md5-crypt.ts'
import { phpass, roundsOfPhpass } from './phpass.ts'
import { plainDigests } from './plain-digests.ts'
import type { Rest } from './rest.ts'
import { shaCrypt } from './sha-crypt.ts'

/** A stored hash with which passwords can be compared. */
export interface PasswordHash {
  /** What one comparison takes of one core, in milliseconds, as a rough guide to which to do first. */
  readonly cost: number
  /** Whether it is that of a password. Asks `rest` often enough that nothing else waits for long. */
  matches(password: string, rest: Rest): Promise<boolean>
}

/** What else is known of a hash that its text does not tell. */
export interface HashContext {
  /** Whom it opens: some schemes mix the name in. */
  readonly account?: string
  /** With what it is made, where its place says so. */
  readonly scheme?: string
}

/** The first that fits decides: a mark, what follows it, and how it is compared. Undefined: it is none after all. */
export type HashForm = readonly [
  pattern: RegExp,
  compared: (parts: readonly string[], context: HashContext) => PasswordHash | undefined,
]

/**
 * Reads a stored hash. Undefined where its scheme is not one of those below, where it is damaged, or where one comparison alone takes
 * so long that a thousand are out of the question. Total: any text.
 *
 * It is for telling that a password is known to everybody, not for logging anybody in: nothing here takes the same time for all.
 */
export const passwordHash = (text: string, context: HashContext = {}): PasswordHash | undefined => {
  if (text.length > LONGEST) return undefined
  const bare = text.replace(IN_BRACES, '')
  for (const [pattern, compared] of FORMS) {
    const match = pattern.exec(bare)
    if (match === null) continue
    const [, ...parts] = match.map((part) => part ?? '')
    const read = compared(parts, context)
    return read !== undefined && read.cost <= DEAREST ? read : undefined
  }
  return undefined
}

const LONGEST = 2048
const DEAREST = 500

/** How ldap, Dovecot and Spring write whose scheme a crypt(3) hash is of. */
const IN_BRACES =
  /^\{(?:CRYPT|MD5-CRYPT|SHA256-CRYPT|SHA512-CRYPT|BLF-CRYPT|DES-CRYPT|BCRYPT|(?:MD5|PBKDF2|SCRYPT)(?=\}\$))\}(?=[$./0-9A-Za-z])/i

const CRYPT_FORMS: readonly HashForm[] = [
  [
    /^(\$1\$|\$apr1\$)([^$:\s]{0,8})\$([./0-9A-Za-z]{22})$/,
    ([mark = '', salt = '', hash]) => ({
      cost: 3,
      matches: async (password, rest) =>
        (await md5Crypt(bytesOf(password), salt, mark === '$1$' ? '$1$' : '$apr1$', rest)) === hash,
    }),
  ],
  [
    /^\$5\$(?:rounds=(\d{1,9})\$)?([^$:\s]{0,16})\$([./0-9A-Za-z]{43})$/,
    ([rounds = '', salt = '', hash]) => ({
      cost: roundsOf(rounds) * 0.002,
      matches: async (password, rest) =>
        (await shaCrypt(bytesOf(password), salt, roundsOf(rounds), 'sha256', rest)) === hash,
    }),
  ],
  [
    /^\$6\$(?:rounds=(\d{1,9})\$)?([^$:\s]{0,16})\$([./0-9A-Za-z]{86})$/,
    ([rounds = '', salt = '', hash]) => ({
      cost: roundsOf(rounds) * 0.003,
      matches: async (password, rest) =>
        (await shaCrypt(bytesOf(password), salt, roundsOf(rounds), 'sha512', rest)) === hash,
    }),
  ],
  [
    /^\$2[aby]\$(\d\d)\$([./0-9A-Za-z]{22})([./0-9A-Za-z]{31})$/,
    ([cost = '', salt = '', hash]) => ({
      cost: 2 ** Number(cost) * 0.08,
      matches: async (password, rest) => (await bcrypt(bytesOf(password), salt, Number(cost), rest)) === hash,
    }),
  ],
  [
    /^\$[PH]\$([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})$/,
    ([count = '', salt = '', hash]) => ({
      cost: roundsOfPhpass(count) * 0.0015,
      matches: async (password, rest) => (await phpass(bytesOf(password), count, salt, 'md5', rest)) === hash,
    }),
  ],
  [
    /^\$S\$([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{43})$/,
    ([count = '', salt = '', hash = '']) => ({
      cost: roundsOfPhpass(count) * 0.002,
      matches: async (password, rest) =>
        (await phpass(bytesOf(password), count, salt, 'sha512', rest)).startsWith(hash),
    }),
  ],
  [
    /^([./0-9A-Za-z]{2})([./0-9A-Za-z]{11})$/,
    ([salt = '', hash = '']) => ({
      cost: 1,
      matches: (password) => Promise.resolve(desCrypt(bytesOf(password), salt) === salt + hash),
    }),
  ],
]

const FORMS: readonly HashForm[] = [...CRYPT_FORMS, ...keyDerivations, ...plainDigests]

const bytesOf = (password: string) => Buffer.from(password)

/** crypt(3) itself uses as many, whatever is written. */
const roundsOf = (written: string) => (written === '' ? 5000 : Math.min(Math.max(Number(written), 1000), 999_999_999))
