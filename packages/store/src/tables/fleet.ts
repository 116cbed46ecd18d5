/** Agents, and what they were told. */
export interface FleetTables {
  agent: {
    id: string
    name: string
    segment: string
    state: 'waiting' | 'active' | 'quarantined' | 'revoked'
    state_since: string
    state_reason: string | null
    generation: number
    /** Public keys as they travel. */
    transport: string
    signing_key: string
    sealing_key: string
    /** The join token by which it came in. */
    token: string
    enrolled_at: string
    replaces: string | null
    permit_until: string | null
    about: string
    last_heartbeat: string | null
    heartbeat: string | null
    clock_offset_ms: number
    /** Of the newest start that was heard of, its last count and instant; and the starts before it. */
    session: string | null
    session_count: number
    session_at: string | null
    sessions_before: string
  }
  agent_generation: {
    agent: string
    generation: number
    nonce: string
    transport: string
    at: string
    permit_until: string
  }
  agent_credential: {
    agent: string
    credential: string
    order_id: string
    attempt: number
    how: string
    lent_at: string
    ended_at: string | null
  }
  join_token: {
    id: string
    /** SHA-256 of its secret, in hexadecimal. */
    secret_hash: string
    segment: string
    name: string | null
    replaces: string | null
    approve: number
    state: 'open' | 'used' | 'burnt' | 'revoked'
    created_at: string
    created_by: string
    expires_at: string
    tries: number
    used_at: string | null
    /** Digest of the keys that came with it. */
    used_keys: string | null
    agent: string | null
  }
  policy: { version: number; signed: string; at: string; by: string }
  fleet_order: {
    seq: number
    id: string
    kind: string
    segment: string
    agent: string | null
    class: string
    run: string | null
    issued_at: string
    expires: string
    state: 'given' | 'refused'
    refused_by: string | null
    refused_code: string | null
    refused_detail: string | null
    refused_at: string | null
  }
  refused_message: {
    /** The agent that the subject names, or the subject. */
    source: string
    code: string
    count: number
    first_at: string
    last_at: string
    sentence: string
  }
}
