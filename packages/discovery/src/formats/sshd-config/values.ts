import { formatAddress, parseAddress } from './address.ts'
import { isAddressList, matchesPattern } from './match.ts'

/** What a line gives a keyword, as `sshd -T` prints it; undefined when sshd refuses the line. `rest` is the text behind the keyword. */
export type ValueReader = (
  words: readonly string[],
  rest: string,
  keyword: KeywordSurroundings,
) => readonly string[] | undefined

/** What some values depend on. */
export interface KeywordSurroundings {
  /** The home folder of an account, `undefined` for root's: what `~` stands for. */
  readonly homeOf: (account: string | undefined) => string | undefined
}

/** One argument, and not an empty one. */
export const one =
  (read: (word: string, surroundings: KeywordSurroundings) => string | undefined): ValueReader =>
  (words, _rest, surroundings) => {
    const [word] = words
    if (word === undefined || word === '' || words.length !== 1) return undefined
    const value = read(word, surroundings)
    return value === undefined ? undefined : [value]
  }

/** One of some words in any case, printed as given. */
export const choice = (printed: Readonly<Record<string, string>>): ValueReader =>
  one((word) => (Object.hasOwn(printed, word.toLowerCase()) ? printed[word.toLowerCase()] : undefined))

export const yesNo = choice({ yes: 'yes', no: 'no' })

/** One of some words, exactly as written. */
export const exactly = (...words: readonly string[]): ValueReader =>
  one((word) => (words.includes(word) ? word : undefined))

/** At least one argument, none of them empty, each of which passes. */
export const several =
  (accepts: (word: string) => boolean = () => true): ValueReader =>
  (words) =>
    words.every((word) => word !== '' && accepts(word)) ? words : undefined

/** A list in which `none` stands alone. */
export const severalOrNone =
  (accepts: (word: string) => boolean = () => true): ValueReader =>
  (words) =>
    words.every((word) => word !== '' && (word.toLowerCase() === 'none' ? words.length === 1 : accepts(word)))
      ? words
      : undefined

/** A span of time (sshd_config(5), TIME FORMATS) in seconds. */
export const seconds = (text: string): number | undefined => {
  if (text === '' || text.length > 256) return undefined
  let total = 0
  const part = /[ \t\r\n\v\f]*\+?(\d{1,12})([smhdw]?)/iy
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (match === null) return undefined
    total += Number(match[1]) * SECONDS[match[2]!.toLowerCase()]!
    if (total > LARGEST_INT) return undefined
  }
  return total
}

export const time = one((word) => seconds(word)?.toString())

export const integer = one((word) => integerText(word))

/** A file: `none`, or made absolute the way sshd does, whose own folder is `/`. */
export const file = one((word, surroundings) => absolute(word, surroundings))

/** A file that stays relative (to the home folder, where it is used) but for a leading `~`. */
export const homeRelativeFiles: ValueReader = (words, _rest, surroundings) =>
  words.every((word) => word !== '') ? words.map((word) => tildeExpanded(word, surroundings)) : undefined

/** The rest of the line as it stands, quotes and comments included. */
export const restOfLine: ValueReader = (_words, rest) => (rest === '' ? undefined : [rest.replace(/^[ \t\r\n]+/, '')])

export const command: ValueReader = (_words, rest) => {
  const text = rest.replace(/^[ \t\r\n]+/, '')
  return text.startsWith('/') || text.toLowerCase() === 'none' ? [text] : undefined
}

/** `none` in any case and as the only word is no value. */
export const orNone =
  (reader: ValueReader): ValueReader =>
  (words, rest, surroundings) => {
    const values = reader(words, rest, surroundings)
    return values?.length === 1 && values[0]!.toLowerCase() === 'none' ? ['none'] : values
  }

/** A port by number or by a service name that every services(5) has. */
export const port = (word: string): number | undefined => {
  const value = /^[ \t]*\+?\d{1,5}$/.test(word) ? Number(word) : SERVICES[word]
  return value === undefined || value > 65_535 ? undefined : value
}

/** `user`, `user@host` patterns. */
export const isUserPattern = (word: string): boolean =>
  !word.includes('@') || isAddressList(word.slice(word.indexOf('@') + 1))

