/** What can be told of a password field of passwd(5) or shadow(5) without telling the hash. */
export interface PasswordField {
  readonly state: 'usable' | 'locked' | 'none' | 'empty'
  readonly scheme?: string
  readonly strength?: 'strong' | 'acceptable' | 'weak'
}

/** The shortest hash of crypt(5) is that of descrypt; a shorter field matches no password. */
const SHORTEST_HASH = 13

/**
 * Reads a password field. A prefix of `!`, `*` or `*LK*` before a hash is a lock; with no hash behind it no password
 * matches. A hash of a scheme that is not known is taken for usable.
 */
export const passwordField = (field: string): PasswordField => {
  if (field === '') return { state: 'empty' }
  const hash = field.replace(/^(?:\*LK\*|[!*])+/, '')
  if (hash.length < SHORTEST_HASH || /[\s:;!*\\]/.test(hash)) return { state: 'none' }
  return { state: hash.length === field.length ? 'usable' : 'locked', ...schemeOf(hash) }
}

type Strength = NonNullable<PasswordField['strength']>

/** The scheme of a crypt(5) hash, and how hard it makes guessing at the cost that the hash itself names. */
const schemeOf = (hash: string): { scheme: string; strength?: Strength } => {
  const known = SCHEMES.find(([pattern]) => pattern.test(hash))
  if (known === undefined) return { scheme: 'unknown' }
  const [pattern, scheme, strength] = known
  return { scheme, strength: typeof strength === 'string' ? strength : strength(pattern.exec(hash) ?? []) }
}

type Captures = readonly (string | undefined)[]

/** In the order of crypt(5). Only the setting is looked at: no pattern reaches into salt or hash, but for the bare DES ones. */
const SCHEMES: readonly (readonly [RegExp, string, Strength | ((captures: Captures) => Strength)])[] = [
  [/^\$y\$([^$]*)\$/, 'yescrypt', ([, parameters = '']) => byMemory(yescryptMemory(parameters))],
  [/^\$gy\$([^$]*)\$/, 'gost-yescrypt', ([, parameters = '']) => byMemory(yescryptMemory(parameters))],
  [/^\$7\$(.)(.{5})/, 'scrypt', ([, cost = '', blocks = '']) => byMemory(128 * 2 ** digit(cost) * fixedNumber(blocks))],
  [/^\$2[aby]\$(\d\d)\$/, 'bcrypt', ([, cost]) => graded(Number(cost), 10, 12)],
  // The first bcrypt of crypt_blowfish let different passwords match.
  [/^\$2x\$/, 'bcrypt', 'weak'],
  [/^\$6\$(?:rounds=(\d+)\$)?/, 'sha512crypt', ([, rounds = '5000']) => graded(Number(rounds), 5000, 100_000)],
  [/^\$5\$(?:rounds=(\d+)\$)?/, 'sha256crypt', ([, rounds = '5000']) => graded(Number(rounds), 5000, 100_000)],
  [/^\$argon2(?:id|i|d)\$/, 'argon2', 'strong'],
  [/^\$sm3\$/, 'sm3crypt', 'acceptable'],
  [/^\$sha1\$/, 'sha1crypt', 'weak'],
  [/^\$md5[$,]/, 'sunmd5', 'weak'],
  [/^\$1\$/, 'md5crypt', 'weak'],
  [/^\$apr1\$/, 'apr1', 'weak'],
  [/^\$3\$/, 'nt', 'weak'],
  [/^_[./0-9A-Za-z]{19}$/, 'bsdicrypt', 'weak'],
  [/^[./0-9A-Za-z]{13}$/, 'descrypt', 'weak'],
  [/^[./0-9A-Za-z]{2}(?:[./0-9A-Za-z]{11}){2,16}$/, 'bigcrypt', 'weak'],
]

const graded = (cost: number, acceptable: number, strong: number): Strength =>
  cost >= strong ? 'strong' : cost >= acceptable ? 'acceptable' : 'weak'

const MEBIBYTE = 1024 * 1024

/** Memory-hard schemes are as strong as the memory that one guess takes; libxcrypt's default is 16 MiB. */
const byMemory = (bytes: number): Strength => graded(bytes, MEBIBYTE, 16 * MEBIBYTE)

/** libxcrypt writes flavour, log2 N and r of yescrypt as one digit each, `j9T` by default; longer forms are above its limits. */
const yescryptMemory = (parameters: string): number => {
  const match = /^[./0-9A-Za-z]([./0-9A-Za-j])([./0-9A-Za-j])/.exec(parameters)
  if (match === null) return 16 * MEBIBYTE
  return 128 * 2 ** (digit(match[1] ?? '') + 1) * (digit(match[2] ?? '') + 1)
}

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const digit = (character: string) => Math.max(0, DIGITS.indexOf(character))

/** Five digits of six bits, the least significant first. */
const fixedNumber = (text: string) => text.split('').reduceRight((sum, character) => sum * 64 + digit(character), 0)
