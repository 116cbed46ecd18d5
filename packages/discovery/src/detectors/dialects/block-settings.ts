import { MOST_SETTINGS, type Block, type Setting } from './setting.ts'
import { closing, isBlank, quotedWord, type Word } from './words.ts'

/** How a configuration is written of which braces enclose the parts. */
export interface BlockDialect {
  /** What begins a comment up to the end of the line, where it begins a word. Default: `#`. */
  readonly comments?: readonly string[]
  /** `/*` and its counterpart enclose comments. */
  readonly enclosed?: true
  /** Whether the end of a line ends a setting. Otherwise only `;` and braces do. */
  readonly newline?: true
  /** Single quotes enclose words as double ones do. */
  readonly single?: true
  /** Signs that may stand between a name and its value. Default: `=`. */
  readonly between?: readonly string[]
  /** Settings do not end at `;`. */
  readonly noSemicolon?: true
  /** Names are of several words, which mean the same without the blanks between them: `DB Password`. */
  readonly spaced?: true
}

/** The settings of a file in a dialect of blocks, among them those in comments that are written like settings. */
export const blockSettings = (text: string, dialect: BlockDialect): Setting[] => {
  const found: Setting[] = []
  const file: Block = { words: [], parent: undefined, settings: [] }
  read({ text, dialect, found, unclosed: MOST_UNCLOSED }, 0, text.length, file, false)
  return found
}

interface Reading {
  readonly text: string
  readonly dialect: BlockDialect
  readonly found: Setting[]
  /** How many more quotes that nothing closes are looked after. */
  unclosed: number
}

/** Reads a part of the text; gives the block that is open at its end. What is in comments is read as a part of its own. */
const read = (reading: Reading, from: number, to: number, outer: Block, commented: boolean): Block => {
  const { text, dialect, found } = reading
  const { comments = ['#'], enclosed, newline, between = ['='], noSemicolon, spaced } = dialect
  let block = outer
  let depth = depthOf(outer)
  let inComments: Block | undefined
  let words: Word[] = []
  let blank = true
  let at = from
  const take = () => {
    if (words.length > 0 && found.length < MOST_SETTINGS && words.length < MOST_WORDS) {
      const [first, ...values] = words
      const setting = {
        name: first!.text.slice(0, 200).toLowerCase(),
        values,
        blank,
        block,
        index: block.settings.length,
        commented,
      }
      block.settings.push(setting)
      found.push(setting)
      if (!commented) inComments = undefined
    }
    words = []
    blank = true
  }
  while (at < to && found.length < MOST_SETTINGS) {
    const code = text.charCodeAt(at)
    if (code === NEWLINE) {
      if (newline === true || commented) take()
      at++
    } else if (isBlank(code)) at++
    else if (code === SEMICOLON && noSemicolon !== true) {
      take()
      at++
    } else if (code === OPEN) {
      const header = words.map(({ text: word }, index) => (index === 0 ? word.toLowerCase() : word).slice(0, 256))
      take()
      depth++
      if (depth < DEEPEST) block = { words: header, parent: block, settings: [] }
      at++
    } else if (code === CLOSE) {
      take()
      if (depth < DEEPEST) block = block.parent ?? block
      depth = Math.max(0, depth - 1)
      at++
    } else if (!commented && enclosed === true && text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2)
      const until = end < 0 ? to : Math.min(end, to)
      read(reading, at + 2, until, block, true)
      at = until + 2
    } else if (comments.some((mark) => text.startsWith(mark, at))) {
      const end = text.indexOf('\n', at)
      const until = end < 0 ? to : Math.min(end, to)
      if (commented) {
        take()
        at = pastMarks(text, at, until, comments)
        if (at >= until) at = until
      } else {
        const begin = pastMarks(text, at, until, comments)
        // Prose is not taken apart: what is written like a setting is short and has a sign, a brace or few words.
        if (until - begin <= LONGEST_COMMENTED) inComments = read(reading, begin, until, inComments ?? block, true)
        at = until
      }
    } else {
      const named = words.length === 1 || (spaced === true && words.length > 1 && words.length < 4)
      const sign = named && blank ? between.find((one) => text.startsWith(one, at)) : undefined
      if (sign !== undefined) {
        if (words.length > 1) words = [{ ...words[0]!, text: words.map(({ text: word }) => word).join('') }]
        blank = false
        at += sign.length
        continue
      }
      const word = wordAt(reading, at, to, { signs: blank && (words.length === 0 || spaced === true) ? between : [] })
      if (words.length < MOST_WORDS) words.push(word)
      at = word.at + word.length + (word.quoted ? 1 : 0)
    }
  }
  take()
  return block
}

const pastMarks = (text: string, at: number, end: number, comments: readonly string[]): number => {
  let past = at
  for (;;) {
    const mark = comments.find((one) => text.startsWith(one, past))
    if (mark === undefined || past >= end) return Math.min(past, end)
    past += mark.length
  }
}

const wordAt = (reading: Reading, at: number, to: number, { signs }: { readonly signs: readonly string[] }): Word => {
  const { text, dialect } = reading
  const code = text.charCodeAt(at)
  if (reading.unclosed > 0 && (code === DOUBLE || (dialect.single === true && code === SINGLE))) {
    const end = closing(text, at, to)
    if (end >= 0) return quotedWord(text, at, end)
    reading.unclosed--
  }
  let end = at + 1
  while (end < to) {
    const next = text.charCodeAt(end)
    // Braces of a variable belong to the word: `${certdir}/server.pem`, `%{User-Name}`.
    if (next === OPEN && (text[end - 1] === '$' || text[end - 1] === '%')) {
      const closed = text.slice(end, Math.min(to, end + LONGEST_VARIABLE)).indexOf('}')
      if (closed > 0) {
        end += closed + 1
        continue
      }
    }
    if (isBlank(next) || next === OPEN || next === CLOSE || (next === SEMICOLON && dialect.noSemicolon !== true)) break
    if (signs.some((sign) => text.startsWith(sign, end))) break
    end++
  }
  return { text: text.slice(at, end), at, length: end - at, quoted: false }
}

const depthOf = (block: Block): number => {
  let depth = 0
  for (let up = block.parent; up !== undefined; up = up.parent) depth++
  return depth
}

const NEWLINE = 10
const SEMICOLON = 59
const OPEN = 123
const CLOSE = 125
const DOUBLE = 34
const SINGLE = 39
const DEEPEST = 64
const MOST_WORDS = 256
const LONGEST_VARIABLE = 256
const MOST_UNCLOSED = 1000
const LONGEST_COMMENTED = 1024
