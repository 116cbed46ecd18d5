import type { Kysely } from 'kysely'
import { clustered } from '../portable.ts'

/** Which numbers of agents' spools are committed, and what is suspected to be gone. */
export const reports = {
  number: 3,
  name: 'reports',
  up: async (db: Kysely<never>) => {
    await db.schema
      .createTable('spool')
      .addColumn('agent', 'text', (column) => column.notNull())
      .addColumn('epoch', 'text', (column) => column.notNull())
      .addColumn('up_to', 'integer', (column) => column.notNull())
      .addColumn('beyond', 'text', (column) => column.notNull())
      .addColumn('forgotten', 'integer', (column) => column.notNull())
      .addColumn('gap_since', 'text')
      .addColumn('last_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('spool_pk', ['agent', 'epoch'] as never)
      .$call(clustered)
      .execute()
    await db.schema
      .alterTable('scope')
      .addColumn('suspected', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
  },
} as const
