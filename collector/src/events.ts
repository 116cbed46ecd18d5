import { Readable } from 'node:stream'
import type { LiveEvent, ScanSummary } from '@rollcall/contract/api'
import { Refusal } from './refusal.ts'

/** What happens, told to whoever listens. */
export interface LiveEvents extends Disposable {
  publish(event: LiveEvent): void
  /** A scan moved: its newest summary is told, at most four times a second for each scan. */
  scanMoved(id: string): void
  /** What is known has changed: told at most once a second. */
  inventoryChanged(): void
  /**
   * The stream of events from now on, and before that those after the id a listener saw last; when they are no longer kept,
   * it is told to read everything again. It ends when the listener may no longer listen, and is cut when it reads too slowly.
   */
  subscribe(listener: { after?: string | undefined; allowed: () => Promise<boolean> }): Readable
}

export interface EventPace {
  readonly scanMs: number
  readonly inventoryMs: number
  readonly heartbeatMs: number
  /** Events kept for those who come back. */
  readonly kept: number
  /** Bytes that wait for a listener at most. */
  readonly unread: number
  readonly listeners: number
}

const PACE: EventPace = {
  scanMs: 250,
  inventoryMs: 1000,
  heartbeatMs: 15_000,
  kept: 2000,
  unread: 1024 * 1024,
  listeners: 200,
}

export const liveEvents = (
  summary: (scan: string) => Promise<ScanSummary | undefined>,
  { now, failed }: { now: () => Date; failed: (error: unknown) => void },
  pace: EventPace = PACE,
): LiveEvents => {
  const kept: { id: number; text: string }[] = []
  const listeners = new Set<Readable>()
  const paused = new Map<string, { timer: ReturnType<typeof setTimeout>; again: (() => void) | undefined }>()
  // Counts up over restarts too, so that an id of the process before is never taken for one of this.
  let last = now().getTime() * 1000

  const send = (stream: Readable, text: string) => {
    if (stream.destroyed || stream.readableEnded) return
    stream.push(text)
    if (stream.readableLength > pace.unread) stream.destroy()
  }

  const publish = (event: LiveEvent) => {
    const id = ++last
    const text = `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`
    kept.push({ id, text })
    if (kept.length > pace.kept) kept.shift()
    for (const stream of listeners) send(stream, text)
  }

  /** The first at once, the latest of those that follow too soon when its time has come. */
  const paced = (key: string, every: number, work: () => void) => {
    const waiting = paused.get(key)
    if (waiting) {
      waiting.again = work
      return
    }
    work()
    const timer = setTimeout(() => {
      const again = paused.get(key)?.again
      paused.delete(key)
      if (again) paced(key, every, again)
    }, every)
    timer.unref()
    paused.set(key, { timer, again: undefined })
  }

  const tellScan = async (id: string) => {
    try {
      const scan = await summary(id)
      if (scan) publish({ type: 'scan', scan })
    } catch (error) {
      failed(error)
    }
  }

  const heartbeat = setInterval(() => {
    for (const stream of listeners) send(stream, ': still here\n\n')
  }, pace.heartbeatMs)
  heartbeat.unref()

  return {
    publish,
    scanMoved: (id) => paced(`scan ${id}`, pace.scanMs, () => void tellScan(id)),
    inventoryChanged: () =>
      paced('inventory', pace.inventoryMs, () => publish({ type: 'inventory', at: now().toISOString() })),

    subscribe({ after, allowed }) {
      if (listeners.size >= pace.listeners)
        throw new Refusal(503, 'too-many-listeners', 'too many listen already', { retryAfter: 30 })
      const stream = new Readable({ read() {}, highWaterMark: 64 * 1024 })
      listeners.add(stream)
      const check = setInterval(() => {
        allowed().then(
          (still) => still || stream.push(null),
          (error: unknown) => {
            failed(error)
            stream.destroy()
          },
        )
      }, pace.heartbeatMs)
      check.unref()
      const leave = () => {
        listeners.delete(stream)
        clearInterval(check)
      }
      stream.once('close', leave).once('end', leave)
      send(stream, 'retry: 2000\n\n')
      if (after !== undefined) {
        const seen = Number(after)
        const oldest = kept[0]?.id ?? last + 1
        if (!/^\d{1,16}$/.test(after) || seen < oldest - 1 || seen > last)
          send(
            stream,
            `id: ${last}\ndata: ${JSON.stringify({ type: 'inventory', at: now().toISOString() } satisfies LiveEvent)}\n\n`,
          )
        else for (const { id, text } of kept) if (id > seen) send(stream, text)
      }
      return stream
    },

    [Symbol.dispose]() {
      clearInterval(heartbeat)
      for (const { timer } of paused.values()) clearTimeout(timer)
      for (const stream of listeners) stream.destroy()
    },
  }
}
