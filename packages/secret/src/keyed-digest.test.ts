import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyedDigest, newDigestKey } from './keyed-digest.ts'
import { Secret } from './secret.ts'

const one = keyedDigest(Secret.ofBytes(new Uint8Array(32).fill(1)))

test('equal secrets have equal digests, others have others', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      expect(one(left) === one(right)).toBe(Buffer.from(left).equals(Buffer.from(right)))
      expect(one(left)).toMatch(/^[\w-]{43}$/)
    }),
  )
})

test('two installations have different digests of the same secret', () => {
  expect(keyedDigest(newDigestKey())('$6$salt$hash')).not.toBe(keyedDigest(newDigestKey())('$6$salt$hash'))
})

test('is HMAC-SHA-256 over its purpose and the secret, whatever Node makes of it tomorrow', () => {
  const expected = createHmac('sha256', Buffer.alloc(32, 1)).update('rollcall found secret\0ä').digest('base64url')
  expect(one('ä')).toBe(expected)
  expect(one('$1$x')).toBe('Zx18vrMAQ6rNXOoGvhsp3zRwRF5-aFMdvRpRMxRX7Ho')
})

test('a key of another length is refused', () => {
  expect(() => keyedDigest(Secret.ofText('short'))).toThrow('32 bytes')
})
