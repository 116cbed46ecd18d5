export const CRYPT_ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Six bits a character, the lowest first, as crypt(3) writes the hashes of its newer schemes. */
export const lowestFirst = (number: number, characters: number): string => {
  let text = ''
  for (let left = number, index = 0; index < characters; index++, left >>>= 6) text += CRYPT_ALPHABET[left & 63]!
  return text
}

/** Bytes as groups of three in the order given, each written lowest first. */
export const grouped = (bytes: Uint8Array, groups: Iterable<readonly number[]>): string => {
  let text = ''
  for (const group of groups) {
    let number = 0
    for (const index of group) number = (number << 8) | bytes[index]!
    text += lowestFirst(number, group.length + 1)
  }
  return text
}
