import type { Coverage } from '@rollcall/contract/api'
import type { Store } from '@rollcall/store'

/** How much of what is in scope the inventory rests on. */
export interface CoverageCount {
  /** Counted anew when something was learned since, and at most once a second. */
  (): Promise<Coverage>
  /** Something was learned. */
  stale(): void
}

const SHORTEST_LIFE = 1000

export const coverageCount = (store: Store, now: () => Date): CoverageCount => {
  let kept: { counted: Promise<Coverage>; at: number; stale: boolean } | undefined
  const current = () => {
    if (kept === undefined || (kept.stale && now().getTime() - kept.at >= SHORTEST_LIFE)) {
      const fresh = { counted: count(store), at: now().getTime(), stale: false }
      // What could not be counted is asked for again by whoever asks next.
      fresh.counted.catch(() => kept === fresh && (kept = undefined))
      kept = fresh
    }
    return kept.counted
  }
  return Object.assign(current, { stale: () => void (kept && (kept.stale = true)) })
}

const count = async ({ relations, scans }: Store): Promise<Coverage> => {
  const [hosts, complete, looks, oldest] = await Promise.all([
    relations.count('hosts', []),
    relations.count('hosts', [{ anyOf: [{ column: 'outcome', is: 'equal', value: 'complete' }], negated: false }]),
    scans.lastLooks(),
    oldestGoodScan(relations),
  ])
  return { hosts, complete, partial: hosts - complete, neverReached: looks.never, oldest }
}

/** When the host that was not completely looked at for longest was; null when there is none that ever was. */
export const oldestGoodScan = async (relations: Store['relations']): Promise<string | null> => {
  const { rows } = await relations.page({
    relation: 'hosts',
    where: [
      {
        anyOf: [
          { column: 'last_good_scan', is: 'unknown' },
          { column: 'last_good_scan', is: 'equal', value: 'never' },
        ],
        negated: true,
      },
    ],
    sort: { column: 'last_good_scan', descending: false },
    limit: 1,
  })
  const at = rows[0]?.['last_good_scan']
  return typeof at === 'string' ? at : null
}
