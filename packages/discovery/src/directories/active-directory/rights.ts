import type { DirectoryObjectType, FindingOf } from '@rollcall/contract'
import type { HeldRight } from '../../formats/active-directory/rights.ts'
import { sddlOf } from '../../formats/active-directory/sddl.ts'
import { CONTAINER_INHERIT, INHERITED, rightsOf, type Ace } from '../../formats/active-directory/security-descriptor.ts'
import { wellKnown } from '../../formats/active-directory/well-known.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { containerOf, dependedOn } from './depended-on.ts'
import { weaknessOf, type Membership, type Seen } from './entries.ts'
import { TAKES_OVER, type Holders } from './holders.ts'
import type { Look } from './look.ts'

const ADMIN_HOLDER = /^CN=AdminSDHolder,CN=System,/i
/** Entries of one container over which somebody was given the same right by name, that are told one by one. */
const MOST_SINGLE = 20

/**
 * Tells who may take over what. Rights over entries that the domain depends on are told for each; of others those that are inherited or
 * that everything is created with are told once for the container, with how many they apply to.
 */
export const tellRights = async (look: Look, holders: Holders, members: Membership): Promise<void> => {
  const { gathering, entries } = look
  const depended = dependedOn(look, holders, members)
  const sources = inheritance(look)
  const warnings = new Map<string, { seen: Seen; evidence: Map<Weakness, string[]>; depended: boolean }>()
  const warn = (seen: Seen, held: HeldRight, ordinary: boolean) => {
    if (ordinary) return
    const codes: Weakness[] = []
    if (TAKES_OVER.has(held.right) && holders.everyone(held.trustee)) codes.push('everyone-has-right')
    if (held.right === 'read-local-admin-password') codes.push('local-admin-readable')
    if (ADMIN_HOLDER.test(seen.dn)) codes.push('admin-holder-changed')
    for (const code of codes) {
      const kept = warnings.get(seen.object) ?? { seen, evidence: new Map(), depended: depended.has(seen) }
      const listed = kept.evidence.get(code) ?? []
      if (listed.length < 32) listed.push(`${nameOfSid(held.trustee, look)} ${held.right}`)
      kept.evidence.set(code, listed)
      warnings.set(seen.object, kept)
    }
  }
  const groups = new Map<string, Group>()
  let told = 0
  const tell = (seen: Seen, held: HeldRight, ordinary: boolean, from: Seen | undefined) => {
    gathering.tell('directory-rights', finding(seen, held, ordinary, look, from))
    warn(seen, held, ordinary)
    told++
  }
  for (const seen of entries.all) {
    for (const sid of seen.more?.passwordReaders ?? []) {
      const held: HeldRight = { right: 'read-managed-password', trustee: sid, except: [] }
      tell(seen, held, holders.ordinary(held, seen), undefined)
    }
    for (const held of holders.over(seen)) {
      const ordinary = holders.ordinary(held, seen)
      // Told of the list that they may change already.
      if (held.right === 'create-managed-account' && (ordinary || ADMIN_HOLDER.test(seen.dn))) continue
      const inherited = held.ace !== undefined && (held.ace.flags & INHERITED) !== 0
      const from = inherited ? sources(seen, held.ace) : undefined
      const container = from ?? containerOf(seen, entries)
      if (depended.has(seen) || container === undefined || (seen.type === 'container' && !inherited && !ordinary)) {
        tell(seen, held, ordinary, from)
        continue
      }
      const key = `${container.object} ${held.right} ${held.trustee} ${inherited ? 'inherited' : 'own'}`
      const group = groups.get(key)
      if (group === undefined)
        groups.set(key, { container, held, ordinary, inherited, types: new Set([seen.type]), count: 1, first: [seen] })
      else {
        group.types.add(seen.type)
        group.count++
        group.ordinary &&= ordinary
        if (!inherited && group.first.length <= MOST_SINGLE) group.first.push(seen)
      }
    }
    if (told > 1000) {
      told = 0
      await gathering.flush()
    }
  }
  const together = new Map<string, Group>()
  for (const group of groups.values()) {
    if (!group.inherited && !group.ordinary && group.count <= MOST_SINGLE) {
      for (const seen of group.first) {
        const own = holders
          .over(seen)
          .find(({ right, trustee }) => right === group.held.right && trustee === group.held.trustee)
        tell(seen, own ?? group.held, false, undefined)
      }
      continue
    }
    // What is inherited and what is given to each may be the same right in the same hands.
    const key = `${group.container.object} ${group.held.right} ${group.held.trustee} ${[...group.types].sort().join(',')}`
    const before = together.get(key)
    if (before === undefined) together.set(key, group)
    else before.count += group.count
  }
  for (const { container, held, ordinary, inherited, types, count } of together.values()) {
    gathering.tell('directory-rights', {
      ...finding(container, held, ordinary, look, undefined),
      below: [...types].sort().slice(0, 16),
      applies: count,
      ...(inherited ? { inheritedFrom: container.dn.slice(0, 2048) } : {}),
    })
    warn(container, held, ordinary)
  }
  for (const { seen, evidence, depended: isDepended } of warnings.values())
    for (const [code, list] of evidence)
      gathering.tell('directory-rights', weaknessOf(seen, code, severityOf(code, isDepended), ...list))
  await gathering.flush()
}

