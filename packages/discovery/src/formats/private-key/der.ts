/** One element of DER (X.690): its tag byte and what is in it. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
}

/** Tags that key files use. */
export const DER = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, sequence: 0x30 } as const

/**
 * The elements that stand one after the other, up to the first that is not whole, or of a form that keys do not need: lengths of
 * more than three bytes, tags of more than one. No more than `most` are read.
 */
export const derElements = (bytes: Uint8Array, most = 32): DerElement[] => {
  const elements: DerElement[] = []
  for (let at = 0; at + 2 <= bytes.length && elements.length < most;) {
    const tag = bytes[at]!
    let length = bytes[at + 1]!
    at += 2
    if (length > 0x83 || length === 0x80 || (tag & 0x1f) === 0x1f) break
    if (length > 0x80) {
      const digits = length & 3
      length = 0
      for (let digit = 0; digit < digits; digit++) length = length * 256 + (bytes[at + digit] ?? 0)
      at += digits
    }
    if (length > bytes.length - at) break
    elements.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return elements
}

/** What is in the one sequence that the bytes are; undefined when they are something else. */
export const derSequence = (bytes: Uint8Array): DerElement[] | undefined => {
  const [only] = derElements(bytes, 1)
  return only?.tag === DER.sequence ? derElements(only.content) : undefined
}

/** A whole number that is not negative, without leading zeros. */
export const derNumber = (element: DerElement | undefined): Uint8Array | undefined => {
  if (element?.tag !== DER.integer || element.content.length === 0 || element.content[0]! > 0x7f) return undefined
  const start = element.content.findIndex((byte) => byte !== 0)
  return start < 0 ? new Uint8Array() : element.content.subarray(start)
}

/** An object identifier as dotted numbers. */
export const derOid = (element: DerElement | undefined): string | undefined => {
  if (element?.tag !== DER.oid || element.content.length === 0 || element.content.length > 32) return undefined
  const numbers: number[] = []
  let value = 0
  for (const byte of element.content) {
    value = value * 128 + (byte & 0x7f)
    if (byte > 0x7f) continue
    if (numbers.length > 0) numbers.push(value)
    else numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)))
    value = 0
  }
  return numbers.join('.')
}

/** The bytes of a bit string that ends on a whole byte. */
export const derBits = (element: DerElement | undefined): Uint8Array | undefined =>
  element?.tag === DER.bits && element.content[0] === 0 ? element.content.subarray(1) : undefined
