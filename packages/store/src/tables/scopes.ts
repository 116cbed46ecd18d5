import type { Rights } from '@rollcall/contract'

/** What is held of each scope, and what became of it. */
export interface ScopeTables {
  scope: {
    host_id: string
    probe: string
    id: string
    status: string
    reason: string | null
    detail: string | null
    path: string | null
    reasons: string
    privilege: Rights
    strongest: Rights
    /** Of a directory: as whom it was last read completely, and when. */
    seen_as: string | null
    seen_as_at: string | null
    digest: string | null
    findings: number
    kept: number
    /** Of these, how many a complete look did not mention, so many that a second one has to confirm it. */
    suspected: number
    first_look: string
    /** Null when it is that of the host: so that a host without news costs one row. */
    last_look: string | null
    /** Holds only while the last look was not complete; else the last look is it. */
    last_complete: string | null
  }
  /** The findings of a scope, some hundred to a row as JSON: nothing ever asks for one of them without the rest. */
  finding_page: { host_id: string; probe: string; page: number; body: string }
  history: {
    id: string
    at: string
    host_id: string
    host: string
    probe: string
    type: 'appeared' | 'changed' | 'vanished' | 'reappeared'
    kind: string
    account: string | null
    thing: string
    before: string | null
    after: string | null
  }
}
