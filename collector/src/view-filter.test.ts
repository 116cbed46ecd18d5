import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { conditionsOf } from './view-filter.ts'
import { views } from './views/index.ts'

const accounts = views.find(({ id }) => id === 'accounts')!
const now = new Date('2026-05-01T12:00:00.000Z')
const NOT_GONE = { anyOf: [{ column: 'gone_since', is: 'unknown' }], negated: false }
const read = (filter: string) => conditionsOf(accounts, filter, now)
const positive = (filter: string) =>
  read(filter).filter((condition) => JSON.stringify(condition) !== JSON.stringify(NOT_GONE))
const problem = (filter: string) => {
  try {
    read(filter)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('what is gone is left out unless a filter asks for it', () => {
  expect(read('')).toEqual([NOT_GONE])
  expect(read('state:gone')).toHaveLength(1)
  expect(read('gone_since:>1d')).toHaveLength(1)
  expect(read('-state:gone')).toHaveLength(2)
})

test.each([
  ['host:db1', [{ anyOf: [{ column: 'host', is: 'equal', value: 'db1' }], negated: false }]],
  [
    'host:db*,web1',
    [
      {
        anyOf: [
          { column: 'host', is: 'pattern', value: 'db*' },
          { column: 'host', is: 'equal', value: 'web1' },
        ],
        negated: false,
      },
    ],
  ],
  ['host:"db*"', [{ anyOf: [{ column: 'host', is: 'equal', value: 'db*' }], negated: false }]],
  [
    '-host:a,b',
    [
      { anyOf: [{ column: 'host', is: 'equal', value: 'a' }], negated: true },
      { anyOf: [{ column: 'host', is: 'equal', value: 'b' }], negated: true },
    ],
  ],
  ['privileged:true', [{ anyOf: [{ column: 'privileged', is: 'equal', value: 'yes' }], negated: false }]],
  ['privileged:unknown', [{ anyOf: [{ column: 'privileged', is: 'equal', value: 'unknown' }], negated: false }]],
  ['password:unknown', [{ anyOf: [{ column: 'password', is: 'unknown' }], negated: false }]],
  ['uid:>=1000', [{ anyOf: [{ column: 'uid', is: '>=', value: 1000 }], negated: false }]],
  ['last_login:never', [{ anyOf: [{ column: 'last_login', is: 'equal', value: 'never' }], negated: false }]],
  [
    'last_login:>90d',
    [
      { anyOf: [{ column: 'last_login', is: '<', value: '2026-01-31T12:00:00.000Z' }], negated: false },
      { anyOf: [{ column: 'last_login', is: 'equal', value: 'never' }], negated: true },
    ],
  ],
  [
    'last_login:>90d,never',
    [
      {
        anyOf: [
          { column: 'last_login', is: '<', value: '2026-01-31T12:00:00.000Z' },
          { column: 'last_login', is: 'equal', value: 'never' },
        ],
        negated: false,
      },
    ],
  ],
  ['last_login:2026-04', [{ anyOf: [{ column: 'last_login', is: 'pattern', value: '2026-04*' }], negated: false }]],
  [
    'first_seen:>2026-04-30',
    [{ anyOf: [{ column: 'first_seen', is: '>=', value: '2026-05-01T00:00:00.000Z' }], negated: false }],
  ],
  ['last_login_days:never', [{ anyOf: [{ column: 'last_login', is: 'equal', value: 'never' }], negated: false }]],
])('%s means %j', (filter, conditions) => {
  expect(positive(filter)).toEqual(conditions)
})

test('the opposite of a comparison holds for words and for what is unknown', () => {
  expect(positive('-last_login:<30d')).toEqual([
    {
      anyOf: [
        { column: 'last_login', is: '<=', value: '2026-04-01T12:00:00.000Z' },
        { column: 'last_login', is: 'equal', value: 'never' },
        { column: 'last_login', is: 'unknown' },
      ],
      negated: false,
    },
  ])
})

test.each([
  ['hosst:x', 'at 1: there is no field hosst; did you mean host'],
  ['uid:>1 nonsense_zzz:x', 'at 8: there is no field nonsense_zzz'],
  ['uid:abc', 'at 1: uid: expected a whole number'],
  ['host:>m', 'at 1: host: it holds text'],
  ['privileged:maybe', 'at 1: privileged: expected one of yes, no, unknown'],
  ['last_login:90d', 'at 1: last_login: compare an age, such as >90d'],
  ['last_login:2026-02-30', 'at 1: last_login: expected a date'],
  ['last_login:soon', 'at 1: last_login: expected a date'],
  ['host:"x', 'at 6: a quoted value has no closing quote'],
  [`uid:${'1,'.repeat(150)}1`, 'at 1: a term has at most 100 values'],
])('%s is refused: %s', (filter, message) => {
  expect(problem(filter)).toContain(message)
})

test('any filter is conditions or a refusal, and every condition is on a column of the relation', () => {
  const columns = new Set(accounts.columns.map(({ id }) => id))
  const words = fc.array(
    fc.constantFrom(
      '-',
      'host',
      ':',
      'uid',
      'last_login',
      'password_age_days',
      'privileged',
      '>',
      '<=',
      '=',
      '5',
      '90d',
      '2026-01-31',
      'never',
      'unknown',
      '"',
      '\\',
      ',',
      ' ',
      '*',
      "'; drop table account;--",
      '%',
      '_',
    ),
    { maxLength: 25 },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        words.map((words) => words.join('')),
      ),
      (filter) => {
        const used = (() => {
          try {
            return read(filter).flatMap(({ anyOf }) => anyOf.map(({ column }) => column))
          } catch (error) {
            if ((error as { code?: string }).code === 'invalid-filter') return []
            throw error
          }
        })()
        expect(used.filter((column) => !columns.has(column))).toEqual([])
      },
    ),
    { numRuns: 3000 },
  )
})
