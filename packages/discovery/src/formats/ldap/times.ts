/**
 * An instant from a generalized time (RFC 4517 3.3.13): with seconds or without, a fraction, an offset. Undefined when it is none, as
 * `000001010000Z` is, which stands for something else.
 */
export const instantOf = (text: string | undefined): string | undefined =>
  text === undefined || text.length < 11 || text.length > 32 ? undefined : once(INSTANTS, text, readInstant)

const readInstant = (text: string): string | undefined => {
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
  return days === undefined || days.length > 7 ? undefined : once(DAYS, days, readDay)
}

const readDay = (days: string) => (/^\d{1,7}$/.test(days) ? isoOf(Number(days) * DAY) : undefined)

/** Many entries have the same times: those made at once, changed on the same day. */
const INSTANTS = new Map<string, string | undefined>()
const DAYS = new Map<string, string | undefined>()
const MOST_KEPT = 4096

const once = (known: Map<string, string | undefined>, text: string, read: (text: string) => string | undefined) => {
  const before = known.get(text)
  if (before !== undefined) return before
  const instant = read(text)
  if (known.size >= MOST_KEPT) known.clear()
  known.set(text, instant)
  return instant
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
