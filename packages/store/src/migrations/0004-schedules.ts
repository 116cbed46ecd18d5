import type { Kysely } from 'kysely'
import { index, table } from './columns.ts'

/** Schedules, each of their times and what became of it, and which agent has which part of a scan. */
export const schedules = {
  number: 4,
  name: 'schedules',
  up: async (db: Kysely<never>) => {
    await table(
      db,
      'schedule',
      'id name cron zone targets window_minutes# closes# blackouts catch_up class source paused# paused_by? created_at created_by changed_at considered spread_key',
      'id',
    )
    await table(
      db,
      'schedule_run',
      'schedule_id nominal trigger started_by? state reason? started_at? ended_at? scans',
      'schedule_id',
      'nominal',
    )
    for (const column of ['schedule', 'asked']) await db.schema.alterTable('scan').addColumn(column, 'text').execute()
    await db.schema.alterTable('scan_target').addColumn('share', 'text').execute()
    await table(
      db,
      'scan_share',
      'id scan_id segment state class targets timing? agent? session? attempt# swept# silent# given_at? taken_at? ended_at? expires? epoch? seq#? outcome? reason?',
      'id',
    )
    await index(db, 'scan_share', 'scan_id', 'state')
  },
} as const
