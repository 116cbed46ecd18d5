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
  readonly columns: ReadonlyMap<string, RelationColumn>
}

/** `name` for text, `name!` for an id, `name%` for a word, `name#` for an integer, `name@` for an instant or day, `name[]` for a list; `=` says where it is read, `~` how it is derived. */
const shape = (table: RelationShape['table'], text: string): RelationShape => ({
  table,
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
    'id! host_id! host% account uid# gid# description source% domain privileged% privileged_by[] root_needs% reasons[] login_allowed% password% password_digest! same_password#~samePassword hash_scheme hash_strength% password_changed@ account_expires@ last_login@ last_login_from last_key_login@ groups[] keys# services# shared_uid# shell home state% completeness% first_seen@ last_seen@~lastSeen gone_since@',
  ),
  hosts: shape(
    'host',
    'id! host%=name addresses[] targets[] os machine_id host_key outcome%=look.outcome reason%=look.reason accounts# privileged# unknown_privilege# keys# contradictions# first_seen@ last_seen@=look.last_seen last_good_scan@=look.last_complete',
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
  scan_targets: shape(
    'scan_target',
    'id! scan!=scan_id target state% outcome reason host_id! host% started_at@ finished_at@',
  ),
}
