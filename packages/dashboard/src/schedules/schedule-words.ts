import type { Blackout, ScheduleItem, ScheduleRunState } from '@rollcall/contract/api'
import { counted } from '../format/count.ts'
import type { Tone } from '../format/tone.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** What a schedule looks at, in a few words each. */
export const targetWords = ({ targets }: Pick<ScheduleItem, 'targets'>, nameOf: (set: string) => string): string[] => [
  ...(targets.all ? ['every target set'] : []),
  ...targets.targetSets.map((id) => nameOf(id)),
  ...targets.include,
  ...targets.views.map(
    ({ view, filter }) => `${view === 'hosts' ? 'hosts' : `hosts of ${view}`}${filter === '' ? '' : ` with ${filter}`}`,
  ),
]

/** How starts are spread, and what becomes of what is late. */
export const manner = ({ windowMinutes, closes, catchUp, class: queue }: ScheduleItem): string =>
  [
    windowMinutes === 0
      ? 'starts at once'
      : `starts spread over ${duration(windowMinutes)}${closes ? ', nothing begins after' : ''}`,
    { skip: 'misses are left out', once: 'misses are caught up once', all: 'each miss is caught up in its window' }[
      catchUp
    ],
    ...(queue === 'urgent' ? ['urgent'] : []),
  ].join(', ')

const duration = (minutes: number) => (minutes % 60 === 0 ? counted(minutes / 60, 'hour') : counted(minutes, 'minute'))

/** `Fri Sat 22:00–06:00`, or from one instant to another one. */
export const blackoutWords = (blackout: Blackout): string =>
  'days' in blackout
    ? `${blackout.days.length === 7 ? 'daily' : blackout.days.map((day) => DAYS[day]).join(' ')} ${blackout.from}–${blackout.to}`
    : `${blackout.from.slice(0, 16).replace('T', ' ')} to ${blackout.to.slice(0, 16).replace('T', ' ')} UTC`

const TONES: Record<ScheduleRunState, Tone> = {
  due: 'plain',
  running: 'active',
  finished: 'good',
  cancelled: 'plain',
  failed: 'bad',
  missed: 'bad',
  coalesced: 'plain',
}
export const toneOfRun = (state: ScheduleRunState): Tone => TONES[state]

const LINE =
  /^((?:sun|mon|tue|wed|thu|fri|sat|daily)(?:[ ,]+(?:sun|mon|tue|wed|thu|fri|sat))*) +(\d\d:\d\d)[-–](\d\d:\d\d)$/i

/** Blackouts as people write them, one per line; `undefined` for the first line that is none. */
export const blackoutsOf = (text: string): { blackouts: Blackout[] } | { line: string } => {
  const blackouts: Blackout[] = []
  for (const line of text
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const [, words, from, to] = LINE.exec(line) ?? []
    const instants = line.split(/\/| to /).map(
      (part) =>
        new Date(
          `${part
            .trim()
            .replace(' ', 'T')
            .replace(/( UTC)?$/, '')}Z`.replace('ZZ', 'Z'),
        ),
    )
    if (words !== undefined && from !== undefined && to !== undefined) {
      const named = words.toLowerCase().split(/[ ,]+/)
      const days = named.includes('daily')
        ? [0, 1, 2, 3, 4, 5, 6]
        : named.map((word) => DAYS.findIndex((day) => day.toLowerCase() === word))
      blackouts.push({ days, from, to })
    } else if (instants.length === 2 && instants.every((at) => !Number.isNaN(at.getTime())))
      blackouts.push({ from: instants[0]!.toISOString(), to: instants[1]!.toISOString() })
    else return { line }
  }
  return { blackouts }
}
