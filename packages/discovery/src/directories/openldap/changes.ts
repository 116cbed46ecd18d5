import type { DirectoryGathering, DirectoryMemory } from '../../directory-make.ts'
import type { DirectoryEntry, SearchRequest } from '../../directory.ts'
import { BELOW, ChangeGatherer, WALKS } from '../../formats/ldap/changed-entries.ts'
import {
  cookieChanges,
  serverOf,
  SYNC_REQUEST,
  syncEnd,
  syncRequest,
  syncState,
  type SyncEnd,
} from '../../formats/ldap/content-sync.ts'
import { isWithinDn, normalDn } from '../../formats/ldap/dn.ts'
import { KnownEntries } from '../../formats/ldap/known-entries.ts'
import type { ChangedEntries, LdapLook, LookingAgain } from '../../formats/ldap/look.ts'
import { digestOf } from '../../formats/ldap/look-witness.ts'
import { IDS } from './ids.ts'

/** A look at everything is due after so many days. */
const FULL_AFTER = 7
/** Entries by which a server is known to hold all that it told before. */
const MOST_MARKS = 8
const MOST_SERVERS = 64
const MOST_STRANGERS = 200

const STAMP = 'entrycsn'

/** What has to be as it was for changes to be enough, beside the server itself. */
export interface Circumstances {
  readonly suffixes: readonly string[]
  /** Stands for rules of access, policies and whatever else decides about all entries. */
  readonly rules: string
}

/** Entries that changed last, and when: a server that does not know of them was restored, or is another. */
interface Mark {
  readonly object: string
  readonly csn: string
}

/**
 * Looks at what changed since the last look, told by the server (RFC 4533, which takes the overlay syncprov). Where it is not told, or where
 * it cannot be relied upon, everything is looked at, and this sees to it that the next look need not.
 */
export class OpenLdapChanges implements LookingAgain {
  /** To be filled by the look. */
  known = KnownEntries.none()
  readonly #gathering: DirectoryGathering
  readonly #suffixes: readonly string[]
  readonly #of: Pick<Facts, 'server' | 'rules'>
  #facts: Facts | undefined
  #cookies: readonly string[] | undefined
  #started: string | undefined
  #marks = new Map<string, Mark[]>()
  #stampless = false

  constructor(gathering: DirectoryGathering, { suffixes, rules }: Circumstances) {
    const { server, identity, certificate } = gathering.directory
    const digest = (of: readonly unknown[]) => digestOf(gathering.sha256, JSON.stringify(of))
    this.#gathering = gathering
    this.#suffixes = suffixes
    this.#of = { server: digest([server, identity ?? '', certificate ?? '', suffixes]), rules }
  }

  readonly stamp = STAMP

  /** To be shown every entry of a look, so that the server can be known again. */
  readonly stamped = (entry: DirectoryEntry, object: string): void => {
    const csn = entry.text(STAMP)
    const server = csn === undefined ? undefined : serverOf(csn)
    // Where the time of a change may not be read, the server tells of none.
    if (csn === undefined || server === undefined) this.#stampless = true
    else this.#mark(server, { object, csn })
  }

