/** Whether an option of a command has a value that sudo accepts; a rule with another one is skipped as a whole. */
export const isOptionValue = (option: string, value: string): boolean => {
  switch (option) {
    case 'TIMEOUT':
      return timeoutSeconds(value) !== undefined
    case 'NOTBEFORE':
    case 'NOTAFTER':
      return generalizedTime(value) !== undefined
    case 'CWD':
    case 'CHROOT':
      return value === '*' || value.startsWith('/') || value.startsWith('~')
    default:
      return true
  }
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** Seconds of a timeout such as `7d8h30m10s`, `14d` or `3600`: each unit once at most, from large to small (sudoers(5), Timeout_Spec). */
export const timeoutSeconds = (text: string): number | undefined => {
  const match = /^(?=.)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/i.exec(text)
  if (match === null) return undefined
  const seconds = UNITS.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0)
  return seconds <= 2_147_483_647 ? seconds : undefined
}

/**
 * The instant of a Generalized Time (RFC 4517 section 3.3.13) such as `20170214083000Z`, `2017021408Z` or `20160315220000-0500`
 * as ISO 8601. What names no zone is local time on the host, which only the host knows: it is taken for UTC.
 */
export const generalizedTime = (text: string): string | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(?:Z|([+-])(\d\d)(\d\d)?)?$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, sign, zoneHour, zoneMinute] = match
  const parts = [year, month, day, hour, minute ?? 0, second ?? 0].map(Number)
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts
  const offset = (sign === '-' ? -1 : 1) * (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0))
  // sudo leaves it to timegm(3), which counts on: the 30th hour is the sixth of the next day.
  const instant = new Date(0)
  instant.setUTCFullYear(y, mo - 1, d)
  instant.setUTCHours(h, mi, s)
  const time = instant.getTime() - offset * 60_000
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace('.000Z', 'Z')
}
