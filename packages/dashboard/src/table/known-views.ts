import type { Cell, ViewColumn, ViewDescription } from '@rollcall/contract/api'
import { checkFilter, type CheckedFilter } from '../filter/terms.ts'
import type { Preset } from '../filter/filter-bar.tsx'

/** What the dashboard knows of some views beyond what the server tells of all. Whatever a server lacks is left out. */
interface KnownView {
  /** The column that names a row. */
  readonly names: string
  /** Columns of a card on a narrow screen, after the name. */
  readonly card: readonly string[]
  readonly presets: readonly Preset[]
}

const KNOWN: Readonly<Record<string, KnownView>> = {
  accounts: {
    names: 'account',
    card: ['host', 'privileged', 'state', 'last_login'],
    presets: [
      { title: 'Privileged', filter: 'privileged:yes' },
      { title: 'Privilege unknown', filter: 'privileged:unknown' },
      { title: 'Privileged, unmanaged', filter: 'privileged:yes state:unmanaged' },
      { title: 'Privileged, never logged in', filter: 'privileged:yes last_login:never' },
      { title: 'Needs no password', filter: 'password:empty' },
      { title: 'Weak password hash', filter: 'hash_strength:weak' },
      { title: 'Easily guessed password', filter: 'password_weaknesses:*' },
      { title: 'Same password elsewhere', filter: 'same_password:>0' },
      { title: 'Root without a password', filter: 'root_needs:nothing uid:>0' },
      { title: 'From a directory', filter: '-source:files' },
    ],
  },
  hosts: {
    names: 'host',
    card: ['os', 'outcome', 'privileged', 'last_good_scan'],
    presets: [
      { title: 'Not read completely', filter: '-outcome:complete' },
      { title: 'Privilege unknown somewhere', filter: 'unknown_privilege:>0' },
      { title: 'Contradicting signs', filter: 'contradictions:>0' },
      { title: 'No complete look for a week', filter: 'last_good_scan:>7d' },
    ],
  },
  directories: {
    names: 'directory',
    card: ['make', 'outcome', 'privileged', 'last_good_scan'],
    presets: [
      { title: 'Not read completely', filter: '-outcome:complete' },
      { title: 'Something critical', filter: 'critical:>0' },
    ],
  },
  directory_accounts: {
    names: 'account',
    card: ['directory', 'privileged', 'states', 'weaknesses'],
    presets: [
      { title: 'Take the directory over', filter: 'privileged:yes' },
      { title: 'Not by membership alone', filter: 'privileged:yes -privileged_by:member,built-in' },
      { title: 'Unknown', filter: 'privileged:unknown' },
      { title: 'Privileged, disabled', filter: 'privileged:yes states:disabled' },
      { title: 'Service accounts', filter: 'service:yes' },
      { title: 'Root on hosts', filter: 'root_on_hosts:>0' },
      { title: 'Ticket can be guessed', filter: 'weaknesses:kerberoastable,asrep-roastable' },
      { title: 'Password older than a year', filter: 'password_age_days:>365' },
      { title: 'No login for half a year', filter: 'last_login_days:>180' },
    ],
  },
  directory_groups: {
    names: 'group',
    card: ['directory', 'privileged', 'well_known', 'members'],
    presets: [
      { title: 'Take the directory over', filter: 'privileged:yes' },
      { title: 'Unknown', filter: 'privileged:unknown' },
      { title: 'Well-known', filter: '-well_known:none' },
    ],
  },
  directory_members: { names: 'group', card: ['directory', 'member', 'via'], presets: [] },
  directory_rights: {
    names: 'object_name',
    card: ['right', 'trustee_name', 'directory'],
    presets: [
      { title: 'Not shipped so', filter: 'ordinary:no' },
      { title: 'Over the whole domain', filter: 'object_type:domain' },
      { title: 'Fetch all secrets', filter: 'right:replicate-secrets' },
      { title: 'Inherited', filter: '-inherited_from:none' },
    ],
  },
  directory_weaknesses: {
    names: 'object_name',
    card: ['severity', 'weakness', 'directory'],
    presets: [
      { title: 'Critical', filter: 'severity:critical' },
      { title: 'Critical and high', filter: 'severity:critical,high' },
      { title: 'Of users', filter: 'object_type:user' },
      { title: 'Of the directory as a whole', filter: 'object_type:domain' },
    ],
  },
  keys: {
    names: 'fingerprint',
    card: ['host', 'account', 'concerns', 'opens_root'],
    presets: [
      { title: 'Opens root', filter: 'opens_root:yes' },
      { title: 'With concerns', filter: 'concerns:*' },
      { title: 'Private keys', filter: 'role:private' },
      { title: 'Private, without a passphrase', filter: 'role:private passphrase:no' },
      { title: 'Private half not seen', filter: 'role:authorized private_places:0' },
      { title: 'Not used for a year', filter: 'last_used:>1y' },
      { title: 'Found at several places', filter: 'places:>1' },
      { title: 'Shared host keys', filter: 'role:host places:>1' },
      { title: 'Weak', filter: 'strength:weak' },
    ],
  },
  grants: {
    names: 'path',
    card: ['host', 'grantees', 'commands', 'password_required'],
    presets: [
      { title: 'Without a password', filter: 'password_required:no' },
      { title: 'Everything', filter: 'commands:ALL' },
    ],
  },
  services: {
    names: 'name',
    card: ['host', 'account', 'consumer', 'program'],
    presets: [
      { title: 'As a privileged account', filter: 'privileged:yes -account:root' },
      { title: 'As root', filter: 'account:root' },
      { title: 'Listens to the network', filter: 'listens:*0.0.0.0:*,*[::]:*' },
      { title: 'Is given something secret', filter: 'needs:*' },
      { title: 'By the clock', filter: '-schedule:none' },
    ],
  },
  service_accounts: {
    names: 'account',
    card: ['host', 'service', 'superuser', 'password'],
    presets: [
      { title: 'Needs no password', filter: 'password:empty -login:no' },
      { title: 'Superusers', filter: 'superuser:yes' },
      { title: 'Weak password hash', filter: 'strength:weak' },
    ],
  },
  files: {
    names: 'path',
    card: ['host', 'role', 'open_to', 'gives_root'],
    presets: [
      { title: 'Root for everyone', filter: 'open_to:everyone gives_root:yes' },
      { title: 'Gives root', filter: 'gives_root:yes -open_to:root' },
      { title: 'Unusual programs', filter: 'role:setuid,setgid,capabilities ordinary:no' },
      { title: 'Run as somebody', filter: 'role:run-as,command-path' },
    ],
  },
  stored_credentials: {
    names: 'path',
    card: ['severity', 'host', 'account', 'value'],
    presets: [
      { title: 'Critical', filter: 'severity:critical' },
      { title: 'In clear', filter: 'value:literal,key in_force:active' },
      { title: 'Everybody may read it', filter: 'weaknesses:readable-by-others' },
      { title: 'Shipped or common', filter: 'weaknesses:default,common,publicly-known,same-as-account' },
      { title: 'Same secret elsewhere', filter: 'same_secret:>0' },
      { title: 'In processes', filter: '-program:none' },
      { title: 'In comments and copies', filter: 'in_force:commented,backup' },
      { title: 'Where it is taken from', filter: 'value:reference' },
      { title: 'Excepted', filter: 'state:excepted' },
    ],
  },
  outcomes: {
    names: 'probe',
    card: ['host', 'status', 'reason', 'last_complete'],
    presets: [
      { title: 'Not complete', filter: '-status:complete' },
      { title: 'Not permitted', filter: 'status:denied' },
      { title: 'Failed', filter: 'status:failed,timed-out' },
    ],
  },
  changes: {
    names: 'thing',
    card: ['host', 'type', 'kind', 'at'],
    presets: [
      { title: 'Last 24 hours', filter: 'at:<24h' },
      { title: 'Appeared', filter: 'type:appeared' },
      { title: 'Vanished', filter: 'type:vanished' },
    ],
  },
  trust: {
    names: 'name',
    card: ['state', 'kind', 'first_seen', 'agent'],
    presets: [
      { title: 'Changed: to be decided', filter: 'state:changed' },
      { title: 'Only seen', filter: 'state:first-use,collected' },
      { title: 'Host keys only seen', filter: 'kind:host-key state:first-use,collected' },
      { title: 'Certificates only seen', filter: 'kind:certificate state:first-use' },
      { title: 'Approved', filter: 'state:approved' },
      { title: 'Rejected', filter: 'state:rejected' },
      { title: 'Seen this week', filter: 'first_seen:<7d' },
    ],
  },
  scan_targets: { names: 'target', card: ['outcome', 'reason', 'finished_at'], presets: [] },
}

