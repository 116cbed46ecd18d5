/** A login that is being tried, or that failed. One that was accepted leaves nothing. */
export interface LoginAttemptRow {
  readonly id: string
  readonly credential: string
  readonly place: string
  readonly agent: string
  readonly at: string
  readonly endedAt: string | null
  readonly outcome: 'rejected' | 'refused' | 'unanswered' | null
}

/** What is known of a password of an account. */
export interface LoginCredentialRow {
  readonly id: string
  readonly account: string
  readonly of: 'directory' | 'hosts' | 'host'
  readonly agent: string
  readonly accepted: number
  readonly rejected: number
  readonly firstAt: string
  readonly lastAcceptedAt: string | null
  readonly lastRejectedAt: string | null
  readonly lastPlace: string | null
  readonly suspendedAt: string | null
  readonly why: string | null
  /** Until when the account is left alone. */
  readonly until: string | null
  readonly clearedAt: string | null
  readonly clearedBy: string | null
}

export interface LockPolicyRow {
  readonly place: string
  readonly threshold: number
  readonly windowSeconds: number
  readonly at: string
}

/** Logins with a password, of all agents. */
export interface Logins {
  attempt(id: string): Promise<LoginAttemptRow | undefined>
  /** Of accounts that are known by any of these names. */
  ofAccounts(accounts: readonly string[]): Promise<LoginAttemptRow[]>
  ofCredential(credential: string): Promise<LoginAttemptRow[]>
  begin(attempt: LoginAttemptRow, accounts: readonly string[]): Promise<void>
  end(id: string, outcome: NonNullable<LoginAttemptRow['outcome']>, at: string): Promise<void>
  /** Counts them no more. */
  drop(ids: readonly string[]): Promise<void>
  credentials(): Promise<LoginCredentialRow[]>
  credential(id: string): Promise<LoginCredentialRow | undefined>
  /** Passwords of accounts that are known by any of these names. */
  credentialsOf(accounts: readonly string[]): Promise<LoginCredentialRow[]>
  accountsOf(credential: string): Promise<string[]>
  saveCredential(row: LoginCredentialRow, accounts: readonly string[]): Promise<void>
  lockPolicy(place: string): Promise<LockPolicyRow | undefined>
  saveLockPolicy(row: LockPolicyRow): Promise<void>
}
