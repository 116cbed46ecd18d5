import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { directoryPrivilege, type DirectorySight, type DirectoryStandingOf } from '@rollcall/inventory'
import { currentOnPage, type DirectoryTold } from '@rollcall/store'

/** Some of those who are in a directory, and whether they can take it over. */
export interface StandingsBatch {
  readonly of: 'account' | 'group'
  readonly standings: readonly DirectoryStandingOf[]
}

/** Batch after batch, and then what belongs to no entry. */
export type Standings = AsyncGenerator<StandingsBatch, DirectoryTold>

/** Works out who can take a directory over, of its pages as they are kept: so many findings. */
export type WorkOutStandings = (
  sight: DirectorySight,
  pages: AsyncIterable<readonly string[]>,
  findings: number,
) => Standings

const BATCH = 250
/** So few findings are worked out sooner than a thread starts. */
const FEW = 5000
const MEMORY_MB = 2048

/**
 * Who can take a directory over, of its pages as they are kept: in a thread of its own, where there are many, since that takes seconds which
 * must hold up nothing else. Rejects when the thread runs out of memory.
 */
export const standingsAside = (
  sight: DirectorySight,
  pages: AsyncIterable<readonly string[]>,
  findings: number,
): Standings => (findings <= FEW ? standingsHere(sight, pages) : standingsThere(sight, pages))

export async function* standingsHere(sight: DirectorySight, pages: AsyncIterable<readonly string[]>): Standings {
  const privilege = directoryPrivilege(sight)
  for await (const some of pages)
    for (const page of some) for (const finding of currentOnPage(page)) privilege.add(finding)
  const { accounts, groups, outside, unknownBecause } = privilege.resolve()
  for (const [of, all] of [['account', accounts] as const, ['group', groups] as const]) {
    let standings: DirectoryStandingOf[] = []
    for (const one of all) {
      standings.push(one)
      if (standings.length < BATCH) continue
      yield { of, standings }
      standings = []
    }
    if (standings.length > 0) yield { of, standings }
  }
  return { outside, unknownBecause }
}

/** What is said to the thread: pages come some at a time, whenever it asks for more; then it is asked for batches. */
export type Told = { readonly pages: readonly string[] } | 'no more pages' | 'next'
export type Answer = 'more' | IteratorResult<StandingsBatch, DirectoryTold>

async function* standingsThere(sight: DirectorySight, pages: AsyncIterable<readonly string[]>): Standings {
  const worker = new Worker(new URL('./standings-worker.ts', import.meta.url), {
    workerData: sight,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    env: {},
    stdin: false,
  })
  const ask = async (told: Told): Promise<Answer> => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(told)
    // Rejects when the thread ends by an error.
    return ((await once(worker, 'message')) as [Answer])[0]
  }
  try {
    for await (const some of pages) await ask({ pages: some })
    await ask('no more pages')
    while (true) {
      const answer = await ask('next')
      if (answer === 'more') throw new Error('the thread asked for pages when it had all')
      if (answer.done === true) return answer.value
      yield answer.value
    }
  } finally {
    await worker.terminate()
  }
}

/** What is read once and dropped need not grow. */
const YOUNG_MB = 16
