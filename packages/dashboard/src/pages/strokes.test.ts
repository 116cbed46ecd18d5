import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { strokes } from './strokes.ts'

test('a small estate has one stroke for each target, in fives', () => {
  expect(strokes({ complete: 7, partial: 1, failed: 0, never: 1 })).toEqual({
    groups: [
      { look: 'complete', size: 5 },
      { look: 'complete', size: 2 },
      { look: 'partial', size: 1 },
      { look: 'never', size: 1 },
    ],
    each: 1,
  })
})
test('one failure among ten thousand still has its stroke', () => {
  expect(strokes({ complete: 10_000, partial: 0, failed: 1, never: 0 }).groups.at(-1)).toEqual({
    look: 'failed',
    size: 1,
  })
})
test('however many targets there are, the strokes stay few', () => {
  const size = fc.nat(10_000_000)
  fc.assert(
    fc.property(size, size, size, size, (complete, partial, failed, never) => {
      const { groups } = strokes({ complete, partial, failed, never })
      expect(groups.reduce((sum, group) => sum + group.size, 0)).toBeLessThanOrEqual(240)
    }),
  )
})
