import type { SecretKind } from '../detector.ts'
import { ownText } from './own-text.ts'
import { wordsOfName } from './name-words.ts'

/** What a name says of the value beside it. */
export interface SecretName {
  readonly secret: SecretKind
  /** Hardly anything else is called so; otherwise the value has to look like a secret, too. */
  readonly sure: boolean
  /** It says that the value is a hash, or is encrypted. */
  readonly hashed: boolean
  readonly encrypted: boolean
  /** It is the scheme and the secret of an HTTP header: `Basic …`, `Bearer …`. */
  readonly header: boolean
  /** What stands before it in the name, without separators: `dbmain` of `DB_MAIN_PASSWORD`. Who shares it belongs to it. */
  readonly stem: string
}

/**
 * Whether something of this name is a secret: `password`, `db.passwd2`, `clientSecret`, `API_KEY`, `mot-de-passe`. Names of what only
 * has to do with secrets are none: `password_file`, `tokenUrl`, `maxPasswordAge`, `key_mgmt`.
 */
export const secretNamed = (name: string): SecretName | undefined => {
  if (name.length > LONGEST_NAME || !ANY.test(name)) return undefined
  const known = remembered.get(name)
  if (known !== undefined) return known === 'none' ? undefined : known
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const own = ownText(name)
  // A setting for one account of a cloud has that in its name.
  const read = readName(own.replace(/\.[\w-]{1,64}\.(?:blob|dfs|file|queue|table)\.core\.[\w.-]{1,40}$/, ''))
  remembered.set(own, read ?? 'none')
  return read
}

/** Whether it names a collection of secrets, each under a name of its own: `secrets`, `apiTokens`. */
export const namesSecrets = (name: string): boolean => {
  if (!COLLECTED.test(name)) return false
  const last = wordsOfName(name.slice(0, LONGEST_NAME)).at(-1)
  return last !== undefined && COLLECTIONS.test(last)
}

const LONGEST_NAME = 128
const MOST_REMEMBERED = 8192
const remembered = new Map<string, SecretName | 'none'>()

const readName = (name: string): SecretName | undefined => {
  const words = wordsOfName(name)
  if (words.length === 0 || words.length > 12 || NOT_AT_ALL.has(words[0]!)) return undefined
  for (let last = words.length - 1; last >= Math.max(0, words.length - 5); last--) {
    const head = headAt(words, last)
    if (head === undefined) continue
    const tail = words.slice(last + 1)
    const before = words[last - 1] ?? ''
    // What belongs to some community is called so, too.
    if (words[last] === 'community' && !head.sure && tail.length > 0) return undefined
    if (!EXCEPT.test(words.join('_')) && (tail.some(isNegative) || isUnrelated(before, words[last]!))) return undefined
    const about = [...tail, before]
    return {
      ...head,
      sure: head.sure && tail.length < 3,
      hashed: about.some((word) => HASHED.test(word)) || HASHED_COMPOUND.test(words[last]!),
      encrypted: about.some((word) => ENCRYPTED.test(word)) || ENCRYPTED_COMPOUND.test(words[last]!),
    }
  }
  return undefined
}

type Head = Pick<SecretName, 'secret' | 'sure' | 'header' | 'stem'>

/** The secret that a name speaks of in its words up to one of them. */
const headAt = (words: readonly string[], last: number): Head | undefined => {
  const word = withoutNumber(words[last]!)
  const before = words[last - 1]
  for (const [secret, sure, alone] of ALONE) {
    const found = NO_SUCH.test(word) ? null : alone.exec(word)
    if (found !== null && !(before !== undefined && NOT_AFTER[word]?.test(before)))
      return {
        secret,
        // Alone it is a unit or a variable; behind another word, that one's password.
        sure: sure || (word === 'pw' && before !== undefined),
        header: word === 'authorization',
        stem: words.slice(0, last).join('') + (found[1] ?? ''),
      }
  }
  const joined = [...words.slice(Math.max(0, last - 3), last), word].join('_')
  for (const [secret, sure, ending] of ENDINGS) {
    const found = ending.exec(joined)
    if (found !== null && !NO_SUCH.test(word))
      return {
        secret,
        sure,
        header: false,
        stem: words.slice(0, Math.max(0, last - 3)).join('') + joined.slice(0, found.index).replaceAll('_', ''),
      }
  }
  return undefined
}

const withoutNumber = (word: string) => word.replace(/\d{1,4}$/, '')

