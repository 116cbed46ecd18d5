/** The time by which expiry is judged: the later of this machine's clock and what the collector last said, counted on by a clock that nobody sets. */
export interface TrustedTime {
  now(): Date
  /** The collector signed that it is so late. */
  told(at: Date): void
  /** How far this machine's clock is ahead of the collector's, as it was told last; undefined before. */
  aheadMs(): number | undefined
  /** The newest that the collector said, for the next start. */
  readonly newest: Date | undefined
}

/** `steady` counts milliseconds from any beginning, and is not set back or forward. */
export const trustedTime = (clock: () => Date, steady: () => number, before?: Date): TrustedTime => {
  let newest = before === undefined ? undefined : { at: before.getTime(), steady: steady() }
  let ahead: number | undefined
  const counted = () => (newest === undefined ? Number.NEGATIVE_INFINITY : newest.at + (steady() - newest.steady))
  return {
    now: () => new Date(Math.max(clock().getTime(), counted())),
    told(at) {
      ahead = clock().getTime() - at.getTime()
      // An answer that somebody kept back is older than what is counted here.
      if (at.getTime() > counted()) newest = { at: at.getTime(), steady: steady() }
    },
    aheadMs: () => ahead,
    get newest() {
      return newest === undefined ? undefined : new Date(counted())
    },
  }
}
