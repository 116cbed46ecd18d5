/**
 * The filter grammar, shared by the dashboard, the API and the command line:
 *
 *     privileged:yes os:debian,alpine last_login:never password_age:>90d -host:db* "free text"
 *
 * Terms are joined by AND, values after a comma by OR; a leading `-` negates. `*` matches any text; `>`, `>=`, `<`, `<=` compare
 * numbers, instants (`2026-01-31`) and ages (`90d`, `12h`); `unknown` matches what could not be looked at. A term without a
 * field searches the view's text columns. Values with spaces or commas are quoted, with `\"` and `\\` inside.
 */
export interface FilterTerm {
  /** Absent for free text. */
  readonly field?: string
  readonly negated: boolean
  readonly values: readonly FilterValue[]
  /** Where the term stands in the text, for messages and for removing it: start inclusive, end exclusive. */
  readonly from: number
  readonly to: number
}

export interface FilterValue {
  readonly comparison: '=' | '>' | '>=' | '<' | '<='
  readonly text: string
  /** Quoted values are literal: `*` and the word `unknown` have no meaning in them. */
  readonly quoted: boolean
}

export type ParsedFilter = { readonly terms: readonly FilterTerm[] } | { readonly problem: string; readonly at: number }

const MAX_LENGTH = 2000

/** Reads a filter. Field names are checked by whoever knows the view; everything else is checked here. */
export const parseFilter = (text: string): ParsedFilter => {
  if (text.length > MAX_LENGTH) return { problem: `a filter has at most ${MAX_LENGTH} characters`, at: MAX_LENGTH }
  const terms: FilterTerm[] = []
  let at = 0
  while (true) {
    while (/\s/.test(text[at] ?? '')) at++
    if (at >= text.length) return { terms }
    const term = readTerm(text, at)
    if ('problem' in term) return term
    terms.push(term)
    at = term.to
  }
}

const readTerm = (text: string, from: number): FilterTerm | { problem: string; at: number } => {
  let at = from
  const negated = text[at] === '-'
  if (negated) at++
  const field = /^[a-z][a-z0-9_]*(?=:)/i.exec(text.slice(at, at + 64))?.[0]
  if (field !== undefined) at += field.length + 1
  const values: FilterValue[] = []
  while (true) {
    const value = readValue(text, at, field !== undefined)
    if ('problem' in value) return value
    values.push(value.value)
    at = value.to
    if (text[at] !== ',' || field === undefined) break
    at++
  }
  return { ...(field === undefined ? {} : { field: field.toLowerCase() }), negated, values, from, to: at }
}

const readValue = (
  text: string,
  from: number,
  compares: boolean,
): { value: FilterValue; to: number } | { problem: string; at: number } => {
  const comparison = compares
    ? ((/^(>=|<=|>|<)/.exec(text.slice(from, from + 2))?.[0] ?? '=') as FilterValue['comparison'])
    : '='
  const at = from + (comparison === '=' ? 0 : comparison.length)
  if (text[at] === '"') {
    const quoted = /^"((?:[^"\\]|\\["\\])*)"/.exec(text.slice(at))
    if (!quoted) return { problem: 'a quoted value has no closing quote', at }
    return {
      value: { comparison, text: quoted[1]!.replaceAll(/\\(["\\])/g, '$1'), quoted: true },
      to: at + quoted[0].length,
    }
  }
  const plain = (compares ? /^[^\s,"]+/ : /^[^\s"]+/).exec(text.slice(at))?.[0]
  if (plain === undefined) return { problem: 'a value is missing', at }
  return { value: { comparison, text: plain, quoted: false }, to: at + plain.length }
}

/** Writes one term so that `parseFilter` reads it back. */
export const formatTerm = (term: Pick<FilterTerm, 'field' | 'negated' | 'values'>): string =>
  `${term.negated ? '-' : ''}${term.field === undefined ? '' : `${term.field}:`}${term.values.map(formatValue).join(',')}`

const formatValue = ({ comparison, text, quoted }: FilterValue) =>
  `${comparison === '=' ? '' : comparison}${quoted || text === '' || /[\s,"\\]|^[-<>]/.test(text) ? `"${text.replaceAll(/(["\\])/g, '\\$1')}"` : text}`
