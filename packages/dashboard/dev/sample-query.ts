import { parseFilter, type Cell, type FilterValue, type ViewDescription } from '@rollcall/contract/api'
import type { Row } from './estate.ts'

export class BadQuery extends Error {}

/** The rows that a filter leaves, in order. */
export const select = (
  rows: readonly Row[],
  view: ViewDescription,
  filter: string,
  sort: string,
  now: number,
): readonly Row[] => {
  const parsed = parseFilter(filter)
  if ('problem' in parsed) throw new BadQuery(`${parsed.problem}, at character ${parsed.at + 1}`)
  for (const { field } of parsed.terms) {
    if (field !== undefined && !view.columns.some(({ id }) => id === field))
      throw new BadQuery(`there is no field ${field}`)
  }
  const left = rows.filter((row) =>
    parsed.terms.every(({ field, negated, values }) => {
      const cells =
        field === undefined
          ? view.columns.filter(({ type }) => type === 'text').map(({ id }) => row[id] ?? null)
          : [row[field] ?? null]
      const type = view.columns.find(({ id }) => id === field)?.type
      return (
        values.some((value) => cells.some((cell) => matches(cell, value, field === undefined, type, now))) !== negated
      )
    }),
  )
  const descending = sort.startsWith('-')
  const column = descending ? sort.slice(1) : sort
  if (!view.columns.some(({ id }) => id === column)) throw new BadQuery(`there is no column ${column}`)
  return left.toSorted(
    (a, b) =>
      (descending ? -1 : 1) * compare(a[column] ?? null, b[column] ?? null) ||
      String(a['id']).localeCompare(String(b['id'])),
  )
}

const matches = (
  cell: Cell,
  { comparison, text, quoted }: FilterValue,
  free: boolean,
  type: string | undefined,
  now: number,
): boolean => {
  if (Array.isArray(cell))
    return cell.length === 0
      ? text === 'none'
      : cell.some((one) => matches(one, { comparison, text, quoted }, free, type, now))
  if (!quoted && text === 'unknown' && !free) return cell === null || cell === 'unknown'
  if (cell === null) return false
  if (comparison !== '=') {
    const age = /^(\d+)([dh])$/.exec(text)
    if (age && type !== 'integer') {
      const at = Date.parse(String(cell))
      return (
        !Number.isNaN(at) && ordered(now - at, comparison, Number(age[1]) * (age[2] === 'd' ? 86_400_000 : 3_600_000))
      )
    }
    return typeof cell === 'number'
      ? ordered(cell, comparison, Number(text))
      : ordered(Date.parse(cell), comparison, Date.parse(text))
  }
  const said = String(cell).toLowerCase()
  const wanted = text.toLowerCase()
  if (free) return said.includes(wanted)
  if (quoted || !wanted.includes('*')) return said === wanted
  return new RegExp(
    `^${wanted
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
  ).test(said)
}

const ordered = (a: number, comparison: string, b: number) =>
  comparison === '>' ? a > b : comparison === '>=' ? a >= b : comparison === '<' ? a < b : a <= b

const compare = (a: Cell, b: Cell): number => {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}
