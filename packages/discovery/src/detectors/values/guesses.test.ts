import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMONEST } from './commonest.ts'
import { guessesOf } from './guesses.ts'

const find = (text: string, account?: string, service?: string) =>
  guessesOf(account, service).find((guess) => guess.text === text)?.weaknesses

test('the name of the account comes first, then what is shipped and common', () => {
  expect(guessesOf('alice', undefined)[0]).toEqual({ text: 'alice', weaknesses: ['same-as-account', 'common'] })
  expect(find('Nora123', 'nora')).toEqual(['same-as-account'])
  expect(find('aron', 'nora')).toEqual(['same-as-account'])
  expect(find('nora', 'EXAMPLE\\nora')).toEqual(['same-as-account'])
  expect(find('nora', 'nora@example.org')).toEqual(['same-as-account'])
  expect(find('foobared', undefined, 'redis')).toContain('default')
  expect(find('changeme')).toEqual(['default', 'common'])
  expect(find('mustang')).toEqual(['common'])
  expect(find('')).toEqual(['common'])
})

test('the thousand are a thousand, each once', () => {
  expect(new Set(COMMONEST).size).toBe(1000)
})

test('whatever the account is called, there are few guesses, each once, all with a reason', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 300 }),
      fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('constructor', '__proto__', 'redis')),
      (account, service) => {
        const guesses = guessesOf(account, service)
        expect(guesses.length).toBeLessThan(1300)
        expect(new Set(guesses.map(({ text }) => text)).size).toBe(guesses.length)
        expect(guesses.every(({ weaknesses }) => weaknesses.length > 0)).toBe(true)
      },
    ),
  )
})
