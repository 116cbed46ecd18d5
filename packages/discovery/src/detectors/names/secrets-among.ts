import type { Entry, SecretKind, Sighting } from '../detector.ts'
import { connectionLogin } from '../readers/connection-string.ts'
import { urlLoginIn } from '../readers/url-login.ts'
import { hashScheme } from '../values/hash-scheme.ts'
import { isDescription } from './description.ts'
import { toldName } from './told-name.ts'
import { neighbourNamed, type NeighbourRole } from './neighbour-name.ts'
import { namesSecrets, secretNamed, type SecretName } from './secret-name.ts'
import { serviceNamed } from './service-name.ts'

export interface AmongOptions {
  /** What all of it is for, where the format says so. */
  readonly service?: string
  /** Default `name`: the value must bear out that it is a secret. `format`: what is called so here is one. */
  readonly by?: 'format' | 'name'
  /** What a name means in this format: a kind of secret, `null` that it is none, undefined that its words decide. */
  readonly means?: (keys: readonly string[], entry: Entry) => SecretKind | null | undefined
  /** How a name is told. Default: from the outside in, joined by dots. */
  readonly tell?: (keys: readonly string[]) => string
}

/**
 * The secrets among the values of a structured file, told by their names: those of their own (`db.password`), of pairs
 * (`{name: DB_PASSWORD, value: …}`), and what logins are in URLs and connection strings. What stands beside them tells whose they are.
 */
export function* secretsAmong(entries: Iterable<Entry>, options: AmongOptions = {}): Generator<Sighting> {
  const all = Array.isArray(entries) ? (entries as readonly Entry[]) : [...entries]
  if (!all.some((entry) => maySpeak(entry, options))) return
  const surroundings = new Map<string | number, Neighbour[]>()
  const pairs = new Map<string, string>()
  const secrets: Secret[] = []
  let left = MOST_ENTRIES
  for (const entry of all) {
    if (left-- === 0) break
    const { keys, value } = entry
    const own = keys.at(-1) ?? ''
    if (PAIR_NAME.test(own) && value.length <= 128) pairs.set(pairOf(entry), value)
    const paired = PAIR_VALUE.test(own) ? pairs.get(pairOf(entry)) : undefined
    const named = paired === undefined ? keys : [...keys.slice(0, -1), paired]
    const group = paired === undefined ? entry.group : `pair ${parentOf(keys, 2)}`
    if (paired !== undefined) forgetName(surroundings, paired, entry)
    // Whatever its name is, of a connection string only a part is secret.
    const string = entry.value.length > 16 && CONNECTION.test(value) ? loginInside(entry, named, options) : undefined
    const secret = string === undefined ? secretOf(named, entry, options) : undefined
    if (secret !== undefined && secrets.length < MOST_SECRETS) secrets.push({ entry, keys: named, secret, group })
    else if (entry.commented !== true || entry.quoted) noteNeighbour(surroundings, named, entry, group)
    if (secret === undefined && secrets.length < MOST_SECRETS) {
      const inside = isDescription(own)
        ? undefined
        : (string ?? loginInside(entry, named, options) ?? hashInside(entry, named))
      if (inside !== undefined) secrets.push({ entry, keys: named, group, inside })
    }
  }
  for (const secret of secrets) yield sightingOf(secret, surroundings, options)
}

/** Whether an entry may be a secret, or the name of one: most files have none, and need not be looked at for whose it is. */
const maySpeak = (entry: Entry, options: AmongOptions): boolean => {
  const { keys, value } = entry
  if (secretOf(keys, entry, options) !== undefined) return true
  if (PAIR_NAME.test(keys.at(-1) ?? '') && value.length <= 128) {
    if (secretOf([...keys.slice(0, -1), value], entry, options) !== undefined) return true
  }
  return loginInside(entry, keys, options) !== undefined || hashInside(entry, keys) !== undefined
}

const MOST_ENTRIES = 200_000
const MOST_SECRETS = 4000
const MOST_NEIGHBOURS = 64

interface Secret {
  readonly entry: Entry
  readonly keys: readonly string[]
  readonly group: string | number
  readonly secret?: Pick<SecretName, 'secret' | 'stem'> & Partial<SecretName>
  readonly inside?: Partial<Sighting>
}

interface Neighbour {
  readonly role: NeighbourRole
  readonly stem: string
  readonly rank: number
  readonly value: string
}

