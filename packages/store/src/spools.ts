import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { SpoolKnown, Spools } from './face.ts'
import { columnsOf, excluded, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type SpoolRow = Selectable<Tables['spool']>

const COLUMNS = ['agent', 'epoch', 'up_to', 'beyond', 'forgotten', 'gap_since', 'last_at'] as const

export const spools = (connection: Connection): Spools => {
  const one = prepared<{ agent: string; epoch: string }, SpoolRow>(connection, (db, { agent, epoch }) =>
    db.selectFrom('spool').selectAll().where('agent', '=', agent).where('epoch', '=', epoch),
  )
  const save = prepared<SpoolRow>(connection, (db, row) =>
    db
      .insertInto('spool')
      .values(columnsOf(row, COLUMNS))
      .onConflict((conflict) =>
        conflict
          .columns(['agent', 'epoch'])
          .doUpdateSet(excluded(['up_to', 'beyond', 'forgotten', 'gap_since', 'last_at'])),
      ),
  )
  return {
    async of(agent, epoch) {
      const row = await one.first({ agent, epoch })
      return row && known(row)
    },
    async save({ agent, epoch, upTo, beyond, forgotten, gapSince, lastAt }) {
      await save.run({
        agent,
        epoch,
        up_to: upTo,
        beyond: JSON.stringify(beyond),
        forgotten,
        gap_since: gapSince,
        last_at: lastAt,
      })
    },
    async all() {
      return (await connection.db.selectFrom('spool').selectAll().orderBy('last_at', 'desc').execute()).map(known)
    },
    async forget(before) {
      const { numDeletedRows } = await connection.db
        .deleteFrom('spool')
        .where('last_at', '<', before)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

const known = (row: SpoolRow): SpoolKnown => ({
  agent: row.agent,
  epoch: row.epoch,
  upTo: row.up_to,
  beyond: JSON.parse(row.beyond) as SpoolKnown['beyond'],
  forgotten: row.forgotten,
  gapSince: row.gap_since,
  lastAt: row.last_at,
})
