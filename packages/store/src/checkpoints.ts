import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/**
 * Takes the log of changes into the file, in a thread of its own: where much is written, doing so in between would hold everything up
 * for seconds. The thread starts when there is enough for the first time.
 */
export interface Checkpoints {
  /** To be called after each commit. */
  committed(): void
  /** Resolves when the log is not so long that it would grow without end; at once, nearly always. */
  room(): Promise<void>
  close(): Promise<void>
}

/** So much of the log is worth taking into the file: pages that several transactions write go there once. */
const WORTHWHILE = 32 * 1024 * 1024
/** So much may come while that is done; then writing waits. */
const MOST = 4 * WORTHWHILE

export const checkpoints = (file: string, busyMs: number): Checkpoints => {
  const log = `${file}-wal`
  let worker: Worker | undefined
  let working: { done: Promise<void>; end: () => void } | undefined
  let ended: Promise<void> | undefined
  // How long the log may be until the next time, and until writing waits. Readers may keep what was taken over in it: it goes on from there.
  let [due, most, before] = [WORTHWHILE, MOST, 0]

  const size = () => statSync(log, { throwIfNoEntry: false })?.size ?? 0
  const done = () => {
    due = size() + WORTHWHILE
    working?.end()
    working = undefined
  }
  const started = () => {
    const thread = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: { file, busyMs },
      env: {},
      stdin: false,
    })
    // An open store keeps no process alive.
    thread.unref()
    thread.on('message', done)
    ended = new Promise((resolve) => {
      const end = () => {
        if (worker === thread) worker = undefined
        done()
        resolve()
      }
      // Without the thread the writer takes its log over by itself, when it is long.
      thread.on('error', end)
      thread.on('exit', end)
    })
    return thread
  }

  const start = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    working = { done: promise, end: resolve }
    worker ??= started()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage('checkpoint')
  }
  const finished = async () => {
    worker?.ref()
    await working?.done
    worker?.unref()
  }

  return {
    committed() {
      const length = size()
      // It begins anew once all of it was taken over.
      if (length < before) [due, most] = [length + WORTHWHILE, MOST]
      before = length
      if (working === undefined && length >= due) start()
    },
    async room() {
      if (before < most) return
      await finished()
      // Nobody writes meanwhile, so that nothing is left over this time, unless for a reader.
      start()
      await finished()
      most = size() + MOST
    },
    async close() {
      if (worker === undefined) return
      worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage('close')
      await ended
    },
  }
}
