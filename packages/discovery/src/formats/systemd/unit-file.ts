/** One assignment of a unit file: `key=value` below `[section]`. The value may be a secret: it stays with whoever parsed it. */
export interface Assignment {
  /** `Section.Key`, as systemd spells it. */
  readonly key: string
  /** Without white space around it, continued lines joined. */
  readonly value: string
  /** The first of its lines. */
  readonly line: number
}

export interface UnitFile {
  readonly assignments: readonly Assignment[]
  /** Lines that bring in another file (`.include`, which older versions know). */
  readonly includes: readonly number[]
  /** The line behind which systemd reads no further, and does not load the unit at all where this is its main file. */
  readonly broken?: number
}

/**
 * Reads a unit file or drop-in as systemd does (systemd.syntax(7)): a backslash at its end continues a line, comment lines in between
 * are left out. Of all that it says only what `wanted` names is kept.
 */
export const parseUnitFile = (text: string, wanted: ReadonlySet<string>): UnitFile => {
  const assignments: Assignment[] = []
  const includes: number[] = []
  let section = ''
  const take = (whole: string, line: number): 'no further' | undefined => {
    const content = trimmed(whole)
    if (content.startsWith('[')) {
      if (!content.endsWith(']') || content === '[') return 'no further'
      section = content.slice(1, -1)
    } else if (content.startsWith('.include ')) includes.push(line)
    else {
      const equals = content.indexOf('=')
      if (equals === -1) return undefined
      const key = `${section}.${trimmed(content.slice(0, equals))}`
      if (wanted.has(key)) assignments.push({ key, value: trimmed(content.slice(equals + 1)), line })
    }
    return undefined
  }

  let parts: string[] = []
  let begun = 0
  let number = 0
  let marked = false
  for (let start = 0; start < text.length;) {
    END_OF_LINE.lastIndex = start
    const end = END_OF_LINE.exec(text)
    const whole = text.slice(start, end?.index)
    start = end === null ? text.length : END_OF_LINE.lastIndex
    number++
    if (COMMENT.test(whole)) continue
    // The first byte order mark counts for nothing, on whichever line.
    const mark: boolean = !marked && whole.startsWith('\uFEFF')
    marked ||= mark
    const line = mark ? whole.slice(1) : whole
    if (parts.length === 0) begun = number
    if (endsEscaped(line)) {
      parts.push(line.slice(0, -1))
      continue
    }
    if (take(parts.length === 0 ? line : [...parts, line].join(' '), begun) === 'no further')
      return { assignments, includes, broken: begun }
    parts = []
  }
  const cut = parts.length > 0 && take(parts.join(' '), begun) === 'no further'
  return { assignments, includes, ...(cut ? { broken: begun } : {}) }
}

const END_OF_LINE = /\n\r?\0?|\r\n?\0?|\0/g
const COMMENT = /^[ \t\r]*[#;]/

/** Whether the last backslash is not itself behind one. */
const endsEscaped = (line: string) => {
  let backslashes = 0
  while (line.charCodeAt(line.length - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

/** Without the white space that systemd knows: blank, tab, carriage return and line feed. */
const trimmed = (text: string) => {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isSpace = (unit: number) => unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a
