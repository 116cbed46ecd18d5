import type { ScheduleRun, ScheduleWish } from '@rollcall/contract/api'

export interface ScheduleRow extends ScheduleWish {
  readonly id: string
  readonly source: 'settings' | 'person'
  readonly paused: boolean
  readonly pausedBy: string | null
  readonly createdAt: string
  readonly createdBy: string
  readonly changedAt: string
  /** Its times up to here have rows. */
  readonly considered: string
  /** In base64url. */
  readonly spreadKey: string
}

export interface ScheduleRunRow extends Omit<ScheduleRun, 'local'> {
  readonly schedule: string
}

export interface Schedules {
  all(): Promise<ScheduleRow[]>
  /** Adds it, or takes the place of the one with its id. */
  save(row: ScheduleRow): Promise<void>
  /** With its runs. */
  remove(id: string): Promise<void>
  /** Those of a schedule that wait or go on, the oldest first. */
  openRuns(id: string): Promise<ScheduleRunRow[]>
  /** The newest first. */
  newestRuns(id: string, limit: number): Promise<ScheduleRunRow[]>
  /** Adds times; those that have a row already keep it. */
  addRuns(rows: readonly ScheduleRunRow[]): Promise<void>
  saveRun(row: ScheduleRunRow): Promise<void>
  /** Forgets times later than an instant at which nothing was begun. */
  takeBack(id: string, after: string): Promise<void>
  /** Forgets times before an instant that have ended. */
  forgetRuns(before: string): Promise<void>
}
