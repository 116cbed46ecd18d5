/** A text on its own: one that was cut out of a file would keep all of the file in memory for as long as it is remembered. */
export const ownText = (text: string): string => {
  const units = new Uint16Array(text.length)
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at)
  return String.fromCharCode(...units)
}
