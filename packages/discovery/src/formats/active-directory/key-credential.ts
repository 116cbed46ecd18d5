import { guidText, uint16, uint32 } from './identifiers.ts'

/** A key that logs an account in without a password, as a value of msDS-KeyCredentialLink tells of it (MS-ADTS 2.2.20). */
export interface BoundKey {
  /** The device that it was made on; all zeros where a program wrote it. */
  readonly device?: string
  readonly usage?: number
  readonly created?: Date
}

/** Reads `B:length:hexadecimal:DN`. Undefined when it is none; entries that make no sense are passed over. */
export const boundKey = (value: string): BoundKey | undefined => {
  const match = /^B:(\d{1,7}):([0-9a-f]*):/i.exec(value.slice(0, 200_000))
  if (!match || Number(match[1]) !== match[2]!.length || match[2]!.length % 2 !== 0) return undefined
  const bytes = Uint8Array.from(match[2]!.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  if (bytes.length < 4 || uint32(bytes, 0) !== 0x200) return {}
  const key: { device?: string; usage?: number; created?: Date } = {}
  for (let at = 4; at + 3 <= bytes.length;) {
    const length = uint16(bytes, at)
    const [id, from] = [bytes[at + 2]!, at + 3]
    if (from + length > bytes.length) break
    if (id === USAGE && length >= 1) key.usage = bytes[from]!
    const device = id === DEVICE && length === 16 ? guidText(bytes, from) : undefined
    if (device !== undefined) key.device = device
    if (id === CREATED && length === 8) {
      const ticks = (BigInt(uint32(bytes, from + 4)) << 32n) | BigInt(uint32(bytes, from))
      const created = new Date(Number(ticks / 10_000n) - 11_644_473_600_000)
      if (!Number.isNaN(created.getTime()) && created.getTime() < 253_402_300_800_000) key.created = created
    }
    at = from + length
  }
  return key
}

const [USAGE, DEVICE, CREATED] = [4, 6, 9]
