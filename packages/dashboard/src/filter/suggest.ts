import type { ViewColumn } from '@rollcall/contract/api'

interface Suggestion {
  /** What is put in place of the characters `from` to `to`. */
  readonly insert: string
  readonly label: string
  readonly detail: string
  /** Whether the term is then whole; a field alone still needs its value. */
  readonly whole: boolean
}

export interface Suggestions {
  readonly from: number
  readonly to: number
  readonly items: readonly Suggestion[]
}

const MOST = 40
const NONE: Suggestions = { from: 0, to: 0, items: [] }

/** What may be meant at the caret: field names, or the values of the field that stands there. */
export const suggest = (text: string, caret: number, columns: readonly ViewColumn[]): Suggestions => {
  const token = tokenAt(text, caret)
  if (token === undefined) return NONE
  const written = text.slice(token.from, caret)
  const [, dash = '', field, values] = /^(-?)(?:([a-z][a-z0-9_]*):)?(.*)$/i.exec(written) ?? []
  if (field === undefined) return { ...token, items: fields(dash, (values ?? '').toLowerCase(), columns) }
  const column = columns.find(({ id }) => id === field.toLowerCase())
  if (column === undefined || !column.filterable || values === undefined) return NONE
  const begun = values.slice(values.lastIndexOf(',') + 1)
  const rest = text.slice(caret, token.to).search(/[,\s]/)
  return {
    from: caret - begun.length,
    to: rest === -1 ? token.to : caret + rest,
    items: valuesOf(column).filter(({ insert }) => insert.startsWith(begun.toLowerCase()) && insert !== begun),
  }
}

const fields = (dash: string, begun: string, columns: readonly ViewColumn[]): Suggestion[] =>
  columns
    .filter(({ filterable, id, title }) => filterable && (id.includes(begun) || title.toLowerCase().includes(begun)))
    .sort((a, b) => Number(b.id.startsWith(begun)) - Number(a.id.startsWith(begun)))
    .slice(0, MOST)
    .map(({ id, title, description }) => ({
      insert: `${dash}${id}:`,
      label: `${dash}${id}:`,
      detail: description || title,
      whole: false,
    }))

const UNKNOWN: Suggestion = { insert: 'unknown', label: 'unknown', detail: 'could not be looked at', whole: true }

const valuesOf = (column: ViewColumn): Suggestion[] => {
  const words = (...pairs: [insert: string, detail: string][]) =>
    pairs.map(([insert, detail]) => ({ insert, label: insert, detail, whole: true }))
  // Which words a column knows for what is not there, its description says.
  const absent = (word: string, detail: string) =>
    new RegExp(`\\b${word}\\b`).test(column.description) ? words([word, detail]) : []
  switch (column.type) {
    case 'enum':
      return [
        ...(column.values ?? []).map((word) => ({
          insert: word,
          label: word,
          detail: word === 'unknown' ? UNKNOWN.detail : '',
          whole: true,
        })),
        ...(column.values?.includes('unknown') ? [] : [UNKNOWN]),
      ]
    case 'instant':
    case 'date':
      return [
        ...words(
          ['<24h', 'within the last 24 hours'],
          ['<7d', 'within the last 7 days'],
          ['>30d', 'more than 30 days ago'],
          ['>90d', 'more than 90 days ago'],
          ['>365d', 'more than a year ago'],
        ),
        ...absent('never', 'known not to have happened'),
        UNKNOWN,
      ]
    case 'integer':
      return [...words(['0', 'exactly 0'], ['>0', 'more than 0'], ['>=10', '10 or more']), UNKNOWN]
    case 'list':
      return [...absent('none', 'known to be empty'), UNKNOWN]
    case 'text':
      return [UNKNOWN]
    default:
      return column.type satisfies never
  }
}

/** The run of characters around the caret that holds no space outside quotes; nothing inside an open quote. */
const tokenAt = (text: string, caret: number): { from: number; to: number } | undefined => {
  let from = 0
  let quoted = false
  for (let at = 0; at < caret; at++) {
    if (quoted && text[at] === '\\') at++
    else if (text[at] === '"') quoted = !quoted
    else if (!quoted && /\s/.test(text[at]!)) from = at + 1
  }
  if (quoted) return undefined
  const end = text.slice(caret).search(/\s/)
  return { from, to: end === -1 ? text.length : caret + end }
}
