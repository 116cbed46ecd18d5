/** Logins with a password: never the password, nor anything that it could be guessed from without the key of an installation. */
export interface AttemptTables {
  login_attempt: {
    id: string
    credential: string
    place: string
    agent: string
    at: string
    ended_at: string | null
    outcome: 'rejected' | 'refused' | 'unanswered' | null
  }
  /** By which names the account of an attempt is known. */
  login_attempt_account: { account: string; attempt: string }
  login_credential: {
    id: string
    account: string
    of: 'directory' | 'hosts' | 'host'
    agent: string
    accepted: number
    rejected: number
    first_at: string
    last_accepted_at: string | null
    last_rejected_at: string | null
    last_place: string | null
    suspended_at: string | null
    why: string | null
    until: string | null
    cleared_at: string | null
    cleared_by: string | null
  }
  login_credential_account: { account: string; credential: string }
  /** After how many wrong passwords a directory locks, 0: never; and within how many seconds, 0: however long between them. */
  lock_policy: { place: string; threshold: number; window_seconds: number; at: string }
}
