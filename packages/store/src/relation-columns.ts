import type { RelationName } from './face.ts'

/** An `id` is compared letter by letter; a `word` is in lower case whatever it is asked for by; an `instant` or day may also be a word, such as `never`, which no comparison matches. */
export type ColumnKind = 'id' | 'word' | 'text' | 'integer' | 'instant' | 'list'

export interface RelationColumn {
  readonly kind: ColumnKind
  /** Where it is read: a column of the relation's table or of one joined to it. */
  readonly from: string
  /** When it is not read but follows from other cells, such as those of a scope and its host. */
  readonly derived?: Derived
}

export type Derived =
  | 'lastSeen'
  | 'lastLook'
  | 'lastComplete'
  | 'places'
  | 'opens'
  | 'opensRoots'
  | 'privatePlaces'
  | 'knownBy'
  | 'samePassword'
  | 'sameSecret'
  | 'lastUsed'
  | 'lastUsedFrom'
  | 'givesRoot'
  | 'seenBy'
  | 'shownTo'
  | 'directoryAccount'
  | 'onHosts'
  | 'rootOnHosts'
  | 'weaknesses'

export interface RelationShape {
  readonly table:
    | 'account'
    | 'host'
    | 'key_place'
    | 'grant_rule'
    | 'service'
    | 'service_account'
    | 'file_place'
    | 'stored_credential'
    | 'scope'
    | 'history'
    | 'scan_target'
    | 'directory_account'
    | 'directory_group'
    | 'directory_member'
    | 'directory_right'
    | 'directory_weakness'
    | 'trusted_key'
  /** Of a table that holds more than the relation tells of: which rows are its own. */
  readonly only?: { readonly column: string; readonly is: string }
  readonly columns: ReadonlyMap<string, RelationColumn>
}

