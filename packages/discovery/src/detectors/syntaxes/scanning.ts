/** How many entries a syntax gives of one file, and how deep it follows what is nested. */
export const MOST_ENTRIES = 200_000
export const DEEPEST = 64

const LF = 10
const CR = 13

/** Where the line ends that `at` stands in: before its line feed, and before the carriage return in front of that. */
export const lineEnd = (text: string, at: number): number => {
  const feed = text.indexOf('\n', at)
  if (feed < 0) return text.length
  return feed > at && text.charCodeAt(feed - 1) === CR ? feed - 1 : feed
}

/** Where the line after a line's end begins. */
export const nextLine = (text: string, end: number): number => {
  if (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF) return end + 2
  return end + 1
}

/** The first place from `at` on, and before `end`, where neither a space nor a tab stands. */
export const skipBlanks = (text: string, at: number, end: number): number => {
  while (at < end && isBlank(text.charCodeAt(at))) at++
  return at
}

/** The place behind the last character before `end`, and not before `at`, that is neither a space nor a tab. */
export const trimBlanks = (text: string, at: number, end: number): number => {
  while (end > at && isBlank(text.charCodeAt(end - 1))) end--
  return end
}

export const isBlank = (code: number): boolean => code === 32 || code === 9

/** Whether some text is one that a program would be told as a name: what parts a commented-out setting from prose. */
export const isName = (text: string): boolean => NAME.test(text)

const NAME = /^[A-Za-z_.][\w.@/-]{0,127}$/
