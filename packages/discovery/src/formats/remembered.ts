/**
 * Computes once what is asked for again and again, on one host and on many: what came of the last `most` texts or so is kept. A text
 * that is a part of a longer one must be put together anew, or it keeps the whole alive.
 */
export const remembered = <Value>(most: number, compute: (text: string) => Value): ((text: string) => Value) => {
  let recent = new Map<string, Value>()
  let before = new Map<string, Value>()
  return (text) => {
    const known = recent.get(text)
    if (known !== undefined) return known
    const value = before.get(text) ?? compute(text)
    if (recent.size * 2 >= most) {
      before = recent
      recent = new Map()
    }
    recent.set(text, value)
    return value
  }
}
