import { isSshKeyType, readSshPublicKey, type SshPublicKey } from './ssh-keys/public-key.ts'
import { port } from './sshd-config/values.ts'

/** One option of a line, its value without quotes. */
export interface AuthorizedKeyOption {
  readonly name: string
  readonly value?: string
}

/** One line of an authorized_keys file that sshd takes. */
export interface AuthorizedKey {
  readonly line: number
  readonly key: SshPublicKey
  /** `authority`: the key opens nothing itself, but every certificate it signs does (`cert-authority`). */
  readonly role: 'authorized' | 'authority'
  readonly options: readonly AuthorizedKeyOption[]
  readonly comment: string
}

/** A line that sshd passes over, with a reason that tells nothing of its content. */
export interface RefusedLine {
  readonly line: number
  readonly why: string
}

export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[]
  readonly refused: readonly RefusedLine[]
}

/**
 * Reads sshd(8), AUTHORIZED_KEYS FILE FORMAT, line by line as sshd does. Blank lines and comments are passed over; what
 * sshd would not accept is told by its line: options it does not know, keys that do not agree with their type, keys of the
 * first protocol, certificates. Never throws.
 */
export const parseAuthorizedKeys = (text: string): AuthorizedKeys => {
  const keys: AuthorizedKey[] = []
  const refused: RefusedLine[] = []
  for (const [index, whole] of text.split('\n').entries()) {
    // sshd reads lines as C strings.
    const nul = whole.indexOf('\0')
    const content = (nul < 0 ? whole : whole.slice(0, nul)).replace(/^[ \t]+/, '')
    if (content === '' || content === '\r' || content.startsWith('#')) continue
    const read = readLine(content)
    if (typeof read === 'string') refused.push({ line: index + 1, why: read })
    else keys.push({ line: index + 1, ...read })
  }
  return { keys, refused }
}

/** Splits the options in front of a key. Undefined when sshd knows one of them not, or does not take its value. */
export const parseKeyOptions = (text: string): AuthorizedKeyOption[] | undefined => {
  const options: AuthorizedKeyOption[] = []
  const once = new Set<string>()
  let at = 0
  while (at < text.length) {
    if (text[at] === ',') {
      at++
      continue
    }
    const word = /^[A-Za-z0-9-]{1,64}/.exec(text.slice(at, at + 65))?.[0] ?? ''
    const name = word.toLowerCase()
    at += word.length
    if (isFlag(name)) options.push({ name })
    else {
      const accepts = Object.hasOwn(VALUED, name) ? VALUED[name] : undefined
      if (accepts === undefined || text[at] !== '=' || text[at + 1] !== '"') return undefined
      const close = closingQuote(text, at + 2)
      if (close < 0) return undefined
      const value = text.slice(at + 2, close).replaceAll(String.raw`\"`, '"')
      if (!accepts(value) || (ONCE.has(name) && once.has(name))) return undefined
      once.add(name)
      options.push({ name, value })
      at = close + 1
    }
    if (at < text.length && text[at] !== ',') return undefined
  }
  return options
}

const FLAGS = new Set(['cert-authority', 'restrict'])
const NEGATABLE = new Set([
  'agent-forwarding',
  'port-forwarding',
  'pty',
  'touch-required',
  'user-rc',
  'verify-required',
  'x11-forwarding',
])
const isFlag = (name: string) => FLAGS.has(name) || NEGATABLE.has(name.replace(/^no-/, ''))

const ONCE = new Set(['command', 'from', 'principals'])

const LARGEST_TUNNEL = 0x7f_ff_ff_fd

const VALUED: Readonly<Record<string, (value: string) => boolean>> = {
  command: () => true,
  environment: (value) => /^[A-Za-z0-9_]+=/.test(value),
  'expiry-time': (value) => isMoment(value),
  from: () => true,
  permitlisten: (value) => isForward(value, true),
  permitopen: (value) => isForward(value, false),
  principals: () => true,
  tunnel: (value) =>
    value.toLowerCase() === 'any' || (/^[ \t]*\+?\d{1,10}$/.test(value) && Number(value) <= LARGEST_TUNNEL),
}

