import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf, CONTROL } from '../../formats/active-directory/account-control.ts'
import { filterText, sidText, splitSid } from '../../formats/active-directory/identifiers.ts'
import { filetime, interval } from '../../formats/active-directory/times.ts'
import { parentDn } from './entries.ts'
import { THIS_PARTITION, type Look } from './look.ts'

/** Which password policy holds for which account. */
export interface PasswordPolicies {
  /** What each account has to be asked for, where only the server can tell; lower case. */
  readonly asked: readonly string[]
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
export const NO_POLICIES: PasswordPolicies = { asked: [], of: () => ({}) }

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
    of(account) {
      const holding = (isUnderFine(account) ? decided(account) : undefined) ?? domain
      const expires = holding.maxAge === undefined ? undefined : expiry(account, holding.maxAge)
      return { policy: holding.dn, ...(expires === undefined ? {} : { expires }) }
    },
  }
}

const NOBODY = () => undefined

const byServer = (domain: string): PasswordPolicies => ({
  asked: TOLD,
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
  let whole = true
  for (const policy of policies) {
    const seen = new Set<string>()
    let level = policy.appliesTo.slice(0, MOST_GROUPS)
    for (let depth = 0; level.length > 0 && depth < MOST_DEPTH; depth++) {
      const next: string[] = []
      for (const dn of level) {
        if (seen.has(dn.toLowerCase()) || seen.size > MOST_GROUPS) continue
        seen.add(dn.toLowerCase())
        const group = await groupAt(look, dn)
        if (group === undefined) {
          if (depth === 0) put(direct, dn.toLowerCase(), policy)
          continue
        }
        if (group.rid !== undefined) put(byPrimary, group.rid, policy)
        for (const member of group.members) put(byGroup, member.toLowerCase(), policy)
        next.push(...group.groups)
      }
      level = next
    }
    whole &&= seen.size <= MOST_GROUPS && byGroup.size <= MOST
  }
  if (!whole) return undefined
  return ({ dn, primaryGroup }: PolicedAccount): FinePolicy | undefined => {
    const [own, group, primary] = [
      direct.get(dn.toLowerCase()),
      byGroup.get(dn.toLowerCase()),
      byPrimary.get(primaryGroup),
    ]
    if (own !== undefined) return own
    return group === undefined || (primary !== undefined && isBefore(primary, group)) ? primary : group
  }
}

const isBefore = (one: FinePolicy, other: FinePolicy) =>
  one.precedence < other.precedence || (one.precedence === other.precedence && one.object < other.object)

interface PolicedGroup {
  readonly rid: number | undefined
  readonly members: readonly string[]
  /** Those of them that are groups. */
  readonly groups: readonly string[]
}

/** A group of accounts by its DN, with who is directly in it. */
const groupAt = async ({ gathering, domain }: Look, dn: string): Promise<PolicedGroup | undefined> => {
  if (parentDn(dn) === undefined) return undefined
  let found: Omit<PolicedGroup, 'groups'> | undefined
  await gathering.search(
    ['directory-policies'],
    {
      base: dn,
      scope: 'base',
      filter: '(objectClass=group)',
      attributes: ['objectsid', 'grouptype', 'member'],
      pageSize: 0,
    },
    ([entry]) => {
      if (
        entry === undefined ||
        ((bitsOf(entry.text('grouptype')) ?? 0) & SECURITY_OF_ACCOUNTS) !== SECURITY_OF_ACCOUNTS
      )
        return
      const sid = sidText(entry.values('objectsid')[0] ?? new Uint8Array())
      found = { rid: sid === undefined ? undefined : splitSid(sid).rid, members: [...entry.texts('member')] }
    },
  )
  if (found === undefined) return undefined
  const groups: string[] = []
  if (found.members.length > 0)
    await gathering.search(
      ['directory-policies'],
      {
        base: domain.base,
        scope: 'sub',
        filter: `(&(objectCategory=group)(memberOf=${filterText(dn)}))`,
        attributes: ['objectguid'],
        controls: [THIS_PARTITION],
      },
      (entries) => {
        for (const entry of entries) groups.push(entry.dn)
      },
    )
  return { ...found, groups }
}
/** Global, for security. */
const SECURITY_OF_ACCOUNTS = -0x8000_0000 | 0x2
