import { describeReason, type Finding, type Grantee, type Reason } from '@rollcall/contract'
import type { AccountDetail, HostDetail, Overview, ProbeOutcome } from '@rollcall/contract/api'
import { accountOf } from '@rollcall/inventory'
import type { Condition, PrincipalRow, RelationName, Store } from '@rollcall/store'
import { empty, is } from './coverage.ts'
import { directoryReading, type DirectoryReading } from './directory-reading.ts'
import { countOverview } from './overview.ts'
import { joinedDirectories } from './joined-directories.ts'
import { remembered } from './remembered.ts'

/** What is known, as the API tells it. */
export interface InventoryReading extends DirectoryReading {
  overview(): Promise<Overview>
  account(id: string): Promise<AccountDetail | undefined>
  host(id: string): Promise<HostDetail | undefined>
  /** Something was learned. */
  readonly stale: () => void
}

export interface InventoryTools {
  readonly store: Store
  readonly now: () => Date
  readonly nextScanAt: () => string | null
  /** What probes are called; those not in it are called by their id. */
  readonly probeTitles: ReadonlyMap<string, string>
}

const HISTORY = 200
/** An overview holds instants of its own, such as when the next scan is due. */
const OVERVIEW_LIFE = 60_000

export const inventoryReading = ({ store, now, nextScanAt, probeTitles }: InventoryTools): InventoryReading => {
  const overview = remembered(() => countOverview(store, now(), nextScanAt()), now, OVERVIEW_LIFE)

  const outcomesOf = async (host: string): Promise<ProbeOutcome[]> =>
    (await store.scopes.of(host)).map(({ probe, outcome, privilege, findings, lastLook, lastComplete }) => ({
      probe,
      title: probeTitles.get(probe) ?? titleOf(probe),
      status: outcome.status,
      reasons: outcome.reasons.map(told),
      privilege,
      lastLook,
      lastComplete,
      findings,
    }))

  return {
    ...directoryReading(store, outcomesOf, now),
    stale: overview.stale,
    // What moves by itself is told as it is now; the counts are those of the last look.
    overview: async () => {
      const counted = await overview()
      const [last] = await store.scans.newest(1)
      const lastScan =
        last === undefined
          ? null
          : { id: last.id, startedAt: last.startedAt, finishedAt: last.finishedAt, state: last.state }
      return { ...counted, lastScan, nextScanAt: nextScanAt() }
    },

    async account(id) {
      const principal = await store.principals.byId(id)
      if (principal === undefined) return undefined
      const [host, current, outcomes, history] = await Promise.all([
        store.hosts.byId(principal.host),
        store.scopes.current(principal.host),
        outcomesOf(principal.host),
        store.scopes.history({ host: principal.host, account: principal.name, limit: HISTORY }),
      ])
      const gids = new Set(
        current.flatMap(({ finding }) =>
          finding.kind === 'membership' && finding.account === principal.name ? [finding.gid] : [],
        ),
      )
      return {
        id,
        host: { id: principal.host, name: host?.name ?? principal.host },
        name: principal.name,
        state: principal.state,
        firstSeen: principal.firstSeen,
        lastSeen: principal.lastSeen,
        goneSince: principal.goneSince,
        privileged: principal.privileged,
        paths: principal.paths.toSorted((a, b) => Number(a.effect !== 'root') - Number(b.effect !== 'root')),
        unknownBecause: principal.unknownBecause.map(told),
        loginAllowed: principal.loginAllowed,
        loginReasons: principal.loginReasons.map(({ sentence, place }) => ({
          sentence,
          ...(place === undefined ? {} : { place }),
        })),
        samePassword: await samePassword(store, principal),
        findings: current
          .filter(({ finding }) => concerns(finding, principal, gids) && !isKnownHostKey(finding))
          .map(({ probe, finding, firstSeen, changedAt }) => ({ probe, finding, firstSeen, changedAt })),
        outcomes,
        history,
      }
    },

    async host(id) {
      const host = await store.hosts.byId(id)
      if (host === undefined || host.kind === 'directory') return undefined
      const here = is('host_id', id)
      const present = [here, empty('gone_since')]
      const of = (relation: RelationName, ...where: Condition[]) =>
        store.relations.count(relation, [...present, ...where])
      const called = [host.name, host.signals.fqdn].filter((name) => name !== undefined)
      const [outcomes, history, directories, ...counts] = await Promise.all([
        outcomesOf(id),
        store.scopes.history({ host: id, limit: HISTORY }),
        joinedDirectories(store, id, called),
        of('accounts'),
        of('accounts', is('privileged', 'yes')),
        of('accounts', is('privileged', 'unknown')),
        of('keys', is('role', 'authorized', 'authority')),
        of('keys', is('role', 'private')),
        of('grants'),
        of('services'),
        of('service_accounts'),
        of('files'),
        of(
          'stored_credentials',
          { ...is('severity', 'none'), negated: true },
          { ...is('state', 'excepted'), negated: true },
        ),
        of('accounts', { ...is('source', 'files'), negated: true }),
      ])
      const [
        accounts,
        privileged,
        unknownPrivilege,
        keys,
        privateKeys,
        grants,
        services,
        serviceAccounts,
        files,
        storedCredentials,
        fromDirectories,
      ] = counts
      return {
        id,
        name: host.name,
        firstSeen: host.firstSeen,
        lastSeen: host.lastSeen,
        lastGoodScan: host.lastGoodScan,
        signals: host.signals,
        targets: host.targets.map(({ target, firstSeen, lastSeen }) => ({ target, firstSeen, lastSeen })),
        evidence: host.evidence.map(({ at, sentence, contradicts }) => ({ at, sentence, contradicts })),
        outcomes,
        counts: {
          accounts,
          privileged,
          unknownPrivilege,
          keys,
          privateKeys,
          grants,
          services,
          serviceAccounts,
          files,
          storedCredentials,
          fromDirectories,
        },
        directories,
        history,
      }
    },
  }
}

