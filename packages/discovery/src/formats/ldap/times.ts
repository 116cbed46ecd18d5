/**
 * An instant from a generalized time (RFC 4517 3.3.13): with seconds or without, a fraction, an offset. Undefined when it is none, as
 * `000001010000Z` is, which stands for something else.
 */
export const instantOf = (text: string | undefined): string | undefined => {
  if (text === undefined || text.length < 11 || text.length > 32) return undefined
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, year = '', month = '', day = '', hour = '', minute = '00', second = '00', zone = 'Z'] = match
  if (year < '0100') return undefined
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}`
  const time = Date.parse(zone === 'Z' ? `${written}Z` : `${written}${zone.slice(0, 3)}:${zone.slice(3) || '00'}`)
  if (Number.isNaN(time)) return undefined
  // As nearly all are written.
  return zone === 'Z' && day <= '28' ? `${written}Z` : isoOf(time)
}

const FORM =
  /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])(?:([0-5]\d)([0-5]\d|60)?)?(?:[.,]\d{1,9})?(Z|[+-]\d\d(?:\d\d)?)$/

/** An instant of so many days since 1970, as shadow(5) counts. */
export const instantOfDay = (days: string | undefined): string | undefined => {
  if (days === undefined || !/^\d{1,7}$/.test(days)) return undefined
  return isoOf(Number(days) * DAY)
}

/** An instant some seconds later; undefined beyond what can be written. */
export const later = (instant: string, seconds: number): string | undefined =>
  isoOf(Date.parse(instant) + seconds * 1000)

export const DAY = 86_400_000

/** The end of the year 9999: ISO 8601 writes what follows in another way. */
const LAST = 253_402_300_799_999

const isoOf = (time: number): string | undefined =>
  Number.isNaN(time) || time > LAST || time < -59_000_000_000_000
    ? undefined
    : new Date(time).toISOString().replace('.000Z', 'Z')
