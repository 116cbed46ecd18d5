import { hasWrongSpecifier } from './unit-name.ts'

/**
 * The words of a value as systemd splits them (systemd.syntax(7), QUOTING): quotes and C escapes are resolved. `broken`: it refuses
 * what follows them, for a quote that does not end or an escape it does not know.
 */
export const unitWords = (
  value: string,
  escapes: Escapes = 'of C',
): { readonly words: readonly string[]; readonly broken: boolean } => {
  const words: string[] = []
  for (let at = afterSpace(value, 0); at < value.length;) {
    const word = wordAt(value, at, escapes)
    if (word === undefined) return { words, broken: true }
    words.push(word.text)
    at = word.next
  }
  return { words, broken: false }
}

/** One command of an `Exec…=` line, its specifiers resolved where they can be. The words may hold secrets: only the program is ever told. */
export interface ExecCommand {
  readonly program: string
  /** `+` or `!`: it runs as the manager does, whatever `User=` says. */
  readonly elevated: boolean
  readonly words: readonly string[]
}

/**
 * The commands of an `Exec…=` line (systemd.service(5), COMMAND LINES). `broken`: systemd refuses what follows them in the value,
 * and the rest of the file as well unless failures of the command at fault do not matter.
 */
export const execCommands = (
  value: string,
  resolved: (text: string) => string | undefined,
): { readonly commands: readonly ExecCommand[]; readonly broken: 'no' | 'value' | 'file' } => {
  const commands: ExecCommand[] = []
  for (let at = afterSpace(value, 0); at < value.length;) {
    const first = wordAt(value, at, 'of C, or as written')
    if (first === undefined) return { commands, broken: 'value' }
    at = first.next
    // Where a command would begin it separates even in quotes.
    if (first.text === ';') continue
    const { program: written, elevated, renamed, mayFail } = prefixesOf(first.text)
    const broken = mayFail ? 'value' : 'file'
    const known = resolved(written)
    if (hasWrongSpecifier(written) || (known !== undefined && !isProgram(known))) return { commands, broken }
    const rest = argumentsAt(value, at)
    if (rest === undefined || (renamed && rest.words.length === 0)) return { commands, broken }
    at = rest.next
    const program = simplified(known ?? written)
    const words = (renamed ? rest.words.slice(1) : rest.words).map((word) => resolved(word) ?? word)
    commands.push({ program, elevated, words: [program, ...words] })
  }
  return { commands, broken: 'no' }
}

/** What stands before a program: each once, and of `+`, `!` and `!!` only one. */
const prefixesOf = (word: string) => {
  let at = 0
  let rights = ''
  const seen = new Set<string>()
  for (; ; at++) {
    const unit = word[at] ?? ''
    if ('-@:|'.includes(unit) && unit !== '' && !seen.has(unit)) seen.add(unit)
    else if ((unit === '+' && rights === '') || (unit === '!' && (rights === '' || rights === '!'))) rights += unit
    else break
  }
  return {
    program: word.slice(at),
    // `!!` only matters to kernels without ambient capabilities; elsewhere the account of the unit holds.
    elevated: rights === '+' || rights === '!',
    renamed: seen.has('@'),
    mayFail: seen.has('-'),
  }
}

/** The words up to the next command, or undefined where one is broken. */
const argumentsAt = (value: string, start: number): { words: readonly string[]; next: number } | undefined => {
  const words: string[] = []
  let at = start
  while (at < value.length) {
    if (value[at] === ';' && isEnd(value, at + 1)) return { words, next: afterSpace(value, at + 1) }
    if (value.startsWith('\\;', at) && isEnd(value, at + 2)) {
      words.push(';')
      at = afterSpace(value, at + 2)
      continue
    }
    const word = wordAt(value, at, 'of C, or as written')
    if (word === undefined || hasWrongSpecifier(word.text)) return undefined
    words.push(word.text)
    at = word.next
  }
  return { words, next: at }
}

