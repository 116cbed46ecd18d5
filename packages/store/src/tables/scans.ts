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
    schedule: string | null
    /** What was asked for in full, as JSON: of scans begun before it was kept, null. */
    asked: string | null
  }
  scan_share: {
    id: string
    scan_id: string
    segment: string
    state: 'waiting' | 'given' | 'taken' | 'ending' | 'ended' | 'lost'
    class: string
    targets: string
    timing: string | null
    agent: string | null
    /** The start of the agent that took it. */
    session: string | null
    attempt: number
    swept: number
    silent: number
    given_at: string | null
    taken_at: string | null
    ended_at: string | null
    expires: string | null
    /** Where in its spool the agent said that it is done. */
    epoch: string | null
    seq: number | null
    outcome: string | null
    reason: string | null
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
    /** The share that it was last planned by. */
    share: string | null
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
