/** What is scanned, and how that went. */
export interface ScanTables {
  scan: {
    id: string
    trigger: 'start' | 'schedule' | 'person'
    started_by: string | null
    target_sets: string
    state: string
    started_at: string
    finished_at: string | null
    swept: number
    silent: number
  }
  scan_target: {
    scan_id: string
    target: string
    id: string
    /** 0 running, 1 failed, 2 partial, 3 queued, 4 complete: the order in which a person wants to see them. */
    rank: number
    state: 'queued' | 'running' | 'done'
    outcome: string | null
    reason: string | null
    detail: string | null
    host_id: string | null
    host: string | null
    started_at: string | null
    finished_at: string | null
  }
  target_set: {
    id: string
    name: string
    include: string
    exclude: string
    added_at: string
    added_by: string
    segment: string
  }
}
