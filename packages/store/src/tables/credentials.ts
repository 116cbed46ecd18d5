import type { ScanCredentialKind } from '@rollcall/contract'
import type { LeaseOutcome } from '@rollcall/contract/bus'

/** Credentials that scan, and to whom they were lent. */
export interface CredentialTables {
  scan_credential: {
    id: string
    name: string
    kind: ScanCredentialKind
    account: string
    /** JSON. */
    segments: string
    targets: string
    version: number
    state: 'usable' | 'suspended' | 'missing'
    state_since: string
    state_reason: string | null
    rejections: number
    added_at: string
    added_by: string
    last_lent_at: string | null
  }
  lease: {
    id: string
    agent: string
    credential: string
    version: number
    run: string
    attempt: string
    target: string
    lent_at: string
    until: string
    ended_at: string | null
    outcome: LeaseOutcome | 'expired' | null
  }
}
