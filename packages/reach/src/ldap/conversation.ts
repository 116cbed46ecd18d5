import { AbandonRequest, UnbindRequest, type Message } from 'ldapts'
import type { Reason } from '@rollcall/contract'
import { BerCursor, Malformed } from './ber.ts'
import type { DirectoryLimits } from './directory-limits.ts'
import { EntryReader, type Held, type LdapEntry } from './entry.ts'
import { Inbox, type Cut } from './inbox.ts'
import { ANSWER, readIntermediate, readReference, readResult, type LdapResult } from './message.ts'
import type { Wire } from './wire.ts'

/** What a server answered to one request since it was last asked for. */
export interface Answers extends Disposable {
  /** How many entries came, with such as do not follow the format. */
  readonly count: number
  /** The next of them, at most so many, which are read only now; none behind the last. */
  next(most: number): LdapEntry[]
  /** Those so far that do not follow the format. */
  readonly malformed: number
  /** Whether any may have only a range of some attribute. */
  readonly ranged: boolean
  readonly references: readonly string[]
  readonly intermediate: readonly { readonly oid: string; readonly value: Uint8Array }[]
  /** More intermediate answers came than are kept. */
  readonly tooMuchSaid: boolean
  /** The end of the operation, if it came. */
  readonly result?: LdapResult
}

/** So much is gathered before it is handed on. */
const BATCH_BYTES = 512 * 1024
/** More entries than are asked for on a page, so that a page is handed on together with its end. */
const BATCH_ENTRIES = 2000
/** With so many times that waiting, nothing more is read. */
const ENOUGH = 2
/** Messages that nobody asked for, before the server is not listened to any more. */
const MAX_STRAY = 1000
/** Intermediate answers of one request, and their bytes with what each costs here. */
const MAX_INTERMEDIATE = 50_000
const MAX_INTERMEDIATE_BYTES = 16 * 1024 * 1024
const INTERMEDIATE_COST = 200

const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036'

/**
 * Requests and answers of one connection (RFC 4511), one request at a time. Once it is lost it stays so: it never connects again, since a
 * new connection would be an anonymous one.
 */
