import { parseFilter, type FilterTerm, type FilterValue } from '@rollcall/contract/api'
import type { Condition, Test } from '@rollcall/store'
import { Refusal } from './refusal.ts'
import { DAY, sourceOf, type Column, type View } from './view.ts'

/** What one filter may hold: each term and value costs the database a comparison. */
const MAX_TERMS = 50
const MAX_VALUES = 100

/**
 * The conditions a filter stands for in a view, ages counted back from `now`. What is gone is left out unless the filter
 * names `gone_since` or `state:gone`; so are the rows that a view hides unless named. Throws Refusal `invalid-filter` with the place of the mistake.
 */
export const conditionsOf = (view: View, filter: string, now: Date): Condition[] => {
  const parsed = parseFilter(filter)
  if ('problem' in parsed) return refuse(parsed.at, parsed.problem)
  if (parsed.terms.length > MAX_TERMS)
    return refuse(parsed.terms[MAX_TERMS]!.from, `a filter has at most ${MAX_TERMS} terms`)
  const conditions = parsed.terms.flatMap((term) => termConditions(view, term, now))
  return [...conditions, ...hidden(view, parsed.terms)]
}

/** What leaves out the rows that nobody asked for. */
const hidden = ({ hidesGone, hidesWords = [] }: View, terms: readonly FilterTerm[]): Condition[] => [
  ...(hidesGone && !terms.some(asksForGone)
    ? [{ anyOf: [{ column: 'gone_since', is: 'unknown' as const }], negated: false }]
    : []),
  ...hidesWords
    .filter(({ unless }) => !terms.some(({ field = '', negated }) => !negated && unless.includes(field)))
    .map(({ column, word }) => ({ anyOf: [{ column, is: 'equal' as const, value: word }], negated: true })),
]

const refuse = (at: number, sentence: string): never => {
  const detail = `at ${at + 1}: ${sentence}`
  throw new Refusal(400, 'invalid-filter', detail, { errors: [{ pointer: '/filter', detail }] })
}

const asksForGone = ({ field, negated, values }: FilterTerm) =>
  field === 'gone_since' || (field === 'state' && !negated && values.some(({ text }) => text.toLowerCase() === 'gone'))

const termConditions = (view: View, term: FilterTerm, now: Date): Condition[] => {
  if (term.values.length > MAX_VALUES) return refuse(term.from, `a term has at most ${MAX_VALUES} values`)
  if (term.field === undefined) return [{ anyOf: freeText(view, term.values[0]!), negated: term.negated }]
  const column = columnNamed(view, term.field, term.from)
  const values = term.values.map((value) =>
    readValue(column, value, now, (sentence) => refuse(term.from, `${column.id}: ${sentence}`)),
  )
  return term.negated ? values.map((value) => noneOf(column, value)) : anyOf(column, values, term.from)
}

