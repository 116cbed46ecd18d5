import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DirectorySignals } from '@rollcall/contract'
import type { ReportAck, ScanReport } from '@rollcall/contract/bus'
import type { Lent, Store } from '@rollcall/store'

/** What the thread gets to work on. */
export interface TakingThere {
  readonly lent: Lent
  readonly now: Date
  readonly report: ScanReport
  readonly signals: DirectorySignals
}

/**
 * Takes a report about a great directory in, in a thread of its own: it takes seconds, and this one answers people and hears agents. Undefined
 * where only this thread can see the database.
 */
export const takeThere = (
  store: Store,
  now: Date,
  report: ScanReport,
  signals: DirectorySignals,
): Promise<ReportAck> | undefined => {
  const lent = store.lend()
  return lent === undefined ? undefined : taken({ lent, now, report, signals })
}

const taken = async (given: TakingThere): Promise<ReportAck> => {
  const worker = new Worker(new URL('./directory-worker.ts', import.meta.url), {
    workerData: given,
    transferList: [given.lent.port],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    env: {},
    stdin: false,
  })
  const ended = once(worker, 'exit') as Promise<[number]>
  const endedEarly = ended.then(([code]) => {
    throw new Error(`the thread that takes a directory in ended with ${code}`)
  })
  // Rejects when the thread ends by an error, too.
  const [ack] = (await Promise.race([once(worker, 'message'), endedEarly])) as [ReportAck]
  await ended
  return ack
}

const MEMORY_MB = 2048
/** What is read once and dropped need not grow. */
const YOUNG_MB = 16
