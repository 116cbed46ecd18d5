import type { Reason } from '@rollcall/contract'
import type { DirectoryEntry, SearchEnd, SearchRequest } from '@rollcall/discovery'
import { SearchRequest as SearchMessage } from 'ldapts'
import { Malformed } from './ber.ts'
import type { Answers, Conversation } from './conversation.ts'
import type { LdapEntry, Range } from './entry.ts'
import { parseFilter } from './filter.ts'
import { nextPage, pageControl, RawControl, type LdapResult } from './message.ts'
import { searchReason } from './result-reason.ts'

type Take = (entries: readonly DirectoryEntry[]) => void | Promise<void>

const PAGE = 1000
/** A server that gives cookies but no entries may look through much; not for ever. */
const MAX_EMPTY_PAGES = 10_000
/** So many entries are read and handed on at a time: what is made of them is forgotten before V8 takes it for what lasts. */
const AT_ONCE = 100
const MAX_REFERRALS = 100
/** Of one attribute that is given in ranges, with what each value costs here. */
const MAX_RANGED_BYTES = 32 * 1024 * 1024
const VALUE_COST = 64
const MAX_RANGES = 10_000

/** Runs one search to its end. Never rejects but for what `take` throws. */
export const search = async (
  conversation: Conversation,
  request: SearchRequest,
  take: Take,
  { signal, entries: most }: { readonly signal: AbortSignal; readonly entries: number },
): Promise<SearchEnd> => {
  const going = new Search(conversation, request, take, Math.min(request.maxEntries ?? most, most), signal)
  try {
    return await going.run()
  } finally {
    conversation.abandon()
  }
}

class Search {
  readonly #conversation: Conversation
  readonly #request: SearchRequest
  readonly #take: Take
  readonly #most: number
  readonly #signal: AbortSignal
  readonly #filter: ReturnType<typeof parseFilter>
  /** Entries with a part of the values of some attribute, to be completed between two pages. */
  #ranged: LdapEntry[] = []
  #entries = 0
  #pages = 0
  #malformed = 0
  #cutShort = 0
  readonly #referrals = new Set<string>()
  readonly #intermediate: { readonly oid: string; readonly value: Uint8Array }[] = []

  constructor(conversation: Conversation, request: SearchRequest, take: Take, most: number, signal: AbortSignal) {
    this.#conversation = conversation
    this.#request = request
    this.#take = take
    this.#most = most
    this.#signal = signal
    this.#filter = parseFilter(request.filter)
  }

  async run(): Promise<SearchEnd> {
    let cookie: Uint8Array = new Uint8Array()
    let emptyPages = 0
    this.#ask(cookie)
    for (;;) {
      const before = this.#entries
      const page = await this.#page()
      if (!('result' in page)) return this.#end(undefined, page)
      const { result } = page
      this.#pages++
      const reason = searchReason(result)
      if (reason !== undefined) return this.#end(result, reason)
      if (page.next.length === 0) return this.#end(result, undefined)
      emptyPages = this.#entries === before ? emptyPages + 1 : 0
      if (emptyPages > MAX_EMPTY_PAGES) return this.#end(result, { code: 'too-many', detail: 'empty pages' })
      cookie = page.next
      if (!page.asked) this.#ask(cookie)
    }
  }

