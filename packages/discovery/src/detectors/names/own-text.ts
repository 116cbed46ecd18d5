/**
 * A text on its own: one that was cut out of a file would keep all of the file in memory for as long as it is remembered. Shorter ones
 * are copied when they are cut out.
 */
export const ownText = (text: string): string => {
  if (text.length < SHORTEST_CUT) return text
  const units = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at)
  return String.fromCharCode(...units)
}

/** Of V8: only texts of this length or more share memory with what they were cut out of. */
const SHORTEST_CUT = 13
