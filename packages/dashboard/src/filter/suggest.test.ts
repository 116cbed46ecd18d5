import type { ViewColumn } from '@rollcall/contract/api'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

const column = (id: string, title: string, type: ViewColumn['type'], values?: string[]): ViewColumn => ({
  id,
  title,
  description: title,
  type,
  ...(values === undefined ? {} : { values }),
  sortable: true,
  filterable: true,
  shown: true,
})
const columns = [
  column('host', 'Host', 'text'),
  column('privileged', 'Privileged', 'enum', ['yes', 'no', 'unknown']),
  column('last_login', 'Last login', 'instant'),
]
const labels = (text: string, caret = text.length) => suggest(text, caret, columns).items.map(({ label }) => label)

test('an empty filter offers every field', () => {
  expect(labels('')).toEqual(['host:', 'privileged:', 'last_login:'])
})
test('a field is found by its title as well, and keeps its dash', () => {
  expect(labels('host:db -log')).toEqual(['-last_login:'])
})
test('after the colon the words of the field are offered', () => {
  expect(labels('privileged:')).toEqual(['yes', 'no', 'unknown'])
  expect(labels('privileged:yes,u')).toEqual(['unknown'])
})
test('a suggestion replaces what was begun and nothing else', () => {
  const text = 'privileged:yes,un host:db*'
  const { from, to, items } = suggest(text, 17, columns)
  expect(text.slice(0, from) + items[0]!.insert + text.slice(to)).toBe('privileged:yes,unknown host:db*')
})
test('inside a quoted value nothing is offered', () => {
  expect(labels('host:"pri')).toEqual([])
})
test('any text and any caret give a place within the text', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(300), (text, at) => {
      const caret = Math.min(at, text.length)
      const { from, to } = suggest(text, caret, columns)
      expect(from).toBeLessThanOrEqual(to)
      expect(to).toBeLessThanOrEqual(text.length)
    }),
  )
})
test('never is offered only where the server says that it may be', () => {
  const login = {
    ...column('last_login', 'Last login', 'instant'),
    description: 'When it last logged in; never when it did not',
  }
  expect(suggest('last_login:', 11, [login]).items.map(({ label }) => label)).toContain('never')
  expect(labels('last_login:')).not.toContain('never')
})
