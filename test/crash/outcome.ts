import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '@rollcall/store'
import { hostAt, versionAt } from './looks.ts'

/** Hosts that the agent of a crash test looks at by turns. */
export const HOSTS = 7

/** What an agent handed over for good, held against what the inventory has of it. */
export interface CrashOutcome {
  readonly kept: number
  /** Steps whose word on the run is not there. */
  readonly lost: readonly number[]
  /** Words that took effect more than once. */
  readonly doubled: number
  /** Hosts of which something else is known than what the last look saw. */
  readonly wrong: readonly number[]
  /** Steps that are known and were never begun. */
  readonly unknown: readonly number[]
}

export const outcomeOf = async (of: {
  readonly agentFolder: string
  readonly collectorFolder: string
  readonly run: string
}): Promise<CrashOutcome> => {
  const journal = readFileSync(join(of.agentFolder, 'journal'), 'utf8')
  const [begun, kept] = [numbers(journal, 'begun'), numbers(journal, 'kept')]
  await using store = await openStore({ file: join(of.collectorFolder, 'rollcall.db') })
  const targets = (await store.scans.targets(of.run, 1_000_000)).map(({ target }) => Number(target.slice(1)))
  const { swept } = (await store.scans.summary(of.run))!
  const there = new Set(targets)
  const { rows } = await store.relations.page({
    relation: 'accounts',
    where: [],
    sort: { column: 'id', descending: false },
    limit: 500,
  })
  const wrong = Array.from({ length: HOSTS }, (_, host) => host).filter((host) => {
    const current = rows
      .filter((row) => row['host'] === `host${host}` && row['gone_since'] === null)
      .map((row) => String(row['account']))
      .sort()
    // A look that was begun and not told to be kept may be or not be.
    const possible = [kept, begun].map((steps) =>
      Math.max(...steps.filter((step) => hostAt(step, HOSTS) === host).map((step) => versionAt(step, HOSTS))),
    )
    return !possible.some((version) => current.join() === [`host${host}`, `version${version}`].join())
  })
  return {
    kept: kept.length,
    lost: kept.filter((step) => !there.has(step)),
    doubled: swept - targets.length,
    wrong,
    unknown: targets.filter((step) => !begun.includes(step)),
  }
}

const numbers = (text: string, word: string) =>
  [...text.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(([, step]) => Number(step))
