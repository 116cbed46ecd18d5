import type { DirectorySignals, Finding, Outcome } from '@rollcall/contract'
import type { DirectoryPath, YesNoUnknown } from '@rollcall/contract/api'
import { hiddenWays } from './hidden-ways.ts'
import { gatherFacts, type TakeoverFacts } from './takeover-facts.ts'
import { takeoverGraph, type TakeoverGraph } from './takeover-graph.ts'
import { mostPaths, pathsFrom } from './takeover-paths.ts'
import { NO_TIER, tiersOf } from './tiers.ts'
import { builtIn } from './ways/built-in.ts'
import { certificates } from './ways/certificates.ts'
import { containersOf } from './ways/containers.ts'
import { delegation } from './ways/delegation.ts'
import { identities } from './ways/identities.ts'
import { memberships } from './ways/memberships.ts'
import { patterns } from './ways/patterns.ts'
import { policies } from './ways/policies.ts'
import { rights } from './ways/rights.ts'
import { trusts } from './ways/trusts.ts'

export interface DirectorySight {
  readonly signals: DirectorySignals
  readonly scopes: readonly { readonly probe: string; readonly outcome: Outcome }[]
}

/** Whether an account, or whoever is in a group, can take its directory over: become its administrator. */
export interface DirectoryStandingOf {
  readonly object: string
  readonly privileged: YesNoUnknown
  /** The least tier of the groups it is in; 0 where it takes the directory over. */
  readonly tier: number | null
  /** The shortest first. */
  readonly paths: readonly DirectoryPath[]
  readonly unknownBecause: readonly string[]
}

export interface DirectoryStandings {
  readonly accounts: Iterable<DirectoryStandingOf>
  readonly groups: Iterable<DirectoryStandingOf>
  /** Who has it in hand and is no account or group that was seen. */
  readonly outside: readonly { readonly name: string; readonly path: DirectoryPath }[]
  /** Why nobody can be said to have no way. */
  readonly unknownBecause: readonly string[]
}

/** Takes all current findings of one directory, in any order, and then says who can take it over. */
export interface DirectoryPrivilege {
  add(finding: Finding): void
  resolve(): DirectoryStandings
}

/**
 * Who can take a directory over, by which steps. Ways are memberships, rights over whatever is on the way, containers and policies that
 * hold what is on the way, delegation, managed passwords, certificates and histories of identities.
 *
 * `no` is only said where everything that could tell of a way was read. What holds under a condition that is not known here, such as
 * what stands behind a search, makes `unknown` with that reason.
 */
export const directoryPrivilege = (sight: DirectorySight): DirectoryPrivilege => {
  const facts = gatherFacts()
  return { add: facts.add, resolve: () => resolve(sight, facts) }
}

/** Each kind of way is one file; containers are tied to what lies in them once it is known which of them matter. */
const WAYS: readonly ((graph: TakeoverGraph) => void)[] = [
  builtIn,
  memberships,
  (graph) => {
    const containers = containersOf(graph)
    rights(graph, containers)
    policies(graph, containers)
    containers.close()
  },
  delegation,
  identities,
  certificates,
  trusts,
  patterns,
]

const MOST_OUTSIDE = 200

const resolve = ({ signals, scopes }: DirectorySight, facts: TakeoverFacts): DirectoryStandings => {
  const graph = takeoverGraph(facts, signals, WAYS)
  const { nodes, goals, takeover } = graph
  const hidden = hiddenWays(scopes)
  const everywhere = [...new Set([...hidden, ...graph.open])]
  const tiers = tiersOf(graph)
  const most = mostPaths(nodes, takeover)

  const standing = (node: number, object: string): DirectoryStandingOf => {
    const tier = tiers[node] === NO_TIER ? null : tiers[node]!
    if (takeover.certainly(node))
      return { object, privileged: 'yes', tier: 0, paths: pathsFrom(graph, node, most), unknownBecause: [] }
    if (takeover.possibly(node)) {
      const paths = pathsFrom(graph, node, most)
      const because = [...new Set(graph.conditions(node))]
      return { object, privileged: 'unknown', tier, paths, unknownBecause: [...because, ...everywhere] }
    }
    return everywhere.length === 0
      ? { object, privileged: 'no', tier, paths: [], unknownBecause: [] }
      : { object, privileged: 'unknown', tier, paths: [], unknownBecause: everywhere }
  }
  const all = function* (findings: readonly { readonly object: string }[]) {
    for (const { object } of findings) yield standing(graph.ofObject(object), object)
  }
  const outside = [...nodes.keys()]
    .filter((node) => nodes[node]!.type === 'principal' && takeover.certainly(node) && !goals.has(node))
    .slice(0, MOST_OUTSIDE)
    .map((node) => ({ name: nodes[node]!.name, path: pathsFrom(graph, node, 1)[0]! }))
  return { accounts: all(facts.accounts), groups: all(facts.groups), outside, unknownBecause: everywhere }
}
