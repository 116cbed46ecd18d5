import { randomBytes, randomUUID } from 'node:crypto'
import type {
  ChangeSchedule,
  ScheduleItem,
  SchedulePreview,
  ScheduleRunState,
  ScheduleWish,
} from '@rollcall/contract/api'
import type { OrderClass, ScanTiming } from '@rollcall/contract/bus'
import type { Repositories, ScheduleRow, ScheduleRunRow, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { inTurn } from '../in-turn.ts'
import { Refusal } from '../refusal.ts'
import { addressesIn } from '../scan-parts.ts'
import { cronProblem, cronTimes, type CronTimes } from './cron-times.ts'
import { isQuiet, quietBetween } from './quiet-times.ts'
import { LATE_MS, timingOf } from './run-timing.ts'
import { chosenTargets, targetMistakes, type ChosenTargets } from './schedule-targets.ts'

/** The schedule of the settings: all target sets at the times of a cron expression. */
export interface ScanSchedule {
  /** A cron expression of five fields, such as `0 3 * * *`. */
  readonly expression: string
  /** An IANA time zone, such as `Europe/Berlin`; default UTC. */
  readonly timeZone?: string
}

/** A scan that a schedule begins. */
export interface ScheduledScan {
  readonly schedule: string
  readonly by: string
  readonly trigger: 'schedule' | 'person'
  readonly chosen: readonly ChosenTargets[]
  readonly timing: ScanTiming | undefined
  readonly class: OrderClass
}

export interface ScheduleTools {
  readonly store: Store
  readonly scanning: {
    /** Begins one scan for each segment; what `also` writes is written with them or not at all. Throws Refusal when it can begin none. */
    begin(scan: ScheduledScan, also: (tx: Repositories, scans: readonly string[]) => Promise<void>): Promise<unknown>
    cancel(id: string, by: string): Promise<unknown>
  }
  readonly settings?: ScanSchedule
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds between two looks at the clock; 0: only when told to. */
  readonly everyMs?: number
}

export interface Schedules extends AsyncDisposable {
  all(): Promise<ScheduleItem[]>
  /** Refusal `not-found`, here and in all that follow. */
  byId(id: string): Promise<ScheduleItem>
  /** What it would do. Refusal `invalid-schedule` names every mistake. */
  preview(wish: ScheduleWish): Promise<SchedulePreview>
  create(wish: ScheduleWish, by: string): Promise<ScheduleItem>
  /** Refusal `in-settings` for one that is written elsewhere. */
  change(id: string, change: ChangeSchedule, by: string): Promise<ScheduleItem>
  remove(id: string, by: string): Promise<void>
  /** What passes while it is paused is passed over. A run that goes on goes on. */
  pause(id: string, by: string): Promise<ScheduleItem>
  resume(id: string, by: string): Promise<ScheduleItem>
  /** Refusals `scan-running`, and those of starting a scan. */
  run(id: string, by: string): Promise<ScheduleItem>
  /** Ends its scans. Refusal `not-running`. */
  cancel(id: string, by: string): Promise<ScheduleItem>
  /** When the next of all is due: ISO 8601, UTC. */
  nextRun(): string | null
  /** Looks at the clock, and begins what is due. */
  tick(): Promise<void>
}

const NEXT = 5
const SHOWN_RUNS = 10
/** Of times that passed unseen, so many have a row of their own, and of those longer ago none. */
const MOST_PASSED = 500
const LOOKED_BACK_MS = 32 * 86_400_000
const KEPT_RUNS_MS = 90 * 86_400_000
const SETTINGS = 'settings'

interface Kept {
  row: ScheduleRow
  readonly times: CronTimes
  next: Date | undefined
  /** Times that wait, and runs that go on. */
  open: readonly ScheduleRunRow[]
}

/**
 * Does at its times what schedules say. Each time is a row under its nominal instant, written before anything is begun and together with what is begun:
 * whatever the clock or the process does, none is begun twice, and none passes without a word.
 */
export const openSchedules = async (tools: ScheduleTools): Promise<Schedules> => {
  const { store, scanning, settings, now, log, everyMs = 1000 } = tools
  const kept = new Map<string, Kept>()
  const turn = inTurn()

  const keep = async (row: ScheduleRow): Promise<Kept> => {
    const before = kept.get(row.id)
    const same = before !== undefined && before.row.cron === row.cron && before.row.zone === row.zone
    const times = same ? before.times : cronTimes(row.cron, row.zone)
    const fresh = {
      row,
      times,
      next: times.after(new Date(row.considered)),
      open: await store.schedules.openRuns(row.id),
    }
    kept.set(row.id, fresh)
    return fresh
  }

  const existing = (id: string): Kept => {
    const one = kept.get(id)
    if (one === undefined) throw new Refusal(404, 'not-found', 'there is no such schedule')
    return one
  }

  const write = async (row: ScheduleRow, by: string, action: string, detail: string | null, dropsDue = false) => {
    await store.atomically(async (tx) => {
      await tx.schedules.save(row)
      if (dropsDue)
        for (const run of await tx.schedules.openRuns(row.id))
          if (run.state === 'due')
            await tx.schedules.saveRun(ended(run, 'missed', 'the schedule was changed', row.changedAt))
      await tx.audit.append({ at: now().toISOString(), actor: by, action, object: row.id, detail })
    })
    return item(await keep(row))
  }

  /** Writes down the times that came since it was looked at last. */
  const notice = async (one: Kept, at: Date): Promise<void> => {
    const { row, times } = one
    const before = Date.parse(row.considered)
    if (before > at.getTime()) {
      // The clock was set back. What was begun in a time that has not come yet stays begun.
      const fresh = { ...row, considered: at.toISOString() }
      await store.atomically(async (tx) => {
        await tx.schedules.takeBack(row.id, fresh.considered)
        await tx.schedules.save(fresh)
      })
      log.warn({ schedule: row.id }, 'the clock was set back; times that had passed come again')
      await keep(fresh)
      return
    }
    if (one.next === undefined || one.next > at) return
    const { passed, lost } = passedBetween(times, new Date(before), at)
    const rows: ScheduleRunRow[] = passed.map((nominal) => dueRun(row.id, nominal))
    const last = passed.at(-1)
    if (last === undefined) return
    if (lost !== undefined)
      rows.unshift(
        ended(
          dueRun(row.id, lost),
          'missed',
          `nobody was there from then on; further times before ${passed[0]!.toISOString()} passed too`,
          at.toISOString(),
        ),
      )
    const fresh = { ...row, considered: last.toISOString() }
    await store.atomically(async (tx) => {
      await tx.schedules.addRuns(rows)
      await tx.schedules.save(fresh)
    })
    await keep(fresh)
  }

  /** Ends runs whose scans have ended. */
  const settle = async (one: Kept, at: Date): Promise<void> => {
    for (const run of one.open) {
      if (run.state !== 'running') continue
      const scans = await Promise.all(run.scans.map((id) => store.scans.summary(id)))
      if (scans.some((scan) => scan !== undefined && scan.state !== 'finished' && scan.state !== 'cancelled')) continue
      const isCancelled = scans.some((scan) => scan?.state === 'cancelled')
      await store.schedules.saveRun(
        ended(
          run,
          isCancelled ? 'cancelled' : 'finished',
          isCancelled ? 'it was cancelled' : run.reason,
          at.toISOString(),
        ),
      )
    }
    one.open = await store.schedules.openRuns(one.row.id)
  }

  const close = async (runs: readonly ScheduleRunRow[], state: 'missed' | 'coalesced', reason: string, at: Date) => {
    for (const run of runs) await store.schedules.saveRun(ended(run, state, reason, at.toISOString()))
  }

  /** Decides about times that wait: at most one is begun, and only where none goes on. */
  const decide = async (one: Kept, at: Date): Promise<void> => {
    const { row } = one
    const due = one.open.filter(({ state }) => state === 'due')
    const newest = due.at(-1)
    if (newest === undefined) return
    const running = one.open.find(({ state }) => state === 'running')
    const older = due.slice(0, -1)
    if (running !== undefined) {
      const stands = `the run of ${one.times.zone.text(Date.parse(running.nominal))} was still going on`
      if (row.catchUp === 'skip') await close(due, 'coalesced', stands, at)
      if (row.catchUp === 'once') await close(older, 'coalesced', 'a later time stands for it', at)
      return
    }
    const isLate = ({ nominal }: ScheduleRunRow) => at.getTime() - Date.parse(nominal) > LATE_MS
    const isOver = ({ nominal }: ScheduleRunRow) =>
      at.getTime() > Date.parse(nominal) + Math.max(row.windowMinutes * 60_000, LATE_MS)
    let chosen: ScheduleRunRow | undefined = newest
    if (row.catchUp === 'all') {
      await close(due.filter(isOver), 'missed', 'its window was over before it could begin', at)
      chosen = due.find((run) => !isOver(run))
    } else {
      const late = row.catchUp === 'skip' ? due.filter(isLate) : []
      await close(late, 'missed', 'nothing could begin at its time, and the schedule does not catch up', at)
      await close(
        older.filter((run) => !late.includes(run)),
        'coalesced',
        'a later time stands for it',
        at,
      )
      if (late.includes(newest)) chosen = undefined
    }
    if (chosen === undefined) return
    const timing = timingOf(row, one.times.zone, Date.parse(chosen.nominal), at.getTime())
    if (timing === 'closed') {
      if (row.catchUp === 'skip') await close([chosen], 'missed', 'a blackout held at its time', at)
      return
    }
    await begin(one, chosen, timing, at)
  }

  const begin = async (one: Kept, run: ScheduleRunRow, timing: ScanTiming | undefined, at: Date): Promise<void> => {
    const { row } = one
    const startedAt = at.toISOString()
    try {
      await scanning.begin(
        {
          schedule: row.id,
          by: run.by ?? row.name,
          trigger: run.trigger,
          chosen: await chosenTargets(store, row.targets, at),
          timing,
          class: row.class,
        },
        (tx, scans) => tx.schedules.saveRun({ ...run, state: 'running', startedAt, scans: [...scans] }),
      )
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (run.trigger === 'person') throw error
      log.warn({ schedule: row.id, code: error.code }, `a scheduled scan did not start: ${error.message}`)
      const state = error.code === 'scan-running' ? 'coalesced' : 'failed'
      await store.schedules.saveRun(ended(run, state, error.message.slice(0, 500), startedAt))
    }
  }

  const look = async (one: Kept, at: Date): Promise<void> => {
    const { id, paused } = one.row
    if (!paused) await notice(one, at)
    const fresh = kept.get(id)
    if (fresh === undefined || fresh.open.length === 0) return
    await settle(fresh, at)
    if (!paused) await decide(fresh, at)
    fresh.open = await store.schedules.openRuns(id)
  }

  const tick = () =>
    turn(async () => {
      const at = now()
      // The urgent go first where agents have room for some only.
      const order = [...kept.values()].toSorted(
        (one, other) => Number(other.row.class === 'urgent') - Number(one.row.class === 'urgent'),
      )
      for (const one of order)
        await look(one, at).catch((error: unknown) =>
          log.error({ err: error, schedule: one.row.id }, 'a schedule could not be looked at'),
        )
    })

  const check = async (wish: ScheduleWish) => {
    const errors = targetMistakes(wish.targets, await store.targetSets.all())
    const problem =
      wish.cron.split(/\s+/).length === 5
        ? cronProblem(wish.cron, wish.zone)
        : 'expected five fields, such as 0 3 * * *'
    if (problem !== undefined)
      errors.unshift({ pointer: problem.includes('time zone') ? '/zone' : '/cron', detail: problem })
    for (const [index, blackout] of wish.blackouts.entries())
      if (!('days' in blackout) && blackout.from >= blackout.to)
        errors.push({ pointer: `/blackouts/${index}/to`, detail: 'it ends before it begins' })
    if (errors.length > 0)
      throw new Refusal(422, 'invalid-schedule', 'the schedule cannot be kept as it is; nothing was changed', {
        errors,
      })
    // A filter that cannot be read is refused with its place.
    return chosenTargets(store, wish.targets, now())
  }

  const nextTimes = ({
    row,
    times,
  }: Pick<Kept, 'times'> & { row: Pick<ScheduleRow, 'blackouts' | 'windowMinutes'> }): ScheduleItem['next'] => {
    const next: ScheduleItem['next'] = []
    for (let at = times.after(now()); at !== undefined && next.length < NEXT; at = times.after(at)) {
      const [from, to] = [at.getTime(), at.getTime() + row.windowMinutes * 60_000]
      const quiet = quietBetween(row.blackouts, times.zone, [from, to + 1])
      const isAllQuiet = isQuiet(from, quiet) && quiet.some(([begins, ends]) => begins <= from && ends >= to)
      next.push({ at: at.toISOString(), local: times.zone.text(from), blackout: isAllQuiet })
    }
    return next
  }

  const item = async (one: Kept): Promise<ScheduleItem> => {
    const { considered: _, spreadKey: __, ...row } = one.row
    const runs = await store.schedules.newestRuns(row.id, SHOWN_RUNS)
    return {
      ...row,
      next: nextTimes(one),
      runs: runs.map(({ schedule: _, ...run }) => ({ ...run, local: one.times.zone.text(Date.parse(run.nominal)) })),
    }
  }

  const changeable = (id: string): Kept => {
    const one = existing(id)
    if (one.row.source === 'settings')
      throw new Refusal(
        409,
        'in-settings',
        'it comes from the settings of "rollcall up"; change it there, and start it anew',
      )
    return one
  }

  const created = (wish: ScheduleWish, id: string, source: ScheduleRow['source'], by: string): ScheduleRow => {
    const at = now().toISOString()
    return {
      ...wish,
      id,
      source,
      paused: false,
      pausedBy: null,
      createdAt: at,
      createdBy: by,
      changedAt: at,
      considered: at,
      spreadKey: randomBytes(32).toString('base64url'),
    }
  }

  /** The schedule of the settings is what they say now; only whether it is paused, and what came of it, is kept. */
  const takeSettings = async () => {
    const before = kept.get(SETTINGS)?.row
    if (settings === undefined) {
      if (before === undefined) return
      await store.schedules.remove(SETTINGS)
      kept.delete(SETTINGS)
      return
    }
    const wish = { ...DEFAULT, cron: settings.expression, zone: settings.timeZone ?? 'UTC' }
    const fresh = created(wish, SETTINGS, 'settings', 'settings')
    const isSame = before?.cron === wish.cron && before.zone === wish.zone
    const row =
      before === undefined
        ? fresh
        : isSame
          ? before
          : { ...before, ...wish, changedAt: fresh.changedAt, considered: fresh.considered }
    await store.schedules.save(row)
    await keep(row)
  }

  for (const row of await store.schedules.all()) await keep(row)
  await takeSettings()
  await store.schedules.forgetRuns(new Date(now().getTime() - KEPT_RUNS_MS).toISOString())
  let isLooking = false
  const lookAgain = async () => {
    if (isLooking) return
    isLooking = true
    await tick().finally(() => (isLooking = false))
  }
  const timer =
    everyMs === 0
      ? undefined
      : setInterval(
          () =>
            void lookAgain().catch((error: unknown) => log.error({ err: error }, 'schedules could not be looked at')),
          everyMs,
        )
  timer?.unref()

  return {
    all: () => Promise.all([...kept.values()].toSorted(byName).map(item)),
    byId: async (id) => item(existing(id)),
    async preview(wish) {
      const chosen = await check(wish)
      return {
        next: nextTimes({ row: wish, times: cronTimes(wish.cron, wish.zone) }),
        segments: chosen.map(({ segment, sets }) => ({
          segment,
          entries: sets.reduce((sum, { include }) => sum + include.length, 0),
          addresses: sets.reduce((sum, { include }) => sum + addressesIn(include), 0),
        })),
      }
    },
    create: (wish, by) =>
      turn(async () => {
        await check(wish)
        return write(created(wish, randomUUID(), 'person', by), by, 'schedule-created', wish.name)
      }),
    change: (id, change, by) =>
      turn(async () => {
        const { row } = changeable(id)
        const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
        const at = now().toISOString()
        const next: ScheduleRow = { ...row, ...named, changedAt: at }
        await check(next)
        const isOfOtherTimes = next.cron !== row.cron || next.zone !== row.zone
        return write(
          isOfOtherTimes ? { ...next, considered: at } : next,
          by,
          'schedule-changed',
          Object.keys(named).join(', '),
          isOfOtherTimes,
        )
      }),
    remove: (id, by) =>
      turn(async () => {
        const { row, open } = changeable(id)
        if (open.some(({ state }) => state === 'running'))
          throw new Refusal(409, 'scan-running', 'a run of it goes on; cancel that first')
        await store.atomically(async (tx) => {
          await tx.schedules.remove(id)
          await tx.audit.append({
            at: now().toISOString(),
            actor: by,
            action: 'schedule-removed',
            object: id,
            detail: row.name,
          })
        })
        kept.delete(id)
      }),
    pause: (id, by) =>
      turn(async () =>
        write({ ...existing(id).row, paused: true, pausedBy: by }, by, 'schedule-paused', existing(id).row.name),
      ),
    resume: (id, by) =>
      turn(async () => {
        const { row } = existing(id)
        const isPaused = row.paused
        const next = { ...row, paused: false, pausedBy: null, ...(isPaused ? { considered: now().toISOString() } : {}) }
        return write(next, by, 'schedule-resumed', row.name)
      }),
    run: (id, by) =>
      turn(async () => {
        const one = existing(id)
        const at = now()
        await settle(one, at)
        if (one.open.some(({ state }) => state === 'running'))
          throw new Refusal(409, 'scan-running', 'a run of it goes on already')
        await begin(
          one,
          { ...dueRun(id, at), trigger: 'person', by },
          withoutSpread(timingOf(one.row, one.times.zone, at.getTime(), at.getTime())),
          at,
        )
        one.open = await store.schedules.openRuns(id)
        return item(one)
      }),
    cancel: (id, by) =>
      turn(async () => {
        const one = existing(id)
        const running = one.open.filter(({ state }) => state === 'running')
        if (running.length === 0) throw new Refusal(409, 'not-running', 'no run of it goes on')
        for (const scan of running.flatMap(({ scans }) => scans))
          await scanning.cancel(scan, by).catch((error: unknown) => {
            if (!(error instanceof Refusal)) throw error
          })
        await settle(one, now())
        return item(one)
      }),
    nextRun: () => {
      const at = now()
      const next = [...kept.values()].flatMap(({ row, times }) => (row.paused ? [] : (times.after(at) ?? [])))
      return next.toSorted((one, other) => one.getTime() - other.getTime())[0]?.toISOString() ?? null
    },
    tick,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await turn(async () => {})
    },
  }
}

