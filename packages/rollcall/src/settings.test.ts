import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSettings } from './settings.ts'
import { UsageError } from './usage-error.ts'

test('a settings file is YAML or JSON', () => {
  const expected = { listen: '127.0.0.1:7480', login: { user: 'scan', sudo: 'if-allowed' } }
  expect(parseSettings('listen: 127.0.0.1:7480\nlogin:\n  user: scan\n  sudo: if-allowed\n', 'x.yaml')).toEqual(
    expected,
  )
  expect(parseSettings(JSON.stringify(expected, null, 2), 'x.json')).toEqual(expected)
  expect(parseSettings('', 'x.yaml')).toEqual({})
})

test.each([
  ['listen: 127.0.0.1:7480\nconcurency: 5\n', 'rollcall.yaml:2: concurency: there is no such setting'],
  [
    'login:\n  user: scan\n  sudo: always\n',
    'rollcall.yaml:3: login.sudo: expected one of never, if-allowed, password',
  ],
  ['\n\nconcurrency: many\n', 'rollcall.yaml:3: concurrency: expected number'],
  ['listen: here\n', 'rollcall.yaml:1: listen: expected an address and port such as 127.0.0.1:7480'],
  ['a: [1\nb: 2\n', 'rollcall.yaml:2:'],
])('%j is refused with line, field and what was expected', (text, message) => {
  expect(() => parseSettings(text, 'rollcall.yaml')).toThrow(
    expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) as string }),
  )
})

test('any text is settings or a sentence', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      try {
        parseSettings(text, 'x')
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
  )
})
