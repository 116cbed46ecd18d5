import type { ViewDescription } from '@rollcall/contract/api'
import { expect, test } from 'vitest'
import { VIEWS } from '../../dev/columns.ts'
import { allowedFilter, namingColumn, presetsOf, visibleColumns } from './known-views.ts'

const accounts = VIEWS.find(({ id }) => id === 'accounts')!
const ids = (view: ViewDescription, chosen?: string) => visibleColumns(view, chosen).map(({ id }) => id)

test('columns that nobody chose are those the server shows', () => {
  expect(ids(accounts)).toEqual(accounts.columns.filter(({ shown }) => shown).map(({ id }) => id))
})
test('chosen columns keep their order, and the one that names a row is never lost', () => {
  expect(ids(accounts, 'uid,host')).toEqual(['account', 'uid', 'host'])
  expect(ids(accounts, 'uid,account,uid')).toEqual(['uid', 'account'])
})
test('columns that the server no longer has are forgotten', () => {
  expect(ids(accounts, 'no_such,account')).toEqual(['account'])
  expect(ids(accounts, 'no_such')).toEqual(ids(accounts))
})
test('a view nobody has heard of is named by its first shown column', () => {
  const view: ViewDescription = {
    ...accounts,
    id: 'new_one',
    columns: accounts.columns.filter(({ id }) => id !== 'account'),
  }
  expect(namingColumn(view)?.id).toBe('host')
  expect(presetsOf(view)).toEqual([])
})
test('a link leads to the whole list where the server lacks the field', () => {
  expect(allowedFilter(accounts, 'privileged:yes')).toBe('privileged:yes')
  expect(allowedFilter(accounts, 'no_such:yes')).toBe('')
})
