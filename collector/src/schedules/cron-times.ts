import { createTask, parse, validateDetailed } from 'node-cron'
import { zoneNamed, type Zone } from './zone.ts'

/**
 * The times of a cron expression in a time zone. Where clocks go forward, a time of day that is left out falls on the moment after; where they go
 * back, a time of day that comes twice counts once. An expression that is for every hour goes by hours as they pass instead. So no
 * change of clocks loses a time or doubles one.
 */
export interface CronTimes {
  readonly zone: Zone
  /** The first time after an instant; undefined: there is none within ten years. */
  after(at: Date): Date | undefined
}

/** What is wrong with a cron expression or its zone, as a sentence; undefined when nothing is. */
export const cronProblem = (expression: string, timeZone: string): string | undefined => {
  const { valid, errors } = validateDetailed(expression)
  if (!valid)
    return `expected a cron expression such as 0 3 * * *${errors[0] === undefined ? '' : ` (${errors[0].field} is wrong)`}`
  try {
    zoneNamed(timeZone)
  } catch {
    return 'expected an IANA time zone such as Europe/Berlin'
  }
  return cronTimes(expression, timeZone).after(new Date()) === undefined
    ? 'there is no such day within ten years'
    : undefined
}

const DAY = 86_400_000
const HOUR = 3_600_000
const MOST_DAYS = 3660

/** Of an expression and a zone in which `cronProblem` finds nothing wrong. */
export const cronTimes = (expression: string, timeZone: string): CronTimes => {
  const zone = zoneNamed(timeZone)
  const { second, minute, hour } = parse(expression)
  const everyHour = hour.length === 24
  const isDay = dayMatching(expression)
  /** Milliseconds within an hour, in order. */
  const within = [...minute]
    .sort(ascending)
    .flatMap((minutes) => [...second].sort(ascending).map((seconds) => minutes * 60_000 + seconds * 1000))
  const hours = [...hour].sort(ascending)

  /** A day on which clocks run evenly: its times are all as far from each other as they look. */
  const onEvenDay = (day: number, wall: number): number | undefined => {
    for (const hour of hours) {
      const from = day + hour * HOUR
      if (from + HOUR <= wall) continue
      for (const more of within) if (from + more > wall) return zone.first(from + more)
    }
    return undefined
  }

  const onUnevenDay = (day: number, after: number): number | undefined => {
    let next: number | undefined
    for (const hour of hours)
      for (const more of within) {
        const wall = day + hour * HOUR + more
        for (const at of everyHour ? zone.instants(wall) : [zone.first(wall)])
          if (at > after && (next === undefined || at < next)) next = at
      }
    return next
  }

  return {
    zone,
    after(date) {
      const at = date.getTime()
      const wall = zone.wall(at)
      const today = Math.floor(wall / DAY) * DAY
      for (let count = 0; count < MOST_DAYS; count++) {
        const day = today + count * DAY
        if (!isDay(day)) continue
        const next = zone.isEven(day) ? onEvenDay(day, count === 0 ? wall : day - 1) : onUnevenDay(day, at)
        if (next !== undefined) return new Date(next)
      }
      return undefined
    },
  }
}

const ascending = (one: number, other: number) => one - other

/** Which days an expression is for, by the library's own judgement: the time of day is taken out of the question. */
const dayMatching = (expression: string): ((day: number) => boolean) => {
  const fields = expression.trim().split(/\s+/).slice(-3).join(' ')
  if (/^[*?] [*?] [*?]$/.test(fields)) return () => true
  const task = createTask(`0 0 ${fields}`, () => {}, { timezone: 'UTC', unref: true })
  void task.destroy()
  return (day) => task.match(new Date(day))
}
