import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findingsDigest } from './findings-digest.ts'

const digestOf = (lines: readonly string[], key = 'key') => {
  const digest = findingsDigest(key)
  for (const line of lines) digest.add(line)
  return digest.hex()
}

test('the order in which findings come does not change their digest', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (lines) => {
      expect(digestOf(lines.toReversed())).toBe(digestOf(lines))
    }),
  )
})

test('one finding more, less, or another one changes it', () => {
  expect(digestOf(['a'])).not.toBe(digestOf([]))
  expect(digestOf(['a', 'a'])).not.toBe(digestOf(['a']))
  expect(digestOf(['a'])).not.toBe(digestOf(['b']))
})

test('it is the sum of the digests of all, modulo 2^256', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.string(), (lines, key) => {
      const sum = lines.reduce((sum, line) => sum + BigInt(`0x${hash('sha256', `${key}\0${line}`, 'hex')}`), 0n)
      expect(digestOf(lines, key)).toBe((sum % 2n ** 256n).toString(16).padStart(64, '0'))
    }),
  )
})

test('asking in between changes nothing', () => {
  const digest = findingsDigest('')
  digest.add('a')
  digest.hex()
  digest.add('b')
  expect(digest.hex()).toBe(digestOf(['a', 'b'], ''))
})

test('another key gives another digest', () => {
  expect(digestOf(['a'], 'one')).not.toBe(digestOf(['a'], 'other'))
})