  #mark(server: string, mark: Mark): void {
    const marks = (this.#marks.get(server) ?? []).filter(({ object }) => object !== mark.object)
    const at = marks.findIndex(({ csn }) => csn < mark.csn)
    marks.splice(at < 0 ? marks.length : at, 0, mark)
    if (marks.length > MOST_MARKS) marks.pop()
    if (this.#marks.size < MOST_SERVERS) this.#marks.set(server, marks)
  }

  /** What changed; undefined where everything is to be looked at. `look`: asks for entries as the look will. */
  async since(look: LdapLook): Promise<ChangedEntries | undefined> {
    this.#started = await readStart(this.#gathering)
    const { remembered } = this.#gathering
    if (remembered !== undefined) {
      const changed = await this.#changed(look, remembered)
      if (typeof changed !== 'string') return changed
      this.#gathering.note('directory-accounts', { code: 'full-look-needed', detail: changed })
      this.known = KnownEntries.none()
      this.#marks = new Map()
      this.#stampless = false
    }
    this.#facts = { ...this.#of, asked: this.#asked(look), full: this.#gathering.now.toISOString() }
    this.#cookies = await this.#firstCookies()
    return undefined
  }

  #asked(look: LdapLook): string {
    const requests = WALKS.map((walk) => look.requestOf(walk))
    return digestOf(this.#gathering.sha256, JSON.stringify([VERSION, requests]))
  }

  /** From where on changes are to be told, taken before anything is read. */
  async #firstCookies(): Promise<string[] | undefined> {
    const cookies: string[] = []
    for (const base of this.#suffixes) {
      const request = { base, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'] } as const
      const cookie = (await this.#sync(request, undefined))?.cookie
      if (cookie === undefined || cookieChanges(cookie).size === 0) return undefined
      cookies.push(cookie)
    }
    return cookies
  }

  async #sync(
    request: Pick<SearchRequest, 'base' | 'scope' | 'filter' | 'attributes'>,
    cookie: string | undefined,
    take: (entry: DirectoryEntry, state: ReturnType<typeof syncState>) => void = () => {},
  ): Promise<SyncEnd | undefined> {
    const controls = [{ oid: SYNC_REQUEST, critical: true, value: syncRequest(cookie) }] as const
    const end = await this.#gathering.search([], { ...request, controls, pageSize: 0 }, (entries) => {
      for (const entry of entries) take(entry, syncState(entry.controls))
    })
    return end.reason === undefined ? syncEnd(end.controls, end.intermediate) : undefined
  }

  async #changed(look: LdapLook, remembered: DirectoryMemory): Promise<ChangedEntries | string> {
    const facts = factsOf(remembered)
    const cookies = remembered['cookies']?.split('\n') ?? []
    const known = KnownEntries.read({ entries: remembered['entries'] ?? '', places: remembered['places'] ?? '' })
    if (facts.server !== this.#of.server) return 'another server, login or certificate'
    if (facts.asked !== this.#asked(look)) return 'other things are asked for'
    if (facts.rules !== this.#of.rules) return 'rules that hold for all entries changed'
    const age = (this.#gathering.now.getTime() - Date.parse(facts.full)) / 86_400_000
    if (!(age >= 0 && age < FULL_AFTER)) return 'the last look at everything is a week ago'
    if (known === undefined || cookies.length !== this.#suffixes.length) return 'what was remembered cannot be read'
    this.known = known
    const gatherer = new ChangeGatherer(this.#gathering, look, known, IDS)
    const next: string[] = []
    for (const [index, base] of this.#suffixes.entries()) {
      const cookie = await this.#follow(look, gatherer, base, cookies[index]!)
      if (typeof cookie === 'object') return cookie.because
      next.push(cookie)
    }
    const changed = await gatherer.whole()
    if (typeof changed === 'string') return changed
    const doubtful = await this.#isAnother(remembered, gatherer)
    if (doubtful !== undefined) return doubtful
    this.#facts = facts
    this.#cookies = next
    for (const url of remembered['referrals']?.split('\n') ?? []) if (url !== '') look.referrals.add(url)
    return changed
  }

  /** Follows the changes below a suffix; gives the cookie for the next time. */
  async #follow(
    look: LdapLook,
    gatherer: ChangeGatherer,
    base: string,
    cookie: string,
  ): Promise<string | { because: string }> {
    let next: string | undefined
    for (const walk of WALKS) {
      const request = look.requestOf(walk)
      if (request === undefined) continue
      const told = new Set<string>()
      const [present, gone]: [string[], string[]] = [[], []]
      let stateless = false
      const attributes = [...request.attributes, BELOW]
      const end = await this.#sync({ ...request, attributes, base, scope: 'sub' }, cookie, (entry, state) => {
        if (state === undefined) stateless = true
        else if (state.state === 'delete') gone.push(state.uuid)
        else if (state.state === 'present') present.push(state.uuid)
        else {
          told.add(state.uuid)
          gatherer.changed(walk, entry)
        }
      })
      if (gatherer.tooMany) return { because: 'more changed than is looked up one by one' }
      if (end === undefined || stateless) return { because: 'the server does not tell what changed' }
      // What changes while one kind is asked for after the other is told again the next time.
      next ??= end.cookie ?? cookie
      if (end.cookie !== undefined && !isContinued(cookie, end.cookie))
        return { because: 'the server was restored, or changes come from another one' }
      for (const object of [...gone, ...end.deleted]) if (!told.has(object)) gatherer.gone(walk, object)
      if (end.present === undefined) continue
      const there = new Set([...told, ...present, ...end.present])
      const strangers: string[] = []
      for (const object of there) if (!told.has(object) && gatherer.known.walks(object) === 0) strangers.push(object)
      if (await this.#areVisible(strangers, base, request.filter)) return { because: 'entries came back' }
      for (const object of gatherer.known.objects(walk))
        if (!there.has(object) && this.#lies(gatherer.known, object, base)) gatherer.gone(walk, object)
    }
    return next ?? cookie
  }

  #lies(known: KnownEntries, object: string, base: string): boolean {
    return this.#suffixes.length === 1 || isWithinDn(known.get(object)?.dn ?? '', normalDn(base))
  }

  /** Entries that are said not to have changed and were never seen: such as are no more than a referral to elsewhere, or those of a backup. */
  async #areVisible(objects: readonly string[], base: string, filter: string): Promise<boolean> {
    if (objects.length === 0) return false
    if (objects.length > MOST_STRANGERS) return true
    const named = objects.map((object) => `(entryUUID=${object})`).join('')
    const { entries, reason } = await this.#gathering.search(
      [],
      { base, scope: 'sub', filter: `(&${filter}(|${named}))`, attributes: ['1.1'], pageSize: 0 },
      () => {},
    )
    return entries > 0 || reason !== undefined
  }

  /**
   * Why the server may not be the one that told before: it was started since, and does not hold what it told last. A cookie alone does not tell a
   * database that was restored and changed again.
   */
  async #isAnother(remembered: DirectoryMemory, gatherer: ChangeGatherer): Promise<string | undefined> {
    const marks = marksOf(remembered['marks'] ?? '')
    for (const [server, list] of marks)
      for (const mark of list) if (!gatherer.has(mark.object)) this.#mark(server, mark)
    for (const entry of gatherer.entries.values()) {
      const csn = entry.text(STAMP) ?? ''
      const server = serverOf(csn)
      if (server === undefined) return 'when entries changed may not be read'
    }
    if (this.#started !== undefined && this.#started === remembered['started']) return undefined
    const because = 'it is not certain that the server is the one that was looked at before'
    for (const list of marks.values()) {
      let intact = false
      for (const { object, csn } of list) {
        if (gatherer.has(object)) continue
        const dn = gatherer.known.get(object)?.dn
        if (dn === undefined || (await this.#csnOf(dn, object)) !== csn) return because
        intact = true
      }
      if (!intact) return because
    }
    return marks.size === 0 ? because : undefined
  }

  async #csnOf(base: string, object: string): Promise<string | undefined> {
    let csn: string | undefined
    await this.#gathering.search(
      [],
      { base, scope: 'base', filter: '(objectClass=*)', attributes: [IDS, STAMP], pageSize: 0 },
      ([entry]) => {
        if (entry?.text(IDS)?.toLowerCase() === object) csn = entry.text(STAMP)
      },
    )
    return csn
  }

  /** Lets the next look be one at changes, where this one came to its end. */
  remember(look: LdapLook): void {
    if (this.#facts === undefined || this.#cookies === undefined) return
    if (!look.whole || this.#stampless || this.known.useless) return
    const { server, asked, rules, full } = this.#facts
    this.#gathering.remember({
      server,
      asked,
      rules,
      full,
      cookies: this.#cookies.join('\n'),
      started: this.#started ?? '',
      marks: marksText(this.#marks),
      referrals: [...look.referrals].filter((url) => !url.includes('\n')).join('\n'),
      ...this.known.text(),
    })
  }
}

/** Of what is remembered, and how it is read. */
const VERSION = '1'

interface Facts {
  readonly server: string
  readonly asked: string
  readonly rules: string
  readonly full: string
}

const factsOf = ({ server = '', asked = '', rules = '', full = '' }: DirectoryMemory): Facts => ({
  server,
  asked,
  rules,
  full,
})

/** Whether no server went back behind what it told, and none tells that did not before. */
const isContinued = (cookie: string, next: string): boolean => {
  const [before, now] = [cookieChanges(cookie), cookieChanges(next)]
  return now.size === before.size && [...now].every(([server, csn]) => csn >= (before.get(server) ?? '~'))
}

const marksText = (marks: ReadonlyMap<string, readonly Mark[]>): string =>
  [...marks.values()].flatMap((list) => list.map(({ object, csn }) => `${object} ${csn}`)).join('\n')

const marksOf = (text: string): Map<string, Mark[]> => {
  const marks = new Map<string, Mark[]>()
  for (const line of text.split('\n')) {
    const [object = '', csn = ''] = line.split(' ')
    const server = serverOf(csn)
    if (server !== undefined) marks.set(server, [...(marks.get(server) ?? []), { object, csn }])
  }
  return marks
}

/** When the server was started; undefined where it may not be known. */
const readStart = async (gathering: DirectoryGathering): Promise<string | undefined> => {
  const base = gathering.directory.root.text('monitorcontext')
  if (base === undefined) return undefined
  let started: string | undefined
  await gathering.search(
    [],
    {
      base: `cn=Start,cn=Time,${base}`,
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['monitortimestamp'],
      pageSize: 0,
    },
    ([entry]) => {
      started = entry?.text('monitortimestamp')
    },
  )
  return started
}
