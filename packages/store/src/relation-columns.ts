import type { RelationName } from './face.ts'

/** An `id` is compared letter by letter; a `word` is in lower case whatever it is asked for by; an `instant` or day may also be a word, such as `never`, which no comparison matches. */
export type ColumnKind = 'id' | 'word' | 'text' | 'integer' | 'instant' | 'list'

export interface RelationColumn {
  readonly kind: ColumnKind
  /** Where it is read: a column of the relation's table or of one joined to it. */
  readonly from: string
  /** When it is not read but derived: `lastSeen`, `lastLook`, `lastComplete` follow from a scope and its host. */
  readonly derived?: 'lastSeen' | 'lastLook' | 'lastComplete' | 'places'
}

export interface RelationShape {
  readonly table: 'account' | 'host' | 'key_place' | 'grant_rule' | 'scope' | 'history' | 'scan_target'
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
      return [name, { kind, from: read, ...(derived === undefined ? {} : { derived: derived as 'lastSeen' }) }]
    }),
  ),
})

const KINDS: Record<string, ColumnKind> = { '!': 'id', '%': 'word', '#': 'integer', '@': 'instant', '[]': 'list' }

/** The columns of each relation, as the face promises them. */
export const relationShapes: Record<RelationName, RelationShape> = {
  accounts: shape(
    'account',
    'id! host_id! host% account uid# gid# description privileged% privileged_by[] reasons[] login_allowed% password% hash_scheme hash_strength% password_changed@ account_expires@ last_login@ last_login_from groups[] keys# shell home state% completeness% first_seen@ last_seen@~lastSeen gone_since@',
  ),
  hosts: shape(
    'host',
    'id! host%=name addresses[] targets[] os machine_id host_key outcome%=look.outcome reason%=look.reason accounts# privileged# unknown_privilege# keys# contradictions# first_seen@ last_seen@=look.last_seen last_good_scan@=look.last_complete',
  ),
  keys: shape(
    'key_place',
    'id! fingerprint algorithm bits# role% strength% host_id! host% account opens_root% options[] restricted_from forced_command comment path line# places#~places file_modified@ file_mode first_seen@ last_seen@~lastSeen state% gone_since@',
  ),
  grants: shape(
    'grant_rule',
    'id! host_id! host% mechanism% grantees[] run_as commands[] password_required% tags[] here% path line# first_seen@ last_seen@~lastSeen gone_since@',
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
