import type { Known } from './references.ts'
import type { ObjectType } from './subject.ts'

/** Which walks an entry went by in: an entry may be a group and an account. */
export const WALK = { groups: 1, others: 2, accounts: 4 } as const
export type Walk = keyof typeof WALK

/** What one entry means to others: what has to be known of it while only changes are read. */
export interface KnownEntry extends Known {
  /** In its normal form. */
  readonly dn: string
  /** Bits of `WALK`. */
  readonly walks: number
  /** Whether `name` is what groups call it by. */
  readonly login: boolean
  /** Its number, where it has one (uidNumber). */
  readonly number: number | undefined
  /** Whether it has rules about acting as others. */
  readonly proxies: boolean
  /** Whether its password could be read. */
  readonly password: boolean
}

/** Entries that went by, as text that can be kept: a line each, in the order of their objects. */
export interface KnownText {
  readonly entries: string
  /** The DNs that they lie below, each once, a line each. */
  readonly places: string
}

/** So much text is kept at most: of some 500,000 entries. */
const MOST_CHARACTERS = 32 * 1024 * 1024
/** Room for an object, roughly. */
const OBJECT_LENGTH = 40
/** So many are found in the text; for more it is worth while to have a table. */
const FEW = 16

/**
 * All entries of a directory that went by: their places, names and numbers, in little room. It is made by a look at everything, kept as text,
 * and brought up to date by looks at changes.
 */
export class KnownEntries {
  readonly #base: string
  /** Where the lines of the text begin. */
  readonly #starts: Uint32Array
  /** The number of each, -1 for none. */
  readonly #uids: Float64Array
  /** What is not as in the text: undefined for those that are gone. */
  readonly #changed = new Map<string, KnownEntry | undefined>()
  /** Accounts of a look at everything, as lines at once: they are too many to be held as anything else. */
  readonly #fresh: string[] = []
  readonly #everything: boolean
  readonly #places: string[]
  readonly #numbers = new Map<string, number>()
  readonly #counts = { groups: 0, others: 0, accounts: 0 }
  #characters: number
  #lookedFor = 0
  #byDn: Map<string, KnownEntry> | undefined
  #byName: Map<string, KnownEntry | 'several'> | undefined
  #renamed = false
  #passwords = 0