export class Conversation {
  readonly #wire: Wire
  readonly #limits: Pick<DirectoryLimits, 'idleMs' | 'messageBytes' | 'totalBytes'>
  readonly #inbox: Inbox
  readonly #reader = new EntryReader()
  readonly #stopped: () => void
  readonly #over: AbortSignal
  #lastId = 0
  #asked: Asked | undefined
  #lost: Reason | undefined
  #bytes = 0
  #stray = 0
  #messages = 0
  #paused = false
  #wake: (() => void) | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(
    wire: Wire,
    limits: Pick<DirectoryLimits, 'idleMs' | 'messageBytes' | 'totalBytes'>,
    /** Aborted with `timed-out` or anything else as its reason. */
    over: AbortSignal,
  ) {
    this.#wire = wire
    this.#limits = limits
    this.#over = over
    this.#inbox = new Inbox(limits.messageBytes)
    this.#stopped = () => this.lose({ code: over.reason === 'timed-out' ? 'timed-out' : 'cancelled' })
    over.addEventListener('abort', this.#stopped, { once: true })
    wire.hear({
      arrived: (chunk) => this.#arrived(chunk),
      ended: () => this.lose({ code: 'connection-lost' }),
    })
    if (over.aborted) this.#stopped()
  }

  /** Why nothing can be asked any more. */
  get lost(): Reason | undefined {
    return this.#lost
  }

  /** Whether more has arrived than one message. */
  get talkative(): boolean {
    return this.#messages > 1 || this.#inbox.rest
  }

  /** Sends a request. The one before it has to have ended. */
  ask(request: Message): void {
    if (this.#asked !== undefined) throw new TypeError('a request is asked while another is answered')
    if (this.#lost !== undefined) return
    request.messageId = ++this.#lastId
    this.#asked = newAsked(request.messageId)
    this.#wire.send(request.write())
  }

  /** Waits for what the server has to say to the last request: some entries, or the end. The reason where it says no more. */
  async answers(signal?: AbortSignal): Promise<Answers | Reason> {
    const asked = this.#asked
    if (asked === undefined) return this.#lost ?? { code: 'connection-lost' }
    if (!this.#ready(asked)) await this.#more(signal)
    if (signal?.aborted === true) return { code: signal.reason === 'timed-out' ? 'timed-out' : 'cancelled' }
    // What came before the loss is told first.
    if (asked.entries === 0 && asked.result === undefined && this.#lost !== undefined) return this.#lost
    return this.#collect(asked)
  }

  /** Nothing of the last request is wanted any more. */
  abandon(): void {
    const asked = this.#asked
    if (asked === undefined) return
    this.#asked = undefined
    if (this.#lost === undefined)
      this.#wire.send(new AbandonRequest({ messageId: ++this.#lastId, abandonId: asked.id }).write())
  }

  /** Lets no more arrive than what is under way. */
  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#wire.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#wire.resume()
  }

  /** Says no more and hears no more, for this reason. */
  lose(reason: Reason): void {
    this.#lost ??= reason
    this.#wire.pause()
    this.#wake?.()
  }

  /** Gives the wire away: nothing of it is heard here any more. */
  leave(): void {
    this.#over.removeEventListener('abort', this.#stopped)
    this.lose({ code: 'connection-lost' })
  }

  close(): void {
    if (this.#lost === undefined) this.#wire.send(new UnbindRequest({ messageId: ++this.#lastId }).write())
    this.leave()
    this.#wire.close()
  }

  #ready(asked: Asked): boolean {
    return this.#lost !== undefined || asked.result !== undefined || this.#full(asked, 1)
  }

  #full(asked: Asked, times: number): boolean {
    return this.#inbox.complete >= times * BATCH_BYTES || asked.entries >= times * BATCH_ENTRIES
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = undefined
        clearTimeout(this.#idle)
        this.#idle = undefined
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal?.addEventListener('abort', wake, { once: true })
      this.#idle = setTimeout(() => this.#silent(wake), this.#limits.idleMs)
      this.resume()
      if (signal?.aborted === true) wake()
    })
  }

  /** It was we who were busy where something waits to be read. */
  #silent(wake: () => void): void {
    const before = this.#bytes
    setImmediate(() => {
      if (this.#wake !== wake) return
      if (this.#bytes === before) this.lose({ code: 'timed-out' })
      else this.#idle?.refresh()
    })
  }

  #arrived(chunk: Uint8Array): void {
    if (this.#lost !== undefined) return
    this.#idle?.refresh()
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.totalBytes) return this.lose({ code: 'too-large' })
    this.#inbox.append(chunk)
    for (let cut = this.#inbox.next(); cut !== undefined; cut = this.#inbox.next()) {
      if (typeof cut === 'string')
        return this.lose(cut === 'too-large' ? { code: 'too-large' } : unreadable(this.#lastId))
      try {
        this.#sort(cut)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        return this.lose(unreadable(this.#lastId))
      }
      if (this.#lost !== undefined) return
    }
    const asked = this.#asked
    if (asked === undefined) {
      // Of what nobody asked for, nothing is kept.
      this.#inbox.giveBack(this.#inbox.detach())
    } else if (this.#wake !== undefined && this.#ready(asked)) this.#wake()
    else if (this.#full(asked, ENOUGH)) this.pause()
  }

  #sort(cut: Cut): void {
    this.#messages++
    const asked = this.#asked
    if (cut.id === 0) return this.#unsolicited(cut)
    if (asked === undefined || cut.id !== asked.id || asked.result !== undefined) return this.#strayed(cut.id)
    if (cut.operation === ANSWER.entry) {
      asked.entries++
      return void asked.cuts.push(cut.content, cut.contentEnd, cut.end)
    }
    const message = new BerCursor(this.#inbox.bytes, cut.from, cut.end)
    if (cut.operation === ANSWER.reference) {
      for (const url of readReference(message)) if (asked.references.length < MAX_STRAY) asked.references.push(url)
    } else if (cut.operation === ANSWER.intermediate) {
      const size = cut.end - cut.from + INTERMEDIATE_COST
      if (asked.said < MAX_INTERMEDIATE && asked.saidBytes + size <= MAX_INTERMEDIATE_BYTES) {
        asked.said++
        asked.saidBytes += size
        asked.intermediate.push(readIntermediate(message))
      } else asked.tooMuchSaid = true
    } else if (RESULTS.has(cut.operation)) asked.result = readResult(message, cut.operation)
    else this.lose(unreadable(this.#lastId))
  }

  #unsolicited(cut: Cut): void {
    if (cut.operation !== ANSWER.extended) return this.#strayed(0)
    const { oid, code } = readResult(new BerCursor(this.#inbox.bytes, cut.from, cut.end), ANSWER.extended)
    if (oid !== NOTICE_OF_DISCONNECTION) return this.#strayed(0)
    const busy = code === 51 || code === 52
    this.lose(busy ? { code: 'busy' } : { code: 'connection-lost', detail: `the server ended it with result ${code}` })
  }

  #strayed(id: number): void {
    // What an abandoned request is still answered with is no fault.
    if (id > 0 && id < (this.#asked?.id ?? this.#lastId + 1)) return
    this.#stray++
    if (this.#stray > MAX_STRAY) this.lose({ code: 'server-error', detail: 'it answers what was not asked' })
  }

  #collect(asked: Asked): Answers {
    const inbox = this.#inbox
    const bytes = inbox.detach()
    const held: Held = { bytes }
    const { cuts } = asked
    const reader = this.#reader
    let [at, malformed] = [0, 0]
    const { references, intermediate, tooMuchSaid, result } = asked
    asked.cuts = []
    asked.entries = 0
    asked.references = []
    asked.intermediate = []
    if (result !== undefined) this.#asked = undefined
    return {
      count: cuts.length / 3,
      next(most) {
        const entries: LdapEntry[] = []
        for (; at < cuts.length && entries.length < most; at += 3) {
          const entry = reader.read(held, cuts[at]!, cuts[at + 1]!, cuts[at + 2]!)
          if (entry === undefined) malformed++
          else entries.push(entry)
        }
        return entries
      },
      get malformed() {
        return malformed
      },
      get ranged() {
        return cuts.length > 0 && bytes.includes(RANGE)
      },
      references,
      intermediate,
      tooMuchSaid,
      ...(result === undefined ? {} : { result }),
      [Symbol.dispose]() {
        if (held.bytes === undefined) return
        held.bytes = undefined
        inbox.giveBack(bytes)
      },
    }
  }
}

interface Asked {
  readonly id: number
  entries: number
  /** Of each entry, where its content begins and ends and where its message does. */
  cuts: number[]
  references: string[]
  intermediate: { readonly oid: string; readonly value: Uint8Array }[]
  said: number
  saidBytes: number
  tooMuchSaid: boolean
  result?: LdapResult
}

const newAsked = (id: number): Asked => ({
  id,
  entries: 0,
  cuts: [],
  references: [],
  intermediate: [],
  said: 0,
  saidBytes: 0,
  tooMuchSaid: false,
})

/** In the names of such attributes (MS-ADTS 3.1.1.3.1.3.3). */
const RANGE = ';range='

const RESULTS: ReadonlySet<number> = new Set([ANSWER.bind, ANSWER.searchDone, ANSWER.extended])

/** Bytes that are no LDAP: of the first answer they say that it is no such server. */
const unreadable = (asked: number): Reason => (asked <= 1 ? { code: 'not-ldap' } : { code: 'unparsable' })