/** `name` for text, `name!` for an id, `name%` for a word, `name#` for an integer, `name@` for an instant or day, `name[]` for a list; `=` says where it is read, `~` how it is derived. */
const shape = (table: RelationShape['table'], text: string, only?: RelationShape['only']): RelationShape => ({
  table,
  ...(only === undefined ? {} : { only }),
  columns: new Map(
    text.split(' ').map((word) => {
      const [, name = '', mark = '', , from = name, , derived] =
        /^(\w+)(!|%|#|@|\[\])?(=([\w.]+))?(~(\w+))?$/.exec(word) ?? []
      const kind: ColumnKind = KINDS[mark] ?? 'text'
      const read = from.includes('.') ? from : `t.${from}`
      return [name, { kind, from: read, ...(derived === undefined ? {} : { derived: derived as Derived }) }]
    }),
  ),
})

const KINDS: Record<string, ColumnKind> = { '!': 'id', '%': 'word', '#': 'integer', '@': 'instant', '[]': 'list' }

/** The columns of each relation, as the face promises them. */
export const relationShapes: Record<RelationName, RelationShape> = {
  accounts: shape(
    'account',
    'id! host_id! host% account uid# gid# description source% domain privileged% privileged_by[] root_needs% reasons[] login_allowed% password% password_digest! same_password#~samePassword hash_scheme hash_strength% password_weaknesses[] password_changed@ account_expires@ last_login@ last_login_from last_key_login@ directory_account!~directoryAccount groups[] keys# services# shared_uid# shell home state% completeness% first_seen@ last_seen@~lastSeen gone_since@',
  ),
  hosts: shape(
    'host',
    'id! host%=name addresses[] targets[] os machine_id host_key outcome%=look.outcome reason%=look.reason accounts# privileged# unknown_privilege# keys# contradictions# first_seen@ last_seen@=look.last_seen last_good_scan@=look.last_complete',
    { column: 't.kind', is: 'host' },
  ),
  directories: shape(
    'host',
    'id! directory%=name make%=dir.make suffix=dir.suffix domain=dir.domain flat_name=dir.flat_name server=dir.server version=dir.version identity=dir.identity targets[] outcome%=look.outcome reason%=look.reason users#=dir.users computers#=dir.computers managed_services#=dir.managed_services groups#=dir.groups privileged# unknown_privilege# critical#=dir.critical high#=dir.high medium#=dir.medium low#=dir.low info#=dir.info contradictions# first_seen@ last_seen@=look.last_seen last_good_scan@=look.last_complete',
    { column: 't.kind', is: 'directory' },
  ),
  directory_accounts: shape(
    'directory_account',
    'id! directory_id!=host_id directory%=host account=name type% display_name privileged% tier# privileged_by[] path unknown_because[] states[] service% service_signs[] weaknesses#~weaknesses hosts#~onHosts root_on_hosts#~rootOnHosts last_login@ last_login_lag# password_changed@ password_expires@ password_policy password_scheme password_strength% password_digest! created@ expires@ spns[] principals[] encryption[] delegates_to[] sid! sid_history[] bound_keys# uid# gid# home shell dns_name os os_version local_admin_password% mail employee_id department company job_title manager owner object! dn state% first_seen@ last_seen@~lastSeen gone_since@',
  ),
  directory_groups: shape(
    'directory_group',
    'id! directory_id!=host_id directory%=host group=name type% well_known% tier# privileged% privileged_by[] path unknown_because[] members# scope% security% states[] owner dynamic sid! gid# object! dn first_seen@ last_seen@~lastSeen gone_since@',
  ),
  directory_members: shape(
    'directory_member',
    'id! directory_id!=host_id directory%=host group group_id! group_tier#=grouped.tier group_privileged%=grouped.privileged member_name member member_id! member_type% member_sid! via% dn first_seen@ last_seen@~lastSeen gone_since@',
  ),
  directory_rights: shape(
    'directory_right',
    'id! directory_id!=host_id directory%=host trustee_name trustee trustee_id! trustee_type% right% object_name object_type% object_id! object! below[] applies# inherited_from conditional% ordinary% evidence dn first_seen@ last_seen@~lastSeen gone_since@',
  ),
  directory_weaknesses: shape(
    'directory_weakness',
    'id! rank# severity% weakness% meaning directory_id!=host_id directory%=host object_name object_type% object_id! object! evidence[] dn first_seen@ last_seen@~lastSeen gone_since@',
  ),
  keys: shape(
    'key_place',
    'id! fingerprint algorithm bits# role% strength% concerns[] ineffective% host_id! host% account opens_root% options[] restricted_from forced_command comment format% passphrase% hosts[] path line# places#~places opens#~opens opens_roots#~opensRoots private_places#~privatePlaces known_by#~knownBy last_used@~lastUsed last_used_from~lastUsedFrom file_modified@ file_mode file_owner# first_seen@ last_seen@~lastSeen state% gone_since@',
  ),
  grants: shape(
    'grant_rule',
    'id! host_id! host% mechanism% grantees[] run_as commands[] password_required% tags[] here% path line# first_seen@ last_seen@~lastSeen gone_since@',
  ),
  services: shape(
    'service',
    'id! host_id! host% account account_id!=who.id privileged%=who.privileged consumer% name program schedule enabled% listens[] needs[] path line# first_seen@ last_seen@~lastSeen gone_since@',
  ),
  service_accounts: shape(
    'service_account',
    'id! host_id! host% service% instance account=name scope login% superuser% password% scheme strength% expires@ privileges[] member_of[] path line# first_seen@ last_seen@~lastSeen gone_since@',
  ),
  files: shape(
    'file_place',
    'id! host_id! host% role% path type% owner owner_uid# group group_gid# mode open_to% gives_root%~givesRoot program capabilities ordinary% account account_id!=who.id because named_by named_by_line# modified@ first_seen@ last_seen@~lastSeen gone_since@',
  ),
  stored_credentials: shape(
    'stored_credential',
    'id! rank# severity% host_id! host% secret% value% in_force% account system service name path line# end_line# program runs_as detector% evidence% confidence% weaknesses[] same_secret#~sameSecret length scheme reference digest! file_mode file_owner# file_modified@ state% exception! excepted_until@ first_seen@ last_seen@~lastSeen gone_since@',
  ),
  outcomes: shape(
    'scope',
    'id! host_id! host%=owner.name probe status% reason detail path privilege% last_look@~lastLook last_complete@~lastComplete findings#',
  ),
  changes: shape('history', 'id! at@ host_id! host% probe type% kind% thing'),
  trust: shape(
    'trusted_key',
    'id! kind% name segment% state% algorithm% fingerprint origin% first_seen@ agent_id!=agent agent~seenBy last_seen@ decided_by decided_at@ reason shown_algorithm% shown_fingerprint shown_at@ shown_agent_id!=shown_agent shown_agent~shownTo former',
  ),
  scan_targets: shape(
    'scan_target',
    'id! scan!=scan_id target state% outcome reason host_id! host% started_at@ finished_at@',
  ),
}