/** What its rows are called. Ids are plural nouns; titles need not be. */
export const rowsName = (view: ViewDescription, number = 2): string => {
  const name = view.id === 'trust' ? 'keys and certificates' : view.id.replaceAll('_', ' ')
  if (view.id === 'trust') return number === 1 ? 'key or certificate' : name
  if (number !== 1) return name
  return name.endsWith('ies') ? name.replace(/ies$/, 'y') : name.replace(/(?<=ss)es$|s$/, '')
}

export const presetsOf = (view: ViewDescription): readonly Preset[] =>
  (KNOWN[view.id]?.presets ?? []).filter(({ filter }) => checkFilter(filter, view.columns).state === 'good')

/** The column that names a row: the known one, or the first that is shown. */
export const namingColumn = (view: ViewDescription): ViewColumn | undefined =>
  view.columns.find(({ id }) => id === KNOWN[view.id]?.names) ??
  view.columns.find(({ shown }) => shown) ??
  view.columns[0]

export const cardColumns = (view: ViewDescription, visible: readonly ViewColumn[]): readonly ViewColumn[] => {
  const name = namingColumn(view)?.id
  const known = (KNOWN[view.id]?.card ?? []).flatMap((id) => view.columns.find((column) => column.id === id) ?? [])
  return (known.length > 0 ? known : visible).filter(({ id }) => id !== name).slice(0, 4)
}

