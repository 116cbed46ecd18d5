/** Hosts, where they were seen, and their accounts. */
export interface HostTables {
  host: {
    id: string
    name: string
    signals: string
    host_key: string | null
    machine_id: string | null
    os: string | null
    addresses: string
    targets: string
    evidence: string
    contradictions: number
    accounts: number
    privileged: number
    unknown_privilege: number
    keys: number
    /** A directory is kept as hosts are; what is about hosts leaves it out. */
    kind: 'host' | 'directory'
    first_seen: string
  }
  /** What changes with every look at a host, apart from what seldom does. */
  host_look: {
    host_id: string
    last_seen: string
    last_complete: string | null
    outcome: string
    reason: string | null
    sighting: string | null
    sighting_until: string | null
  }
  host_signal: {
    kind: 'host-key' | 'machine-id' | 'dmi-uuid' | 'directory-id' | 'directory-suffix'
    value: string
    host_id: string
  }
  host_target: { target: string; host_id: string; first_seen: string; last_seen: string }
  /**
   * Every target that was ever asked for or seen, and how the last look at it ended. Of a host that was only seen again and fared as before, its
   * `host_target` alone tells when that was: one row less for each host without news.
   */
  target: {
    target: string
    since: string
    host_id: string | null
    last_look: string | null
    outcome: string | null
    reason: string | null
  }
  account: AccountTable
  /** How many accounts have the very same password hash. */
  password_count: { digest: string; places: number }
}

export interface AccountTable {
  id: string
  host_id: string
  host: string
  probe: string
  account: string
  uid: number
  gid: number
  description: string | null
  source: string
  domain: string | null
  privileged: string
  privileged_by: string
  root_needs: string | null
  reasons: string
  login_allowed: string
  password: string | null
  password_digest: string | null
  hash_scheme: string | null
  hash_strength: string | null
  password_weaknesses: string
  password_changed: string | null
  account_expires: string | null
  last_login: string | null
  last_login_from: string | null
  last_key_login: string | null
  /** What names it in its directory: its SID, its id there, and, of one that no file of the host lists, its plain name in lower case. */
  directory_sid: string | null
  directory_object: string | null
  directory_name: string | null
  groups: string
  keys: number | null
  services: number
  shared_uid: number
  shell: string
  home: string
  state: string
  completeness: string
  first_seen: string
  /** Holds only once it is gone; until then its scope tells. */
  last_seen: string | null
  gone_since: string | null
  /** What only its own page needs, as JSON; last, so that a scan of the other columns passes it by. */
  detail: string
}
