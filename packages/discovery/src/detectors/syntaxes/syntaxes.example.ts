import type { Syntax } from '../detector.ts'

/** What a syntax sees in a text, for comparing: keys, value, and what is said of it. Each value is where it is said to be. */
export const seen = (syntax: Syntax, text: string): string[][] =>
  [...syntax(text)].map(({ keys, value, at, length, quoted, commented, tag }) => {
    const plain = text.slice(at, at + length)
    const odd = plain !== value && !ESCAPED.test(plain)
    return [
      keys.join('/'),
      value,
      ...(quoted ? ['quoted'] : []),
      ...(commented ? ['commented'] : []),
      ...(tag === undefined ? [] : [tag]),
      ...(odd ? [`written ${plain}`] : []),
    ]
  })

/** Signs that make a value differ from how it is written. */
const ESCAPED = /[\\\n"'&]/
