/** A word of a line as a shell or a server's configuration would take it apart. */
export interface Word {
  /** What is meant: without quotes around it and, between double quotes, without backslashes. */
  readonly text: string
  /** Where it is written, without quotes around it. */
  readonly at: number
  readonly length: number
  readonly quoted: boolean
}

/**
 * The words between two places of a text. Blanks and line ends part them, except between quotes; a backslash before the end of a line
 * is a blank. A quote that nothing closes is a letter. Ends at what begins a comment, where that begins a word.
 */
export const wordsOf = (text: string, from: number, to: number, comment = ''): Word[] => {
  const words: Word[] = []
  let at = from
  while (words.length < MOST_WORDS) {
    while (at < to && (isBlank(text.charCodeAt(at)) || joinsLines(text, at))) at++
    if (at >= to || (comment !== '' && comment.includes(text[at]!))) return words
    const word = wordAt(text, at, to)
    words.push(word)
    at = word.quoted ? word.at + word.length + 1 : word.at + word.length
  }
  return words
}

const wordAt = (text: string, at: number, to: number): Word => {
  const quote = text[at]!
  const end = quote === '"' || quote === "'" ? closing(text, at, to) : -1
  if (end >= 0 && (end + 1 >= to || isBlank(text.charCodeAt(end + 1)) || ',;}])'.includes(text[end + 1]!)))
    return quotedWord(text, at, end)
  let until = at
  let closes = true
  while (until < to && !isBlank(text.charCodeAt(until))) {
    const next = text[until]!
    const opens = closes && until > at && (next === '"' || next === "'")
    const closed = opens ? closing(text, until, to) : -1
    // Looked for once: of a word with many quotes each could be looked for to its end.
    if (opens && closed < 0) closes = false
    until = closed < 0 ? until + 1 : closed + 1
  }
  return { text: text.slice(at, until), at, length: until - at, quoted: false }
}

export const quotedWord = (text: string, at: number, end: number): Word => {
  const inside = text.slice(at + 1, end)
  return {
    text: text[at] === '"' && inside.includes('\\') ? inside.replaceAll(/\\([^])/g, '$1') : inside,
    at: at + 1,
    length: end - at - 1,
    quoted: true,
  }
}

/** Where the quote at a place is closed, within the farthest that a value reaches; -1 where it is not. */
export const closing = (text: string, at: number, to: number): number => {
  const quote = text.charCodeAt(at)
  const limit = Math.min(to, at + LONGEST_QUOTED)
  for (let end = at + 1; end < limit; end++) {
    const code = text.charCodeAt(end)
    if (code === quote) return end
    if (code === BACKSLASH && quote === DOUBLE) end++
  }
  return -1
}

const joinsLines = (text: string, at: number) =>
  text.charCodeAt(at) === BACKSLASH && (text[at + 1] === '\n' || text[at + 1] === '\r')

export const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)

const DOUBLE = 34
const BACKSLASH = 92
const MOST_WORDS = 256
const LONGEST_QUOTED = 4096
