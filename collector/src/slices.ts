import { setImmediate } from 'node:timers/promises'
import type { Repositories, Store } from '@rollcall/store'

/**
 * So long a transaction may hold up others, in milliseconds of processor time, and by the clock where the machine is busy with something
 * else; what takes longer by itself takes as long as it takes.
 */
export interface Pace {
  readonly processor: number
  readonly byClock: number
}

/** Where people are answered by the same thread. */
export const SHORT: Pace = { processor: 25, byClock: 100 }
/** In a thread of its own only other writers wait: pages of the database that many rows share are then written once for all of them. */
export const LONG: Pace = { processor: 400, byClock: 1500 }

/** Works through items in transactions that are each as short as one item lets them be, and lets others work in between. */
export const inSlices = async <Item>(
  store: Store,
  pace: Pace,
  items: readonly Item[],
  work: (tx: Repositories, item: Item) => Promise<void>,
): Promise<void> => {
  if (items.length === 0) return
  let next = 0
  await sliced(store, pace, async (tx) => {
    await work(tx, items[next++]!)
    return next < items.length
  })
}

/** The same for steps of which nobody knows how many there are: each tells whether there are more. */
export const sliced = async (store: Store, pace: Pace, step: (tx: Repositories) => Promise<boolean>): Promise<void> => {
  const slice = () =>
    store.atomically(async (tx) => {
      const isOver = sliceOf(pace)
      let isMore = true
      do isMore = await step(tx)
      while (isMore && !isOver())
      return isMore
    }, LOOSELY)
  do await setImmediate()
  while (await slice())
}

/** What is lost of it is done again: whatever stands for it is kept after all of it, and durably. */
const LOOSELY = { loose: true } as const

const sliceOf = ({ processor, byClock }: Pace) => {
  const [clock, own] = [performance.now() + byClock, threadTime() + processor]
  return () => performance.now() > clock || threadTime() > own
}

const threadTime = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, nth) => from + nth)
