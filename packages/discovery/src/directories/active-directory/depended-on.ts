import { CONTROL } from '../../formats/active-directory/account-control.ts'
import { policyLinks } from '../../formats/active-directory/settings.ts'
import { splitSid } from '../../formats/active-directory/identifiers.ts'
import { parentDn, type Membership, type Seen } from './entries.ts'
import { importance } from './groups.ts'
import { TAKES_OVER, type Holders } from './holders.ts'
import type { Look } from './look.ts'

/**
 * The entries whose takeover takes the domain over, seen backwards from what has it in hand: members of privileged groups, who holds a
 * right over one of them, what they lie in, policies linked there, accounts that may act towards them. Everybody is not followed.
 */
export const dependedOn = ({ entries }: Look, holders: Holders, members: Membership): ReadonlySet<Seen> => {
  const reached = new Set<Seen>()
  const waiting: Seen[] = []
  const add = (seen: Seen | undefined) => {
    if (seen === undefined || reached.has(seen)) return
    reached.add(seen)
    waiting.push(seen)
  }
  const delegating = entries.all.filter(({ more }) => more?.delegatesTo !== undefined)
  for (const seen of entries.all) if (isRoot(seen)) add(seen)
  for (let seen = waiting.pop(); seen !== undefined; seen = waiting.pop()) {
    add(containerOf(seen, entries))
    for (const { dn } of policyLinks(seen.more?.policyLinks)) add(entries.byDn(dn))
    if (seen.type === 'group' && seen.sid !== undefined && !holders.everyone(seen.sid))
      for (const member of members.within(seen.sid).seen) add(member)
    for (const { right, trustee } of holders.over(seen))
      if (TAKES_OVER.has(right) && !holders.everyone(trustee)) add(entries.bySid(trustee))
    for (const sid of [...(seen.more?.actedOnBehalfBy ?? []), ...(seen.more?.passwordReaders ?? [])])
      if (!holders.everyone(sid)) add(entries.bySid(sid))
    if (seen.type === 'computer')
      for (const one of delegating) if (one.more!.delegatesTo!.some((service) => isOn(service, seen.name))) add(one)
  }
  return reached
}

/** What has the domain in hand. */
const isRoot = (seen: Seen): boolean => {
  if (seen.type === 'domain' || seen.type === 'certificate-authority' || seen.type === 'certificate-template')
    return true
  if (seen.type === 'group') return importance(seen)?.tier === 0
  if (seen.type === 'container') return /^CN=AdminSDHolder,CN=System,/i.test(seen.dn)
  if ((seen.control & CONTROL.controller) !== 0) return true
  if ((seen.control & CONTROL.delegation) !== 0) return true
  const rid = seen.sid === undefined ? 0 : splitSid(seen.sid).rid
  return seen.type === 'user' && (rid === 500 || rid === 502)
}

/** The nearest entry above that was seen. */
export const containerOf = (seen: Pick<Seen, 'dn'>, entries: Look['entries']): Seen | undefined => {
  for (let dn = parentDn(seen.dn); dn !== undefined; dn = parentDn(dn)) {
    const above = entries.byDn(dn)
    if (above !== undefined) return above
  }
  return undefined
}

/** Whether a service principal is one of a computer, by the first part of the host's name. */
const isOn = (service: string, computer: string) => {
  const host = service.split('/')[1]?.split(/[.:]/)[0]
  return host !== undefined && `${host}$`.toLowerCase() === computer.toLowerCase()
}
