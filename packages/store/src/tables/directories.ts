/** Directories and what is in them, as views are drawn from it. */
export interface DirectoryTables {
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
