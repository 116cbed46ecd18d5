/** Reads the fields of RFC 4251 section 5. After the first that is not there all are undefined. */
export interface SshWire {
  bytes(): Uint8Array | undefined
  /** Bytes without a NUL, but for one at the end. */
  word(): Uint8Array | undefined
  /** A short word, one character for each byte. */
  text(): string | undefined
  /** A whole number that is not negative, without leading zeros. */
  number(): Uint8Array | undefined
  uint32(): number | undefined
  skip(length: number): boolean
  done(): boolean
  /** What is left. */
  rest(): Uint8Array
}

const LARGEST_NUMBER_BITS = 16_384
const LONGEST_TEXT = 256

export const sshWire = (source: Uint8Array): SshWire => {
  let at = 0
  let broken = false
  const take = (length: number) => {
    if (broken || length > source.length - at) {
      broken = true
      return undefined
    }
    at += length
    return source.subarray(at - length, at)
  }
  const wire: SshWire = {
    bytes() {
      const size = wire.uint32()
      return size === undefined ? undefined : take(size)
    },
    word() {
      const bytes = wire.bytes()
      const nul = bytes?.indexOf(0) ?? -1
      return nul >= 0 && nul < bytes!.length - 1 ? undefined : nul >= 0 ? bytes!.subarray(0, nul) : bytes
    },
    text() {
      const bytes = wire.word()
      return bytes === undefined || bytes.length > LONGEST_TEXT ? undefined : binary(bytes)
    },
    number() {
      const bytes = wire.bytes()
      if (bytes === undefined || (bytes[0] ?? 0) > 0x7f) return undefined
      const start = bytes.findIndex((byte) => byte !== 0)
      const value = start < 0 ? new Uint8Array() : bytes.subarray(start)
      const overlong = bytes.length > LARGEST_NUMBER_BITS / 8 + 1 || value.length > LARGEST_NUMBER_BITS / 8
      return overlong ? undefined : value
    },
    uint32() {
      const four = take(4)
      return four === undefined ? undefined : ((four[0]! << 24) | (four[1]! << 16) | (four[2]! << 8) | four[3]!) >>> 0
    },
    skip: (length) => take(length) !== undefined,
    done: () => !broken && at === source.length,
    rest: () => source.subarray(at),
  }
  return wire
}

/** Fields one after the other, each with its length in front. */
export const sshWireOf = (fields: readonly Uint8Array[]): Uint8Array => {
  const blob = new Uint8Array(fields.reduce((size, field) => size + 4 + field.length, 0))
  const view = new DataView(blob.buffer)
  let at = 0
  for (const field of fields) {
    view.setUint32(at, field.length)
    blob.set(field, at + 4)
    at += 4 + field.length
  }
  return blob
}

/** A number without leading zeros as the wire has it: never with its first bit set. */
export const wireNumber = (value: Uint8Array): Uint8Array => {
  if ((value[0] ?? 0) <= 0x7f) return value
  const longer = new Uint8Array(value.length + 1)
  longer.set(value, 1)
  return longer
}

export const ascii = (text: string): Uint8Array => UTF8.encode(text)

const UTF8 = new TextEncoder()

/** One character for each byte. */
export const binary = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096)
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 4096))
  return text
}
