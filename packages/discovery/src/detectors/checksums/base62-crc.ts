/**
 * Whether the last six characters are the CRC-32 (ISO 3309) of those before, in base 62 with leading zeros: digits, capital letters,
 * small letters. GitHub, npm and others end their tokens so.
 */
export const endsInBase62Crc = (text: string): boolean => text.slice(-6) === base62(crc32(text.slice(0, -6)))

const base62 = (value: number): string => {
  let text = ''
  for (let rest = value; text.length < 6; rest = Math.floor(rest / 62)) text = DIGITS[rest % 62]! + text
  return text
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const crc32 = (text: string): number => {
  let crc = ~0
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
