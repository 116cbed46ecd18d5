/*
 * The little of DER (X.690) that a certificate is written in. Only writing: nothing that comes from elsewhere is read here.
 */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** A value of any tag, length first. */
export const der = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(TAG.sequence, Buffer.concat(parts))

export const set = (...parts: readonly Uint8Array[]): Buffer => der(TAG.set, Buffer.concat(parts))

/** A number of any size that is not negative, its first byte first. */
export const integer = (bytes: Uint8Array): Buffer =>
  der(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)

export const boolean = (value: boolean): Buffer => der(TAG.boolean, Buffer.from([value ? 0xff : 0]))

export const octets = (bytes: Uint8Array): Buffer => der(TAG.octets, bytes)

/** Bits, of which the last `unused` are none. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer =>
  der(TAG.bits, Buffer.concat([Buffer.from([unused]), bytes]))

export const utf8 = (text: string): Buffer => der(TAG.text, Buffer.from(text))

/** Such as `2.5.29.17`. */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** As RFC 5280 wants it: two digits of the year up to 2049, four afterwards. */
export const time = (at: Date): Buffer => {
  const text = at.toISOString().replace(/[-:T]|\.\d+/g, '')
  return at.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(text.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(text))
}

/** A value within the tag `[number]`. */
export const context = (number: number, content: Uint8Array): Buffer => der(0xa0 + number, content)

/** A value whose own tag `[number]` takes the place of. */
export const contextPrimitive = (number: number, content: Uint8Array): Buffer => der(0x80 + number, content)

const lengthOf = (length: number): number[] => {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 + bytes.length, ...bytes]
}

const base128 = (number: number): number[] => {
  const bytes = [number & 0x7f]
  for (let rest = number >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}
