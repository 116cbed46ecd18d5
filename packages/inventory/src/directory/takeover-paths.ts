import type { DirectoryPath, DirectoryStep, DirectoryVia } from '@rollcall/contract/api'
import type { Takeover } from './reach-of-takeover.ts'
import type { BuiltGraph, Node } from './takeover-graph.ts'

const MOST_PATHS = 10
const MOST_STEPS = 200

/** Ways told of each: fewer where there are very many who have some, since all of them are kept. */
export const mostPaths = (nodes: readonly Node[], takeover: Takeover): number => {
  let many = 0
  for (const [at, { finding }] of nodes.entries()) if (finding !== undefined && takeover.possibly(at)) many++
  return many > 20_000 ? 1 : many > 2000 ? 3 : MOST_PATHS
}

/** The shortest ways from somebody, each by another first step. */
export const pathsFrom = (graph: BuiltGraph, start: number, most: number): DirectoryPath[] => {
  const { takeover, nodes } = graph
  const own = nodes[start]!.goal
  const firsts = takeover
    .from(start)
    .toSorted((one, other) => takeover.steps(takeover.edge(one).to) - takeover.steps(takeover.edge(other).to))
    .slice(0, most * 2)
  const paths = firsts.flatMap((first) => {
    const way = wayFrom(graph, start, first)
    return way === undefined ? [] : [way]
  })
  if (own !== undefined)
    paths.unshift({
      via: own.via,
      effect: 'takes-over',
      sentence: own.sentence,
      steps: [{ sentence: own.sentence, ...(own.place === undefined ? {} : { place: own.place }) }],
    })
  return paths.slice(0, most)
}

const wayFrom = ({ takeover, aboutOf, nodes }: BuiltGraph, start: number, first: number): DirectoryPath | undefined => {
  const steps: DirectoryStep[] = []
  let via: DirectoryVia | undefined
  let at = start
  for (let edge: number | undefined = first, count = 0; edge !== undefined; edge = takeover.next(at), count++) {
    const { to } = takeover.edge(edge)
    if (to === start || count > MOST_STEPS) return undefined
    const { via: by, sentence, place, evidence, unless } = aboutOf(edge)
    if (by !== 'member' && by !== 'chain') via ??= by
    if (sentence !== '')
      steps.push({
        sentence: unless === undefined ? sentence : `${sentence.slice(0, -1)}; ${unless}.`,
        ...(place === undefined ? {} : { place }),
        ...(evidence === undefined ? {} : { evidence }),
      })
    at = to
  }
  const end = nodes[at]!.goal
  if (end !== undefined) {
    steps.push({ sentence: end.sentence, ...(end.place === undefined ? {} : { place: end.place }) })
    via ??= end.via === 'built-in' ? 'member' : end.via
  }
  return {
    via: via ?? 'member',
    effect: 'takes-over',
    sentence: steps.map(({ sentence }) => sentence).join(' '),
    steps,
  }
}
