/** One line of `lastlog` or `lastlog2`. */
export interface LastlogLine {
  readonly name: string
  /** ISO 8601 UTC, or `never`. */
  readonly at: string
  readonly port: string
  readonly from: string
}

export interface ParsedLastlog {
  readonly lines: readonly LastlogLine[]
  /** Lines that are neither the heading nor understood. */
  readonly unparsable: readonly number[]
}

const NEVER = '**Never logged in**'
const WHEN = /[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Reads what `lastlog` of the shadow suite, or `lastlog2` of util-linux, prints in the C locale. `isName` tells which
 * account a line speaks of, since a name may be longer than its column or hold spaces.
 */
export const parseLastlog = (text: string, isName: (name: string) => boolean): ParsedLastlog => {
  const lines: LastlogLine[] = []
  const unparsable: number[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd()
    if (line === '' || /^Username +Port +/.test(line)) continue
    const parsed = line.length > MAX_LINE ? undefined : lastlogLine(line, isName)
    if (parsed === undefined) unparsable.push(index + 1)
    else if (parsed !== 'other-account') lines.push(parsed)
  }
  return { lines, unparsable }
}

const MAX_LINE = 4096

const lastlogLine = (line: string, isName: (name: string) => boolean): LastlogLine | 'other-account' | undefined => {
  const end = ending(line)
  if (end === undefined) return undefined
  const name = nameAtStart(line, isName)
  if (name === undefined) return 'other-account'
  // Columns as printed by "%-16s %-8.8s %-*s": a longer name moves those after it.
  const rest = line.slice(Math.max(16, name.length) + 1, end.start)
  return { name, at: end.at, port: rest.slice(0, 8).trim(), from: rest.slice(8).trim() }
}

const ending = (line: string): { at: string; start: number } | undefined => {
  if (line.endsWith(NEVER)) return { at: 'never', start: line.length - NEVER.length }
  const match = WHEN.exec(line.slice(-40))
  if (match === null) return undefined
  const [, month = '', day, hour, minute, second, sign, offsetHours, offsetMinutes, year] = match
  const monthIndex = MONTHS.indexOf(month)
  if (monthIndex === -1) return undefined
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60_000 : 60_000)
  const local = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second))
  return { at: instantOf(local - offset), start: line.length - match[0].length }
}

/** The longest known name that the line begins with and a space follows. Two spaces end the search once there is one: columns follow. */
const nameAtStart = (line: string, isName: (name: string) => boolean): string | undefined => {
  let found: string | undefined
  for (let end = line.indexOf(' '); end !== -1 && end <= 256; end = line.indexOf(' ', end + 1)) {
    if (isName(line.slice(0, end))) found = line.slice(0, end)
    if (found !== undefined && line.charCodeAt(end + 1) === SPACE) break
  }
  return found
}

const SPACE = 0x20

/** Milliseconds since 1970 as an instant of whole seconds; never beyond the year 9999, where the text form changes. */
export const instantOf = (milliseconds: number): string =>
  `${new Date(Math.min(Math.max(milliseconds, 0), 253_402_300_799_000)).toISOString().slice(0, 19)}Z`