/** There may be thousands, and they say nothing about the account itself. */
const isKnownHostKey = (finding: Finding) => finding.kind === 'key' && finding.role === 'known'

const SAME_TOLD = 20

/** Who else has the very same password hash. */
const samePassword = async (
  { relations }: Store,
  { id, passwordDigest }: PrincipalRow,
): Promise<AccountDetail['samePassword']> => {
  if (passwordDigest === null) return null
  const where = [is('password_digest', passwordDigest), empty('gone_since'), { ...is('id', id), negated: true }]
  const [accounts, page] = await Promise.all([
    relations.count('accounts', where),
    relations.page({ relation: 'accounts', where, sort: { column: 'id', descending: false }, limit: SAME_TOLD }),
  ])
  return {
    accounts,
    some: page.rows.map((row) => ({
      id: row.id,
      name: String(row['account']),
      host: { id: String(row['host_id']), name: String(row['host']) },
    })),
  }
}

const told = (reason: Reason): Reason & { sentence: string } =>
  Object.assign({}, reason, { sentence: describeReason(reason.code) })

/** `sudo-rules` is `Sudo rules`. */
const titleOf = (probe: string) => `${probe.slice(0, 1).toUpperCase()}${probe.slice(1).replaceAll('-', ' ')}`

/** Whether a finding is about an account: of itself, or a rule that names it, one of its groups, or everyone. */
const concerns = (finding: Finding, principal: PrincipalRow, gids: ReadonlySet<number>): boolean =>
  finding.kind === 'grant'
    ? finding.grantees.some((grantee) => names(grantee, principal, gids))
    : accountOf(finding) === principal.name

/** Who is in a netgroup or a group of a directory is not known here: the rule is not told of somebody it may not concern. */
const names = (grantee: Grantee, { name, uid, gid, groups }: PrincipalRow, gids: ReadonlySet<number>): boolean => {
  const { type, name: text } = grantee
  if (type === 'user') return text === name
  if (type === 'uid') return Number(text.replace(/^#/, '')) === uid
  if (type === 'group') return groups.includes(text.replace(/^%/, ''))
  if (type === 'gid') return gid === gidOf(text) || gids.has(gidOf(text))
  return type === 'all'
}

const gidOf = (text: string) => Number(text.replace(/^%?#/, ''))
