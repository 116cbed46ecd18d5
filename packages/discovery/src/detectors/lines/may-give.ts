/**
 * Whether the name of a secret in code may have a value there that a line tells: a quick look at the bytes around it, so that most lines
 * that hold one need not be read. Says yes rather than no; everything that `read-line.ts` reads in code must be let pass here.
 */
export const mayGiveInCode = (bytes: Uint8Array, from: number, to: number): boolean => {
  const next = bytes[to]
  // An option, an element, a name of two parts of a connection.
  if (bytes[from] === DASH || next === GREATER || next === EQUALS) return true
  if (next === COLON && to - from <= 8) return true
  if (endsAs(bytes, to, 'passwd') && includes(bytes, Math.max(0, from - 200), from, PIPE)) return true
  if (isPaired(bytes, from) || isSet(bytes, from, to) || isAlone(bytes, from, to)) return true
  let at = to
  if (bytes[at] === BACKSLASH) at++
  const quoted = QUOTES[bytes[at]!] === 1
  if (quoted) at++
  if (quoted && isArgument(bytes, at)) return true
  for (let left = 2; left > 0 && CLOSES[bytes[at]!] === 1; left--) at++
  at = blanksEnd(bytes, at, 48)
  const sign = bytes[at]!
  if (sign === OPEN || opensBehind(bytes, to)) return isString(bytes, blanksEnd(bytes, at + 1, 24)) || sign !== OPEN
  if (SIGNS[sign] !== 1) return false
  while (SIGNS[bytes[at]!] === 1) at++
  at = blanksEnd(bytes, at, 48)
  // Behind a type or the name of a function a string may stand.
  return isString(bytes, at) || includesQuote(bytes, at, at + 160)
}

const code = (sign: string) => sign.charCodeAt(0)
const signs = (all: string) =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(all.includes(String.fromCharCode(byte))))

const DASH = code('-')
const GREATER = code('>')
const EQUALS = code('=')
const COLON = code(':')
const PIPE = code('|')
const BACKSLASH = code('\\')
const OPEN = code('(')
const COMMA = code(',')
const LINE_FEED = 10
const QUOTES = signs('"\'`')
const CLOSES = signs('])}')
const SIGNS = signs('=:?|&+')
const BLANKS = signs(' \t')
const SPACES = signs(' \t\r\n\f\v')
const LETTERS = signs('rRbBuUfFLNEe@$')
/** How the words end behind which a name is that of a pair: `name`, `key`, `id`, `property`, `param`, `variable`, `env`. */
const PAIRS = signs('eydmvEYDMV')
/** How the words end that set what is called so without a sign: `set`, `env`, `export`, `ARG`, `fastcgi_param`, `add_header`. */
const SETS = signs('tvrmVGT')
const BETWEEN_PAIRS = signs('"\' \t:=>')

const blanksEnd = (bytes: Uint8Array, from: number, most: number): number => {
  let at = from
  while (at - from < most && BLANKS[bytes[at]!] === 1) at++
  return at
}

const includes = (bytes: Uint8Array, from: number, to: number, sign: number): boolean => {
  for (let at = from; at < to; at++) if (bytes[at] === sign) return true
  return false
}

const includesQuote = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to && at < bytes.length && bytes[at] !== LINE_FEED; at++)
    if (QUOTES[bytes[at]!] === 1) return true
  return false
}

const endsAs = (bytes: Uint8Array, to: number, word: string): boolean => {
  for (let index = 1; index <= word.length; index++)
    if (bytes[to - index] !== word.charCodeAt(word.length - index)) return false
  return true
}

/** `name: 'NAME'`, `<key>NAME</key>`. */
const isPaired = (bytes: Uint8Array, from: number): boolean => {
  let at = from - 1
  for (const least = from - 40; at >= least && BETWEEN_PAIRS[bytes[at]!] === 1; at--);
  return at < from - 1 && PAIRS[bytes[at]!] === 1 && !isBlankOnly(bytes, at + 1, from)
}

/** `set NAME value`. */
const isSet = (bytes: Uint8Array, from: number, to: number): boolean => {
  if (SPACES[bytes[to]!] !== 1 && QUOTES[bytes[to]!] !== 1) return false
  let at = from - 1
  if (QUOTES[bytes[at]!] === 1) at--
  if (BLANKS[bytes[at]!] !== 1) return false
  while (BLANKS[bytes[at]!] === 1) at--
  return SETS[bytes[at]!] === 1
}

/** In a statement: `PASSWORD 'value'`, `PASSWORD FOR name = 'value'`. */
const isAlone = (bytes: Uint8Array, from: number, to: number): boolean =>
  (BLANKS[bytes[to]!] === 1 || (QUOTES[bytes[to]!] === 1 && QUOTES[bytes[from - 1]!] !== 1)) &&
  (bytes[from]! | 32) === 0x70 &&
  to - from <= 10 &&
  includesQuote(bytes, to, Math.min(bytes.length, to + 160))

const isBlankOnly = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at++)
    if (bytes[at] === EQUALS || bytes[at] === COLON || bytes[at] === GREATER) return false
  return true
}

/** `'NAME', 'value'`. */
const isArgument = (bytes: Uint8Array, behind: number): boolean => {
  const comma = blanksEnd(bytes, behind, 16)
  return bytes[comma] === COMMA && QUOTES[bytes[blanksEnd(bytes, comma + 1, 16)]!] === 1
}

/** `NAME\n(`: an argument may stand in brackets on the next line. */
const opensBehind = (bytes: Uint8Array, to: number): boolean => {
  let at = to
  while (at - to < 3 && SPACES[bytes[at]!] === 1) at++
  return at > to && bytes[at] === OPEN
}

/** A string, with the letters that may stand before it. */
const isString = (bytes: Uint8Array, from: number): boolean => {
  let at = from
  while (at - from < 2 && LETTERS[bytes[at]!] === 1) at++
  return QUOTES[bytes[at]!] === 1 || bytes[at] === BACKSLASH
}
