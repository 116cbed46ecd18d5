import { instantOf } from './lastlog.ts'

/** A login as utmp(5) records it. */
export interface LoginRecord {
  readonly user: string
  readonly line: string
  readonly host: string
  /** ISO 8601 UTC, whole seconds. */
  readonly at: string
}

export interface ParsedUtmp {
  /** In the order of the file. */
  readonly logins: readonly LoginRecord[]
  /** Whether the bytes looked like records at all. */
  readonly understood: boolean
}

/** Bytes of `ut_user`: a longer name is cut to them. */
export const MAX_UTMP_USER = 32

const USER_PROCESS = 7
/** The highest type of utmp(5), ACCOUNTING. */
const LAST_TYPE = 9

interface Layout {
  readonly size: 384 | 400
  readonly littleEndian: boolean
}

/** 384 bytes where the kernel also runs 32-bit programs (x86-64, s390x), 400 on 64-bit ARM and RISC-V. */
const LAYOUTS: readonly Layout[] = [
  { size: 384, littleEndian: true },
  { size: 400, littleEndian: true },
  { size: 384, littleEndian: false },
  { size: 400, littleEndian: false },
]

/**
 * Reads the records of a wtmp file, or of its end: they are counted from the end of the bytes, and what is left over at
 * the front is ignored. The layout is the one under which most records make sense.
 */
export const parseUtmp = (bytes: Uint8Array): ParsedUtmp => {
  if (bytes.length === 0) return { logins: [], understood: true }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const scored = LAYOUTS.map((layout) => ({ layout, share: plausibleShare(view, layout) }))
  const best = scored.reduce((best, next) => (next.share > best.share ? next : best))
  if (best.share <= 0.5) return { logins: [], understood: false }
  const { layout } = best
  const logins: LoginRecord[] = []
  for (const start of starts(view, layout)) {
    if (!plausible(view, start, layout) || typeOf(view, start, layout) !== USER_PROCESS) continue
    const user = field(bytes, start + 44, 32)
    if (user === '') continue
    const at = instantOf(secondsOf(view, start, layout) * 1000)
    logins.push({ user, line: field(bytes, start + 8, 32), host: field(bytes, start + 76, 256), at })
  }
  return { logins, understood: true }
}

function* starts(view: DataView, { size }: Layout) {
  for (let start = view.byteLength % size; start < view.byteLength; start += size) yield start
}

const typeOf = (view: DataView, start: number, { littleEndian }: Layout) => view.getInt16(start, littleEndian)

/** `tv_sec`: 32 bits at 340, or 64 bits at 344. Unsigned, so that it lasts until 2106. */
const secondsOf = (view: DataView, start: number, { size, littleEndian }: Layout) =>
  size === 384 ? view.getUint32(start + 340, littleEndian) : Number(view.getBigInt64(start + 344, littleEndian))

const microsecondsOf = (view: DataView, start: number, { size, littleEndian }: Layout) =>
  size === 384 ? view.getInt32(start + 344, littleEndian) : Number(view.getBigInt64(start + 352, littleEndian))

const plausible = (view: DataView, start: number, layout: Layout) => {
  const type = typeOf(view, start, layout)
  const [seconds, microseconds] = [secondsOf(view, start, layout), microsecondsOf(view, start, layout)]
  return (
    type >= 0 && type <= LAST_TYPE && seconds >= 0 && seconds < 2 ** 32 && microseconds >= 0 && microseconds < 1_000_000
  )
}

const plausibleShare = (view: DataView, layout: Layout) => {
  let [all, good] = [0, 0]
  for (const start of starts(view, layout)) {
    all++
    // A record of zeros makes sense under every layout and so tells nothing.
    if (plausible(view, start, layout) && typeOf(view, start, layout) > 0) good++
  }
  return all === 0 ? 0 : good / all
}

/** A field of fixed width, up to its first NUL. */
const field = (bytes: Uint8Array, start: number, width: number) => {
  const whole = bytes.subarray(start, start + width)
  const nul = whole.indexOf(0)
  return new TextDecoder().decode(nul === -1 ? whole : whole.subarray(0, nul))
}
