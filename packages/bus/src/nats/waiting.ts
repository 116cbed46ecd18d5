/** Waits; not longer than until the signal. Never rejects. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })

/** Delays that double up to a bound, each spread by half, so that a thousand agents do not knock at the same moment. */
export interface Delay {
  readonly current: number
  /** The current one; the next is longer. */
  next(): number
  reset(): void
}

export const ownDelay = (first = 250, most = 30_000, random: () => number = Math.random): Delay => {
  const spread = (step: number) => step * (0.5 + random())
  let step = first
  let current = spread(step)
  return {
    get current() {
      return current
    },
    next() {
      const delay = current
      step = Math.min(step * 2, most)
      current = spread(step)
      return delay
    },
    reset() {
      step = first
      current = spread(step)
    },
  }
}

/** What a promise gives, or the reason of the signal if that is sooner. What the promise does then is nobody's business any more. */
export const abortable = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    const end = () => signal.removeEventListener('abort', stop)
    promise.finally(end).then(resolve, reject)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
