import type { ScheduleRunState } from '@rollcall/contract/api'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { ScheduleRow, ScheduleRunRow, Schedules } from './face.ts'
import { excluded } from './portable.ts'
import type { Tables } from './tables.ts'

export const schedules = ({ db }: Connection): Schedules => {
  const runs = (id: string) => db.selectFrom('schedule_run').selectAll().where('schedule_id', '=', id)
  return {
    async all() {
      return (await db.selectFrom('schedule').selectAll().orderBy('name').orderBy('id').execute()).map(schedule)
    },
    async save(row) {
      const values = scheduleValues(row)
      const { id: _, ...rest } = values
      await db
        .insertInto('schedule')
        .values(values)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
        .execute()
    },
    async remove(id) {
      await db.deleteFrom('schedule_run').where('schedule_id', '=', id).execute()
      await db.deleteFrom('schedule').where('id', '=', id).execute()
    },
    async openRuns(id) {
      const open = runs(id).where('state', 'in', ['due', 'running'])
      return (await open.orderBy('nominal').execute()).map(run)
    },
    async newestRuns(id, limit) {
      return (await runs(id).orderBy('nominal', 'desc').limit(limit).execute()).map(run)
    },
    async addRuns(rows) {
      for (const row of rows)
        await db
          .insertInto('schedule_run')
          .values(runValues(row))
          .onConflict((conflict) => conflict.doNothing())
          .execute()
    },
    async saveRun(row) {
      await db
        .insertInto('schedule_run')
        .values(runValues(row))
        .onConflict((conflict) =>
          conflict
            .columns(['schedule_id', 'nominal'])
            .doUpdateSet(excluded(['state', 'reason', 'started_at', 'ended_at', 'scans'])),
        )
        .execute()
    },
    async takeBack(id, after) {
      await db
        .deleteFrom('schedule_run')
        .where('schedule_id', '=', id)
        .where('nominal', '>', after)
        .where('started_at', 'is', null)
        .execute()
    },
    async forgetRuns(before) {
      await db
        .deleteFrom('schedule_run')
        .where('nominal', '<', before)
        .where('state', 'not in', ['due', 'running'])
        .execute()
    },
  }
}

const schedule = (row: Selectable<Tables['schedule']>): ScheduleRow => ({
  id: row.id,
  name: row.name,
  cron: row.cron,
  zone: row.zone,
  targets: JSON.parse(row.targets) as ScheduleRow['targets'],
  windowMinutes: row.window_minutes,
  closes: row.closes === 1,
  blackouts: JSON.parse(row.blackouts) as ScheduleRow['blackouts'],
  catchUp: row.catch_up as ScheduleRow['catchUp'],
  class: row.class as ScheduleRow['class'],
  source: row.source,
  paused: row.paused === 1,
  pausedBy: row.paused_by,
  createdAt: row.created_at,
  createdBy: row.created_by,
  changedAt: row.changed_at,
  considered: row.considered,
  spreadKey: row.spread_key,
})

const scheduleValues = (row: ScheduleRow): Selectable<Tables['schedule']> => ({
  id: row.id,
  name: row.name,
  cron: row.cron,
  zone: row.zone,
  targets: JSON.stringify(row.targets),
  window_minutes: row.windowMinutes,
  closes: row.closes ? 1 : 0,
  blackouts: JSON.stringify(row.blackouts),
  catch_up: row.catchUp,
  class: row.class,
  source: row.source,
  paused: row.paused ? 1 : 0,
  paused_by: row.pausedBy,
  created_at: row.createdAt,
  created_by: row.createdBy,
  changed_at: row.changedAt,
  considered: row.considered,
  spread_key: row.spreadKey,
})

const run = (row: Selectable<Tables['schedule_run']>): ScheduleRunRow => ({
  schedule: row.schedule_id,
  nominal: row.nominal,
  trigger: row.trigger,
  by: row.started_by,
  state: row.state as ScheduleRunState,
  reason: row.reason,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  scans: JSON.parse(row.scans) as string[],
})

const runValues = (row: ScheduleRunRow): Selectable<Tables['schedule_run']> => ({
  schedule_id: row.schedule,
  nominal: row.nominal,
  trigger: row.trigger,
  started_by: row.by,
  state: row.state,
  reason: row.reason,
  started_at: row.startedAt,
  ended_at: row.endedAt,
  scans: JSON.stringify(row.scans),
})
