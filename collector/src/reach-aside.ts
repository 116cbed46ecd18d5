import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ReachRow } from '@rollcall/inventory'
import type { MoversFound, ReachFound, ReachQuestion } from './reach-question.ts'

/** A reach graph in a thread of its own: half a million keys take seconds, which must hold up nothing else. */
export interface ReachGraphAside extends AsyncDisposable {
  ask(question: Extract<ReachQuestion, { about: 'reach' }>): Promise<ReachFound | undefined>
  ask(question: Extract<ReachQuestion, { about: 'movers' }>): Promise<MoversFound>
  /** Resolves when everything that was asked until now is answered. */
  answered(): Promise<void>
}

const MEMORY_MB = 2048
/** Rows that travel at once: reading and sending them takes a few milliseconds. */
const ROWS_AT_ONCE = 500

/** Makes the graph of all rows. Rejects, as do all questions, when the thread runs out of memory. */
export const reachGraphAside = async (rows: AsyncIterable<ReachRow>): Promise<ReachGraphAside> => {
  const worker = new Worker(new URL('./reach-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    env: {},
    stdin: false,
  })
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: unknown) => void }>()
  const asking = new Set<Promise<unknown>>()
  let [asked, failure] = [0, undefined as unknown]
  const fail = (error: unknown) => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread of the reach graph has ended')))
  worker.on('message', ({ number, answer, error }: { number: number; answer: never; error?: unknown }) => {
    const one = waiting.get(number)
    waiting.delete(number)
    if (error === undefined) one?.resolve(answer)
    else one?.reject(error)
  })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const say = (message: unknown) => worker.postMessage(message)

  try {
    let batch: ReachRow[] = []
    for await (const row of rows) {
      batch.push(row)
      if (batch.length < ROWS_AT_ONCE) continue
      say({ rows: batch })
      batch = []
      await setImmediate()
    }
    say({ rows: batch })
  } catch (error) {
    await worker.terminate()
    throw error
  }

  return {
    async ask(question: ReachQuestion) {
      const answer = new Promise<never>((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        const number = asked++
        waiting.set(number, { resolve, reject })
        say({ number, question })
      })
      asking.add(answer)
      try {
        return await answer
      } finally {
        asking.delete(answer)
      }
    },
    answered: async () => void (await Promise.allSettled(asking)),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}
