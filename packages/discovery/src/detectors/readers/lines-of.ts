export interface Line {
  readonly text: string
  /** The index at which it begins. */
  readonly at: number
}

const MOST_LINES = 200_000
const LONGEST_LINE = 65_536

/** The lines of a text without what ends them; of very long ones the beginning. */
export function* linesOf(text: string): Generator<Line> {
  for (let at = 0, left = MOST_LINES; at < text.length && left > 0; left--) {
    const end = text.indexOf('\n', at)
    const next = end < 0 ? text.length : end
    const last = text.charCodeAt(next - 1) === 13 && next > at ? next - 1 : next
    yield { text: text.slice(at, Math.min(last, at + LONGEST_LINE)), at }
    at = next + 1
  }
}
