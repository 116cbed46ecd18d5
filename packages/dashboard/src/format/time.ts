const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago, or until: `just now`, `12 min ago`, `in 3 h`, `5 days ago`, `14 months ago`. */
export const relativeTime = (instant: string, now: number): string => {
  const at = Date.parse(instant)
  if (Number.isNaN(at)) return instant
  const distance = Math.abs(now - at)
  if (distance < 45 * SECOND) return 'just now'
  const span = duration(distance)
  return at <= now ? `${span} ago` : `in ${span}`
}

/** A span of time in its largest unit. */
export const duration = (milliseconds: number): string => {
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / SECOND)} s`
  if (milliseconds < 90 * MINUTE) return `${Math.round(milliseconds / MINUTE)} min`
  if (milliseconds < 36 * HOUR) return `${Math.round(milliseconds / HOUR)} h`
  const days = Math.round(milliseconds / DAY)
  if (days < 60) return `${days} days`
  const months = Math.round(days / 30.44)
  return months < 24 ? `${months} months` : `${Math.floor(days / 365.25)} years`
}

/** An instant in full: `2026-11-22 06:41:05 UTC`. A day stays a day. */
export const absoluteTime = (instant: string): string => {
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) return instant
  const text = at.toISOString()
  return instant.length <= 10 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`
}

/** Whether a text is an instant or a day, rather than a word such as `never`. */
export const isTime = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) && !Number.isNaN(Date.parse(text))
