import type { DirectoryGathering, DirectoryMemory } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import { ChangeGatherer, WALKS } from './changed-entries.ts'
import { KnownEntries } from './known-entries.ts'
import type { ChangedEntries, LdapLook, LookingAgain } from './look.ts'
import { digestOf } from './look-witness.ts'

/** How a make of server tells what changed. */
export interface ChangeSource {
  /** The attribute that names an entry for good, lower case. */
  readonly ids: string
  /** The attribute that says when an entry changed, lower case. */
  readonly stamp: string
  /** What it says: by which server, and when, as texts that are in order. Undefined where it says nothing. */
  readonly stampOf: (text: string) => { readonly server: string; readonly at: string } | undefined
  /** When the server was started; undefined where it may not be known. */
  readonly started: () => Promise<string | undefined>
  /** From where on changes are to be told, taken before anything is read. Undefined where the server tells none. */
  readonly from: () => Promise<string | undefined>
  /** Tells what changed since then, and gives from where on it is to be told the next time. */
  readonly follow: (look: LdapLook, gatherer: ChangeGatherer, from: string) => Promise<Followed>
  /** What it wants remembered beside that. */
  readonly more?: (known: KnownEntries) => Readonly<Record<string, string>>
}

export type Followed = { readonly from: string } | { readonly because: string }

/** What has to be as it was for changes to be enough, beside the server itself. */
export interface Circumstances {
  readonly suffixes: readonly string[]
  /** Stands for rules of access, policies and whatever else decides about all entries. */
  readonly rules: string
}

/** A look at everything is due after so many days. */
const FULL_AFTER = 7
/** Entries by which a server is known to hold all that it told before. */
const MOST_MARKS = 8
const MOST_SERVERS = 64
/** Of what is remembered, and how it is read. */
const VERSION = '1'

/** An entry that was among the last to change: a server that holds it as it was then was not restored to before, and is no other. */
interface Mark {
  readonly object: string
  readonly server: string
  readonly at: string
}

interface Facts {
  readonly server: string
  readonly asked: string
  readonly rules: string
  readonly full: string
}

/**
 * Looks at what changed since the last look. Where the server does not tell, or cannot be relied upon, everything is looked at, and this sees to it
 * that the next look need not.
 */
export class ChangesSince implements LookingAgain {
  /** To be filled by the look. */
  known = KnownEntries.none()
  readonly #gathering: DirectoryGathering
  readonly #source: ChangeSource
  readonly #server: string
  readonly #rules: string
  #facts: Facts | undefined
  #from: string | undefined
  #started: string | undefined
  #marks = new Map<string, Mark[]>()
  #stampless = false

