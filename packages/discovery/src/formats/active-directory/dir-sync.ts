/** The control that asks for what changed (MS-ADTS 3.1.1.3.4.1.3). */
export const DIR_SYNC = '1.2.840.113556.1.4.841'

/** Its value: only what this account may see, so much at a time, from this cookie on. */
export const dirSyncRequest = (cookie: Uint8Array): Uint8Array => {
  const body = [...number(OBJECT_SECURITY), ...number(MOST_BYTES), 0x04, ...length(cookie.length), ...cookie]
  return Uint8Array.from([0x30, ...length(body.length), ...body])
}

const OBJECT_SECURITY = 1
const MOST_BYTES = 0x10_0000

/** What it says in the answer. Undefined when it does not follow its format. */
export const dirSyncAnswer = (
  value: Uint8Array,
): { readonly more: boolean; readonly cookie: Uint8Array } | undefined => {
  const outer = element(value, 0, 0x30)
  const more = outer === undefined ? undefined : element(value, outer.from, 0x02)
  const unused = more === undefined ? undefined : element(value, more.to, 0x02)
  const cookie = unused === undefined ? undefined : element(value, unused.to, 0x04)
  if (more === undefined || cookie === undefined) return undefined
  return {
    more: value.subarray(more.from, more.to).some((byte) => byte !== 0),
    cookie: new Uint8Array(value.subarray(cookie.from, cookie.to)),
  }
}

const number = (value: number) => {
  const bytes = [value >> 24, value >> 16, value >> 8, value].map((byte) => byte & 0xff)
  return [0x02, 4, ...bytes]
}

const length = (of: number) => (of < 0x80 ? [of] : [0x83, (of >> 16) & 0xff, (of >> 8) & 0xff, of & 0xff])

/** An element of BER with this tag: where its content begins and ends. */
const element = (bytes: Uint8Array, at: number, tag: number): { from: number; to: number } | undefined => {
  const first = bytes[at + 1]
  if (bytes[at] !== tag || first === undefined) return undefined
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 4 || first === 0x80) return undefined
  let size = more === 0 ? first : 0
  for (let index = 0; index < more; index++) size = size * 256 + (bytes[at + 2 + index] ?? 0)
  const from = at + 2 + more
  return from + size > bytes.length ? undefined : { from, to: from + size }
}
