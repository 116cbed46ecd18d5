import { beginningOf } from '../credential-file.ts'
import type { CredentialFile, Sighting } from '../detector.ts'
import type { Looks } from '../keywords/words.ts'
import { kindOf, type FileKind } from './file-kind.ts'
import { readLine, type Hit } from './read-line.ts'

/** Takes the words that were found in a file, in their order, and reads the lines that hold them. */
export interface LineReader {
  readonly found: (looks: Looks, begins: number, ends: number) => void
  /** Everything that was seen; to be asked for when all words have been told. */
  readonly sightings: () => readonly Sighting[]
  /** Whether bare words in it are names of a language. */
  readonly isCode: () => boolean
  /** How many characters were cut out and read so far. */
  readonly cut: () => number
}

/** Of longer lines the stretch around a word is read. */
const LONGEST_LINE = 4096
const BEFORE = 1024
const MOST_HITS_IN_A_LINE = 200
const MOST_SIGHTINGS = 20_000

/**
 * Reads a file whose format is not known: assignments, directives parted by blanks, arguments of commands, URLs, statements of SQL.
 * Only lines with a word that announces something are cut out, and each is read once.
 */
export const lineReader = (file: CredentialFile): LineReader => {
  const { path } = file
  /** Made of the bytes when the first word is told. */
  let text = ''
  let kind: FileKind | undefined
  let isInBlock: undefined | ((at: number) => boolean)
  let isExplained: undefined | ((at: number) => boolean)
  const seen: Sighting[] = []
  let hits: Hit[] = []
  const alone = HISTORY.test(path)
  let from = 0
  let to = -1
  let cut = 0

  const flush = () => {
    if (hits.length === 0 || seen.length >= MOST_SIGHTINGS) return
    kind ??= kindOf(path, beginningOf(file, 1024))
    if (isInBlock === undefined) {
      isInBlock = blockCursor(text, kind)
      isExplained = explanationCursor(text, kind)
    }
    const line = text.slice(from, to)
    cut += line.length
    const marker = kind.comment.exec(line)?.[0].length
    const commented = marker !== undefined || isInBlock(from) || isExplained!(from)
    const begins = marker ?? 0
    for (const sighting of readLine(
      {
        file: text,
        text: line,
        at: from,
        kind: kind.kind,
        alone,
        commented,
        begins,
        connections: [],
        strings: { at: 0, open: '' },
      },
      hits,
    ))
      seen.push(sighting)
  }

  return {
    found(looks, begins, ends) {
      if (text === '') ({ text } = file)
      if (ends > to) {
        flush()
        hits = []
        from = lineBegin(text, begins, Math.max(to, 0))
        to = lineEnd(text, ends, from + LONGEST_LINE)
      }
      if (hits.length < MOST_HITS_IN_A_LINE && begins >= from)
        hits.push({ looks, begins: begins - from, ends: ends - from })
    },
    sightings() {
      flush()
      hits = []
      return seen
    },
    isCode() {
      kind ??= kindOf(path, beginningOf(file, 1024))
      return kind.kind === 'code'
    },
    cut: () => cut,
  }
}

const HISTORY = /(?:^|\/)(?:history\.[a-z]{2,3}|\.?\w{0,20}_?history)$/i

const lineBegin = (text: string, at: number, least: number): number => {
  const most = Math.max(least, at - BEFORE)
  let from = at
  while (from > most && text.charCodeAt(from - 1) !== 10) from--
  return from
}

const lineEnd = (text: string, at: number, most: number): number => {
  const last = Math.min(text.length, Math.max(most, at))
  let to = at
  while (to < last && text.charCodeAt(to) !== 10) to++
  return to
}

/** Whether places, asked for in order, are in a comment of several lines. */
const blockCursor = (text: string, { block, blockAtLine }: FileKind): ((at: number) => boolean) => {
  if (block === undefined) return () => false
  const [open, close] = block
  const find = (mark: string, from: number): number => {
    let at = text.indexOf(mark, from)
    if (mark === open) while (at >= 0 && !begins(at)) at = text.indexOf(open, at + open.length)
    return at < 0 ? Infinity : at
  }
  const begins = (at: number): boolean => {
    let before = at - 1
    while (before >= 0 && at - before < 200 && /[ \t]/.test(text[before]!)) before--
    return (
      before < 0 ||
      text[before] === '\n' ||
      (blockAtLine !== true && (before < at - 1 || /[;{}(,]/.test(text[before]!)))
    )
  }
  let inside = false
  let next = find(open, 0)
  return (at) => {
    while (next < at) {
      next = find(inside ? open : close, next + (inside ? close : open).length)
      inside = !inside
    }
    return inside
  }
}

/** Whether places, asked for in order, are in a text that explains the code around it. */
const explanationCursor = (text: string, { explains }: FileKind): ((at: number) => boolean) => {
  if (explains === undefined) return () => false
  const begins = new RegExp(explains.begins)
  const next = explains.marks.map(() => -1)
  const markFrom = (place: number): number => {
    for (const [index, mark] of explains.marks.entries())
      if (next[index]! < place) {
        const at = text.indexOf(mark, place)
        next[index] = at < 0 ? Infinity : at
      }
    return Math.min(...next)
  }
  let begin = -1
  let end = 0
  return (at) => {
    while (end <= at) {
      const mark = markFrom(end)
      if (mark === Infinity) {
        begin = end = Infinity
        break
      }
      begins.lastIndex = Math.max(end, mark - BEFORE_MARK)
      const found = begins.exec(text)
      if (found === null) {
        begin = end = Infinity
        break
      }
      begin = found[1] === undefined ? Infinity : found.index
      const closing = text.indexOf(explains.ends(found[0]), found.index + found[0].length)
      end = closing < 0 ? Infinity : closing + 3
    }
    return begin < at
  }
}

/** What an explanation begins with before its mark is shorter. */
const BEFORE_MARK = 256
