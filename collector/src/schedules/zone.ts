/** What the clocks on the wall of a time zone show. Wall times are numbers as of `Date.UTC`, though they are not of UTC. */
export interface Zone {
  /** What the clocks show at an instant. */
  wall(at: number): number
  /** The instants at which they show a wall time: none in the hour that spring leaves out, two in the one that autumn repeats. */
  instants(wall: number): number[]
  /** The first instant at which they show a wall time or, where it is left out, a later one. */
  first(wall: number): number
  /** Whether the clocks run evenly from a day before to two days after a wall time. */
  isEven(wall: number): boolean
  /** Such as `Sun 2026-03-29 03:00 GMT+2`. */
  text(at: number): string
}

const DAY = 86_400_000
const KEPT = 4096

/** Throws RangeError for a zone that this machine does not know. */
export const zoneNamed = (timeZone: string): Zone => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const named = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'shortOffset' })
  /** By minute: no zone changes its clocks within one. */
  const offsets = new Map<number, number>()

  const offset = (at: number): number => {
    const minute = Math.floor(at / 60_000)
    const known = offsets.get(minute)
    if (known !== undefined) return known
    const field: Record<string, number> = {}
    for (const { type, value } of parts.formatToParts(minute * 60_000)) field[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0, second = 0 } = field
    const fresh = Date.UTC(year, month - 1, day, hour, minutes, second) - minute * 60_000
    if (offsets.size >= KEPT) offsets.clear()
    offsets.set(minute, fresh)
    return fresh
  }

  const instants = (wall: number) => {
    const candidates = new Set([offset(wall - DAY), offset(wall + DAY)].map((shift) => wall - shift))
    return [...candidates].filter((at) => at + offset(at) === wall).toSorted((one, other) => one - other)
  }

  return {
    wall: (at) => at + offset(at),
    instants,
    first(wall) {
      const [first] = instants(wall)
      if (first !== undefined) return first
      // Clocks go forward somewhere in between: the first instant after that shows a later time.
      let [before, after] = [wall - DAY - offset(wall - DAY), wall + DAY - offset(wall + DAY)]
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2)
        if (middle + offset(middle) < wall) before = middle
        else after = middle
      }
      return after
    },
    isEven: (wall) => offset(wall - DAY) === offset(wall + 2 * DAY),
    text(at) {
      const shown = new Date(at + offset(at)).toISOString()
      const name = named.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][new Date(at + offset(at)).getUTCDay()]
      return `${day} ${shown.slice(0, 10)} ${shown.slice(11, 16)} ${name}`
    },
  }
}
