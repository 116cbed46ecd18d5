import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isQuiet, openWithin, quietBetween, type Span } from './quiet-times.ts'
import { zoneNamed } from './zone.ts'

const at = (text: string) => Date.parse(text)
const told = (spans: readonly Span[]) => spans.map((span) => span.map((at) => new Date(at).toISOString().slice(5, 16)))

test('a blackout over midnight belongs to the day on which it begins', () => {
  const zone = zoneNamed('Europe/Berlin')
  const week: Span = [at('2026-11-22T00:00:00Z'), at('2026-11-29T00:00:00Z')]
  expect(told(quietBetween([{ days: [5], from: '22:00', to: '06:00' }], zone, week))).toEqual([
    ['11-27T21:00', '11-28T05:00'],
  ])
})

test('a blackout that begins before what is asked about counts from there, and those that touch are one', () => {
  const zone = zoneNamed('UTC')
  const day: Span = [at('2026-11-22T00:00:00Z'), at('2026-11-22T12:00:00Z')]
  const quiet = quietBetween(
    [
      { days: [6], from: '23:00', to: '01:00' },
      { from: '2026-11-22T01:00:00Z', to: '2026-11-22T02:30:00Z' },
      { days: [0], from: '06:00', to: '07:00' },
    ],
    zone,
    day,
  )
  expect(told(quiet)).toEqual([
    ['11-22T00:00', '11-22T02:30'],
    ['11-22T06:00', '11-22T07:00'],
  ])
  expect(told(openWithin(day, quiet))).toEqual([
    ['11-22T02:30', '11-22T06:00'],
    ['11-22T07:00', '11-22T12:00'],
  ])
})

test('a blackout over the hour that comes twice holds for both', () => {
  const zone = zoneNamed('Europe/Berlin')
  const day: Span = [at('2026-10-24T22:00:00Z'), at('2026-10-25T12:00:00Z')]
  expect(told(quietBetween([{ days: [0], from: '02:00', to: '02:45' }], zone, day))).toEqual([
    ['10-25T00:00', '10-25T01:45'],
  ])
})

test('whatever blackouts there are, an instant is either open or quiet', () => {
  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => [hour, minute].map((part) => String(part).padStart(2, '0')).join(':'))
  const weekly = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
    from: clock,
    to: clock,
  })
  const within: Span = [at('2026-03-27T00:00:00Z'), at('2026-04-02T00:00:00Z')]
  fc.assert(
    fc.property(
      fc.array(weekly, { maxLength: 5 }),
      fc.integer({ min: within[0], max: within[1] - 1 }),
      (blackouts, instant) => {
        const quiet = quietBetween(blackouts, zoneNamed('Europe/Berlin'), within)
        expect(isQuiet(instant, openWithin(within, quiet))).toBe(!isQuiet(instant, quiet))
      },
    ),
  )
})
