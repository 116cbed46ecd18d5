import { schedule as cron, validateDetailed } from 'node-cron'
import type { Logger } from 'pino'
import { Refusal } from './refusal.ts'
import type { Scanning } from './scans.ts'

export interface ScanSchedule {
  /** A cron expression of five fields, such as `0 3 * * *`. */
  readonly expression: string
  /** An IANA time zone, such as `Europe/Berlin`; default UTC. */
  readonly timeZone?: string
}

export interface Schedule extends AsyncDisposable {
  /** ISO 8601, UTC. */
  nextRun(): string | null
}

/** Scans all target sets at the times of a cron expression; those still being scanned then are left out. */
export const scanSchedule = (
  { expression, timeZone = 'UTC' }: ScanSchedule,
  scanning: Scanning,
  log: Logger,
): Schedule => {
  const run = async () => {
    try {
      await scanning.start({ trigger: 'schedule', by: null })
    } catch (error) {
      if (error instanceof Refusal) log.warn({ code: error.code }, `the scheduled scan did not start: ${error.message}`)
      else log.error({ err: error }, 'the scheduled scan did not start')
    }
  }
  const quiet = {
    info() {},
    debug() {},
    warn: (message: string) => log.warn(message),
    error: (message: string | Error) =>
      log.error(message instanceof Error ? { err: message } : {}, 'the schedule failed'),
  }
  const task = cron(expression, run, { timezone: timeZone, noOverlap: true, unref: true, logger: quiet })
  return {
    nextRun: () => task.getNextRun()?.toISOString() ?? null,
    async [Symbol.asyncDispose]() {
      await task.destroy()
    },
  }
}

/** What is wrong with a schedule, as a sentence; undefined when nothing is. */
export const scheduleProblem = ({ expression, timeZone = 'UTC' }: ScanSchedule): string | undefined => {
  const { valid, errors } = validateDetailed(expression)
  if (!valid)
    return `expected a cron expression such as 0 3 * * *${errors[0] === undefined ? '' : ` (${errors[0].field} is wrong)`}`
  try {
    Intl.DateTimeFormat('en', { timeZone })
    return undefined
  } catch {
    return 'expected an IANA time zone such as Europe/Berlin'
  }
}
