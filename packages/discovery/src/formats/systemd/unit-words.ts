/** A word of a value, and whether any of it was quoted or escaped. */
interface Word {
  readonly text: string
  readonly plain: boolean
}

/**
 * The words of a value as systemd splits them (systemd.syntax(7), QUOTING): quotes and C escapes are resolved. `broken`: it refuses
 * what follows them, for a quote that does not end or an escape it does not know.
 */
export const unitWords = (value: string): { readonly words: readonly string[]; readonly broken: boolean } => {
  const { words, broken } = split(value)
  return { words: words.map(({ text }) => text), broken }
}

/** One command of an `Exec…=` line. The words may hold secrets: only the program is ever told. */
export interface ExecCommand {
  /** As written, specifiers too. */
  readonly program: string
  /** `+` or `!`: it runs as the manager does, whatever `User=` says. */
  readonly elevated: boolean
  readonly words: readonly string[]
}

/**
 * The commands of an `Exec…=` line (systemd.service(5), COMMAND LINES). `broken`: systemd refuses what follows them,
 * and in the middle of a command the rest of the file as well.
 */
export const execCommands = (
  value: string,
): { readonly commands: readonly ExecCommand[]; readonly broken: 'no' | 'value' | 'file' } => {
  const { words, broken } = split(value, 'of a command')
  const commands: ExecCommand[] = []
  let own: string[] = []
  const finish = () => {
    const command = commandOf(own)
    if (command !== undefined) commands.push(command)
    own = []
  }
  for (const { text, plain } of words)
    // Where a command would begin it separates even in quotes.
    if (text === ';' && (plain || own.length === 0)) finish()
    else own.push(text)
  if (!broken) finish()
  return { commands, broken: !broken ? 'no' : own.length === 0 ? 'value' : 'file' }
}

const commandOf = (words: readonly string[]): ExecCommand | undefined => {
  const first = words[0] ?? ''
  let at = 0
  let elevated = false
  let renamed = false
  for (; PREFIXES.includes(first[at] ?? ' '); at++) {
    // `!!` only matters to kernels without ambient capabilities; elsewhere the account of the unit holds.
    if (first.startsWith('!!', at)) at++
    else if (first[at] === '+' || first[at] === '!') elevated = true
    else if (first[at] === '@') renamed = true
  }
  const program = first.slice(at)
  return program === '' || /[\0-\u001F\u007F]/.test(program) || (renamed && words.length < 2)
    ? undefined
    : { program, elevated, words: [program, ...words.slice(renamed ? 2 : 1)] }
}

const PREFIXES = '@-:+!|'

const SPACES = ' \t\n\r'

const split = (value: string, use?: 'of a command'): { words: readonly Word[]; broken: boolean } => {
  const words: Word[] = []
  for (let at = 0; at < value.length;) {
    if (SPACES.includes(value[at]!)) {
      at++
      continue
    }
    const rest = /[^ \t\n\r"'\\]*/y
    rest.lastIndex = at
    let text = rest.exec(value)?.[0] ?? ''
    at += text.length
    let plain = true
    while (at < value.length && !SPACES.includes(value[at]!)) {
      plain = false
      const unit = value[at]!
      if (unit === '\\') {
        const escape = escapeAt(value, at, use)
        if (escape === undefined) return { words, broken: true }
        text += escape.text
        at = escape.end
      } else if (unit === '"' || unit === "'") {
        const quoted = quotedFrom(value, at + 1, unit, use)
        if (quoted === undefined) return { words, broken: true }
        text += quoted.text
        at = quoted.end
      } else {
        text += unit
        at++
      }
    }
    words.push({ text, plain })
  }
  return { words, broken: false }
}

const quotedFrom = (value: string, start: number, quote: string, use?: 'of a command') => {
  let text = ''
  for (let at = start; at < value.length;) {
    const unit = value[at]!
    if (unit === quote) return { text, end: at + 1 }
    if (unit === '\\') {
      const escape = escapeAt(value, at, use)
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

const escapeAt = (value: string, at: number, use?: 'of a command'): { text: string; end: number } | undefined => {
  const simple = SIMPLE[value[at + 1] ?? '']
  if (simple !== undefined) return { text: simple, end: at + 2 }
  NUMBERED.lastIndex = at
  const found = NUMBERED.exec(value)
  const octal = found?.[4]
  const digits = octal ?? found?.[1] ?? found?.[2] ?? found?.[3] ?? ''
  const code = Number.parseInt(digits, octal === undefined ? 16 : 8)
  if (found !== null && code > 0 && code <= (octal === undefined ? 0x10_ffff : 0xff))
    return { text: String.fromCodePoint(code), end: at + found[0].length }
  // In commands systemd lets an escape stand that it does not know; `\\;` is no end of a command there.
  if (use === undefined) return undefined
  return { text: value[at + 1] === ';' ? ';' : value.slice(at, at + 2), end: at + 2 }
}

/** What `yes`, `on`, `1` … mean; undefined for what is none of them. */
export const unitBoolean = (value: string): boolean | undefined =>
  /^(?:1|yes|y|true|t|on)$/i.test(value) ? true : /^(?:0|no|n|false|f|off)$/i.test(value) ? false : undefined
