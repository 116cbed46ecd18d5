import type { Blackout } from '@rollcall/contract/api'
import { UsageError } from './usage-error.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Reads `fri,sat 22:00-06:00`, `mon-fri 08:00-18:00`, `daily 12:00-13:00`, or two instants with a slash between. */
export const parseBlackout = (text: string): Blackout => {
  const [, days, from, to] =
    /^([a-z,-]+) +((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/i.exec(text.trim()) ?? []
  if (days !== undefined && from !== undefined && to !== undefined)
    return { days: daysOf(days.toLowerCase(), text), from, to }
  const instants = text.split('/').map((part) => new Date(part.trim()))
  const [begin, end] = instants
  if (instants.length === 2 && instants.every((at) => !Number.isNaN(at.getTime())))
    return { from: begin!.toISOString(), to: end!.toISOString() }
  return refuse(text)
}

/** The same as text. */
export const blackoutText = (blackout: Blackout): string =>
  'days' in blackout
    ? `${blackout.days.map((day) => DAYS[day]).join(',')} ${blackout.from}-${blackout.to}`
    : `${blackout.from}/${blackout.to}`

const daysOf = (words: string, text: string): number[] => {
  if (words === 'daily') return [0, 1, 2, 3, 4, 5, 6]
  const days = words.split(',').flatMap((word) => {
    const [first, last = first, more] = word.split('-').map((day) => DAYS.indexOf(day))
    if (first === undefined || last === undefined || first < 0 || last < 0 || more !== undefined) return refuse(text)
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7)
  })
  return [...new Set(days)].sort((one, other) => one - other)
}

const refuse = (text: string): never => {
  throw new UsageError(
    `--blackout is days and times such as "fri,sat 22:00-06:00", or two instants such as 2026-12-24T00:00Z/2026-12-27T00:00Z, not "${text}".`,
  )
}
