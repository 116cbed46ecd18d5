import type { Reason } from '@rollcall/contract'

/** A line of passwd, group, shadow or gshadow that is neither empty nor a comment, as glibc sees it. */
export interface AccountLine {
  readonly number: number
  readonly text: string
  /** What is odd about it, in words that quote nothing. */
  readonly oddity?: string
}

/**
 * The lines of an account file as glibc's `files` service takes them: leading white space is skipped, a line ends at its
 * first NUL, `#` starts a comment only at its beginning.
 */
export const accountLines = (text: string): readonly AccountLine[] => {
  const lines: AccountLine[] = []
  let number = 0
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const whole = text.slice(start, end)
    start = end + 1
    number++
    const nul = whole.indexOf('\0')
    const line = withoutLeadingSpace(nul === -1 ? whole : whole.slice(0, nul))
    if (line === '' || line.startsWith('#')) continue
    const oddity = oddityOf(line, nul !== -1)
    lines.push(oddity === undefined ? { number, text: line } : { number, text: line, oddity })
  }
  return lines
}

/** White space as isspace(3) has it in the C locale. */
const withoutLeadingSpace = (text: string) => (text.charCodeAt(0) > 0x20 ? text : text.replace(/^[ \t\v\f\r]+/, ''))

const oddityOf = (line: string, cutAtNul: boolean) => {
  if (cutAtNul) return 'the line holds a NUL; what follows it is ignored'
  if (line.endsWith('\r')) return 'the line ends in a carriage return, which belongs to its last field'
  if (line.includes('\uFFFD')) return 'the line is not valid UTF-8; the bytes in question show as U+FFFD'
  return undefined
}

/**
 * The first `count` fields, the last with all that follows in it, colons too. Fields that the line does not have are
 * undefined.
 */
export const colonFields = (line: string, count: number): (string | undefined)[] => {
  const fields: string[] = []
  let start = 0
  while (fields.length < count - 1) {
    const colon = line.indexOf(':', start)
    if (colon === -1) break
    fields.push(line.slice(start, colon))
    start = colon + 1
  }
  fields.push(line.slice(start))
  return fields
}

const MAX_ID = 0xffff_ffff

/** A numeric id as glibc's strtoul-based reader takes it: `+5`, ` 5` and `-0` are numbers, `-1`, `5 ` and `0x5` are not. */
export const accountNumber = (field: string | undefined): number | undefined => {
  if (field === undefined) return undefined
  // As nearly all are written.
  if (field.length < 10 && /^\d+$/.test(field)) return Number(field)
  const match = /^[ \t\v\f\r]*([+-]?)(\d+)$/.exec(field)
  if (match === null) return undefined
  const number = Number(match[2])
  if (number > MAX_ID || (match[1] === '-' && number !== 0)) return undefined
  return number
}

/** The names in a comma-separated list: leading white space and empty names are dropped, nothing else. */
export function* nameList(field: string): Generator<string> {
  for (let start = 0; start <= field.length;) {
    const comma = field.indexOf(',', start)
    const end = comma === -1 ? field.length : comma
    const name = withoutLeadingSpace(field.slice(start, end))
    if (name !== '') yield name
    start = end + 1
  }
}

/** Whether a line belongs to NIS: `+`, `-`, `+name`, `-@netgroup` … (nsswitch.conf(5), compat). */
export const isCompatLine = (line: string): boolean => line.startsWith('+') || line.startsWith('-')

/** Text cut to `max` UTF-16 units without leaving half a character. */
export const clipped = (text: string, max: number): string =>
  text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')

/** The longest names and paths that a finding can carry. */
export const MAX_NAME = 256
export const MAX_PATH = 4096

export interface ParsedEntries<Entry> {
  readonly entries: readonly Entry[]
  /** Lines of NIS compatibility; what they stand for is kept elsewhere. */
  readonly compatLines: readonly number[]
  /** Lines that hide an entry from us, though the host sees it. */
  readonly reasons: readonly Reason[]
  /** Lines that the host ignores as well, or reads in an unexpected way. */
  readonly notes: readonly Reason[]
}

/** Reads the entries of a file, each by `entryOf`, which says in words why the host ignores a line. Duplicates stay. */
export const readEntries = <Entry extends { readonly name: string }>(
  text: string,
  path: string,
  what: 'an account' | 'a group',
  entryOf: (line: string, number: number) => Entry | string,
): ParsedEntries<Entry> => {
  const entries: Entry[] = []
  const compatLines: number[] = []
  const reasons = reasonList(path)
  const notes = reasonList(path)
  for (const { number: line, text: raw, oddity } of accountLines(text)) {
    if (isCompatLine(raw)) {
      compatLines.push(line)
      continue
    }
    const entry = entryOf(raw, line)
    if (typeof entry === 'string') notes.add({ code: 'unparsable', line, detail: entry })
    else if (entry.name.length > MAX_NAME)
      reasons.add({ code: 'too-large', line, detail: `${what} name of more than ${MAX_NAME} characters` })
    else {
      entries.push(entry)
      if (oddity !== undefined) notes.add({ code: 'unparsable', line, detail: oddity })
    }
  }
  return { entries, compatLines, reasons: reasons.all(), notes: notes.all() }
}

/** Collects reasons; a flood of them is counted rather than kept. */
export const reasonList = (path: string) => {
  const kept: Reason[] = []
  let further = 0
  return {
    add(reason: Omit<Reason, 'path'>) {
      if (kept.length < MAX_KEPT) kept.push({ ...reason, path })
      else further++
    },
    all: (): Reason[] =>
      further === 0 ? kept : [...kept, { code: 'too-many', path, detail: 'further reasons', count: further }],
  }
}

const MAX_KEPT = 100
