import { z } from 'zod'
import { LOCAL_SEGMENT, segmentName } from '../bus/fleet-names.ts'
import { orderClass } from '../bus/orders.ts'
import { instant } from '../text.ts'

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:30')

/**
 * When nothing is begun: on days of the week (0 is Sunday) from one time of day to another in the schedule's time zone, the next day's where that is not
 * later; or once, between two instants.
 */
export const blackout = z.union([
  z.strictObject({ days: z.array(z.int().min(0).max(6)).min(1).max(7), from: clock, to: clock }),
  z.strictObject({ from: instant, to: instant }),
])
export type Blackout = z.output<typeof blackout>

/** What becomes of a time at which the run could not begin, since the collector was down, the run before went on, or a blackout held. */
export const catchUp = z.enum(['skip', 'once', 'all'])
export type CatchUp = z.output<typeof catchUp>

/** What a schedule looks at: all of these together, less what is excluded. */
export const scheduleTargets = z.object({
  /** Every target set there is when a run begins. */
  all: z.boolean().default(false),
  /** Ids of target sets: the groups of an installation. */
  targetSets: z.array(z.string().max(64)).max(1000).default([]),
  /** Hosts, ranges, directories, `computers of` a directory. */
  include: z.array(z.string().max(512)).max(10_000).default([]),
  exclude: z.array(z.string().max(512)).max(10_000).default([]),
  /** The hosts that rows of a view are of, as the filter finds them when a run begins. */
  views: z
    .array(z.object({ view: z.string().max(64), filter: z.string().max(2000) }))
    .max(20)
    .default([]),
  /** Whose agents look at `include`, and at hosts of views that lie in no target set. */
  segment: segmentName.default(LOCAL_SEGMENT),
})
export type ScheduleTargets = z.output<typeof scheduleTargets>

export const scheduleWish = z.object({
  name: z.string().trim().min(1).max(100),
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: z.string().trim().min(9).max(200),
  /** Of the IANA database, such as `Europe/Berlin`. */
  zone: z.string().max(64).default('UTC'),
  targets: scheduleTargets,
  /** Starts are spread over so many minutes from its time on; 0: all at once. */
  windowMinutes: z.int().min(0).max(10_080).default(0),
  /** Whether what has not begun when the window ends is left out of this run, and told so. */
  closes: z.boolean().default(false),
  blackouts: z.array(blackout).max(50).default([]),
  catchUp: catchUp.default('once'),
  /** Urgent runs go before routine ones wherever both wait. */
  class: orderClass.default('routine'),
})
export type ScheduleWish = z.output<typeof scheduleWish>

/**
 * How a time of a schedule fared. `due`: it waits; `running`; `finished`; `cancelled`; `failed`: it could not begin; `missed`: its time passed, and the
 * schedule does not catch up; `coalesced`: another run stands for it.
 */
export const scheduleRunState = z.enum(['due', 'running', 'finished', 'cancelled', 'failed', 'missed', 'coalesced'])
export type ScheduleRunState = z.output<typeof scheduleRunState>

export const scheduleRun = z.object({
  /** The time that it stands for, whenever it began. */
  nominal: z.string(),
  /** The same on the clocks of the schedule's zone, such as `Sun 2026-03-29 03:00 GMT+2`. */
  local: z.string(),
  trigger: z.enum(['schedule', 'person']),
  by: z.string().nullable(),
  state: scheduleRunState,
  /** Why it is not `finished`, as a sentence. */
  reason: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Its scans, one for each segment. */
  scans: z.array(z.string()),
})
export type ScheduleRun = z.output<typeof scheduleRun>

export const scheduleItem = z.object({
  id: z.string(),
  ...scheduleWish.shape,
  /** Where it is written: one of the settings file is changed there. */
  source: z.enum(['settings', 'person']),
  paused: z.boolean(),
  pausedBy: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
  changedAt: z.string(),
  /** The next times, of a paused one too; none: there is no such time within ten years. */
  next: z.array(z.object({ at: z.string(), local: z.string(), blackout: z.boolean() })),
  /** The newest runs and times that passed, the newest first. */
  runs: z.array(scheduleRun),
})
export type ScheduleItem = z.output<typeof scheduleItem>

/** `GET /api/v1/schedules` */
export const scheduleList = z.object({ schedules: z.array(scheduleItem) })
/** `GET /api/v1/schedules/{id}`, and the answer to everything that changes one. */
export const scheduleDetail = z.object({ schedule: scheduleItem })

/** `PATCH /api/v1/schedules/{id}`: what is not named stays as it is. */
export const changeSchedule = z.object({
  name: scheduleWish.shape.name.optional(),
  cron: scheduleWish.shape.cron.optional(),
  zone: z.string().max(64).optional(),
  targets: scheduleTargets.optional(),
  windowMinutes: z.int().min(0).max(10_080).optional(),
  closes: z.boolean().optional(),
  blackouts: z.array(blackout).max(50).optional(),
  catchUp: catchUp.optional(),
  class: orderClass.optional(),
})
export type ChangeSchedule = z.output<typeof changeSchedule>

/** `POST /api/v1/schedules/preview`: what a schedule would do. */
export const schedulePreview = z.object({
  next: scheduleItem.shape.next,
  /** What it looks at now, in each segment. */
  segments: z.array(z.object({ segment: z.string(), entries: z.int(), addresses: z.int() })),
})
export type SchedulePreview = z.output<typeof schedulePreview>
