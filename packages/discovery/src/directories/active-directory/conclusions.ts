import type { Finding } from '@rollcall/contract'
import { CONTROL } from '../../formats/active-directory/account-control.ts'
import { splitSid } from '../../formats/active-directory/identifiers.ts'
import { heuristics } from '../../formats/active-directory/settings.ts'
import { AUTHENTICATED, EVERYONE, wellKnown } from '../../formats/active-directory/well-known.ts'
import { ageIn, dateOf, isStale, signsTickets } from './accounts.ts'
import { weaknessOf, type Membership, type Seen } from './entries.ts'
import { importance } from './groups.ts'
import type { Holders } from './holders.ts'
import type { Look } from './look.ts'

/** In days: the password of somebody privileged. */
const OLD_PRIVILEGED = 730
/** That of anybody. */
const OLD_SERVICE = 1095

/** What is wrong with accounts and groups because of what they are members of; with `only`, of these. */
export const tellConclusions = (look: Look, holders: Holders, members: Membership, only?: ReadonlySet<Seen>): void => {
  const { gathering, entries } = look
  const tell = (seen: Seen, ...findings: readonly Finding[]) => gathering.tell(scopeOf(seen), ...findings)
  const groups = entries.all.filter(({ type, sid }) => type === 'group' && sid !== undefined)
  const tierZero = groups.filter((group) => importance(group)?.tier === 0)
  const unprotected = new Set<string>(heuristics(look.heuristics).unprotected)
  const stamped = groups.filter((group) => {
    const known = importance(group)
    return known?.protected === true && !unprotected.has(known.id)
  })
  const privileged = everybodyIn(tierZero, members)
  const protectedOnes = everybodyIn(stamped, members)
  const cautious = look.domainSid === undefined ? undefined : members.within(`${look.domainSid}-525`).seen
  for (const seen of only ?? entries.all) {
    if (seen.type === 'user' && privileged.has(seen) && !isKrbtgt(seen))
      tell(seen, ...ofPrivileged(seen, cautious, look))
    if (seen.type === 'user' || seen.type === 'group') tell(seen, ...ofStamp(seen, protectedOnes, stamped))
    if (seen.more === undefined && (seen.control & CONTROL.controller) === 0) continue
    const { passwordReaders, roastable, succeeds, reveals } = seen.more ?? {}
    if (passwordReaders !== undefined) tell(seen, ...ofReaders(seen, passwordReaders, holders, look))
    if (roastable !== undefined) tell(seen, ofRoastable(seen, roastable, privileged.has(seen), look))
    if (succeeds !== undefined) tell(seen, ofSuccessor(seen, succeeds, privileged, look))
    if (reveals !== undefined && !isDisabled(seen)) tell(seen, ...ofReadOnly(seen, reveals, privileged, members, look))
    tell(seen, ...ofController(seen))
  }
  for (const group of groups) {
    if (only?.has(group) === false) continue
    if (privileged.has(group) || tierZero.includes(group) || importance(group)?.tier === 1)
      tell(group, ...ofForeign(group, look))
    if (group.sid === PRE_2000) tell(group, ...ofPre2000(group))
  }
}

const PRE_2000 = 'S-1-5-32-554'
const scopeOf = ({ type }: Seen) =>
  type === 'group' ? 'directory-groups' : type === 'user' ? 'directory-accounts' : 'directory-computers'

const everybodyIn = (groups: readonly Seen[], members: Membership): ReadonlySet<Seen> => {
  const all = new Set<Seen>()
  for (const { sid } of groups) for (const seen of members.within(sid!).seen) all.add(seen)
  return all
}

const isKrbtgt = ({ sid, name, type }: Seen) => type === 'user' && signsTickets(name, sid)

const ofPrivileged = (seen: Seen, cautious: ReadonlySet<Seen> | undefined, look: Look): Finding[] => {
  const told: Finding[] = []
  const password = seen.passwordChanged ?? 0
  if ((seen.control & CONTROL.disabled) !== 0) {
    told.push(weaknessOf(seen, 'privileged-disabled', 'medium', 'userAccountControl ACCOUNTDISABLE'))
  } else {
    if (isStale(seen, undefined, 180, look))
      told.push(weaknessOf(seen, 'privileged-stale', 'high', `last login ${dateOf(seen.lastLogin!)}`))
    if (cautious !== undefined && !cautious.has(seen) && (seen.control & CONTROL.notDelegated) === 0)
      told.push(weaknessOf(seen, 'privileged-unprotected', 'medium', 'not in Protected Users, no NOT_DELEGATED'))
  }
  if (password > 0 && ageIn(look)(password) > OLD_PRIVILEGED)
    told.push(weaknessOf(seen, 'privileged-old-password', 'high', `pwdLastSet ${dateOf(password)}`))
  if (seen.boundKeys > 0)
    told.push(weaknessOf(seen, 'bound-key-on-privileged', 'high', `${seen.boundKeys} msDS-KeyCredentialLink`))
  return told
}

