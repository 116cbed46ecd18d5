/** The control that asks for what changed (RFC 4533), those that answer it, and what is said in between. */
export const SYNC_REQUEST = '1.3.6.1.4.1.4203.1.9.1.1'
const SYNC_STATE = '1.3.6.1.4.1.4203.1.9.1.2'
const SYNC_DONE = '1.3.6.1.4.1.4203.1.9.1.3'
const SYNC_INFO = '1.3.6.1.4.1.4203.1.9.1.4'

/** Its value: refresh only, from this cookie on; what is too old to be told is an error and not a reload. */
export const syncRequest = (cookie: string | undefined): Uint8Array => {
  const bytes = cookie === undefined ? undefined : new TextEncoder().encode(cookie)
  const body = [0x0a, 1, 1, ...(bytes === undefined ? [] : [0x04, ...length(bytes.length), ...bytes])]
  return Uint8Array.from([0x30, ...length(body.length), ...body])
}

/** What is said of an entry by the controls that came with it: how it stands, and its entryUUID. Undefined where nothing is. */
export const syncState = (
  controls: ReadonlyMap<string, Uint8Array> | undefined,
): { readonly state: 'present' | 'add' | 'modify' | 'delete'; readonly uuid: string } | undefined => {
  const body = sequence(controls?.get(SYNC_STATE))
  const state = STATES[body?.take(0x0a)?.[0] ?? -1]
  const uuid = uuidOf(body?.take(0x04))
  return state === undefined || uuid === undefined ? undefined : { state, uuid }
}

const STATES = ['present', 'add', 'modify', 'delete'] as const

/** How a refresh ended: from where on the next one is to be, and which entries were only named. */
export interface SyncEnd {
  /** Absent where nothing changed: the one before holds on. */
  readonly cookie: string | undefined
  /** Named as unchanged; undefined where unchanged entries are not named. Of those that the server holds, all others are gone. */
  readonly present: readonly string[] | undefined
  readonly deleted: readonly string[]
}

/** Undefined where what the server said does not follow its format. */
export const syncEnd = (
  controls: ReadonlyMap<string, Uint8Array>,
  said: readonly { readonly oid: string; readonly value: Uint8Array }[],
): SyncEnd | undefined => {
  const done = sequence(controls.get(SYNC_DONE))
  if (done === undefined) return undefined
  const cookie = done.take(0x04)
  // Where the refresh ends by deletions, those that are not named stay; else they are gone.
  let byPresence = !flag(done.take(0x01), false)
  const [present, deleted]: [string[], string[]] = [[], []]
  for (const { oid, value } of said) {
    if (oid !== SYNC_INFO) continue
    const kind = value[0]
    if (kind === 0xa2) byPresence = true
    if (kind !== 0xa3) continue
    const set = new Elements(value).inside(0xa3)
    set?.take(0x04)
    const gone = flag(set?.take(0x01), false)
    const named = set?.inside(0x31)
    if (named === undefined) return undefined
    const uuids: Uint8Array[] = []
    while (!named.ended) {
      const uuid = named.take(0x04)
      if (uuid?.length !== 16) return undefined
      uuids.push(uuid)
    }
    const list = gone ? deleted : present
    for (const uuid of textsOf(uuids)) list.push(uuid)
  }
  return {
    cookie: cookie === undefined ? undefined : TEXT.decode(cookie),
    present: byPresence ? present : undefined,
    deleted,
  }
}

const TEXT = new TextDecoder()

/** What a cookie of OpenLDAP says: the last change of each server (CSN) by its number. */
export const cookieChanges = (cookie: string): ReadonlyMap<string, string> => {
  const csns = /(?:^|,)csn=([^,]*)/.exec(cookie)?.[1]?.split(';') ?? []
  return new Map(csns.flatMap((csn) => (serverOf(csn) === undefined ? [] : [[serverOf(csn)!, csn]])))
}

/** The number of the server that made a change: `000` of `20261122190000.123456Z#000000#000#000000`. */
export const serverOf = (csn: string): string | undefined => CSN.exec(csn)?.[1]

const CSN = /^\d{14}\.\d{6}Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/

const length = (of: number) => (of < 0x80 ? [of] : [0x83, (of >> 16) & 0xff, (of >> 8) & 0xff, of & 0xff])

const flag = (bytes: Uint8Array | undefined, standard: boolean) => (bytes === undefined ? standard : bytes[0] !== 0)

const sequence = (value: Uint8Array | undefined): Elements | undefined =>
  value === undefined ? undefined : new Elements(value).inside(0x30)

const uuidOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes?.length === 16 ? textsOf([bytes])[0] : undefined

/** UUIDs as text: there may be as many as there are entries. */
const textsOf = (uuids: readonly Uint8Array[]): string[] => {
  const units = new Uint8Array(uuids.length * UUID)
  let to = 0
  for (const bytes of uuids)
    for (let at = 0; at < 16; at++) {
      if (at === 4 || at === 6 || at === 8 || at === 10) units[to++] = DASH
      units[to++] = DIGITS.charCodeAt(bytes[at]! >> 4)
      units[to++] = DIGITS.charCodeAt(bytes[at]! & 15)
    }
  const text = TEXT.decode(units)
  return uuids.map((_, index) => text.slice(index * UUID, (index + 1) * UUID))
}

const UUID = 36
const DASH = 0x2d
const DIGITS = '0123456789abcdef'

/** Elements of BER, one after the other. */
class Elements {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The content of the next element, if it has this tag. */
  take(tag: number): Uint8Array | undefined {
    const [bytes, at] = [this.#bytes, this.#at]
    const first = bytes[at + 1]
    if (bytes[at] !== tag || first === undefined || first === 0x80) return undefined
    const more = first < 0x80 ? 0 : first & 0x7f
    if (more > 4) return undefined
    let size = more === 0 ? first : 0
    for (let index = 0; index < more; index++) size = size * 256 + (bytes[at + 2 + index] ?? 0)
    const from = at + 2 + more
    if (from + size > bytes.length) return undefined
    this.#at = from + size
    return bytes.subarray(from, from + size)
  }

  inside(tag: number): Elements | undefined {
    const content = this.take(tag)
    return content === undefined ? undefined : new Elements(content)
  }
}
