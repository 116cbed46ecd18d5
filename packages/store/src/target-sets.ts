import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { TargetSetRow, TargetSets } from './face.ts'
import type { Tables } from './tables.ts'

export const targetSets = ({ db }: Connection): TargetSets => ({
  async all() {
    const rows = await db.selectFrom('target_set').selectAll().orderBy('name').orderBy('id').execute()
    return rows.map(targetSet)
  },
  async byId(id) {
    const row = await db.selectFrom('target_set').selectAll().where('id', '=', id).executeTakeFirst()
    return row && targetSet(row)
  },
  async add({ id, name, include, exclude, addedAt, addedBy, segment = 'local' }) {
    await db
      .insertInto('target_set')
      .values({
        id,
        name,
        include: JSON.stringify(include),
        exclude: JSON.stringify(exclude),
        added_at: addedAt,
        added_by: addedBy,
        segment,
      })
      .execute()
  },
  async remove(id) {
    const { numDeletedRows } = await db.deleteFrom('target_set').where('id', '=', id).executeTakeFirst()
    return numDeletedRows > 0n
  },
})

const targetSet = (row: Selectable<Tables['target_set']>): TargetSetRow => ({
  id: row.id,
  name: row.name,
  include: JSON.parse(row.include) as string[],
  exclude: JSON.parse(row.exclude) as string[],
  addedAt: row.added_at,
  addedBy: row.added_by,
  segment: row.segment,
})
