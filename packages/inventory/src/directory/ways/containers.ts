import type { DirectoryObjectType, FindingOf } from '@rollcall/contract'
import { foldDn, parentOf, type TakeoverGraph } from '../takeover-graph.ts'

export interface Containers {
  /** Who changes the list of a container, so that it says something else of all that inherits from it. */
  list(dn: string): number
  /** Who lets policies run on whatever account lies below. */
  policies(dn: string): number
  /** The same for policies that containers below may block. */
  blockable(dn: string): number
  /** Who has a right over entries of a type below. */
  below(dn: string, type: DirectoryObjectType): number
  /** Ties the containers asked for to the entries and containers that lie in them. */
  close(): void
}

/** Policies that are linked to a site apply to the controllers in it, which no entry that is read tells. */
export const isSite = (dn: string): boolean => /^cn=[^,]+,cn=sites,cn=configuration,/i.test(dn)
export const IN_SITE = 'which controllers are in that site is not known'

/** Containers, folded, that keep what is linked above them from what lies in them, unless it is enforced (gPOptions, MS-GPOL 2.2.2). */
export const blockingInheritance = ({ settings }: TakeoverGraph['facts']): ReadonlySet<string> =>
  new Set(
    settings.flatMap(({ name, place, values }) =>
      name === 'gpoptions' && place !== undefined && values[0] === '1' ? [foldDn(place.path)] : [],
    ),
  )

/** Only containers that somebody has something over are ever nodes, with those between them and what lies below. */
export const containersOf = ({ facts, node, nodes, edge, silently, ofObject }: TakeoverGraph): Containers => {
  const made = new Map<string, number>()
  const get = (kind: 'list' | 'policies' | 'blockable' | 'below', dn: string, type = '') => {
    const key = `${kind} ${type} ${foldDn(dn)}`
    const known = made.get(key)
    if (known !== undefined) return known
    const at = node({ name: dn, type: `container-${kind === 'blockable' ? 'policies' : kind}` })
    made.set(key, at)
    return at
  }
  return {
    list: (dn) => get('list', dn),
    policies: (dn) => get('policies', dn),
    blockable: (dn) => get('blockable', dn),
    below: (dn, type) => get('below', dn, type),
    close() {
      if (made.size === 0) return
      const asked = new Map<string, [kind: string, type: string, at: number][]>()
      for (const [key, at] of made) {
        const [kind = '', type = ''] = key.split(' ', 2)
        const dn = key.slice(kind.length + type.length + 2)
        const own = asked.get(dn) ?? []
        own.push([kind, type, at])
        asked.set(dn, own)
      }
      // The containers that matter for what lies in a folder: its own and those above it. Each is worked out once.
      const blocked = blockingInheritance(facts)
      const above = new Map<string, readonly [kind: string, type: string, at: number][]>()
      const aboveOf = (dn: string): readonly [string, string, number][] => {
        const way: string[] = []
        let at: string | undefined = dn
        while (at !== undefined && way.length < DEEPEST && !above.has(at)) {
          way.push(at)
          at = parentOf(at)
        }
        let all = at === undefined ? [] : (above.get(at) ?? [])
        for (const one of way.toReversed()) {
          const own = asked.get(one)
          if (blocked.has(one)) all = all.filter(([kind]) => kind !== 'blockable')
          if (own !== undefined) all = nearest([...own, ...all], edge)
          above.set(one, all)
        }
        return all
      }
      const lying: { object: string; type: DirectoryObjectType; dn: string; open: boolean }[] = [
        ...facts.accounts.map(({ object, type, place, states }) => ({
          object,
          type,
          dn: place.path,
          open: !states.includes('inheritance-off'),
        })),
        ...facts.groups.map(({ object, place, states = [] }) => ({
          object,
          type: 'group' as const,
          dn: place.path,
          open: !states.includes('inheritance-off'),
        })),
      ]
      const seen = new Set(lying.map(({ object }) => object))
      // Of these each right is told by itself, denials taken into account, and what is told of their container does not count.
      const single = new Set(
        facts.rights.flatMap(({ object, below = [], applies }) =>
          below.length === 0 && applies === undefined ? [object] : [],
        ),
      )
      for (const right of facts.rights) {
        const dn = dnOf(right)
        if (dn === undefined || seen.has(right.object) || right.objectType === 'domain') continue
        seen.add(right.object)
        lying.push({ object: right.object, type: right.objectType, dn, open: true })
      }
      for (const { object, type, dn, open } of lying) {
        const parent = parentOf(foldDn(dn))
        const at = ofObject(object)
        if (parent === undefined || at === undefined) continue
        for (const [kind, of, container] of aboveOf(parent)) {
          if (APPLYING.has(kind) && !ACCOUNTS.has(type)) continue
          if (kind === 'list' && !open) continue
          if (kind === 'below' && (!open || of !== type || single.has(object))) continue
          const { name } = nodes[container]!
          silently(
            container,
            at,
            APPLYING.has(kind)
              ? (_, to) => ({ via: 'policy', sentence: `Policies of ${name} apply to ${to}.`, place: { path: dn } })
              : (_, to) => ({
                  via: 'chain',
                  sentence: `${to} lies in ${name} and inherits from it.`,
                  place: { path: dn },
                }),
          )
        }
      }
    },
  }
}

const APPLYING: ReadonlySet<string> = new Set(['policies', 'blockable'])
export const ACCOUNTS: ReadonlySet<string> = new Set(['user', 'computer', 'managed-service'])

/** Of several containers above each other that are asked for the same, only the nearest is tied to what lies below; the others to it. */
const nearest = (all: readonly [kind: string, type: string, at: number][], edge: TakeoverGraph['edge']) => {
  const first = new Map<string, [kind: string, type: string, at: number]>()
  for (const one of all) {
    const key = `${one[0]} ${one[1]}`
    const near = first.get(key)
    if (near === undefined) first.set(key, one)
    else if (near[2] !== one[2]) edge(one[2], near[2], { via: 'chain', sentence: '' })
  }
  return [...first.values()]
}

/** Ancestors of an entry that are looked at: a DN is no longer, unless somebody wants this to take long. */
const DEEPEST = 64

/** The DN of the entry that a right is held over. */
export const dnOf = ({ object, objectName, place }: FindingOf<'directory-right'>): string | undefined => {
  if (/^[a-z][\w-]*=/i.test(object)) return object
  if (/^[a-z][\w-]*=.*,/i.test(objectName)) return objectName
  return /(?:^|,)\s*cn=config$/i.test(place.path) ? undefined : place.path
}

/** The container that has a name, where only one that anything lies in has it: some lists are read without saying where it is. */
export const containersByName = ({ facts: { accounts, groups } }: TakeoverGraph) => {
  let byName: Map<string, Set<string>> | undefined
  return (name: string): string | undefined => {
    if (byName === undefined) {
      byName = new Map()
      const seen = new Set<string>()
      for (const { place } of [...accounts, ...groups]) {
        let dn = parentOf(foldDn(place.path))
        for (let depth = 0; dn !== undefined && depth < DEEPEST && !seen.has(dn); depth++) {
          seen.add(dn)
          const value = /^[^=,]+=([^,]*)/.exec(dn)?.[1] ?? dn
          byName.set(value, (byName.get(value) ?? new Set()).add(dn))
          dn = parentOf(dn)
        }
      }
    }
    const named = byName.get(name.toLowerCase())
    return named?.size === 1 ? [...named][0] : undefined
  }
}
