import type { DirectoryGathering } from '../../directory-make.ts'
import { BELOW, WALKS, type ChangeGatherer } from './changed-entries.ts'
import type { ChangeSource, Followed } from './changes-since.ts'
import { isWithinDn, normalDn, parentDn } from './dn.ts'
import { WALK, type KnownEntries } from './known-entries.ts'
import type { LdapLook } from './look.ts'
import { objectOf } from './subject.ts'

/** Containers whose entries are counted; in a directory with more everything is looked at. */
const MOST_CONTAINERS = 50_000
/** Entries that are listed to find out which of them are gone. */
const MOST_LISTED = 200_000

/**
 * What changed by the update sequence numbers of 389-DS (plug-in USN). They belong to one server. A change that it refuses takes a number back
 * without having been given one (389-ds-base 2.3.1), so that later entries get those of earlier ones: the time of the last change is asked for
 * as well. Of deletions it tells by tombstones, which
 * hardly anybody may read: so the entries below each container are counted, which the server does whoever asks, and where some are missing
 * they are listed.
 */
export class UsnChanges implements ChangeSource {
  readonly ids: string
  readonly stamp = 'entryusn'
  readonly #gathering: DirectoryGathering
  readonly #suffixes: readonly string[]
  /** Entries directly below each container, by its DN in normal form, as the server counts them. */
  #counts: ReadonlyMap<string, number> | undefined
  /** What time it is for the server. */
  #time: string | undefined

  constructor(gathering: DirectoryGathering, suffixes: readonly string[], ids: string) {
    this.#gathering = gathering
    this.#suffixes = suffixes
    this.ids = ids
  }

  readonly stampOf = (text: string): { server: string; at: string } | undefined =>
    /^\d{1,20}$/.test(text) ? { server: 'here', at: text.padStart(20, '0') } : undefined

