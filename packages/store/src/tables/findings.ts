/** Findings of hosts as views are drawn from them, with what is counted of them. */
export interface FindingTables {
  key_place: KeyPlaceTable
  /** Current places of each fingerprint, by what it does there: `opens` an account, one that can become root (`roots`), is a `private` key, a `host` key, or `known` as one. */
  key_count: { fingerprint: string; opens: number; roots: number; private: number; host: number; known: number }
  /** The last login with a key: it stays known when the log that told of it is gone. */
  key_use: { host_id: string; account: string; fingerprint: string; last_used: string; last_used_from: string | null }
  grant_rule: GrantRuleTable
  service: ServiceTable
  service_account: ServiceAccountTable
  file_place: FileTable
  stored_credential: StoredCredentialTable
  /** At how many places the very same secret lies. */
  secret_count: { digest: string; places: number }
  /**
   * What people excepted, with their reason; `match` as JSON. `settled_to`: up to which credential it was applied to those that were
   * known when it was made; null: to all. One that was taken back stays until nothing refers to it.
   */
  exception: {
    id: string
    match: string
    reason: string
    expires: string | null
    added_at: string
    added_by: string
    settled_to: string | null
    taken_back_at: string | null
  }
}

export interface KeyPlaceTable {
  id: string
  host_id: string
  host: string
  probe: string
  account: string | null
  fingerprint: string | null
  algorithm: string
  bits: number | null
  role: string
  strength: string | null
  opens_root: string
  options: string
  restricted_from: string | null
  forced_command: string | null
  concerns: string
  ineffective: string | null
  format: string | null
  passphrase: string | null
  hosts: string
  comment: string | null
  path: string
  line: number | null
  file_modified: string | null
  file_mode: string | null
  file_owner: number | null
  state: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface GrantRuleTable {
  id: string
  host_id: string
  host: string
  probe: string
  mechanism: string
  grantees: string
  run_as: string
  commands: string
  password_required: string
  tags: string
  here: string
  path: string
  line: number | null
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface ServiceTable {
  id: string
  host_id: string
  host: string
  probe: string
  account: string
  /** The id that its account has where it is known: a row of that table, or of none. */
  account_id: string
  consumer: string
  name: string | null
  program: string | null
  schedule: string | null
  enabled: string | null
  listens: string
  needs: string
  path: string
  line: number | null
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface ServiceAccountTable {
  id: string
  host_id: string
  host: string
  probe: string
  service: string
  instance: string | null
  name: string
  scope: string | null
  login: string
  superuser: string
  password: string
  scheme: string | null
  strength: string | null
  expires: string | null
  privileges: string
  member_of: string
  path: string
  line: number | null
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface FileTable {
  id: string
  host_id: string
  host: string
  probe: string
  role: string
  type: string
  path: string
  owner_uid: number
  owner: string | null
  group_gid: number
  group: string | null
  mode: string
  open_to: string
  /** Null where it is that of the account it matters for. */
  gives_root: string | null
  program: string | null
  capabilities: string | null
  ordinary: string | null
  modified: string | null
  account: string | null
  account_id: string | null
  because: string | null
  named_by: string | null
  named_by_line: number | null
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface StoredCredentialTable {
  id: string
  host_id: string
  host: string
  probe: string
  rank: number
  severity: string
  secret: string
  value: string
  in_force: string
  detector: string
  evidence: string
  confidence: string
  name: string | null
  account: string | null
  system: string | null
  service: string | null
  reference: string | null
  scheme: string | null
  weaknesses: string
  length: string | null
  digest: string | null
  program: string | null
  runs_as: string | null
  path: string
  line: number | null
  end_line: number | null
  file_modified: string | null
  file_mode: string | null
  file_owner: number | null
  state: string
  /** The exception that holds for it, and until when; null there: until it is taken back. */
  exception: string | null
  excepted_until: string | null
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}
