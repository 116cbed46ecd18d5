import type { Kysely } from 'kysely'
import type { Connection } from './dialect.ts'
import { migrations } from './migrations/index.ts'
import { StoreError } from './store-error.ts'

/**
 * Brings the schema up to what this program knows, one migration at a time, each in a transaction of its own. Throws
 * StoreError `newer-database` when the file is ahead of the program, `other-database` when it is not one of ours.
 */
export const migrate = async (connection: Connection, program: string, now: Date): Promise<void> => {
  const { db } = connection
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  if (!tables.includes('migration')) {
    if (tables.length > 0) throw new StoreError('other-database')
    await db.schema
      .createTable('migration')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at', 'text', (column) => column.notNull())
      .addColumn('program', 'text', (column) => column.notNull())
      .execute()
  }
  const applied = await db.selectFrom('migration').selectAll().orderBy('number').execute()
  const newest = applied.at(-1)
  const known = migrations.at(-1)!.number
  if (newest !== undefined && newest.number > known) {
    throw new StoreError(
      'newer-database',
      `its schema is ${newest.number}, made by Rollcall ${newest.program}; this is Rollcall ${program}, which knows schemas up to ${known}. Start the newer version, or restore a backup from before the upgrade`,
    )
  }
  for (const migration of migrations.filter(({ number }) => !applied.some((done) => done.number === number))) {
    await connection.begin('write')
    try {
      await migration.up(db as unknown as Kysely<never>)
      await db
        .insertInto('migration')
        .values({ number: migration.number, name: migration.name, applied_at: now.toISOString(), program })
        .execute()
      await connection.commit()
    } catch (error) {
      await connection.rollback()
      throw error
    }
  }
}
