/**
 * Lists are kept in one text column, each item between two line ends: `\nwheel\nsudo\n`, so that one item is found by a
 * plain text search. A line end inside an item becomes a space.
 */
export const listText = (items: readonly string[]): string =>
  items.length === 0
    ? '\n'
    : `\n${items.map((item) => (item.includes('\n') ? item.replaceAll('\n', ' ') : item)).join('\n')}\n`

/** The items of `listText`. */
export const listItems = (text: string): string[] => (text.length < 2 ? [] : text.slice(1, -1).split('\n'))

/** Whether an item of a list matches a pattern as a whole: `*` is any text, without regard to ASCII case. Linear in each item. */
export const itemMatches = (list: string, pattern: string): boolean => {
  const parts = folded(pattern).split('*')
  return listItems(list).some((item) => matchesParts(folded(item), parts))
}

/** Upper case becomes lower case within ASCII, as the databases' own text search has it. */
export const folded = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())

const matchesParts = (text: string, parts: readonly string[]): boolean => {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
