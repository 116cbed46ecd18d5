import { describeReason, reasonCode } from '@rollcall/contract'
import { privilegePath, type Overview } from '@rollcall/contract/api'
import type { Condition, RelationName, Store } from '@rollcall/store'
import { empty, is, oldestGoodScan } from './coverage.ts'
import { DAY } from './view.ts'

const RECENT = 20

/** What there is at a glance: first how much of it was looked at. */
export const countOverview = async (store: Store, now: Date, nextScanAt: string | null): Promise<Overview> => {
  const { relations, scans, scopes } = store
  const count = (relation: RelationName, ...where: Condition[]) => relations.count(relation, where)
  const accounts = (...where: Condition[]) => count('accounts', empty('gone_since'), ...where)
  const keys = (...where: Condition[]) => count('keys', empty('gone_since'), ...where)
  const opening = is('role', 'authorized', 'authority')
  const privileged = is('privileged', 'yes')
  const since = new Date(now.getTime() - DAY).toISOString()

  const [looks, hosts, within, oldest, gaps, byPath, keyTotals, recent, [last]] = await Promise.all([
    scans.lastLooks(),
    count('hosts'),
    count('hosts', { anyOf: [{ column: 'last_seen', is: '>=', value: since }], negated: false }),
    oldestGoodScan(relations),
    Promise.all(
      reasonCode.options.map(async (code) => ({
        code,
        hosts: await count('outcomes', is('reason', code), { ...is('status', 'complete'), negated: true }),
      })),
    ),
    Promise.all(
      privilegePath.shape.via.options.map(async (via) => ({
        via,
        accounts: await accounts(privileged, is('privileged_by', via)),
      })),
    ),
    relations.keyTotals(),
    scopes.history({ limit: RECENT }),
    scans.newest(1),
  ])
  const [total, yes, unknown, unmanaged, never, passwordless, weakHashes] = await Promise.all([
    accounts(),
    accounts(privileged),
    accounts(is('privileged', 'unknown')),
    accounts(privileged, is('state', 'unmanaged')),
    accounts(privileged, is('last_login', 'never')),
    accounts(is('password', 'empty')),
    accounts(is('hash_strength', 'weak')),
  ])
  const [authorized, openingRoot, weak] = await Promise.all([
    keys(opening),
    keys(opening, is('opens_root', 'yes')),
    keys(opening, is('strength', 'weak')),
  ])

  return {
    at: now.toISOString(),
    coverage: {
      ...looks,
      hosts,
      lookedWithin24h: within,
      oldestGoodScan: oldest,
      gaps: gaps
        .filter(({ hosts }) => hosts > 0)
        .sort((a, b) => b.hosts - a.hosts)
        .map(({ code, hosts }) => ({
          code,
          sentence: describeReason(code),
          hosts,
          filter: `reason:${code} -status:complete`,
        })),
    },
    accounts: {
      total,
      privileged: yes,
      unknownPrivilege: unknown,
      unmanagedPrivileged: unmanaged,
      privilegedNeverLoggedIn: never,
      passwordless,
      weakHashes,
      byPath: byPath.filter(({ accounts }) => accounts > 0).sort((a, b) => b.accounts - a.accounts),
    },
    keys: {
      authorized,
      distinct: keyTotals.distinct,
      openingRoot,
      sharedAcrossHosts: keyTotals.sharedAcrossHosts,
      weak,
    },
    recent,
    lastScan:
      last === undefined
        ? null
        : { id: last.id, startedAt: last.startedAt, finishedAt: last.finishedAt, state: last.state },
    nextScanAt,
  }
}