/** A program is named by an absolute path or by its name alone. */
const isProgram = (path: string) =>
  path !== '' &&
  // oxlint-disable-next-line no-control-regex -- names hold none
  !/[\0-\u001F\u007F"'\\]|\/$/.test(path) &&
  path.length < 4096 &&
  !/[^/]{256}/.test(path) &&
  (path.startsWith('/') ? true : !path.includes('/') && path !== '.' && path !== '..')

/** A path without doubled slashes and `.`, as systemd keeps it. */
export const simplified = (path: string): string => {
  if (!/\/\/|\/$|(?:^|\/)\.(?:\/|$)/.test(path)) return path
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return path.startsWith('/') ? `/${parts.join('/')}` : parts.join('/') || '.'
}

/** What a backslash does: see systemd.syntax(7). In commands systemd lets an escape stand that it does not know. */
type Escapes = 'of C' | 'of C, or as written' | 'of the next character'

const SPACES = ' \t\n\r'

const afterSpace = (value: string, start: number) => {
  let at = start
  while (at < value.length && SPACES.includes(value[at]!)) at++
  return at
}

const isEnd = (value: string, at: number) => at >= value.length || SPACES.includes(value[at]!)

/** The word that begins at a place, and where the next one does. */
const wordAt = (value: string, start: number, escapes: Escapes): { text: string; next: number } | undefined => {
  PLAIN.lastIndex = start
  let text = PLAIN.exec(value)?.[0] ?? ''
  let at = start + text.length
  while (!isEnd(value, at)) {
    const unit = value[at]!
    if (unit === '\\') {
      const escape = escapeAt(value, at, escapes)
      if (escape === undefined) return undefined
      text += escape.text
      at = escape.end
    } else if (unit === '"' || unit === "'") {
      const quoted = quotedFrom(value, at + 1, unit, escapes)
      if (quoted === undefined) return undefined
      text += quoted.text
      at = quoted.end
    } else {
      text += unit
      at++
    }
  }
  return { text, next: afterSpace(value, at) }
}

const PLAIN = /[^ \t\n\r"'\\]*/y

const quotedFrom = (value: string, start: number, quote: string, escapes: Escapes) => {
  let text = ''
  for (let at = start; at < value.length;) {
    const unit = value[at]!
    if (unit === quote) return { text, end: at + 1 }
    if (unit === '\\') {
      const escape = at + 1 < value.length ? escapeAt(value, at, escapes) : undefined
      if (escape === undefined) return undefined
      text += escape.text
      at = escape.end
    } else {
      text += unit
      at++
    }
  }
  return undefined
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
}
const NUMBERED = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3}))/y

const escapeAt = (value: string, at: number, escapes: Escapes): { text: string; end: number } | undefined => {
  const next = value[at + 1]
  if (next === undefined) return escapes === 'of C, or as written' ? { text: '\\', end: at + 1 } : undefined
  if (escapes === 'of the next character') return { text: next, end: at + 2 }
  const simple = SIMPLE[next]
  if (simple !== undefined) return { text: simple, end: at + 2 }
  NUMBERED.lastIndex = at
  const found = NUMBERED.exec(value)
  const octal = found?.[4]
  const digits = octal ?? found?.[1] ?? found?.[2] ?? found?.[3] ?? ''
  const code = Number.parseInt(digits, octal === undefined ? 16 : 8)
  if (found !== null && code > 0 && code <= (octal === undefined ? 0x10_ffff : 0xff))
    return { text: String.fromCodePoint(code), end: at + found[0].length }
  return escapes === 'of C' ? undefined : { text: `\\${next}`, end: at + 2 }
}

/** What `yes`, `on`, `1` … mean; undefined for what is none of them. */
export const unitBoolean = (value: string): boolean | undefined =>
  /^(?:1|yes|y|true|t|on)$/i.test(value) ? true : /^(?:0|no|n|false|f|off)$/i.test(value) ? false : undefined
