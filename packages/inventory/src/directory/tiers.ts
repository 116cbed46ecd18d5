import type { BuiltGraph } from './takeover-graph.ts'

export const NO_TIER = 255

/** The least tier of the groups that each node is in, nested ones too. */
export const tiersOf = ({ nodes, memberships }: BuiltGraph): Uint8Array => {
  const tiers = new Uint8Array(nodes.length).fill(NO_TIER)
  const into = new Map<number, number[]>()
  for (let at = 0; at < memberships.length; at += 2) {
    const [member, group] = [memberships[at]!, memberships[at + 1]!]
    const own = into.get(group)
    if (own === undefined) into.set(group, [member])
    else own.push(member)
  }
  for (const tier of [0, 1, 2]) {
    const waiting = [...nodes.keys()].filter((at) => {
      const { finding } = nodes[at]!
      return finding?.kind === 'directory-group' && finding.tier === tier
    })
    while (waiting.length > 0) {
      const at = waiting.pop()!
      if (tiers[at]! <= tier) continue
      tiers[at] = tier
      for (const member of into.get(at) ?? []) if (tiers[member]! > tier) waiting.push(member)
    }
  }
  return tiers
}
