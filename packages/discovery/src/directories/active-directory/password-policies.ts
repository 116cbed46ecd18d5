import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf, CONTROL } from '../../formats/active-directory/account-control.ts'
import { filterText, guidText, sidText, splitSid } from '../../formats/active-directory/identifiers.ts'
import { filetime, interval } from '../../formats/active-directory/times.ts'
import { THIS_PARTITION, type Look } from './look.ts'

/** Which password policy holds for which account. */
export interface PasswordPolicies {
  /** What each account has to be asked for, where only the server can tell; lower case. */
  readonly asked: readonly string[]
  /** Groups that decide under which policy an account is, by `object`: whoever joins one changes without being changed. */
  readonly groups: readonly string[]
  /** What holds for an account of a person or service; nothing where it is not known. */
  of(account: PolicedAccount, entry: DirectoryEntry): PasswordTerms
}

/** What decides about the password of an account. */
export interface PolicedAccount {
  readonly dn: string
  readonly control: number
  readonly primaryGroup: number
  readonly passwordChanged: number | undefined
}

export interface PasswordTerms {
  /** The DN of the policy; that of the domain where no other holds. */
  readonly policy?: string
  /** In milliseconds since 1970; never where that is what holds. */
  readonly expires?: number | 'never'
}

/** A policy of single groups and accounts (MS-ADTS 6.1.1.4.11.1). */
export interface FinePolicy {
  readonly dn: string
  readonly object: string
  readonly precedence: number
  /** In seconds. */
  readonly maxAge: number | 'none' | undefined
  readonly appliesTo: readonly string[]
}

/** Nothing is known of any. */
export const NO_POLICIES: PasswordPolicies = { asked: [], groups: [], of: () => ({}) }

/** Attributes in which a server says what holds for an account, also of policies that may not be read (MS-ADTS 3.1.1.4.5.36). */
const TOLD = ['msds-resultantpso', 'msds-userpasswordexpirytimecomputed']
/** Since domains of 2008, there may be policies of single groups. */
const LEVEL_WITH_FINE = 3

/**
 * How it is told which policy holds for an account: worked out where all policies could be read, for that costs the server little; else by
 * what the server says of each account.
 */
export const passwordPolicies = async (
  look: Look,
  head: DirectoryEntry | undefined,
  fine: { readonly policies: readonly FinePolicy[]; readonly readable: boolean },
): Promise<PasswordPolicies> => {
  const age = interval(head?.text('maxpwdage'))
  const domain = { dn: look.domain.base, maxAge: age === 0 ? ('none' as const) : age }
  const level = Number(look.gathering.directory.root.text('domainfunctionality') ?? LEVEL_WITH_FINE)
  if (!fine.readable && level >= LEVEL_WITH_FINE) return byServer(domain.dn)
  const decided = fine.policies.length === 0 ? NOBODY : await whoIsUnder(look, fine.policies)
  if (decided === undefined) return byServer(domain.dn)
  return {
    asked: [],
    groups: decided.groups,
    of(account) {
      const holding = (isUnderFine(account) ? decided.of(account) : undefined) ?? domain
      const expires = holding.maxAge === undefined ? undefined : expiry(account, holding.maxAge)
      return { policy: holding.dn, ...(expires === undefined ? {} : { expires }) }
    },
  }
}

const NOBODY = { groups: [], of: () => undefined }

const byServer = (domain: string): PasswordPolicies => ({
  asked: TOLD,
  groups: [],
  of(account, entry) {
    const until = filetime(entry.text('msds-userpasswordexpirytimecomputed'))
    // An account that does not even tell its expiry may be under a policy and not tell that either.
    if (until === undefined) return {}
    const policy = entry.text('msds-resultantpso') ?? domain
    if (until instanceof Date) return { policy, expires: until.getTime() }
    return account.passwordChanged === 0 ? { policy } : { policy, expires: 'never' }
  },
})

const expiry = ({ control, passwordChanged }: PolicedAccount, maxAge: number | 'none') => {
  if ((control & NEVER) !== 0 || (maxAge === 'none' && passwordChanged !== 0)) return 'never'
  if (maxAge === 'none' || passwordChanged === undefined || passwordChanged === 0) return undefined
  const until = passwordChanged + maxAge * 1000
  return until > LAST ? 'never' : until
}
/** The end of the year 9999, as of all instants. */
const LAST = 253_402_300_799_999
const NEVER = CONTROL.smartcard | CONTROL.neverExpires | CONTROL.workstation | CONTROL.controller | CONTROL.trust

