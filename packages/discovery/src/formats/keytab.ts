/** An entry of a keytab without its key: that is passed over and never kept. */
export interface KeytabEntry {
  /** As Kerberos writes it, with a backslash before what would mean something else: `host/web.example.org@EXAMPLE.ORG`. */
  readonly principal: string
  readonly encryption: string
  readonly weak: boolean
  readonly version: number
  /** When it was written, in seconds since 1970. */
  readonly written: number
}

export interface Keytab {
  readonly entries: readonly KeytabEntry[]
  /** Why there may be more: it is no keytab, or it ends or goes wrong within an entry. */
  readonly problem?: 'not-a-keytab' | 'cut' | 'malformed' | 'too-many'
}

const MOST_ENTRIES = 10_000

/** Reads the keytab format of MIT Kerberos, which Heimdal, Java and Samba write too; version 1 in the order of a little-endian host. */
export const parseKeytab = (bytes: Uint8Array): Keytab => {
  if (bytes.length === 0) return { entries: [] }
  const version = bytes[1]
  if (bytes[0] !== 5 || (version !== 1 && version !== 2)) return { entries: [], problem: 'not-a-keytab' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = version === 1
  const entries: KeytabEntry[] = []
  let at = 2
  while (at + 4 <= bytes.length) {
    const size = view.getInt32(at, little)
    at += 4
    if (size === 0) return { entries }
    // What was removed leaves a hole of its size.
    const length = Math.abs(size)
    if (size > 0) {
      if (at + length > bytes.length) return { entries, problem: 'cut' }
      if (entries.length >= MOST_ENTRIES) return { entries, problem: 'too-many' }
      const entry = entryOf(new DataView(view.buffer, view.byteOffset + at, length), version)
      if (entry === undefined) return { entries, problem: 'malformed' }
      entries.push(entry)
    }
    at += length
  }
  return at >= bytes.length ? { entries } : { entries, problem: 'cut' }
}

const entryOf = (view: DataView, version: 1 | 2): KeytabEntry | undefined => {
  const little = version === 1
  let at = 0
  const room = (count: number) => at + count <= view.byteLength
  const short = () => {
    if (!room(2)) return undefined
    at += 2
    return view.getUint16(at - 2, little)
  }
  const counted = () => {
    const length = short()
    if (length === undefined || !room(length)) return undefined
    at += length
    return new Uint8Array(view.buffer, view.byteOffset + at - length, length)
  }
  const count = short()
  if (count === undefined) return undefined
  const names: string[] = []
  // The realm comes first; version 1 counts it as a component.
  for (let index = 0; index <= count - (version === 1 ? 1 : 0); index++) {
    const part = counted()
    if (part === undefined) return undefined
    names.push(quoted(UTF8.decode(part)))
  }
  if (version === 2) at += 4
  if (!room(9)) return undefined
  const written = view.getUint32(at, little)
  let keyVersion = view.getUint8(at + 4)
  at += 5
  const type = short()
  const length = short()
  if (type === undefined || length === undefined || !room(length)) return undefined
  at += length
  // Versions beyond 255 follow the key; zero there means that there is none.
  if (room(4)) keyVersion = view.getUint32(at, little) || keyVersion
  const [realm, ...components] = names
  return { principal: `${components.join('/')}@${realm ?? ''}`, ...encryptionOf(type), version: keyVersion, written }
}

const UTF8 = new TextDecoder()

const quoted = (text: string) =>
  text.replaceAll(/[/@\\\n\t\b\0]/g, (unit) => `\\${{ '\n': 'n', '\t': 't', '\b': 'b', '\0': '0' }[unit] ?? unit}`)

/** RFC 3961 and its followers. What RFC 6649 and RFC 8429 call no longer fit for use is weak. */
const ENCRYPTION: Readonly<Record<number, string>> = {
  1: 'des-cbc-crc',
  2: 'des-cbc-md4',
  3: 'des-cbc-md5',
  5: 'des3-cbc-md5',
  7: 'des3-cbc-sha1-old',
  8: 'des-hmac-sha1',
  16: 'des3-cbc-sha1',
  17: 'aes128-cts-hmac-sha1-96',
  18: 'aes256-cts-hmac-sha1-96',
  19: 'aes128-cts-hmac-sha256-128',
  20: 'aes256-cts-hmac-sha384-192',
  23: 'arcfour-hmac',
  24: 'arcfour-hmac-exp',
  25: 'camellia128-cts-cmac',
  26: 'camellia256-cts-cmac',
}

const encryptionOf = (type: number) => {
  const encryption = ENCRYPTION[type] ?? `encryption type ${type}`
  return { encryption, weak: /^(?:des|arcfour)/.test(encryption) }
}