/** Columns in the order in which they are shown: chosen by somebody, or by the server. The naming column is always among them. */
export const visibleColumns = (view: ViewDescription, chosen: string | undefined): readonly ViewColumn[] => {
  const ids = chosen?.split(',') ?? []
  const known = [...new Set(ids)].flatMap((id) => view.columns.find((column) => column.id === id) ?? [])
  if (known.length === 0) return view.columns.filter(({ shown }) => shown)
  const name = namingColumn(view)
  return name === undefined || known.includes(name) ? known : [name, ...known]
}

/** A filter for a view, kept only where its columns allow it: a link must not lead to an error. */
export const allowedFilter = (view: ViewDescription | undefined, filter: string): string =>
  view !== undefined && checkFilter(filter, view.columns).state === 'good' ? filter : ''

/** What the cell of a row's id holds; every row has one. */
export const rowId = (row: Readonly<Record<string, Cell>>): string => String(row['id'] ?? '')

export const termsOf = (checked: CheckedFilter) => (checked.state === 'good' ? checked.terms : [])

const WIDTHS: Readonly<Record<string, number>> = {
  host: 174,
  make: 180,
  state: 116,
  privileged: 112,
  account: 150,
  uid: 74,
  gid: 74,
  os: 210,
  addresses: 150,
  reasons: 280,
  sentences: 380,
  thing: 300,
  fingerprint: 250,
  commands: 280,
  path: 220,
  line: 74,
  keys: 84,
  type: 140,
  kind: 100,
  places: 90,
  bits: 76,
  login_allowed: 104,
  privileged_by: 118,
  password: 104,
  password_age_days: 122,
  last_login: 112,
  target: 270,
  concerns: 200,
  name: 210,
  program: 230,
  listens: 200,
  consumer: 140,
  role: 116,
  open_to: 110,
  owner: 110,
  mode: 80,
  because: 170,
  privileges: 220,
  meaning: 380,
  evidence: 300,
  weakness: 200,
  object_name: 190,
  trustee_name: 190,
  directory: 174,
  group: 190,
  severity: 100,
  rank: 74,
  secret: 126,
  system: 190,
  weaknesses: 210,
  same_secret: 96,
  end_line: 90,
}

/** How wide a column is before anybody changes it, in pixels. */
export const columnWidth = ({ id, type, title }: ViewColumn): number => {
  const byType = { text: 170, integer: 96, instant: 116, date: 116, enum: 106, list: 130 }[type]
  return WIDTHS[id] ?? Math.max(byType, Math.round(title.length * 7.4) + 32)
}
