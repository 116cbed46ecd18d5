import type { Cell, ViewColumn, ViewDescription } from '@rollcall/contract/api'
import type { RelationName, RelationRow } from '@rollcall/store'

/** A column of a view: what people and programs see, and how its cell comes from the relation's. */
export interface Column extends Omit<ViewColumn, 'sortable' | 'filterable' | 'shown' | 'values'> {
  readonly values?: readonly string[]
  /** Default true. */
  readonly sortable?: boolean
  /** Default true. */
  readonly filterable?: boolean
  /** Default false. */
  readonly shown?: boolean
  /** Words beside instants, dates or numbers that a cell may hold: known absences such as `never`. */
  readonly words?: readonly string[]
  /** The relation leaves the cell empty to say this word: it is known, not unknown. */
  readonly emptyMeans?: string
  /** Whole days from the instant or date in this column of the relation until now. Words pass as they are. */
  readonly daysSince?: string
}

export interface View extends Omit<ViewDescription, 'columns'> {
  readonly relation: RelationName
  readonly columns: readonly Column[]
  /** Whether rows of what is gone are left out unless a filter asks for them; then the relation has `gone_since`. */
  readonly hidesGone?: true
  /** Rows of a word that are left out too, for they would drown all others, unless a filter names one of these fields. */
  readonly hidesWords?: readonly {
    readonly column: string
    readonly word: string
    readonly unless: readonly string[]
  }[]
}

/** Declares a view: one definition gives the table, the API and the CSV. One file each; `npm run register` lists it. */
export const view = (definition: View): View => definition

/** The view as the API describes it. */
export const describeView = ({ id, title, description, columns, defaultSort }: View): ViewDescription => ({
  id,
  title,
  description,
  columns: columns.map(describeColumn),
  defaultSort,
})

const describeColumn = (column: Column): ViewColumn => ({
  id: column.id,
  title: column.title,
  description: column.description,
  type: column.type,
  ...(column.values === undefined ? {} : { values: [...column.values] }),
  sortable: column.sortable ?? true,
  filterable: column.filterable ?? true,
  shown: column.shown ?? false,
})

/** The relation's column behind a view's column. */
export const sourceOf = (column: Column): string => column.daysSince ?? column.id

/** A view's row from a relation's, with ages as of `now`. */
export const viewRow = (
  columns: readonly Column[],
  row: RelationRow,
  now: Date,
): Record<string, Cell> & { id: string } => {
  const cells: Record<string, Cell> & { id: string } = { id: row.id }
  for (const column of columns) {
    const cell = row[sourceOf(column)] ?? null
    cells[column.id] =
      cell === null ? (column.emptyMeans ?? null) : column.daysSince === undefined ? cell : days(cell, now)
  }
  return cells
}

export const DAY = 86_400_000

const days = (cell: Cell, now: Date): Cell => {
  const then = typeof cell === 'string' && /^\d{4}-/.test(cell) ? Date.parse(cell) : Number.NaN
  return Number.isNaN(then) ? cell : Math.floor((now.getTime() - then) / DAY)
}
