/** When a FILETIME was: 100 ns since 1601 as a decimal number. `none`: 0, or the greatest of all, which means that there is no such time. */
export const filetime = (text: string | undefined): Date | 'none' | undefined => {
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return undefined
  const ticks = BigInt(text)
  if (ticks <= 0n || ticks >= NEVER) return 'none'
  const milliseconds = Number(ticks / 10_000n) - EPOCH
  return milliseconds > LAST ? 'none' : new Date(milliseconds)
}

const NEVER = 0x7fff_ffff_ffff_ffffn
/** From 1601 to 1970. */
const EPOCH = 11_644_473_600_000
/** The end of the year 9999: ISO 8601 writes what follows in another way. */
const LAST = 253_402_300_799_999

/** A length of time as Active Directory keeps it, negative and in 100 ns, in seconds. `none`: the least of all, which means without end. */
export const interval = (text: string | undefined): number | 'none' | undefined => {
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return undefined
  const ticks = BigInt(text)
  if (ticks <= -NEVER) return 'none'
  return Number((ticks < 0n ? -ticks : ticks) / 10_000_000n)
}

/** A generalized time (RFC 4517 3.3.13) in UTC. Undefined when it is none. */
export const generalizedTime = (text: string | undefined): Date | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d{1,9})?Z$/.exec(text ?? '')
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}
