import type { TargetId } from './target-id.ts'
import { formatTarget, parseTarget, type DirectoryTarget } from './target.ts'

/** The computers that a directory knows, as hosts to scan: all of them, or those below an entry or that match a filter. */
export type ComputersOf = {
  kind: 'computers'
  directory: DirectoryTarget
  /** DN of the entry that they lie below. */
  below?: string
  /** RFC 4515. */
  matching?: string
}

/** Writes it in its canonical form, which stands for the question itself wherever a target does. */
export const formatComputersOf = ({ directory, below, matching }: ComputersOf): TargetId =>
  [
    `computers of ${formatTarget(directory)}`,
    ...(below === undefined ? [] : [`below ${below}`]),
    ...(matching === undefined ? [] : [`matching ${matching}`]),
  ].join(' ')

/** Whether an entry or a target's text is one, well written or not. */
export const isComputersOf = (text: string): boolean => /^computers of /i.test(text)

/** Reads `computers of ldaps://host [below DN] [matching (filter)]`; a sentence when something about it is wrong. */
export const parseComputersOf = (entry: string): ComputersOf | string => {
  const [, where = '', rest = ''] = /^computers of +(\S+)(?: +(.*))?$/i.exec(entry) ?? []
  const directory = parseTarget(where)
  if (directory?.kind !== 'directory') return 'expected "computers of" and a directory, such as ldaps://dc.example.com'
  const [, below, matching] = /^(?:below +(.*?))?(?:(?:^| +)matching +(\(.*\)))?$/i.exec(rest) ?? []
  if (rest !== '' && below === undefined && matching === undefined)
    return 'after the directory there may be "below" with a DN and "matching" with a filter in parentheses'
  if (below !== undefined && !DN.test(below)) return 'expected a DN after "below", such as OU=Servers,DC=example,DC=com'
  if (matching !== undefined && !isFilter(matching))
    return 'expected a filter after "matching", such as (operatingSystem=*Linux*)'
  return {
    kind: 'computers',
    directory,
    ...(below === undefined ? {} : { below }),
    ...(matching === undefined ? {} : { matching }),
  }
}

/** The server knows the rest of RFC 4514 better, and its answer is told. */
const DN = /^[a-z0-9][\w.-]*=[^\p{Cc}]+$/iu

/** Whether its parentheses are in pairs and each pair holds a comparison or others; attribute names are not checked. */
const isFilter = (text: string): boolean => {
  let [depth, at] = [0, 0]
  while (at < text.length) {
    const character = text[at]
    if (character === '(') {
      depth++
      if (depth > 32 || !/^\((?:[&|!]\(|[\w.;:-]+[~<>]?=)/.test(text.slice(at, at + 300))) return false
    } else if (character === ')') {
      depth--
      if (depth === 0 && at !== text.length - 1) return false
    }
    at++
  }
  return depth === 0
}
