import { expect, test } from 'vitest'
import { goalText, median, met, rounded } from './figure.ts'

test('a goal is met up to and including its bound', () => {
  expect(met({ figure: 'f', unit: 's', value: 2, goal: { atMost: 2 } })).toBe(true)
  expect(met({ figure: 'f', unit: 's', value: 2.1, goal: { atMost: 2 } })).toBe(false)
  expect(met({ figure: 'f', unit: 's', value: 2, goal: { atLeast: 2 } })).toBe(true)
})

test('what was not measured neither meets nor misses its goal', () => {
  expect(met({ figure: 'f', unit: 's', goal: { atMost: 2 } })).toBeUndefined()
  expect(met({ figure: 'f', unit: 's', value: 2 })).toBeUndefined()
})

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect(median([9, 1, 3])).toBe(3)
  expect(median([9, 1, 3, 5])).toBe(4)
  expect(() => median([])).toThrow('nothing')
})

test('numbers are told with three significant digits', () => {
  expect([0.16666, 12.345, 123_456, 0].map(rounded)).toEqual(['0.167', '12.3', '123,456', '0'])
  expect(goalText({ figure: 'f', unit: '', goal: { atMost: 1 / 6 } })).toBe('at most 0.167')
})
