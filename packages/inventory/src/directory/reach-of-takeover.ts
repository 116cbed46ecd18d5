/** Edges of a directory: who has the one in hand gets the other. Nodes are numbers, given by whoever makes the graph. */
export interface TakeoverEdges {
  /** `weight` 0: not a step of its own for a person. `certain`: whether it holds whatever is not known. `about`: what tells of it. */
  add(from: number, to: number, weight: 0 | 1, certain: boolean, about: number): void
  /** From whom the goals are reached, by the fewest steps. */
  towards(goals: Iterable<number>, nodes: number): Takeover
}

export interface Takeover {
  /** Whether a goal is reached by certain edges alone, or by others too. */
  readonly certainly: (node: number) => boolean
  readonly possibly: (node: number) => boolean
  /** The edge to be taken next from a node; undefined at a goal and where none is reached. */
  readonly next: (node: number) => number | undefined
  readonly steps: (node: number) => number
  /** All edges from a node that lead to a goal, certain ones from where it is reached certainly. */
  readonly from: (node: number) => readonly number[]
  readonly edge: (edge: number) => {
    readonly from: number
    readonly to: number
    readonly weight: number
    readonly certain: boolean
    readonly about: number
  }
}

/** The time is that of reading each edge a few times, whatever circles there are. */
export const takeoverEdges = (): TakeoverEdges => {
  const from: number[] = []
  const to: number[] = []
  const about: number[] = []
  /** 1: a step; 2: certain. */
  const flags: number[] = []

  return {
    add(source, target, weight, certain, told) {
      if (source === target) return
      from.push(source)
      to.push(target)
      flags.push(weight | (certain ? 2 : 0))
      about.push(told)
    },

    towards(goals, nodes) {
      const into = grouped(to, nodes)
      const out = grouped(from, nodes)
      const steps = new Int32Array(nodes).fill(FAR)
      const next = new Int32Array(nodes).fill(NONE)
      const known = new Uint8Array(nodes)
      const spread = (start: Iterable<number>, mark: number, admits: (edge: number) => boolean) => {
        let [now, later]: [number[], number[]] = [[...start], []]
        const distance = new Int32Array(nodes).fill(FAR)
        for (const node of now) distance[node] = 0
        for (let level = 0; now.length > 0; level++) {
          // Grows while it is gone through: edges without a step stay on the level.
          for (let turn = 0; turn < now.length; turn++) {
            const node = now[turn]!
            if (distance[node]! !== level) continue
            if (known[node] === 0) known[node] = mark
            for (let at = into.starts[node]!; at < into.starts[node + 1]!; at++) {
              const edge = into.order[at]!
              const source = from[edge]!
              if (!admits(edge) || (known[source] !== 0 && known[source] !== mark)) continue
              const weight = flags[edge]! & 1
              if (distance[source]! <= level + weight) continue
              distance[source] = level + weight
              steps[source] = level + weight
              next[source] = edge
              if (weight === 0) now.push(source)
              else later.push(source)
            }
          }
          ;[now, later] = [later, []]
        }
      }
      const ends = [...new Set(goals)]
      for (const goal of ends) steps[goal] = 0
      spread(ends, 1, (edge) => (flags[edge]! & 2) !== 0)
      const certain = [...known.keys()].filter((node) => known[node] === 1)
      spread(certain, 2, () => true)
      return {
        certainly: (node) => known[node] === 1,
        possibly: (node) => known[node] !== 0,
        next: (node) => (next[node] === NONE ? undefined : next[node]),
        steps: (node) => steps[node]!,
        from(node) {
          const edges: number[] = []
          for (let at = out.starts[node]!; at < out.starts[node + 1]!; at++) {
            const edge = out.order[at]!
            const reaches =
              known[node] === 1 ? known[to[edge]!] === 1 && (flags[edge]! & 2) !== 0 : known[to[edge]!] !== 0
            if (reaches) edges.push(edge)
          }
          return edges
        },
        edge: (edge) => ({
          from: from[edge]!,
          to: to[edge]!,
          weight: flags[edge]! & 1,
          certain: (flags[edge]! & 2) !== 0,
          about: about[edge]!,
        }),
      }
    },
  }
}

const FAR = 0x7fffffff
const NONE = -1

/** The numbers of edges ordered by one of their ends, and where those of each node start. */
const grouped = (ends: readonly number[], nodes: number) => {
  const starts = new Int32Array(nodes + 1)
  for (const end of ends) starts[end + 1]!++
  for (let node = 0; node < nodes; node++) starts[node + 1]! += starts[node]!
  const filled = starts.slice()
  const order = new Int32Array(ends.length)
  for (const [edge, end] of ends.entries()) order[filled[end]!++] = edge
  return { starts, order }
}