  #ask(cookie: Uint8Array) {
    const { base, scope, attributes, controls = [], pageSize = PAGE } = this.#request
    this.#conversation.ask(
      new SearchMessage({
        messageId: 0,
        baseDN: base,
        scope,
        filter: this.#filter,
        attributes: [...attributes],
        timeLimit: 0,
        controls: [
          ...controls.map((control) => new RawControl(control)),
          ...(pageSize > 0 ? [pageControl(pageSize, cookie)] : []),
        ],
      }),
    )
  }

  /**
   * Reads to the end of a page. The next one is asked for before the entries of this one are looked at, so that the server works while we do,
   * unless something else has to be asked in between.
   */
  async #page(): Promise<{ result: LdapResult; next: Uint8Array; asked: boolean } | Reason> {
    for (;;) {
      const answers = await this.#conversation.answers(this.#signal)
      if ('code' in answers) return answers
      using _ = answers
      const { result } = answers
      let next: Uint8Array = new Uint8Array()
      let asked = false
      if (result?.code === 0) {
        try {
          next = nextPage(result.controls)
        } catch (error) {
          if (!(error instanceof Malformed)) throw error
          return { code: 'unparsable' }
        }
        if (
          next.length > 0 &&
          this.#ranged.length === 0 &&
          !answers.ranged &&
          this.#entries + answers.count < this.#most
        ) {
          this.#ask(next)
          asked = true
        }
      }
      const over = await this.#hand(answers)
      if (over !== undefined) return over
      if (result === undefined) continue
      // One that was not foreseen waits for the end of the next page.
      const failed = asked ? undefined : await this.#completeRanged()
      if (failed !== undefined) return failed
      return { result, next, asked }
    }
  }

  async #hand(answers: Answers): Promise<Reason | undefined> {
    for (const url of answers.references) if (this.#referrals.size < MAX_REFERRALS) this.#referrals.add(url)
    for (const one of answers.intermediate) this.#intermediate.push(one)
    for (let entries = answers.next(AT_ONCE); entries.length > 0; entries = answers.next(AT_ONCE)) {
      const tooMany = await this.#handSome(entries)
      if (tooMany) return { code: 'too-many', count: this.#most }
    }
    this.#malformed += answers.malformed
    return answers.tooMuchSaid ? { code: 'too-many', detail: 'intermediate answers' } : undefined
  }

  /** Whether they were more than are wanted. */
  async #handSome(some: LdapEntry[]): Promise<boolean> {
    let entries = some
    const room = this.#most - this.#entries
    const tooMany = entries.length > room
    if (tooMany) entries = entries.slice(0, room)
    this.#entries += entries.length
    if (entries.some(isRanged)) {
      for (const entry of entries) if (isRanged(entry)) this.#ranged.push(entry.copy())
      entries = entries.filter((entry) => !isRanged(entry))
    }
    if (entries.length > 0) {
      const taken = this.#take(entries)
      if (taken !== undefined) {
        this.#conversation.pause()
        await taken
      }
    }
    return tooMany
  }

  async #completeRanged(): Promise<Reason | undefined> {
    const entries = this.#ranged
    this.#ranged = []
    for (const entry of entries) {
      for (const range of entry.ranges) {
        const failed = await this.#completeRange(entry, range)
        if (failed !== undefined) return failed
      }
      await this.#take([entry])
    }
    return undefined
  }

  /** Asks for the rest of an attribute, range by range. */
  async #completeRange(entry: LdapEntry, first: Range): Promise<Reason | undefined> {
    const values: Uint8Array[] = [...entry.values(first.sent)]
    let bytes = 0
    let range = first
    for (let turn = 0; range.next !== undefined; turn++) {
      if (turn >= MAX_RANGES || bytes > MAX_RANGED_BYTES) {
        this.#cutShort++
        break
      }
      const more = await this.#askRange(entry.dn, `${range.base};range=${range.next}-*`, range)
      if ('code' in more) {
        // The entry is gone, or hidden since.
        if (more.code !== 'no-such-entry') return more
        this.#cutShort++
        break
      }
      for (const value of more.values) {
        bytes += value.length + VALUE_COST
        values.push(value)
      }
      // A server that does not get ahead would be asked for ever.
      if (more.range?.next !== undefined && more.range.next <= range.next) {
        this.#cutShort++
        break
      }
      if (more.range === undefined) break
      range = more.range
    }
    entry.complete(first.base, values)
    return undefined
  }

  async #askRange(
    dn: string,
    attribute: string,
    wanted: Range,
  ): Promise<{ values: readonly Uint8Array[]; range: Range | undefined } | Reason> {
    const { controls = [] } = this.#request
    this.#conversation.ask(
      new SearchMessage({
        messageId: 0,
        baseDN: dn,
        scope: 'base',
        filter: parseFilter('(objectClass=*)'),
        attributes: [attribute],
        timeLimit: 0,
        controls: controls.map((control) => new RawControl(control)),
      }),
    )
    let found: { values: readonly Uint8Array[]; range: Range | undefined } = { values: [], range: undefined }
    for (;;) {
      const answers = await this.#conversation.answers(this.#signal)
      if ('code' in answers) return answers
      using _ = answers
      for (const entry of answers.next(answers.count)) {
        const range = entry.ranges.find(({ base }) => base === wanted.base)
        const values = entry.values(range?.sent ?? wanted.base)
        if (values.length > 0) found = { values: copies(values), range }
      }
      if (answers.result === undefined) continue
      const reason = searchReason(answers.result)
      return reason ?? found
    }
  }

  #end(result: LdapResult | undefined, reason: Reason | undefined): SearchEnd {
    for (const url of result?.referrals ?? []) if (this.#referrals.size < MAX_REFERRALS) this.#referrals.add(url)
    const told =
      reason ??
      (this.#malformed > 0
        ? { code: 'unparsable' as const, count: this.#malformed }
        : this.#cutShort > 0
          ? { code: 'too-large' as const, count: this.#cutShort }
          : undefined)
    return {
      entries: this.#entries,
      pages: this.#pages,
      ...(result === undefined ? {} : { result: result.code }),
      ...(told === undefined ? {} : { reason: told }),
      referrals: [...this.#referrals],
      controls: result?.controls ?? new Map(),
      intermediate: this.#intermediate,
    }
  }
}

/** Copies that share their room: one for each of many small values would cost more than they hold. */
const copies = (values: readonly Uint8Array[]): Uint8Array[] => {
  const room = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  return values.map((value) => {
    room.set(value, at)
    return room.subarray(at, (at += value.length))
  })
}

const isRanged = (entry: LdapEntry) => entry.ranged
