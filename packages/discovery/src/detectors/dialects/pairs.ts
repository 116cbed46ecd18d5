import { closing, isBlank, quotedWord, type Word } from './words.ts'

/**
 * The pairs `name=value` in a part of a text, by their names in lower case, as libpq, OpenLDAP and PAM modules write them in one value.
 * Quotes hold a value together; blanks, and the letters of `between`, part pairs. The first of each name.
 */
export const pairsIn = (text: string, from: number, to: number, between = ''): ReadonlyMap<string, Word> => {
  const pairs = new Map<string, Word>()
  let at = from
  while (at < to && pairs.size < MOST_PAIRS) {
    while (at < to && parts(text, at, between)) at++
    const name = at
    while (at < to && !parts(text, at, between) && text[at] !== '=') at++
    const key = text
      .slice(name, Math.min(at, name + 128))
      .trim()
      .toLowerCase()
    let equals = at
    while (equals < to && isBlank(text.charCodeAt(equals))) equals++
    if (text[equals] !== '=' || equals >= to) {
      at = Math.max(at, name + 1)
      continue
    }
    at = equals + 1
    if (between === '' || equals > name + key.length) while (at < to && isBlank(text.charCodeAt(at))) at++
    const word = valueAt(text, at, to, between)
    at = word.at + word.length + (word.quoted ? 1 : 0)
    if (key !== '' && !pairs.has(key)) pairs.set(key, word)
  }
  return pairs
}

const valueAt = (text: string, at: number, to: number, between: string): Word => {
  if (text[at] === '"' || text[at] === "'") {
    const end = closing(text, at, to)
    if (end >= 0) return quotedWord(text, at, end)
  }
  let end = at
  while (end < to && !parts(text, end, between)) end++
  return { text: text.slice(at, end), at, length: end - at, quoted: false }
}

const parts = (text: string, at: number, between: string) =>
  between === '' ? isBlank(text.charCodeAt(at)) : between.includes(text[at]!) || text[at] === '\n'

const MOST_PAIRS = 200
