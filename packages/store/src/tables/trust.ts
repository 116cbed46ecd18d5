import type { TrustState } from '../face/trust.ts'

/** By which keys and certificates targets are known. */
export interface TrustTables {
  trusted_key: {
    id: string
    segment: string
    kind: 'host-key' | 'certificate'
    name: string
    state: TrustState
    algorithm: string
    fingerprint: string
    blob: string | null
    origin: 'first-use' | 'collected' | 'agent' | 'import' | 'replacement'
    first_seen: string
    agent: string
    last_seen: string
    last_agent: string
    /** Whether somebody vouches for the key that is held, or says never to accept it. */
    vouched: number
    decided_by: string | null
    decided_at: string | null
    reason: string | null
    /** What is shown in place of it. */
    shown_algorithm: string | null
    shown_fingerprint: string | null
    shown_blob: string | null
    shown_at: string | null
    shown_agent: string | null
    /** The fingerprint that it took the place of. */
    former: string | null
  }
  key_collection: {
    id: string
    segment: string
    started_at: string
    started_by: string
    targets: string
    ended_at: string | null
    progress: string | null
  }
}
