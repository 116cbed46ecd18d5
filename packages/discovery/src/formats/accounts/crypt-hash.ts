import type { KeyedDigest } from '../../probe.ts'

/** What can be told of a password field of passwd(5) or shadow(5) without telling the hash. */
export interface PasswordField {
  readonly state: 'usable' | 'locked' | 'none' | 'empty'
  readonly scheme?: string
  readonly strength?: 'strong' | 'acceptable' | 'weak'
  readonly cost?: string
  readonly digest?: string
}

/** The shortest hash of crypt(5) is that of descrypt; a shorter field matches no password. */
const SHORTEST_HASH = 13

/** How accounts are locked: `!` by the shadow suite, `*LK*` by Solaris, `*LOCKED*` by pw(8) of FreeBSD, `*` by hand. */
const LOCK = /^(?:\*LK\*|\*LOCKED\*|[!*])+/

/**
 * Reads a password field. A prefix of `!`, `*`, `*LK*` or `*LOCKED*` before a hash is a lock; with no hash behind it no password
 * matches. A hash of a scheme that is not known is taken for usable. The digest is that of the hash without its lock.
 */
export const passwordField = (field: string, keyedDigest?: KeyedDigest): PasswordField => {
  if (field === '') return { state: 'empty' }
  const hash = hashInField(field)
  if (hash === undefined) return { state: 'none' }
  const digest = keyedDigest?.(hash)
  return {
    state: hash.length === field.length ? 'usable' : 'locked',
    ...schemeOf(hash),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** The hash in a field, without its lock; undefined where there is none that a password could match. */
export const hashInField = (field: string): string | undefined => {
  const hash = field.replace(LOCK, '')
  return hash.length < SHORTEST_HASH || /[\s:;!*\\]/.test(hash) ? undefined : hash
}

type Strength = NonNullable<PasswordField['strength']>

interface Graded {
  readonly strength: Strength
  readonly cost?: string
}

/** The scheme of a crypt(5) hash, and how hard it makes guessing at the cost that the hash itself names. */
const schemeOf = (hash: string): { scheme: string } & Partial<Graded> => {
  for (const [pattern, scheme, grade] of SCHEMES) {
    const match = pattern.exec(hash)
    if (match !== null) return { scheme, ...(typeof grade === 'string' ? { strength: grade } : grade(match)) }
  }
  return { scheme: 'unknown' }
}

type Captures = readonly (string | undefined)[]

/**
 * In the order of crypt(5), then those of other systems. Only the setting is looked at: no pattern reaches into salt or hash, but
 * for the bare DES ones.
 */
const SCHEMES: readonly (readonly [RegExp, string, Strength | ((captures: Captures) => Graded)])[] = [
  [/^\$y\$([^$]*)\$/, 'yescrypt', ([, parameters = '']) => yescrypt(parameters)],
  [/^\$gy\$([^$]*)\$/, 'gost-yescrypt', ([, parameters = '']) => yescrypt(parameters)],
  [/^\$sm3y\$([^$]*)\$/, 'sm3-yescrypt', ([, parameters = '']) => yescrypt(parameters)],
  [/^\$7\$(.)(.{5})/, 'scrypt', ([, cost = '', blocks = '']) => byMemory(2 ** digit(cost), fixedNumber(blocks))],
  [/^\$2[aby]\$(\d\d)\$/, 'bcrypt', ([, cost]) => graded('cost', Number(cost), 10, 12)],
  // The first bcrypt of crypt_blowfish let different passwords match, and that of OpenBSD 2.1 mixed up long ones.
  [/^\$2x?\$/, 'bcrypt', 'weak'],
  [/^\$6\$(?:rounds=(\d{1,20})\$)?/, 'sha512crypt', ([, rounds]) => shaCrypt(rounds)],
  [/^\$5\$(?:rounds=(\d{1,20})\$)?/, 'sha256crypt', ([, rounds]) => shaCrypt(rounds)],
  [/^\$sm3\$(?:rounds=(\d{1,20})\$)?/, 'sm3crypt', ([, rounds]) => shaCrypt(rounds)],
  [/^\$argon2(?:id|i|d)\$(?:v=\d{1,3}\$)?m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})/, 'argon2', argon2],
  [/^\$argon2(?:id|i|d)\$/, 'argon2', 'acceptable'],
  [/^\$sha1\$(\d{1,10})\$/, 'sha1crypt', ([, rounds = '']) => ({ strength: 'weak', cost: `rounds=${rounds}` })],
  [/^\$sha1\$/, 'sha1crypt', 'weak'],
  [/^\$md5,rounds=(\d{1,10})\$/, 'sunmd5', ([, rounds = '']) => ({ strength: 'weak', cost: `rounds=${rounds}` })],
  [/^\$md5[$,]/, 'sunmd5', 'weak'],
  [/^\$1\$/, 'md5crypt', 'weak'],
  [/^\$apr1\$/, 'apr1', 'weak'],
  [/^\$3\$/, 'nt', 'weak'],
  [/^\$NT\$/i, 'nt', 'weak'],
  [/^_([./0-9A-Za-z]{4})[./0-9A-Za-z]{15}$/, 'bsdicrypt', ([, count = '']) => bsdi(count)],
  [/^[./0-9A-Za-z]{13}$/, 'descrypt', 'weak'],
  [/^[./0-9A-Za-z]{2}(?:[./0-9A-Za-z]{11}){2,16}$/, 'bigcrypt', 'weak'],
  // The loadable algorithms of AIX, /etc/security/pwdalg.cfg: the number is the logarithm of the rounds of PBKDF2.
  [/^\{ssha(1|256|512)\}(\d\d)\$/i, 'aix-ssha', ([, , rounds]) => pbkdf2(2 ** Number(rounds))],
  [/^\{smd5\}/i, 'aix-smd5', 'weak'],
  [/^\{sblowfish\}\$2[aby]\$(\d\d)\$/i, 'aix-sblowfish', ([, cost]) => graded('cost', Number(cost), 10, 12)],
]

