import type { Sighting } from '../detector.ts'

/**
 * Whether a value, of which only a name says that it is a secret, can be one. Switches, numbers, types, paths, names of classes and
 * policies, code and sentences cannot; a plain word can, as people do choose such passwords.
 */
export const couldBeSecret = (
  value: string,
  {
    quoted,
    bareIsCode,
    unsure,
    commented,
    prose,
    secret,
    evidence,
    name = '',
  }: Pick<Sighting, 'quoted' | 'bareIsCode' | 'unsure' | 'commented' | 'prose' | 'secret' | 'evidence' | 'name'>,
): boolean => {
  if (value.length < 2 || value.length > 4096) return false
  if (bareIsCode === true && quoted !== true) return false
  if (NEVER.test(value) || SCHEME.test(value) || LOOKS_OTHERWISE.test(value)) return false
  // A line of some hardware is called so, too, by a number or a letter.
  if (unsure === true && PIN.test(name))
    return /^\d{4,8}$/.test(value) || (value.length >= 6 && /\d/.test(value) && secret !== 'token')
  // A passphrase of several words needs no quotes where a line is all of a value.
  const phrase = bareIsCode !== true && commented !== true && prose !== true && /pass_?-?phrase$/i.test(name)
  if (/\s/.test(value))
    return (
      (quoted === true || phrase) &&
      unsure !== true &&
      secret !== 'token' &&
      secret !== 'private-key' &&
      couldBePhrase(value)
    )
  if (isListOfWords(value)) return false
  if (/communit[^.]{1,3}$/i.test(name)) {
    if (/^(?:public|private)$/i.test(value)) return prose !== true
    // What routes are marked with.
    if (/^[\da-fx.]{1,16}:[\da-fx.:]{1,24}$/i.test(value)) return false
  }
  if (unsure === true && secret === 'shared-secret' && VAGUE.test(name) && !looksIssued(value)) return false
  if (secret === 'token' && (COLOUR.test(value) || (bareIsCode === true && CODE_WORD.test(value)))) return false
  const wordy = /^[A-Za-z][a-z]*$/.test(value) || /^[a-z]+(?:[_-][a-z]+)*$/.test(value)
  if (/^\d+$/.test(value))
    return secret === 'password' || secret === 'shared-secret'
      ? value.length >= (unsure === true ? 8 : 4)
      : value.length >= 16
  if (quoted !== true && evidence !== 'url' && (CODE.test(value) || DOTTED.test(value))) return false
  if (unsure === true || prose === true || commented === true) {
    if (UUID.test(value)) return unsure !== true
    if (wordy && !(commented === true && prose !== true && unsure !== true))
      return quoted === true && unsure !== true && prose !== true && value.length >= 6
    if (unsure === true && value.length < 6) return false
  }
  // How a key of OpenPGP is called in short.
  if (secret === 'symmetric-key' && /^(?:0x)?[0-9A-F]{8}$/.test(value)) return false
  if (secret === 'token' || secret === 'symmetric-key' || secret === 'private-key')
    return !KEY_WORD.test(value) && value.length >= 4
  return true
}

const PIN = /(?:^|[^a-z])(?:[a-z]{0,6}(?:pin|puk))\d{0,2}$/i