/** What PermitOpen and PermitListen take; a bare port listens everywhere. */
export const forwards =
  (barePort: boolean): ValueReader =>
  (words) => {
    const [first] = words
    if (first === undefined || first === '') return undefined
    if (first === 'any' || first === 'none') return words.length === 1 ? [first] : undefined
    const end = words.indexOf('')
    if (end >= 0 && end < words.length - 1) return undefined
    const values = words
      .filter((word) => word !== '')
      .map((word) => (barePort && !word.includes(':') ? `*:${word}` : word))
    return values.every((value) => isPortOrAny(splitHostPort(value)?.port)) ? values : undefined
  }

/** Bytes and seconds after which keys are renewed. */
export const rekeyLimit: ValueReader = ([bytes, interval, ...more]) => {
  const count = bytes === undefined ? undefined : scaled(bytes)
  if (count === undefined || more.length > 0 || (count !== 0n && count < 16n)) return undefined
  const every = interval === undefined || interval === 'none' ? '' : seconds(interval)?.toString()
  return every === undefined ? undefined : [String(count), every]
}

export const ipQos: ValueReader = ([interactive = '', bulk = interactive, ...more]) => {
  const [first, second] = [qos(interactive), qos(bulk)]
  return first === undefined || second === undefined || more.length > 0 ? undefined : [`${first} ${second}`]
}

/** `begin:rate:full`, or one number; then `begin` and `full` are the same and the rate is empty. */
export const maxStartups = one((word) => {
  const match = /^\s*\+?(\d{1,9})(?::(\d{1,9}):(\d{1,9}))?$/.exec(word)
  if (match === null) return undefined
  const [begin, rate, full] = [
    Number(match[1]),
    match[2] === undefined ? undefined : Number(match[2]),
    Number(match[3] ?? match[1]),
  ]
  return rate !== undefined && (begin > full || rate > 100 || rate < 1) ? undefined : `${begin}:${rate ?? ''}:${full}`
})

export const netBlockSize = one((word) => {
  const match = /^\s*\+?(\d{1,3})(?::(\d{1,3}))?$/.exec(word)
  if (match === null || Number(match[1]) > 32 || Number(match[2] ?? 0) > 128) return undefined
  return `${Number(match[1])}:${Number(match[2] ?? 128)}`
})

/** An octal mask; what follows the digits is ignored. */
export const octalMask = one((word) => {
  const digits = /^\s*\+?([0-7]{1,20})/.exec(word)?.[1]
  const value = digits === undefined ? Number.NaN : Number.parseInt(digits, 8)
  return value <= 0o777 ? `0${value.toString(8)}` : undefined
})

export const pubkeyOptions: ValueReader = (words) => {
  const asked = words.map((word) => word.toLowerCase()).filter((word) => word !== 'none')
  const known = ['touch-required', 'verify-required']
  if (!asked.every((word) => known.includes(word))) return undefined
  return asked.length === 0 ? ['none'] : known.filter((word) => asked.includes(word))
}

/** Names and values; a name set twice keeps its first value. */
export const environment: ValueReader = (words) => {
  const byName = new Map<string, string>()
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals < 0) return undefined
    if (!byName.has(word.slice(0, equals))) byName.set(word.slice(0, equals), word)
  }
  return [...byName.values()]
}

/** The name, the program and its arguments with single blanks between them. */
export const subsystem: ValueReader = (words) =>
  words.length < 2 || words[0] === '' || words[1] === '' ? undefined : [words.join(' ')]

/** `address`, `address:port` or `[address]:port`, with `rdomain name` behind; printed `address port rdomain`, parts that are not said empty. */
export const listenAddress: ValueReader = ([address = '', keyword, rdomain, ...more]) => {
  if (more.length > 0 || (keyword !== undefined && (keyword !== 'rdomain' || rdomain === undefined))) return undefined
  const bare = !address.includes('[') && address.split(':').length > 2
  const split = bare ? { host: address, port: undefined } : splitHostPort(address)
  if (split === undefined || split.host === '' || (split.port !== undefined && !((port(split.port) ?? 0) > 0)))
    return undefined
  const numeric = parseAddress(split.host)
  const host = numeric === undefined ? split.host : formatAddress(numeric)
  return [
    `${host.includes(':') ? `[${host}]` : host} ${split.port === undefined ? '' : port(split.port)} ${rdomain ?? ''}`,
  ]
}

