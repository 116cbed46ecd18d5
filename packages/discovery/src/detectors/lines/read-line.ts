import type { Sighting } from '../detector.ts'
import type { Looks } from '../keywords/words.ts'
import { toldName } from '../names/told-name.ts'
import { secretNamed, type SecretName } from '../names/secret-name.ts'
import { serviceNamed } from '../names/service-name.ts'
import { basicLogin } from '../readers/basic-login.ts'
import { connectionLogin } from '../readers/connection-string.ts'
import { urlLoginAt } from '../readers/url-login.ts'
import { hashScheme } from '../values/hash-scheme.ts'
import { callsOf, dbiLogin, hashedLiteral } from './calls.ts'
import { argumentsBehind } from './commands.ts'
import type { Kind } from './file-kind.ts'
import { nameAround } from './name-around.ts'
import { sqlSecrets } from './sql.ts'
import { valueAt, type WrittenValue } from './values-behind.ts'
import { whoseIs } from './whose.ts'

/** A line, or a stretch of a very long one, with what it is in. */
export interface Line {
  /** Of the whole file. */
  readonly file: string
  readonly text: string
  /** Where it begins in the file. */
  readonly at: number
  readonly kind: Kind
  /** Lines around it have nothing to do with it, as in a history. */
  readonly alone: boolean
  readonly commented: boolean
  /** Where it begins to say something, behind blanks and what makes a comment of it. */
  readonly begins: number
  /** How far connection strings were looked for already. */
  readonly connections: number[]
  /** Which string is open at the place up to which strings were looked at. */
  readonly strings: { at: number; open: string }
}

/** A word that was found in a line: what it looks for, and where it is. */
export interface Hit {
  readonly looks: Looks
  readonly begins: number
  readonly ends: number
}

/** Reads what some words in a line announce. Places of what it gives are those in the file. */
export function* readLine(line: Line, hits: readonly Hit[]): Generator<Sighting> {
  let done = 0
  const prose = line.kind === 'prose' || (line.commented && isProse(line))
  for (const hit of hits) {
    if (hit.begins < done) continue
    for (const seen of readHit(line, hit)) {
      done = Math.max(done, seen.at + seen.length)
      yield {
        ...seen,
        at: line.at + seen.at,
        ...(line.commented ? { commented: true as const } : {}),
        ...(prose && seen.by === 'name' ? { prose: true as const } : {}),
      }
    }
  }
}

/** Whether a comment is a sentence rather than a setting that was switched off. */
const isProse = ({ text, begins }: Line): boolean => {
  const words = text
    .slice(begins, begins + 400)
    .trim()
    .split(/\s+/)
  return (
    words.length > 5 &&
    !/^(?:export |set )?[\w.$-]+[ \t]*(?:[:=]|=>)/.test(text.slice(begins)) &&
    !words.slice(0, 4).some((word) => /[=/|]/.test(word))
  )
}

const readHit = (line: Line, hit: Hit): Iterable<Sighting> => {
  switch (hit.looks) {
    case 'name':
      return readName(line, hit)
    case 'url':
      return readUrl(line, hit)
    case 'dbi':
      return dbiLogin(line.text, hit.begins)
    case 'dsn':
      return readConnection(line, hit.begins)
    case 'sql':
      return sqlSecrets(line.text, hit.begins)
    case 'program':
      return line.kind === 'interface' || line.kind === 'prose' ? [] : readCommand(line, hit)
    case 'hash':
      return readHash(line, hit)
    case 'call':
      return line.kind === 'code' || line.kind === 'shell' || line.kind === 'settings'
        ? callsOf(line.text, hit.begins)
        : []
  }
}

