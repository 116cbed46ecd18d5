import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_MESSAGE_BYTES } from '../bus.ts'
import { assembly, PART_HEADER, partsOf } from './parts.ts'
import type { Taken } from './taken.ts'

const taken = (header: string, bytes: Uint8Array, subject = 'a'): Taken => ({
  subject,
  bytes,
  header: (name) => (name === PART_HEADER ? header : ''),
  deliveries: 1,
  done() {},
  again() {},
  working() {},
})

const none = () => {}

test('parts in any order, some of them twice, make the whole again', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2, maxLength: 400 }),
      fc.integer({ min: 4, max: 100 }),
      fc.infiniteStream(fc.nat()),
      (bytes, pieceBytes, chance) => {
        const parts = partsOf('id', bytes, pieceBytes)
        fc.pre(parts.length >= 2)
        const order = parts.flatMap((part) => (chance.next().value! % 3 === 0 ? [part, part] : [part]))
        order.sort(() => (chance.next().value! % 2) - 0.5)
        const assembled = assembly(none)
        const whole = order
          .map((part) => assembled.add(taken(part.header, part.bytes)))
          .find((fitted) => fitted.fit === 'whole')
        expect(whole?.fit === 'whole' && Buffer.compare(whole.whole.bytes, bytes)).toBe(0)
      },
    ),
  )
})

test('whatever a header says, nothing throws, and what is held stays within its bounds', () => {
  const number = fc.oneof(fc.nat(6), fc.nat(200), fc.constant(MAX_MESSAGE_BYTES), fc.constant(99_999_999))
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.constantFrom('x', 'y', 'z'), number, number, number).map((said) => said.join(' ')),
  )
  const part = fc.tuple(header, fc.uint8Array({ maxLength: 60 }), fc.constantFrom('a', 'b', 'c'))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      const assembled = assembly(none, () => 0, { begunPerSubject: 2, bytes: 200, waitMs: 1000 })
      for (const [said, bytes, subject] of parts) {
        const fitted = assembled.add(taken(said, bytes, subject))
        if (fitted.fit === 'whole') expect(fitted.whole.bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
        const held = [...assembled.held()].reduce((sum, one) => sum + one.bytes.length, 0)
        expect(held).toBeLessThanOrEqual(200)
      }
    }),
  )
})

test('one sender that begins and never ends makes room for others by itself', () => {
  const evicted: string[] = []
  const assembled = assembly(
    (parts) => evicted.push(...parts.map(({ subject }) => subject)),
    () => 0,
    {
      begunPerSubject: 4,
      bytes: 100,
      waitMs: 1000,
    },
  )
  for (const id of ['1', '2', '3']) assembled.add(taken(`${id} 0 2 80`, new Uint8Array(30), 'greedy'))
  assembled.add(taken('x 0 2 40', new Uint8Array(20), 'modest'))
  expect(evicted).toEqual(['greedy'])
  expect(assembled.add(taken('x 1 2 40', new Uint8Array(20), 'modest')).fit).toBe('whole')
})

test('one sender may have begun only so many', () => {
  const assembled = assembly(none)
  const fits = ['1', '2', '3', '4', '5'].map((id) => assembled.add(taken(`${id} 0 2 10`, new Uint8Array(5))).fit)
  expect(fits).toEqual(['held', 'held', 'held', 'held', 'refused'])
})

test('what waits for its missing parts for too long is given up', () => {
  let now = 0
  const assembled = assembly(none, () => now)
  assembled.add(taken('1 0 2 10', new Uint8Array(5)))
  now = 59_999
  expect(assembled.overdue()).toEqual([])
  now = 60_000
  expect(assembled.overdue()).toHaveLength(1)
  expect([...assembled.held()]).toEqual([])
})
