const LONGEST_NAME = 80

/** The name that a word in a text is a part of: letters, digits and what joins them. */
export const nameAround = (text: string, begins: number, ends: number): readonly [from: number, to: number] => [
  nameBegin(text, begins),
  nameEnd(text, ends),
]

/** Where the name begins that a word is a part of. */
export const nameBegin = (text: string, begins: number): number => {
  let from = begins
  while (from > 0 && begins - from < LONGEST_NAME && isPart(text, from - 1)) from--
  return from
}

/** Where the name ends that a word is a part of: signs that join nothing are no part of it. */
export const nameEnd = (text: string, ends: number): number => {
  let to = ends
  while (to < text.length && to - ends < LONGEST_NAME && isPart(text, to)) to++
  while (to > ends && JOINS.includes(text.charAt(to - 1))) to--
  return to
}

const JOINS = '.$@-'
const ASCII_JOINS = Uint8Array.from({ length: 128 }, (_, code) => Number(JOINS.includes(String.fromCharCode(code))))

const isPart = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code < 128 ? ASCII_PARTS[code] === 1 : /[\p{L}\p{N}]/u.test(text[at]!)
}

const ASCII_PARTS = Uint8Array.from({ length: 128 }, (_, code) => Number(/[\w.$@-]/.test(String.fromCharCode(code))))

/** The name in the bytes of a text, and whether it may be longer: it stands beside characters of other alphabets. */
export const nameAroundIn = (bytes: Uint8Array, begins: number, ends: number) => {
  let from = begins
  while (from > 0 && begins - from < LONGEST_NAME && ASCII_PARTS[bytes[from - 1]!] === 1) from--
  let to = ends
  while (to < bytes.length && to - ends < LONGEST_NAME && ASCII_PARTS[bytes[to]!] === 1) to++
  const foreign = bytes[from - 1]! > 127 || bytes[to]! > 127
  while (to > ends && ASCII_JOINS[bytes[to - 1]!] === 1) to--
  return { from, to, foreign }
}