const PAIR_NAME = /^@?(?:name|key|param-name|variable|property|property-name|env|id|parametername|parameterkey)$/i
const PAIR_VALUE = /^(?:@?(?:value|param-value|content|default|defaultvalue|parametervalue)|#text|\$)$/i

/** Names that say nothing by themselves: what they are in does. */
const GENERIC =
  /^(?:@?(?:value|default|content|plain|plaintext|text|string|raw|data|key|current|literal|clear-?text)|#text|\$|\d+|_|_text|__text)$/i

const pairOf = ({ keys, group }: Entry) => `${group} ${parentOf(keys, 1)}`
const parentOf = (keys: readonly string[], up: number) =>
  keys
    .slice(0, -up)
    .filter((key) => !/^\d+$/.test(key))
    .join('\u0000')

const exactly = (keys: readonly string[], up: number) => `at ${keys.slice(0, -up).join('\u0000')}`

const secretOf = (keys: readonly string[], entry: Entry, { means }: AmongOptions): Secret['secret'] => {
  const meant = means?.(keys, entry)
  if (meant === null || (keys.at(-2) === 'permissions' && PERMISSION.test(entry.value))) return undefined
  const [own, parent] = namesOf(keys)
  const named = secretNamed(own)
  if (meant !== undefined) return { ...named, secret: meant, stem: named?.stem ?? '' }
  if (named !== undefined) return named
  const last = keys.at(-1) ?? ''
  // `….sensitive.key`, wherever its parts are taken for names of their own.
  const joined = /^key$/i.test(last) && keys.length > 1 ? secretNamed(keys.slice(-3).join('.')) : undefined
  if (joined?.sure === true && joined.secret === 'symmetric-key') return joined
  if (/^key$/i.test(last) && OF_SIGNING.test(keys.at(-2) ?? ''))
    return { secret: 'symmetric-key', sure: false, stem: '' }
  if (
    parent === undefined ||
    !namesSecrets(parent) ||
    /^\d+$/.test(keys.at(-1) ?? '') ||
    neighbourNamed(own) !== undefined
  )
    return undefined
  return GENERIC.test(own) || !/^[\w.-]{1,64}$/.test(own) || NEVER.test(own)
    ? undefined
    : { secret: 'shared-secret', sure: false, stem: own.toLowerCase() }
}

const PERMISSION = /^(?:read|write|none|admin)$/

/** Whose `key` is what tokens are signed with. */
const OF_SIGNING =
  /^(?:jwt|jws|hmac|crypt|bearer|signing|encryption|token)(?:_?-?(?:settings|options|config(?:uration)?|auth(?:entication)?|token|bearer|tokens))?$/i

const NEVER =
  /^(?:enabled?|external|file|path|type|source|backend|version|kind|engine|store|environment|create|annotations|labels|driver)$/i

/** The name that speaks, and the one it is in. */
const namesOf = (keys: readonly string[]): readonly [string, string | undefined] => {
  let last = keys.length - 1
  while (last > 0 && keys.length - last < 3 && GENERIC.test(keys[last]!)) last--
  return [keys[last] ?? '', keys[last - 1]]
}

const noteNeighbour = (
  surroundings: Map<string | number, Neighbour[]>,
  keys: readonly string[],
  { value, outer }: Entry,
  group: string | number,
) => {
  if (value === '' || value.length > 512) return
  const named = neighbourNamed(namesOf(keys)[0])
  if (named === undefined || secretNamed(value) !== undefined) return
  // What stands in a list stands beside what the list stands beside.
  const listed = /^\d+$/.test(keys.at(-1) ?? '')
  const beside = listed && outer !== undefined && outer.length > 0 ? `${outer[0]}` : group
  for (const where of [beside, exactly(keys, listed ? 2 : 1), `under ${parentOf(keys, listed ? 2 : 1)}`]) {
    const there = surroundings.get(where)
    if (there === undefined) surroundings.set(where, [{ ...named, value }])
    else if (there.length < MOST_NEIGHBOURS) there.push({ ...named, value })
  }
}

/** The name of a pair is no name of anybody. */
const forgetName = (surroundings: Map<string | number, Neighbour[]>, name: string, { group, keys }: Entry) => {
  for (const where of [`${group}`, exactly(keys, 1), `under ${parentOf(keys, 1)}`]) {
    const there = surroundings.get(where)
    if (there?.at(-1)?.value === name) there.pop()
  }
}

/** What beside a secret plays a role for it: what shares its stem before what has none, and never what belongs to another one. */
const beside = (
  { group, keys }: Secret,
  stem: string,
  role: NeighbourRole,
  surroundings: ReadonlyMap<string | number, readonly Neighbour[]>,
): string | undefined => {
  const ups = [1, 2, 3].filter((up) => up < keys.length)
  // What is in the same item of a list comes before what is in another one.
  for (const where of [
    group,
    ...ups.map((up) => exactly(keys, up)),
    ...ups.map((up) => `under ${parentOf(keys, up)}`),
  ]) {
    const candidates = (surroundings.get(where) ?? []).filter((one) => one.role === role)
    const own = bestOf(candidates.filter((one) => one.stem === stem))
    if (own !== undefined) return own.value
    const near = candidates.filter(
      (one) => one.stem === '' || stem === '' || one.stem.endsWith(stem) || stem.endsWith(one.stem),
    )
    const stems = new Set(near.map((one) => one.stem))
    if (stems.size === 1 || (stem !== '' && stems.has(''))) {
      const best = bestOf(near.filter((one) => stems.size === 1 || one.stem === ''))
      if (best !== undefined) return best.value
    }
  }
  return undefined
}

const bestOf = (candidates: readonly Neighbour[]): Neighbour | undefined =>
  candidates.reduce<Neighbour | undefined>(
    (best, one) => (best === undefined || one.rank < best.rank ? one : best),
    undefined,
  )

const sightingOf = (
  secret: Secret,
  surroundings: ReadonlyMap<string | number, readonly Neighbour[]>,
  { service, by = 'name', tell = toldName }: AmongOptions,
): Sighting => {
  const { entry, keys, secret: named, inside } = secret
  const stem = named?.stem ?? ''
  const look = (role: NeighbourRole) => beside(secret, stem, role, surroundings)
  const host = inside === undefined ? look('host') : undefined
  const port = host === undefined ? undefined : look('port')
  const system =
    host === undefined
      ? inside === undefined
        ? look('address')
        : undefined
      : port === undefined || host.includes(':')
        ? host
        : `${host}:${port}`
  const account = (inside === undefined ? look('account') : undefined) ?? ACCOUNTS.exec(stem)?.[1]
  const kind =
    service ??
    serviceNamed(keys.slice(-4).join('.')) ??
    serviceNamed(look('service') ?? '') ??
    serviceNamed(schemeOf(look('address') ?? ''))
  return {
    at: entry.at,
    length: entry.length,
    value: entry.value,
    secret: named?.secret ?? 'password',
    name: tell(keys),
    evidence: 'name',
    by,
    ...(entry.quoted ? { quoted: true as const } : {}),
    ...(entry.commented === true ? { commented: true as const } : {}),
    ...(named?.sure === false ? { unsure: true as const } : {}),
    ...(named?.hashed === true ? { hashed: true as const } : {}),
    ...(named?.encrypted === true ? { encrypted: true as const } : {}),
    ...(entry.tag === undefined ? {} : { tag: entry.tag }),
    ...(account === undefined ? {} : { account }),
    ...(system === undefined ? {} : { system }),
    ...(kind === undefined ? {} : { service: kind }),
    ...inside,
  }
}

/** Accounts that the name of a secret itself tells. */
const ACCOUNTS = /(?:^|mysql|mariadb|mssql|db|postgres|database)(root|sa|postgres|sysdba|sys)$/

const schemeOf = (address: string) => /^(?:jdbc:)?([a-z][a-z0-9+.-]{0,31}):/i.exec(address)?.[1] ?? ''

/** The login in a URL or a connection string that is a value. */
const loginInside = (
  { value, at, length, quoted }: Pick<Entry, 'value' | 'at' | 'length' | 'quoted'>,
  keys: readonly string[],
  { service }: AmongOptions,
): Partial<Sighting> | undefined => {
  if (value.length > 4096) return undefined
  const url = value.includes('://') ? urlLoginIn(value) : undefined
  const login = url ?? (CONNECTION.test(value) ? connectionLogin(value) : undefined)
  if (login === undefined) return pairInside({ value, at, length, quoted }, keys, service)
  const plain = length === value.length
  const kind = service ?? (url === undefined ? serviceNamed(keys.join('.')) : (serviceNamed(url.scheme) ?? url.scheme))
  return {
    ...(plain ? { at: at + login.at, length: login.length } : {}),
    value: login.password,
    secret: 'password',
    evidence: url === undefined ? 'name' : 'url',
    by: 'name',
    quoted: true,
    ...(login.account === undefined ? {} : { account: login.account }),
    ...(login.system === undefined ? {} : { system: login.system }),
    ...(kind === undefined ? {} : { service: kind }),
  }
}

/** An account and its secret in one value, under a name that says so: `login = "name secret"`, `auth: name:secret`. */
const pairInside = (
  { value, at, length, quoted }: Pick<Entry, 'value' | 'at' | 'length' | 'quoted'>,
  keys: readonly string[],
  service: string | undefined,
): Partial<Sighting> | undefined => {
  if (!OF_PAIRS.test(namesOf(keys)[0])) return undefined
  const [, lead = '', account = '', between = '', secret = ''] = PAIR.exec(value) ?? []
  const basic = between === ':' && /basic_?auth/i.test(namesOf(keys)[0])
  if (secret === '' || (between !== ':' && !quoted) || ONLY_WORDS.test(secret) || (!basic && SCHEMES.test(account)))
    return undefined
  const plain = length === value.length
  return {
    ...(plain ? { at: at + lead.length + account.length + between.length, length: secret.length } : {}),
    value: secret,
    secret: 'password',
    evidence: 'name',
    by: 'name',
    quoted: true,
    account,
    ...(service === undefined ? {} : { service }),
  }
}

const OF_PAIRS =
  /(?:^|[._-])(?:[a-z]{0,8}auth|[a-z]{0,8}login|logins?|credentials?|user_?(?:pass|pw|pwd)|basic_?auth|user_?and_?pass(?:word)?)$/i
/** A realm may stand in front. */
const PAIR = /^([\w .-]{1,64},)?([\w.@+-]{1,64})(:|[ \t]{1,4})([^\s:,/]{4,128})$/
const ONLY_WORDS =
  /^(?:[a-z]{1,3}|auth|login|only|none|true|false|plain|basic|digest|required|optional|cram-md5|ldap|file|local|pam|admin|root)$/i
const SCHEMES =
  /^(?:basic|bearer|digest|plain|login|file|env|pam|ldap|http|https|token|role|group|user|type|method|required|optional|with|no|the|please)$/i

/** A hash that is known by its own form, under the name of whose it is. */
const hashInside = (entry: Entry, keys: readonly string[]): Partial<Sighting> | undefined => {
  const { value } = entry
  const account = ACCOUNT.exec(value)?.[1]
  if (account !== undefined) return hashBehind(entry, account, keys)
  if (!HASHED.test(value) || hashScheme(value) === undefined) return undefined
  const own = keys.at(-1) ?? ''
  return {
    secret: 'password',
    evidence: 'shape',
    by: 'name',
    quoted: true,
    ...(/^[A-Za-z_][\w.@-]{0,63}$/.test(own) && !OF_HASHES.test(own) ? { account: own } : {}),
  }
}

/** `account:hash`, as htpasswd(1) writes it; with a realm between, as htdigest(1) does where that is what is asked for. */
const hashBehind = (
  { value, at, length }: Entry,
  account: string,
  keys: readonly string[],
): Partial<Sighting> | undefined => {
  const digest = keys.some((key) => /digest/i.test(key)) ? DIGESTED.exec(value)?.[1] : undefined
  const hash = digest ?? value.slice(account.length + 1)
  if (digest === undefined && (!HASHED.test(hash) || hashScheme(hash) === undefined)) return undefined
  const plain = length === value.length
  return {
    ...(plain ? { at: at + value.length - hash.length, length: hash.length } : {}),
    value: hash,
    secret: 'password',
    evidence: 'shape',
    by: 'name',
    quoted: true,
    account,
    ...(digest === undefined ? {} : { hashed: true }),
  }
}

const ACCOUNT = /^([\w.@-]{1,64}):(?!\/\/)\S{13}/
const DIGESTED = /^[\w.@-]{1,64}:[\w .@-]{1,64}:([0-9a-f]{32}|[0-9a-f]{64})$/

const HASHED =
  /^(?:[A-Za-z0-9+/]{43}= [A-Za-z0-9+/]{22,64}={0,2}$|\$(?:1|2[abxy]|5|6|7|y|gy|apr1|argon2(?:id|i|d))\$|\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|ARGON2\w{0,2}|PBKDF2[\w-]{0,12}|BLF-CRYPT)\}|SCRAM-SHA-|pbkdf2_sha)/
const OF_HASHES =
  /^(?:hash|value|default|text|string|data|line|regexp?|replace|content|crypt(?:ed)?|digest|pw_?hash|bcrypt|argon2)$/i

const CONNECTION = /[;\s,](?:password|pwd|passwd|accountkey|sharedaccesskey) ?=|^(?:password|pwd) ?=|@(?:tcp6?|unix)\(/i
