import type { Mover, ReachEnd, ReachGraph, ReachNode, ReachStep } from '@rollcall/inventory'

/** What the graph is asked, in a form that crosses between threads. */
export type ReachQuestion =
  | {
      readonly about: 'reach'
      readonly direction: 'from' | 'to'
      readonly node: ReachNode
      readonly rootsOnly: boolean
      readonly limit: number
    }
  | { readonly about: 'movers'; readonly budget: number }

export interface ReachFound {
  readonly totals: { accounts: number; hosts: number; roots: number; rootsFreely: number; limited: number }
  readonly ends: readonly (ReachEnd & { readonly path: readonly ReachStep[] })[]
  readonly left: number
}

export interface MoversFound {
  readonly movers: readonly Mover[]
  readonly complete: boolean
}

/** Answers about one place; undefined where the graph does not know it. */
export const reachIn = (
  graph: ReachGraph,
  { direction, node, rootsOnly, limit }: Extract<ReachQuestion, { about: 'reach' }>,
): ReachFound | undefined => {
  const reach = direction === 'from' ? graph.from(node) : graph.to(node)
  if (reach === undefined) return undefined
  const whole = reach.ends.filter(({ limited }) => !limited)
  const roots = whole.filter(({ node: end }) => end.type === 'root')
  const told = rootsOnly ? roots : reach.ends
  return {
    totals: {
      accounts: whole.length - roots.length,
      hosts: new Set(whole.flatMap(({ node: end }) => (end.type === 'key' ? [] : end.host))).size,
      roots: roots.length,
      rootsFreely: roots.filter(({ conditions }) => conditions === 0).length,
      limited: reach.ends.length - whole.length,
    },
    ends: told.slice(0, limit).map((end) => ({ ...end, path: reach.path(end) })),
    left: Math.max(0, told.length - limit),
  }
}
