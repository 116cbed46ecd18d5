import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { message, MessageRefused } from './message.ts'

const note = message('note', 3, z.object({ text: z.string(), by: z.string() }))
  .since(1, z.object({ line: z.string() }), ({ line }) => ({ text: line }))
  .since(2, z.object({ text: z.string() }), ({ text }) => ({ text, by: 'unknown' }))

test('the newest version is written', () => {
  expect(note.write({ text: 'a', by: 'me' })).toEqual({ type: 'note', version: 3, body: { text: 'a', by: 'me' } })
})

test('every older version is lifted to the newest', () => {
  expect(note.read({ type: 'note', version: 1, body: { line: 'a' } })).toEqual({ text: 'a', by: 'unknown' })
  expect(note.read({ type: 'note', version: 2, body: { text: 'a' } })).toEqual({ text: 'a', by: 'unknown' })
})

test('unknown fields are ignored', () => {
  expect(note.read({ type: 'note', version: 3, body: { text: 'a', by: 'b', more: 1 }, trace: 'x' })).toEqual({
    text: 'a',
    by: 'b',
  })
})

test.each([
  ['not-a-message', 'nonsense'],
  ['other-type', { type: 'letter', version: 1, body: {} }],
  ['unknown-version', { type: 'note', version: 4, body: {} }],
  ['malformed', { type: 'note', version: 3, body: { text: 'a' } }],
  ['malformed', { type: 'note', version: 1, body: {} }],
])('%s is refused by name', (code, raw) => {
  expect(() => note.read(raw)).toThrow(expect.objectContaining({ name: 'MessageRefused', code }))
})

test('anything is read or refused, never another exception', () => {
  fc.assert(
    fc.property(fc.anything(), (raw) => {
      try {
        note.read(raw)
      } catch (error) {
        expect(error).toBeInstanceOf(MessageRefused)
      }
    }),
  )
})
