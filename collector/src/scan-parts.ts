import { formatComputersOf, formatTarget, isComputersOf, parseTargetPart, type TargetSet } from '@rollcall/contract'
import { rangeText, remaining } from './scan-order.ts'

/** What is counted for a host that is named, and for an address of a range: on most of these nothing answers. */
const HOST = 4
const ADDRESS = 1
/** So small that a few agents share even a few hosts, so large that an order is worth its way. */
const LEAST = 8 * HOST
/** Of addresses, so many that whoever takes over can be told in one order which are done. */
const MOST = 1024 * HOST
const MOST_CHARACTERS = 200_000
/** Parts for each agent: one that is slow holds up few targets. */
const EACH = 4

/**
 * Divides what is scanned together into parts that one agent has at a time. Exclusions are carried out on entries; those that only a directory's answer
 * can be compared with stay with the question to it, which is a part by itself.
 */
export const partsOf = (sets: readonly TargetSet[], agents: number): TargetSet[][] => {
  const asking = sets.flatMap(({ include, exclude }) =>
    include
      .filter((entry) => isComputersOf(entry.trim()))
      .map((entry) => ({ include: [entry], exclude: [...exclude] })),
  )
  const entries = new Set(
    sets.flatMap(({ include, exclude }) =>
      remaining({ include: include.filter((entry) => !isComputersOf(entry.trim())), exclude: [...exclude] }),
    ),
  )
  const total = [...entries].reduce((sum, entry) => sum + weightOf(entry), 0)
  const most = Math.min(MOST, Math.max(LEAST, Math.ceil(total / (EACH * Math.max(1, agents)))))
  const parts: TargetSet[][] = []
  let part = { include: [] as string[], weight: 0, characters: 0 }
  const close = () => {
    if (part.include.length > 0) parts.push([{ include: part.include, exclude: [] }])
    part = { include: [], weight: 0, characters: 0 }
  }
  for (const entry of entries)
    for (const piece of piecesOf(entry, Math.floor(most / ADDRESS))) {
      const weight = weightOf(piece)
      if (part.weight + weight > most || part.characters + piece.length > MOST_CHARACTERS) close()
      part.include.push(piece)
      part.weight += weight
      part.characters += piece.length
    }
  close()
  return [...parts, ...asking.map((set) => [set])]
}

/** How many addresses entries name in ranges. */
export const addressesIn = (entries: readonly string[]): number =>
  entries.reduce((sum, entry) => {
    const part = parseTargetPart(entry.trim())
    return sum + ('first' in part ? part.last - part.first + 1 : 0)
  }, 0)

/** What is left of a part when some of its targets have ended, and which of these have to be named as done. */
export const leftOf = (sets: readonly TargetSet[], ended: readonly string[]): { sets: TargetSet[]; done: string[] } => {
  const done = new Set(ended)
  const left = sets.map(({ include, exclude }) => ({
    include: include.filter((entry) => {
      const part = parseTargetPart(entry.trim())
      return !('target' in part) || !done.has(formatTarget(part.target))
    }),
    exclude: [...exclude],
  }))
  const parts = left.flatMap(({ include }) => include.map((entry) => parseTargetPart(entry.trim())))
  const isAsked = parts.some((part) => 'directory' in part)
  const questions = new Set(parts.flatMap((part) => ('directory' in part ? [formatComputersOf(part)] : [])))
  const named = isAsked
    ? // The question itself is asked again: what its answer named is not known here.
      ended.filter((target) => !questions.has(target))
    : ended.filter((target) => parts.some((part) => 'first' in part && lies(target, part)))
  return { sets: left.filter(({ include }) => include.length > 0), done: named }
}

const lies = (target: string, range: { first: number; last: number; port: number }): boolean => {
  const part = parseTargetPart(`${target.replace(/^ssh:\/\//, '').replace(/:\d+$/, '')}/32:${range.port}`)
  return 'first' in part && range.first <= part.first && part.first <= range.last
}

const weightOf = (entry: string): number => {
  const part = parseTargetPart(entry.trim())
  return 'first' in part ? (part.last - part.first + 1) * ADDRESS : HOST
}

/** A range that is too long for one part, in several. */
const piecesOf = (entry: string, most: number): string[] => {
  const part = parseTargetPart(entry.trim())
  if (!('first' in part) || part.last - part.first + 1 <= most) return [entry.trim()]
  const pieces: string[] = []
  for (let first = part.first; first <= part.last; first += most)
    pieces.push(rangeText({ ...part, first, last: Math.min(part.last, first + most - 1) }))
  return pieces
}