const columnNamed = (view: View, field: string, at: number): Column => {
  const column = view.columns.find(({ id, filterable = true }) => id === field && filterable)
  if (column) return column
  const near = nearest(
    field,
    view.columns.filter(({ filterable = true }) => filterable).map(({ id }) => id),
  )
  return refuse(at, `there is no field ${field}${near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`}`)
}

/** What a value stands for: all of these tests hold. `ranged`: they are comparisons, which words must not meet by accident of spelling. */
interface Meaning {
  readonly all: readonly Test[]
  readonly ranged: boolean
}

type Refuse = (sentence: string) => never

const readValue = (column: Column, value: FilterValue, now: Date, refuse: Refuse): Meaning => {
  const source = sourceOf(column)
  const word = value.text.toLowerCase()
  const one = (test: Test): Meaning => ({ all: [test], ranged: false })
  if (value.comparison === '=' && value.text === '' && column.emptyMeans === '')
    return one({ column: source, is: 'unknown' })
  if (value.comparison === '=' && !value.quoted) {
    if (column.emptyMeans === word) return one({ column: source, is: 'unknown' })
    if (word === 'unknown' && !column.values?.includes('unknown')) return one({ column: source, is: 'unknown' })
    if (column.words?.includes(word)) return one({ column: source, is: 'equal', value: word })
  }
  if (column.type === 'instant' || column.type === 'date') return moment(source, column.type, value, now, refuse)
  if (column.type === 'integer')
    return column.daysSince === undefined ? integer(source, value, refuse) : daysAgo(source, value, now, refuse)
  if (value.comparison !== '=') return refuse('it holds text, which is not compared by size')
  return one(column.type === 'enum' ? enumTest(column, source, value, refuse) : textTest(source, value))
}

const textTest = (column: string, { text, quoted }: FilterValue): Test => ({
  column,
  is: !quoted && text.includes('*') ? 'pattern' : 'equal',
  value: text,
})

const SPELLINGS: Record<string, string> = { true: 'yes', false: 'no' }

const enumTest = (column: Column, source: string, value: FilterValue, refuse: Refuse): Test => {
  if (!value.quoted && value.text.includes('*')) return textTest(source, value)
  const typed = value.text.toLowerCase()
  const word = column.values?.includes(typed) ? typed : (SPELLINGS[typed] ?? typed)
  if (column.values !== undefined && !column.values.includes(word))
    return refuse(`expected one of ${[...column.values, 'unknown'].join(', ')}`)
  return { column: source, is: 'equal', value: word }
}

const integer = (column: string, { comparison, text }: FilterValue, refuse: Refuse): Meaning => {
  const number = Number(text)
  if (!/^-?\d{1,15}$/.test(text)) return refuse('expected a whole number')
  return { all: [{ column, is: comparison, value: number }], ranged: comparison !== '=' }
}

/** A number of whole days, as a moment: more than 90 days ago is before the moment 91 days ago or at it. */
const daysAgo = (column: string, { comparison, text }: FilterValue, now: Date, refuse: Refuse): Meaning => {
  const number = /^(\d{1,6})d?$/i.exec(text)?.[1]
  if (number === undefined) return refuse('expected a number of days')
  const at = (days: number) => new Date(now.getTime() - days * DAY).toISOString()
  const [young, old] = [at(Number(number)), at(Number(number) + 1)]
  const tests: Record<FilterValue['comparison'], Test[]> = {
    '>': [{ column, is: '<=', value: old }],
    '>=': [{ column, is: '<=', value: young }],
    '<': [{ column, is: '>', value: young }],
    '<=': [{ column, is: '>', value: old }],
    '=': [
      { column, is: '>', value: old },
      { column, is: '<=', value: young },
    ],
  }
  return { all: tests[comparison], ranged: true }
}

const UNITS: Record<string, number> = { h: 3_600_000, d: DAY, w: 7 * DAY, y: 365 * DAY }

const moment = (column: string, type: 'instant' | 'date', value: FilterValue, now: Date, refuse: Refuse): Meaning => {
  const { comparison, text } = value
  const written = (date: Date) => (type === 'date' ? date.toISOString().slice(0, 10) : date.toISOString())
  const age = /^(\d{1,6})([hdwy])$/i.exec(text)
  if (age) {
    // Older is earlier: an age is compared the other way round than an instant.
    if (comparison === '=') return refuse(`compare an age, such as >${text} for longer ago or <${text} for more recent`)
    return {
      all: [
        {
          column,
          is: TURNED[comparison],
          value: written(new Date(now.getTime() - Number(age[1]) * UNITS[age[2]!.toLowerCase()]!)),
        },
      ],
      ranged: true,
    }
  }
  const day = /^\d{4}(-\d{2}(-\d{2})?)?$/.test(text)
  const from = new Date(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/i.test(text) || day ? text : Number.NaN,
  )
  // Dates that no calendar has, such as 2026-02-30, are moved by Date; they are refused instead.
  if (Number.isNaN(from.getTime()) || (day && !from.toISOString().startsWith(text)))
    return refuse(
      `expected a date such as 2026-01-31, an instant such as 2026-01-31T12:00:00Z, an age such as >90d${comparison === '=' ? ', or unknown' : ''}`,
    )
  if (comparison === '=')
    return {
      all: [day ? { column, is: 'pattern', value: `${text}*` } : { column, is: 'equal', value: written(from) }],
      ranged: false,
    }
  // A day, month or year is compared as a whole: after it is from its end on.
  const end = day ? endOf(text) : undefined
  if (end !== undefined && comparison === '>') return { all: [{ column, is: '>=', value: written(end) }], ranged: true }
  if (end !== undefined && comparison === '<=') return { all: [{ column, is: '<', value: written(end) }], ranged: true }
  return { all: [{ column, is: comparison, value: written(from) }], ranged: true }
}

const TURNED = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' } as const
const OPPOSITE = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' } as const

const endOf = (text: string): Date => {
  const [year = 0, month, day] = text.split('-').map(Number)
  if (month === undefined) return new Date(Date.UTC(year + 1, 0, 1))
  if (day === undefined) return new Date(Date.UTC(year, month, 1))
  return new Date(Date.UTC(year, month - 1, day + 1))
}

/** Any of the values, as conditions that must all hold: (a and b) or c is (a or c) and (b or c). */
const anyOf = (column: Column, values: readonly Meaning[], at: number): Condition[] => {
  const several = values.filter(({ all }) => all.length > 1)
  if (several.length > 4) return refuse(at, `${column.id}: at most four exact ages at once`)
  const clauses = values.reduce<Test[][]>(
    (clauses, { all }) => clauses.flatMap((clause) => all.map((test) => [...clause, test])),
    [[]],
  )
  const spared = values.some(({ ranged }) => ranged)
    ? (column.words ?? []).filter((word) => !values.some((value) => accepts(value, word)))
    : []
  return [
    ...clauses.map((clause) => ({ anyOf: clause, negated: false })),
    ...spared.map((word): Condition => ({
      anyOf: [{ column: sourceOf(column), is: 'equal', value: word }],
      negated: true,
    })),
  ]
}

/** The opposite of one value. The opposite of a comparison also holds for words and for what is unknown. */
const noneOf = (column: Column, value: Meaning): Condition => {
  if (!value.ranged) return { anyOf: value.all, negated: true }
  const source = sourceOf(column)
  return {
    anyOf: [
      ...value.all.flatMap((test): Test[] =>
        test.is === '>' || test.is === '>=' || test.is === '<' || test.is === '<='
          ? [{ column: source, is: OPPOSITE[test.is], value: test.value }]
          : [],
      ),
      ...(column.words ?? []).map((word): Test => ({ column: source, is: 'equal', value: word })),
      { column: source, is: 'unknown' },
    ],
    negated: false,
  }
}

const accepts = ({ all }: Meaning, word: string) =>
  all.some(
    (test) =>
      (test.is === 'equal' && test.value === word) ||
      (test.is === 'pattern' && test.value.endsWith('*') && word.startsWith(test.value.slice(0, -1))),
  )

const freeText = (view: View, { text }: FilterValue): Test[] =>
  view.columns
    .filter(({ type, filterable = true }) => filterable && (type === 'text' || type === 'list'))
    .map(({ id }) => ({ column: id, is: 'pattern', value: `*${text}*` }))

/** The names most like a mistyped one. */
const nearest = (typed: string, names: readonly string[]): string[] =>
  names
    .map((name) => ({ name, far: name.includes(typed) || typed.includes(name) ? 1 : distance(typed, name) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name)

/** Levenshtein's distance. Both texts are short: the grammar ends a field after 64 characters. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
