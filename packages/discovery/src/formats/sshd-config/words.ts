/**
 * The lines of a file as sshd reads them: leading blanks dropped, and what follows a NUL byte of a line lost together with
 * the end of that line. Each comes with the number of the line it begins on.
 */
export const configLines = (text: string): { line: number; text: string }[] => {
  const lines: { line: number; text: string }[] = []
  let joined: { line: number; text: string } | undefined
  for (const [index, whole] of text.split('\n').entries()) {
    const nul = whole.indexOf('\0')
    const kept = (nul < 0 ? whole : whole.slice(0, nul)).replace(/^[ \t\r]+/, '')
    joined = joined === undefined ? { line: index + 1, text: kept } : { line: joined.line, text: joined.text + kept }
    if (nul >= 0) continue
    lines.push(joined)
    joined = undefined
  }
  if (joined !== undefined) lines.push(joined)
  return lines
}

/** The text without the blanks and form feeds at its end, as sshd takes a line. */
export const trimmedEnd = (text: string): string => {
  let end = text.length
  while (end > 1 && ' \t\r\n\f'.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** A word and what follows it; `rest` is undefined once the text is used up. */
export interface Word {
  readonly word: string
  readonly rest: string | undefined
}

/**
 * Takes the first word off a text. A word ends at a blank or at one `=` with blanks around it; a double-quoted stretch ends
 * it too, without its quotes. Undefined when a quote is not closed.
 */
export const nextWord = (text: string): Word | undefined => {
  const end = text.search(/[ \t\r\n"=]/)
  if (end < 0) return { word: text, rest: undefined }
  if (text[end] === '"') {
    const close = text.indexOf('"', end + 1)
    if (close < 0) return undefined
    return { word: text.slice(0, end) + text.slice(end + 1, close), rest: withoutBlanks(text, close + 1) }
  }
  const rest = withoutBlanks(text, end + 1)
  return { word: text.slice(0, end), rest: text[end] !== '=' && rest.startsWith('=') ? withoutBlanks(rest, 1) : rest }
}

/**
 * Splits arguments as sshd does: at blanks, with single and double quotes, a backslash before a quote, a backslash or
 * (outside quotes) a space; a `#` at the beginning of an argument ends the line. Undefined when a quote is not closed.
 */
export const configArguments = (text: string): string[] | undefined => {
  const words: string[] = []
  let word: string[] | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quote === '' && (character === ' ' || character === '\t')) {
      if (word !== undefined) words.push(word.join(''))
      word = undefined
      continue
    }
    if (word === undefined && character === '#') break
    word ??= []
    if (character === '\\') {
      const next = text[at + 1]
      if (next === "'" || next === '"' || next === '\\' || (quote === '' && next === ' ')) at++
      word.push(text[at]!)
    } else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
    else word.push(character)
  }
  if (quote !== '') return undefined
  if (word !== undefined) words.push(word.join(''))
  return words
}

const withoutBlanks = (text: string, from: number) => {
  let start = from
  while (start < text.length && ' \t\r\n'.includes(text[start]!)) start++
  return text.slice(start)
}
