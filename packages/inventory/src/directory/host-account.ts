/** Whether an account of a host is one of a directory: by what the host says of it, or by what its system makes of the directory. */

/** A name as hosts know it, in lower case, without the realm or domain: `EXAMPLE\jdoe`, `jdoe@example.com` and `jdoe` are one. */
export const directoryLogin = (name: string): string =>
  name
    .replace(/^[^\\]{1,256}\\/, '')
    .replace(/(?<=.)@[^@]{1,256}$/, '')
    .toLowerCase()

/** SSSD's defaults (sssd-ad(5), ID MAPPING): `ldap_idmap_range_min`, `_size` and the number of slices between it and `_max`. */
const RANGE_MIN = 200_000
const RANGE_SIZE = 200_000
const SLICES = 10_000
const SEED = 0xdeadbeef

/**
 * The uid or gid that SSSD gives a SID by its default mapping. Undefined where the SID is of no domain, or its relative identifier lies beyond the
 * slice. Where the slices of two domains collide SSSD takes the next for the second: then the uid is another one.
 */
export const mappedUid = (sid: string): number | undefined => {
  const match = /^(S-1-5-21-\d{1,10}-\d{1,10}-\d{1,10})-(\d{1,10})$/.exec(sid)
  if (match === null) return undefined
  const rid = Number(match[2])
  return rid >= RANGE_SIZE ? undefined : RANGE_MIN + sliceOf(match[1]!) * RANGE_SIZE + rid
}

/** Slices by domain: a directory has one domain, and 100,000 accounts in it. */
const slices = new Map<string, number>()

const sliceOf = (domain: string): number => {
  const known = slices.get(domain)
  if (known !== undefined) return known
  const slice = murmur3(domain, SEED) % SLICES
  if (slices.size >= 1000) slices.clear()
  slices.set(domain, slice)
  return slice
}

/** MurmurHash3, 32 bits, of a text of ASCII. */
export const murmur3 = (text: string, seed: number): number => {
  let hash = seed | 0
  const blocks = text.length >> 2
  for (let block = 0; block < blocks; block++) hash = mixed(hash, word(text, block * 4, 4))
  if (text.length % 4 > 0) hash ^= scrambled(word(text, blocks * 4, text.length % 4))
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const word = (text: string, from: number, length: number) => {
  let value = 0
  for (let at = length - 1; at >= 0; at--) value = (value << 8) | (text.charCodeAt(from + at) & 255)
  return value
}

const rotated = (value: number, by: number) => (value << by) | (value >>> (32 - by))
const scrambled = (value: number) => Math.imul(rotated(Math.imul(value, 0xcc9e2d51), 15), 0x1b873593)
const mixed = (hash: number, block: number) => (Math.imul(rotated(hash ^ scrambled(block), 13), 5) + 0xe6546b64) | 0
