import type { Blackout } from '@rollcall/contract/api'
import type { Zone } from './zone.ts'

/** From an instant on up to another one, in milliseconds. */
export type Span = readonly [from: number, to: number]

const DAY = 86_400_000

/** When nothing may be begun between two instants: blackouts of a zone, in order, those that touch made one. */
export const quietBetween = (blackouts: readonly Blackout[], zone: Zone, [from, to]: Span): Span[] => {
  const spans: Span[] = []
  const firstDay = Math.floor(zone.wall(from) / DAY) * DAY - DAY
  const lastDay = Math.floor(zone.wall(to) / DAY) * DAY
  for (const blackout of blackouts) {
    if (!('days' in blackout)) {
      spans.push([Date.parse(blackout.from), Date.parse(blackout.to)])
      continue
    }
    const [begins, ends] = [timeOfDay(blackout.from), timeOfDay(blackout.to)]
    for (let day = firstDay; day <= lastDay; day += DAY)
      if (blackout.days.includes(new Date(day).getUTCDay()))
        spans.push([zone.first(day + begins), last(zone, day + ends + (ends <= begins ? DAY : 0))])
  }
  return merged(spans.map(([begin, end]) => [Math.max(begin, from), Math.min(end, to)]))
}

/** A time of day that comes twice ends a blackout the second time. */
const last = (zone: Zone, wall: number) => zone.instants(wall).at(-1) ?? zone.first(wall)

/** What is left of a span. */
export const openWithin = ([from, to]: Span, quiet: readonly Span[]): Span[] => {
  const open: Span[] = []
  let at = from
  for (const [begin, end] of quiet) {
    if (begin > at) open.push([at, Math.min(begin, to)])
    at = Math.max(at, end)
  }
  if (at < to) open.push([at, to])
  return open.filter(([begin, end]) => begin < end)
}

/** Whether an instant lies in one of them. */
export const isQuiet = (at: number, quiet: readonly Span[]): boolean =>
  quiet.some(([from, to]) => from <= at && at < to)

const merged = (spans: readonly Span[]): Span[] => {
  const result: [number, number][] = []
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    if (from >= to) continue
    const before = result.at(-1)
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to)
    else result.push([from, to])
  }
  return result
}

const timeOfDay = (text: string) => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}
