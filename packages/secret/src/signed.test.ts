import { sign } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyId, keyPairOf, newKeyPair, publicKeyOf } from './keys.ts'
import { Secret } from './secret.ts'
import { MAX_SIGNED_BYTES, signBytes, SIGNED_OVERHEAD, SignatureError, signerOf, verifiedBytes } from './signed.ts'

const key = newKeyPair('sign')
const known = publicKeyOf('sign', key.public)
const keyOf = (id: string) => (id === keyId(key.public) ? known : undefined)
const CONTEXT = 'rollcall.report.a'

const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof SignatureError) return error.code
    throw error
  }
  return undefined
}

test('what was signed for a context is read there, compressed or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(40), (bytes, times) => {
      const whole = Buffer.concat(Array.from({ length: times + 1 }, () => bytes))
      expect(Buffer.from(verifiedBytes(keyOf, CONTEXT, signBytes(key, CONTEXT, whole))).equals(whole)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('any byte that is another is refused', () => {
  const frames = [Buffer.from('short'), Buffer.from('long '.repeat(400))].map((bytes) => signBytes(key, CONTEXT, bytes))
  for (const frame of frames)
    for (let at = 0; at < frame.length; at++)
      for (const bit of [0x01, 0x80]) {
        const changed = Uint8Array.from(frame)
        changed[at]! ^= bit
        expect(
          refusal(() => verifiedBytes(keyOf, CONTEXT, changed)),
          `byte ${at}`,
        ).toBeDefined()
      }
})

test('bytes that are cut, longer or in another order are refused', () => {
  const frame = signBytes(key, CONTEXT, Buffer.from('something that was said'))
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.nat(frame.length - 1), (from, to) => {
      expect(refusal(() => verifiedBytes(keyOf, CONTEXT, frame.subarray(0, from)))).toBeDefined()
      expect(refusal(() => verifiedBytes(keyOf, CONTEXT, Buffer.concat([frame, frame.subarray(from)])))).toBeDefined()
      const swapped = Uint8Array.from(frame)
      ;[swapped[from], swapped[to]] = [swapped[to]!, swapped[from]!]
      if (!Buffer.from(swapped).equals(frame))
        expect(refusal(() => verifiedBytes(keyOf, CONTEXT, swapped))).toBeDefined()
    }),
  )
})

test('what was signed for one subject is not believed on another', () => {
  const frame = signBytes(key, CONTEXT, Buffer.from('hello'))
  expect(refusal(() => verifiedBytes(keyOf, 'rollcall.report.b', frame))).toBe('bad-signature')
})

test('a context that runs on into the bytes is another context', () => {
  const frame = signBytes(key, 'ab', Buffer.from('c'))
  const other = signBytes(key, 'a', Buffer.from('bc'))
  const moved = Buffer.concat([other.subarray(0, SIGNED_OVERHEAD), Buffer.from('c')])
  expect(refusal(() => verifiedBytes(keyOf, 'ab', moved))).toBe('bad-signature')
  expect(verifiedBytes(keyOf, 'ab', frame)).toHaveLength(1)
})

test('a key that is not known is told by its id, and another key under that id does not fit', () => {
  const other = newKeyPair('sign')
  const frame = signBytes(other, CONTEXT, Buffer.from('hello'))
  expect(signerOf(frame)).toBe(keyId(other.public))
  expect(refusal(() => verifiedBytes(keyOf, CONTEXT, frame))).toBe('unknown-key')
  expect(refusal(() => verifiedBytes(() => known, CONTEXT, frame))).toBe('bad-signature')
})

test('what nobody signed is told so', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('{"type":"x"}'), Buffer.alloc(200)])
    expect(refusal(() => verifiedBytes(keyOf, CONTEXT, bytes))).toBe('not-signed')
})

test('a frame of a later kind is told as such', () => {
  const frame = Uint8Array.from(signBytes(key, CONTEXT, Buffer.from('hello')))
  frame[2] = 2
  expect(refusal(() => verifiedBytes(keyOf, CONTEXT, frame))).toBe('unknown-version')
})

test('what swells beyond the bound is refused, although it is signed', () => {
  const bomb = zstdCompressSync(Buffer.alloc(MAX_SIGNED_BYTES * 4))
  expect(bomb.length).toBeLessThan(10_000)
  expect(refusal(() => verifiedBytes(keyOf, CONTEXT, frameOf(bomb)))).toBe('too-large')
  expect(refusal(() => verifiedBytes(keyOf, CONTEXT, frameOf(Buffer.from('no zstd'))))).toBe('not-unpacked')
  const fine = signBytes(key, CONTEXT, Buffer.alloc(5000))
  expect(refusal(() => verifiedBytes(keyOf, CONTEXT, fine, 4999))).toBe('too-large')
})

/** Signed by the right key as compressed, whatever it is. */
const frameOf = (payload: Uint8Array): Uint8Array => {
  const frame = Buffer.alloc(SIGNED_OVERHEAD + payload.length)
  const plain = signBytes(key, CONTEXT, Buffer.from('x'))
  frame.set(plain.subarray(0, 12))
  frame[3] = 1
  frame.set(payload, SIGNED_OVERHEAD)
  frame.set(signatureOver(frame.subarray(0, 12), payload), 12)
  return frame
}

const signatureOver = (head: Uint8Array, payload: Uint8Array) => {
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(CONTEXT.length, 0)
  lengths.writeUInt32BE(payload.length, 4)
  const signed = Buffer.concat([Buffer.from('rollcall signed 1\0'), lengths, Buffer.from(CONTEXT), head, payload])
  return sign(null, signed, key.private)
}

test('more than a message may have is not signed', () => {
  expect(refusal(() => signBytes(key, CONTEXT, Buffer.alloc(MAX_SIGNED_BYTES + 1)))).toBe('too-large')
})

test('a seed gives the same key again, and reads as nothing', () => {
  const again = keyPairOf('sign', key.seed)
  expect(Buffer.from(again.public).equals(key.public)).toBe(true)
  expect(JSON.stringify({ seed: again.seed })).toBe('{"seed":"[secret]"}')
  expect(() => keyPairOf('sign', Secret.ofBytes(new Uint8Array(31)))).toThrow('32 bytes')
})
