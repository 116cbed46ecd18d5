/** A security identifier (MS-DTYP 2.4.2.2) as text, from where it begins. Undefined when it is none or goes beyond the end. */
export const sidText = (bytes: Uint8Array, at = 0): string | undefined => {
  const length = sidLength(bytes, at)
  if (length === undefined) return undefined
  let authority = 0
  for (let index = at + 2; index < at + 8; index++) authority = authority * 256 + bytes[index]!
  // As Windows writes them: great authorities in hexadecimal.
  let text = `S-1-${authority < 2 ** 32 ? authority : `0x${authority.toString(16)}`}`
  for (let index = at + 8; index < at + length; index += 4) text += `-${uint32(bytes, index)}`
  return text
}

/** How many bytes the security identifier takes up that begins there; undefined when none does. */
export const sidLength = (bytes: Uint8Array, at: number): number | undefined => {
  if (at < 0 || at + 8 > bytes.length || bytes[at] !== 1) return undefined
  const count = bytes[at + 1]!
  const length = 8 + 4 * count
  return count > MOST_PARTS || at + length > bytes.length ? undefined : length
}

const MOST_PARTS = 15

/** The bytes of a security identifier, for a filter. Undefined when the text is none. */
export const sidBytes = (text: string): Uint8Array | undefined => {
  const match = /^S-1-(\d{1,10})((?:-\d{1,10}){0,15})$/.exec(text)
  if (!match) return undefined
  const parts = match[2]!.split('-').slice(1).map(Number)
  const authority = Number(match[1])
  if ([authority, ...parts].some((part) => part >= 2 ** 32)) return undefined
  const bytes = new Uint8Array(8 + 4 * parts.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint8(1, parts.length)
  view.setUint32(4, authority)
  for (const [index, part] of parts.entries()) view.setUint32(8 + 4 * index, part, true)
  return bytes
}

/** The last part of a security identifier, which tells the accounts of a domain apart, and what is before it. */
export const splitSid = (sid: string): { readonly domain: string; readonly rid: number } => {
  const dash = sid.lastIndexOf('-')
  return { domain: sid.slice(0, dash), rid: Number(sid.slice(dash + 1)) }
}

/** A GUID (MS-DTYP 2.3.4.2) as text in lower case: its first three fields are little-endian. Undefined where 16 bytes are not there. */
export const guidText = (bytes: Uint8Array, at = 0): string | undefined => {
  if (at < 0 || at + 16 > bytes.length) return undefined
  let text = ''
  for (const [index, offset] of GUID_ORDER.entries())
    text += `${GUID_DASHES.has(index) ? '-' : ''}${HEX[bytes[at + offset]!]!}`
  return text
}

const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
const GUID_DASHES: ReadonlySet<number> = new Set([4, 6, 8, 10])
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as the value of a filter (RFC 4515): each escaped. */
export const filterBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => `\\${HEX[byte]!}`).join('')

/** The value of a filter for a GUID as text. */
export const filterGuid = (guid: string): string => {
  const digits = guid.replaceAll('-', '')
  return GUID_ORDER.map((offset) => `\\${digits.slice(offset * 2, offset * 2 + 2)}`).join('')
}

/** Text as the value of a filter (RFC 4515 section 3). */
export const filterText = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- NUL is one of the characters that have to be escaped
  text.replaceAll(/[\0()*\\]/g, (character) => `\\${HEX[character.charCodeAt(0)]!}`)

export const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8)
export const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
