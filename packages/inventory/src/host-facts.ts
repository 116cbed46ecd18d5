import type { Finding, FindingOf, Outcome, Reason, Rights } from '@rollcall/contract'

/** A current finding, with the probe that told it. */
export interface ToldFinding {
  readonly probe: string
  readonly finding: Finding
}

/** How one probe fared at its last look. */
export interface LookedScope {
  readonly probe: string
  readonly outcome: Outcome
  readonly privilege: Rights
}

/** What is known of one host, laid out for questions about its accounts. */
export interface HostFacts {
  readonly accounts: readonly FindingOf<'account'>[]
  /** Of several with one name the first: the one that logins get. */
  readonly firstOfName: ReadonlyMap<string, FindingOf<'account'>>
  readonly accountsByUid: ReadonlyMap<number, readonly FindingOf<'account'>[]>
  readonly memberships: ReadonlyMap<string, readonly FindingOf<'membership'>[]>
  /** Every name by which findings call a group number. */
  readonly groupNames: ReadonlyMap<number, ReadonlySet<string>>
  readonly passwords: ReadonlyMap<string, readonly FindingOf<'credential'>[]>
  /** Keys and authorities that open an account. */
  readonly keys: ReadonlyMap<string, readonly FindingOf<'key'>[]>
  /** Authorities that open every account to whom they sign a key for. */
  readonly authorities: readonly FindingOf<'key'>[]
  /** What authorities say of keys that lie here. */
  readonly certificates: readonly FindingOf<'key'>[]
  /** The last login of each account, by one log or several. */
  readonly logins: ReadonlyMap<string, readonly FindingOf<'usage'>[]>
  /** The last logins by each key, by one log or several. */
  readonly keyLogins: ReadonlyMap<string, readonly FindingOf<'usage'>[]>
  /** What runs as each account: units, jobs, services and processes. */
  readonly services: ReadonlyMap<string, readonly FindingOf<'usage'>[]>
  /** sshd's, by the account they are for; `undefined` for those of everyone. */
  readonly sshd: ReadonlyMap<string | undefined, readonly FindingOf<'setting'>[]>
  readonly sudoDefaults: readonly FindingOf<'setting'>[]
  readonly grants: readonly FindingOf<'grant'>[]
  /** Files, folders, sockets and devices whose owner or mode decide about privilege. */
  readonly files: readonly FindingOf<'file'>[]
  /** What other machines may mount of this host, and where its container engines listen. */
  readonly exports: readonly FindingOf<'setting'>[]
  readonly engines: readonly FindingOf<'setting'>[]
  /** Authorizations of Solaris, of accounts or of everybody. */
  readonly authorizations: readonly FindingOf<'setting'>[]
  /** Files that trust machines about who somebody is. */
  readonly trustedHosts: readonly FindingOf<'setting'>[]
  readonly scopes: ReadonlyMap<string, LookedScope>
  /** When rules are weighed that hold for a time only; absent: whenever they do. */
  readonly now?: Date
}

export const hostFacts = (told: readonly ToldFinding[], scopes: readonly LookedScope[], now?: Date): HostFacts => {
  const of = <K extends Finding['kind']>(kind: K) =>
    told.flatMap(({ finding }) => (finding.kind === kind ? [finding as FindingOf<K>] : []))
  const [accounts, memberships] = [of('account').toSorted(byLine), of('membership')]
  const [keys, settings, usages] = [of('key'), of('setting'), of('usage')]
  const groupNames = new Map<number, Set<string>>()
  for (const { gid, group } of memberships) groupNames.set(gid, (groupNames.get(gid) ?? new Set()).add(group))
  return {
    accounts,
    firstOfName: new Map(accounts.toReversed().map((account) => [account.name, account])),
    accountsByUid: Map.groupBy(accounts, ({ uid }) => uid),
    memberships: Map.groupBy(memberships, ({ account }) => account),
    groupNames,
    passwords: Map.groupBy(
      of('credential').filter((credential) => credential.class === 'login-password'),
      ({ account }) => account,
    ),
    keys: Map.groupBy(
      keys.filter(({ account, role }) => account !== undefined && (role === 'authorized' || role === 'authority')),
      ({ account }) => account ?? '',
    ),
    authorities: keys.filter(({ account, role }) => account === undefined && role === 'authority'),
    certificates: keys.filter(({ role }) => role === 'certificate'),
    logins: Map.groupBy(
      usages.filter(({ consumer }) => consumer === 'login'),
      ({ account }) => account,
    ),
    keyLogins: Map.groupBy(
      usages.filter(({ consumer }) => consumer === 'key-login'),
      ({ account }) => account,
    ),
    services: Map.groupBy(
      usages.filter(({ consumer }) => consumer !== 'login' && consumer !== 'key-login'),
      ({ account }) => account,
    ),
    sshd: Map.groupBy(
      settings.filter(({ subject }) => subject === 'sshd'),
      ({ account }) => account,
    ),
    sudoDefaults: settings.filter(({ subject }) => subject === 'sudo'),
    grants: of('grant').toSorted((left, right) => left.order - right.order),
    files: of('file'),
    exports: settings.filter(({ subject }) => subject === 'nfs'),
    engines: settings.filter(({ subject }) => subject === 'container-engine'),
    authorizations: settings.filter(({ subject, name }) => subject === 'rbac' && name === 'auths'),
    trustedHosts: settings.filter(({ subject }) => subject === 'rhosts'),
    scopes: new Map(scopes.map((scope) => [scope.probe, scope])),
    ...(now === undefined ? {} : { now }),
  }
}

const byLine = (left: FindingOf<'account'>, right: FindingOf<'account'>) =>
  (left.place.line ?? 0) - (right.place.line ?? 0)

export const isComplete = ({ scopes }: HostFacts, probe: string): boolean =>
  scopes.get(probe)?.outcome.status === 'complete'

/** Reasons of one scope that travel with every account whose answer depends on it. */
const MAX_REASONS_OF_SCOPE = 10

/** Why a probe's look was not complete, so far as it bears on what is asked; empty when it was. A probe that never looked is a reason too. */
export const gapsOf = (
  { scopes }: HostFacts,
  probe: string,
  bears: (reason: Reason) => boolean = () => true,
): readonly Reason[] => {
  const outcome = scopes.get(probe)?.outcome
  if (outcome?.status === 'complete') return []
  if (outcome === undefined) return [{ code: 'unsupported', detail: `${probe} has not been looked at on this host` }]
  if (outcome.reasons.length === 0) return [{ code: 'unsupported', detail: `${probe} ended as ${outcome.status}` }]
  const bearing = outcome.reasons.filter(bears)
  const kept = bearing.slice(0, MAX_REASONS_OF_SCOPE)
  const left = bearing.length - kept.length
  return left === 0 ? kept : [...kept, { code: 'too-many', detail: `further reasons of ${probe}`, count: left }]
}