/**
 * Applies a list of algorithms to the default one: `+` appends, `-` removes by pattern, `^` puts first, nothing replaces. A
 * pattern stands for those of `all` that it matches. Undefined when nothing is left, which sshd refuses.
 */
export const assembledAlgorithms = (list: string, standard: string, all: readonly string[]): string | undefined => {
  const defaults = standard.split(',')
  const names = list.replace(/^[-+^]/, '').split(',')
  if (names.length > 1000) return undefined
  if (list.startsWith('-'))
    return defaults.filter((name) => !names.some((pattern) => matchesPattern(name, pattern))).join(',')
  if (names.some((name) => name.startsWith('!'))) return undefined
  const wanted = list.startsWith('+') ? [...defaults, ...names] : list.startsWith('^') ? [...names, ...defaults] : names
  const known = new Set([...all, ...defaults])
  const chosen = wanted.flatMap((pattern) =>
    /[*?]/.test(pattern) ? [...known].filter((name) => matchesPattern(name, pattern)) : pattern === '' ? [] : [pattern],
  )
  return chosen.length === 0 ? undefined : [...new Set(chosen)].join(',')
}

const LARGEST_INT = 2_147_483_647

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

const SERVICES: Readonly<Record<string, number | undefined>> = Object.assign(
  Object.create(null) as Record<string, number>,
  {
    ssh: 22,
    telnet: 23,
    smtp: 25,
    domain: 53,
    http: 80,
    https: 443,
  },
)

const QOS: readonly (readonly [name: string, value: number])[] = [
  ...[1, 2, 3, 4].flatMap((level) => [1, 2, 3].map((drop) => [`af${level}${drop}`, level * 32 + drop * 8] as const)),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((level) => [`cs${level}`, level * 32] as const),
  ['ef', 0xb8],
  ['le', 0x01],
  ['lowdelay', 0x10],
  ['throughput', 0x08],
  ['reliability', 0x04],
]

const qos = (word: string) => {
  if (word.toLowerCase() === 'none') return 'none'
  const value =
    QOS.find(([name]) => name === word.toLowerCase())?.[1] ??
    (/^(?:0x[\da-f]{1,2}|0[0-7]{0,3}|[1-9]\d{0,2})$/i.test(word) ? cInteger(word) : 256)
  return value > 255
    ? undefined
    : (QOS.find(([, known]) => known === value)?.[0] ?? `0x${value.toString(16).padStart(2, '0')}`)
}

const cInteger = (text: string) => (/^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text))

const integerText = (word: string) =>
  /^[ \t]*\+?\d{1,10}$/.test(word) && Number(word) <= LARGEST_INT ? String(Number(word)) : undefined

const scaled = (word: string): bigint | undefined => {
  if (word === 'default') return 0n
  const match = /^\+?(\d{1,15})(?:\.(\d{1,15}))?([BKMGTPE]?)$/i.exec(word)
  if (match === null) return undefined
  const scale = 1024n ** BigInt('BKMGTPE'.indexOf((match[3] || 'B').toUpperCase()))
  const fraction = match[2] ?? ''
  const value = BigInt(match[1]!) * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
  return value < 2n ** 63n ? value : undefined
}

const splitHostPort = (text: string): { host: string; port: string | undefined } | undefined => {
  const match = /^(?:\[([^\]]*)\]|([^:/]*))(?:[:/](.*))?$/s.exec(text)
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] }
}

const isPortOrAny = (text: string | undefined) => text !== undefined && (text === '*' || (port(text) ?? 0) > 0)

const absolute = (word: string, surroundings: KeywordSurroundings) => {
  if (word.toLowerCase() === 'none') return 'none'
  const expanded = tildeExpanded(word, surroundings)
  return expanded.startsWith('/') ? expanded : `//${expanded}`
}

const tildeExpanded = (word: string, { homeOf }: KeywordSurroundings) => {
  const match = /^~([^/]*)(.*)$/s.exec(word)
  if (match === null) return word
  const home = homeOf(match[1] === '' ? undefined : match[1])
  return home === undefined ? word : `${home}${home.endsWith('/') ? match[2]!.replace(/^\/+/, '') : match[2] || '/'}`
}
