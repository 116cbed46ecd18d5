/** A count of the whole inventory, which costs too much to make for every request. */
export interface Remembered<T> {
  /** Made anew when something was learned since, and at most once a second. */
  (): Promise<T>
  /** Something was learned. */
  readonly stale: () => void
}

const SHORTEST_LIFE = 1000

/** `longestLife`: milliseconds after which it is made anew even so, for counts that depend on the time of day. */
export const remembered = <T>(
  count: () => Promise<T>,
  now: () => Date,
  longestLife = Number.POSITIVE_INFINITY,
): Remembered<T> => {
  let kept: { counted: Promise<T>; at: number; stale: boolean } | undefined
  const current = () => {
    const age = kept === undefined ? 0 : now().getTime() - kept.at
    if (kept === undefined || (kept.stale && age >= SHORTEST_LIFE) || age >= longestLife || age < 0) {
      const fresh = { counted: count(), at: now().getTime(), stale: false }
      // What could not be counted is counted again for whoever asks next.
      fresh.counted.catch(() => {
        if (kept === fresh) kept = undefined
      })
      kept = fresh
    }
    return kept.counted
  }
  return Object.assign(current, {
    stale: () => {
      if (kept) kept.stale = true
    },
  })
}
