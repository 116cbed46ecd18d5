import type { Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { KEPT_PARTS } from './directory-intake.ts'

const HOUR = 3_600_000
/** Reports that are named at a time. */
const MOST_NAMED = 20

interface Tools {
  readonly now: () => Date
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly everyMs?: number
}

/**
 * Forgets findings whose report did not come within a day, such as those of an agent that was killed while it told of a directory, and says of which
 * target and agent they were: at once and then every hour. They never counted, so that nothing of the inventory changes by it.
 */
export const forgetAbandonedParts = async (
  { reportParts }: Store,
  { now, log, everyMs = HOUR }: Tools,
): Promise<Disposable> => {
  const forget = async () => {
    const abandoned = await reportParts.forgetBefore(new Date(now().getTime() - KEPT_PARTS).toISOString())
    for (const { agent, target, report } of abandoned.slice(0, MOST_NAMED))
      log.warn(
        { agent, target, report },
        'findings were forgotten: the report that they belong to did not come for a day',
      )
    if (abandoned.length > MOST_NAMED)
      log.warn({ reports: abandoned.length - MOST_NAMED }, 'findings of more reports that did not come were forgotten')
  }
  await forget()
  const timer = setInterval(
    () =>
      void forget().catch((error: unknown) =>
        log.error({ err: error }, 'findings whose report did not come could not be forgotten'),
      ),
    everyMs,
  ).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
