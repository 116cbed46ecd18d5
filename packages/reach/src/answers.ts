import { Buffer } from 'node:buffer'
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_FILES,
  type CommandResult,
  type FileStat,
  type FetchRequest,
  type FindRequest,
  type HostAnswer,
  type HostFile,
  type HostRequest,
  type ReadRequest,
  type RunRequest,
  type Unread,
} from '@rollcall/discovery'
import { archiveBytes, fetchedFiles } from './fetch.ts'
import { hostText, instantOf, latin1, readFound } from './found.ts'
import type { BatchMarks } from './script.ts'
import type { SudoList } from './sudo-list.ts'
import { walksOf, type Walk } from './walk.ts'

/** Why nothing more is heard. */
export type Silence = Extract<Unread, 'timed-out' | 'connection-lost' | 'cancelled' | 'too-large'>

/** Reads what the shell says to one batch, in whatever pieces it arrives. Linear in the bytes, and bounded by the limits of the requests. */
export interface AnswerReader {
  /**
   * `done` when the batch has ended; `broken` when it does not follow the form, and `flooded` when far more comes than was asked
   * for, which only the host itself can cause.
   */
  push(chunk: Uint8Array): 'open' | 'done' | 'broken' | 'flooded'
  /** One answer for each request. What has not been answered is unread because of `silence`. */
  answers(silence: Silence): HostAnswer[]
}

const MAX_PATH = 4096
const MAX_HEADER = 32
const MAX_STAT_BYTES = 16 * 1024 * 1024
const MAX_MESSAGES = 256 * 1024
const MAX_UNSEARCHED = 1000

/** So much may come beyond all limits: the script cuts near them, and on hosts without head(1) programs say what they will. */
const MAX_SURPLUS = 8 * 1024 * 1024

/**
 * A frame is a newline, the mark, a space, a header and a newline; all bytes up to the next frame are its payload. Headers:
 *
 * - `R i`, `X i`: the answer to request i begins, a reading or a run; all readings come before all runs
 * - `F i`: the answer of walk i begins; walks come after both
 * - `A i`: the answer to fetch i begins; they come last
 * - `P`: the payload is a path
 * - `D`: the payload is what the file holds, the program printed, or the archive of a fetch; `D n`, `D l`: the records of a walk
 * - `M`: the payload is what find(1) complains about, and then its exit status
 * - `C status`: that ended; the status is an exit status, `late` (the program was ended), `cut` (only the beginning was looked at),
 *   `open`, `absent` or `irregular` (the file could not be opened, is not there, or is not regular)
 * - `W code`: why the path was not read or the program not run
 * - `T`: the payload is what stat(1) says of the files of the whole batch
 * - `E`: the batch ends
 */
