import { describeReason, reasonCode } from '@rollcall/contract'
import { privilegePath, type Overview } from '@rollcall/contract/api'
import type { Condition, RelationName, Store } from '@rollcall/store'
import { empty, is, oldestGoodScan } from './coverage.ts'
import { DAY } from './view.ts'

const RECENT = 20
const NO_SECRET: Condition = { ...is('severity', 'none'), negated: true }

/** What there is at a glance: first how much of it was looked at. */
export const countOverview = async (store: Store, now: Date, nextScanAt: string | null): Promise<Overview> => {
  const { relations, scans, scopes } = store
  const count = (relation: RelationName, ...where: Condition[]) => relations.count(relation, where)
  const present = empty('gone_since')
  const accounts = (...where: Condition[]) => count('accounts', present, ...where)
  const keys = (...where: Condition[]) => count('keys', present, ...where)
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
  const more = (column: string): Condition => ({ anyOf: [{ column, is: '>', value: 0 }], negated: false })
  const complete = (probe: string) => count('outcomes', is('probe', probe), is('status', 'complete'))
  const [total, yes, unknown, unmanaged, never, passwordless, weakHashes, samePassword] = await Promise.all([
    accounts(),
    accounts(privileged),
    accounts(is('privileged', 'unknown')),
    accounts(privileged, is('state', 'unmanaged')),
    accounts(privileged, is('last_login', 'never')),
    accounts(is('password', 'empty')),
    accounts(is('hash_strength', 'weak')),
    accounts(more('same_password')),
  ])
  const concerned: Condition = { anyOf: [{ column: 'concerns', is: 'pattern', value: '*' }], negated: false }
  const [authorized, openingRoot, weak, withConcerns, privateOpeningRoot, lookedForPrivate] = await Promise.all([
    keys(opening),
    keys(opening, is('opens_root', 'yes')),
    keys(opening, is('strength', 'weak')),
    keys(concerned, { ...is('role', 'known'), negated: true }),
    keys(is('role', 'private'), is('passphrase', 'no'), more('opens_roots')),
    complete('private-keys'),
  ])
  const [serviceAccounts, withoutPassword, superusers, files, givingRootToEveryone, lookedAt] = await Promise.all([
    count('service_accounts', present),
    count('service_accounts', present, is('password', 'empty'), { ...is('login', 'no'), negated: true }),
    count('service_accounts', present, is('superuser', 'yes')),
    count('files', present),
    count('files', present, is('open_to', 'everyone'), is('gives_root', 'yes')),
    complete('privileged-files'),
  ])
  const open: Condition = { ...is('state', 'excepted'), negated: true }
  const exposed = (...where: Condition[]) => [NO_SECRET, open, ...where]
  const [exposedTotal = 0, critical = 0, high = 0, literal = 0, readable = 0, sharedSecrets = 0, excepted = 0] =
    await relations.counts(
      'stored_credentials',
      [present],
      [
        exposed(),
        exposed(is('severity', 'critical')),
        exposed(is('severity', 'high')),
        exposed(is('value', 'literal')),
        exposed(is('weaknesses', 'readable-by-others')),
        exposed(more('same_secret')),
        [is('state', 'excepted')],
      ],
    )
  const lookedThrough = await complete('stored-credentials')

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
      samePassword,
      byPath: byPath.filter(({ accounts }) => accounts > 0).sort((a, b) => b.accounts - a.accounts),
    },
    keys: {
      authorized,
      distinct: keyTotals.distinct,
      openingRoot,
      sharedAcrossHosts: keyTotals.sharedAcrossHosts,
      weak,
      withConcerns,
      privateOpeningRoot,
      lookedForPrivate,
    },
    serviceAccounts: { total: serviceAccounts, withoutPassword, superusers },
    files: { total: files, givingRootToEveryone, lookedAt },
    storedCredentials: {
      total: exposedTotal,
      critical,
      high,
      literal,
      readableByOthers: readable,
      shared: sharedSecrets,
      excepted,
      lookedAt: lookedThrough,
    },
    directories: await countDirectories(relations),
    recent,
    lastScan:
      last === undefined
        ? null
        : { id: last.id, startedAt: last.startedAt, finishedAt: last.finishedAt, state: last.state },
    nextScanAt,
  }
}

/** Directories and who has them in hand. */
const countDirectories = async (relations: Store['relations']): Promise<Overview['directories']> => {
  const present = empty('gone_since')
  const yes = is('privileged', 'yes')
  const byMore = { ...is('privileged_by', 'member', 'built-in'), negated: true }
  const [total, complete, accounts, weaknesses, rightsRead] = await Promise.all([
    relations.count('directories', []),
    relations.count('directories', [is('outcome', 'complete')]),
    relations.counts(
      'directory_accounts',
      [present],
      [
        [],
        [yes],
        [is('privileged', 'unknown')],
        [yes, is('state', 'unmanaged')],
        [is('service', 'yes')],
        [yes, byMore],
        [is('password_scheme', 'cleartext')],
        [is('password_strength', 'weak')],
      ],
    ),
    relations.counts('directory_weaknesses', [present], [[is('severity', 'critical')], [is('severity', 'high')]]),
    relations.count('outcomes', [is('probe', 'directory-rights'), is('status', 'complete')]),
  ])
  const [all = 0, privileged = 0, unknownPrivilege = 0, unmanagedPrivileged = 0, serviceAccounts = 0] = accounts
  const [privilegedByRights = 0, clearPasswords = 0, weakPasswords = 0] = accounts.slice(5)
  const [critical = 0, high = 0] = weaknesses
  return {
    total,
    complete,
    accounts: all,
    privileged,
    unknownPrivilege,
    unmanagedPrivileged,
    privilegedByRights,
    rightsRead,
    serviceAccounts,
    clearPasswords,
    weakPasswords,
    critical,
    high,
  }
}
