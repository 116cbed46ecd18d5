import type { Outcome } from '@rollcall/contract'
import type { OrderClass, ScanTiming } from '@rollcall/contract/bus'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { ScanShareRow, ScanShares } from './face.ts'
import { countWhere, plus, rowCount } from './portable.ts'
import type { Tables } from './tables.ts'

const CLOSED = ['ended', 'lost'] as const

export const scanShares = ({ db }: Connection): ScanShares => ({
  async open() {
    const rows = await db
      .selectFrom('scan_share')
      .innerJoin('scan', 'scan.id', 'scan_share.scan_id')
      .selectAll('scan_share')
      .where('scan_share.state', 'not in', CLOSED)
      .orderBy('scan_share.class', 'desc')
      .orderBy('scan.started_at')
      .orderBy('scan_share.id')
      .execute()
    return rows.map(share)
  },
  async byId(id) {
    const row = await db.selectFrom('scan_share').selectAll().where('id', '=', id).executeTakeFirst()
    return row && share(row)
  },
  async of(scan, limit) {
    const rows = await db.selectFrom('scan_share').selectAll().where('scan_id', '=', scan).orderBy('id').execute()
    if (rows.length === 0) return []
    const counts = await db
      .selectFrom('scan_target')
      .select((eb) => ['share', rowCount().as('planned'), countWhere(eb('state', '=', 'done')).as('done')])
      .where('scan_id', '=', scan)
      .where('share', 'is not', null)
      .groupBy('share')
      .execute()
    return rows
      .toSorted((one, other) => RANK[one.state] - RANK[other.state])
      .slice(0, limit)
      .map((row) => {
        const { planned = 0, done = 0 } = counts.find((count) => count.share === row.id) ?? {}
        return { ...share(row), planned, done }
      })
  },
  async save(rows) {
    for (const row of rows) {
      const values = shareValues(row)
      const { id: _, ...rest } = values
      await db
        .insertInto('scan_share')
        .values(values)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
        .execute()
    }
  },
  async unsweep({ id, scan, swept, silent }) {
    await db.updateTable('scan_share').set({ swept: 0, silent: 0 }).where('id', '=', id).execute()
    await db
      .updateTable('scan')
      .set({ swept: plus('swept', -swept), silent: plus('silent', -silent) })
      .where('id', '=', scan)
      .execute()
  },
})

const RANK = { taken: 0, given: 1, ending: 2, waiting: 3, lost: 4, ended: 5 } as const

const share = (row: Selectable<Tables['scan_share']>): ScanShareRow => ({
  id: row.id,
  scan: row.scan_id,
  segment: row.segment,
  state: row.state,
  class: row.class as OrderClass,
  targets: JSON.parse(row.targets) as ScanShareRow['targets'],
  timing: row.timing === null ? null : (JSON.parse(row.timing) as ScanTiming),
  agent: row.agent,
  session: row.session,
  attempt: row.attempt,
  swept: row.swept,
  silent: row.silent,
  givenAt: row.given_at,
  takenAt: row.taken_at,
  endedAt: row.ended_at,
  expires: row.expires,
  mark: row.epoch === null || row.seq === null ? null : { epoch: row.epoch, seq: row.seq },
  outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as Outcome),
  reason: row.reason,
})

const shareValues = (row: ScanShareRow): Selectable<Tables['scan_share']> => ({
  id: row.id,
  scan_id: row.scan,
  segment: row.segment,
  state: row.state,
  class: row.class,
  targets: JSON.stringify(row.targets),
  timing: row.timing === null ? null : JSON.stringify(row.timing),
  agent: row.agent,
  session: row.session,
  attempt: row.attempt,
  swept: row.swept,
  silent: row.silent,
  given_at: row.givenAt,
  taken_at: row.takenAt,
  ended_at: row.endedAt,
  expires: row.expires,
  epoch: row.mark?.epoch ?? null,
  seq: row.mark?.seq ?? null,
  outcome: row.outcome === null ? null : JSON.stringify(row.outcome),
  reason: row.reason,
})
