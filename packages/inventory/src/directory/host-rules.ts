import type { DirectorySignals, FindingOf, Place } from '@rollcall/contract'
import type { YesNoUnknown } from '@rollcall/contract/api'
import { rootThroughSudo, type SudoPath } from '@rollcall/contract/sudo'
import { hostFacts, type LookedScope, type ToldFinding } from '../host-facts.ts'

/** Somebody of a directory, with all groups they are in. */
export interface DirectoryMember {
  readonly signals: DirectorySignals
  readonly name: string
  /** `through`: the groups between, the nearest first. */
  readonly groups: readonly { readonly name: string; readonly through: readonly string[] }[]
  /** Computers of the directory, as far as the host names some, in lower case: accounts with their `$`, else as `host/` and the name in DNS. */
  readonly computers: ReadonlySet<string>
}

/** What sudo on a host gives to somebody of a directory, whom the host need not have listed. */
export interface HostRule {
  /** Whether they can become root there by it, if they log in. */
  readonly root: Exclude<YesNoUnknown, 'no'>
  readonly sentence: string
  readonly place: Place
  /** The group that the rule names and those between, the nearest first. */
  readonly through: readonly string[]
  readonly unknownBecause: readonly string[]
}

interface Host {
  readonly findings: readonly ToldFinding[]
  readonly scopes: readonly LookedScope[]
  readonly now: Date
}

/** How a host may write a name of a directory, in lower case: `admins`, `admins@example.org`, `EXAMPLE\admins`. */
export const namesOnHosts = (name: string, { domain, flatName }: DirectorySignals): string[] => {
  const plain = name.toLowerCase()
  const domains = domain === undefined ? [] : [domain.toLowerCase()]
  const prefixes = [...domains, ...(flatName === undefined ? [] : [flatName.toLowerCase()])]
  return [plain, ...domains.map((one) => `${plain}@${one}`), ...prefixes.map((one) => `${one}\\${plain}`)]
}

/** Who a host is in directories, by its keytab, in lower case: `account` is `host1$` or `host/host1.example.org`. */
export const machinePrincipals = (
  findings: readonly ToldFinding[],
): { readonly account: string; readonly realm: string }[] =>
  findings.flatMap(({ finding }) =>
    finding.kind === 'setting' && finding.subject === 'realm' && MACHINE.has(finding.name)
      ? finding.values.map((value) => {
          const [account = '', realm = ''] = value.toLowerCase().split('@')
          return { account, realm }
        })
      : [],
  )
const MACHINE: ReadonlySet<string> = new Set(['machine-account', 'host-principal'])

/**
 * Ways to root by sudo rules of a host that name somebody of a directory or a group that they are in. `yes` only where the host has its own
 * account in this very directory, asks it for groups, lets them in as far as is known, and the rule holds; everything that is not known of that is told.
 * Nothing where the host says that it does not ask the directory.
 */
export const hostRulesOf = (member: DirectoryMember, { findings, scopes, now }: Host): HostRule[] => {
  const settings = findings.flatMap(({ finding }) => (finding.kind === 'setting' ? [finding] : []))
  const joined = joinOf(member, settings, takesAccounts(findings, scopes))
  if (joined === 'no') return []
  const facts = hostFacts(findings, scopes, now)
  const byName = new Map<string, DirectoryMember['groups'][number]>()
  for (const group of member.groups)
    for (const name of namesOnHosts(group.name, member.signals)) if (!byName.has(name)) byName.set(name, group)
  const local = new Set(
    findings.flatMap(({ probe, finding }) =>
      finding.kind === 'membership' && probe !== OF_DIRECTORY ? [finding.group.toLowerCase()] : [],
    ),
  )
  const account = {
    name: member.name,
    uid: UNKNOWN_ID,
    groups: [...byName.keys()].map((name) => ({ name, gid: UNKNOWN_ID })),
  }
  const grants = facts.grants.filter(({ mechanism }) => mechanism === 'sudo')
  const { paths } = rootThroughSudo(account, grants, facts.sudoDefaults, facts.now)
  return paths.flatMap((path) => {
    if (path.effect !== 'root') return []
    const grant = grants.find(({ place }) => place.path === path.place.path && place.line === path.place.line)
    const named = grant?.grantees.find(
      ({ type, name, negated }) => type === 'group' && negated !== true && byName.has(name.toLowerCase()),
    )
    // What holds for everybody, or for a name that somebody of the host has too, says nothing of a directory.
    if (named === undefined) return []
    const group = byName.get(named.name.toLowerCase())!
    const because = [
      ...(joined === 'yes' ? [] : [joined]),
      ...(local.has(named.name.toLowerCase()) ? [`a group of the host is called ${named.name} too`] : []),
      ...nestingUnknown(member, group),
      ...letIn(member, settings),
      ...(path.applies === 'yes' ? [] : ['whether the rule holds there is not known']),
    ]
    return [
      {
        root: because.length === 0 ? ('yes' as const) : ('unknown' as const),
        sentence: sentenceOf(member, group, named.name, path),
        place: path.place,
        through: [...group.through, group.name],
        unknownBecause: because,
      },
    ]
  })
}

