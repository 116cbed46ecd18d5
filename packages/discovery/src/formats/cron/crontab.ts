import type { Reason } from '@rollcall/contract'

/** One job of a table. The command may hold secrets: it stays with whoever parsed it. */
export interface CronJob {
  /** Absent in an account's own table. */
  readonly user?: string
  /** The five fields, or `@reboot` and the like. */
  readonly schedule: string
  /** What the shell gets: without what follows the first `%`, which is the command's input. */
  readonly command: string
  readonly line: number
}

export interface Crontab {
  readonly jobs: readonly CronJob[]
  /** Names of variables that the table sets, in the order of their lines: a job has those before it. */
  readonly variables: readonly { readonly name: string; readonly line: number }[]
  /** Lines that cron does not take, with what is wrong with them. */
  readonly refused: readonly Omit<Reason, 'path'>[]
  /** cron takes nothing of this table, because of the first line that it refuses. */
  readonly ignored: boolean
}

/**
 * Which cron reads a table. `debian` gives up a table with one wrong line, `cronie` (Red Hat, SUSE, Arch …) the line; `busybox` (Alpine)
 * and `bsd` as well. `unknown` takes what any of them would.
 */
export type CronKind = 'debian' | 'cronie' | 'busybox' | 'bsd' | 'unknown'

/** Reads a table: with a column for the user where it is the system's (crontab(5)). */
export const parseCrontab = (
  text: string,
  { kind, hasUser, whole = true }: { readonly kind: CronKind; readonly hasUser: boolean; readonly whole?: boolean },
): Crontab => {
  const jobs: CronJob[] = []
  const variables: { name: string; line: number }[] = []
  const refused: Omit<Reason, 'path'>[] = []
  let number = 0
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(start, end)
    start = end + 1
    number++
    if (/^[ \t]*(?:#|$)/.test(line)) continue
    const unended = newline === -1
    if (unended && !whole) break
    const variable = variableOf(line)
    if (variable !== undefined) {
      variables.push({ name: variable, line: number })
      continue
    }
    const job = jobOf(line, number, kind, hasUser)
    const wrong =
      typeof job === 'string'
        ? job
        : unended && (kind === 'debian' || kind === 'cronie')
          ? 'its last line does not end'
          : undefined
    if (wrong === undefined && typeof job === 'object') jobs.push(job)
    else if (refused.length < MOST_REFUSED) refused.push({ code: 'unparsable', line: number, detail: wrong ?? '' })
    if (jobs.length + variables.length > MOST_LINES) {
      refused.push({ code: 'too-many', line: number, detail: 'lines' })
      break
    }
  }
  const ignored = kind === 'debian' && refused.some(({ code }) => code === 'unparsable')
  return { jobs: ignored ? [] : jobs, variables, refused, ignored }
}

const MOST_REFUSED = 100
const MOST_LINES = 10_000

/** `NAME = value`, where either may be quoted and the value must not be left out; undefined for what is none. */
const variableOf = (line: string): string | undefined => {
  const name = /^[ \t]*(?:"([^"=]*)"|'([^'=]*)'|([^\s"'=][^\s=]*)?)[ \t]*=/.exec(line)
  if (name === null) return undefined
  const value = line.slice(name[0].length).trim()
  if (value === '') return undefined
  const quote = value[0]
  if ((quote === '"' || quote === "'") && value.indexOf(quote, 1) !== value.length - 1) return undefined
  if ((quote === '"' || quote === "'") && value.length === 1) return undefined
  return name[1] ?? name[2] ?? name[3] ?? ''
}