  constructor(gathering: DirectoryGathering, source: ChangeSource, { suffixes, rules }: Circumstances) {
    const { server, identity, certificate } = gathering.directory
    this.#gathering = gathering
    this.#source = source
    this.#server = digestOf(
      gathering.sha256,
      JSON.stringify([server, identity ?? '', certificate ?? '', suffixes, source.ids]),
    )
    this.#rules = rules
  }

  get stamp(): string {
    return this.#source.stamp
  }

  stamped(entry: DirectoryEntry, object: string): void {
    const stamp = this.#source.stampOf(entry.text(this.stamp) ?? '')
    // Where the time of a change may not be read, the server tells of none.
    if (stamp === undefined) this.#stampless = true
    else this.#mark({ object, ...stamp })
  }

  #mark(mark: Mark): void {
    const marks = this.#marks.get(mark.server) ?? []
    if (marks.length === MOST_MARKS && marks[MOST_MARKS - 1]!.at >= mark.at) return
    if (marks.length === 0 && this.#marks.size < MOST_SERVERS) this.#marks.set(mark.server, marks)
    // In place: entries mostly go by in the order of their last changes, so that each is marked.
    const known = marks.findIndex(({ object }) => object === mark.object)
    if (known >= 0) marks.splice(known, 1)
    const before = marks.findIndex(({ at }) => at < mark.at)
    marks.splice(before < 0 ? marks.length : before, 0, mark)
    if (marks.length > MOST_MARKS) marks.pop()
  }

  async since(look: LdapLook): Promise<ChangedEntries | undefined> {
    this.#started = await this.#source.started()
    const { remembered } = this.#gathering
    if (remembered !== undefined) {
      const changed = await this.#changed(look, remembered)
      if (typeof changed !== 'string') return changed
      this.#gathering.note('directory-accounts', { code: 'full-look-needed', detail: changed })
      this.known = KnownEntries.none()
      this.#marks = new Map()
      this.#stampless = false
    }
    this.#from = await this.#source.from()
    const full = this.#gathering.now.toISOString()
    this.#facts = { server: this.#server, asked: this.#asked(look), rules: this.#rules, full }
    return undefined
  }

  #asked(look: LdapLook): string {
    const requests = WALKS.map((walk) => look.requestOf(walk))
    return digestOf(this.#gathering.sha256, JSON.stringify([VERSION, requests]))
  }

  async #changed(look: LdapLook, remembered: DirectoryMemory): Promise<ChangedEntries | string> {
    const { server, asked, rules, full = '', from, entries = '', places = '', referrals = '' } = remembered
    if (server !== this.#server) return 'another server, login or certificate'
    if (asked !== this.#asked(look)) return 'other things are asked for'
    if (rules !== this.#rules) return 'rules that hold for all entries changed'
    const age = (this.#gathering.now.getTime() - Date.parse(full)) / 86_400_000
    if (!(age >= 0 && age < FULL_AFTER)) return 'the last look at everything is a week ago'
    const known = KnownEntries.read({ entries, places })
    if (known === undefined || from === undefined) return 'what was remembered cannot be read'
    this.known = known
    const gatherer = new ChangeGatherer(this.#gathering, look, known, this.#source.ids)
    const followed = await this.#source.follow(look, gatherer, from)
    if (gatherer.tooMany) return 'more changed than is looked up one by one'
    if ('because' in followed) return followed.because
    const changed = await gatherer.whole()
    if (typeof changed === 'string') return changed
    const doubt = await this.#doubt(remembered, gatherer)
    if (doubt !== undefined) return doubt
    this.#facts = { server, asked, rules, full }
    this.#from = followed.from
    for (const url of referrals.split('\n')) if (url !== '') look.referrals.add(url)
    return changed
  }

  /**
   * Why the server may not be the one that told before: it was started since, and does not hold what it told last. From where on it tells
   * changes does not say that a database was restored and changed again.
   */
  async #doubt(remembered: DirectoryMemory, gatherer: ChangeGatherer): Promise<string | undefined> {
    const { marks: text = '', started } = remembered
    const marks = marksOf(text)
    for (const mark of marks) if (!gatherer.changedItself(mark.object)) this.#mark(mark)
    for (const entry of gatherer.entries.values())
      if (this.#source.stampOf(entry.text(this.stamp) ?? '') === undefined)
        return 'when entries changed may not be read'
    // Told to the second, so that it does not say alone that nothing was restored.
    const sameStart = this.#started !== undefined && this.#started === started
    const because = 'it is not certain that the server is the one that was looked at before'
    for (const [, list] of Map.groupBy(marks, (mark) => mark.server)) {
      const unchanged = list.filter(({ object }) => !gatherer.changedItself(object))
      if (unchanged.length === 0 && !sameStart) return because
      for (const mark of unchanged) if (!(await this.#holds(mark, gatherer))) return because
    }
    return marks.length === 0 && !sameStart ? because : undefined
  }

  async #holds({ object, at }: Mark, gatherer: ChangeGatherer): Promise<boolean> {
    const base = gatherer.known.get(object)?.dn
    if (base === undefined) return false
    const { ids, stamp, stampOf } = this.#source
    let holds = false
    await this.#gathering.search(
      [],
      { base, scope: 'base', filter: '(objectClass=*)', attributes: [ids, stamp], pageSize: 0 },
      ([entry]) => {
        holds =
          entry !== undefined &&
          (entry.text(ids)?.toLowerCase() ?? object) === object &&
          stampOf(entry.text(stamp) ?? '')?.at === at
      },
    )
    return holds
  }

  remember(look: LdapLook): void {
    if (this.#facts === undefined || this.#from === undefined) return
    if (!look.whole || this.#stampless || this.known.useless) return
    this.#gathering.remember({
      ...this.#facts,
      from: this.#from,
      started: this.#started ?? '',
      marks: marksText(this.#marks),
      referrals: [...look.referrals].filter((url) => !url.includes('\n')).join('\n'),
      ...this.#source.more?.(this.known),
      ...this.known.text(),
    })
  }
}

const marksText = (marks: ReadonlyMap<string, readonly Mark[]>): string =>
  [...marks.values()]
    .flat()
    .map(({ server, at, object }) => [server, at, object].join(' '))
    .filter((line) => !line.includes('\n'))
    .join('\n')

const marksOf = (text: string): Mark[] =>
  text.split('\n').flatMap((line) => {
    const [, server = '', at = '', object = ''] = /^(\S+) (\S+) (.+)$/.exec(line) ?? []
    return object === '' ? [] : [{ server, at, object }]
  })
