/** What is done by itself, and what became of each time. */
export interface ScheduleTables {
  schedule: {
    id: string
    name: string
    cron: string
    zone: string
    targets: string
    window_minutes: number
    closes: number
    blackouts: string
    catch_up: string
    class: string
    source: 'settings' | 'person'
    paused: number
    paused_by: string | null
    created_at: string
    created_by: string
    changed_at: string
    /** Its times up to here have rows. */
    considered: string
    spread_key: string
  }
  schedule_run: {
    schedule_id: string
    nominal: string
    trigger: 'schedule' | 'person'
    started_by: string | null
    state: string
    reason: string | null
    started_at: string | null
    ended_at: string | null
    scans: string
  }
}