  readonly started = async (): Promise<string | undefined> => {
    let started: string | undefined
    await this.#gathering.search(
      [],
      {
        base: 'cn=monitor',
        scope: 'base',
        filter: '(objectClass=*)',
        attributes: ['starttime', 'currenttime'],
        pageSize: 0,
      },
      ([entry]) => {
        started = entry?.text('starttime')
        this.#time = entry?.text('currenttime')
      },
    )
    const address = this.#gathering.directory.root.text('netscapemdsuffix') ?? ''
    return started === undefined ? undefined : `${started} ${address}`
  }

  /** The number of the last change when the look began. */
  readonly from = async (): Promise<string | undefined> => {
    const last = this.#last()
    if (last === undefined || this.#time === undefined) return undefined
    this.#counts = await this.#count()
    return this.#counts === undefined ? undefined : `${last} ${this.#time}`
  }

  /** Each database counts for itself: the least of them leaves nothing out. */
  #last(): number | undefined {
    const { root } = this.#gathering.directory
    const names = root.names.filter((name) => name === 'lastusn' || name.startsWith('lastusn;'))
    const numbers = names.filter((name) => !/;(?:changelog|ipaca)$/.test(name)).map((name) => Number(root.text(name)))
    return numbers.length === 0 || numbers.some((number) => !Number.isSafeInteger(number) || number < 0)
      ? undefined
      : Math.min(...numbers)
  }

  readonly follow = async (look: LdapLook, gatherer: ChangeGatherer, from: string): Promise<Followed> => {
    const last = this.#last()
    const [number = '', time = ''] = from.split(' ')
    const since = Number(number)
    const later = momentBefore(time)
    if (last === undefined || this.#time === undefined || !(since >= 0) || later === undefined)
      return { because: 'the server does not tell what changed' }
    if (last < since) return { because: 'the server was restored, or is another one' }
    const walks = new Map<string, number>()
    for (const walk of WALKS) {
      const request = look.requestOf(walk)
      if (request === undefined) continue
      for (const base of this.#suffixes) {
        const filter = `(&${request.filter}(|${laterThan(since, last)}(modifyTimestamp>=${later})))`
        const attributes = [...request.attributes, BELOW]
        const { reason } = await gatherer.search(walk, { base, scope: 'sub', filter, attributes }, (entry) => {
          const object = objectOf(entry, this.ids)
          walks.set(object, (walks.get(object) ?? 0) | WALK[walk])
          return true
        })
        if (reason !== undefined) return { because: 'the server does not tell what changed' }
      }
    }
    // What changed is all that it is now.
    for (const [object, now] of walks)
      for (const walk of WALKS) if ((now & WALK[walk]) === 0) gatherer.gone(walk, object)
    await this.#tombstones(gatherer, since)
    this.#counts = await this.#count()
    if (this.#counts === undefined) return { because: 'entries below others cannot be counted' }
    return (await this.#missing(gatherer, this.#counts)) ?? { from: `${last} ${this.#time}` }
  }

  /** Deletions, where they may be read. */
  async #tombstones(gatherer: ChangeGatherer, since: number): Promise<void> {
    if (this.ids !== 'nsuniqueid') return
    for (const base of this.#suffixes) {
      const filter = `(&(objectClass=nsTombstone)${laterThan(since, this.#last() ?? since)})`
      await this.#gathering.search([], { base, scope: 'sub', filter, attributes: [this.ids] }, (entries) => {
        for (const entry of entries) {
          const object = objectOf(entry, this.ids)
          for (const walk of WALKS) gatherer.gone(walk, object)
        }
      })
    }
  }

  async #count(): Promise<Map<string, number> | undefined> {
    const counts = new Map<string, number>()
    for (const base of this.#suffixes) {
      const { reason } = await this.#gathering.search(
        [],
        {
          base,
          scope: 'sub',
          filter: '(&(objectClass=*)(numSubordinates>=1))',
          attributes: ['numsubordinates'],
          maxEntries: MOST_CONTAINERS,
        },
        (entries) => {
          for (const entry of entries) counts.set(normalDn(entry.dn), Number(entry.text('numsubordinates')))
        },
      )
      if (reason !== undefined) return undefined
    }
    return counts
  }

  /** Finds entries that are gone below containers which hold fewer than are known, those left out that were never seen there. */
  async #missing(
    gatherer: ChangeGatherer,
    counts: ReadonlyMap<string, number>,
  ): Promise<{ because: string } | undefined> {
    const expected = this.#below(gatherer)
    const unseen = unseenOf(this.#gathering.remembered?.['unseen'] ?? '')
    let listed = 0
    for (const [container, below] of expected) {
      const there = (counts.get(container) ?? 0) - (unseen.get(container) ?? 0)
      if (there >= below) continue
      listed += counts.get(container) ?? 0
      if (listed > MOST_LISTED) return { because: 'too many entries may be gone' }
      const objects = new Set<string>()
      const { reason } = await this.#gathering.search(
        [],
        { base: container, scope: 'one', filter: '(objectClass=*)', attributes: [this.ids] },
        (entries) => {
          for (const entry of entries) objects.add(objectOf(entry, this.ids))
        },
      )
      if (reason !== undefined && reason.code !== 'no-such-entry') return { because: 'entries cannot be listed' }
      for (const object of gatherer.known.objectsBelow(container))
        if (!objects.has(object) && !gatherer.entries.has(object)) for (const walk of WALKS) gatherer.gone(walk, object)
    }
    return undefined
  }

  /** How many entries should be directly below each container, by what is known and what was told. */
  #below(gatherer: ChangeGatherer): Map<string, number> {
    const expected = gatherer.known.countBelow()
    const add = (dn: string, by: number) => {
      const container = normalDn(parentDn(dn))
      expected.set(container, (expected.get(container) ?? 0) + by)
    }
    for (const [object, { dn }] of gatherer.entries) {
      const known = gatherer.known.get(object)
      if (known !== undefined) add(known.dn, -1)
      add(dn, 1)
    }
    const suffixes = this.#suffixes.map(normalDn)
    return new Map([...expected].filter(([container]) => suffixes.some((suffix) => isWithinDn(container, suffix))))
  }

  /** Entries that are counted and were not seen, by their container. */
  readonly more = (known: KnownEntries): Readonly<Record<string, string>> => {
    const seen = known.countBelow()
    const lines: string[] = []
    for (const [container, count] of this.#counts ?? []) {
      const unseen = count - (seen.get(container) ?? 0)
      if (unseen > 0) lines.push(`${unseen} ${container.replaceAll('\n', ' ')}`)
    }
    return { unseen: lines.join('\n') }
  }

  /** What the server counts, for comparing it with what is known. Undefined where it does not tell. */
  get counts(): ReadonlyMap<string, number> | undefined {
    return this.#counts
  }
}

/**
 * A filter for later numbers. An index of them may be in the order of texts, where 100 comes before 99: so each range is of numbers with as many
 * digits.
 */
const laterThan = (since: number, last: number): string => {
  const ranges: string[] = []
  for (let from = since + 1, digits = String(from).length; digits <= String(last).length + 1; digits++) {
    ranges.push(`(&(entryusn>=${from})(entryusn<=${'9'.repeat(digits)}))`)
    from = 10 ** digits
  }
  return `(|${ranges.join('')})`
}

/** Some seconds before a time (RFC 4517 3.3.13), since changes are told to the second. */
const momentBefore = (time: string): string | undefined => {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(time)?.slice(1)
  if (parts === undefined) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  const at = Date.UTC(year, month - 1, day, hour, minute, second) - 5000
  return new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
}

const unseenOf = (text: string): Map<string, number> =>
  new Map(
    text.split('\n').flatMap((line): [string, number][] => {
      const at = line.indexOf(' ')
      return at < 0 ? [] : [[line.slice(at + 1), Number(line.slice(0, at))]]
    }),
  )
