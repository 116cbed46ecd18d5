import type { CredentialWeakness, FindingOf, HostSignals, Reason } from '@rollcall/contract'
import type { PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import { hostFacts, isComplete, type HostFacts, type LookedScope, type ToldFinding } from './host-facts.ts'
import { directoryLogin } from './directory/host-account.ts'
import { loginOf, passwordOf, type LoginReason, type PasswordKnowledge } from './login.ts'
import { privilegeIsComplete, privilegeOf } from './privilege.ts'

/** Everything that is currently known of one host. */
export interface HostSight {
  readonly findings: readonly ToldFinding[]
  readonly scopes: readonly LookedScope[]
  readonly signals: HostSignals
  readonly now: Date
}

/** An account with everything that follows from what is known of its host. Null is unknown. */
export interface Principal {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly description: string | null
  readonly home: string
  readonly shell: string
  /** Where it is listed: `files`, or the service of nsswitch.conf(5) that knows it. */
  readonly source: string
  /** The realm or domain it is of in its directory. */
  readonly domain: string | null
  readonly privileged: YesNoUnknown
  readonly paths: readonly PrivilegePath[]
  readonly unknownBecause: readonly Reason[]
  readonly loginAllowed: YesNoUnknown
  readonly loginReasons: readonly LoginReason[]
  readonly password: 'usable' | 'locked' | 'none' | 'empty' | null
  readonly hashScheme: string | null
  readonly hashStrength: string | null
  /** What is wrong with its password, as far as stored hashes were compared: empty says nothing. */
  readonly passwordWeaknesses: readonly CredentialWeakness[]
  /** Keyed digest of its password hash, salt included. */
  readonly passwordDigest: string | null
  readonly passwordChanged: string | null
  readonly accountExpires: string | null
  readonly lastLogin: string | null
  readonly lastLoginFrom: string | null
  /** The last login by a key that a log tells of. Logs forget: null says nothing. */
  readonly lastKeyLogin: string | null
  /** What its host knows of its entry in a directory, and its plain name where no file of the host lists it. */
  readonly directorySid: string | null
  readonly directoryObject: string | null
  readonly directoryName: string | null
  readonly groups: readonly string[]
  readonly keys: number | null
  /** Units, jobs, services and processes that run as it, as far as they were found. */
  readonly services: number
  /** Other accounts with the same uid. */
  readonly sharedUid: number
  readonly completeness: 'complete' | 'partial'
  /** The probe that lists it. */
  readonly probe: string
}

/**
 * One record for each account that the host lists, in the order of their lines. A name that is listed again with another uid
 * has a record of its own, up to a few: lookups by name only ever find the first.
 */
export const principalsOf = ({ findings, scopes, now }: HostSight): Principal[] => {
  const facts = hostFacts(findings, scopes, now)
  const probes = new Map(
    findings.flatMap(({ probe, finding }) => (finding.kind === 'account' ? [[finding, probe] as const] : [])),
  )
  return listed(facts.accounts).map((account) =>
    principal(account, facts, now, probes.get(account) ?? 'local-accounts'),
  )
}

/** What is said of a name is read for each of its records, so that a file of one name over and over must not make many. */
const MAX_RECORDS_OF_NAME = 8

const listed = (accounts: readonly FindingOf<'account'>[]) => {
  const uids = new Map<string, Set<number>>()
  return accounts.filter(({ name, uid }) => {
    const seen = uids.get(name) ?? new Set()
    uids.set(name, seen)
    if (seen.has(uid) || seen.size >= MAX_RECORDS_OF_NAME) return false
    seen.add(uid)
    return true
  })
}

const principal = (account: FindingOf<'account'>, facts: HostFacts, now: Date, probe: string): Principal => ({
  name: account.name,
  uid: account.uid,
  gid: account.gid,
  description: account.description ?? null,
  home: account.home,
  shell: account.shell,
  source: account.source ?? 'files',
  domain: account.directory?.domain ?? null,
  ...privilegeOf(account, facts),
  ...loginOf(account, facts, now),
  ...passwordCells(passwordOf(account, facts)),
  ...lastLogin(account, facts),
  lastKeyLogin: latest(facts.keyLogins.get(account.name) ?? [])?.lastUsed ?? null,
  directorySid: account.directory?.sid ?? null,
  directoryObject: account.directory?.id?.toLowerCase() ?? null,
  directoryName: account.source === undefined ? null : directoryLogin(account.name),
  groups: groupsOf(account, facts),
  keys: keysOf(account, facts),
  services: facts.services.get(account.name)?.length ?? 0,
  sharedUid: namesOfUid(account, facts) - 1,
  completeness: privilegeIsComplete(account, facts) ? 'complete' : 'partial',
  probe,
})

const passwordCells = ({ state, field, aging }: PasswordKnowledge) => ({
  password: state ?? null,
  hashScheme: field?.scheme ?? null,
  hashStrength: field?.strength ?? null,
  passwordWeaknesses: field?.weaknesses ?? [],
  passwordDigest: field?.digest ?? null,
  passwordChanged: aging?.changed ?? null,
  accountExpires: aging?.accountExpires ?? null,
})

/** Not every login by a key is in what the host keeps of logins: programs that ask for no terminal leave none there. */
const lastLogin = ({ name }: FindingOf<'account'>, { logins, keyLogins }: HostFacts) => {
  const last = latest([...(logins.get(name) ?? []), ...(keyLogins.get(name) ?? [])])
  return { lastLogin: last?.lastUsed ?? null, lastLoginFrom: last?.from ?? null }
}

/** The latest, where several logs speak of it. */
const latest = (usages: readonly FindingOf<'usage'>[]) =>
  usages.reduce<FindingOf<'usage'> | undefined>(
    (latest, next) => (latest === undefined || isLater(next.lastUsed, latest.lastUsed) ? next : latest),
    undefined,
  )

const isLater = (left = 'never', right = 'never') => left !== 'never' && (right === 'never' || left > right)

/** Names of its groups, the primary one first. */
const groupsOf = ({ name, place }: FindingOf<'account'>, { memberships }: HostFacts) => {
  const all = memberships.get(name) ?? []
  const primary = all.filter(({ role, place: at }) => role === 'primary' && at.line === place.line)
  return [...new Set([...primary, ...all.filter(({ role }) => role === 'member')].map(({ group }) => group))]
}

/** Keys that were seen count even where not all could be looked at; that none was seen then says nothing. */
const keysOf = ({ name }: FindingOf<'account'>, facts: HostFacts) => {
  const count = facts.keys.get(name)?.length ?? 0
  return count > 0 || isComplete(facts, 'authorized-keys') ? count : null
}

/** How many names a uid has. Counted once for a uid: hosts where thousands share one exist. */
const namesOfUid = ({ uid }: FindingOf<'account'>, facts: HostFacts): number => {
  const counted = uidNames.get(facts) ?? new Map<number, number>()
  uidNames.set(facts, counted)
  const names = counted.get(uid) ?? new Set(facts.accountsByUid.get(uid)?.map(({ name }) => name)).size
  counted.set(uid, names)
  return names
}

const uidNames = new WeakMap<HostFacts, Map<number, number>>()
