import { passwordField } from '../../formats/accounts/crypt-hash.ts'

export interface HashScheme {
  readonly scheme: string
  /** It makes guessing cheap. */
  readonly weak: boolean
}

/** With what a value is hashed, where its own form says so. */
export const hashScheme = (written: string): HashScheme | undefined => {
  if (written.length < 13 || written.length > 1024) return undefined
  // Jenkins says in front who made it.
  const value = written.startsWith('#jbcrypt:') ? written.slice('#jbcrypt:'.length) : written
  if (CRYPT.test(value)) {
    const { scheme, strength } = passwordField(value)
    if (scheme !== undefined && scheme !== 'unknown') return { scheme, weak: strength === 'weak' }
  }
  for (const [form, scheme, weak] of FORMS) if (form.test(value)) return { scheme, weak }
  return undefined
}

/** The same where the name of the value says that it is a hash, so that its length and alphabet tell with what. */
export const hashOfLength = (value: string): HashScheme | undefined => {
  const known = hashScheme(value)
  if (known !== undefined) return known
  if (/^[0-9a-f]+$/i.test(value)) {
    const scheme = BY_HEX[value.length]
    return scheme === undefined ? undefined : { scheme, weak: true }
  }
  if (/^[./0-9A-Za-z]{13}$/.test(value)) return { scheme: 'descrypt', weak: true }
  return /^[A-Za-z0-9+/]{22,88}={0,2}$/.test(value) && /\d/.test(value) && /[A-Z]/.test(value)
    ? { scheme: 'unknown', weak: false }
    : undefined
}

const BY_HEX: Readonly<Record<number, string>> = {
  16: 'mysql323',
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
}

/**
 * How crypt(5) marks a hash: the setting, its salt, and text of its alphabet that is long enough to be one. `$1$2` alone is what
 * patterns of substitutions have.
 */
const CRYPT =
  /^\$(?:(?:1|apr1)\$[^\s:$]{0,8}\$[./0-9A-Za-z]{22}$|(?:5|6|sm3)\$(?:rounds=\d{1,9}\$)?[^\s:$]{0,16}\$[./0-9A-Za-z]{16,128}$|2[abxy]?\$\d\d\$[./0-9A-Za-z]{20,64}$|(?:y|gy|sm3y|7)\$[./0-9A-Za-z]{1,64}\$[^\s:]{8,512}$|sha1\$\d{1,9}\$[^\s:]{8,512}$|3\$\$[0-9a-f]{32}$|md5[$,][^\s:]{8,512}$|argon2(?:id|i|d)\$[^\s:]{8,512}$)/

