import fc from 'fast-check'
import { createTask } from 'node-cron'
import { expect, test } from 'vitest'
import { cronProblem, cronTimes } from './cron-times.ts'

const next = (expression: string, zone: string, from: string, count: number): string[] => {
  const times = cronTimes(expression, zone)
  const found: string[] = []
  for (let at = new Date(from); found.length < count;) {
    at = times.after(at)!
    found.push(at.toISOString())
  }
  return found
}

test('a time that spring leaves out falls on the moment after, and is not lost', () => {
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
})

test('times that fall on the same moment are one', () => {
  expect(next('15,45 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 3)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T01:15:00.000Z',
    '2026-03-29T01:45:00.000Z',
  ])
})

test('a time of day that autumn repeats counts once', () => {
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ])
})

test('what is for every hour goes by hours as they pass', () => {
  expect(next('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 4)).toEqual([
    '2026-10-25T00:00:00.000Z',
    '2026-10-25T01:00:00.000Z',
    '2026-10-25T02:00:00.000Z',
    '2026-10-25T03:00:00.000Z',
  ])
  expect(next('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 3)).toEqual([
    '2026-03-29T00:00:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T02:00:00.000Z',
  ])
})

test('clocks that change by half an hour, or at midnight, are no exception', () => {
  // Lord Howe goes forward from 2:00 to 2:30, Beirut from 0:00 to 1:00.
  expect(next('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 1)).toEqual(['2026-10-03T15:30:00.000Z'])
  expect(next('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-28T22:00:00.000Z',
    '2026-03-29T21:00:00.000Z',
  ])
})

test('leap days, last days and weekdays are found', () => {
  expect(next('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 1)).toEqual(['2028-02-29T00:00:00.000Z'])
  expect(next('0 0 L * *', 'UTC', '2026-02-01T00:00:00Z', 2)).toEqual([
    '2026-02-28T00:00:00.000Z',
    '2026-03-31T00:00:00.000Z',
  ])
  expect(next('0 12 * * MON', 'UTC', '2026-11-22T00:00:00Z', 1)).toEqual(['2026-11-23T12:00:00.000Z'])
})

test('what is wrong is said in a sentence', () => {
  expect(cronProblem('0 3 * * *', 'Europe/Berlin')).toBeUndefined()
  expect(cronProblem('0 25 * * *', 'UTC')).toContain('expected a cron expression')
  expect(cronProblem('0 3 * * *', 'Europe/Nowhere')).toContain('IANA time zone')
  expect(cronProblem('0 0 30 2 *', 'UTC')).toContain('dayOfMonth is wrong')
})

const field = (values: number[]) =>
  fc.oneof(
    fc.constant('*'),
    fc.constantFrom(...values.map(String)),
    fc.constantFrom(...values).map((value) => `*/${Math.max(1, value)}`),
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  )
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const expression = fc
  .tuple(
    field(numbers(0, 59)),
    field(numbers(0, 23)),
    field(numbers(1, 28)),
    field(numbers(1, 12)),
    field(numbers(0, 6)),
  )
  .map((fields) => fields.join(' '))
const instant = fc.date({
  min: new Date('2025-01-01T00:00:00Z'),
  max: new Date('2029-01-01T00:00:00Z'),
  noInvalidDate: true,
})

test('each time is one that the library takes for one, and none lies between, where clocks run evenly', () => {
  fc.assert(
    fc.property(expression, instant, (cron, from) => {
      const at = cronTimes(cron, 'Asia/Kolkata').after(from)
      const task = createTask(cron, () => {}, { timezone: 'Asia/Kolkata' })
      void task.destroy()
      // A few expressions have no day within ten years, such as a date that is never that weekday.
      if (at === undefined) return
      expect(at.getTime()).toBeGreaterThan(from.getTime())
      expect(task.match(at)).toBe(true)
      const last = Math.min(at.getTime(), from.getTime() + 300 * 60_000)
      for (let minute = (Math.floor(from.getTime() / 60_000) + 1) * 60_000; minute < last; minute += 60_000)
        expect(task.match(new Date(minute))).toBe(false)
    }),
    { numRuns: 60 },
  )
})

test('times go on in order, each day has its own once, and from wherever one asks, the next is the same', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Beirut', 'UTC')
  const change = fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-10-31')
  const day = (at: number) => Math.floor(at / 86_400_000)
  fc.assert(
    fc.property(zones, change, fc.integer({ min: 0, max: 1439 }), (zone, date, of) => {
      const times = cronTimes(`${of % 60} ${Math.floor(of / 60)} * * *`, zone)
      let at = new Date(`${date}T00:00:00Z`)
      const seen: number[] = []
      for (let count = 0; count < 4; count++) {
        const following = times.after(at)!
        const middle = new Date((at.getTime() + following.getTime()) / 2)
        expect(times.after(middle)).toEqual(following)
        at = following
        seen.push(day(times.zone.wall(at.getTime())))
      }
      expect(seen).toEqual([0, 1, 2, 3].map((more) => seen[0]! + more))
    }),
  )
})