/** A quick look: nothing else can be a secret's name. */
const ANY =
  /pas|p[wW]|P[wW]|PAS|[pP]as|wor[dt]|secret|token|key|cred|psk|salt|pepper|cookie|author|communit|bearer|puk|pin|otp|senha|clave|kenn|haslo|hasło|heslo|jelsz|parol|l[oö]sen|sifre|şifre|mdp|contras|wacht|adgang|salasana|passord|пароль|секрет|токен|密|口令|パスワ|暗証|비밀|암호|SECRET|TOKEN|KEY|CRED|PSK|SALT|COOKIE|AUTHOR|COMMUNIT|BEARER|Secret|Token|Key|Cred|Psk|Salt|Cookie|Author|Communit|Bearer|Pin|PIN|PUK|WOR[DT]|OTP|CLAVE|SENHA/

/** Endings of names that speak of a secret, on their words joined by `_`. Kind, and whether little else is called so. */
const ENDINGS: readonly (readonly [SecretKind, boolean, RegExp])[] = [
  [
    'password',
    true,
    /(?:pass_?(?:word|wrd|wd|wort|phrase|code|ord)|kennwort|passord|contrase(?:ñ|n|ni)a|mot_?de_?passe|wachtwoord|l[oö]senord|salasana|adgangskode|пароль|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호)s?$/,
  ],
  ['private-key', true, /priv(?:ate)?_?key$/],
  [
    'symmetric-key',
    true,
    /(?:encrypt(?:ion)?|decrypt(?:ion)?|cipher|sign(?:ing|ature)|hmac|master|session|cookie|jwt|fernet|unseal|secret(?:_?box)?)_?keys?$|(?:^|_)(?:crypt(?:o|ion)?|sign|mac|aes(?:128|192|256)?|des|jws|seal|wrap(?:ping)?|app|application|escrow|validation|sealing|sensitive(?:_?props?)?)_?keys?$/,
  ],
  [
    'token',
    true,
    /(?:api|access|auth(?:entication|orization)?|shared_?access|subscription|consumer|deploy|integration|ingest(?:ion)?|instrumentation|license|sendgrid|stripe|mailgun|datadog|new_?relic|openai|anthropic|webhook|upgrade)_?keys?$/,
  ],
  [
    'token',
    false,
    /(?:^|_)(?:account|service|client|customer|write|bot|stats|agent|registration|admin|storage|server|rpc|xmlrpc|stream|dd|maps)_?key$/,
  ],
  [
    'shared-secret',
    true,
    /(?:(?:pre_?)?shared|radius|tacacs|ipsec|omapi|rndc|gossip|corosync|vrrp|wifi|tunnel)_?key$|(?:^|_)(?:wpa|wep|ospf|bgp|ntp|tsig|ike|serf|cluster)_?key$/,
  ],
  ['shared-secret', true, /secret$|секрет$/],
  ['shared-secret', true, /(?:snmp|ro|rw|trap|read_?only|read_?write|read|write)_?community$/],
  ['shared-secret', false, /^community$/],
  ['shared-secret', true, /(?:erlang|magic|auth|secret|cluster|rpc)_?cookie$/],
  ['token', true, /token$|токен$/],
  ['password', true, /(?:pwd|psw|pswd)$/],
  ['token', false, /tokens$/],
  ['shared-secret', false, /secrets$/],
  // What a product calls its own: the value has to look as if it was issued.
  [
    'shared-secret',
    false,
    /(?:^|_)(?!(?:contains|primary|foreign|unique|sort|order|routing|partition|shard|cache|object|index|lookup|hash|group|map|dict|public|pub|host|hosts|ssh|gpg|pgp|data|row|column|col|message|msg|event|issue|project|translation|i18n|lang|idempotency|dedup|label|annotation|json|yaml|xml|form|parent|child|config|registry|reg|shift|alt|ctrl|control|meta|hot|short|function|arrow|escape|bind|enter|return|tab|any|no|the|this|that|by|of|on|press|key|extra|item|list|array|query|param|attr|attribute|property|prop|setting|option|header|cookie|field|table|db|tree|search|filter|range|start|end|next|prev|first|last|min|max|new|old|current|same|other|all|each|is|has|get|set|del|add|verification|verify|trusted|authorized|known|rsa|dsa|ecdsa|ed25519|ec|dh|x509|tls|ssl|cert|ca|pem|context|state|class|type|kind|name|id|tag|s3|blob|file|path|dir|redis|consul|zk|etcd|topic|queue|exchange|counter|metric|series|stat|feature|flag|action|menu|command|cmd|debug|log|test|user)_)[a-z\d]{1,24}_key$/,
  ],
  ['password', false, /(?:senha|clave|haslo|hasło|heslo|jelsz[oó]|parola|parol|[sş]ifre|mdp)$/],
]

