import type { GrantedCommand } from '../index.ts'

type Pattern = Pick<GrantedCommand, 'command' | 'arguments'>

/**
 * Whether one pattern surely matches everything that another does. Of wildcards in both, only that of the first is understood;
 * where it cannot be told the answer is no, so that a denial takes away too little rather than too much.
 */
export const covers = (wide: Pattern, narrow: Pattern): boolean =>
  commandCovers(wide.command, narrow.command) && argumentsCover(wide.arguments, narrow.arguments)

/**
 * Whether nothing can be meant by both. sudo takes two paths for the same where they lead to the same file under the same name,
 * so that only other names and other arguments tell programs apart.
 */
export const areApart = (one: Pattern, other: Pattern): boolean => {
  if (one.command === 'ALL' || other.command === 'ALL') return false
  const [isPath, otherIsPath] = [one.command, other.command].map((path) => path.startsWith('/')) as [boolean, boolean]
  // An expression may mean any path, but is none of sudo's own commands.
  const special = [one.command, other.command].some((path) => path === 'sudoedit' || path === 'list')
  if (special) return one.command !== other.command || argumentsApart(one.arguments, other.arguments)
  if (!isPath || !otherIsPath) return false
  if ([one.command, other.command].some((path) => /[*?[\\]|\/$/.test(path))) return false
  return nameOf(one.command) !== nameOf(other.command) || argumentsApart(one.arguments, other.arguments)
}

const argumentsApart = (one: string | undefined, other: string | undefined) =>
  one !== undefined && other !== undefined && one !== other && ![one, other].some((text) => /[*?[\\^]/.test(text))

const commandCovers = (wide: string, narrow: string) => {
  if (wide === 'ALL' || wide === narrow) return true
  if (narrow === 'ALL' || narrow === 'sudoedit' || narrow === 'list' || wide.startsWith('^') || narrow.startsWith('^'))
    return false
  if (wide.endsWith('/')) return narrow.startsWith(wide) && !narrow.slice(wide.length).includes('/')
  return !/[*?[\\]/.test(narrow) && matches(wide, narrow, false)
}

const argumentsCover = (wide: string | undefined, narrow: string | undefined) =>
  wide === undefined ||
  wide === narrow ||
  (narrow !== undefined &&
    narrow !== '""' &&
    wide !== '""' &&
    !wide.startsWith('^') &&
    !/[*?[\\^]/.test(narrow) &&
    matches(wide, narrow, true))

/** The name of the program that a path leads to. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The arguments as words, `\` resolved; none for `""`. */
export const wordsOf = ({ arguments: given }: Pattern): readonly string[] =>
  given === undefined || given === '""'
    ? []
    : given
        .split(' ')
        .map((word) => word.replaceAll(/\\(.)/g, '$1'))
        .filter((word) => word !== '')

/** Whether arguments leave a choice: any are allowed, or a wildcard or expression stands among them. A `*` matches blanks, so more words as well. */
export const isOpen = ({ arguments: given }: Pattern): boolean =>
  given === undefined || given.startsWith('^') || /(?<!\\)[*?[]/.test(given)

/** fnmatch(3); a `*` in a path stops at slashes. Takes time in the product of both lengths at most. */
const matches = (pattern: string, text: string, slashes: boolean): boolean => {
  let [p, t] = [0, 0]
  let [starAt, starText] = [-1, 0]
  while (t < text.length) {
    const step = p < pattern.length && pattern[p] !== '*' ? one(pattern, p, text[t]!, slashes) : 0
    if (pattern[p] === '*') {
      starAt = p++
      starText = t
    } else if (step > 0) {
      p += step
      t++
    } else if (starAt >= 0 && (slashes || text[starText] !== '/')) {
      p = starAt + 1
      t = ++starText
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

const one = (pattern: string, at: number, character: string, slashes: boolean): number => {
  const wanted = pattern[at]
  if (wanted === '\\') return pattern[at + 1] === character ? 2 : 0
  if (wanted === '?') return slashes || character !== '/' ? 1 : 0
  if (wanted !== '[') return wanted === character ? 1 : 0
  const negated = /[!^]/.test(pattern[at + 1] ?? '')
  const from = at + (negated ? 2 : 1)
  const end = pattern.slice(0, from + 256).indexOf(']', from + 1)
  if (end === -1 || pattern.slice(from, end).includes('[:')) return 0
  let found = false
  for (let index = from; index < end; index++) {
    const range = pattern[index + 1] === '-' && index + 2 < end
    found ||= range ? character >= pattern[index]! && character <= pattern[index + 2]! : character === pattern[index]
    if (range) index += 2
  }
  return found !== negated ? end + 1 - at : 0
}