/** No id: a host gives its own, and rules by number are not followed. */
const UNKNOWN_ID = -1

const sentenceOf = (
  { name }: DirectoryMember,
  group: DirectoryMember['groups'][number],
  written: string,
  path: SudoPath,
): string => {
  const chain = [...group.through, group.name]
  const steps = chain.map((into, at) => (at === 0 ? `${name} is in ${into}` : `${chain[at - 1]} is in ${into}`))
  return `${steps.join(', ')}; the host gives %${written} this: ${path.sentence}.`
}

type Setting = FindingOf<'setting'>

/** Whether a host takes accounts and groups from this directory: `yes`, `no`, or why that is not known. */
const joinOf = ({ signals, computers }: DirectoryMember, settings: readonly Setting[], takes: YesNoUnknown): string => {
  const { domain, flatName } = signals
  if (domain === undefined) return 'the directory has no domain by which hosts name it'
  if (takes === 'no') return 'no'
  const realm = domain.toLowerCase()
  const named = (...names: readonly string[]) =>
    settings.filter(({ subject, name }) => (subject === 'realm' || subject === 'kerberos') && names.includes(name))
  const machines = named('machine-account', 'host-principal').flatMap(({ values }) => values)
  if (
    machines.some((principal) => {
      const [account = '', of = ''] = principal.toLowerCase().split('@')
      return of === realm && computers.has(account)
    })
  )
    return takes === 'yes' ? 'yes' : 'whether the host takes accounts from a directory was not read'
  const says = named('default_realm', 'realm', 'krb5_realm', 'ad_domain', 'ipa_domain').some(({ values }) =>
    values.some((value) => value.toLowerCase() === realm),
  )
  const domains = settings.some(
    ({ subject, condition = '' }) =>
      subject === 'realm' && [`domain ${realm}`, `realm ${realm}`].includes(condition.toLowerCase()),
  )
  const workgroup =
    flatName !== undefined &&
    named('workgroup').some(({ values }) => values.some((value) => value.toLowerCase() === flatName.toLowerCase()))
  if (says || domains || workgroup)
    return 'the host names this domain, and whether it has an account of its own in it is not known'
  return 'no'
}

/** The probe of a host that asks its directory, where nsswitch.conf(5) names one; else it finds nothing. */
const OF_DIRECTORY = 'directory-accounts'

/** Whether a host takes accounts from any directory. */
const takesAccounts = (findings: readonly ToldFinding[], scopes: readonly LookedScope[]): YesNoUnknown => {
  if (findings.some(({ probe }) => probe === OF_DIRECTORY)) return 'yes'
  const outcome = scopes.find(({ probe }) => probe === OF_DIRECTORY)?.outcome
  if (outcome?.reasons.some(({ code, path }) => code === 'left-out' && path === '/etc/nsswitch.conf') === true)
    return 'yes'
  return outcome?.status === 'complete' || outcome?.status === 'absent' ? 'no' : 'unknown'
}

/** SSSD resolves groups in groups two levels deep, unless its server does it (`ldap_group_nesting_level`, sssd-ldap(5)). */
const nestingUnknown = ({ signals: { make } }: DirectoryMember, { through }: DirectoryMember['groups'][number]) =>
  through.length > 2 && !RESOLVED_BY_SERVER.has(make)
    ? ['whether the host follows groups in groups so deep is not known']
    : []

const RESOLVED_BY_SERVER: ReadonlySet<DirectorySignals['make']> = new Set(['active-directory', 'samba-ad', 'freeipa'])

/** What may keep somebody out who could become root inside. */
const letIn = ({ signals, name, groups }: DirectoryMember, settings: readonly Setting[]): string[] => {
  const own = settings.filter(({ subject }) => subject === 'realm')
  const values = (...names: readonly string[]) =>
    own.filter((one) => names.includes(one.name)).flatMap((one) => one.values.map((value) => value.toLowerCase()))
  const are = (one: string, listed: readonly string[]) =>
    namesOnHosts(one, signals).some((spelt) => listed.includes(spelt))
  const [users, ofGroups] = [
    values('simple_allow_users', 'permitted-logins'),
    values('simple_allow_groups', 'permitted-groups'),
  ]
  const listed = users.length + ofGroups.length > 0
  const isListed = are(name, users) || groups.some((group) => are(group.name, ofGroups))
  return [
    ...(signals.make === 'freeipa' ? ['rules of the directory decide who may log in there'] : []),
    ...(values('ad_access_filter', 'ldap_access_filter').length > 0
      ? ['a filter of the host decides who may log in there']
      : []),
    ...(values('simple_deny_users', 'simple_deny_groups').length > 0 ? ['the host keeps some out'] : []),
    ...(values('access_provider').includes('deny') ? ['the host lets nobody of the directory log in'] : []),
    ...(listed && !isListed ? ['the host lets only some log in, and this account is not among those named'] : []),
  ]
}