/** Words so short or common that they count on their own, or behind a few others. */
const ALONE: readonly (readonly [SecretKind, boolean, RegExp])[] = [
  ['password', true, /^([a-z0-9]{2,16})pass$/],
  ['password', true, /^([a-z]{1,12})pw$/],
  ['password', true, /^pass$/],
  ['password', false, /^(?:pw|pws)$/],
  ['shared-secret', true, /^(|wpa|ike|ipsec|wifi|ap|sta|vpn|tls)psk$/],
  ['password', false, /^(user|so|hsm|token|card|pkcs11|sim|slot)pin$/],
  ['password', false, /^(?:pin|puk)$/],
  ['shared-secret', false, /^(?:password|passwd|pass|hash|auth|user)?(?:salts?(?:main)?|peppers?)$/],
  ['password', false, /^(?:cred|creds|credential|credentials)$/],
  ['token', false, /^(?:bearer|authorization)$/],
]

/** What these say behind another word. */
const NOT_AFTER: Readonly<Record<string, RegExp>> = {
  credential: /^(?:load|import|condition|assert|encrypted|security|set)$/,
  credentials: /^(?:load|import|allow|with|access|include|user|same|cors)$/,
  salt: /^(?:argon2|kdf|pbkdf2|scrypt)$/,
  pass: /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached|first|second|third|last|single|two|multi|by|all|one|low|high|band|render|no|let|must|will|not)$/,
  pin: /^(?:gpio|led|tx|rx|irq|reset|io|in|out|analog|digital|map|cpu|thread|version|dependency|hpkp|public|key|cert|line|lines|button|switch|relay|buzzer|lirc|ir|pwm|sda|scl|cs|ss|miso|mosi|clk|clock|dc|busy|int|interrupt|power|pwr|ptt|cos|cor|ctcss|pps|rts|cts|dtr|dcd|dsr|dtmf|port|pull|shutdown|fan|sensor|servo|motor|step|dir|spi|i2c|uart|hw|hardware|parport|header|backlight)$/,
}

/** Words that end as a secret's name and are none. */
const NO_SUCH =
  /^(?:(?:by|com|tres|encom|sur|over|under|one|multi|single|first|second|dual|low|high|band|all|back|proxy|through|no|fastcgi|uwsgi|scgi|grpc|boarding|sky|re|ask)pass|no(?:password|passwd|pwd|token|secret)|monkey|turkey|hockey|donkey|hotkey|whiskey|jockey|passkey|kpasswd|authorizedkeys|keys|tokenkey)$/

/** Words behind a secret's name which make it the name of something else. */
const NEGATIVE = new Set(
  (
    'file files filename filenames path paths dir dirs directory folder location url urls uri uris endpoint endpoints link links href ' +
    'field fields column columns col name names id ids identifier type types kind len length minlen maxlen minlength maxlength min max ' +
    'size sizes age ages policy policies pol expire expires expired expiry expiration expiring ttl timeout lifetime life validity ' +
    'duration prompt prompts prefix suffix algorithm algorithms alg algs algo algos method methods mode modes format formats scheme ' +
    'schemes schema hint hints label labels title titles text texts description desc message messages msg msgs error errors err ' +
    'errno help enabled enable enables disabled disable required require requires requirement requirements optional needed allowed ' +
    'allow denied deny change changes changed changing reset resets recover forgot forgotten lost retry retries tries attempt ' +
    'attempts history charset chars characters char class classes provider providers mgmt management manager managed usage usages ref ' +
    'refs reference references eval cmd cmds command commands exec helper program prog script table tables attr attrs attribute ' +
    'attributes count counts counter num number window issuer audience encoding encoder encoders cache caching cached hashing ' +
    'strength complexity quality rule rules regex regexp regexes pattern patterns match matches check checks checker checking ' +
    'validation validator validators validate verify verifier verifying verification rotation rotate rotated interval period day ' +
    'days hour hours minute minutes seconds sec secs time times timestamp date dates updated created modified at bits rounds ' +
    'iterations iteration cost grant grants granted flow flows scope scopes form forms input page pages view dialog box button icon ' +
    'image img css func function handler callback hook hooks listener service services group groups realm source sources src ' +
    'backend backends plugin plugins module modules engine driver variable variables var vars env environment mapping mapper map ' +
    'authentication authenticator authenticated encryption encryptor encrypter generator generation generate generated gen usage ' +
    'template templates agent agents ring rings server servers host hosts port ports login logins user users username usernames ' +
    'account accounts owner sync synced less protected protection protect auth store storage stores vault db database exchange ' +
    'exchanges bucket limit limits limiter budget usage param params parameter parameters arg args argument option options opts ' +
    'setting settings config configuration conf section sections item items entry entries list lists index indexes order version ' +
    'versions status state states info details event events log logs logging logger audit warn warning warnings policy only ' +
    'support supported supports constraint constraints facility pair pairs agreement strategy strategies filter filters separator delimiter delim ' +
    'position pos offset start begin end stretch stretching derivation derivative kdf func mask masked masking show shown visible ' +
    'visibility hidden reveal redacted sensitive tag tags topic queue rotation grace interval lock locked locking lockout usage ' +
    'reuse forms resolver resolvers converter decoder parser lexer request requests response responses client clients aging ' +
    'inactive inactivity notice notification notify quota rate bytes family families language lang vocab vocabulary embedding ' +
    'weights stream streams agents proxy proxies rsa ec dsa map endpoint exists exist missing invalid empty blank present set'
  ).split(' '),
)

