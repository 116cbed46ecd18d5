import type { Place, Reason } from '@rollcall/contract'
import type { IncludedFiles } from '../included-files.ts'
import { folderOf } from '../../posix-path.ts'

/** A directive of nginx: its words without quotes. */
export interface NginxDirective {
  readonly name: string
  readonly words: readonly string[]
  /** In how many blocks it is; 0 is the main context. */
  readonly depth: number
  readonly place: Required<Place>
}

export interface ParsedConfiguration<Directive> {
  readonly directives: readonly Directive[]
  /** Patterns of files that are included, read or not. */
  readonly wanted: readonly string[]
  readonly reasons: readonly Reason[]
}

const MOST_DIRECTIVES = 50_000
const MOST_INCLUDED = 1000
/** Characters of all files together, those of a file as often as it is included. */
const MOST_TEXT = 4 * 1024 * 1024
const DEEPEST = 10

/** White space, a comment, a mark, a quoted word, a plain word. A brace after a dollar sign belongs to a word. */
const TOKEN =
  /\s+|#[^\n]*|[;{}]|"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|(?:\$\{|[^\s;{}])(?:\$\{[^}\s]{0,100}\}|[^\s;{}])*/gy

/** Reads a configuration of nginx and what it includes, in its place. */
export const parseNginx = (main: string, files: IncludedFiles): ParsedConfiguration<NginxDirective> => {
  const directives: NginxDirective[] = []
  const wanted: string[] = []
  const reasons: Reason[] = []
  const root = folderOf(main)
  let included = 0
  let size = 0

  const read = (path: string, outer: number, level: number) => {
    const text = files.text(path)
    if (text === undefined) return
    size += text.length
    if (size > MOST_TEXT) return
    let line = 1
    let words: string[] = []
    let start = 1
    let depth = outer
    const tokens = new RegExp(TOKEN)
    for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
      const token = found[0]
      const at = line
      for (let index = token.indexOf('\n'); index !== -1; index = token.indexOf('\n', index + 1)) line++
      if (token === ';' || token === '{') {
        if (words.length > 0 && directives.length < MOST_DIRECTIVES) end(words, depth, { path, line: start }, level)
        words = []
        if (token === '{') depth++
      } else if (token === '}') {
        depth = Math.max(outer, depth - 1)
        words = []
      } else if (!/^[\s#]/.test(token)) {
        if (words.length === 0) start = at
        if (words.length < 100) words.push(unquoted(token))
      }
    }
  }

  const end = ([name = '', ...words]: readonly string[], depth: number, place: Required<Place>, level: number) => {
    const [named] = words
    if (name !== 'include' || named === undefined) {
      directives.push({ name, words, depth, place })
      return
    }
    const pattern = named.startsWith('/') ? named : `${root}/${named}`
    wanted.push(pattern.slice(0, 4096))
    if (level >= DEEPEST || included >= MOST_INCLUDED) {
      if (reasons.length < 20) reasons.push({ code: level >= DEEPEST ? 'too-deep' : 'too-many', ...place })
      return
    }
    for (const path of files.paths(pattern)) {
      included++
      read(path, depth, level + 1)
    }
  }

  read(main, 0, 0)
  if (directives.length >= MOST_DIRECTIVES) reasons.push({ code: 'too-many', path: main })
  if (size > MOST_TEXT) reasons.push({ code: 'too-large', path: main })
  return { directives, wanted, reasons }
}

const unquoted = (token: string) =>
  token.length > 1 && (token.startsWith('"') || token.startsWith("'")) && token.endsWith(token[0]!)
    ? token.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1')
    : token
