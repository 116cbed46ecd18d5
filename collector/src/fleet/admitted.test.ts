import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAdmitted, NOTHING_ADMITTED, withAdmitted, type Range } from './admitted.ts'

const range = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 5 }))
  .map(([from, more]): Range => [from, from + more])

test('exactly what was admitted is, in whatever order and however often it came', () => {
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const admitted = ranges.reduce((sum, one) => withAdmitted(sum, [one]), NOTHING_ADMITTED)
      for (let seq = 1; seq <= 50; seq++)
        expect(isAdmitted(admitted, seq)).toBe(ranges.some(([from, to]) => seq >= from && seq <= to))
      expect(withAdmitted(NOTHING_ADMITTED, ranges)).toEqual(admitted)
    }),
  )
})

test('what has no gap before it is told by one number, and nothing is told twice', () => {
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const { upTo, beyond } = withAdmitted(NOTHING_ADMITTED, ranges)
      let last = upTo
      for (const [from, to] of beyond) {
        expect(from).toBeGreaterThan(last + 1)
        expect(to).toBeGreaterThanOrEqual(from)
        last = to
      }
    }),
  )
})