/** AdminSDHolder is stamped within an hour, and never taken away again. */
const ofStamp = (seen: Seen, within: ReadonlySet<Seen>, stamped: readonly Seen[]): Finding[] => {
  const isOne = stamped.includes(seen) || (seen.sid !== undefined && wellKnown(seen.sid)?.protected === true)
  if (seen.adminCount && !within.has(seen) && !isOne)
    return [weaknessOf(seen, 'admin-count-orphan', 'medium', 'adminCount 1', 'in no protected group')]
  if (!seen.adminCount && within.has(seen) && !isOne)
    return [weaknessOf(seen, 'admin-count-missing', 'low', 'no adminCount', 'in a protected group')]
  return []
}

/** Hosts need it, and administrators may have anything; who else reads it may act as the service. */
const ofReaders = (seen: Seen, readers: readonly string[], holders: Holders, { entries }: Look): Finding[] => {
  const others = readers.filter((sid) => {
    if (holders.everyone(sid)) return true
    if (wellKnown(sid)?.tier === 0) return false
    const reader = entries.bySid(sid)
    if (reader?.type === 'group') return (reader.members ?? []).some(({ type }) => type === 'user')
    return reader?.type !== 'computer'
  })
  return others.length === 0 ? [] : [weaknessOf(seen, 'managed-password-readable', 'high', ...others)]
}

/** Worth more where the account may do much, and easier where its password is old. */
const ofRoastable = (seen: Seen, evidence: readonly string[], isPrivileged: boolean, look: Look): Finding => {
  const old = (seen.passwordChanged ?? 0) > 0 && ageIn(look)(seen.passwordChanged!) > OLD_SERVICE
  const severity = isPrivileged ? 'critical' : seen.adminCount || old ? 'high' : 'medium'
  return weaknessOf(seen, 'kerberoastable', severity, ...evidence, ...(isPrivileged ? ['in a privileged group'] : []))
}

const ofSuccessor = (seen: Seen, succeeds: readonly string[], privileged: ReadonlySet<Seen>, { entries }: Look) => {
  const isPrivileged = succeeds.some((dn) => {
    const before = entries.byDn(dn)
    return before !== undefined && (privileged.has(before) || isKrbtgt(before))
  })
  return weaknessOf(seen, 'takes-place-of-another', isPrivileged ? 'critical' : 'medium', ...succeeds)
}

/** Who is never revealed goes before who may be. Its administrator, and who steals it, has what it keeps. */
const ofReadOnly = (
  seen: Seen,
  reveals: readonly string[],
  privileged: ReadonlySet<Seen>,
  members: Membership,
  { entries }: Look,
): Finding[] => {
  const all = (dns: readonly string[]) =>
    new Set(
      dns.flatMap((dn) => {
        const entry = entries.byDn(dn)
        if (entry === undefined) return []
        return entry.type === 'group' && entry.sid !== undefined ? [...members.within(entry.sid).seen] : [entry]
      }),
    )
  const never = all(seen.more?.neverReveals ?? [])
  const kept = [...all(reveals)].filter((one) => one.type === 'user' && privileged.has(one) && !never.has(one))
  return kept.length === 0
    ? []
    : [weaknessOf(seen, 'secrets-on-read-only-controller', 'critical', ...kept.map(({ name }) => name).sort())]
}

/** Controllers are computers, and are where promoting one puts it. */
const ofController = (seen: Seen): Finding[] => {
  if ((seen.control & CONTROL.controller) === 0) return []
  const why = [
    ...(seen.type === 'computer' ? [] : [`it is a ${seen.type}`]),
    ...(/,OU=Domain Controllers,DC=/i.test(seen.dn) ? [] : ['it does not lie in Domain Controllers']),
    ...(seen.primaryGroup === 516 ? [] : [`primaryGroupID ${seen.primaryGroup}`]),
  ]
  return why.length === 0
    ? []
    : [weaknessOf(seen, 'unexpected-controller', 'critical', 'userAccountControl SERVER_TRUST_ACCOUNT', ...why)]
}

const isDisabled = ({ control }: Seen) => (control & CONTROL.disabled) !== 0

const ofForeign = (group: Seen, { domainSid }: Look): Finding[] => {
  const sids = [
    ...(group.members ?? []).filter(({ type }) => type === 'foreign-principal').flatMap(({ sid }) => sid ?? []),
    ...(group.foreign ?? []),
  ].filter((sid) => sid.startsWith('S-1-5-21-') && splitSid(sid).domain !== domainSid)
  return sids.length === 0 ? [] : [weaknessOf(group, 'privileged-foreign', 'high', ...sids)]
}

const ofPre2000 = (group: Seen): Finding[] => {
  const sids = [...(group.members ?? []).flatMap(({ sid }) => sid ?? []), ...(group.foreign ?? [])]
  const wide = sids.filter((sid) => sid === EVERYONE || sid === AUTHENTICATED || sid === 'S-1-5-7')
  if (wide.length === 0) return []
  const anonymous = wide.some((sid) => sid !== AUTHENTICATED)
  return [
    weaknessOf(group, 'pre-2000-access', anonymous ? 'high' : 'low', ...wide.map((sid) => wellKnown(sid)?.name ?? sid)),
  ]
}
