import type { FindingOf } from '@rollcall/contract'

/** Which uid winbind gives somebody, by what smb.conf says of mappings (smb.conf(5), ID MAPPING): a number, or why that cannot be worked out. */
export type WinbindId =
  | { readonly uid: number }
  /** Of `autorid`: it is one of these, every `every` from `first` on; which depends on the order in which domains were met. */
  | { readonly first: number; readonly every: number; readonly last: number }
  | { readonly because: string }

/** An account of a directory, as far as mappings ask for it. */
export interface MappedEntry {
  readonly sid: string | null
  /** Its uidNumber. */
  readonly uid: number | null
}

interface Mapping {
  readonly backend: string
  readonly range: readonly [low: number, high: number] | undefined
  readonly options: ReadonlyMap<string, string>
}

/** Undefined where the host says nothing of mappings. `domain` is the NetBIOS name of the account's domain. */
export const winbindIds = (
  settings: readonly FindingOf<'setting'>[],
  domain: string,
): ((entry: MappedEntry) => WinbindId) | undefined => {
  const mappings = mappingsOf(settings)
  if (mappings.size === 0) return undefined
  // A domain without a backend of its own is given its ids by that of all others.
  const own = mappings.get(domain.toLowerCase())
  const mapping = own?.backend === '' || own === undefined ? mappings.get('*') : own
  return (entry) =>
    mapping === undefined ? { because: `smb.conf says nothing of ids for ${domain}` } : idBy(mapping, entry)
}

/** Whether a uid is what winbind gives an entry. `maybe`: as far as can be told. */
export const isWinbindId = (id: WinbindId, uid: number): 'yes' | 'maybe' | 'no' => {
  if ('uid' in id) return id.uid === uid ? 'yes' : 'no'
  if ('because' in id) return 'no'
  return uid >= id.first && uid <= id.last && (uid - id.first) % id.every === 0 ? 'maybe' : 'no'
}

const mappingsOf = (settings: readonly FindingOf<'setting'>[]): ReadonlyMap<string, Mapping> => {
  const options = new Map<string, Map<string, string>>()
  for (const { subject, name, values } of settings) {
    const [, domain, option] = (subject === 'realm' && /^idmap config (.+) : (\w+)$/.exec(name)) || []
    if (domain === undefined || option === undefined) continue
    options.set(domain, (options.get(domain) ?? new Map<string, string>()).set(option, (values[0] ?? '').trim()))
  }
  return new Map(
    Array.from(options, ([domain, own]) => {
      // That of all others is `tdb` where nothing else is said.
      const backend = (own.get('backend') ?? (domain === '*' ? 'tdb' : '')).toLowerCase()
      return [domain, { backend, range: rangeOf(own.get('range')), options: own }]
    }),
  )
}

const rangeOf = (text: string | undefined): readonly [number, number] | undefined => {
  const [, low, high] = /^(\d{1,10})\s*-\s*(\d{1,10})$/.exec(text ?? '') ?? []
  return low === undefined || high === undefined || Number(low) > Number(high) ? undefined : [Number(low), Number(high)]
}

const idBy = ({ backend, range, options }: Mapping, { sid, uid }: MappedEntry): WinbindId => {
  if (range === undefined) return { because: 'smb.conf gives no range of ids' }
  const [low, high] = range
  const inRange = (id: number): WinbindId =>
    id >= low && id <= high ? { uid: id } : { because: `${id} is outside of the range ${low}-${high}` }
  const rid = Number(/^S-1-5-21(?:-\d{1,10}){3}-(\d{1,10})$/.exec(sid ?? '')?.[1] ?? Number.NaN)
  switch (backend) {
    case 'rid':
      return Number.isNaN(rid) ? NO_SID : inRange(rid - numberOf(options.get('base_rid'), 0) + low)
    case 'autorid': {
      if (Number.isNaN(rid)) return NO_SID
      const size = numberOf(options.get('rangesize'), AUTORID_RANGE)
      if (size === 0) return { because: 'smb.conf gives ranges of no size' }
      // Only whole ranges are given out.
      const last = low + Math.floor((high - low + 1) / size) * size - 1
      return { first: low + (rid % size), every: size, last }
    }
    case 'ad':
      return uid === null ? { because: 'its entry has no uidNumber' } : inRange(uid)
    default:
      return { because: `the backend ${backend} gives ids in the order of first use, or keeps them elsewhere` }
  }
}

const NO_SID: WinbindId = { because: 'its entry has no SID of a domain' }
const AUTORID_RANGE = 100_000

const numberOf = (text: string | undefined, standard: number) =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : standard