function* readName(line: Line, hit: Hit): Generator<Sighting> {
  const { text, kind } = line
  let { ends } = hit
  // Words that are short are looked for with the sign behind them.
  while (ends > hit.begins + 1 && /[=:>\s]/.test(text[ends - 1]!)) ends--
  const [from, to] = nameAround(text, hit.begins, ends)
  const written = text.slice(from, to)
  const name = written.replace(/^[-.@]{1,3}/, '')
  const option = written.startsWith('-')
  const named = secretNamed(name.replace(/^D(?=[a-z])/, ''))
  if (CONNECTED.test(text.slice(from, to + 1))) {
    const connected = [...readConnection(line, from)]
    if (connected.length > 0) return yield* connected
  }
  const phrase = /^-{1,2}pass(?:in|out)?$/.test(written) ? PASS_PHRASE.exec(text.slice(to, to + 16)) : null
  if (phrase !== null) return yield* readPassPhrase(line, to + phrase[0].length)
  if (/^pass$/i.test(written) && text[to] === ':' && /[\s"'=]/.test(text[from - 1] ?? ' '))
    yield* readPassPhrase(line, to + 1)
  if (named === undefined || kind === 'interface') return
  if (/^(?:pwd|PWD|OLDPWD)$/.test(name)) return
  if (kind === 'code' && !isOwnName(name)) return
  if (named.header) return yield* readHeader(line, to)
  if (/^passw(?:or)?d$/i.test(name) && (kind === 'sql' || STATEMENT.test(text.slice(Math.max(0, from - 300), from)))) {
    const statement = [...sqlSecrets(text, from)]
    if (statement.length > 0) return yield* statement
  }
  const value = headerArgument(line, from, to) ?? behindName(line, from, to, option, named)
  if (value === undefined) {
    if (/^passw/i.test(name)) yield* sqlSecrets(text, from)
    if (/^(?:chpasswd|passwd|smbpasswd)$/.test(name)) yield* readPipe(line, from)
    return
  }
  yield sightingOf(line, name, named, value, from)
}

/** Whether in code the last part of a name says that it is a secret: `token.kind` is something of a token. */
const isOwnName = (name: string): boolean => {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return last === name || OF_THE_WHOLE.test(last) || secretNamed(last) !== undefined
}

const OF_THE_WHOLE = /^(?:value|text|content|default|plain|plaintext|raw|data)$/i

const STATEMENT = /\b(?:create|alter|grant)[ \t]+(?:user|role|login|all|server)\b|\bset[ \t]+$/i

interface Behind extends WrittenValue {
  readonly evidence: 'name' | 'argument'
  /** What stands there is one already, so that it must not look like a literal of the language. */
  readonly bareIsCode?: true
  readonly valueClass?: Sighting['valueClass']
  readonly scheme?: string
  readonly unsure?: true
  /** It stands there in clear, whatever its name says that becomes of it. */
  readonly clear?: true
}

const sightingOf = (line: Line, name: string, named: SecretName, behind: Behind, from: number): Sighting => {
  const { at, length, value, quoted, evidence, bareIsCode, valueClass, scheme, unsure, clear } = behind
  const { file, text, at: lineAt } = line
  const { commented } = line
  const code = line.kind === 'code'
  const whose = line.alone
    ? whoseIs(text, 0, text.length, { stem: named.stem, commented, code })
    : whoseIs(file, lineAt, lineAt + text.length, { stem: named.stem, commented, code })
  const account = whose.account ?? ACCOUNTS.exec(named.stem)?.[1]
  const service =
    serviceNamed(name) ??
    (whose.system === undefined ? undefined : serviceNamed(/^(?:jdbc:)?[a-z0-9+]+(?=:)/.exec(whose.system)?.[0] ?? ''))
  return {
    at,
    length,
    value,
    secret: named.secret,
    name: toldName([...sectionOf(line, from), name]),
    evidence,
    by: 'name',
    ...(quoted ? { quoted: true } : {}),
    ...(bareIsCode === true || line.kind === 'code' ? { bareIsCode: true as const } : {}),
    ...(named.sure && unsure === undefined ? {} : { unsure: true }),
    ...(named.hashed && clear !== true ? { hashed: true } : {}),
    ...(named.encrypted ? { encrypted: true } : {}),
    ...(valueClass === undefined ? {} : { valueClass }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(account === undefined ? {} : { account }),
    ...(whose.system === undefined ? {} : { system: whose.system }),
    ...(service === undefined ? {} : { service }),
  }
}

const ACCOUNTS = /(?:^|mysql|mariadb|mssql|db|postgres|database)(root|sa|postgres|sysdba|sys)$/

const sectionOf = (_line: Line, _from: number): readonly string[] => []

/** What separates a name from its value: `=`, `:`, `=>`, with what closes a quoted or indexed name before it. */
const SEPARATED = /\\?["'`]?[\])}]{0,2}[ \t]{0,40}(\?\?=|\|\|=|&&=|:=|\?=|\+=|=>|={1,3}|:(?!:))[ \t]{0,40}/y
const TYPED = /["']?[ \t]{0,8}:[ \t]{0,8}[A-Za-z_][\w<>|[\]. ]{0,40}=[ \t]{0,8}(?=["'`])/y
const BLANK = /[ \t]{1,40}/y

/** `-H 'X-Api-Key: value'`. */
const headerArgument = ({ text, kind }: Line, from: number, to: number): Behind | undefined => {
  const quote = text[from - 1]
  if ((quote !== '"' && quote !== "'") || text[to] !== ':' || kind === 'interface' || kind === 'prose') return undefined
  if (!/(?:^|\s)(?:-H|--header)[ \t=]?$/.test(text.slice(Math.max(0, from - 12), from - 1))) return undefined
  const at = to + 1 + (/^[ \t]{0,8}/.exec(text.slice(to + 1, to + 9))?.[0].length ?? 0)
  const end = text.indexOf(quote, at)
  const value = text.slice(at, end)
  return end === -1 || value === '' || value.length > 2048
    ? undefined
    : { at, length: value.length, value, end, quoted: true, evidence: 'argument' }
}

/** The value that belongs to a name, by what stands between them. */
const behindName = (line: Line, from: number, to: number, option: boolean, named: SecretName): Behind | undefined => {
  const { text, kind } = line
  const before = text[from - 1] ?? ''
  if (text[to] === '(' || /^\s*\(/.test(text.slice(to, to + 3))) return calledWith(line, from, to)
  if (kind === 'shell' && (text[from] === '$' || before === '$' || (before === '{' && text[from - 2] === '$')))
    return undefined
  const element = text[to] === '>' ? elementValue(line, from, to) : undefined
  if (element !== undefined) return element
  const pair = pairValue(line, from, to) ?? argumentValue(line, from, to)
  if (pair !== undefined) return pair
  TYPED.lastIndex = to
  const typed = kind === 'code' ? TYPED.exec(text) : null
  SEPARATED.lastIndex = to
  const separated = typed ?? SEPARATED.exec(text)
  if (separated !== null)
    return assigned(line, from, to, separated[0].length, typed === null ? separated[1]! : '=', option, named)
  if (option) return optionValue(line, to)
  return directive(line, from, to, named)
}

const assigned = (
  line: Line,
  from: number,
  to: number,
  gap: number,
  separator: string,
  option: boolean,
  named: SecretName,
): Behind | undefined => {
  const { text, kind, begins } = line
  const hashed = kind === 'prose' || kind === 'interface' ? undefined : hashedLiteral(text, to + gap)
  if (hashed !== undefined) return { ...hashed, evidence: 'name', clear: true }
  if (separator === '+=' && kind === 'code') return undefined
  if (separator.startsWith('==') && (kind === 'code' || kind === 'shell')) return undefined
  const atLine = isFirst(text, begins, from)
  const value = valueAt(text, to + gap, kind, atLine)
  if (value === undefined || value.value === '') return undefined
  const rest = text.slice(value.end, value.end + 200)
  if (value.quoted) {
    if ((kind === 'code' || kind === 'shell') && quoteAround(line, value.at - 1) === text[value.at - 1])
      return undefined
    if (kind === 'code' && /^[ \t]*(?:[.+%][ \t]*[\w$"'(@]|\?|\.\w+\()/.test(rest)) return undefined
    return { ...value, evidence: option ? 'argument' : 'name' }
  }
  if (option)
    return /^[-*]/.test(value.value)
      ? undefined
      : { ...value, evidence: 'argument', ...(kind === 'prose' ? { unsure: true as const } : {}) }
  if (kind === 'markup') return undefined
  if (kind === 'sql') return undefined
  // `name: value` is a sentence unless it is all of the line; `name = value` is an assignment wherever it is.
  if (separator === ':' && !(atLine && ALONE.test(rest)) && kind !== 'yaml') return undefined
  if (separator === ':' && !atLine && !/[{,][ \t]*["']?$/.test(text.slice(Math.max(0, from - 6), from)))
    return undefined
  if (kind === 'shell' && (gap !== 1 || separator === ':')) return undefined
  if (
    kind === 'prose' &&
    !(separator === '=' && gap === 1 && /^[A-Z][A-Z0-9_]+$/.test(text.slice(from, to))) &&
    !(atLine && ALONE.test(rest) && NOT_OF_PROSE.test(value.value))
  )
    return undefined
  if (line.commented && !ALONE.test(rest) && !/^[ \t]*[,;&]?[ \t]*[\w.-]{1,40}[ \t]*=/.test(rest)) return undefined
  if (!line.commented && !ALONE.test(rest) && kind === 'settings' && /^[ \t]+[A-Za-z][a-z]+[ \t]+[A-Za-z]/.test(rest))
    return undefined
  return { ...value, evidence: 'name', ...(named.sure ? {} : { unsure: true as const }) }
}

/** The quote of the string that is open at some place of a line of code; none outside of strings. */
const quoteAround = ({ text, begins, strings }: Line, at: number): string => {
  // Places are mostly asked for in order: what was read once is not read again.
  let { at: index, open } = strings.at > at || strings.at < begins ? { at: begins, open: '' } : strings
  for (; index < at; index++) {
    const sign = text[index]!
    if (sign === '\\') index++
    else if (open === '' ? sign === '"' || sign === "'" || sign === '`' : sign === open) open = open === '' ? sign : ''
  }
  strings.at = index
  strings.open = open
  return open
}

/** What nobody writes as an example: people note passwords in texts. */
const NOT_OF_PROSE = /^(?=\S{0,63}\d)(?=\S{0,63}[a-z])(?=\S{0,63}[A-Z])[^\s./<>()[\]{}$%"'`,;]{10,64}$/

/** Whether nothing stands before a name in its line but what may stand before any: `export`, `-`, quotes. */
const isFirst = (text: string, begins: number, from: number): boolean =>
  from <= begins + 40 && LEADS.test(text.slice(begins, from))

const LEADS =
  /^[ \t]*(?:(?:export|set|setenv|local|declare|typeset|readonly|env|ENV|ARG|SetEnv|const|let|var|my|our|final|private|public|protected|static|String|string|char|def|val|default|-x|-g|-r|-)[ \t]+){0,4}["'`$@{&]?$/

const ALONE = /^["']?[ \t]*[;,]?[ \t]*\\?(?:[#;!].*|\/\/.*|\/\*.*|<!--.*|-->.*|\*\/.*)?\r?$/

/** `--password VALUE`. */
const optionValue = (line: Line, to: number): Behind | undefined => {
  const { text } = line
  BLANK.lastIndex = to
  const blank = BLANK.exec(text)
  const listed = blank === null ? LISTED.exec(text.slice(to, to + 24)) : null
  if (blank === null && listed === null) return undefined
  const value = valueAt(text, to + (blank ?? listed!)[0].length, 'shell', false)
  if (value === undefined || value.value === '' || /^[-|>&\\[<]/.test(value.value)) return undefined
  const wordy = !value.quoted && /^[A-Za-z]+[.,]?$/.test(value.value)
  if ((line.commented || line.kind === 'prose' || line.kind === 'code') && wordy) return undefined
  return /^[A-Z][A-Z_]+$/.test(value.value) ||
    (wordy && /^[ \t]+[a-z]+[ \t]+[a-z]+/.test(text.slice(value.end, value.end + 40)))
    ? undefined
    : { ...value, evidence: 'argument' }
}

/** Arguments as a list of strings: `"--password", "value"`. */
const LISTED = /^["'],[ \t]{0,8}(?=["'])/

const DIRECTIVE_KINDS: ReadonlySet<Kind> = new Set(['settings', 'sql'])
const CODED =
  /(?:([0-9]{1,2})|encrypted|hash|md5|sha512|clear-?text|plain-?text(?:-password)?(?:-value)?|ascii|hex|ascii-text|hex-string)[ \t]{1,8}(?=\S)/y

/** `secret testing123`, `neighbor 10.0.0.1 password 7 0822455D0A16`, `set … plaintext-password 'value'`: words parted by blanks. */
const directive = (line: Line, from: number, to: number, named: SecretName): Behind | undefined => {
  const { text, kind, begins } = line
  BLANK.lastIndex = text[to] === '"' || text[to] === "'" ? to + 1 : to
  const blank = BLANK.exec(text)
  if (blank === null) return undefined
  const lead = text.slice(begins, from)
  const first = isFirst(text, begins, from)
  const setter =
    /(?:^|\s)(?:ENV|ARG|set|setenv|SetEnv|PerlSetEnv|PerlSetVar|env|export|fastcgi_param|uwsgi_param|proxy_set_header|add_header|config set|CONFIG SET)[ \t]+["']?$/.test(
      lead,
    )
  if (!DIRECTIVE_KINDS.has(kind) && !setter) return undefined
  if (!first && !setter && !(LEAD.test(lead) && named.sure)) return undefined
  let at = BLANK.lastIndex
  CODED.lastIndex = at
  const coded = CODED.exec(text)
  if (coded !== null) at = CODED.lastIndex
  if (/^[=:(&|<>?]/.test(text.slice(at, at + 1))) return undefined
  const value = (kind === 'settings' ? endedValue(text, at) : undefined) ?? valueAt(text, at, 'shell', false)
  if (value === undefined || value.value === '') return undefined
  const rest = text.slice(value.end, value.end + 200)
  const alone =
    ALONE.test(rest) || (coded !== null && /^[ \t]/.test(rest)) || (value.quoted && (first || /^[ \t]/.test(rest)))
  if (!alone) return undefined
  const wordy = !value.quoted && /^[A-Za-z]+$/.test(value.value)
  // Words are no tokens: a keyword of the file is called so.
  const second = !first && !setter
  if (wordy && (line.commented || second || !named.sure || named.secret === 'token') && coded === null) return undefined
  if (!value.quoted && /^[/{[(]/.test(value.value)) return undefined
  return { ...value, evidence: 'name', ...codeOf(coded?.[1], value.value) }
}

/** A bare value up to the semicolon that ends its line or stands before a comment: letters of shells and patterns are its own. */
const endedValue = (text: string, from: number): WrittenValue | undefined => {
  ENDED.lastIndex = from
  const value = ENDED.exec(text)?.[1]
  return value === undefined || !/[&^|<>]/.test(value)
    ? undefined
    : { at: from, length: value.length, value, quoted: false, end: from + value.length }
}
const ENDED = /([^\s"'`;{}()]{4,256});[ \t]{0,40}(?:(?:#|\/\/|\/\*)[^\r\n]*)?\r?$/y

/** Words of a setting before a name, as devices and servers have them: neither a sentence nor code. */
const LEAD = /^[ \t]*(?:(?:[\w.:/@*%+-]{1,64}|"[^"\n]{0,64}"|'[^'\n]{0,64}')[ \t]+){1,7}$/

/** What numbers before passwords mean in the configuration of network devices. */
const codeOf = (code: string | undefined, value: string): Partial<Behind> => {
  if (code === '7' && /^(?:[0-9A-F]{2}){3,64}$/i.test(value)) return { valueClass: 'encrypted', scheme: 'cisco-7' }
  if (code === '6') return { valueClass: 'encrypted', scheme: 'cisco-6' }
  return (code === '5' || code === '8' || code === '9') && value.startsWith('$')
    ? { valueClass: 'hash', scheme: hashScheme(value)?.scheme ?? `cisco-${code}` }
    : {}
}

/** `<password>value</password>`. */
const elementValue = ({ text }: Line, from: number, to: number): Behind | undefined => {
  if (!/[<:]/.test(text[from - 1] ?? '')) return undefined
  const end = text.indexOf('<', to + 1)
  if (end < 0 || end === to + 1 || text[end + 1] !== '/' || end - to > 4096) return undefined
  const value = text.slice(to + 1, end)
  const trimmed = value.trim()
  const skip = value.indexOf(trimmed)
  return trimmed === ''
    ? undefined
    : { at: to + 1 + skip, length: trimmed.length, value: decoded(trimmed), quoted: true, end, evidence: 'name' }
}

const decoded = (text: string) =>
  text.includes('&')
    ? text.replaceAll(
        /&(amp|lt|gt|quot|apos);/g,
        (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })[name]!,
      )
    : text

/** `name="db.password" value="…"`, `{"name": "DB_PASSWORD", "value": "…"}`, `<key>password</key><string>…`, also on the next line. */
const PAIRED =
  /["']?(?:\s{0,80}[,;]?\s{0,80}["']?(?:value|content|default|defaultValue|string_value)["']?[ \t]{0,8}[:=][ \t]{0,8}|\s{0,8}\/?>(?=[^<>\s])|<\/(?:[\w-]{1,20}:)?(?:name|key|param-name|property)>\s{0,80}<(?:[\w-]{1,20}:)?(?:value|string|param-value)>)/y
/** Elements of a page, whose names are places to jump to. */
const HEADING =
  /<(?:a|h[1-6]|p|span|div|section|li|dt|dd|td|th|tr|code|strong|em|label|button|option|ul|ol|table)\b[^<>]*$/i
const IS_NAME = /(?:name|key|id|property|param|variable|env)["']?(?:[ \t]{0,8}[:=][ \t]{0,8}["']?|>[ \t]{0,8})$/i

const pairValue = ({ file, text, at, kind }: Line, from: number, to: number): Behind | undefined => {
  if (!IS_NAME.test(text.slice(Math.max(0, from - 24), from))) return undefined
  const end = at + to
  PAIRED.lastIndex = end
  const between = PAIRED.exec(file)
  if (between === null) return undefined
  const begin = end + between[0].length
  const inElement = between[0].endsWith('>')
  if (inElement && HEADING.test(text.slice(Math.max(0, from - 200), from))) return undefined
  const window = file.slice(begin, begin + 2048)
  const value = inElement ? elementText(window) : valueAt(window, 0, kind === 'code' ? 'code' : 'yaml', true)
  if (value === undefined || value.value === '') return undefined
  return { ...value, at: begin + value.at - at, quoted: value.quoted || inElement, evidence: 'name' }
}

const elementText = (window: string): WrittenValue | undefined => {
  const value = /^[^<>\r\n]{1,1024}(?=<)/.exec(window)?.[0]
  return value === undefined
    ? undefined
    : { at: 0, length: value.length, value: decoded(value), quoted: true, end: value.length }
}

/** Names as an argument, with the value behind: `define('DB_PASSWORD', 'value')`, `getenv("TOKEN", "value")`. */
const argumentValue = ({ text, kind }: Line, from: number, to: number): Behind | undefined => {
  if (kind === 'prose' || kind === 'markup' || kind === 'yaml') return undefined
  const between = NEXT_ARGUMENT.exec(text.slice(to, to + 24))
  if (between === null) return undefined
  const called = CALLED.exec(text.slice(Math.max(0, from - 120), from))?.[1]
  if (called === undefined || !SETS.test(called)) return undefined
  const value = valueAt(text, to + between[0].length, 'code', false)
  return value === undefined ||
    /^$|^--?[a-z]/.test(value.value) ||
    !/^[ \t]*[,)]/.test(text.slice(value.end, value.end + 8))
    ? undefined
    : { ...value, evidence: 'name' }
}

const NEXT_ARGUMENT = /^["'][ \t]{0,8},[ \t]{0,8}(?=["'])/
const CALLED =
  /(?:^|[^\w$>:.-])(?:[\w$]{1,40}(?:->|::|\.))*([\w$]{1,40})[ \t]?\([ \t]*(?:["'][^"']{0,60}["'][ \t]*,[ \t]*)?["']$/
const SETS =
  /^(?:define|modparam|set\w*|put\w*|add\w*|append\w*|getenv|get|env|fetch|environ|config\w*|option|param\w*|property|header|with\w*|update|let|const_set|default\w*)$/

const ASKS =
  /^(?:get|read|ask|prompt|input|enter|validate|check|verify|hash|encrypt|decrypt|is|has|show|find|label|field|generate|random|create|new|reset|forgot|update|change|test|compare|match|make|fetch|load|lookup|require|need|_|t|__|gettext|trans|i18n|getenv|parse|build|assert|expect|handle|on|process|print|log)$/i

/** `setPassword("value")`, `.password("value")`, and names as an argument: `define('DB_PASSWORD', 'value')`. */
const calledWith = (line: Line, from: number, to: number): Behind | undefined => {
  const { text, kind } = line
  if (kind === 'sql' || kind === 'prose' || kind === 'interface' || kind === 'markup') return undefined
  const first = /^[$@]?[A-Z]?[a-z]+|^_+/.exec(text.slice(from, to).replace(/^.*\./, ''))?.[0] ?? ''
  if (ASKS.test(first)) return undefined
  const open = text.indexOf('(', to)
  const value = valueAt(
    text,
    open + 1 + (/^[ \t]*/.exec(text.slice(open + 1, open + 20))?.[0].length ?? 0),
    'code',
    false,
  )
  return value === undefined || value.value === '' || !/^[ \t]*\)/.test(text.slice(value.end, value.end + 8))
    ? undefined
    : { ...value, evidence: 'name' }
}

function* readUrl(line: Line, hit: Hit): Generator<Sighting> {
  const { text } = line
  let from = hit.begins
  while (from > 0 && hit.begins - from < 32 && /[a-z0-9+.-]/i.test(text[from - 1]!)) from--
  const login = urlLoginAt(text, from)
  if (login === undefined || login.password.length > 1024) return
  if (
    /^(?:user|username|login|name|uname|usr|u|foo|myuser|USER|USERNAME|someuser)$/.test(login.account ?? '') &&
    STAND_IN.test(login.password)
  )
    return
  if (line.kind === 'prose' && STAND_IN.test(login.password)) return
  if (/[()|\\^]|\[[^\]]*$/.test(login.password) && !/%[0-9A-F]{2}/i.test(text.slice(login.at, login.at + login.length)))
    return
  const service = serviceNamed(login.scheme) ?? login.scheme.toLowerCase()
  yield {
    at: login.at,
    length: login.length,
    value: login.password,
    secret: login.account === undefined && login.password.length >= 20 ? 'token' : 'password',
    ...(login.account === undefined ? {} : { account: login.account }),
    system: login.system,
    service,
    evidence: 'url',
    by: 'name',
    quoted: true,
  }
}

const STAND_IN = /^(?:pass|passwd|password|pwd|pw|secret|p|bar|mypass|mypassword|PASS|PASSWORD|token|somepass)$/

const CONNECTED = /^(?:password|pwd|passwd|accountkey|sharedaccesskey|accesskey)=/i

/** The connection string that holds some place of a line: between quotes, elements, or the whole line. */
function* readConnection(line: Line, inside: number): Generator<Sighting> {
  const { text } = line
  if (inside < (line.connections.at(-1) ?? 0)) return
  let from = inside
  while (from > 0 && inside - from < 1024 && !/["'<>`\n]/.test(text[from - 1]!)) from--
  let to = inside
  while (to < text.length && to - inside < 1024 && !/["'<>`\r\n]/.test(text[to]!)) to++
  line.connections.push(to)
  // In code it is a string, and no arguments of a call.
  if (line.kind === 'code' && quoteAround(line, inside) === '') return
  const segment = text.slice(from, to)
  const lead = /^[ \t]*[\w.:-]{1,60}[ \t]*[=:][ \t]+(?=\S)/.exec(segment)?.[0].length ?? 0
  const login = connectionLogin(segment.slice(lead))
  const piece = line.kind === 'code' && login === undefined ? PIECE.exec(segment) : null
  if (piece !== null) {
    const [whole, begins = '', password = ''] = piece
    const at = from + whole.indexOf(password, begins.length)
    const found = { at, length: password.length, value: password, secret: 'password', name: 'password' } as const
    return yield { ...found, evidence: 'name', by: 'name', quoted: true }
  }
  if (login === undefined || login.length === 0 || (login.account === undefined && login.system === undefined)) return
  const service = serviceNamed(segment)
  yield {
    at: from + lead + login.at,
    length: login.length,
    value: login.password,
    secret: login.key ? 'token' : 'password',
    evidence: 'name',
    by: 'name',
    quoted: true,
    ...(login.account === undefined ? {} : { account: login.account }),
    ...(login.system === undefined ? {} : { system: login.system }),
    ...(service === undefined ? {} : { service }),
  }
}

/** A part of a connection string, on a line of its own. */
const PIECE = /^([ \t]{0,20};?[ \t]{0,8}(?:password|pwd)[ \t]?=[ \t]?)([^;'"\s]{3,128});[ \t]*$/i

const PASS_PHRASE = /^[ \t=]{1,8}["']?pass:/

/** `pass:` as OpenSSL takes passphrases. */
function* readPassPhrase({ text, kind }: Line, at: number): Generator<Sighting> {
  const lead = text.slice(Math.max(0, at - 80), at)
  if (!/(?:-pass(?:in|out)?|-passin|-passout|-k|openssl)\b[^|;]{0,40}pass:$/.test(lead) || kind === 'prose') return
  const value = valueAt(text, at, 'shell', false)
  if (value !== undefined && value.value !== '')
    yield {
      at: value.at,
      length: value.length,
      value: value.value,
      secret: 'password',
      name: 'pass',
      evidence: 'argument',
      by: 'name',
      quoted: true,
      service: 'keystore',
    }
}

/** `Authorization: Basic …`: the scheme is no part of the secret, and basic ones hold a name. */
function* readHeader({ text }: Line, to: number): Generator<Sighting> {
  const match = HEADER.exec(text.slice(to, to + 2048))
  if (match === null) return
  const [whole, scheme = '', value = ''] = match
  const at = to + whole.length - value.length
  const login = /^basic$/i.test(scheme) ? basicLogin(value) : undefined
  if (/^basic$/i.test(scheme) && login === undefined && !/[$%{<]/.test(value)) return
  yield {
    at,
    length: value.length,
    value: login?.password ?? value,
    secret: login === undefined ? 'token' : 'password',
    name: 'Authorization',
    evidence: 'name',
    by: 'name',
    quoted: true,
    ...(login === undefined ? {} : { account: login.account }),
  }
}

const HEADER =
  /^["']?[ \t]{0,8}(?:[:=,]|=>)?[ \t]{0,8}["']?[ \t]{0,8}(basic|bearer|token|apikey|api-key|splunk|genie-?key|key|ssws|digest)[ \t]+([^\s"'`\\,;)]{6,2000})/i

/** `echo 'name:password' | chpasswd`, `echo password | passwd --stdin name`. */
function* readPipe({ text }: Line, program: number): Generator<Sighting> {
  const lead = text.slice(Math.max(0, program - 400), program)
  const match =
    /(?:echo|printf)[ \t]+(?:-\w+[ \t]+)*(?:"([^"$`\n]{1,200})"|'([^'\n]{1,200})'|([^\s"'$|`]{1,200}))[ \t]*\|[ \t]*(?:sudo[ \t]+)?(?:[\w/]{1,30}\/)?$/.exec(
      lead,
    )
  if (match === null) return
  const said = match[1] ?? match[2] ?? match[3] ?? ''
  const begin = Math.max(0, program - 400) + match.index + match[0].indexOf(said, 4)
  const plain = {
    at: begin,
    length: said.length,
    value: said,
    secret: 'password',
    evidence: 'argument',
    by: 'name',
    quoted: true,
  } as const
  if (text.startsWith('sudo', program)) return yield { ...plain, name: 'sudo' }
  const login = /^([\w.@-]{1,64}):(.+?)(?:\\n)?$/.exec(said)
  if (login !== null) {
    const [, account = '', value = ''] = login
    yield {
      at: begin + account.length + 1,
      length: value.length,
      value,
      secret: 'password',
      name: 'chpasswd',
      account,
      evidence: 'argument',
      by: 'name',
      quoted: true,
    }
  } else if (/--stdin/.test(text.slice(program, program + 100))) {
    const account = /(?:^|\s)([A-Za-z_][\w.-]{0,31})\s*(?:$|[;&|>])/.exec(
      text.slice(program + 6, program + 120).replace(/--stdin/, ''),
    )?.[1]
    yield {
      ...plain,
      name: 'passwd',
      ...(account === undefined ? {} : { account }),
    }
  }
}

function* readCommand(line: Line, hit: Hit): Generator<Sighting> {
  if (line.text.startsWith('sudo -S', hit.begins)) return yield* readPipe(line, hit.begins)
  for (const { from, length, value, secret, name, account, system, service } of argumentsBehind(
    line.text,
    hit.begins + 1,
  )) {
    const open = value.length > 2 ? (/\\?["']$/.exec(value)?.[0].length ?? 0) : 0
    yield {
      at: from,
      length: length - open,
      value: open === 0 ? value : value.slice(0, -open),
      secret,
      name: name.trim(),
      evidence: 'argument',
      by: 'name',
      quoted: true,
      ...(account === undefined ? {} : { account }),
      ...(system === undefined ? {} : { system }),
      ...(service === undefined ? {} : { service }),
    }
  }
}

/** A hash by its own form; the name before it is whose it is. */
function* readHash(line: Line, hit: Hit): Generator<Sighting> {
  const { text } = line
  let from = hit.begins
  const prefix = /(?:grub\.)?$/.exec(text.slice(Math.max(0, from - 5), from))?.[0] ?? ''
  from -= prefix.length
  HASH_TEXT.lastIndex = from
  const value = HASH_TEXT.exec(text)?.[0].replace(/[,;.)\]}]+$/, '') ?? ''
  if (hashScheme(value) === undefined || /[\w$]/.test(text[from - 1] ?? '')) return
  const before = text.slice(Math.max(0, from - 120), from)
  const account = /(?:^|[\s"'])([A-Za-z_][\w.@-]{0,63})["']?[ \t]{0,4}[:=][ \t]{0,4}["']?$/.exec(before)?.[1]
  const named = account === undefined ? undefined : secretNamed(account)
  yield {
    at: from,
    length: value.length,
    value,
    secret: 'password',
    evidence: 'shape',
    by: 'name',
    quoted: true,
    ...(named === undefined &&
    account !== undefined &&
    !/^(?:hash|value|default|text|string|data|line|regexp?|replace|content)$/i.test(account)
      ? { account }
      : {}),
    ...(named === undefined || account === undefined ? {} : { name: account }),
  }
}

const HASH_TEXT = /[^\s"'`<>:,;\\]{1,200}(?::[^\s"'`<>,;]{20,200})?/y