const graded = (name: string, cost: number, acceptable: number, strong: number): Graded => ({
  strength: cost >= strong ? 'strong' : cost >= acceptable ? 'acceptable' : 'weak',
  cost: `${name}=${cost}`,
})

/** Rounds that are out of bounds are those of the bound: crypt(3) itself uses 1,000 at least and 999,999,999 at most. */
const shaCrypt = (rounds = '5000') =>
  graded('rounds', Math.min(Math.max(Number(rounds), 1000), 999_999_999), 5000, 100_000)

const pbkdf2 = (rounds: number) => graded('rounds', rounds, 10_000, 200_000)

/** Weak at any count, since its key has 56 bits. */
const bsdi = (count: string): Graded => ({ strength: 'weak', cost: `rounds=${fixedNumber(count)}` })

const MEBIBYTE = 1024 * 1024

/** Memory-hard schemes are as strong as the memory that one guess takes; libxcrypt's default is 16 MiB. */
const byMemory = (n: number, r: number): Graded => ({
  strength: graded('', 128 * n * r, MEBIBYTE, 16 * MEBIBYTE).strength,
  cost: `N=${n} r=${r}`,
})

/** libxcrypt writes flavour, log2 N and r of yescrypt as one digit each, `j9T` by default; longer forms are above its limits. */
const yescrypt = (parameters: string): Graded => {
  const match = /^[./0-9A-Za-z]([./0-9A-Za-j])([./0-9A-Za-j])/.exec(parameters)
  if (match === null) return { strength: 'strong' }
  return byMemory(2 ** (digit(match[1] ?? '') + 1), digit(match[2] ?? '') + 1)
}

/** By the memory that all passes fill, in KiB: what OWASP calls for at least is 19 MiB twice. */
function argon2([, memory = '', passes = '', lanes = '']: Captures): Graded {
  return {
    strength: graded('', Number(memory) * Number(passes), 8 * 1024, 38 * 1024).strength,
    cost: `m=${memory} t=${passes} p=${lanes}`,
  }
}

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const digit = (character: string) => Math.max(0, DIGITS.indexOf(character))

/** Digits of six bits, the least significant first. */
const fixedNumber = (text: string) => text.split('').reduceRight((sum, character) => sum * 64 + digit(character), 0)
