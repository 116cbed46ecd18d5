import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTerm, parseFilter, type FilterTerm } from './filter.ts'

const terms = (text: string) => {
  const parsed = parseFilter(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.terms.map(({ from: _, to: __, ...term }) => term)
}
const is = (text: string, quoted = false) => ({ comparison: '=' as const, text, quoted })

test.each<[string, Omit<FilterTerm, 'from' | 'to'>[]]>([
  ['', []],
  ['privileged:yes', [{ field: 'privileged', negated: false, values: [is('yes')] }]],
  [
    'os:debian,alpine -host:db*',
    [
      { field: 'os', negated: false, values: [is('debian'), is('alpine')] },
      { field: 'host', negated: true, values: [is('db*')] },
    ],
  ],
  [
    'password_age:>=90d',
    [{ field: 'password_age', negated: false, values: [{ comparison: '>=', text: '90d', quoted: false }] }],
  ],
  ['"two words"', [{ negated: false, values: [is('two words', true)] }]],
  ['host:"a,b \\"c\\""', [{ field: 'host', negated: false, values: [is('a,b "c"', true)] }]],
  [
    'last_seen:>2026-11-01T10:00:00Z',
    [
      {
        field: 'last_seen',
        negated: false,
        values: [{ comparison: '>', text: '2026-11-01T10:00:00Z', quoted: false }],
      },
    ],
  ],
  ['SHA256:abc', [{ field: 'sha256', negated: false, values: [is('abc')] }]],
])('%s is read as terms', (text, expected) => {
  expect(terms(text)).toEqual(expected)
})

test.each([
  ['host:', 'a value is missing', 5],
  ['host:"a', 'a quoted value has no closing quote', 5],
  ['host:a,', 'a value is missing', 7],
  ['- x', 'a value is missing', 1],
])('%s is refused with the position', (text, problem, at) => {
  expect(parseFilter(text)).toEqual({ problem, at })
})

test('any text is read or refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseFilter(text)))
})

test('a written term is read back as it was', () => {
  const value = fc.record({
    comparison: fc.constantFrom('=' as const, '>' as const, '<=' as const),
    text: fc.string({ minLength: 1, maxLength: 20 }),
    quoted: fc.constant(true),
  })
  const term = fc.record({
    field: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
    negated: fc.boolean(),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(term, { maxLength: 4 }), (written) => {
      expect(terms(written.map(formatTerm).join(' '))).toEqual(written)
    }),
  )
})
