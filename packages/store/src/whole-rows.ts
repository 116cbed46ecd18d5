import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { Tables } from './tables.ts'

/** What is read and written whole, by its id. */
export interface WholeRows<Row> {
  all(): Promise<Row[]>
  byId(id: string): Promise<Row | undefined>
  add(row: Row): Promise<void>
  save(row: Row): Promise<void>
}

type Name = 'agent' | 'join_token'

/** `order`: columns of the table in which all of them are told, the last of them its id; those behind a minus from the greatest on. */
export const wholeRows = <Of extends Name, Row>(
  { db }: Connection,
  name: Of,
  order: readonly `${'' | '-'}${keyof Tables[Of] & string}`[],
  {
    read,
    cells,
  }: { readonly read: (row: Selectable<Tables[Of]>) => Row; readonly cells: (row: Row) => Tables[Of] & { id: string } },
): WholeRows<Row> => {
  // All these tables have an id, and the builder writes names as they are given.
  const table = name as 'agent'
  const readAny = read as (row: unknown) => Row
  const cellsOf = cells as unknown as (row: Row) => Tables['agent']
  return {
    async all() {
      let query = db.selectFrom(table).selectAll()
      for (const column of order)
        query = query.orderBy(column.replace('-', '') as 'id', column.startsWith('-') ? 'desc' : 'asc')
      return (await query.execute()).map(readAny)
    },
    async byId(id) {
      const row = await db.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst()
      return row && readAny(row)
    },
    async add(row) {
      await db.insertInto(table).values(cellsOf(row)).execute()
    },
    async save(row) {
      const { id, ...others } = cellsOf(row)
      await db.updateTable(table).set(others).where('id', '=', id).execute()
    },
  }
}
