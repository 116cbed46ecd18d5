import type { Coverage } from '@rollcall/contract/api'
import type { Condition, Store } from '@rollcall/store'

/** How much of what is in scope the inventory rests on. */
export const countCoverage = async ({ relations, scans }: Store): Promise<Coverage> => {
  const [hosts, complete, looks, oldest] = await Promise.all([
    relations.count('hosts', []),
    relations.count('hosts', [is('outcome', 'complete')]),
    scans.lastLooks(),
    oldestGoodScan(relations),
  ])
  return { hosts, complete, partial: hosts - complete, neverReached: looks.never, oldest }
}

/** When the host that was not completely looked at for longest was; null when there is none that ever was. */
export const oldestGoodScan = async (relations: Store['relations']): Promise<string | null> => {
  const { rows } = await relations.page({
    relation: 'hosts',
    where: [{ anyOf: [{ column: 'last_good_scan', is: 'unknown' }], negated: true }],
    sort: { column: 'last_good_scan', descending: false },
    limit: 1,
  })
  const at = rows[0]?.['last_good_scan']
  return typeof at === 'string' ? at : null
}

/** That a column is one of these words. */
export const is = (column: string, ...words: readonly string[]): Condition => ({
  anyOf: words.map((value) => ({ column, is: 'equal', value })),
  negated: false,
})

/** That a column is empty. */
export const empty = (column: string): Condition => ({ anyOf: [{ column, is: 'unknown' }], negated: false })