const DEFAULT: ScheduleWish = {
  name: 'Default',
  cron: '0 */6 * * *',
  zone: 'UTC',
  targets: { all: true, targetSets: [], include: [], exclude: [], views: [], segment: 'local' },
  windowMinutes: 0,
  closes: false,
  blackouts: [],
  catchUp: 'skip',
  class: 'routine',
}

const dueRun = (schedule: string, nominal: Date): ScheduleRunRow => ({
  schedule,
  nominal: nominal.toISOString(),
  trigger: 'schedule',
  by: null,
  state: 'due',
  reason: null,
  startedAt: null,
  endedAt: null,
  scans: [],
})

const ended = (run: ScheduleRunRow, state: ScheduleRunState, reason: string | null, at: string): ScheduleRunRow => ({
  ...run,
  state,
  reason,
  endedAt: at,
})

/** Times after an instant up to another one: the last of them, and the first of those left out. */
const passedBetween = (times: CronTimes, after: Date, upTo: Date): { passed: Date[]; lost: Date | undefined } => {
  const passed: Date[] = []
  const start = new Date(Math.max(after.getTime(), upTo.getTime() - LOOKED_BACK_MS))
  let lost = start > after ? times.after(after) : undefined
  if (lost !== undefined && lost > start) lost = undefined
  for (let at = times.after(start); at !== undefined && at <= upTo; at = times.after(at)) {
    passed.push(at)
    if (passed.length > MOST_PASSED) lost ??= passed[0]
    if (passed.length > MOST_PASSED) passed.shift()
  }
  return { passed, lost: lost === undefined || (passed[0] !== undefined && lost >= passed[0]) ? undefined : lost }
}

/** Whoever asks for a run wants it now: it is not spread, and blackouts hold all the same. */
const withoutSpread = (timing: ScanTiming | 'closed' | undefined): ScanTiming | undefined => {
  if (timing === 'closed')
    throw new Refusal(409, 'blackout', 'a blackout of the schedule holds now; nothing is begun in it')
  return timing === undefined ? undefined : { key: timing.key, spans: [], quiet: timing.quiet }
}

const byName = (one: Kept, other: Kept) => one.row.name.localeCompare(other.row.name, 'en')
