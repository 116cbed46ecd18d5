import { expect, test } from 'vitest'
import { blackoutText, parseBlackout } from './schedule-words.ts'

test('a blackout is days and times, or two instants', () => {
  expect(parseBlackout('fri,sat 22:00-06:00')).toEqual({ days: [5, 6], from: '22:00', to: '06:00' })
  expect(parseBlackout('Sat-Mon 00:00-23:59')).toEqual({ days: [0, 1, 6], from: '00:00', to: '23:59' })
  expect(parseBlackout('daily 12:00-13:00')).toMatchObject({ days: [0, 1, 2, 3, 4, 5, 6] })
  expect(parseBlackout('2026-12-24T00:00Z/2026-12-27T00:00Z')).toEqual({
    from: '2026-12-24T00:00:00.000Z',
    to: '2026-12-27T00:00:00.000Z',
  })
  for (const text of ['fri,sat 22:00-06:00', '2026-12-24T00:00:00.000Z/2026-12-27T00:00:00.000Z'])
    expect(blackoutText(parseBlackout(text))).toBe(text)
})

test.each(['', 'fri', 'fry 22:00-06:00', 'fri 25:00-06:00', 'fri-sat-sun 01:00-02:00', 'now/then', '2026-12-24/'])(
  '%j is told to be none, with what one is',
  (text) => {
    expect(() => parseBlackout(text)).toThrow('--blackout is days and times')
  },
)
