import type { ScanTiming } from '@rollcall/contract/bus'
import type { ScheduleRow } from '@rollcall/store'
import { isQuiet, openWithin, quietBetween, type Span } from './quiet-times.ts'
import type { Zone } from './zone.ts'

/** A run that comes later than this after its time is caught up with. */
export const LATE_MS = 120_000
const MINUTE = 60_000
/** So far ahead blackouts are told to agents. */
const AHEAD_MS = 8 * 86_400_000

/**
 * When the targets of a run are begun that begins now; `closed`: not now, since a blackout holds. A late run is spread over what is left of its window,
 * but at least half of it: so that it goes at most at twice the rate.
 */
export const timingOf = (
  {
    windowMinutes,
    closes,
    blackouts,
    spreadKey,
  }: Pick<ScheduleRow, 'windowMinutes' | 'closes' | 'blackouts' | 'spreadKey'>,
  zone: Zone,
  nominal: number,
  now: number,
): ScanTiming | 'closed' | undefined => {
  if (windowMinutes === 0 && blackouts.length === 0) return undefined
  const window = windowMinutes * MINUTE
  const isLate = now - nominal > LATE_MS
  const from = isLate ? now : nominal
  const to = isLate ? now + Math.max(window / 2, nominal + window - now) : nominal + window
  const quiet = quietBetween(blackouts, zone, [Math.min(from, now), Math.max(to, now) + AHEAD_MS])
  const spans = openWithin([from, to], quiet)
  if (window === 0 ? isQuiet(now, quiet) : spans.length === 0) return 'closed'
  const last = spans.at(-1)
  return {
    key: spreadKey,
    spans: spans.slice(0, 200).map(told),
    quiet: quiet.slice(0, 400).map(told),
    ...(closes && last !== undefined ? { until: new Date(last[1]).toISOString() } : {}),
  }
}

const told = ([from, to]: Span): [string, string] => [new Date(from).toISOString(), new Date(to).toISOString()]
