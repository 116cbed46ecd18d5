import type { CreateTableBuilder, Kysely } from 'kysely'
import { clustered } from '../portable.ts'

/** A table of text columns; `#` marks an integer, `?` one that may be null. */
export const table = (db: Kysely<never>, name: string, columns: string, ...key: string[]): Promise<void> =>
  columns
    .split(' ')
    .reduce<CreateTableBuilder<string, string>>(
      (builder, column) =>
        builder.addColumn(column.replaceAll(/[#?]/g, ''), column.includes('#') ? 'integer' : 'text', (definition) =>
          column.includes('?') ? definition : definition.notNull(),
        ),
      db.schema.createTable(name) as CreateTableBuilder<string, string>,
    )
    .addPrimaryKeyConstraint(`${name}_pk`, key as never)
    .$call(clustered)
    .execute()

export const index = (db: Kysely<never>, table: string, ...columns: string[]): Promise<void> =>
  db.schema
    .createIndex(`${table}_by_${columns.join('_and_')}`)
    .on(table)
    .columns(columns)
    .execute()