/** Words that settings have: switches, defaults, kinds and algorithms. */
const NEVER =
  /^(?:true|false|yes|no|on|off|y|n|t|f|ok|enabled?|disabled?|none|null|nil|undefined|nan|empty|blank|optional|required|requisite|sufficient|mandatory|default|auto|automatic|inherit|any|all|always|never|only|both|ask|prompt|interactive|manual|external|internal(?:ly)?|hidden|visible|plain|plaintext|clear|cleartext|crypt|crypted|encrypted|hashed|basic|bearer|digest|md5|sha-?(?:1|256|512)|bcrypt|scrypt|argon2(?:id|i|d)?|pbkdf2|aes|des|rsa|ecdsa|ed25519|hmac|ntlm|kerberos|gssapi|ldap|pam|file|files|env|vault|keyring|string|str|int|integer|bool|boolean|text|char|varchar|varchar2|nvarchar|blob|bytes|bytea|object|array|list|map|dict|float|double|number|date|datetime|void|var|let|const|self|this|unset|not|is|are|the|and|or|for|if|then|else|with|from|to|in|of|as|be|self|static|final|private key|strict|lax|permit|deny|allow|allowed|denied|accept|reject|ignore|ignored|local|remote|system|session|cookie|header|query|body|form|get|post|put|password-auth|system-auth|common-password|wpa-psk|wpa-eap|shared_key|psk|stored|saved|set|passed|failed|see below|n\/a)$|^(?:string|char|varchar|text)\b|^(?:varchar|char|nvarchar|varbinary|binary)\s?\(\d/i

/** `…_KEY`, of a product: keys of tables, caches and maps are called so as well. */
const VAGUE = /key/i

/** Of no words and of several kinds of letters; or a phrase that says what it is. */
const looksIssued = (value: string): boolean =>
  /^(?=[^a-z]{0,60}[a-z])(?=[^A-Z]{0,60}[A-Z])(?=\D{0,60}\d\D{0,60}\d)[\w+/=-]{16,128}$/.test(value) ||
  /^(?=\D{0,60}\d)(?=[\da-f]{0,60}[a-f])[\da-f]{24,128}$/.test(value) ||
  /^[A-Za-z]{0,24}(?:Secret|Passw|PASSW|SECRET)[A-Za-z\d]{0,24}$/.test(value)

/** Alternatives and conditions that each are words of settings: `md5|sha512`, `required|min:8`. */
const isListOfWords = (value: string): boolean =>
  /[|,]/.test(value) &&
  value.length < 200 &&
  value.split(/[|,]/).every((part) => NEVER.test(part) || SCHEME.test(part) || /^[a-z_]{2,20}:[\w.]{1,20}$/.test(part))

/** What code calls its tokens. */
const CODE_WORD = /^[A-Za-z]{1,15}(?:\\[nrt])?$/

const COLOUR = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i

/** With what something is hashed. */
const SCHEME =
  /^(?:(?:big)?crypt\d?|des|s?(?:sha|md)\d{0,3}|(?:blf|md5|sha256|sha512|des)-crypt|(?:cram|digest|plain|hmac)-md5|yescrypt|gost-yescrypt|phpass|lanman|mysql41|pbkdf2[-_]sha\d{1,3}|s?sha\d{3}-pbkdf2|scram-sha-\d{1,3})$/i

const LOOKS_OTHERWISE = new RegExp(
  [
    // Addresses without a login, and mail addresses' angle forms.
    String.raw`^[a-z][a-z0-9+.-]{1,20}:\/\/`,
    // Code: calls, arrows, scopes, format strings, regular expressions, escapes of terminals.
    String.raw`^[\w.$>:-]{1,80}\([^)]{0,500}\)?[;,]?$|=>|^\w{1,60}(?:::|->)\w|^new [A-Z]|^function\b|%[-0-9.]{0,4}[sdifux](?![A-Za-z0-9])|^%[a-z]$`,
    String.raw`^\^.{1,300}\$$|\[a-z|\[\^|\(\?[:=!<]|\\[wdsb][+*]?|\.\*`,
    // Names of policies: service:what:action.
    String.raw`^[a-z_]{2,40}:[a-z_-]{2,60}(?::[a-z_-]{1,60}){0,4}$|^(?:role|rule|group|user|is_admin|project_id|user_id|domain_id):`,
    // Names of files.
    String.raw`^[\w./@%+~-]{1,200}\.(?:pem|key|crt|cer|cert|csr|der|txt|json|ya?ml|conf|cfg|cnf|ini|jks|jceks|keystore|p12|pfx|pkcs12|keytab|kdbx?|gpg|asc|pub|php\d?|html?|xml|properties|sh|py|pl|rb|js|jsx|tsx?|css|png|svg|gif|jpe?g|log|db|sqlite3?|so|jar|war|class|service|socket|tmpl|tpl|erb|j2|md|rst|c|h|cpp|hpp|go|rs|java)$`,
    // A place in a file or a table: `name.ending:part`.
    String.raw`^[\w-]{1,60}\.[a-z]{2,5}:\w`,
    // A call or an item of a list.
    String.raw`^[A-Za-z_][\w.]{0,60}(?:\[[^\]]{0,60}\]){1,4},?$`,
    // Names of things in a cloud, ranges of versions.
    String.raw`^arn:aws[a-z-]{0,12}:|^[~^]\d{1,5}\.\d`,
    // Options of commands.
    String.raw`^--[a-z][a-z0-9]*(?:-[a-z0-9]+)*$`,
    // Integrity hashes of packages, times, versions.
    String.raw`^sha(?:1|256|384|512)-[A-Za-z0-9+/]{20,}={0,2}$|^\d{4}-\d\d-\d\d(?:[T ]|$)|^v?\d{1,5}(?:\.\d{1,5}){1,3}$|^\d{1,8}(?:ms|s|m|h|d|w|kb|mb|gb|k|b)$|^0x[0-9a-f]{1,4}$`,
    // Objects and lists of the syntax around, and its leftovers.
    String.raw`^[\[{(<,;:=&|*+!?\\/"'.-]{1,3}$|^[\[{(]|^[|>][+-]?\d?$|^<|[{(\[]$`,
    // The next of several assignments in a list of them.
    String.raw`^[a-z]{1,20}(?:[A-Z][a-z]{1,20}){0,3}=$`,
    // Labels and questions of a user interface.
    String.raw`[:?…]$|\.\.\.$`,
  ].join('|'),
  'i',
)

const CODE = /[(){}]|::|->|&&|\|\||^[@&*][A-Za-z_]\w*$|;$|,\S|^\\|[^\w]\$\w/
/** Names joined by dots: of classes, properties, domains. */
const DOTTED = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/

const UUID = /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i

/** A word that says which key it is, or of what kind. */
const KEY_WORD =
  /^(?:id|name|email|e?mail|user|username|login|key|keys|value|index|primary|foreign|unique|main|test|testkey|rsa|dsa|api|app|client|server|token|tokens|access|access_token|refresh_token|id_token|jwt|opaque|uuid|random|generated?|x-[a-z-]+|[a-z]+\.[a-z.]+|pkcs\d{1,2}|der|pem)$/i

/** Several words that can be a passphrase: neither a sentence nor what an interface says. */
const couldBePhrase = (value: string): boolean => {
  const words = value.split(/\s+/)
  return (
    words.length <= 8 &&
    !SPEECH.test(value) &&
    !SAYING.test(value) &&
    !/[.!?:,;]\s|[.:,;]$|^[-–•*]|=|\bhttps?:/.test(value)
  )
}

/** A short sentence about something. */
const SAYING = /^[A-Z][a-z]+(?: [a-z]+){2,7}$/

const SPEECH =
  /\b(?:password|passwords|passphrase|passwort|contrase|mot de passe|passcode|enter|invalid|your|please|the|is|are|was|for|must|cannot|can|not|new|key|keys|token|tokens|secret|user|users|name|wrong|incorrect|missing|failed|failure|error|required|confirm|repeat|forgot|reset|change|set|get|show|hide|use|if|of|a|an|to|from|with|without|this|that|will|when|has|have|no|file|authentication|login|sign|default|value|string)\b/i
