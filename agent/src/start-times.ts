import { createHmac } from 'node:crypto'
import type { ScanTiming } from '@rollcall/contract/bus'

/** When targets of a run may be begun, by this machine's clock. */
export interface StartTimes {
  /** When a target's turn is. What had its turn before the order came has it as much later as that was after the run began, so that those add at most as many again. */
  of(target: string): number
  /** Waits while nothing may be begun, or even probed. False: nothing may be begun any more, since the window is over or the run was ended. */
  open(signal: AbortSignal): Promise<boolean>
}

/** A wait is looked at anew this often: whoever sets the clock in between is noticed. */
const LOOK_MS = 15_000

export const startTimes = (timing: ScanTiming | undefined, now: () => Date): StartTimes => {
  const received = now().getTime()
  const [spans, quiet] = [timing?.spans ?? [], timing?.quiet ?? []].map((list) =>
    list.map(([from, to]) => [Date.parse(from), Date.parse(to)] as const),
  ) as [Span[], Span[]]
  const key = Buffer.from(timing?.key ?? '', 'base64url')
  const total = spans.reduce((sum, [from, to]) => sum + to - from, 0)
  const begins = spans[0]?.[0] ?? received
  const until = timing?.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(timing.until)
  const quietUntil = (at: number) => quiet.find(([from, to]) => from <= at && at < to)?.[1]

  return {
    of(target) {
      if (total <= 0) return received
      const at = within(spans, createHmac('sha256', key).update(target).digest().readUIntBE(0, 6) % total)
      return at >= received ? at : received + (at - begins)
    },
    async open(signal) {
      for (;;) {
        const at = now().getTime()
        if (signal.aborted || at >= until) return false
        const end = quietUntil(at)
        if (end === undefined) return true
        await waited(end - at, signal)
      }
    },
  }
}

type Span = readonly [from: number, to: number]

/** Where a length falls in spans laid end to end. */
const within = (spans: readonly Span[], length: number): number => {
  let left = length
  for (const [from, to] of spans) {
    if (left < to - from) return from + left
    left -= to - from
  }
  return spans.at(-1)?.[1] ?? 0
}

/** Waits for some time, or less. */
const waited = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(Math.max(1, milliseconds), LOOK_MS))
    signal.addEventListener('abort', done, { once: true })
  })

/** Gives items in the order of their times, each when its time has come, while more are still being found. */
export async function* inTheirTime<T>(
  items: AsyncIterable<T>,
  timeOf: (item: T) => number,
  now: () => Date,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const waiting: { readonly at: number; readonly item: T }[] = []
  const found: { all: boolean; fault?: unknown } = { all: false }
  let news = new AbortController()
  const finding = (async () => {
    try {
      for await (const item of items) {
        const one = { at: timeOf(item), item }
        waiting.splice(placeOf(waiting, one.at), 0, one)
        if (waiting[0] === one) news.abort()
      }
    } catch (error) {
      found.fault = error
    }
    found.all = true
    news.abort()
  })()
  while (!signal.aborted && !(found.all && waiting.length === 0)) {
    const left = (waiting[0]?.at ?? Number.POSITIVE_INFINITY) - now().getTime()
    if (left <= 0) yield waiting.shift()!.item
    else {
      news = new AbortController()
      await waited(left, AbortSignal.any([signal, news.signal]))
    }
  }
  // Whoever ends a run ends what is being found for it, too.
  await finding
  if (found.fault !== undefined && !signal.aborted) throw found.fault
}

const placeOf = (sorted: readonly { readonly at: number }[], at: number): number => {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (sorted[middle]!.at <= at) from = middle + 1
    else to = middle
  }
  return from
}
