import { Worker } from 'node:worker_threads'
import { Refusal } from './refusal.ts'
import type { TargetList } from './target-lists.ts'

/** A file of 5 MiB takes seconds; what takes longer than this, or more memory, is no inventory. */
const LONGEST = 120_000
const MEMORY_MB = 2048

/**
 * `readTargetList` in a thread of its own, with a limit of time and memory, so that a large file holds up nothing else. One at
 * a time. Throws Refusal `invalid-targets` when a limit is met.
 */
export const targetListReading = (longest = LONGEST): ((fileName: string, text: string) => Promise<TargetList>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (fileName, text) => {
    const reading = last.then(() => read(fileName, text, longest))
    last = reading.catch(() => {})
    return reading
  }
}

const read = async (fileName: string, text: string, longest: number): Promise<TargetList> => {
  const worker = new Worker(new URL('./target-list-worker.ts', import.meta.url), {
    workerData: { fileName, text },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    env: {},
    stdin: false,
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await new Promise<TargetList>((resolve, reject) => {
      timer = setTimeout(() => reject(tooMuch()), longest)
      worker.once('message', resolve)
      worker.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch() : error),
      )
      worker.once('exit', () => reject(tooMuch()))
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

const tooMuch = () => {
  const detail = 'reading it takes too much time or memory; split the file'
  return new Refusal(422, 'invalid-targets', detail, { errors: [{ pointer: '/inventory/text', detail }] })
}
