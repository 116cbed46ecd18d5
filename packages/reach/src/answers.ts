import { Buffer } from 'node:buffer'
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_FILES,
  type CommandResult,
  type FileStat,
  type FetchRequest,
  type HostAnswer,
  type HostFile,
  type HostRequest,
  type ReadRequest,
  type RunRequest,
  type Unread,
} from '@rollcall/discovery'
import { archiveBytes, fetchedFiles } from './fetch.ts'
import { hostPath, instantOf, latin1, readFound } from './found.ts'
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
  const stated = payload(MAX_STAT_BYTES)
  let current: Payload | undefined
  let rest: Buffer = NOTHING
  let inHeader = false
  let state: 'open' | 'done' | 'broken' | 'flooded' = 'open'
  let surplus = 0

  const add = (bytes: Uint8Array) => {
    surplus += current === undefined ? bytes.length : current.add(bytes)
    if (surplus > MAX_SURPLUS) state = 'flooded'
  }

  const frame = (header: string): void => {
    const space = header.indexOf(' ')
    const letter = space < 0 ? header : header.slice(0, space)
    const argument = space < 0 ? '' : header.slice(space + 1)
    const last = heard.at(-1)
    current = undefined
    switch (letter) {
      case 'R':
      case 'X':
      case 'F':
      case 'A': {
        const next = expected[heard.length]
        if (next === undefined || header !== next.header) break
        if (last !== undefined) last.over = true
        heard.push(next.begin())
        return
      }
      case 'T':
        if (last !== undefined) last.over = true
        current = stated
        return
      case 'E':
        if (heard.length !== expected.length) break
        if (last !== undefined) last.over = true
        state = 'done'
        return
      default: {
        if (last === undefined || last.over) break
        const taken = last.take(letter, argument)
        if (taken === 'refused') break
        current = taken
        // A file that nobody asked for: its frames are worth more than their bytes.
        if (letter === 'P' && taken === undefined && (surplus += 1024) > MAX_SURPLUS) state = 'flooded'
        return
      }
    }
    state = 'broken'
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
        frame(bytes.toString('latin1', start, end))
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
    const given = new Map<number, HostAnswer>()
    for (const [turn, { indexes }] of expected.entries()) {
      const answers = heard[turn]?.answers(silence, stats)
      for (const [at, index] of indexes.entries())
        given.set(index, answers?.[at] ?? unanswered(requests[index]!, silence))
    }
    return requests.map((_, index) => given.get(index)!)
  }

  return { push, answers }
}

/** An answer that the host owes, with the requests that it answers: first what is read and run, then the walks. */
interface Expected {
  readonly header: string
  readonly indexes: readonly number[]
  readonly begin: () => Heard
}

const expectedOf = (requests: readonly HostRequest[], sudo: SudoList | undefined): Expected[] => [
  ...requests.flatMap((request, index): Expected[] =>
    request.kind === 'read' ? [{ header: `R ${index}`, indexes: [index], begin: () => reading(request) }] : [],
  ),
  ...requests.flatMap((request, index): Expected[] =>
    request.kind === 'run' ? [{ header: `X ${index}`, indexes: [index], begin: () => running(request) }] : [],
  ),
  ...walksOf(requests, sudo).map((walk, index): Expected => ({
    header: `F ${index}`,
    indexes: walk.requests,
    begin: () => searching(walk),
  })),
  ...requests.flatMap((request, index): Expected[] =>
    request.kind === 'fetch' ? [{ header: `A ${index}`, indexes: [index], begin: () => fetching(request) }] : [],
  ),
]

const NOTHING = Buffer.alloc(0)

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

/** The answer to one request, or those of one walk, as far as it was heard. */
interface Heard {
  /** No more frames belong to it. */
  over: boolean
  /** A frame of it; gives where its payload goes. */
  take(letter: string, argument: string): Payload | 'refused' | undefined
  answers(silence: Silence, stats: ReadonlyMap<string, FileStat>): HostAnswer[]
}

interface Payload {
  /** Gives how many bytes are beyond the limit. */
  add(bytes: Uint8Array): number
  bytes(): { bytes: Uint8Array; cut: boolean }
}

