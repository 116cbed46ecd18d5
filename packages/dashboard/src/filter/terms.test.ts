import { parseFilter, type ViewColumn } from '@rollcall/contract/api'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkFilter, is, withoutTerm, withTerm } from './terms.ts'

const column = (id: string, type: ViewColumn['type'], values?: string[], filterable = true): ViewColumn => ({
  id,
  title: id,
  description: '',
  type,
  ...(values === undefined ? {} : { values }),
  sortable: true,
  filterable,
  shown: true,
})
const columns = [
  column('host', 'text'),
  column('privileged', 'enum', ['yes', 'no', 'unknown']),
  column('home', 'text', undefined, false),
]

test('a misspelt field is named where it stands, with what was probably meant', () => {
  expect(checkFilter('host:db* privilged:yes', columns)).toEqual({
    state: 'bad',
    problem: 'there is no field “privilged” here; did you mean “privileged”?',
    from: 9,
    to: 22,
  })
})
test('a word that an enum does not have is refused with those it has', () => {
  expect(checkFilter('privileged:maybe', columns)).toMatchObject({ problem: '“maybe” is none of yes, no, unknown' })
})
test('a field that cannot be filtered by says so', () => {
  expect(checkFilter('home:/root', columns)).toMatchObject({ problem: '“home” cannot be filtered by' })
})
test('an open quote is shown where it opens', () => {
  expect(checkFilter('host:"db', columns)).toMatchObject({ state: 'bad', from: 5, to: 8 })
})
test('removing a term leaves the others as they were written', () => {
  const text = '  host:db*   privileged:yes  "free text" '
  const { terms } = parseFilter(text) as { terms: never[] }
  expect(withoutTerm(text, terms[1]!)).toBe('host:db* "free text"')
})
test('adding a term twice adds it once', () => {
  const term = { field: 'host', negated: false, values: [{ comparison: '=' as const, text: 'a b', quoted: true }] }
  expect(withTerm(withTerm('', term), term)).toBe('host:"a b"')
})
test('a link to any value reads back as exactly that value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (value) => {
      expect(parseFilter(is('host', value))).toMatchObject({
        terms: [{ field: 'host', negated: false, values: [{ comparison: '=', text: value }] }],
      })
    }),
  )
})
test('whatever is typed is either terms or a problem within the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab:,"\\-*<>= \tprivlegd_')) }), (text) => {
      const checked = checkFilter(text, columns)
      expect(checked.state === 'good' || checked.from <= text.length).toBe(true)
    }),
  )
})