type Weakness = 'everyone-has-right' | 'local-admin-readable' | 'admin-holder-changed'

const severityOf = (code: Weakness, depended: boolean) => {
  if (code === 'admin-holder-changed') return 'critical'
  if (code === 'everyone-has-right') return depended ? 'critical' : 'high'
  return 'medium'
}

interface Group {
  readonly container: Seen
  readonly held: HeldRight
  readonly inherited: boolean
  readonly types: Set<DirectoryObjectType>
  readonly first: Seen[]
  ordinary: boolean
  count: number
}

const finding = (
  { object, name, type, dn }: Seen,
  { right, trustee, ace, conditional }: HeldRight,
  ordinary: boolean,
  look: Look,
  from: Seen | undefined,
): FindingOf<'directory-right'> => {
  const holder = look.entries.bySid(trustee)
  return {
    kind: 'directory-right',
    object,
    objectName: name,
    objectType: type,
    right,
    trustee,
    ...(holder === undefined ? {} : { trusteeObject: holder.object, trusteeType: holder.type }),
    trusteeName: nameOfSid(trustee, look).slice(0, 256),
    ...(from === undefined ? {} : { inheritedFrom: from.dn.slice(0, 2048) }),
    ...(conditional === true ? { conditional: true } : {}),
    evidence: ace === undefined ? (WITHOUT_ENTRY[right] ?? 'it has no access control list') : sddlOf(ace),
    ordinary,
    place: { path: clippedDn(dn) },
  }
}

const WITHOUT_ENTRY: Partial<Record<HeldRight['right'], string>> = {
  owns: 'its owner',
  'read-managed-password': 'msDS-GroupMSAMembership',
}

/** What somebody is called: by their entry, or as they are known everywhere. */
export const nameOfSid = (sid: string, { entries }: Look): string => {
  const seen = entries.bySid(sid)
  return seen === undefined || seen.type === 'foreign-principal' ? (wellKnown(sid)?.name ?? sid) : seen.name
}

/** From which entry above one of a list is inherited: the nearest that has it itself and hands it down. */
const inheritance = ({ entries }: Look) => {
  const known = new Map<string, Map<Ace, Seen | undefined>>()
  return (seen: Seen, ace: Ace): Seen | undefined => {
    const container = containerOf(seen, entries)
    if (container === undefined) return undefined
    const of = known.get(container.object) ?? new Map<Ace, Seen | undefined>()
    known.set(container.object, of)
    if (of.has(ace)) return of.get(ace)
    let source: Seen | undefined
    for (let above: Seen | undefined = container; above !== undefined; above = containerOf(above, entries)) {
      const dacl = entries.descriptor(above.descriptor)?.dacl
      if (dacl !== undefined && dacl !== 'everyone' && dacl.some((one) => handsDown(one, ace))) {
        source = above
        break
      }
    }
    of.set(ace, source)
    return source
  }
}

const handsDown = (one: Ace, ace: Ace) =>
  (one.flags & INHERITED) === 0 &&
  (one.flags & CONTAINER_INHERIT) !== 0 &&
  one.type === ace.type &&
  one.sid === ace.sid &&
  one.object === ace.object &&
  one.inheritedObject === ace.inheritedObject &&
  rightsOf(one) === rightsOf(ace)
