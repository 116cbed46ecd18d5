import type { Place, Reason } from '@rollcall/contract'
import type { IncludedFiles } from '../included-files.ts'
import type { ParsedConfiguration } from './nginx-conf.ts'
import { literally } from '../../posix-path.ts'

/** A directive of Apache's httpd. Those under conditions (`<IfModule>` and its like) are told as if they held. */
export interface ApacheDirective {
  /** In lower case. */
  readonly name: string
  /** Its arguments without quotes, variables filled in where they are known. */
  readonly words: readonly string[]
  /** Which of the virtual hosts it is in, counted from 1; 0 outside of all. */
  readonly host: number
  readonly place: Required<Place>
}

const MOST_DIRECTIVES = 50_000
const MOST_INCLUDED = 1000
/** Characters of all files together, those of a file as often as it is included. */
const MOST_TEXT = 4 * 1024 * 1024
const DEEPEST = 10

/** Reads a configuration of httpd and what it includes. `variables` are those that its environment gives it. */
export const parseApache = (
  main: string,
  files: IncludedFiles,
  variables: ReadonlyMap<string, string>,
): ParsedConfiguration<ApacheDirective> => {
  const directives: ApacheDirective[] = []
  const wanted: string[] = []
  const reasons: Reason[] = []
  const defined = new Map(variables)
  let root = main.replace(/\/(?:conf\/)?[^/]*$/, '')
  let included = 0
  let size = 0
  let hosts = 0
  let host = 0

  const read = (path: string, level: number) => {
    const text = files.text(path)
    if (text === undefined) return
    size += text.length
    if (size > MOST_TEXT) return
    for (const { line, text: content } of logicalLines(text)) {
      if (directives.length >= MOST_DIRECTIVES) return
      const opened = /^<\s*(\/?)([A-Za-z]+)/.exec(content)
      if (opened !== null) {
        if (opened[2]!.toLowerCase() === 'virtualhost') host = opened[1] === '/' ? 0 : ++hosts
        continue
      }
      const [written, ...words] = wordsOf(content).map((word) => filled(word, defined))
      if (written === undefined) continue
      const name = written.toLowerCase()
      const [first] = words
      if (name === 'define' && first !== undefined) defined.set(first, words[1] ?? '')
      if (name === 'serverroot' && first !== undefined) root = first
      if ((name === 'include' || name === 'includeoptional') && first !== undefined)
        include(first, { path, line }, level)
      else directives.push({ name, words, host, place: { path, line } })
    }
  }

  const include = (named: string, place: Required<Place>, level: number) => {
    const path = (named.startsWith('/') ? named : `${root}/${named}`).slice(0, 4096)
    // A folder stands for what is in it.
    const pattern = path.endsWith('/') ? `${path}*` : /[*?[]/.test(path) ? path : literally(path)
    wanted.push(pattern)
    if (level >= DEEPEST || included >= MOST_INCLUDED) {
      if (reasons.length < 20) reasons.push({ code: level >= DEEPEST ? 'too-deep' : 'too-many', ...place })
      return
    }
    for (const one of files.paths(pattern)) {
      included++
      read(one, level + 1)
    }
  }

  read(main, 0)
  if (directives.length >= MOST_DIRECTIVES) reasons.push({ code: 'too-many', path: main })
  if (size > MOST_TEXT) reasons.push({ code: 'too-large', path: main })
  return { directives, wanted, reasons }
}

/** The variables that a file of shell assignments such as Debian's envvars gives. Only plain values are known. */
export const parseEnvvars = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const found =
        /^\s*(?:export\s+)?([A-Za-z_]\w*)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|]*))\s*(?:#.*|;.*)?$/.exec(
          line.slice(0, 4096),
        ) ?? /^\s*:\s+"?\$\{([A-Za-z_]\w*):=([^}$]*)\}/.exec(line.slice(0, 4096))
      return found === null ? [] : [[found[1]!, found[2] ?? found[3] ?? found[4] ?? ''] as const]
    }),
  )

/** A backslash at the end of a line carries on with the next. */
function* logicalLines(text: string): Generator<{ line: number; text: string }> {
  const physical = text.split('\n')
  for (let at = 0; at < physical.length; at++) {
    const line = at + 1
    const parts = [physical[at]!]
    while (parts.at(-1)!.replace(/\r$/, '').endsWith('\\') && at + 1 < physical.length) {
      parts.push(parts.pop()!.replace(/\r$/, '').slice(0, -1), physical[++at]!)
    }
    const whole = parts.join('').trim()
    if (whole !== '' && !whole.startsWith('#')) yield { line, text: whole.slice(0, 16_384) }
  }
}

const wordsOf = (text: string): string[] =>
  Array.from(
    text.matchAll(/"([^"\\]*(?:\\[^][^"\\]*)*)"|'([^'\\]*(?:\\[^][^'\\]*)*)'|\S+/g),
    ([whole, double, single]) => (double ?? single ?? whole).replaceAll(/\\(["'\\])/g, '$1'),
  ).slice(0, 100)

const filled = (word: string, variables: ReadonlyMap<string, string>) =>
  word.replaceAll(/\$\{([^}:]{1,100})\}/g, (whole, name: string) => variables.get(name) ?? whole)