/** Collects at most `most` bytes: the first, or the last when `tail`. */
const payload = (most: number, tail = false): Payload => {
  let pieces: Uint8Array[] = []
  let size = 0
  let cut = false
  let said = 0
  return {
    add(bytes) {
      const beyond = Math.min(bytes.length, Math.max(0, said + bytes.length - most))
      said += bytes.length
      if (bytes.length === 0) return 0
      const piece = tail || size + bytes.length <= most ? bytes : bytes.subarray(0, most - size)
      cut ||= size + bytes.length > most
      if (piece.length === 0) return beyond
      pieces.push(piece)
      size += piece.length
      if (size > 2 * most + 65_536) {
        pieces = [Buffer.concat(pieces).subarray(size - most)]
        size = most
      }
      return beyond
    },
    bytes() {
      const [only] = pieces
      // One piece that is most of its packet is kept as it came.
      const all =
        only !== undefined && pieces.length === 1 && 2 * size >= only.buffer.byteLength ? only : Buffer.concat(pieces)
      return { bytes: all.length > most ? all.subarray(all.length - most) : all, cut }
    },
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
  readonly path: Payload
  contents?: Payload
  outcome?: { bytes: Uint8Array; cut: boolean } | { why: Unread }
}

const reading = (request: ReadRequest): Heard => {
  const { pattern, maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES, tail } = request
  const found: FoundFile[] = []
  let flooded = false
  return {
    over: false,
    take(letter, argument) {
      const file = found.at(-1)
      if (letter === 'P') {
        // The host was told to stop there; one that goes on is no longer listened to.
        if (found.length > maxFiles) {
          flooded = true
          return undefined
        }
        const path = payload(MAX_PATH)
        found.push({ path })
        return path
      }
      if (flooded) return undefined
      if (file === undefined || file.outcome !== undefined) return 'refused'
      switch (letter) {
        case 'W':
          file.outcome = { why: UNREAD.has(argument) ? (argument as Unread) : 'io-error' }
          return undefined
        case 'D':
          file.contents = payload(maxBytes, tail === true)
          return file.contents
        case 'C':
          file.outcome =
            (argument === '0' || argument === 'cut') && file.contents !== undefined
              ? contentsOf(file.contents, argument === 'cut')
              : { why: FAILED[argument] ?? 'io-error' }
          delete file.contents
          return undefined
        default:
          return 'refused'
      }
    },
    answers(silence, stats) {
      const files = found.map(({ path, outcome }): HostFile => {
        const name = path.bytes().bytes
        const shown = hostPath(name)
        if (outcome === undefined) return { path: shown, state: 'unread', why: silence }
        if ('why' in outcome) return { path: shown, state: 'unread', why: outcome.why }
        const { bytes, cut: truncated } = outcome
        const stat = request.stat === true ? stats.get(latin1(name)) : undefined
        return stat === undefined
          ? { path: shown, state: 'read', bytes, truncated }
          : { path: shown, state: 'read', bytes, truncated, stat }
      })
      if (flooded) files.push({ path: pattern, state: 'unread', why: 'too-many' })
      // A file whose reading was interrupted says so itself; else the pattern does: there may be more.
      if (!this.over && found.at(-1)?.outcome !== undefined)
        files.push({ path: pattern, state: 'unread', why: silence })
      if (files.length === 0) files.push({ path: pattern, state: 'unread', why: this.over ? 'io-error' : silence })
      return [{ kind: 'read', files }]
    },
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

const searching = (walk: Walk): Heard => {
  const starts: { path: Payload; why?: Unread }[] = []
  const records = payload(walk.bytes)
  const messages = payload(MAX_MESSAGES, true)
  let dialect: 'n' | 'l' | undefined
  let toolMissing = false
  let ended = false
  return {
    over: false,
    take(letter, argument) {
      const start = starts.at(-1)
      if (ended) return 'refused'
      switch (letter) {
        case 'P': {
          if (dialect !== undefined) return 'refused'
          const path = payload(MAX_PATH)
          if (starts.length < MAX_UNSEARCHED) starts.push({ path })
          return path
        }
        case 'W':
          if (argument === 'tool-missing') toolMissing = true
          else if (start === undefined) return 'refused'
          else start.why ??= UNREAD.has(argument) ? (argument as Unread) : 'io-error'
          return undefined
        case 'D':
          if (dialect !== undefined || (argument !== 'n' && argument !== 'l')) return 'refused'
          dialect = argument
          return records
        case 'M':
          return dialect === undefined ? 'refused' : messages
        case 'C':
          ended = true
          return undefined
        default:
          return 'refused'
      }
    },
    answers(silence) {
      const unsearched = starts.map(({ path, why = 'io-error' }) => ({ path: hostPath(path.bytes().bytes), why }))
      const unread = (why: Silence | 'tool-missing') =>
        walk.requests.map((): HostAnswer => ({ kind: 'find', result: { state: 'unread', why } }))
      if (toolMissing) return unread('tool-missing')
      if (!ended && !(this.over && dialect === undefined) && records.bytes().bytes.length === 0) return unread(silence)
      const printed = { dialect: dialect ?? 'n', records: records.bytes(), messages: messages.bytes() }
      return readFound(
        walk,
        printed,
        unsearched,
        ended || (this.over && dialect === undefined) ? undefined : silence,
      ).map((result): HostAnswer => ({ kind: 'find', result }))
    },
  }
}

/** An archive, and files that were read by themselves or not at all: as readings have them. */
const fetching = (request: FetchRequest): Heard => {
  const archive = payload(archiveBytes(request))
  const others = reading({
    kind: 'read',
    pattern: '',
    maxBytes: request.maxBytes,
    maxFiles: request.paths.length,
  })
  let state: 'before' | 'archive' | 'after' = 'before'
  return {
    over: false,
    take(letter, argument) {
      if (state === 'before' && letter === 'D') {
        state = 'archive'
        return archive
      }
      if (state === 'archive' && letter === 'C') {
        state = 'after'
        return undefined
      }
      if (state === 'archive') return 'refused'
      state = 'after'
      return others.take(letter, argument)
    },
    answers(silence, stats) {
      others.over = this.over
      const [rest] = others.answers(silence, stats)
      return [
        fetchedFiles(
          request,
          state === 'before' ? undefined : archive.bytes(),
          rest?.kind === 'read' ? rest.files : [],
          this.over ? undefined : silence,
        ),
      ]
    },
  }
}

const running = ({ maxBytes = DEFAULT_MAX_BYTES }: RunRequest): Heard => {
  const printed = payload(maxBytes)
  let result: CommandResult | undefined
  return {
    over: false,
    take(letter, argument) {
      if (result !== undefined) return 'refused'
      if (letter === 'D') return printed
      if (letter === 'W')
        result = { state: 'unread', why: argument === 'tool-missing' ? 'tool-missing' : 'not-permitted' }
      else if (letter === 'C') result = ended(argument, printed)
      else return 'refused'
      return undefined
    },
    answers: (silence) => [{ kind: 'run', result: result ?? { state: 'unread', why: silence } }],
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
