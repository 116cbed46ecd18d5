/**
 * Whether a whole text matches a pattern of fnmatch(3): `*`, `?`, `[a-z]`, `[!a-z]`, `\x`. Takes time in the product of both
 * lengths at most. A bracket that is never closed is a bracket.
 */
export const matchesGlob = (pattern: string, text: string): boolean => {
  let [p, t] = [0, 0]
  let [starAt, starText] = [-1, 0]
  while (t < text.length) {
    const step = p < pattern.length && pattern[p] !== '*' ? one(pattern, p, text[t]!) : 0
    if (pattern[p] === '*') {
      starAt = p++
      starText = t
    } else if (step > 0) {
      p += step
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++starText
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** How far the pattern goes on when its next part matches the character; 0 when it does not. */
const one = (pattern: string, at: number, character: string): number => {
  switch (pattern[at]) {
    case '?':
      return 1
    case '\\':
      return at + 1 < pattern.length ? (pattern[at + 1] === character ? 2 : 0) : character === '\\' ? 1 : 0
    case '[': {
      const end = closing(pattern, at)
      if (end === -1) return character === '[' ? 1 : 0
      return inBracket(pattern.slice(at + 1, end), character) ? end + 1 - at : 0
    }
    default:
      return pattern[at] === character ? 1 : 0
  }
}

/** A bracket holds a class of characters and is no longer than any sensible one. */
const closing = (pattern: string, at: number) => {
  const first = /[!^]/.test(pattern[at + 1] ?? '') ? at + 3 : at + 2
  const end = pattern.slice(first, first + 256).search(/(?<!\[:[a-z]{0,8}:)\]/)
  return end === -1 ? -1 : first + end
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /[a-z]/i,
  digit: /\d/,
  alnum: /[a-z\d]/i,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[\da-f]/i,
}

const inBracket = (content: string, character: string) => {
  const negated = /^[!^]/.test(content)
  let rest = negated ? content.slice(1) : content
  let found = false
  while (rest !== '') {
    const named = /^\[:([a-z]+):\]/.exec(rest)
    const range = /^\\?(.)(?:-\\?([^\]]))?/su.exec(rest)
    if (named !== null) found ||= CLASSES[named[1]!]?.test(character) ?? false
    else if (range !== null)
      found ||= range[2] === undefined ? character === range[1] : character >= range[1]! && character <= range[2]
    rest = rest.slice((named ?? range)?.[0].length ?? 1)
  }
  return found !== negated
}
