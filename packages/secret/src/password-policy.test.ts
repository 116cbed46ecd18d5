import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  DEFAULT_PASSWORD_POLICY,
  fitsPolicy,
  passwordBits,
  passwordsOf,
  policyProblem,
  type PasswordPolicy,
} from './password-policy.ts'

const anyPolicy: fc.Arbitrary<PasswordPolicy> = fc.record({
  length: fc.integer({ min: 6, max: 40 }),
  atLeast: fc.record(
    {
      lower: fc.integer({ min: 0, max: 4 }),
      upper: fc.integer({ min: 0, max: 4 }),
      digit: fc.integer({ min: 0, max: 4 }),
      symbol: fc.integer({ min: 0, max: 4 }),
    },
    { requiredKeys: [] },
  ),
  symbols: fc.string({ maxLength: 6 }),
  without: fc.string({ maxLength: 6 }),
  mostAlike: fc.integer({ min: 1, max: 5 }),
  begins: fc.constantFrom('anyhow', 'with-letter'),
})

test('every password that is made is one that its policy allows, and a policy without a problem always gives one', () => {
  fc.assert(
    fc.property(anyPolicy, (policy) => {
      if (policyProblem(policy) !== undefined) {
        expect(() => passwordsOf(policy)).toThrow(RangeError)
        return
      }
      expect(fitsPolicy(passwordsOf(policy)().reveal(), policy)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('how many passwords a small policy allows is what counting them gives', () => {
  const small: PasswordPolicy = {
    length: 5,
    atLeast: { lower: 1, digit: 2 },
    symbols: '',
    without: 'defghijklmnopqrstuvwxyz456789',
    mostAlike: 2,
    begins: 'with-letter',
  }
  const alphabet = 'abc0123'.split('')
  let count = 0
  for (let word = 0; word < alphabet.length ** 5; word++) {
    const text = Array.from({ length: 5 }, (_, at) => alphabet[Math.floor(word / alphabet.length ** at) % 7]).join('')
    if (fitsPolicy(text, small)) count += 1
  }
  expect(count).toBeGreaterThan(1000)
  expect(2 ** passwordBits(small)).toBeCloseTo(count, 6)
})

test('all passwords of a policy are made about as often as any other', () => {
  const counts = new Map<string, number>()
  const policy = { ...DEFAULT_PASSWORD_POLICY, mostAlike: 1 }
  const make = passwordsOf(policy)
  for (let made = 0; made < 400; made++) {
    for (const character of make().reveal()) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  // 60 characters, 12,800 places: 213 each, of which seven standard deviations are 100.
  expect(counts.size).toBe(60)
  for (const count of counts.values()) expect(Math.abs(count - 213)).toBeLessThan(110)
})

test.each<[string, Partial<PasswordPolicy>, string]>([
  ['short', { length: 7 }, '8 to 128'],
  ['guessable', { length: 10 }, 'could be guessed'],
  ['of symbols that are letters', { symbols: 'a' }, 'a symbol is'],
  [
    'of more characters than there are',
    { length: 8, atLeast: { lower: 4, upper: 4, digit: 4 } },
    'than the password has',
  ],
  ['of what is left out', { without: '0123456789' }, 'no character is left'],
  ['of nothing', { atLeast: {} }, 'no such password'],
  ['begun by a letter without letters', { atLeast: { digit: 1, symbol: 1 } }, 'no such password'],
])('a policy that is %s is not one to save', (_, change, problem) => {
  expect(policyProblem({ ...DEFAULT_PASSWORD_POLICY, ...change })).toContain(problem)
})

test('the default is for 180 bits and more', () => {
  expect(policyProblem(DEFAULT_PASSWORD_POLICY)).toBeUndefined()
  expect(passwordBits(DEFAULT_PASSWORD_POLICY)).toBeGreaterThan(180)
})

test('a password contains none of the names of its account, whatever their case', () => {
  const policy: PasswordPolicy = {
    ...DEFAULT_PASSWORD_POLICY,
    atLeast: { lower: 1, digit: 1 },
    without: 'defghijklmnopqrstuvwxyz6789',
    mostAlike: 8,
    begins: 'anyhow',
    length: 40,
  }
  const make = passwordsOf(policy)
  for (let made = 0; made < 50; made++) expect(make(['ABC', 'a1']).reveal()).not.toContain('abc')
})
