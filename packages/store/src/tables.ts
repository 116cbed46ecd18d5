import type { Rights } from '@rollcall/contract'

/** Rows as the database holds them: text, integers and null only. Lists are `listText`, bodies JSON that no query looks into. */
export interface Tables {
  migration: { number: number; name: string; applied_at: string; program: string }
  inbox: { report: string; at: string }
  /** What of the numbers of an agent's spool is committed: all up to one, and ranges beyond it. */
  spool: {
    agent: string
    epoch: string
    up_to: number
    beyond: string
    forgotten: number
    gap_since: string | null
    last_at: string
  }
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
  /** Of a directory: what it says of itself, and what was counted in it. */
  directory: {
    host_id: string
    make: string
    suffix: string
    domain: string | null
    flat_name: string | null
    server: string | null
    version: string | null
    identity: string | null
    signals: string
    users: number
    computers: number
    managed_services: number
    groups: number
    critical: number
    high: number
    medium: number
    low: number
    info: number
    /** Who has it in hand and has no row of an own, and why something is unknown; as JSON. */
    outside: string
    unknown_because: string
  }
  directory_account: DirectoryAccountTable
  directory_group: DirectoryGroupTable
  directory_member: DirectoryMemberTable
  directory_right: DirectoryRightTable
  directory_weakness: DirectoryWeaknessTable
  /** Findings that came before their report; `at`: when. Those of a part that lie apart in their scope are apart here: `share` tells where. */
  report_part: {
    report: string
    probe: string
    share: number
    part: number
    agent: string
    target: string
    at: string
    findings: number
    body: string
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
  /** Every target that was ever asked for or seen, and how the last look at it ended. */
  target: {
    target: string
    since: string
    host_id: string | null
    last_look: string | null
    outcome: string | null
    reason: string | null
  }
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
  account: AccountTable
  key_place: KeyPlaceTable
  /** Current places of each fingerprint, by what it does there: `opens` an account, one that can become root (`roots`), is a `private` key, a `host` key, or `known` as one. */
  key_count: { fingerprint: string; opens: number; roots: number; private: number; host: number; known: number }
  /** The last login with a key: it stays known when the log that told of it is gone. */
  key_use: { host_id: string; account: string; fingerprint: string; last_used: string; last_used_from: string | null }
  /** How many accounts have the very same password hash. */
  password_count: { digest: string; places: number }
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
  person: { name: string; password_hash: string; added_at: string }
  session: { hash: string; person: string; expires_at: string }
  token: { id: string; name: string; hash: string; created_at: string; created_by: string; last_used_at: string | null }
  audit: { id: string; at: string; actor: string; action: string; object: string; detail: string | null }
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

export interface DirectoryAccountTable {
  id: string
  host_id: string
  host: string
  probe: string
  object: string
  name: string
  login: string
  type: string
  sid: string | null
  display_name: string | null
  privileged: string
  tier: number | null
  privileged_by: string
  path: string | null
  unknown_because: string
  states: string
  service: string
  service_signs: string
  spns: string
  principals: string
  encryption: string
  delegates_to: string
  sid_history: string
  password_scheme: string | null
  password_strength: string | null
  password_digest: string | null
  password_changed: string | null
  password_expires: string | null
  password_policy: string | null
  last_login: string | null
  last_login_lag: number | null
  created: string | null
  expires: string | null
  bound_keys: number | null
  uid: number | null
  mapped_uid: number | null
  gid: number | null
  home: string | null
  shell: string | null
  primary_group: number | null
  dns_name: string | null
  os: string | null
  os_version: string | null
  local_admin_password: string | null
  mail: string | null
  employee_id: string | null
  department: string | null
  company: string | null
  job_title: string | null
  manager: string | null
  owner: string | null
  dn: string
  state: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
  detail: string
}

export interface DirectoryGroupTable {
  id: string
  host_id: string
  host: string
  probe: string
  object: string
  name: string
  type: string
  sid: string | null
  gid: number | null
  scope: string | null
  security: string
  well_known: string | null
  tier: number | null
  privileged: string
  privileged_by: string
  path: string | null
  unknown_because: string
  states: string
  members: number | null
  owner: string | null
  dynamic: string | null
  dn: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
  detail: string
}

export interface DirectoryMemberTable {
  id: string
  host_id: string
  host: string
  probe: string
  object: string
  group_id: string
  group: string
  member: string
  member_id: string | null
  member_name: string | null
  member_sid: string | null
  member_type: string | null
  via: string
  dn: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface DirectoryRightTable {
  id: string
  host_id: string
  host: string
  probe: string
  object: string
  object_id: string
  object_name: string
  object_type: string
  right: string
  trustee: string
  trustee_id: string | null
  trustee_name: string | null
  trustee_type: string | null
  below: string
  applies: number | null
  inherited_from: string | null
  conditional: string
  ordinary: string
  evidence: string
  dn: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}

export interface DirectoryWeaknessTable {
  id: string
  host_id: string
  host: string
  probe: string
  object: string
  object_id: string
  object_name: string
  object_type: string
  weakness: string
  severity: string
  rank: number
  meaning: string
  evidence: string
  dn: string
  first_seen: string
  last_seen: string | null
  gone_since: string | null
}
