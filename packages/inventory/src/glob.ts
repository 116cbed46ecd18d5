/** `*` is any text and `?` any sign. One star is tried at a time, so that the work is at most pattern times text. */
export const glob = (pattern: string, text: string): boolean => {
  let [at, from, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    const sign = pattern[from]
    if (sign === '*') {
      star = from++
      mark = at
    } else if (sign === '?' || sign === text[at]) {
      from++
      at++
    } else if (star >= 0) {
      from = star + 1
      at = ++mark
    } else return false
  }
  while (pattern[from] === '*') from++
  return from === pattern.length
}
