/** A word of a value, and whether any of it was quoted or escaped. */
interface Word {
  readonly text: string
  readonly plain: boolean
}

/**
 * The words of a value as systemd splits them (systemd.syntax(7), QUOTING): quotes and C escapes are resolved. Undefined where it
 * refuses the value: a quote that does not end, an escape it does not know.
 */
export const unitWords = (value: string): readonly string[] | undefined => split(value)?.map(({ text }) => text)

/** One command of an `Exec…=` line. The words may hold secrets: only the program is ever told. */
export interface ExecCommand {
  /** As written, specifiers too. */
  readonly program: string
  /** `+` or `!`: it runs as the manager does, whatever `User=` says. */
  readonly elevated: boolean
  readonly words: readonly string[]
}

/** The commands of an `Exec…=` line (systemd.service(5), COMMAND LINES); undefined where systemd refuses it. */
export const execCommands = (value: string): readonly ExecCommand[] | undefined => {
  const words = split(value)
  if (words === undefined) return undefined
  const commands: ExecCommand[] = []
  let own: string[] = []
  const finish = () => {
    const command = commandOf(own)
    if (command !== undefined) commands.push(command)
    own = []
  }
  for (const { text, plain } of words)
    if (plain && text === ';') finish()
    else own.push(text)
  finish()
  return commands
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
  return program === '' ? undefined : { program, elevated, words: [program, ...words.slice(renamed ? 2 : 1)] }
}

const PREFIXES = '@-:+!|'

const SPACES = ' \t\n\r'

const split = (value: string): readonly Word[] | undefined => {
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
        const escape = escapeAt(value, at)
        if (escape === undefined) return undefined
        text += escape.text
        at = escape.end
      } else if (unit === '"' || unit === "'") {
        const quoted = quotedFrom(value, at + 1, unit)
        if (quoted === undefined) return undefined
        text += quoted.text
        at = quoted.end
      } else {
        text += unit
        at++
      }
    }
    words.push({ text, plain })
  }
  return words
}

const quotedFrom = (value: string, start: number, quote: string) => {
  let text = ''
  for (let at = start; at < value.length;) {
    const unit = value[at]!
    if (unit === quote) return { text, end: at + 1 }
    if (unit === '\\') {
      const escape = escapeAt(value, at)
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
  ';': ';',
}
const NUMBERED = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3}))/y

const escapeAt = (value: string, at: number): { text: string; end: number } | undefined => {
  const simple = SIMPLE[value[at + 1] ?? '']
  if (simple !== undefined) return { text: simple, end: at + 2 }
  NUMBERED.lastIndex = at
  const found = NUMBERED.exec(value)
  if (found === null) return undefined
  const octal = found[4]
  const code = octal === undefined ? Number.parseInt(found[1] ?? found[2] ?? found[3]!, 16) : Number.parseInt(octal, 8)
  return code === 0 || code > 0x10_ffff || (octal !== undefined && code > 0xff)
    ? undefined
    : { text: String.fromCodePoint(code), end: at + found[0].length }
}

/** What `yes`, `on`, `1` … mean; undefined for what is none of them. */
export const unitBoolean = (value: string): boolean | undefined =>
  /^(?:1|yes|y|true|t|on)$/i.test(value) ? true : /^(?:0|no|n|false|f|off)$/i.test(value) ? false : undefined
