import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry, SearchEnd, SearchRequest } from '../../directory.ts'
import { numberOf } from './accounts.ts'
import { normalDn } from './dn.ts'
import { copyOf } from './entry-copy.ts'
import { WALK, type KnownEntries, type KnownEntry, type Walk } from './known-entries.ts'
import type { ChangedEntries, LdapLook } from './look.ts'
import { objectOf } from './subject.ts'

/** More than this is not held at a time: everything is then looked at, which holds nothing. */
const MOST_CHANGED = 20_000
const MOST_BYTES = 32 * 1024 * 1024
/** Entries that did not change themselves and are told again all the same. */
const MOST_AGAIN = 500

/** New entries with others below them. */
const MOST_CONTAINERS = 200

/** Says whether an entry has others below it (RFC 3673 and X.501); to be asked for of entries that changed. */
export const BELOW = 'hassubordinates'

/** Entries are asked for again, kind by kind. */
export const WALKS: readonly Walk[] = ['groups', 'others', 'accounts']

/** What changed is gathered before anything of it is told, since it decides whether everything has to be looked at. */
export class ChangeGatherer {
  readonly known: KnownEntries
  readonly #gathering: DirectoryGathering
  readonly #look: LdapLook
  readonly #ids: string
  readonly #entries: Record<Walk, DirectoryEntry[]> = { groups: [], others: [], accounts: [] }
  readonly #before = new Map<string, KnownEntry | undefined>()
  readonly #told = new Map<string, DirectoryEntry>()
  readonly #changedThemselves = new Set<string>()
  #bytes = 0

  constructor(gathering: DirectoryGathering, look: LdapLook, known: KnownEntries, ids: string) {
    this.#gathering = gathering
    this.#look = look
    this.known = known
    this.#ids = ids
  }

  get tooMany(): boolean {
    return this.#before.size > MOST_CHANGED || this.#bytes > MOST_BYTES
  }

  /** All entries that changed and are still there. */
  get entries(): ReadonlyMap<string, DirectoryEntry> {
    return this.#told
  }

  /** Whether it changed, and is not only told again because of others. */
  changedItself(object: string): boolean {
    return this.#changedThemselves.has(object)
  }

  /** Searches for entries of a kind; what comes has changed. */
  search(walk: Walk, request: SearchRequest, take?: (entry: DirectoryEntry) => boolean): Promise<SearchEnd> {
    return this.#gathering.search([], { ...request, maxEntries: MOST_CHANGED + 1 }, (entries) => {
      for (const entry of entries) if (take?.(entry) !== false) this.changed(walk, entry)
    })
  }

  changed(walk: Walk, entry: DirectoryEntry): void {
    const object = objectOf(entry, this.#ids)
    this.#remember(object)
    if (this.tooMany) return
    const { entry: copy, bytes } = copyOf(entry)
    this.#bytes += bytes
    this.#entries[walk].push(copy)
    this.#told.set(object, copy)
  }

  /** It is none of these any more. Of entries that are not known nothing is said. */
  gone(walk: Walk, object: string): void {
    if ((this.known.walks(object) & WALK[walk]) === 0) return
    this.#remember(object)
    this.known.remove(walk, object)
  }

  #remember(object: string): void {
    if (!this.#before.has(object)) this.#before.set(object, this.known.get(object))
  }

  /** What is to be looked at; a text says why everything has to be. */
  async whole(): Promise<ChangedEntries | string> {
    if (this.tooMany) return 'more changed than is looked up one by one'
    for (const [object, before] of this.#before) {
      const now = this.#told.get(object)
      const stays = before === undefined || (now !== undefined && before.dn === normalDn(now.dn))
      // Entries below it moved with it, and are not said to have changed.
      if (!stays && this.known.hasBelow(before.dn)) return 'a container was moved, renamed or hidden'
    }
    if (await this.#bringsOthers()) return 'a container was moved to where it can be seen'
    const groups =
      this.#entries.groups.length > 0 ||
      [...this.#before.values()].some((one) => one !== undefined && ((one.walks & WALK.groups) !== 0 || one.proxies))
    for (const object of this.#before.keys()) this.#changedThemselves.add(object)
    const again = await this.#again()
    return again ?? { entries: this.#entries, objects: new Set(this.#before.keys()), groups }
  }

  /** Whether an entry that was not known has others below it that were not told. */
  async #bringsOthers(): Promise<boolean> {
    const containers = [...this.#told].filter(
      ([object, entry]) => this.#before.get(object) === undefined && !/^false$/i.test(entry.text(BELOW) ?? 'true'),
    )
    if (containers.length > MOST_CONTAINERS) return true
    let untold = false
    for (const [, { dn }] of containers) {
      const request = { base: dn, scope: 'one', filter: '(objectClass=*)', attributes: [this.#ids] } as const
      const { reason } = await this.#gathering.search([], request, (entries) => {
        for (const entry of entries) untold ||= !this.#told.has(objectOf(entry, this.#ids))
      })
      if (untold || reason !== undefined) return true
    }
    return false
  }

  /** Accounts whose findings name an account that changed, and those whose rules count for others: they are read again. */
  async #again(): Promise<string | undefined> {
    const numbers = new Set<number>()
    for (const before of this.#before.values()) if (before?.number !== undefined) numbers.add(before.number)
    for (const entry of this.#entries.accounts) numbers.add(numberOf(entry.text('uidnumber')) ?? -1)
    numbers.delete(-1)
    const sharing = new Map<number, string[]>()
    for (const [number, entries] of this.known.withNumbers(numbers))
      sharing.set(
        number,
        entries.filter(({ object }) => !this.#before.has(object)).map(({ object }) => object),
      )
    const again = new Map<string, KnownEntry>()
    for (const objects of sharing.values()) for (const object of objects) again.set(object, this.known.get(object)!)
    for (const entry of this.known.proxies()) if (!this.#before.has(entry.object)) again.set(entry.object, entry)
    if (again.size > MOST_AGAIN) return 'what changed has to do with too many others'
    const request = this.#look.requestOf('accounts')
    for (const [object, { dn }] of again) {
      if (request === undefined) return 'the server knows no accounts any more'
      let found = false
      await this.search('accounts', { ...request, base: dn, scope: 'base', pageSize: 0 }, (entry) => {
        found ||= objectOf(entry, this.#ids) === object
        return found
      })
      if (!found) return 'what is known of an account does not hold any more'
    }
    return undefined
  }
}