export const readAnswers = (requests: readonly HostRequest[], marks: BatchMarks, sudo?: SudoList): AnswerReader => {
  const mark = Buffer.from(`\n${marks.frame} `, 'latin1')
  const expected = expectedOf(requests, sudo)
  const heard: Heard[] = []
  const stated = new Payload(MAX_STAT_BYTES)
  let current: Taker | undefined
  let rest: Buffer = NOTHING
  let inHeader = false
  let state: 'open' | 'done' | 'broken' | 'flooded' = 'open'
  let surplus = 0

  const add = (bytes: Uint8Array) => {
    surplus += current === undefined ? bytes.length : current.add(bytes)
    if (surplus > MAX_SURPLUS) state = 'flooded'
  }

  const begin = (header: string) => {
    const next = expected[heard.length]
    if (next === undefined || header !== next.header) return void (state = 'broken')
    end()
    heard.push(heardOf(next))
  }

  const end = () => {
    const last = heard.at(-1)
    if (last !== undefined) last.over = true
  }

  /** A frame, by where its header begins and ends. Most are of one letter, so that no text is made of them. */
  const frame = (bytes: Buffer, from: number, to: number) => {
    const plain = to - from === 1 || bytes[from + 1] === BLANK
    const letter = from < to && plain ? String.fromCharCode(bytes[from]!) : ''
    const last = heard.at(-1)
    current = undefined
    switch (letter) {
      case 'R':
      case 'X':
      case 'F':
      case 'A':
        return begin(bytes.toString('latin1', from, to))
      case 'T':
        end()
        current = stated
        return
      case 'E':
        if (heard.length !== expected.length) return void (state = 'broken')
        end()
        state = 'done'
        return
      default: {
        const taken =
          last === undefined || last.over || letter === ''
            ? 'refused'
            : last.take(letter, to - from > 2 ? bytes.toString('latin1', from + 2, to) : '')
        if (taken === 'refused') return void (state = 'broken')
        current = taken
        // A file that nobody asked for: its frames are worth more than their bytes.
        if (letter === 'P' && taken === undefined && (surplus += 1024) > MAX_SURPLUS) state = 'flooded'
      }
    }
  }

  const push = (chunk: Uint8Array) => {
    if (state !== 'open') return state
    const bytes: Buffer =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk])
    let start = 0
    while (state === 'open') {
      if (inHeader) {
        const end = bytes.indexOf(0x0a, start)
        if (end - start > MAX_HEADER || (end < 0 && bytes.length - start > MAX_HEADER)) {
          state = 'broken'
          break
        }
        if (end < 0) break
        frame(bytes, start, end)
        start = end + 1
        inHeader = false
        continue
      }
      const at = bytes.indexOf(mark, start)
      if (at < 0) {
        const kept = beginningOf(mark, bytes, start)
        if (kept > start) add(bytes.subarray(start, kept))
        start = kept
        break
      }
      if (at > start) add(bytes.subarray(start, at))
      start = at + mark.length
      inHeader = true
    }
    // A copy, so that a few bytes do not keep a whole packet alive.
    rest = start === bytes.length ? NOTHING : Buffer.from(bytes.subarray(start))
    return state
  }

  const answers = (silence: Silence): HostAnswer[] => {
    const stats = readStats(stated.bytes().bytes, marks.stat)
    const given: (HostAnswer | undefined)[] = requests.map(() => undefined)
    for (const [turn, { indexes }] of expected.entries()) {
      const answers = heard[turn]?.answers(silence, stats)
      for (const [at, index] of indexes.entries()) given[index] = answers?.[at]
    }
    return given.map((answer, index) => answer ?? unanswered(requests[index]!, silence))
  }

  return { push, answers }
}

/** An answer that the host owes, with the requests that it answers: first what is read and run, then the walks. */
interface Expected {
  readonly header: string
  readonly indexes: readonly number[]
  readonly about: Exclude<HostRequest, FindRequest> | Walk
}

const expectedOf = (requests: readonly HostRequest[], sudo: SudoList | undefined): readonly Expected[] => {
  const known = EXPECTED.get(requests)
  if (known !== undefined && known.sudo === sudo) return known.expected
  const of = (kind: 'read' | 'run' | 'fetch', letter: string) =>
    requests.flatMap((request, index): Expected[] =>
      request.kind === kind ? [{ header: `${letter} ${index}`, indexes: [index], about: request }] : [],
    )
  const expected = [
    ...of('read', 'R'),
    ...of('run', 'X'),
    ...walksOf(requests, sudo).map((walk, index): Expected => ({
      header: `F ${index}`,
      indexes: walk.requests,
      about: walk,
    })),
    ...of('fetch', 'A'),
  ]
  EXPECTED.set(requests, { sudo, expected })
  return expected
}

/** Many hosts are asked the very same. */
const EXPECTED = new WeakMap<
  readonly HostRequest[],
  { readonly sudo: SudoList | undefined; readonly expected: readonly Expected[] }
>()

const heardOf = ({ about }: Expected): Heard => {
  if (!('kind' in about)) return new Searching(about)
  switch (about.kind) {
    case 'read':
      return new Reading(about)
    case 'run':
      return new Running(about)
    case 'fetch':
      return new Fetching(about)
  }
}

const NOTHING = Buffer.alloc(0)
const BLANK = 0x20

