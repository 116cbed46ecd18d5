/** What a value is that names where the secret comes from. */
export interface Elsewhere {
  readonly value: 'reference' | 'placeholder' | 'encrypted'
  readonly reference?: string
  readonly scheme?: string
  /** What is used where there is nothing at the other place: that is written here after all. */
  readonly instead?: string
}

/**
 * Whether a value stands for one that is elsewhere: a variable, a macro, a place in a vault or a file; or is encrypted. Known by how
 * it is built, so that languages of templates that nobody has listed are known too. `sure`: the place holds a secret, so that a
 * dollar sign alone makes no variable of it.
 */
export const elsewhere = (value: string, sure: boolean): Elsewhere | undefined => {
  if (value.length > 2048) return CIPHERTEXT.test(value.slice(0, 64)) ? { value: 'encrypted' } : undefined
  for (const [form, scheme] of ENCRYPTED) if (form.test(value)) return { value: 'encrypted', scheme }
  if (value.startsWith('pass:')) return passPhrase(value)
  if (!MARKED.test(value)) return placed(value, sure)
  const instead = defaultIn(value)
  if (instead !== undefined) return { value: 'reference', reference: nameIn(value), instead }
  if (REFERENCE.test(value) || (sure ? SURE_VARIABLE : VARIABLE).test(value))
    return { value: 'reference', reference: nameIn(value) }
  if (MACRO.test(value)) return { value: 'placeholder' }
  return placed(value, sure)
}