const isUnderFine = ({ control }: PolicedAccount) => (control & CONTROL.normal) !== 0

/** Accounts that are looked up for policies, and groups within groups. */
const MOST = 200_000
const MOST_GROUPS = 2000
const MOST_DEPTH = 32

/**
 * What is given to an account itself goes before what is given to groups that it is in, however deep; of several the least precedence,
 * then the least identifier. Undefined where it could not be found out.
 */
const whoIsUnder = async (look: Look, policies: readonly FinePolicy[]) => {
  const [direct, byGroup, byPrimary] = [
    new Map<string, FinePolicy>(),
    new Map<string, FinePolicy>(),
    new Map<number, FinePolicy>(),
  ]
  const put = <K>(map: Map<K, FinePolicy>, key: K, policy: FinePolicy) => {
    const known = map.get(key)
    if (known === undefined || isBefore(policy, known)) map.set(key, policy)
  }
  const groups = new Set<string>()
  for (const policy of policies) {
    for (const dn of policy.appliesTo) put(direct, dn.toLowerCase(), policy)
    const seen = new Set<string>()
    let level = await groupsBy(look, 'distinguishedName', policy.appliesTo)
    for (let depth = 0; depth < MOST_DEPTH; depth++) {
      // What may be incomplete decides nothing.
      if (level === undefined || seen.size > MOST_GROUPS || byGroup.size > MOST) return undefined
      const fresh = level.filter(({ object }) => !seen.has(object))
      if (fresh.length === 0) break
      for (const { object, rid, members } of fresh) {
        seen.add(object)
        groups.add(object)
        if (rid !== undefined) put(byPrimary, rid, policy)
        for (const member of members) put(byGroup, member.toLowerCase(), policy)
      }
      level = await groupsBy(
        look,
        'memberOf',
        fresh.map(({ dn }) => dn),
      )
    }
  }
  const of = ({ dn, primaryGroup }: PolicedAccount): FinePolicy | undefined => {
    const [own, group, primary] = [
      direct.get(dn.toLowerCase()),
      byGroup.get(dn.toLowerCase()),
      byPrimary.get(primaryGroup),
    ]
    if (own !== undefined) return own
    return group === undefined || (primary !== undefined && isBefore(primary, group)) ? primary : group
  }
  return { groups: [...groups], of }
}

const isBefore = (one: FinePolicy, other: FinePolicy) =>
  one.precedence < other.precedence || (one.precedence === other.precedence && one.object < other.object)

interface PolicedGroup {
  readonly dn: string
  readonly object: string
  readonly rid: number | undefined
  readonly members: readonly string[]
}

const BATCH = 50

/** Groups of accounts, global and for security, that have one of these DNs, or are directly in one of them. */
const groupsBy = async (
  { gathering, domain }: Look,
  attribute: 'distinguishedName' | 'memberOf',
  dns: readonly string[],
): Promise<readonly PolicedGroup[] | undefined> => {
  const found: PolicedGroup[] = []
  for (let at = 0; at < dns.length; at += BATCH) {
    const named = dns.slice(at, at + BATCH).map((dn) => `(${attribute}=${filterText(dn)})`)
    const end = await gathering.search(
      ['directory-policies'],
      {
        base: domain.base,
        scope: 'sub',
        filter: `(&(objectCategory=group)(|${named.join('')}))`,
        attributes: ['objectguid', 'objectsid', 'grouptype', 'member'],
        controls: [THIS_PARTITION],
      },
      (entries) => {
        for (const entry of entries) {
          const object = guidText(entry.values('objectguid')[0] ?? new Uint8Array())
          const sid = sidText(entry.values('objectsid')[0] ?? new Uint8Array())
          const type = bitsOf(entry.text('grouptype')) ?? 0
          if (object === undefined || (type & SECURITY_OF_ACCOUNTS) !== SECURITY_OF_ACCOUNTS) continue
          const rid = sid === undefined ? undefined : splitSid(sid).rid
          found.push({ dn: entry.dn, object, rid, members: [...entry.texts('member')] })
        }
      },
    )
    if (end.reason !== undefined) return undefined
  }
  return found
}
/** Global, for security. */
const SECURITY_OF_ACCOUNTS = -0x8000_0000 | 0x2
