import { linesOf } from '../readers/lines-of.ts'
import { MOST_SETTINGS, type Block, type Setting } from './setting.ts'
import { quotedWord, wordsOf, type Word } from './words.ts'

/** How a configuration is written of which each line is one setting. */
export interface LineDialect {
  /** The letters that begin a comment. Default: `#`. */
  readonly comments?: string
  /** What may stand between name and value. `any`: a sign or a blank. Default: `=`. */
  readonly between?: '=' | ':' | ' ' | 'any'
  /** `rest`: all that follows is one value, blanks and all. `words`: blanks part values. Default: `rest`. */
  readonly values?: 'rest' | 'words'
  /** Lines that begin with a blank continue the line before. */
  readonly indented?: true
  /** `[name]` heads a section. */
  readonly sections?: true
  /** `<Name argument>` and `</Name>` enclose a block. */
  readonly tags?: true
}

/** The settings of a file in a dialect of lines, among them those in comments that are written like settings. */
export function* lineSettings(text: string, dialect: LineDialect): Iterable<Setting> {
  const { comments = '#', between = '=', values = 'rest', indented, sections, tags } = dialect
  const pattern = PATTERN[between]
  const file: Block = { words: [], parent: undefined, settings: [] }
  let block = file
  let left = MOST_SETTINGS
  const lines = indented ? joinedLines(text, comments) : linesOf(text)
  for (const { text: line, at } of lines) {
    const mark = commentMark(line, comments)
    const body = mark === 0 ? line : line.slice(mark)
    const heading = sections ? SECTION.exec(body) : null
    // A heading in a comment heads what is in comments below it; the next that is none ends that.
    if (heading) {
      block = { words: headed(heading[1]!), parent: file, settings: [] }
      continue
    }
    if (tags && body.includes('<')) {
      const tag = TAG.exec(body)
      if (tag) {
        if (mark > 0) continue
        if (tag[1] === '/') block = block.parent ?? file
        else if (depthOf(block) < DEEPEST) block = { words: headed(tag[2]!), parent: block, settings: [] }
        continue
      }
    }
    const match = pattern.exec(body)
    if (!match) continue
    const from = at + mark + match[0].length
    const end = at + line.length
    const setting: Setting = {
      name: match[1]!.toLowerCase(),
      values: values === 'words' ? wordsOf(text, from, end, comments) : restOf(text, from, end),
      blank: match[2]!.trim() === '',
      block,
      index: block.settings.length,
      commented: mark > 0,
    }
    block.settings.push(setting)
    yield setting
    if (--left === 0) return
  }
}

const NAME = String.raw`^[ \t]*(?:-[ \t]+)?([A-Za-z_$][\w.:/$@-]{0,120}?(?:\[[\w.-]{0,60}\])?)`
const PATTERN = {
  '=': new RegExp(String.raw`${NAME}[ \t]*(:?=)[ \t]*`),
  ':': new RegExp(String.raw`${NAME}[ \t]*(:)[ \t]*`),
  ' ': new RegExp(String.raw`${NAME}([ \t]+|$)`),
  any: new RegExp(String.raw`${NAME}([ \t]*(?::=|=|:(?![\w/]))[ \t]*|[ \t]+|$)`),
} as const
const SECTION = /^[ \t]*\[([^\]]{0,200})\]/
const TAG = /^[ \t]*<(\/?)([A-Za-z][^>]{0,300})>?[ \t]*$/
const DEEPEST = 32

/** How much of a line is what makes it a comment: the marks and the blank before what is written behind them. */
const commentMark = (line: string, comments: string): number => {
  let at = 0
  while (at < line.length && (line[at] === ' ' || line[at] === '\t')) at++
  if (at >= line.length || !comments.includes(line[at]!)) return 0
  while (at < line.length && comments.includes(line[at]!)) at++
  return at
}

const headed = (heading: string): string[] => {
  const words = wordsOf(heading, 0, heading.length).map(({ text }) => text)
  return words.map((word, index) => (index === 0 ? word.toLowerCase() : word))
}

const depthOf = (block: Block): number => {
  let depth = 0
  for (let up = block.parent; up !== undefined; up = up.parent) depth++
  return depth
}

/** All up to the end of the line, without blanks and quotes around it. */
const restOf = (text: string, from: number, end: number): Word[] => {
  let last = end
  while (last > from && (text[last - 1] === ' ' || text[last - 1] === '\t')) last--
  const quote = text[from]
  if (last - from >= 2 && (quote === '"' || quote === "'")) {
    if (text[last - 1] === quote) return [quotedWord(text, from, last - 1)]
    // A comment or a mark of the end may follow what is between quotes.
    const [word] = wordsOf(text, from, last)
    if (word?.quoted === true) return [word]
  }
  return [{ text: text.slice(from, last), at: from, length: last - from, quoted: false }]
}

/** Lines with those that continue them because they begin with a blank. Comments between them continue nothing. */
function* joinedLines(text: string, comments: string): Iterable<{ readonly text: string; readonly at: number }> {
  let begun: { at: number; end: number } | undefined
  const joined = () => ({
    text: text.slice(begun!.at, Math.min(begun!.end, begun!.at + LONGEST_JOINED)),
    at: begun!.at,
  })
  for (const { text: line, at } of linesOf(text)) {
    if (commentMark(line, comments) > 0) {
      if (begun !== undefined) yield joined()
      begun = undefined
      yield { text: line, at }
    } else if (begun !== undefined && /^[ \t]+\S/.test(line)) begun.end = at + line.length
    else {
      if (begun !== undefined) yield joined()
      begun = { at, end: at + line.length }
    }
  }
  if (begun !== undefined) yield joined()
}

const LONGEST_JOINED = 65_536
