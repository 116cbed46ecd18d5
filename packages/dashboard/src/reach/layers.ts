import type { ReachAnswer, ReachNode, ReachStep } from '@rollcall/contract/api'

/** A host in the drawing: who is entered there, and whether one is root there in the end. */
export interface Station {
  readonly id: string
  readonly title: string
  /** The title without what all of them end in. */
  readonly label: string
  readonly accounts: readonly string[]
  readonly root: boolean
  readonly start: boolean
  readonly layer: number
  /** Its turn among those of its layer. */
  readonly turn: number
}

/** A key that leads from one host to another. */
export interface Track {
  readonly from: string
  readonly to: string
  readonly key: string
  /** Whether it meets a condition on every way that takes it. */
  readonly conditional: boolean
}

export interface Drawing {
  readonly stations: readonly Station[]
  readonly tracks: readonly Track[]
  readonly layers: number
  readonly tallest: number
  /** Hosts that are left out. */
  readonly left: number
}

/** More than this nobody can read. */
const MAX_STATIONS = 24

/**
 * Hosts in layers, by how many keys away they are from where the ways start, and the keys between them. Within a layer a host
 * stands near those that lead to it, so that few lines cross.
 */
export const drawingOf = (ends: ReachAnswer['ends'], start: ReachNode): Drawing => {
  const found = new Map<string, Found>()
  const tracks = new Map<string, { from: string; to: string; key: string; conditional: boolean }>()
  const station = (node: ReachNode, layer: number): Found => {
    const { id, title } = stationOf(node)
    const known = found.get(id)
    if (known !== undefined) {
      known.layer = Math.min(known.layer, layer)
      return known
    }
    const fresh: Found = { id, title, accounts: new Set(), root: false, layer }
    found.set(id, fresh)
    return fresh
  }
  for (const { path } of ends) walk(path, station, tracks)
  const kept = [...found.values()].sort((one, other) => one.layer - other.layer).slice(0, MAX_STATIONS)
  const ids = new Set(kept.map(({ id }) => id))
  const between = [...tracks.values()].filter(({ from, to }) => ids.has(from) && ids.has(to))
  const layers = Math.max(0, ...kept.map(({ layer }) => layer)) + 1
  const byLayer = Array.from({ length: layers }, (_, layer) => kept.filter((one) => one.layer === layer))
  const turns = new Map<string, number>()
  for (const layer of byLayer) {
    const near = (one: Found) => {
      const before = between.flatMap(({ from, to }) => (to === one.id ? (turns.get(from) ?? []) : []))
      return before.length === 0 ? 0 : before.reduce((sum, turn) => sum + turn, 0) / before.length
    }
    layer.sort((one, other) => near(one) - near(other) || one.title.localeCompare(other.title))
    for (const [turn, { id }] of layer.entries()) turns.set(id, turn)
  }
  const startId = stationOf(start).id
  const common = commonEnding(kept.map(({ title }) => title)).length
  return {
    stations: kept.map((one) => ({
      ...one,
      label: one.title.slice(0, one.title.length - common) || one.title,
      accounts: [...one.accounts],
      start: one.id === startId,
      turn: turns.get(one.id)!,
    })),
    tracks: between,
    layers,
    tallest: Math.max(1, ...byLayer.map(({ length }) => length)),
    left: found.size - kept.length,
  }
}

/** The domain that all names end in, with its dot; empty where there is none. */
const commonEnding = (names: readonly string[]): string => {
  const [first = '', ...others] = names
  for (let at = first.indexOf('.'); at >= 0; at = first.indexOf('.', at + 1)) {
    const ending = first.slice(at)
    if (others.length > 0 && others.every((name) => name.endsWith(ending))) return ending
  }
  return ''
}

interface Found {
  readonly id: string
  readonly title: string
  readonly accounts: Set<string>
  root: boolean
  layer: number
}

const walk = (
  path: readonly ReachStep[],
  station: (node: ReachNode, layer: number) => Found,
  tracks: Map<string, { from: string; to: string; key: string; conditional: boolean }>,
) => {
  const [first] = path
  if (first === undefined) return
  let layer = 0
  let here = station(first.from, layer)
  const enter = (node: ReachNode) => {
    if (node.type === 'account') here.accounts.add(node.name)
    if (node.type === 'root') here.root = true
  }
  enter(first.from)
  let waiting: readonly unknown[] = []
  for (const { type, from, to, conditions } of path) {
    if (type === 'reads-key') {
      waiting = conditions
      continue
    }
    if (type === 'opens-account' && from.type === 'key') {
      const next = station(to, ++layer)
      if (next !== here) {
        const key = from.fingerprint.replace(/^SHA256:/, '').slice(0, 6)
        const id = `${here.id} ${next.id} ${key}`
        const conditional = conditions.length + waiting.length > 0
        const known = tracks.get(id)
        if (known === undefined) tracks.set(id, { from: here.id, to: next.id, key, conditional })
        else known.conditional &&= conditional
      }
      here = next
    }
    enter(to)
  }
}

const stationOf = (node: ReachNode) =>
  node.type === 'key'
    ? { id: node.fingerprint, title: 'whoever has the key' }
    : { id: node.host.id, title: node.host.name }
