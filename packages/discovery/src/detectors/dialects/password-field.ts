import type { ValueClass } from '../detector.ts'

/** What stands where a file of accounts keeps the password. */
export interface PasswordField {
  /** Where, within the field, that begins: behind a lock, or behind the mark of a scheme that keeps passwords as they are. */
  readonly from: number
  /** Absent where its text does not say whether it is the password itself. */
  readonly valueClass?: ValueClass
  readonly scheme?: string
}

/**
 * Reads the password field of one line. Undefined where it is none: locked, elsewhere (`x`), or empty. Hashes of crypt(5), of
 * directories (`{SSHA}`) and of databases are told by their form; those without one, such as MD5 in hexadecimal, only the caller knows.
 */
export const passwordField = (field: string): PasswordField | undefined => {
  const lock = LOCK.exec(field)?.[0].length ?? 0
  const text = field.slice(lock)
  if (text === '' || (text === 'x' && lock === 0)) return undefined
  if (lock > 0 && text.length < 13) return undefined
  const braced = BRACED.exec(text)
  if (braced !== null) {
    const scheme = braced[1]!.toLowerCase()
    const from = lock + braced[0].length
    if (CLEAR.test(scheme)) return { from, valueClass: 'literal' }
    return from >= field.length ? undefined : { from: lock, valueClass: 'hash', ...schemeOf(field.slice(from), scheme) }
  }
  const scheme = crypted(text)
  return scheme === undefined ? { from: lock } : { from: lock, valueClass: 'hash', scheme }
}

const LOCK = /^(?:\*LK\*|\*LOCKED\*|[!*]+)/
const BRACED = /^\{([A-Za-z][A-Za-z0-9_-]{1,30}(?:\.(?:b64|base64|hex))?)\}/i
const CLEAR = /^(?:plain|clear|cleartext|plaintext|plain-md4)$/

const schemeOf = (hash: string, scheme: string) => ({
  scheme: scheme === 'crypt' ? (crypted(hash) ?? 'descrypt') : scheme.replace(/\..*/, ''),
})

/** The scheme of a hash whose form tells it. */
export const crypted = (text: string): string | undefined => FORMS.find(([form]) => form.test(text))?.[1]

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/^\$y\$[./A-Za-z0-9]+\$/, 'yescrypt'],
  [/^\$gy\$/, 'gost-yescrypt'],
  [/^\$2[abxy]?\$\d\d\$/, 'bcrypt'],
  [/^\$6\$[^$]{0,40}\$/, 'sha512crypt'],
  [/^\$5\$[^$]{0,40}\$/, 'sha256crypt'],
  [/^\$7\$/, 'scrypt'],
  [/^\$1\$/, 'md5crypt'],
  [/^\$apr1\$/, 'apr1'],
  [/^\$argon2(?:id|i|d)\$/, 'argon2'],
  [/^\$(?:sha1|md5)[$,]/, 'sha1crypt'],
  [/^md5[0-9a-f]{32}$/i, 'md5'],
  [/^SCRAM-SHA-256\$\d+:/, 'scram-sha-256'],
  [/^PBKDF2[$_]/i, 'pbkdf2'],
]
