import { formatTerm, parseFilter, type FilterTerm, type ViewColumn } from '@rollcall/contract/api'

/** A filter as somebody typed it: its terms, or what is wrong and where. */
export type CheckedFilter =
  | { readonly state: 'good'; readonly terms: readonly FilterTerm[] }
  | { readonly state: 'bad'; readonly problem: string; readonly from: number; readonly to: number }

/** Reads a filter and checks its fields and words against the view's columns, as the server will. */
export const checkFilter = (text: string, columns: readonly ViewColumn[]): CheckedFilter => {
  const parsed = parseFilter(text)
  if ('problem' in parsed)
    return { state: 'bad', problem: parsed.problem, from: parsed.at, to: wordEnd(text, parsed.at) }
  for (const term of parsed.terms) {
    const problem = problemOf(term, columns)
    if (problem !== undefined) return { state: 'bad', problem, from: term.from, to: term.to }
  }
  return { state: 'good', terms: parsed.terms }
}

const problemOf = ({ field, values }: FilterTerm, columns: readonly ViewColumn[]): string | undefined => {
  if (field === undefined) return undefined
  const column = columns.find(({ id }) => id === field)
  if (column === undefined) {
    const near = nearest(
      field,
      columns.filter(({ filterable }) => filterable).map(({ id }) => id),
    )
    return `there is no field “${field}” here${near === undefined ? '' : `; did you mean “${near}”?`}`
  }
  if (!column.filterable) return `“${field}” cannot be filtered by`
  if (column.type !== 'enum' || column.values === undefined) return undefined
  for (const { text, comparison, quoted } of values) {
    if (comparison !== '=' || (!quoted && (text.includes('*') || text === 'unknown'))) continue
    if (!column.values.includes(text)) return `“${text}” is none of ${column.values.join(', ')}`
  }
  return undefined
}

/** The filter with one more term, unless it is there already. */
export const withTerm = (text: string, term: Pick<FilterTerm, 'field' | 'negated' | 'values'>): string => {
  const added = formatTerm(term)
  const parsed = parseFilter(text)
  if ('terms' in parsed && parsed.terms.some((one) => formatTerm(one) === added)) return text
  return `${text.trim()} ${added}`.trim()
}

/** The filter without one of its terms. */
export const withoutTerm = (text: string, term: FilterTerm): string =>
  `${text.slice(0, term.from).trimEnd()} ${text.slice(term.to).trimStart()}`.trim()

/** A single term as text: `field:value`, for links. Values are literal. */
export const is = (field: string, ...values: string[]): string =>
  formatTerm({
    field,
    negated: false,
    values: values.map((text) => ({ comparison: '=', text, quoted: !/^[\w.-]+$/.test(text) })),
  })

const wordEnd = (text: string, from: number): number => {
  const end = text.slice(from).search(/\s/)
  return end === -1 ? text.length : from + Math.max(end, 1)
}

/** The candidate that is meant when a word is slightly misspelt, if one is near. */
const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const [best] = candidates
    .map((candidate) => ({
      candidate,
      distance: candidate.startsWith(word) && word.length > 2 ? 1 : editDistance(word.slice(0, 64), candidate),
    }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}
