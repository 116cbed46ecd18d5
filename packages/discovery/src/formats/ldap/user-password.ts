import type { KeyedDigest } from '../../probe.ts'
import { base64Bytes } from '../ssh-keys/public-key.ts'
import { passwordField } from '../accounts/crypt-hash.ts'

/** What can be told of a value of userPassword (RFC 2307 5.3, RFC 3112) without telling it. */
export interface UserPassword {
  /**
   * `cleartext`: the password itself. `reversible`: it can be had again by who holds the server's key. `hash`: it has to be guessed.
   * `elsewhere`: another service decides. `locked`: a hash behind a lock. `none`: no password can match. `unknown`: a scheme of some module.
   */
  readonly kept: 'cleartext' | 'reversible' | 'hash' | 'elsewhere' | 'locked' | 'none' | 'unknown'
  /** `cleartext`, `ssha512`, `crypt-sha512crypt`, `argon2id`, `pbkdf2-sha256`, `sasl` … */
  readonly scheme: string
  readonly strength?: 'strong' | 'acceptable' | 'weak'
  /** What one guess costs, where the value says so: `rounds=10000`. */
  readonly cost?: string
  /** Keyed digest of the password itself where it is in clear, else of the value as it is kept. */
  readonly digest?: string
}

/** More than any hash of any scheme takes. */
const LONGEST = 4096

/** Reads one value: any bytes. */
export const readUserPassword = (value: Uint8Array, keyedDigest: KeyedDigest): UserPassword => {
  const text = latin1(value.length > LONGEST ? value.subarray(0, LONGEST) : value)
  const read = schemeOf(text)
  if (read.kept === 'none' || read.kept === 'elsewhere') return read
  const bare = read.kept === 'cleartext' ? utf8(value, text).replace(/^\{clear(?:text)?\}/i, '') : text
  const digest = bare === '' ? undefined : keyedDigest(bare)
  return digest === undefined ? read : { ...read, digest }
}

/** The one of several values that is kept worst: any of them opens the account. */
export const worstUserPassword = (
  values: readonly Uint8Array[],
  keyedDigest: KeyedDigest,
): UserPassword | undefined => {
  let worst: UserPassword | undefined
  for (const value of values.slice(0, MOST_VALUES)) {
    const read = readUserPassword(value, keyedDigest)
    if (worst === undefined || rankOf(read) < rankOf(worst)) worst = read
  }
  return worst
}

const MOST_VALUES = 32
const KEPT = ['cleartext', 'reversible', 'hash', 'unknown', 'elsewhere', 'locked', 'none'] as const
const STRENGTHS = ['weak', 'acceptable', 'strong'] as const
const rankOf = ({ kept, strength }: UserPassword) =>
  KEPT.indexOf(kept) * 8 + (strength === undefined ? 4 : STRENGTHS.indexOf(strength))

/** One character for each byte. */
const LATIN1 = new TextDecoder('latin1')
const latin1 = (bytes: Uint8Array): string => LATIN1.decode(bytes)

/** The same password is written in UTF-8 elsewhere. */
const utf8 = (bytes: Uint8Array, latin: string) =>
  // oxlint-disable-next-line no-control-regex -- all that is not ASCII
  /^[\x00-\x7f]*$/.test(latin) ? latin : new TextDecoder().decode(bytes.subarray(0, LONGEST))