  private constructor({ entries, places }: KnownText, everything: boolean) {
    this.#base = entries
    this.#everything = everything
    this.#places = places === '' ? [] : places.split('\n').map(unescaped)
    for (const [index, place] of this.#places.entries()) this.#numbers.set(place, index)
    this.#characters = entries.length + places.length
    const starts: number[] = []
    const uids: number[] = []
    for (let start = 0; start < entries.length;) {
      const at = barAt(entries, start)
      const marks = entries.charCodeAt(at + 2) - ZERO
      this.#count(entries.charCodeAt(at + 1) - ZERO, (marks & PASSWORD) !== 0, 1)
      starts.push(start)
      uids.push(numberAt(entries, at + 5))
      start = entries.indexOf('\n', at) + 1
    }
    this.#starts = Uint32Array.from(starts)
    this.#uids = Float64Array.from(uids)
  }

  /** To be filled by a look at everything. */
  static none(): KnownEntries {
    return new KnownEntries({ entries: '', places: '' }, true)
  }

  /** Undefined where the text is none that `text` gave. */
  static read(text: KnownText): KnownEntries | undefined {
    return text.entries === '' || text.entries.endsWith('\n') ? new KnownEntries(text, false) : undefined
  }

  /** Whether any was added, removed, moved or renamed since it was read. */
  get renamed(): boolean {
    return this.#renamed
  }

  /** Whether it is too much to be kept. */
  get useless(): boolean {
    return this.#characters > MOST_CHARACTERS
  }

  count(walk: Walk): number {
    return this.#counts[walk]
  }

  /** All that went by; such as are two kinds of entries twice. */
  get seen(): number {
    const { groups, others, accounts } = this.#counts
    return groups + others + accounts
  }

  get(object: string): KnownEntry | undefined {
    if (this.#changed.has(object)) return this.#changed.get(object)
    const line = this.#lineOf(object)
    return line < 0 ? undefined : this.#read(line)
  }

  /** In which walks it went by. */
  walks(object: string): number {
    if (this.#changed.has(object)) return this.#changed.get(object)?.walks ?? 0
    const line = this.#lineOf(object)
    return line < 0 ? 0 : walksAt(this.#base, this.#starts[line]!)
  }

  /** An entry goes by in a walk. What it is as an account goes before what it is as a group, and that before all else. */
  add(walk: Walk, entry: Omit<KnownEntry, 'walks'>): void {
    if (this.#everything && walk === 'accounts' && !this.#changed.has(entry.object)) {
      this.#count(WALK.accounts, entry.password, 1)
      const line = this.#write({ ...entry, walks: WALK.accounts })
      this.#characters += line.length
      if (!this.useless) this.#fresh.push(line)
      return
    }
    const known = this.get(entry.object)
    const walks = (known?.walks ?? 0) | WALK[walk]
    const told = known !== undefined && RANK[walk] < rankOf(known.walks) ? { ...known, walks } : { ...entry, walks }
    this.#put(entry.object, told, known)
  }

  /** It is none of these any more; gone where it is nothing else. */
  remove(walk: Walk, object: string): void {
    const known = this.get(object)
    if (known === undefined || (known.walks & WALK[walk]) === 0) return
    const walks = known.walks & ~WALK[walk]
    this.#put(object, walks === 0 ? undefined : { ...known, walks }, known)
  }

  #put(object: string, entry: KnownEntry | undefined, before: KnownEntry | undefined): void {
    if (before !== undefined) this.#count(before.walks, before.password, -1)
    if (entry !== undefined) this.#count(entry.walks, entry.password, 1)
    if (entry !== undefined) this.#characters += entry.dn.length + entry.name.length + OBJECT_LENGTH
    this.#renamed ||= entry === undefined || before === undefined || !sameToOthers(entry, before)
    this.#changed.set(object, entry)
    this.#byDn = undefined
    this.#byName = undefined
  }

  #count(walks: number, password: boolean, by: number): void {
    if (password) this.#passwords += by
    if ((walks & WALK.groups) !== 0) this.#counts.groups += by
    if ((walks & WALK.others) !== 0) this.#counts.others += by
    if ((walks & WALK.accounts) !== 0) this.#counts.accounts += by
  }

  /** The objects of a walk. */
  *objects(walk: Walk): Iterable<string> {
    for (const start of this.#starts) {
      if ((walksAt(this.#base, start) & WALK[walk]) === 0) continue
      const object = objectAt(this.#base, start)
      if (!this.#changed.has(object)) yield object
    }
    for (const [object, entry] of this.#changed)
      if (entry !== undefined && (entry.walks & WALK[walk]) !== 0) yield object
  }

  /** Accounts by their number, of those asked for. */
  withNumbers(wanted: Pick<ReadonlySet<number>, 'has'>): Map<number, KnownEntry[]> {
    const found = new Map<number, KnownEntry[]>()
    const add = (entry: KnownEntry) => {
      if (entry.number === undefined || (entry.walks & WALK.accounts) === 0) return
      const same = found.get(entry.number)
      if (same === undefined) found.set(entry.number, [entry])
      else same.push(entry)
    }
    for (let line = 0; line < this.#starts.length; line++) {
      if (!wanted.has(this.#uids[line]!)) continue
      const entry = this.#read(line)
      if (!this.#changed.has(entry.object)) add(entry)
    }
    for (const entry of this.#changed.values()) if (entry?.number !== undefined && wanted.has(entry.number)) add(entry)
    return found
  }

  /** All that have rules about acting as others. */
  proxies(): KnownEntry[] {
    return this.#withMark(PROXIES).filter(({ proxies }) => proxies)
  }

  /** Accounts whose password could be read. */
  get passwords(): number {
    return this.#passwords
  }

  #withMark(mark: number): KnownEntry[] {
    const found: KnownEntry[] = []
    for (let line = 0; line < this.#starts.length; line++) {
      const start = this.#starts[line]!
      if ((marksAt(this.#base, start) & mark) === 0) continue
      if (!this.#changed.has(objectAt(this.#base, start))) found.push(this.#read(line))
    }
    for (const entry of this.#changed.values()) if (entry !== undefined) found.push(entry)
    return found
  }

  /** Whether any entry lies directly below it, by its DN in normal form. */
  hasBelow(dn: string): boolean {
    const place = `,${dn}`
    const number = this.#numbers.get(place)
    if (number === undefined) return false
    for (const entry of this.#changed.values()) if (entry !== undefined && above(entry.dn) === place) return true
    const below = `|${number}|`
    for (let at = this.#base.indexOf(below); at >= 0; at = this.#base.indexOf(below, at + 1)) {
      const entry = this.#read(this.#lineAt(at))
      if (!this.#changed.has(entry.object) && above(entry.dn) === place) return true
    }
    return false
  }

  /** How many entries are directly below each container, by its DN in normal form. */
  countBelow(): Map<string, number> {
    const numbers = this.#places.map(() => 0)
    const add = (place: number, by: number) => void (numbers[place] = (numbers[place] ?? 0) + by)
    for (const start of this.#starts) add(placeAt(this.#base, start), 1)
    for (const line of this.#fresh) add(placeAt(line, 0), 1)
    const counts = new Map<string, number>()
    for (const [place, count] of numbers.entries()) counts.set(this.#places[place]!.slice(1), count)
    for (const [object, entry] of this.#changed) {
      const line = this.#lineOf(object)
      for (const [dn, by] of [
        [line < 0 ? undefined : this.#read(line).dn, -1],
        [entry?.dn, 1],
      ] as const) {
        if (dn === undefined) continue
        const container = above(dn).slice(1)
        counts.set(container, (counts.get(container) ?? 0) + by)
      }
    }
    return counts
  }

  /** The entries directly below one. */
  *objectsBelow(container: string): Iterable<string> {
    const place = `,${container}`
    const number = this.#numbers.get(place)
    for (const start of number === undefined ? [] : this.#starts) {
      if (placeAt(this.#base, start) !== number) continue
      const object = objectAt(this.#base, start)
      if (!this.#changed.has(object)) yield object
    }
    for (const [object, entry] of this.#changed) if (entry !== undefined && above(entry.dn) === place) yield object
  }

  /** By its DN in normal form. */
  ofDn(dn: string): KnownEntry | undefined {
    if (this.#byDn === undefined && this.#lookedFor++ < FEW) return this.#search(dn)
    this.#byDn ??= this.#table()
    return this.#byDn.get(dn)
  }

  #table(): Map<string, KnownEntry> {
    const table = new Map<string, KnownEntry>()
    for (const entry of this.#all()) table.set(entry.dn, entry)
    return table
  }

  /** Accounts by what groups call them. */
  ofName(name: string): KnownEntry | 'several' | undefined {
    if (this.#byName === undefined) {
      this.#byName = new Map()
      for (const entry of this.#all())
        if (entry.login) this.#byName.set(entry.name, this.#byName.has(entry.name) ? 'several' : entry)
    }
    return this.#byName.get(name)
  }

  #search(dn: string): KnownEntry | undefined {
    for (const entry of this.#changed.values()) if (entry?.dn === dn) return entry
    const place = above(dn)
    const number = this.#numbers.get(place)
    if (number === undefined) return undefined
    const wanted = `|${number}|${escaped(dn.slice(0, dn.length - place.length))}|`
    for (let at = this.#base.indexOf(wanted); at >= 0; at = this.#base.indexOf(wanted, at + 1)) {
      const entry = this.#read(this.#lineAt(at))
      if (!this.#changed.has(entry.object) && entry.dn === dn) return entry
    }
    return undefined
  }

  *#all(): Iterable<KnownEntry> {
    for (let line = 0; line < this.#starts.length; line++) {
      const entry = this.#read(line)
      if (!this.#changed.has(entry.object)) yield entry
    }
    for (const entry of this.#changed.values()) if (entry !== undefined) yield entry
  }

  /** What is to be kept. */
  text(): KnownText {
    const places = () => this.#places.map(escaped).join('\n')
    if (this.#everything) {
      const lines = this.#fresh.concat([...this.#changed.values()].flatMap((one) => (one ? [this.#write(one)] : [])))
      return { entries: lines.sort().join(''), places: places() }
    }
    const base = this.#base
    const pieces: string[] = []
    let from = 0
    for (const [object, entry] of [...this.#changed].sort(([one], [other]) => (keyOf(one) < keyOf(other) ? -1 : 1))) {
      const line = this.#lineOf(object)
      const at = line < 0 ? this.#startOf(-line - 1) : this.#starts[line]!
      if (at > from) pieces.push(base.slice(from, at))
      if (entry !== undefined) pieces.push(this.#write(entry))
      from = line < 0 ? at : this.#startOf(line + 1)
    }
    if (from < base.length) pieces.push(base.slice(from))
    return { entries: pieces.join(''), places: places() }
  }

  #startOf(line: number): number {
    return this.#starts[line] ?? this.#base.length
  }

  #write({ object, walks, type, login, proxies, password, number, dn, name }: KnownEntry): string {
    const place = above(dn)
    const rdn = dn.slice(0, dn.length - place.length)
    let at = this.#numbers.get(place)
    if (at === undefined) {
      at = this.#places.length
      this.#numbers.set(place, at)
      this.#places.push(place)
    }
    const marks = (login ? LOGIN : 0) | (proxies ? PROXIES : 0) | (password ? PASSWORD : 0)
    const sign = String.fromCharCode(A + Math.max(0, TYPES.indexOf(type)))
    return [escaped(object), `${walks}${marks}${sign}`, number ?? '', at, escaped(rdn), `${escaped(name)}\n`].join('|')
  }

  #read(line: number): KnownEntry {
    const start = this.#starts[line]!
    const text = this.#base.slice(start, this.#startOf(line + 1) - 1)
    const [object = '', signs = '', number = '', place = '', rdn = '', name = ''] = text.split('|')
    const marks = signs.charCodeAt(1) - ZERO
    return {
      object: unescaped(object),
      walks: signs.charCodeAt(0) - ZERO,
      type: TYPES[signs.charCodeAt(2) - A] ?? 'other',
      login: (marks & LOGIN) !== 0,
      proxies: (marks & PROXIES) !== 0,
      password: (marks & PASSWORD) !== 0,
      number: number === '' ? undefined : Number(number),
      dn: unescaped(rdn) + (this.#places[Number(place)] ?? ''),
      name: unescaped(name),
    }
  }

  /** The line of an object; where it has none, the one before which it belongs, as -1 for the first, -2 for the second. */
  #lineOf(object: string): number {
    const key = keyOf(object)
    let [low, high] = [0, this.#starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const order = compared(this.#base, this.#starts[middle]!, key)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -low - 1
  }

  /** The line in which a place of the text lies. */
  #lineAt(at: number): number {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#starts[middle]! <= at) low = middle
      else high = middle
    }
    return low
  }
}

const RANK: Readonly<Record<Walk, number>> = { others: 0, groups: 1, accounts: 2 }
const rankOf = (walks: number) =>
  (walks & WALK.accounts) !== 0 ? RANK.accounts : (walks & WALK.groups) !== 0 ? RANK.groups : RANK.others

const sameToOthers = (one: KnownEntry, other: KnownEntry) =>
  one.dn === other.dn &&
  one.name === other.name &&
  one.type === other.type &&
  one.login === other.login &&
  one.proxies === other.proxies

const ZERO = 0x30
const A = 0x61
const [LOGIN, PROXIES, PASSWORD] = [1, 2, 4]
const TYPES: readonly ObjectType[] = [
  'user',
  'computer',
  'managed-service',
  'group',
  'role',
  'container',
  'domain',
  'policy',
  'other',
]

/** An object with the sign behind it, by which lines are in order. */
const keyOf = (object: string) => `${escaped(object)}|`
const compared = (text: string, start: number, key: string): number => {
  for (let at = 0; at < key.length; at++) {
    const order = text.charCodeAt(start + at) - key.charCodeAt(at)
    if (order !== 0) return order
  }
  return 0
}
const objectAt = (text: string, start: number) => unescaped(text.slice(start, barAt(text, start)))

/** Behind the object stand its walks, its marks and its type, a character each, and its number. */
const walksAt = (text: string, start: number) => text.charCodeAt(barAt(text, start) + 1) - ZERO
const marksAt = (text: string, start: number) => text.charCodeAt(barAt(text, start) + 2) - ZERO
const numberAt = (text: string, from: number): number => {
  let unit = text.charCodeAt(from)
  if (unit === BAR) return -1
  let number = 0
  for (let at = from; unit !== BAR && at < text.length; unit = text.charCodeAt(++at)) number = number * 10 + unit - ZERO
  return number
}
const placeAt = (text: string, start: number): number => numberAt(text, text.indexOf('|', barAt(text, start) + 5) + 1)
/** Where the object ends. */
const barAt = (text: string, start: number): number => text.indexOf('|', start)

const BAR = 0x7c

/** The DN above one in its normal form, with the comma before it; empty for the topmost. */
const above = (dn: string): string => {
  for (let at = dn.indexOf(','); at >= 0; at = dn.indexOf(',', at + 1)) {
    let signs = 0
    while (dn[at - 1 - signs] === '\\') signs++
    if (signs % 2 === 0) return dn.slice(at)
  }
  return ''
}

const escaped = (text: string) => (ODD.test(text) ? text.replaceAll(/[%|\n]/g, (unit) => ESCAPES[unit]!) : text)
const unescaped = (text: string) => (text.includes('%') ? text.replaceAll(/%[pbn]/g, (unit) => MEANT[unit]!) : text)
const ODD = /[%|\n]/
const ESCAPES: Readonly<Record<string, string>> = { '%': '%p', '|': '%b', '\n': '%n' }
const MEANT: Readonly<Record<string, string>> = { '%p': '%', '%b': '|', '%n': '\n' }