/** A job, or what is wrong with the line. */
const jobOf = (line: string, number: number, kind: CronKind, hasUser: boolean): CronJob | string => {
  const start = kind === 'cronie' || kind === 'unknown' ? /^[ \t]*-?/ : /^[ \t]*/
  let rest = line.slice(start.exec(line)![0].length)
  let schedule: string
  if (rest.startsWith('@')) {
    const word = /^@[^ \t]*/.exec(rest)![0]
    if (!isSpecial(word.slice(1), kind)) return 'a time that cron does not know'
    schedule = word
    rest = rest.slice(word.length).replace(/^[ \t]+/, '')
  } else {
    const fields = /^([^ \t]+)[ \t]+([^ \t]+)[ \t]+([^ \t]+)[ \t]+([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+|$)/.exec(rest)
    if (fields === null) return 'fewer than five fields and a command'
    const bad = fields.slice(1).findIndex((field, index) => !isTime(field, index, kind))
    if (bad !== -1) return `not a ${FIELDS[bad]!.name}`
    schedule = fields.slice(1).join(' ')
    rest = rest.slice(fields[0].length)
  }
  // Debian's takes a table of an account where nothing follows `@reboot`.
  const nothing = rest === '' && (kind !== 'debian' || hasUser || !schedule.startsWith('@'))
  if (nothing || rest.startsWith('*')) return 'no command'
  let user: string | undefined
  if (hasUser) {
    const [whole, name = ''] = /^([^ \t]+)[ \t]*/.exec(rest)!
    rest = rest.slice(whole.length)
    if (rest === '' || rest.startsWith('*')) return 'no command'
    // FreeBSD: `user:group/class`.
    user = kind === 'debian' || kind === 'cronie' ? name : name.replace(/[:/].*$/s, '')
    if (user === '') return 'no user'
  }
  if (kind === 'debian' && rest.length >= 1000) return 'a command that is too long'
  if (kind === 'bsd' || kind === 'unknown') rest = rest.replace(/^(?:-[nqs]+[ \t]+)+/, '')
  return { ...(user === undefined ? {} : { user }), schedule, command: withoutInput(rest), line: number }
}

const SPECIAL = new Set('reboot yearly annually monthly weekly daily midnight hourly'.split(' '))

const isSpecial = (word: string, kind: CronKind) =>
  SPECIAL.has(word) ||
  ((kind === 'bsd' || kind === 'unknown') && (/^every_(?:minute|second)$|^\d+$/.test(word) || word === 'every'))

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const DAYS = 'sun mon tue wed thu fri sat sun'.split(' ')
const FIELDS: readonly { name: string; low: number; high: number; names: readonly string[] }[] = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day of the month', low: 1, high: 31, names: [] },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  { name: 'day of the week', low: 0, high: 7, names: DAYS },
] as const

/**
 * Lists of `*`, numbers, names and ranges with steps; `~` for a moment that cron chooses, which Debian's does not know. What follows a
 * list that is fine so far is passed over, as all of them do.
 */
const isTime = (field: string, index: number, kind: CronKind): boolean => {
  const { low, high, names } = FIELDS[index]!
  let at = 0
  const number = (): number | undefined => {
    const word = /[A-Za-z0-9]{0,12}/y
    word.lastIndex = at
    const text = word.exec(field)![0]
    at += text.length
    if (/^\d+$/.test(text)) return Number(text)
    const name = names.indexOf(text.toLowerCase())
    return name === -1 ? undefined : name + low
  }
  const step = (): boolean => {
    if (field[at] !== '/') return true
    at++
    const every = number()
    return every !== undefined && every > 0
  }
  for (;;) {
    if (field[at] === '~' && kind !== 'debian') return true
    if (field[at] === '*') {
      at++
      if (!step()) return false
    } else {
      const first = number()
      if (first === undefined) return false
      if (field[at] === '-' || (field[at] === '~' && kind !== 'debian')) {
        at++
        const last = number()
        if (last === undefined || !step()) return false
        if (first <= last ? first < low || last > high : kind === 'cronie') return false
      } else if (first < low || first > high || field[at] === '/') return false
    }
    if (field[at] !== ',') return true
    at++
  }
}

/** Up to the first `%` that no backslash stands before; `\%` is a `%`. */
const withoutInput = (command: string): string => {
  if (!command.includes('%')) return command
  const end = /(?<!\\)%/.exec(command)?.index ?? command.length
  return command.slice(0, end).replaceAll(String.raw`\%`, '%')
}

/** A job of anacrontab(5). */
export interface AnacronJob {
  readonly name: string
  /** Period and delay, as written: `7 10`, `@monthly 15`. */
  readonly schedule: string
  readonly command: string
  readonly line: number
}

export const parseAnacrontab = (
  text: string,
): { jobs: readonly AnacronJob[]; refused: readonly Omit<Reason, 'path'>[] } => {
  const jobs: AnacronJob[] = []
  const refused: Omit<Reason, 'path'>[] = []
  // A backslash at its end continues a line.
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    const parts: string[] = []
    while (lines[index]!.endsWith('\\') && index + 1 < lines.length) parts.push(lines[index++]!.slice(0, -1))
    const whole = [...parts, lines[index]!].join(' ')
    if (/^[ \t]*(?:#|$)/.test(whole) || /^[ \t]*[^ \t=]+[ \t]*=/.test(whole)) continue
    const found = /^[ \t]*(\d+|@[a-z]+)[ \t]+(\d+)[ \t]+([^ \t/]+)[ \t]+(.*)$/.exec(whole)
    if (jobs.length + refused.length >= MOST_REFUSED) break
    if (found === null) refused.push({ code: 'unparsable', line })
    else jobs.push({ schedule: `${found[1]} ${found[2]}`, name: found[3]!, command: found[4]!, line })
  }
  return { jobs, refused }
}