const FORMS: readonly (readonly [RegExp, string, boolean])[] = [
  [/^\$[PH]\$[./0-9A-Za-z]{31}$/, 'phpass', true],
  [/^\$S\$[./0-9A-Za-z]{52}$/, 'drupal7', false],
  [/^\$pbkdf2(?:-[a-z0-9]{1,10})?\$\d{1,8}\$[^$\s]{4,200}\$\S{16,200}$/, 'pbkdf2', false],
  [/^\$(?:scrypt|bcrypt-sha256|s0|s1)\$\S{16,400}$/, 'scrypt', false],
  [/^\$8\$[./0-9A-Za-z]{14}\$[./0-9A-Za-z]{43}$/, 'pbkdf2', false],
  [/^\$9\$[./0-9A-Za-z]{14}\$[./0-9A-Za-z]{43}$/, 'scrypt', false],
  [/^\$(?![12]\$)[0-9]{1,2}\$[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{16,128}$/, 'crypt', false],
  [/^\{(?:SSHA|SSHA1)\}[A-Za-z0-9+/]{24,64}={0,2}$/i, 'ssha', true],
  [/^\{SHA1?\}[A-Za-z0-9+/]{27}=$/i, 'sha1', true],
  // In hexadecimal it is the checksum of a file.
  [/^\{S?MD5\}(?![0-9a-f]{32,}$)[A-Za-z0-9+/]{22,64}={0,2}$/i, 'md5', true],
  [/^\{S?SHA(?:224|256|384|512)(?:\.(?:HEX|B64|BASE64))?\}[A-Za-z0-9+/]{30,256}={0,2}$/i, 'sha2', true],
  [
    /^\{(?:PBKDF2(?:[-_][A-Z0-9-]{1,12})?|ARGON2(?:ID|I|D)?|BLF-CRYPT|BCRYPT|SCRYPT|X-PBKDF2)\}\S{16,400}$/i,
    'kdf',
    false,
  ],
  [/^\{(?:CRYPT|SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|DES-CRYPT)\}\S{13,300}$/i, 'crypt', false],
  [
    /^\{(?:NTLM|LANMAN|CRAM-MD5|DIGEST-MD5|HMAC-MD5|PLAIN-MD5|LDAP-MD5|SCRAM-SHA-(?:1|256)|NT|LM|OTP|RPA|SKEY)\}\S{16,400}$/i,
    'directory',
    true,
  ],
  [/^\{hash\}[A-Za-z0-9+/]{20,400}={0,2}$/, 'liberty', false],
  // Solr: the hash and the salt.
  [/^[A-Za-z0-9+/]{43}= [A-Za-z0-9+/]{22,64}={0,2}$/, 'sha256', true],
  [/^\{(?:noop)\}./, 'none', true],
  [/^md5[0-9a-f]{32}$/, 'postgresql-md5', true],
  [
    /^SCRAM-SHA-(?:1|256|512)\$\d{1,8}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/=]{20,100}:[A-Za-z0-9+/=]{20,100}$/,
    'scram-sha-256',
    false,
  ],
  [/^\*[0-9A-F]{40}$/i, 'mysql-native', true],
  [/^\$A\$\d{3}\$[\s\S]{20}[./0-9A-Za-z]{43}$/, 'caching-sha2', false],
  [/^(?:pbkdf2_sha256|pbkdf2_sha1)\$\d{1,8}\$[^$\s]{1,100}\$[A-Za-z0-9+/]{20,100}={0,2}$/, 'pbkdf2', false],
  [/^(?:argon2|bcrypt|bcrypt_sha256|scrypt)\$\S{20,400}$/, 'kdf', false],
  [/^(?:md5|sha1|crypt|unsalted_md5|unsalted_sha1)\$[^$\s]{0,64}\$[0-9a-f./A-Za-z]{11,128}$/, 'salted', true],
  [
    /^(?:pbkdf2:sha\d{1,3}(?::\d{1,8})?|scrypt:\d{1,8}:\d{1,4}:\d{1,4}|sha256|sha512|sha1)\$[^$\s]{4,64}\$[0-9a-f]{32,256}$/,
    'werkzeug',
    false,
  ],
  [/^\{(?:bcrypt|pbkdf2|scrypt|argon2|sha256|MD4|MD5|SHA-1|SHA-256|ldap)(?:@\w+)?\}\S{20,300}$/, 'spring', false],
  [/^sha(?:256|512):\d{1,8}:[A-Za-z0-9+/=]{8,200}:[A-Za-z0-9+/=]{20,200}$/, 'pbkdf2', false],
  [/^0x0[12]00[0-9A-F]{48,136}$/i, 'mssql', true],
  [/^S:[0-9A-F]{60}(?:;T:[0-9A-F]{160})?/i, 'oracle', true],
  [/^[0-9a-f]{32}:[0-9a-f]{32}$/i, 'lm-nt', true],
  [/^16:[0-9A-F]{58}$/, 'tor-s2k', true],
  [/^grub\.pbkdf2\.sha512\.\d{1,8}\.[0-9A-F]{16,512}\.[0-9A-F]{64,512}$/i, 'grub-pbkdf2', false],
  [/^\$2\$[a-z0-9./]{20,}\$\S{20,}$/i, 'rspamd', false],
]
