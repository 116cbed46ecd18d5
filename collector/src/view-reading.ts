import type { Cell, Coverage, ViewPage, ViewQuery } from '@rollcall/contract/api'
import type { Condition, RelationQuery, Store } from '@rollcall/store'
import { Refusal } from './refusal.ts'
import { conditionsOf } from './view-filter.ts'
import type { Cursors } from './view-cursor.ts'
import { sourceOf, viewRow, type Column, type View } from './view.ts'

export interface ViewTools {
  readonly store: Store
  readonly cursors: Cursors
  readonly coverage: () => Promise<Coverage>
  readonly now: () => Date
}

/** One page of a view. Throws Refusal for a filter, sort or cursor that cannot be read. */
export const viewPage = async (
  view: View,
  query: ViewQuery,
  { store, cursors, coverage, now }: ViewTools,
): Promise<ViewPage> => {
  const sort = query.sort ?? view.defaultSort
  const question = JSON.stringify([view.id, query.filter, sort])
  const place = query.cursor === undefined ? undefined : cursors.read(question, query.cursor)
  const at = place?.now ?? now()
  const where = conditionsOf(view, query.filter, at)
  const [page, count, covered] = await Promise.all([
    store.relations.page({
      relation: view.relation,
      where,
      sort: sortOf(view, sort),
      limit: query.limit,
      ...(place === undefined ? {} : { after: place.position }),
    }),
    query.count === 'exact' ? store.relations.count(view.relation, where) : null,
    coverage(),
  ])
  return {
    rows: page.rows.map((row) => viewRow(view.columns, row, at)),
    next: page.next === null ? null : cursors.write(question, { position: page.next, now: at }),
    count,
    coverage: covered,
  }
}

/** All rows of a view, the chosen columns alone, as one snapshot has them. */
export interface ViewReading {
  readonly columns: readonly Column[]
  readonly sort: string
  rows(): AsyncIterable<Cell[]>
}

/** Prepares reading a whole view. Throws Refusal before anything is read. */
export const viewReading = (
  view: View,
  query: Pick<ViewQuery, 'filter' | 'sort' | 'columns'>,
  store: Store,
  now: Date,
): ViewReading => {
  const sort = query.sort ?? view.defaultSort
  const columns = chosen(view, query.columns)
  const where: readonly Condition[] = conditionsOf(view, query.filter, now)
  const order = sortOf(view, sort)
  return {
    columns,
    sort,
    async *rows() {
      for await (const row of store.relations.stream({ relation: view.relation, where, sort: order })) {
        const cells = viewRow(columns, row, now)
        yield columns.map(({ id }) => cells[id] ?? null)
      }
    },
  }
}

const chosen = (view: View, columns: string | undefined): readonly Column[] => {
  if (columns === undefined || columns === '') return view.columns
  const ids = columns.split(',')
  if (new Set(ids).size < ids.length) throw invalid('/columns', 'a column is named twice')
  return ids.map((id) => {
    const column = view.columns.find((column) => column.id === id)
    if (!column)
      throw invalid('/columns', `${view.id} has no such column; it has ${view.columns.map(({ id }) => id).join(', ')}`)
    return column
  })
}

const sortOf = (view: View, sort: string): RelationQuery['sort'] => {
  const descending = sort.startsWith('-')
  const id = descending ? sort.slice(1) : sort
  const column = view.columns.find((column) => column.id === id && column.sortable !== false)
  if (!column) {
    const sortable = view.columns.filter(({ sortable = true }) => sortable).map(({ id }) => id)
    throw invalid('/sort', `${view.id} cannot be sorted so; it can by ${sortable.join(', ')}`)
  }
  // The oldest has the most days: ages run the other way than the instants they are counted from.
  return { column: sourceOf(column), descending: column.daysSince === undefined ? descending : !descending }
}

const invalid = (pointer: string, detail: string) =>
  new Refusal(400, 'invalid-request', detail, { errors: [{ pointer, detail }] })
