/** What a connection string holds besides names of databases. Places are within the string. */
export interface ConnectionLogin {
  readonly password: string
  readonly at: number
  readonly length: number
  readonly account?: string
  readonly system?: string
  /** Whether it is a key of an account of storage or a queue, not a password. */
  readonly key: boolean
}

/**
 * The login in a connection string, as ADO.NET and ODBC (`Server=…;Uid=…;Pwd=…`), libpq (`host=… password=…`), clients of Redis
 * (`host:6379,password=…`) or Go's MySQL driver (`user:password@tcp(host)/…`) write it.
 */
export const connectionLogin = (text: string): ConnectionLogin | undefined => {
  if (text.length > LONGEST) return undefined
  return HOLDS_SECRET.test(text) ? pairsLogin(text) : netAddressLogin(text)
}

const LONGEST = 4096
const HOLDS_SECRET = /(?:password|passwd|pwd|accountkey|sharedaccesskey|accesskey|sharedsecret(?:value)?|secret) ?=/i

const pairsLogin = (text: string): ConnectionLogin | undefined => {
  const pairs = partsOf(text)[Symbol.matchAll](text)
  let secret: Omit<ConnectionLogin, 'account' | 'system'> | undefined
  let others = 0
  const told = new Map<'account' | 'system' | 'port', string>()
  for (const { index, 0: whole, 1: name = '', 2: double, 3: single, 4: bare } of pairs) {
    const written = double ?? single ?? bare ?? ''
    const value = written.trim()
    const kind = name
      .trim()
      .toLowerCase()
      .replaceAll(/[ _-]+/g, '')
    if (secret === undefined && SECRET.test(kind)) {
      const closing = bare === undefined ? 1 : 0
      const at = index + whole.length - closing - written.length
      secret = { password: value, at, length: written.length, key: kind.endsWith('key') }
      continue
    }
    const inner =
      double !== undefined && text.length < LONGEST && HOLDS_SECRET.test(double) ? pairsLogin(double) : undefined
    if (inner !== undefined && secret === undefined)
      return { ...inner, at: index + whole.length - 1 - double!.length + inner.at }
    others++
    for (const [what, names] of TOLD) if (names.test(kind) && value !== '' && !told.has(what)) told.set(what, value)
  }
  if (secret === undefined || others === 0) return undefined
  const account = told.get('account')
  const system = told.get('system')
  const port = told.get('port')
  return {
    ...secret,
    ...(account === undefined ? {} : { account }),
    ...(system === undefined ? {} : { system: port === undefined ? system : `${system}:${port}` }),
  }
}

/** How the pairs are parted. A login module of Java has a semicolon only at its end. */
const partsOf = (text: string): RegExp =>
  LOGIN_MODULE.test(text) ? BY_BLANK : text.includes(';') ? BY_SEMICOLON : text.includes(',') ? BY_COMMA : BY_BLANK

const LOGIN_MODULE = /LoginModule\s+(?:required|requisite|sufficient|optional)\b/

const BY_SEMICOLON = /([A-Za-z][\w .-]{0,39})=[ \t]*(?:"([^"]{0,1024})"|'([^']{0,1024})'|([^;"'\r\n]{0,1024}))/g
const BY_COMMA = /([A-Za-z][\w .-]{0,39})=[ \t]*(?:"([^"]{0,1024})"|'([^']{0,1024})'|([^,"'\s]{0,1024}))/g
const BY_BLANK = /([A-Za-z]\w{0,39}) ?= ?(?:"([^"]{0,1024})"|'((?:[^'\\]|\\.){0,1024})'|([^"'\s]{0,1024}))/g

const SECRET =
  /^(?:[a-z]{0,16}password|passwd|pwd|accountkey|sharedaccesskey|accesskey|sharedsecret|sharedsecretvalue|secret)$/
const TOLD: readonly (readonly ['account' | 'system' | 'port', RegExp])[] = [
  ['account', /^(?:user|userid|username|uid|accountname|sharedaccesskeyname|login)$/],
  [
    'system',
    /^(?:server|datasource|host|hostaddr|hostname|address|addr|networkaddress|endpoint|accountendpoint|servername|dsn)$/,
  ],
  ['port', /^port$/],
]

const netAddressLogin = (text: string): ConnectionLogin | undefined => {
  const match = NET_ADDRESS.exec(text)
  if (match === null) return undefined
  const [, account = '', password = '', system = ''] = match
  return { account, password, at: match.index + account.length + 1, length: password.length, system, key: false }
}

const NET_ADDRESS = /(?<![\w./@-])([\w.-]{1,64}):([^@\s"'<>]{1,256})@(?:tcp6?|unix)\(([^)\s]{1,255})\)/