const ENCRYPTED: readonly (readonly [RegExp, string])[] = [
  [/^ENC\(.{4,}\)$/, 'jasypt'],
  [/^ENC\[[A-Z0-9_]{2,20},.{4,}\]$/s, 'sops'],
  [/^(?:ENC|DEC)\[(?:PKCS7|GPG|[A-Z0-9]{2,10}),.{4,}/s, 'eyaml'],
  [/^\{cipher\}./, 'spring-cloud-config'],
  [/^\{(?:AES|AES256|AES-?256-?(?:GCM|CBC)|3DES|DES|xor|aes|enc|ENC|encrypted|RSA|TripleDES)\}\S/, 'product'],
  [/^\{AQA[A-Za-z0-9+/=]{16,}\}$/, 'jenkins'],
  [/^\{[A-Za-z0-9+/]{16,}={0,2}\}$/, 'maven'],
  [/^\$ANSIBLE_VAULT;/, 'ansible-vault'],
  [/^vault:v\d{1,4}:[A-Za-z0-9+/=]{16,}$/, 'vault-transit'],
  [/^-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED FILE|PKCS7)-----/, 'armored'],
  [/^AQICAH[A-Za-z0-9+/=]{40,}$/, 'aws-kms'],
  [/^(?:OBF|obf):[A-Za-z0-9]{8,}$/, 'jetty-obfuscated'],
  [/^01000000d08c9ddf0115d1118c7a00c04fc297eb|^AQAAANCMnd8BFdERjHoAwE\/Cl\+sB/i, 'dpapi'],
  [/^\[enc:[\w.-]{1,80}:.{1,4000}:enc\]$/, 'iis'],
  [/^(?:encrypted|enc|crypted|aes|AES|des3|cipher):[A-Za-z0-9+/=:._-]{16,}$/i, 'product'],
  [/^Encrypted\(.{4,}\)$|^CRYPT\(.{4,}\)$/i, 'product'],
  [/^gAAAAA[A-Za-z0-9_-]{60,}={0,2}$/, 'fernet'],
  [/^(?:AgA|AgB)[A-Za-z0-9+/]{200,}={0,2}$/, 'sealed-secret'],
]
const CIPHERTEXT =
  /^(?:\$ANSIBLE_VAULT;|ENC\[|\{cipher\}|-----BEGIN (?:PGP MESSAGE|AGE ENC|PKCS7)|Ag[AB][A-Za-z0-9+/]{50})/

/** A character that references and macros are marked with. */
const MARKED = /[$%&{}<>@[\]#`~|]|__|\(\(|^_|^(?:env|getenv|lookup|file|ref|vault|ssm|secret)/

/** What has the form of `${…}`, `{{…}}`, `<%…%>`, `%(…)s`, `$(…)` in it, whatever the letters around. */
const REFERENCE = new RegExp(
  [
    String.raw`[$#%@!&~*^]\{[^{}\r\n]{1,500}\}?`,
    // Cut off where a bare word ends; not where a random text goes on.
    String.raw`\$\([^()\r\n]{1,500}(?:\)|$)|^\$\(`,
    String.raw`\$\[[^\]\r\n]{1,200}\]`,
    String.raw`\{\{.{0,500}\}?\}?`,
    String.raw`\{[%#$@!&].{0,500}`,
    String.raw`<[%?#@&$].{0,500}`,
    String.raw`\[%.{1,500}`,
    String.raw`%\([\w.-]{1,100}\)[sdr]?`,
    String.raw`^%[\w.-]{1,100}%$`,
    String.raw`^%%[\w.-]{1,100}%%$`,
    String.raw`^%[%]?[a-zA-Z]$`,
    String.raw`^\{[A-Za-z_][\w.:-]{0,100}\}$`,
    String.raw`^(?:\$|\\\$)\$?[A-Za-z_][\w]{0,100}(?:(?:->|::|\.|\[)[^\s]{0,100})$`,
    String.raw`^\x60[^\x60]{1,500}\x60$`,
    String.raw`^\[\[[^\r\n]{0,300}\]\]$`,
    String.raw`^<<[^<>]{1,100}>>$`,
    String.raw`^\(\([^()]{1,200}\)\)$`,
  ].join('|'),
)

const VARIABLE = /^(?:\$|\\\$|\$\$|&)[A-Za-z_][\w]{0,100}$|^\$\d$|^\$\{|^%[A-Za-z_]\w{0,60}$|^\$[A-Za-z_]\w{0,60}[:/.-]/
/** Where any text may be a password, names of variables are those in capitals, or of a secret. */
const SURE_VARIABLE =
  /^&[a-z][\w-]{1,40}:[A-Za-z][\w-]{1,60}$|^\$[A-Z_][A-Z0-9_]{1,100}$|^\$[a-z_]{0,40}(?:pass|passwd|password|pwd|secret|token|key)$/

/** What is filled in when something is built or installed. */
const MACRO =
  /^@@?[A-Za-z_][\w.-]{0,100}@@?$|^@[A-Z][A-Z_]{3,40}$|^\$[A-Za-z_][\w.:-]{1,60}\$$|^_[A-Z][A-Z0-9_]{1,60}_$|^__[A-Za-z][\w.-]{0,100}__$|^<[A-Za-z_][^<>]{0,200}>$|^\[[A-Za-z_][\w .-]{0,100}\]$|^\{[\w .:-]{1,100}\}$|^#[A-Za-z_][\w.-]{1,60}#$|^~[A-Za-z_][\w.-]{1,60}~$|^\|[A-Z_]{2,60}\|$|^%[A-Z_]{2,60}$|^XXX_?[A-Z_]{2,60}/

/** Places that are named in words: a vault, a store of parameters, a file, the environment. */
const placed = (value: string, sure: boolean): Elsewhere | undefined => {
  if (NAMED_PLACE.test(value)) return { value: 'reference', reference: value }
  return !sure && PATH.test(value) ? { value: 'reference', reference: value } : undefined
}

const NAMED_PLACE =
  /^(?:vault|hashivault|ssm|secretsmanager|aws-?secretsmanager|aws_secretsmanager|parameterstore|op|gcp-?sm|gcpsecretmanager|azurekeyvault|akv|keyvault|keyring|doppler|berglas|bws|lastpass|sops|ref\+[a-z]{2,30}|conjur|summon|chamber|credhub|barbican|keystore|credstore):(?:\/\/)?[\w./][\w./@#:?=+-]{1,300}$|^arn:aws[a-z-]{0,10}:(?:secretsmanager|ssm|kms):|^(?:projects|secrets)\/[\w-]{1,64}\/secrets?\/|^@Microsoft\.KeyVault\(|^(?:file|exec|env|environ|systemd-creds|credential|prompt|ask|fd|stdin|cmd|command|script):\/{0,3}[\w./%$-]{1,300}$|^(?:os\.)?(?:environ|getenv)\b|^(?:process\.env|System\.getenv|ENV\[|env\(|getenv\(|env\.|lookup\(|hiera\(|data\.|var\.|local\.|module\.|secrets\.|inputs\.|params\.|Rails\.application\.)|^\/(?:run|var\/run|dev)\/|^%d\/|^__file|^\$__file/

const PATH =
  /^(?:~?\/|\.{1,2}\/|[A-Za-z]:[\\/]|\\\\)(?=[\w.~ -]*[\\/.])[\w.~%$@:+ \\/-]{1,400}$|^\/[a-z][a-z0-9_-]{1,40}$/

/** `pass:…` is the passphrase itself for OpenSSL, and a place for the password store: which it is then is not told. */
const passPhrase = (value: string): Elsewhere =>
  // A short word is what samples have.
  /^pass:[a-z]{1,8}$/.test(value)
    ? { value: 'placeholder' }
    : /^pass:(?:\/\/)?[\w.@-]{1,100}(?:\/[\w.@-]{1,100}){1,8}$/.test(value)
      ? { value: 'reference', reference: 'pass:' }
      : { value: 'reference', instead: value.slice('pass:'.length) }

/** `${NAME:-default}`, `${name:default}` of Spring, `{{ x | default('y') }}`, `ENV.fetch('X', 'y')`, `getenv("X", "y")`. */
const defaultIn = (value: string): string | undefined => {
  const instead = (DEFAULTS.map((form) => form.exec(value)).find((match) => match !== null) ?? [])
    .slice(1)
    .find((one) => one !== undefined)
  return instead === undefined || instead === '' || /[${}]/.test(instead) || EMPTY.test(instead) ? undefined : instead
}

const EMPTY = /^(?:''|""|null|none|nil|empty|undefined|false|true)$/i

const DEFAULTS: readonly RegExp[] = [
  /^\$\{[A-Za-z_][\w.]{0,120}:?[-=]([^{}]{1,200})\}$/,
  /^\$\{[A-Za-z_][\w.-]{0,120}:([^-?+={}][^{}]{0,200})\}$/,
  /^\{\{[^{}]{1,200}\|\s?default\(?\s?(?:"([^"{}]{1,200})"|'([^'{}]{1,200})')[^{}]{0,60}\}\}$/,
  /^<%=?[^%]{0,100}fetch\(\s?["'][\w.]{1,100}["']\s?,\s?["']([^"']{1,200})["']\s?\)[^%]{0,40}%>$/,
  /^<%=?[^%]{0,100}\|\|\s?["']([^"']{1,200})["'][^%]{0,40}%>$/,
]

/** The reference in a value, without what stands around it and could be a part of a secret, and without defaults. */
const nameIn = (value: string): string => {
  const reference = REFERENCE.exec(value)?.[0] ?? (/^[\w.$&%\\>:[\]-]+$/.test(value) ? value : '')
  return /:[-=]|\||,|\?\?|default/.test(reference) ? (/[A-Za-z_][\w.]{0,100}/.exec(reference)?.[0] ?? '') : reference
}
