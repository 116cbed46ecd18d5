import fc from 'fast-check'
import { expect, test } from 'vitest'
import { strokes } from './strokes.ts'

test('a small estate has one stroke for each target', () => {
  expect(strokes({ complete: 2, partial: 1, failed: 0, never: 1 })).toEqual({
    marks: ['complete', 'complete', 'partial', 'never'],
    each: 1,
  })
})
test('one failure among ten thousand still has its stroke', () => {
  expect(strokes({ complete: 10_000, partial: 0, failed: 1, never: 0 }).marks.at(-1)).toBe('failed')
})
test('however many targets there are, the strokes stay few', () => {
  const size = fc.nat(10_000_000)
  fc.assert(
    fc.property(size, size, size, size, (complete, partial, failed, never) => {
      expect(strokes({ complete, partial, failed, never }).marks.length).toBeLessThanOrEqual(240)
    }),
  )
})
