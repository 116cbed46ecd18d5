import type { Sighting } from '../detector.ts'
import type { WrittenValue } from './values-behind.ts'

/** Which of a call's arguments are whom and where, and the secret. */
interface Call {
  readonly name: RegExp
  readonly secret: number
  readonly account?: number
  readonly system?: number
  readonly service?: string
  /** How many literals it must have. */
  readonly least: number
}

const CALLS: readonly Call[] = [
  { name: /^mysqli?_(?:p?connect|real_connect)\(/i, system: 0, account: 1, secret: 2, least: 3, service: 'mysql' },
  { name: /^mysqli\(/i, system: 0, account: 1, secret: 2, least: 3, service: 'mysql' },
  { name: /^pdo\(/i, system: 0, account: 1, secret: 2, least: 3 },
  {
    name: /^(?:[\w$>:.-]{0,60})(?:dbi->connect|drivermanager\.getconnection)\(/i,
    system: 0,
    account: 1,
    secret: 2,
    least: 3,
  },
  { name: /^ldap_bind\(/i, account: 0, secret: 1, least: 2, service: 'ldap' },
  { name: /^(?:ftp|ssh2|imap|pop3|smtp)_(?:login|auth_password)\(/i, account: 0, secret: 1, least: 2 },
  { name: /^(?:http)?basicauth(?:entication|orization)?\(/i, account: 0, secret: 1, least: 2 },
  { name: /^auth ?= ?\(/i, account: 0, secret: 1, least: 2 },
  { name: /^(?:usernamepassword)?credentials\(/i, account: 0, secret: 1, least: 2 },
  {
    name: /^(?:worker|buildslave|workerauth|account|(?:add|create)_?user|userpasswordauth|passwordauth|auth)\(/i,
    account: 0,
    secret: 1,
    least: 2,
  },
  { name: /^(?:login|authenticate|simple_bind_s|set_credentials)\(/i, account: 0, secret: 1, least: 2 },
]

const REACH = 1000

/** What Perl's DBI connects by: `'dbi:…', 'name', 'password'`, wherever that list stands. */
export function* dbiLogin(text: string, from: number): Generator<Sighting> {
  DBI.lastIndex = from
  const match = DBI.exec(text)
  const [whole, address = '', account = '', secret = ''] = match ?? []
  if (whole === undefined || secret === '') return
  const system = /(?:host|server|hostname)=([\w.:-]{1,255})/i.exec(address)?.[1]
  const driver = /^[\w-]{1,20}/.exec(address)?.[0].toLowerCase()
  yield {
    at: from + whole.length - secret.length - 1,
    length: secret.length,
    value: secret,
    secret: 'password',
    evidence: 'argument',
    by: 'name',
    quoted: true,
    ...(account === '' ? {} : { account }),
    ...(system === undefined ? {} : { system }),
    ...(driver === undefined ? {} : { service: driver }),
  }
}

const DBI =
  /dbi:([^"'\n]{1,300})["'][ \t]{0,8},[ \t]{0,8}["']([^"'\n]{0,64})["'][ \t]{0,8},[ \t]{0,8}["']([^"'\n]{1,200})["']/iy

/** Secrets among the literals of calls that log in: `mysqli_connect("host", "name", "password")`, `smtp.login("name", "password")`. */
export function* callsOf(text: string, from: number): Generator<Sighting> {
  SECURED.lastIndex = from
  const [secured, lead = '', literal = ''] = SECURED.exec(text) ?? []
  if (secured !== undefined)
    return yield {
      at: from + lead.length,
      length: literal.length,
      value: literal,
      secret: 'password',
      name: 'ConvertTo-SecureString',
      evidence: 'argument',
      by: 'name',
      quoted: true,
    }
  let begin = from
  while (begin > 0 && from - begin < 60 && /[\w$>:]/.test(text[begin - 1]!)) begin--
  const window = text.slice(begin, from + REACH)
  const call = CALLS.find(({ name }) => name.test(window) || name.test(window.replace(/^[\w$>:-]*(?:->|\.|::)/, '')))
  if (call === undefined) return
  const open = text.indexOf('(', from)
  if (open < 0 || open - from > 40) return
  const literals: { readonly at: number; readonly text: string }[] = []
  // A list of pairs begins with two more.
  LITERAL.lastIndex = text.startsWith('[(', open + 1) ? open + 3 : open + 1
  for (let match = LITERAL.exec(text); match !== null && literals.length < 6; match = LITERAL.exec(text)) {
    const [whole, , double, single, other] = match
    const value = double ?? single
    if (value !== undefined) literals.push({ at: match.index + whole.lastIndexOf(value), text: value })
    else if (other !== undefined && literals.length > 0) return
    else if (other !== undefined && call.system === 0) literals.push({ at: match.index, text: '' })
    LITERAL.lastIndex = match.index + whole.length
  }
  const secret = literals[call.secret]
  if (literals.length < call.least || secret === undefined || secret.text === '') return
  const account = call.account === undefined ? undefined : literals[call.account]?.text
  const system = call.system === undefined ? undefined : literals[call.system]?.text
  yield {
    at: secret.at,
    length: secret.text.length,
    value: secret.text,
    secret: 'password',
    evidence: 'argument',
    by: 'name',
    quoted: true,
    ...(account === undefined || account === '' ? {} : { account }),
    ...(system === undefined || system === '' ? {} : { system }),
    ...(call.service === undefined ? {} : { service: call.service }),
  }
}

/** What PowerShell makes a protected string of, in clear. */
const SECURED =
  /(ConvertTo-SecureString[ \t]+(?:-(?:String|AsPlainText|Force)[ \t]+){0,3}["'])([^"'$\n]{1,256})["'](?<=-AsPlainText[^\n]{0,300}|(?=[^\n]{0,80}-AsPlainText)["'])/iy

/** An argument: a literal, or something that is not. */
const LITERAL =
  /[ \t]*,?[ \t]*(?:((?:"((?:[^"\\\n]|\\.){0,300})"|'((?:[^'\\\n]|\\.){0,300})'))|([\w$.[\]>-]{1,80}))(?=[ \t]*[,)])/y

/** The password that a function makes a hash of where it is set: `mysql_password('…')`, `postgresql_password('name', '…')`. */
export const hashedLiteral = (text: string, from: number): WrittenValue | undefined => {
  HASHES.lastIndex = from
  const match = HASHES.exec(text)
  if (match === null) return undefined
  const [whole, name = '', first, second] = match
  const value = /postgresql/i.test(name) ? second : first
  if (value === undefined || value === '') return undefined
  const at = from + (value === second ? whole.lastIndexOf(value) : whole.indexOf(value, name.length))
  return { at, length: value.length, value, quoted: true, end: at + value.length + 1 }
}

const HASHES =
  /([\w:.$>-]{0,40}(?:mysql_password|mysql::password|postgresql_password|pw_hash|password_hash|hashpw|hexdigest|md5|sha1|sha256|sha512|bcrypt|crypt|str2saltedsha512|ht_md5|ht_sha1|make_password|Sensitive|sensitive))[ \t]?\([ \t]{0,8}b?["']([^"'\n]{1,200})["'](?:[ \t]{0,8},[ \t]{0,8}["']([^"'\n]{1,200})["'])?/y
