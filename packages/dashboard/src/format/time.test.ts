import { expect, test } from 'vitest'
import { absoluteTime, isTime, relativeTime } from './time.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

test.each([
  ['2026-11-22T11:59:40Z', 'just now'],
  ['2026-11-22T11:48:00Z', '12 min ago'],
  ['2026-11-22T15:00:00Z', 'in 3 h'],
  ['2026-11-17T12:00:00Z', '5 days ago'],
  ['2025-09-22T12:00:00Z', '14 months ago'],
  ['2020-01-01T00:00:00Z', '6 years ago'],
])('%s is %s', (instant, said) => {
  expect(relativeTime(instant, now)).toBe(said)
})
test('an instant in full is in UTC and says so', () => {
  expect(absoluteTime('2026-11-22T06:41:05.123Z')).toBe('2026-11-22 06:41:05 UTC')
})
test('a day is not given a time of day', () => {
  expect(absoluteTime('2026-11-22')).toBe('2026-11-22')
})
test('never is a word and no time', () => {
  expect([isTime('never'), isTime('2026-11-22'), isTime('2026-11-22T06:41:05Z'), isTime('2026-99-99')]).toEqual([
    false,
    true,
    true,
    false,
  ])
})
