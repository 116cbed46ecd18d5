import type { FindingOf } from '@rollcall/contract'
import { LIST_RIGHTS, rightPhrase } from '../right-meaning.ts'
import { isPolicyLink } from '../takeover-facts.ts'
import { EVERYBODY, foldDn, parentOf, type TakeoverGraph } from '../takeover-graph.ts'
import { ACCOUNTS, blockingInheritance, IN_SITE, isSite, type Containers } from './containers.ts'

/**
 * Policies apply to what lies where they are linked: who may change one has that in hand. Containers may block what is linked above them, unless the link is
 * enforced; and a policy may be for some only, which who may change its list changes as well.
 */
export const policies = (graph: TakeoverGraph, containers: Containers): void => {
  const { facts, nodes, edge, named, ofObject, ofDn, anyGoal } = graph
  const links = facts.settings.filter(({ name }) => isPolicyLink(name))
  const enforced = enforcedLinks(facts.settings)
  const filters = policyFilters(graph)
  for (const { values, place } of links) {
    if (place === undefined) continue
    const { path } = place
    for (const value of values) {
      const policy = ofObject(value) ?? ofDn(value)
      if (policy === undefined) continue
      const about = {
        via: 'policy' as const,
        sentence: `The policy ${named(policy)} applies to what lies in ${path}.`,
        place,
      }
      if (isSite(path)) {
        edge(policy, anyGoal(), { ...about, unless: IN_SITE })
        continue
      }
      const isEnforced = enforced.has(`${foldDn(path)} ${foldDn(value)}`)
      const onto = () => (isEnforced ? containers.policies(path) : containers.blockable(path))
      const filter = filters.get(foldDn(value))
      if (filter === undefined) {
        edge(policy, onto(), about)
        continue
      }
      for (const at of filter.below(path, isEnforced))
        edge(policy, at, { ...about, sentence: `The policy ${named(policy)} applies to ${named(at)}.` })
      for (const right of filter.changing) {
        const from =
          (right.trusteeObject === undefined ? undefined : ofObject(right.trusteeObject)) ??
          graph.principal(right.trustee, right.trusteeName)
        const sentence = `${named(from)} ${rightPhrase(right.right)} ${named(policy)}, and so may let it apply to whatever lies in ${path}.`
        edge(from, onto(), { via: 'policy', sentence, place: right.place, evidence: right.evidence })
      }
    }
  }
  const linked = new Set(links.flatMap(({ values }) => values.map((value) => foldDn(value))))
  for (const { object, objectName, objectType, place } of facts.rights)
    if (
      objectType === 'policy' &&
      nodes[ofObject(object)!]!.goal === undefined &&
      !isLinked(linked, object, place.path)
    ) {
      const about = {
        via: 'policy' as const,
        sentence: `The policy ${objectName} may apply to privileged accounts or containers.`,
        unless: `to what the policy ${objectName} applies is not known`,
      }
      if (links.length === 0) edge(ofObject(object)!, anyGoal(), about)
    }
}

type Setting = FindingOf<'setting'>

/** Links that nothing below may block: container and policy. */
const enforcedLinks = (settings: readonly Setting[]): ReadonlySet<string> =>
  new Set(
    settings.flatMap(({ name, values, place }) =>
      name === 'gplink-enforced' && place !== undefined
        ? values.map((value) => `${foldDn(place.path)} ${foldDn(value)}`)
        : [],
    ),
  )

interface Filter {
  /** Accounts below a container that the policy is for. */
  below(dn: string, enforced: boolean): readonly number[]
  /** Rights of those who may make it be for others. */
  readonly changing: readonly FindingOf<'directory-right'>[]
}

/** Of policies that are for some only, by their DN: for whom. */
const policyFilters = (graph: TakeoverGraph): ReadonlyMap<string, Filter> => {
  const { facts, ofObject } = graph
  const ofName = (wanted: string) =>
    new Map(
      facts.settings.flatMap(({ name, values, place }) =>
        name === wanted && place !== undefined ? [[foldDn(place.path), values] as const] : [],
      ),
    )
  const [appliesTo, keptFrom] = [ofName('applies-to'), ofName('kept-from')]
  if (appliesTo.size === 0) return new Map()
  const within = groupClosure(graph)
  const blocked = blockingInheritance(facts)
  const changing = Map.groupBy(
    facts.rights.filter(({ objectType, right }) => objectType === 'policy' && LIST_RIGHTS.has(right)),
    ({ place }) => foldDn(place.path),
  )
  const accounts = facts.accounts.filter(({ type }) => ACCOUNTS.has(type))
  return new Map(
    Array.from(appliesTo, ([policy, sids]) => {
      const [those, others] = [within(sids), within(keptFrom.get(policy) ?? [])]
      const meant = accounts.filter(({ object }) => {
        const at = ofObject(object)!
        return (those === 'all' || those.has(at)) && others !== 'all' && !others.has(at)
      })
      const below = (dn: string, enforced: boolean) => {
        const container = foldDn(dn)
        return meant.flatMap(({ object, place }) =>
          isReached(foldDn(place.path), container, enforced ? NONE : blocked) ? [ofObject(object)!] : [],
        )
      }
      return [policy, { below, changing: changing.get(policy) ?? [] }]
    }),
  )
}
const NONE: ReadonlySet<string> = new Set()

/** Whether what is linked to a container reaches an entry below it. */
const isReached = (dn: string, container: string, blocked: ReadonlySet<string>): boolean => {
  if (!dn.endsWith(`,${container}`)) return false
  for (let above = parentOf(dn); above !== undefined && above !== container; above = parentOf(above))
    if (blocked.has(above)) return false
  return true
}

/** Everybody who is in one of some groups, or is one of them. */
const groupClosure = ({ facts, memberships, ofObject, principal }: TakeoverGraph) => {
  const members = new Map<number, number[]>()
  for (let at = 0; at < memberships.length; at += 2) {
    const [member, group] = [memberships[at]!, memberships[at + 1]!]
    const own = members.get(group)
    if (own === undefined) members.set(group, [member])
    else own.push(member)
  }
  return (sids: readonly string[]): ReadonlySet<number> | 'all' => {
    if (sids.some((sid) => ALL.has(sid))) return 'all'
    const found = new Set<number>()
    if (sids.includes(CONTROLLERS))
      for (const { object, states } of facts.accounts)
        if (states.includes('domain-controller')) found.add(ofObject(object)!)
    const waiting = sids.map((sid) => principal(sid))
    while (waiting.length > 0) {
      const at = waiting.pop()!
      if (found.has(at)) continue
      found.add(at)
      waiting.push(...(members.get(at) ?? []))
    }
    return found
  }
}
const ALL: ReadonlySet<string> = new Set(Object.values(EVERYBODY))
const CONTROLLERS = 'S-1-5-9'

const isLinked = (linked: ReadonlySet<string>, object: string, dn: string) =>
  linked.has(object) || linked.has(foldDn(dn))
