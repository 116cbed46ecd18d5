import type { Place, Reason } from '@rollcall/contract'
import { keywordOf, type Keyword } from './keywords.ts'
import { parseMatch, type MatchCondition } from './match.ts'
import type { KeywordSurroundings } from './values.ts'
import { configArguments, configLines, nextWord, trimmedEnd } from './words.ts'

/** One file of a configuration. */
export interface SshdConfigFile {
  readonly path: string
  readonly text: string
}

/** One line that sets something. */
export interface SshdDirective {
  readonly keyword: Keyword
  readonly values: readonly string[]
  readonly place: Place
}

/** Lines that hold under the same conditions: all Match lines on the way to them. None: everywhere. */
export interface SshdBlock {
  readonly conditions: readonly MatchCondition[]
  readonly directives: readonly SshdDirective[]
}

/** A configuration with its included files in place, in the order sshd reads it. */
export interface SshdConfig {
  readonly blocks: readonly SshdBlock[]
  /** Lines over which sshd refuses the configuration, so that what a running one does cannot be told for sure. */
  readonly problems: readonly Reason[]
  /** Lines that have no effect: keywords that are deprecated, or unknown here. */
  readonly notes: readonly Reason[]
  /** Patterns of included files that were asked for and not known. */
  readonly wanted: readonly string[]
}

export interface SshdConfigSources extends KeywordSurroundings {
  /** The files an Include pattern stands for, in order; undefined when that is not known yet. */
  include(pattern: string): readonly SshdConfigFile[] | undefined
  /** Whether the sshd of this host has a keyword that this code does not know. */
  hasKeyword?(name: string): boolean
}

/**
 * Reads sshd_config(5) as OpenSSH does, included files inlined where they are named, also inside Match blocks, at most 16
 * deep. Never throws: what sshd would refuse is a problem and otherwise left out.
 */
export const readSshdConfig = (main: SshdConfigFile, sources: SshdConfigSources): SshdConfig => {
  const reading: Reading = {
    sources,
    blocks: [],
    problems: [],
    notes: [],
    wanted: new Set(),
    lines: 0,
    full: false,
    methods: false,
  }
  readFile(main, [], 0, reading)
  const { blocks, problems, notes, wanted } = reading
  return { blocks: blocks.filter(({ directives }) => directives.length > 0), problems, notes, wanted: [...wanted] }
}

/** How deep files may include one another (sshd_config(5) says nothing; sshd stops there). */
const DEEPEST = 16

/** Files that include one another many times would otherwise multiply. */
const MOST_LINES = 100_000

/** What is told of one configuration at most; the outcome cuts it further. */
const MOST_REASONS = 1000

interface Block {
  readonly conditions: readonly MatchCondition[]
  readonly directives: SshdDirective[]
}

interface Reading {
  readonly sources: SshdConfigSources
  readonly blocks: Block[]
  readonly problems: Reason[]
  readonly notes: Reason[]
  readonly wanted: Set<string>
  lines: number
  full: boolean
  methods: boolean
}

const readFile = (
  { path, text }: SshdConfigFile,
  outer: readonly MatchCondition[],
  depth: number,
  reading: Reading,
): void => {
  let block = openBlock(outer, reading)
  for (const { line, text: whole } of configLines(text)) {
    const content = trimmedEnd(whole)
    if (content === '' || content.startsWith('#')) continue
    if (reading.full || ++reading.lines > MOST_LINES) {
      if (!reading.full) reading.problems.push({ code: 'too-many', path, line })
      reading.full = true
      return
    }
    const place = { path, line }
    const read = readLine(content, reading.sources)
    if (read === 'blank') continue
    if (read === 'refused') tell(reading.problems, { code: 'unparsable', ...place })
    else if (read === 'ignored')
      tell(reading.notes, { code: 'unsupported', ...place, detail: 'a keyword without effect' })
    else if (read === 'unknown') tell(reading.notes, { code: 'unsupported', ...place, detail: 'an unknown keyword' })
    else if ('condition' in read) {
      if (read.condition === undefined)
        tell(reading.problems, { code: 'unparsable', ...place, detail: 'a Match line that sshd refuses' })
      block = openBlock([...outer, read.condition ?? NEVER], reading)
    } else if ('include' in read) {
      for (const pattern of read.include) include(pattern, place, block.conditions, depth, reading)
      block = openBlock(block.conditions, reading)
    } else {
      if (!read.keyword.inMatch && !block.conditions.every(isAll))
        tell(reading.problems, { code: 'unparsable', ...place, detail: 'not allowed in a Match block' })
      else if (isLateAny(read, block, reading))
        tell(reading.problems, { code: 'unparsable', ...place, detail: '`any` behind other methods' })
      else block.directives.push({ ...read, place })
    }
  }
}

