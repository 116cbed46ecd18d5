import {
  sql,
  type Compilable,
  type CreateTableBuilder,
  type Expression,
  type ExpressionWrapper,
  type Kysely,
  type RawBuilder,
  type SqlBool,
} from 'kysely'
import type { Connection } from './dialect.ts'
import type { Tables } from './tables.ts'

/** Rows are kept in the order of the primary key, where the engine can: one tree instead of two. */
export const clustered = <T extends CreateTableBuilder<string, string>>(builder: T): T =>
  builder.modifyEnd(sql`without rowid`) as T

/**
 * A row limit written into the text of a query. SQLite plans a prepared query anew for every run where a value bounds the rows or
 * two tables are joined on a value, which costs ten times the query: so prepared queries do neither.
 */
export const atMost = (rows: number): RawBuilder<number> => sql.lit(rows)

/** A value to be filled in when a prepared query runs. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

type Value = string | number | null

/** A query that the builder writes once and the connection runs often, with other values each time. */
export interface Prepared<Parameters, Row> {
  all(parameters: Parameters): Promise<Row[]>
  first(parameters: Parameters): Promise<Row | undefined>
  /** The first row for each of many, in one go. */
  firsts(parameters: readonly Parameters[]): Promise<(Row | undefined)[]>
  /** How many rows were written. */
  run(parameters: Parameters): Promise<number>
  /** The same for many, in one batch. */
  each(rows: readonly Parameters[]): Promise<number>
}

/** Prepares a query when it is first run. `build` gets the builder and, for each name, the place of its value. */
export const prepared = <Parameters extends object, Row = never>(
  connection: Connection,
  build: (db: Kysely<Tables>, parameter: Required<Parameters>) => Compilable<Row>,
): Prepared<Parameters, Row> => {
  let ready: { sql: string; values: (parameters: Parameters) => unknown[] } | undefined
  const compile = () => {
    const names = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) })
    const { sql, parameters } = build(connection.db, names as Required<Parameters>).compile()
    const filled = parameters.map((parameter) => (parameter instanceof Placeholder ? parameter.name : undefined))
    const values = (given: Parameters) => {
      const row = given as Record<string, Value>
      const list: unknown[] = []
      for (let at = 0; at < filled.length; at++) {
        const name = filled[at]
        list.push(name === undefined ? parameters[at] : storable(row[name] ?? null))
      }
      return list
    }
    return { sql, values }
  }
  const all = (parameters: Parameters) => {
    ready ??= compile()
    return connection.all(ready.sql, ready.values(parameters)) as Promise<Row[]>
  }
  const firsts = (rows: readonly Parameters[]) => {
    ready ??= compile()
    return connection.firstOfEach(ready.sql, rows.map(ready.values)) as Promise<(Row | undefined)[]>
  }
  const each = (rows: readonly Parameters[]) => {
    ready ??= compile()
    return connection.runEach(ready.sql, rows.map(ready.values))
  }
  return {
    all,
    firsts,
    first: async (parameters) => (await all(parameters))[0],
    run: (parameters) => each([parameters]),
    each,
  }
}

/** Databases cannot hold U+0000 in text, or stop reading at it, and what hosts say may contain it. */
const storable = (value: Value): Value =>
  typeof value === 'string' && value.includes('\u0000') ? value.replaceAll('\u0000', '\ufffd') : value

/** All columns of an insert as placeholders, in the given order. */
export const columnsOf = <Row extends object>(parameter: Row, names: readonly (keyof Row & string)[]): Row =>
  Object.fromEntries(names.map((name) => [name, parameter[name]])) as Row

/** Sets columns to what an insert that met its like would have written. */
export const excluded = <Names extends string>(names: readonly Names[]): Record<Names, RawBuilder<never>> =>
  Object.fromEntries(names.map((name) => [name, sql`excluded.${sql.ref(name)}`])) as Record<Names, RawBuilder<never>>

/** A count as a number, whatever the driver makes of large integers. */
export const rowCount = (): RawBuilder<number> => sql<number>`cast(count(*) as integer)`

/** How many rows hold a condition. */
export const countWhere = (condition: Expression<SqlBool>): RawBuilder<number> =>
  sql<number>`cast(count(case when ${condition} then 1 end) as integer)`

/** How many different values a column has among the rows that hold a condition. */
export const countDistinct = (column: string): RawBuilder<number> =>
  sql<number>`cast(count(distinct ${sql.ref(column)}) as integer)`

/** The value of a column where there is one row; null where there are more or none. */
export const onlyOne = (column: string): RawBuilder<string | null> =>
  sql<string | null>`case when count(*) = 1 then min(${sql.ref(column)}) end`

/**
 * Text that matches a pattern as a whole, without regard to ASCII case; `%` and `_` are wild, a backslash takes away their
 * meaning. False, never unknown, for null.
 */
export const like = (text: Expression<unknown>, pattern: string): Expression<SqlBool> =>
  sql<SqlBool>`(${text} is not null and ${text} like ${pattern} escape '\\')`

/** A list with an item that matches `pattern`, in which `*` is any text. For patterns that plain text search gets wrong. */
export const itemLike = (list: Expression<unknown>, pattern: string): Expression<SqlBool> =>
  sql<SqlBool>`(${list} is not null and item_matches(${list}, ${pattern}) = 1)`

/** A number as its decimal text. */
export const asText = (value: Expression<unknown>): ExpressionWrapper<never, never, string> | RawBuilder<string> =>
  sql<string>`cast(${value} as text)`

/** Never true, never unknown. */
export const never = (): RawBuilder<SqlBool> => sql<SqlBool>`(1 = 0)`

/** `count + delta`, for a row that is there. */
export const plus = (column: string, delta: number | Expression<number>): RawBuilder<number> =>
  sql<number>`${sql.ref(column)} + ${delta}`
