import type { Backlog, Bus } from '@rollcall/bus'
import { subjects } from '@rollcall/contract/bus'

/** Looks at the reports that wait to be taken in. */
export interface QueueWatch extends Disposable {
  /** As it was at most a second ago. Undefined: the broker does not say. */
  look(): Promise<Backlog | undefined>
  /** Seconds that the oldest report has waited, as it was seen last. */
  readonly lagSeconds: number
}

const EVERY_MS = 10_000
const FRESH_MS = 1000

export const watchQueue = (bus: Pick<Bus, 'backlog'>, everyMs = EVERY_MS): QueueWatch => {
  let seen: { readonly backlog: Backlog | undefined; readonly at: number } | undefined
  let looking: Promise<Backlog | undefined> | undefined

  const look = async () => {
    if (seen !== undefined && performance.now() - seen.at < FRESH_MS) return seen.backlog
    looking ??= bus.backlog(subjects.allReports).finally(() => (looking = undefined))
    const backlog = await looking
    seen = { backlog, at: performance.now() }
    return backlog
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()

  return {
    look,
    get lagSeconds() {
      return Math.round((seen?.backlog?.oldestMs ?? 0) / 100) / 10
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
