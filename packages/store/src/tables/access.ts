/** Who may use the API, and what they did. */
export interface AccessTables {
  person: { name: string; password_hash: string; added_at: string }
  session: { hash: string; person: string; expires_at: string }
  token: { id: string; name: string; hash: string; created_at: string; created_by: string; last_used_at: string | null }
  audit: {
    id: string
    at: string
    actor: string
    action: string
    object: string
    detail: string | null
    seq: number
    /** Of the entry before, and of this one. */
    prev: string
    hash: string
  }
  audit_checkpoint: { seq: number; hash: string; at: string; key: string; signature: string }
}
