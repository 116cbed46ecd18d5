import { expect, test } from 'vitest'
import { blackoutsOf, blackoutWords } from './schedule-words.ts'

test('blackouts are read as they are shown', () => {
  const blackouts = [
    { days: [5, 6], from: '22:00', to: '06:00' },
    { days: [0, 1, 2, 3, 4, 5, 6], from: '12:00', to: '13:00' },
    { from: '2026-12-24T00:00:00.000Z', to: '2026-12-27T06:30:00.000Z' },
  ]
  expect(blackoutsOf(blackouts.map(blackoutWords).join('\n\n'))).toEqual({ blackouts })
})

test('the first line that is no blackout is named', () => {
  expect(blackoutsOf('Fri 22:00-06:00\nsometimes')).toEqual({ line: 'sometimes' })
})