const isNegative = (word: string) => NEGATIVE.has(word) || NEGATIVE_SHAPE.test(word)
const NEGATIVE_SHAPE =
  /^[a-z]*(?:file(?:s|name)?|path|dir|url|uri|name|type|len(?:gth)?|size|policy|timeout|ttl|expir[a-z]{0,7}|mgmt|enabled|disabled|required|allowed)$/

/** Names for which a negative word has to be let pass: secrets all the same. */
const EXCEPT = /^(?:.*_)?secret_id$|^vault_secret_id$|_password_db$/

/** Words in front that make a secret's name the name of something else. */
const isUnrelated = (before: string, word: string): boolean =>
  UNRELATED.test(before) ||
  (word.startsWith('token') && UNRELATED_TOKEN.test(before)) ||
  (word.startsWith('secret') && UNRELATED_SECRET.test(before))

const UNRELATED =
  /^(?:min|max|minimum|maximum|num|number|no|non|without|show|hide|ask|forgot|forgotten|lost|reset|change|changed|update|check|checks|remember|requires?|required|allow(?:s|ed)?|den(?:y|ies)|enabled?|enables|disabled?|disables|uses?|using|validates?|verify|verifies|is|has|needs?|skip|can|must|public|pub)$/
const UNRELATED_TOKEN =
  /^(?:csrf|xsrf|cancellation|stop|next|page|continuation|pagination|cursor|sync|synchronizer|mask|eos|bos|pad|unk|sep|special|total|prompt|completion|input|output|server|lexer|parser|end|start|lookahead|form|significant|prev|previous|last|operator|keyword|delimiter|punctuation)$/
const UNRELATED_SECRET = /^(?:existing|pull|tls)$/

/** Names that begin so speak of a switch, a limit or a deed. */
const NOT_AT_ALL = new Set(
  'is has have use uses url uri href no non without allow allows require requires enable enables disable disables show hide ask forgot validate skip need needs can must should max min num pam'.split(
    ' ',
  ),
)

const HASHED =
  /^(?:hash|hashed|hashes|md5|md4|sha|sha1|sha224|sha256|sha384|sha512|ssha|bcrypt|scrypt|argon2|argon2id|crypt|crypted|digest|htpasswd|nt|ntlm|pbkdf2|scram|salted)$/
const HASHED_COMPOUND = /^(?:md5|sha1|sha256|sha512|crypt|hashed|nt|lm)(?:pass|pw)|(?:password|passwd|pass|pw)hash$/
const ENCRYPTED = /^(?:encrypted|enc|encoded|obfuscated|scrambled|ciphered|cipher|ciphertext|sealed)$/
const ENCRYPTED_COMPOUND = /^(?:encrypted|enc|obfuscated)(?:pass|pw)/

/** A quick look. */
const COLLECTED = /(?:secrets|passwords|passwds|tokens|apikeys|secretdata)[^a-z\d]{0,16}$/i
const COLLECTIONS = /^(?:secrets|passwords|passwds|tokens|apikeys|secretdata)$/