const openBlock = (conditions: readonly MatchCondition[], reading: Reading): Block => {
  const block: Block = { conditions, directives: [] }
  reading.blocks.push(block)
  return block
}

const isAll = ({ criteria }: MatchCondition) => criteria.length === 0

/** Once methods are set for everyone sshd refuses `AuthenticationMethods any`, even in a Match block. */
const isLateAny = (
  { keyword, values }: Pick<SshdDirective, 'keyword' | 'values'>,
  { conditions }: Block,
  reading: Reading,
) => {
  if (keyword.name !== 'authenticationmethods') return false
  const late = reading.methods && values[0] === 'any'
  reading.methods ||= conditions.every(isAll)
  return late
}

type ReadLine =
  | 'blank'
  | 'refused'
  | 'ignored'
  | 'unknown'
  | { readonly condition: MatchCondition | undefined }
  | { readonly include: readonly string[] }
  | { readonly keyword: Keyword; readonly values: readonly string[] }

/** Stands for a Match line that sshd refuses: what follows it must not apply to everyone. */
const NEVER: MatchCondition = {
  written: 'a condition that sshd refuses',
  criteria: [{ attribute: 'user', pattern: '' }],
}

const readLine = (content: string, sources: SshdConfigSources): ReadLine => {
  let first = nextWord(content)
  if (first?.word === '' && first.rest !== undefined) first = nextWord(first.rest)
  if (first === undefined || first.word === '' || first.word.startsWith('#')) return 'blank'
  const { word: name, rest } = first
  const words = rest === undefined ? undefined : configArguments(rest)
  if (name.toLowerCase() === 'match') {
    return { condition: rest === undefined || words === undefined ? undefined : parseMatch(rest) }
  }
  if (rest === undefined || rest === '' || words === undefined) return 'refused'
  if (name.toLowerCase() === 'include') return words.length === 0 || words.includes('') ? 'refused' : { include: words }
  const keyword = keywordOf(name)
  if (keyword === 'ignored') return keyword
  if (keyword === undefined) {
    const printed = name.toLowerCase()
    if (!sources.hasKeyword?.(printed)) return 'unknown'
    return { keyword: { name: printed, counts: 'first', inMatch: true, read: () => words }, values: [words.join(' ')] }
  }
  const values = keyword.read(words, rest, sources)
  return values === undefined ? 'refused' : { keyword, values }
}

const include = (
  pattern: string,
  place: Place,
  conditions: readonly MatchCondition[],
  depth: number,
  reading: Reading,
): void => {
  if (depth >= DEEPEST) return tell(reading.problems, { code: 'too-deep', ...place })
  // sshd does not expand `~` here.
  if (pattern.startsWith('~')) return
  const absolute = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`
  const files = absolute.length > 4096 ? [] : reading.sources.include(absolute)
  if (files === undefined) reading.wanted.add(absolute)
  for (const file of files ?? []) readFile(file, conditions, depth + 1, reading)
}

const tell = (reasons: Reason[], reason: Reason): void => {
  if (reasons.length < MOST_REASONS) reasons.push(reason)
}
