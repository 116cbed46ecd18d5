const LONGEST_NAME = 80

/** The name that a word in a text is a part of: letters, digits and what joins them. */
export const nameAround = (text: string, begins: number, ends: number): readonly [from: number, to: number] => {
  let from = begins
  while (from > 0 && begins - from < LONGEST_NAME && isPart(text, from - 1)) from--
  let to = ends
  while (to < text.length && to - ends < LONGEST_NAME && isPart(text, to)) to++
  while (to > ends && /[.$@-]/.test(text[to - 1]!)) to--
  return [from, to]
}

const isPart = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code < 128 ? ASCII_PARTS[code] === 1 : /[\p{L}\p{N}]/u.test(text[at]!)
}

const ASCII_PARTS = Uint8Array.from({ length: 128 }, (_, code) => Number(/[\w.$@-]/.test(String.fromCharCode(code))))