const schemeOf = (text: string): UserPassword => {
  if (text === '') return { kept: 'none', scheme: 'none' }
  const close = text.charCodeAt(0) === 0x7b ? text.indexOf('}') : -1
  const name = close < 2 || close > 33 ? undefined : schemeNamed(text.slice(1, close))
  if (name === undefined) {
    // Some programs store what they meant to send.
    const inner = /^e[0-3][A-Za-z0-9+/]{6,}={0,2}$/.test(text) ? base64Bytes(text) : undefined
    const within = inner === undefined ? undefined : latin1(inner)
    return within !== undefined && /^\{[\w./+-]{1,32}\}/.test(within) && !/^\{clear/i.test(within)
      ? schemeOf(within)
      : { kept: 'cleartext', scheme: 'cleartext', strength: 'weak' }
  }
  const rest = text.slice(close + 1)
  const scheme = name
  if (scheme === 'crypt') return ofCrypt(rest)
  if (scheme.startsWith('pbkdf2')) return ofPbkdf2(scheme, rest)
  if (scheme.startsWith('argon2')) return ofCrypt(rest, 'argon2')
  const known = SCHEMES.get(scheme)
  if (known === undefined) return { kept: 'unknown', scheme: scheme.slice(0, 32) }
  const [kept, strength] = known
  if (rest === '' && kept !== 'elsewhere') return { kept: 'none', scheme: 'none' }
  return {
    kept,
    scheme: kept === 'cleartext' ? 'cleartext' : scheme,
    ...(strength === undefined ? {} : { strength }),
  }
}

/** Few are in use; in lower case, with `-`. */
const schemeNamed = (written: string): string | undefined => {
  const known = NAMES.get(written)
  if (known !== undefined || !/^[\w./+-]+$/.test(written)) return known
  const name = written.toLowerCase().replaceAll('_', '-')
  if (NAMES.size < 1000) NAMES.set(written, name)
  return name
}
const NAMES = new Map<string, string>()

/** What crypt(3) of the server's host takes. */
const ofCrypt = (field: string, only?: 'argon2'): UserPassword => {
  const { state, scheme = 'unknown', strength, cost } = passwordField(field)
  if (state === 'empty' || state === 'none') return { kept: 'none', scheme: only ?? 'crypt' }
  return {
    kept: state === 'locked' ? 'locked' : 'hash',
    scheme: only ?? (scheme === 'argon2' ? scheme : `crypt-${scheme}`),
    ...(strength === undefined ? {} : { strength }),
    ...(cost === undefined ? {} : { cost }),
  }
}

/** `{PBKDF2-SHA256}rounds$salt$hash`; 389-DS keeps the rounds of `{PBKDF2_SHA256}` in the first four bytes of what is in base64. */
const ofPbkdf2 = (scheme: string, rest: string): UserPassword => {
  const [, written] = /^(\d{1,9})\$/.exec(rest) ?? []
  const packed = written === undefined ? base64Bytes(rest.slice(0, 8)) : undefined
  const rounds =
    written !== undefined
      ? Number(written)
      : packed !== undefined && packed.length >= 4
        ? ((packed[0]! << 24) | (packed[1]! << 16) | (packed[2]! << 8) | packed[3]!) >>> 0
        : undefined
  if (rest === '') return { kept: 'none', scheme: 'none' }
  if (rounds === undefined || rounds > 100_000_000) return { kept: 'hash', scheme, strength: 'acceptable' }
  const strength = rounds >= 200_000 ? 'strong' : rounds >= 10_000 ? 'acceptable' : 'weak'
  return { kept: 'hash', scheme, strength, cost: `rounds=${rounds}` }
}

type Kept = readonly [kept: UserPassword['kept'], strength?: 'strong' | 'acceptable' | 'weak']

const SCHEMES: ReadonlyMap<string, Kept> = new Map(
  (
    [
      [['cleartext', 'weak'], 'clear cleartext plain'],
      // One round of a fast function, whatever its length.
      [['hash', 'weak'], 'md4 md5 smd5 sha ssha sha1 ssha1 ns-mta-md5 apr1 bsdmd5 lanman nt ntlm'],
      [
        ['hash', 'weak'],
        'sha256 sha384 sha512 ssha256 ssha384 ssha512 sha-256 sha-384 sha-512 ssha-256 ssha-384 ssha-512',
      ],
      [['hash', 'strong'], 'bcrypt blf-crypt scrypt gost-yescrypt'],
      [['reversible', 'weak'], 'aes des 3des aes128 aes256 aes-128 aes-256'],
      [['elsewhere'], 'sasl kerberos unix radius external ldap pam netauth'],
    ] satisfies readonly (readonly [Kept, string])[]
  ).flatMap(([kept, names]) => names.split(' ').map((name) => [name, kept] as const)),
)
