export interface Word {
  /** Without quotes and backslashes. */
  readonly word: string
  /** What is written between the quotes, or all of a bare word. */
  readonly at: number
  readonly length: number
  readonly quoted: boolean
}

const WORD = /"((?:[^"\\]|\\.){0,8192})"|'([^']{0,8192})'|[^\s"']\S{0,8191}/g
const MOST_WORDS = 1000

/** Words of a line parted by blanks, which double quotes with backslashes or single quotes hold together. */
export const wordsOf = (line: string, at = 0): Word[] => {
  const words: Word[] = []
  for (const match of line.matchAll(WORD)) {
    const [whole, double, single] = match
    const inside = double ?? single
    words.push({
      word: double === undefined ? (single ?? whole) : double.replaceAll(/\\(.)/g, '$1'),
      at: at + match.index + (inside === undefined ? 0 : 1),
      length: (inside ?? whole).length,
      quoted: inside !== undefined,
    })
    if (words.length >= MOST_WORDS) break
  }
  return words
}
