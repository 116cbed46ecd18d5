import type { FindingOf } from '@rollcall/contract'
import { isPolicyLink } from '../takeover-facts.ts'
import { foldDn, type TakeoverGraph } from '../takeover-graph.ts'
import { IN_SITE, isSite, type Containers } from './containers.ts'

/** Policies apply to what lies where they are linked: who may change one has that in hand. */
export const policies = (
  { facts, nodes, edge, named, ofObject, ofDn, anyGoal }: TakeoverGraph,
  containers: Containers,
): void => {
  const links = facts.settings.filter(({ name }) => isPolicyLink(name))
  for (const { object, name, values = [], place } of linkedPolicies(links)) {
    for (const value of values) {
      const policy = ofObject(value) ?? ofDn(value)
      if (policy === undefined) continue
      const site = isSite(object)
      edge(policy, site ? anyGoal() : containers.policies(object), {
        via: 'policy',
        sentence: `The policy ${named(policy)} applies to what lies in ${name}.`,
        place,
        ...(site ? { unless: IN_SITE } : {}),
      })
    }
  }
  const linked = new Set(links.flatMap(({ values }) => values?.map((value) => foldDn(value)) ?? []))
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

interface Linked {
  readonly object: string
  readonly name: string
  readonly values?: readonly string[] | undefined
  readonly place: { path: string }
}

/** Containers with the policies that apply to them; `object` is the container's DN here. */
const linkedPolicies = (links: readonly FindingOf<'setting'>[]): Linked[] =>
  links.flatMap(({ values, place }) =>
    place === undefined ? [] : [{ object: place.path, name: place.path, values, place }],
  )

const isLinked = (linked: ReadonlySet<string>, object: string, dn: string) =>
  linked.has(object) || linked.has(foldDn(dn))
