import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { LeaseRow, Leases, ScanCredentialRow, ScanCredentials } from './face.ts'
import { rowCount } from './portable.ts'
import type { Tables } from './tables.ts'

export const scanCredentials = ({ db }: Connection): ScanCredentials => ({
  async all() {
    const rows = await db.selectFrom('scan_credential').selectAll().orderBy('name').orderBy('id').execute()
    return rows.map(credential)
  },
  async byId(id) {
    const row = await db.selectFrom('scan_credential').selectAll().where('id', '=', id).executeTakeFirst()
    return row && credential(row)
  },
  async save(row) {
    const cells = credentialCells(row)
    const { id: _, ...others } = cells
    await db
      .insertInto('scan_credential')
      .values(cells)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(others))
      .execute()
  },
  async remove(id) {
    const { numDeletedRows } = await db.deleteFrom('scan_credential').where('id', '=', id).executeTakeFirst()
    return numDeletedRows > 0n
  },
})

export const leases = ({ db }: Connection): Leases => ({
  async add(rows) {
    if (rows.length > 0) await db.insertInto('lease').values(rows.map(leaseCells)).execute()
  },
  async end(agent, run, attempt, outcome, at) {
    const rows = await db
      .updateTable('lease')
      .set({ ended_at: at, outcome })
      .where('agent', '=', agent)
      .where('run', '=', run)
      .where('attempt', '=', attempt)
      .where('ended_at', 'is', null)
      .returningAll()
      .execute()
    return rows.map(lease)
  },
  async expire(at) {
    const { numUpdatedRows } = await db
      .updateTable('lease')
      .set({ ended_at: at, outcome: 'expired' })
      .where('ended_at', 'is', null)
      .where('until', '<', at)
      .executeTakeFirst()
    return Number(numUpdatedRows)
  },
  async of(agent, limit) {
    const rows = await db
      .selectFrom('lease')
      .selectAll()
      .where('agent', '=', agent)
      .orderBy('lent_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(lease)
  },
  async ofCredential(id, limit) {
    const rows = await db
      .selectFrom('lease')
      .selectAll()
      .where('credential', '=', id)
      .orderBy('lent_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(lease)
  },
  async open() {
    const { count } = await db
      .selectFrom('lease')
      .select(rowCount().as('count'))
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow()
    return count
  },
  async forget(before) {
    const { numDeletedRows } = await db.deleteFrom('lease').where('ended_at', '<', before).executeTakeFirst()
    return Number(numDeletedRows)
  },
})

const credential = (row: Selectable<Tables['scan_credential']>): ScanCredentialRow => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  user: row.account,
  segments: JSON.parse(row.segments) as string[],
  targets: JSON.parse(row.targets) as string[],
  version: row.version,
  state: row.state,
  stateSince: row.state_since,
  stateReason: row.state_reason,
  rejections: row.rejections,
  addedAt: row.added_at,
  addedBy: row.added_by,
  lastLentAt: row.last_lent_at,
})

const credentialCells = (row: ScanCredentialRow): Tables['scan_credential'] => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  account: row.user,
  segments: JSON.stringify(row.segments),
  targets: JSON.stringify(row.targets),
  version: row.version,
  state: row.state,
  state_since: row.stateSince,
  state_reason: row.stateReason,
  rejections: row.rejections,
  added_at: row.addedAt,
  added_by: row.addedBy,
  last_lent_at: row.lastLentAt,
})

const lease = (row: Selectable<Tables['lease']>): LeaseRow => ({
  id: row.id,
  agent: row.agent,
  credential: row.credential,
  version: row.version,
  run: row.run,
  attempt: row.attempt,
  target: row.target,
  lentAt: row.lent_at,
  until: row.until,
  endedAt: row.ended_at,
  outcome: row.outcome,
})

const leaseCells = (row: LeaseRow): Tables['lease'] => ({
  id: row.id,
  agent: row.agent,
  credential: row.credential,
  version: row.version,
  run: row.run,
  attempt: row.attempt,
  target: row.target,
  lent_at: row.lentAt,
  until: row.until,
  ended_at: row.endedAt,
  outcome: row.outcome,
})
