import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { visibleText } from './visible-text.ts'

test('a directional override is shown by its code point and reorders nothing', () => {
  expect(visibleText('admin\u202Etxt.exe')).toBe('admin‹U+202E›txt.exe')
})
test('a zero-width character does not make two names look the same', () => {
  expect(visibleText('ro\u200Bot')).not.toBe('root')
})
test('ordinary text of any language stays as it is', () => {
  for (const text of ['root', 'Jürgen Groß', '山田太郎', 'مدير', '🙂']) expect(visibleText(text)).toBe(text)
})
test('no control character survives, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visibleText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/)
    }),
  )
})
