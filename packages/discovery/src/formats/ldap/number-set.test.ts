import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSet } from './number-set.ts'

test('has what was added and nothing else, wherever numbers lie', () => {
  const number = fc.oneof(fc.nat(200), fc.nat(0xffff_ffff), fc.constantFrom(0, 29, 30, 31, 59, 60, 0xffff_ffff))
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (added, asked) => {
      const [one, peer] = [new NumberSet(), new Set(added)]
      for (const each of added) one.add(each)
      for (const each of [...added, ...asked]) expect(one.has(each)).toBe(peer.has(each))
    }),
  )
})