/** Where the last of some bytes, not before `start`, may be the beginning of a mark; their end where it is not. A mark has one newline, its first byte. */
const beginningOf = (mark: Buffer, bytes: Buffer, start: number): number => {
  const at = bytes.lastIndexOf(0x0a)
  const length = bytes.length - at
  return at >= start && length < mark.length && bytes.compare(mark, 0, length, at) === 0 ? at : bytes.length
}

/** The answer to a request that nobody answered. */
export const unanswered = (request: HostRequest, why: Silence): HostAnswer =>
  request.kind === 'read'
    ? { kind: 'read', files: [{ path: request.pattern, state: 'unread', why }] }
    : request.kind === 'fetch'
      ? { kind: 'fetch', files: request.paths.map((path) => ({ path, state: 'unread', why })) }
      : { kind: request.kind, result: { state: 'unread', why } }

/** The answer to one request, or those of one walk, as far as it was heard. Hosts that are scanned at the same time hold hundreds of them each. */
interface Heard {
  /** No more frames belong to it. */
  over: boolean
  /** A frame of it; gives where its payload goes. */
  take(letter: string, argument: string): Taker | 'refused' | undefined
  answers(silence: Silence, stats: ReadonlyMap<string, FileStat>): HostAnswer[]
}

interface Taker {
  /** Gives how many bytes are beyond the limit. */
  add(bytes: Uint8Array): number
}

/** Collects at most `most` bytes: the first, or the last when `tail`. */
class Payload implements Taker {
  readonly #most: number
  readonly #tail: boolean
  #pieces: Uint8Array[] = []
  #size = 0
  #cut = false
  #said = 0

  constructor(most: number, tail = false) {
    this.#most = most
    this.#tail = tail
  }

