import type { CredentialFile } from '../detector.ts'
import { isWhole } from '../credential-file.ts'

/**
 * Where in the text of a file stands what some place of its bytes begins. Quick where places are asked for more or less in order.
 * Undefined where bytes that are no UTF-8 make that unclear.
 */
export const placesInText = (file: CredentialFile): ((byte: number) => number) | undefined => {
  const { bytes, text } = file
  if (bytes.length === text.length) return (byte) => byte
  if (!isWhole(file)) return undefined
  // A mark in front is no part of the text.
  let byte = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let place = 0
  return (to) => {
    for (; byte < to; byte++) place += UNITS[bytes[byte]!]!
    while (byte > to) place -= UNITS[bytes[--byte]!]!
    return place
  }
}

/** Of how many code units of a text a byte is the first one. */
const UNITS = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2))
