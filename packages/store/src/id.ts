import { hash, randomBytes } from 'node:crypto'

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
let last = { at: 0, count: 0 }

/**
 * A new id: 26 lower-case letters and digits, time first, so that rows made together lie together. Within one process each
 * is greater than the one before.
 */
export const newId = (now: Date): string => {
  const at = Math.max(now.getTime(), last.at)
  last = { at, count: at === last.at ? last.count + 1 : 0 }
  return digits(at, 10) + digits(last.count, 4) + randomDigits(12)
}

/** Randomness is fetched for many ids at once. */
let pool = { bytes: new Uint8Array(0), used: 0 }

const randomDigits = (length: number) => {
  if (pool.used + length > pool.bytes.length) pool = { bytes: randomBytes(length * 256), used: 0 }
  let text = ''
  for (let at = pool.used; at < pool.used + length; at++) text += DIGITS[pool.bytes[at]! & 31]
  pool.used += length
  return text
}

const digits = (number: number, length: number) => {
  let text = ''
  for (let rest = number; text.length < length; rest = Math.floor(rest / 32)) text = DIGITS[rest % 32]! + text
  return text
}

/**
 * The id of something on a host, always the same for the same words. It begins with the host's, so that what belongs to a host
 * lies together and is found without an index of its own. One plain word stands as it is; all else is hashed, behind a tilde.
 */
export const idWithin = (host: string, ...words: readonly [string, ...string[]]): string =>
  words.length === 1 && PLAIN.test(words[0]) ? `${host}-${words[0]}` : `${host}-~${hashed(JSON.stringify(words))}`

/** Within a look the same words come several times, and a hash costs ten times as much as to remember one. */
const hashed = (text: string): string => {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const digest = hash('sha256', text, 'base64url').slice(0, HASHED)
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(text, digest)
  return digest
}

const MOST_REMEMBERED = 20_000
const remembered = new Map<string, string>()

const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/

/**
 * Where a hashed id lies among those of its host, as a number below `SPOTS`: ids in their order have spots in theirs, and any run of spots
 * has about as many ids as any other of its length.
 */
export const spotOf = (id: string): number => {
  let spot = 0
  for (let at = id.length - HASHED; at < id.length - HASHED + 4; at++) spot = spot * 64 + RANKS[id.charCodeAt(at)]!
  return spot
}

export const SPOTS: number = 64 ** 4
const HASHED = 16
/** The digits of base64url in the order in which text is sorted. */
const SORTED_DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const RANKS = new Uint8Array(128)
for (const [rank, digit] of SORTED_DIGITS.split('').entries()) RANKS[digit.charCodeAt(0)] = rank

/** The bounds of all ids within a host: from the first on, up to but without the second. */
export const idsWithin = (host: string): { from: string; to: string } => ({ from: `${host}-`, to: `${host}.` })

/** The bounds of one of so many runs of hashed ids within a host, at most 64; those before and after all of them are in the first and last. */
export const idsOfShare = (host: string, share: number, shares: number): { from: string; to: string } => {
  const { from, to } = idsWithin(host)
  const start = (nth: number) => `${host}-~${SORTED_DIGITS[Math.floor((nth * SORTED_DIGITS.length) / shares)]!}`
  return { from: share === 0 ? from : start(share), to: share === shares - 1 ? to : start(share + 1) }
}

/** The order in which rows lie in their table: written so, each goes next to the one before. */
export const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : 1
