import type { Directory, DirectoryEntry, SearchEnd, SearchRequest } from '../directory.ts'
import { matchesFilter, parseFilter } from './example-filter.ts'

export type ExampleValue = string | Uint8Array

/** An entry by its attributes, in any case; a text stands for its UTF-8. */
export interface ExampleEntry {
  readonly dn: string
  readonly attributes: Readonly<Record<string, ExampleValue | readonly ExampleValue[]>>
  readonly controls?: ReadonlyMap<string, Uint8Array>
}

/** For tests only: what a directory is, so far as it is asked. */
export interface ExampleDirectory {
  readonly root?: ExampleEntry['attributes']
  readonly entries: readonly ExampleEntry[]
  readonly server?: string
  readonly identity?: string
  readonly certificate?: string
  /** Lower-case names of attributes that come only when they are named, or with `+`. `ntsecuritydescriptor` is one anyway. */
  readonly operational?: readonly string[]
  /**
   * What this identity may not see: an entry as a whole where no attribute is named, else one of its attributes (lower case). What is hidden
   * is not matched by a filter either, as servers have it.
   */
  readonly hidden?: (dn: string, attribute?: string) => boolean
  /** Entries at most in one answer; more are not given and the search ends with `size-limit`. */
  readonly sizeLimit?: number
  /** Another answer than the usual one to some searches: other entries, another end. */
  readonly answer?: (request: SearchRequest, entries: readonly ExampleEntry[]) => ExampleAnswer | undefined
}

export interface ExampleAnswer {
  readonly entries?: readonly ExampleEntry[]
  readonly end?: Partial<SearchEnd>
}

/** For tests only: a directory made of what is told, and every search that it was asked for. */
export const exampleDirectory = (world: ExampleDirectory) => {
  const searches: SearchRequest[] = []
  const operational = new Set(['ntsecuritydescriptor', ...(world.operational ?? [])])
  const directory: Directory = {
    root: exampleEntry({ dn: '', attributes: world.root ?? {} }),
    server: world.server ?? 'directory.example.com',
    ...(world.identity === undefined ? {} : { identity: world.identity }),
    ...(world.certificate === undefined ? {} : { certificate: world.certificate }),
    async search(request, take, signal) {
      searches.push(request)
      if (signal.aborted) return exampleEnd({ reason: { code: 'cancelled' } })
      const found = foundBy(world, request)
      const told = world.answer?.(request, found)
      const entries = told?.entries ?? found
      const most = Math.min(world.sizeLimit ?? entries.length, request.maxEntries ?? entries.length)
      const given = entries.slice(0, most).map((entry) => selected(visible(world, entry), request, operational))
      const page = request.pageSize === 0 ? Math.max(given.length, 1) : (request.pageSize ?? 1000)
      for (let at = 0; at < given.length; at += page) await take(given.slice(at, at + page))
      return exampleEnd({
        entries: given.length,
        pages: Math.max(1, Math.ceil(given.length / page)),
        result: 0,
        ...(isMissing(world, request) ? { result: 32, reason: { code: 'no-such-entry' } } : {}),
        ...(given.length < entries.length ? { result: 4, reason: { code: 'size-limit' } } : {}),
        ...told?.end,
      })
    },
  }
  return { directory, searches }
}

/** For tests only: an entry as a server would send it. */
export const exampleEntry = ({ dn, attributes, controls }: ExampleEntry): DirectoryEntry => {
  const held = new Map(
    Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), listed(values).map(bytesOf)]),
  )
  const entry: DirectoryEntry = {
    dn,
    names: [...held.keys()],
    values: (name) => held.get(name) ?? [],
    texts: (name) => entry.values(name).map((value) => UTF8.decode(value)),
    text: (name) => entry.texts(name)[0],
    ...(controls === undefined ? {} : { controls }),
  }
  return entry
}

/** For tests only: the end of a search that found nothing, but for what is told. */
export const exampleEnd = (told: Partial<SearchEnd> = {}): SearchEnd => ({
  entries: 0,
  pages: 0,
  referrals: [],
  controls: new Map(),
  intermediate: [],
  ...told,
})

const UTF8 = new TextDecoder()
const bytesOf = (value: ExampleValue) => (typeof value === 'string' ? new TextEncoder().encode(value) : value)
const listed = (values: ExampleValue | readonly ExampleValue[]): readonly ExampleValue[] =>
  typeof values === 'string' || values instanceof Uint8Array ? [values] : values

const foundBy = (world: ExampleDirectory, { base, scope, filter }: SearchRequest): readonly ExampleEntry[] => {
  const under = normalDn(base)
  const matching = parseFilter(filter)
  const candidates = scope === 'base' && under === '' ? [{ dn: '', attributes: world.root ?? {} }] : world.entries
  return candidates.filter((entry) => {
    if (!isWithin(normalDn(entry.dn), under, scope) || isHidden(world, entry.dn)) return false
    return matchesFilter(matching, exampleEntry(visible(world, entry)))
  })
}

/** Whether the base of a search is no entry, nor above one: servers have naming contexts that a test need not spell out. */
const isMissing = (world: ExampleDirectory, { base }: SearchRequest) => {
  const under = normalDn(base)
  return !world.entries.some(({ dn }) => isWithin(normalDn(dn), under, 'sub') && !isHidden(world, dn)) && under !== ''
}

const isWithin = (dn: string, base: string, scope: SearchRequest['scope']) => {
  if (scope === 'base') return dn === base
  if (base !== '' && dn !== base && !dn.endsWith(`,${base}`)) return false
  return scope === 'sub' || (dn !== base && parentOf(dn) === base)
}

/** Hidden itself or below what is hidden. */
const isHidden = ({ hidden }: ExampleDirectory, dn: string): boolean =>
  hidden !== undefined && (hidden(dn) || (dn.includes(',') && isHidden({ hidden, entries: [] }, parentOf(dn))))

const visible = ({ hidden }: ExampleDirectory, entry: ExampleEntry): ExampleEntry =>
  hidden === undefined
    ? entry
    : {
        ...entry,
        attributes: Object.fromEntries(
          Object.entries(entry.attributes).filter(([name]) => !hidden(entry.dn, name.toLowerCase())),
        ),
      }

const selected = (entry: ExampleEntry, { attributes }: SearchRequest, operational: ReadonlySet<string>) => {
  const named = new Set(attributes.map((name) => name.toLowerCase()))
  const wanted = (name: string) =>
    named.has(name) || (operational.has(name) ? named.has('+') : named.size === 0 || named.has('*'))
  const kept = Object.entries(entry.attributes).filter(([name]) => wanted(name.toLowerCase()))
  return exampleEntry({ ...entry, attributes: Object.fromEntries(kept) })
}

const normalDn = (dn: string) => dn.toLowerCase().replaceAll(/\s*(?<!\\),\s*/g, ',')
const parentOf = (dn: string) => /^(?:[^,\\]|\\.)*,(.*)$/s.exec(dn)?.[1] ?? ''