type Line = Pick<AuthorizedKey, 'key' | 'role' | 'options' | 'comment'>

const readLine = (content: string): Line | string => {
  const plain = readKey(content)
  if (plain !== undefined) return accepted(plain, [])
  const end = optionsEnd(content)
  if (end < 0) return 'a quote that is not closed'
  const behind = content.slice(end).replace(/^[ \t]+/, '')
  const key = readKey(behind)
  if (key === undefined) return whyNoKey(content, behind)
  const options = parseKeyOptions(content.slice(0, end))
  return options === undefined ? 'options that sshd does not know' : accepted(key, options)
}

const accepted = (
  { key, comment }: { key: SshPublicKey; comment: string },
  options: readonly AuthorizedKeyOption[],
): Line | string => {
  const authority = options.some(({ name }) => name === 'cert-authority')
  if (key.certificate) return 'a certificate, which opens nothing here'
  if (!authority && options.some(({ name }) => name === 'principals')) return 'principals of a key that is no authority'
  return { key, role: authority ? 'authority' : 'authorized', options, comment }
}

const readKey = (text: string): { key: SshPublicKey; comment: string } | undefined => {
  const match = /^([^ \t]{1,100})[ \t]+([^ \t]+)(.*)$/s.exec(text)
  if (match === null || !isSshKeyType(match[1]!)) return undefined
  const key = readSshPublicKey(match[1]!, match[2]!)
  return key === undefined ? undefined : { key, comment: match[3]!.trim() }
}

const whyNoKey = (content: string, behind: string) => {
  if (/^\d+[ \t]+\d+[ \t]+\d+/.test(content) || /^\d+[ \t]+\d+[ \t]+\d+/.test(behind)) return 'a key of protocol 1'
  const typed = [content, behind].some((text) => isSshKeyType(text.slice(0, 100).split(/[ \t]/, 1)[0]!))
  return typed ? 'a key that does not agree with its type' : 'no key'
}

/** Where the options of a line end: at the first blank outside of quotes; negative when a quote is not closed. */
const optionsEnd = (text: string) => {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === '"') at++
    else if (text[at] === '"') quoted = !quoted
    else if (!quoted && (text[at] === ' ' || text[at] === '\t')) return at
  }
  return quoted ? -1 : text.length
}

const closingQuote = (text: string, from: number) => {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === '"') at++
    else if (text[at] === '"') return at
  }
  return -1
}

/**
 * The last moment at which an `expiry-time` still lets somebody in, in milliseconds. Without `Z` it is in the time zone of the host,
 * which is not known: then the last moment in any zone.
 */
export const latestExpiry = (value: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(value)
  if (match === null || !isMoment(value)) return undefined
  const [year, month, day, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)))
  return Date.UTC(year!, month! - 1, day, hour, minute, second) + (match[7] === 'Z' ? 0 : 12 * 3_600_000)
}

/** `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`, a moment that there is. */
const isMoment = (text: string) => {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text)
  if (match === null) return false
  const [year, month, day, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .flatMap((part) => (part === undefined ? [] : [Number(part)]))
  const [, rolled] = [year, new Date(Date.UTC(year!, month! - 1, day))]
  return (
    month! >= 1 &&
    month! <= 12 &&
    day! >= 1 &&
    rolled.getUTCMonth() === month! - 1 &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60
  )
}

const isForward = (value: string, barePort: boolean) => {
  if (barePort && !value.includes(':')) return isPort(value)
  const match = /^(?:\[([^\]]*)\]|([^:/]*))[:/](.*)$/s.exec(value)
  return match !== null && (match[1] ?? match[2] ?? '').length < 1025 && isPort(match[3]!)
}

const isPort = (text: string) => text === '*' || (port(text) ?? 0) > 0