  add(bytes: Uint8Array): number {
    const most = this.#most
    const beyond = Math.min(bytes.length, Math.max(0, this.#said + bytes.length - most))
    this.#said += bytes.length
    if (bytes.length === 0) return 0
    const piece = this.#tail || this.#size + bytes.length <= most ? bytes : bytes.subarray(0, most - this.#size)
    this.#cut ||= this.#size + bytes.length > most
    if (piece.length === 0) return beyond
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#size > 2 * most + 65_536) {
      this.#pieces = [Buffer.concat(this.#pieces).subarray(this.#size - most)]
      this.#size = most
    }
    return beyond
  }

  bytes(): { bytes: Uint8Array; cut: boolean } {
    const [only] = this.#pieces
    // One piece that is most of its packet is kept as it came.
    const all =
      only !== undefined && this.#pieces.length === 1 && 2 * this.#size >= only.buffer.byteLength
        ? only
        : Buffer.concat(this.#pieces)
    return { bytes: all.length > this.#most ? all.subarray(all.length - this.#most) : all, cut: this.#cut }
  }
}

/** Collects a path, as Latin-1. */
class PathPayload implements Taker {
  text = ''

  add(bytes: Uint8Array): number {
    const left = MAX_PATH - this.text.length
    this.text += latin1(bytes.length > left ? bytes.subarray(0, left) : bytes)
    return Math.max(0, bytes.length - left)
  }
}

const UNREAD = new Set<string>([
  'no-such-file',
  'not-permitted',
  'not-a-regular-file',
  'broken-link',
  'io-error',
  'too-many',
  'tool-missing',
])

interface FoundFile {
  readonly path: PathPayload
  contents: Payload | undefined
  outcome: { bytes: Uint8Array; cut: boolean } | { why: Unread } | undefined
}

class Reading implements Heard {
  over = false
  readonly #request: ReadRequest
  readonly #found: FoundFile[] = []
  #flooded = false

  constructor(request: ReadRequest) {
    this.#request = request
  }

  take(letter: string, argument: string): Taker | 'refused' | undefined {
    const { maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES, tail } = this.#request
    const file = this.#found.at(-1)
    if (letter === 'P') {
      // The host was told to stop there; one that goes on is no longer listened to.
      if (this.#found.length > maxFiles) {
        this.#flooded = true
        return undefined
      }
      const path = new PathPayload()
      this.#found.push({ path, contents: undefined, outcome: undefined })
      return path
    }
    if (this.#flooded) return undefined
    if (file === undefined || file.outcome !== undefined) return 'refused'
    switch (letter) {
      case 'W':
        file.outcome = { why: UNREAD.has(argument) ? (argument as Unread) : 'io-error' }
        return undefined
      case 'D':
        file.contents = new Payload(maxBytes, tail === true)
        return file.contents
      case 'C':
        file.outcome =
          (argument === '0' || argument === 'cut') && file.contents !== undefined
            ? contentsOf(file.contents, argument === 'cut')
            : { why: FAILED[argument] ?? 'io-error' }
        file.contents = undefined
        return undefined
      default:
        return 'refused'
    }
  }

  answers(silence: Silence, stats: ReadonlyMap<string, FileStat>): HostAnswer[] {
    const { pattern, stat: stated } = this.#request
    const files = this.#found.map(({ path: { text }, outcome }): HostFile => {
      const path = hostText(text)
      if (outcome === undefined) return { path, state: 'unread', why: silence }
      if ('why' in outcome) return { path, state: 'unread', why: outcome.why }
      const { bytes, cut: truncated } = outcome
      const stat = stated === true ? stats.get(text) : undefined
      return stat === undefined
        ? { path, state: 'read', bytes, truncated }
        : { path, state: 'read', bytes, truncated, stat }
    })
    if (this.#flooded) files.push({ path: pattern, state: 'unread', why: 'too-many' })
    // A file whose reading was interrupted says so itself; else the pattern does: there may be more.
    if (!this.over && this.#found.at(-1)?.outcome !== undefined)
      files.push({ path: pattern, state: 'unread', why: silence })
    if (files.length === 0) files.push({ path: pattern, state: 'unread', why: this.over ? 'io-error' : silence })
    return [{ kind: 'read', files }]
  }
}

/** What else a reading ends with; anything other is an error of the host. */
const FAILED: Readonly<Record<string, Unread>> = {
  open: 'not-permitted',
  absent: 'no-such-file',
  irregular: 'not-a-regular-file',
}

const contentsOf = (contents: Payload, stopped: boolean) => {
  const { bytes, cut } = contents.bytes()
  return { bytes, cut: cut || stopped }
}

class Searching implements Heard {
  over = false
  readonly #walk: Walk
  readonly #starts: { readonly path: PathPayload; why?: Unread }[] = []
  readonly #records: Payload
  readonly #messages = new Payload(MAX_MESSAGES, true)
  #dialect: 'n' | 'l' | undefined
  #toolMissing = false
  #ended = false

  constructor(walk: Walk) {
    this.#walk = walk
    this.#records = new Payload(walk.bytes)
  }

  take(letter: string, argument: string): Taker | 'refused' | undefined {
    const start = this.#starts.at(-1)
    if (this.#ended) return 'refused'
    switch (letter) {
      case 'P': {
        if (this.#dialect !== undefined) return 'refused'
        const path = new PathPayload()
        if (this.#starts.length < MAX_UNSEARCHED) this.#starts.push({ path })
        return path
      }
      case 'W':
        if (argument === 'tool-missing') this.#toolMissing = true
        else if (start === undefined) return 'refused'
        else start.why ??= UNREAD.has(argument) ? (argument as Unread) : 'io-error'
        return undefined
      case 'D':
        if (this.#dialect !== undefined || (argument !== 'n' && argument !== 'l')) return 'refused'
        this.#dialect = argument
        return this.#records
      case 'M':
        return this.#dialect === undefined ? 'refused' : this.#messages
      case 'C':
        this.#ended = true
        return undefined
      default:
        return 'refused'
    }
  }

  answers(silence: Silence): HostAnswer[] {
    const unsearched = this.#starts.map(({ path, why = 'io-error' }) => ({ path: hostText(path.text), why }))
    const unread = (why: Silence | 'tool-missing') =>
      this.#walk.requests.map((): HostAnswer => ({ kind: 'find', result: { state: 'unread', why } }))
    if (this.#toolMissing) return unread('tool-missing')
    const whole = this.#ended || (this.over && this.#dialect === undefined)
    const records = this.#records.bytes()
    if (!whole && records.bytes.length === 0) return unread(silence)
    const printed = { dialect: this.#dialect ?? 'n', records, messages: this.#messages.bytes() }
    return readFound(this.#walk, printed, unsearched, whole ? undefined : silence).map((result): HostAnswer => ({
      kind: 'find',
      result,
    }))
  }
}

/** An archive, and files that were read by themselves or not at all: as readings have them. */
class Fetching implements Heard {
  over = false
  readonly #request: FetchRequest
  readonly #archive: Payload
  readonly #others: Reading
  #state: 'before' | 'archive' | 'after' = 'before'

  constructor(request: FetchRequest) {
    this.#request = request
    this.#archive = new Payload(archiveBytes(request))
    this.#others = new Reading({
      kind: 'read',
      pattern: '',
      maxBytes: request.maxBytes,
      maxFiles: request.paths.length,
    })
  }

  take(letter: string, argument: string): Taker | 'refused' | undefined {
    if (this.#state === 'before' && letter === 'D') {
      this.#state = 'archive'
      return this.#archive
    }
    if (this.#state === 'archive' && letter === 'C') {
      this.#state = 'after'
      return undefined
    }
    if (this.#state === 'archive') return 'refused'
    this.#state = 'after'
    return this.#others.take(letter, argument)
  }

  answers(silence: Silence, stats: ReadonlyMap<string, FileStat>): HostAnswer[] {
    this.#others.over = this.over
    const [rest] = this.#others.answers(silence, stats)
    return [
      fetchedFiles(
        this.#request,
        this.#state === 'before' ? undefined : this.#archive.bytes(),
        rest?.kind === 'read' ? rest.files : [],
        this.over ? undefined : silence,
      ),
    ]
  }
}

class Running implements Heard {
  over = false
  readonly #printed: Payload
  #result: CommandResult | undefined

  constructor({ maxBytes = DEFAULT_MAX_BYTES }: RunRequest) {
    this.#printed = new Payload(maxBytes)
  }

  take(letter: string, argument: string): Taker | 'refused' | undefined {
    if (this.#result !== undefined) return 'refused'
    if (letter === 'D') return this.#printed
    if (letter === 'W')
      this.#result = { state: 'unread', why: argument === 'tool-missing' ? 'tool-missing' : 'not-permitted' }
    else if (letter === 'C') this.#result = ended(argument, this.#printed)
    else return 'refused'
    return undefined
  }

  answers(silence: Silence): HostAnswer[] {
    return [{ kind: 'run', result: this.#result ?? { state: 'unread', why: silence } }]
  }
}

const ended = (status: string, printed: Payload): CommandResult => {
  if (status === 'late') return { state: 'unread', why: 'timed-out' }
  const exit = /^\d{1,3}$/.test(status) ? Number(status) : 255
  // The shell's own words for a program that it found and could not start (POSIX 2.8.2).
  if (exit === 126) return { state: 'unread', why: 'not-permitted' }
  if (exit === 127) return { state: 'unread', why: 'tool-missing' }
  const { bytes, cut } = printed.bytes()
  return { state: 'ran', exit, stdout: bytes, truncated: cut }
}

/** What stat(1) said, by the bytes of the path as Latin-1. A name may hold anything, newlines too: a line begins with the mark alone. */
const readStats = (printed: Uint8Array, mark: string): ReadonlyMap<string, FileStat> => {
  const stats = new Map<string, FileStat>()
  const text = latin1(printed).replace(/\n$/, '')
  for (const line of `\n${text}`.split(`\n${mark} `).slice(1)) {
    const fields = /^([0-7]{1,6}) (\d{1,10}) (\d{1,10}) (-?\d{1,20}) ([^]*)$/.exec(line)
    if (!fields) continue
    const [, mode, uid, gid, seconds, path] = fields
    stats.set(path!, {
      mode: Number.parseInt(mode!, 8),
      uid: Number(uid),
      gid: Number(gid),
      modified: instantOf(Number(seconds)),
    })
  }
  return stats
}
