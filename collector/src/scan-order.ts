import {
  formatComputersOf,
  formatTarget,
  isComputersOf,
  ipv4Number,
  ipv4Text,
  parseTargetPart,
  type TargetPart,
  type TargetSet,
} from '@rollcall/contract'

type Range = Extract<TargetPart, { kind: 'range' }>

/** What is scanned together: one set, and those whose exclusions cannot be carried out before a directory was asked. */
type Together = { readonly targets: TargetSet; readonly apart?: TargetSet[] }

/**
 * One set for several that are scanned together. What one of them leaves out, another may include: so each set's exclusions
 * are carried out on its own entries first, and none remain.
 */
export const together = (sets: readonly TargetSet[]): Together => {
  const known = sets.filter((set) => !asksFirst(set))
  const apart = sets.filter(asksFirst).map(({ include, exclude }) => ({ include, exclude }))
  const [targets = { include: [], exclude: [] }, ...rest] = known.length === 0 ? apart : [asOne(known), ...apart]
  return { targets, ...(rest.length === 0 ? {} : { apart: rest }) }
}

const asOne = (sets: readonly TargetSet[]): TargetSet => {
  const [only] = sets
  if (only !== undefined && sets.length === 1) return { include: only.include, exclude: only.exclude }
  if (sets.every(({ exclude }) => exclude.length === 0))
    return { include: distinct(sets.flatMap(({ include }) => include)), exclude: [] }
  return { include: distinct(sets.flatMap(remaining)), exclude: [] }
}

/** Whether it leaves something out of what only a directory knows. */
const asksFirst = ({ include, exclude }: TargetSet) =>
  exclude.length > 0 && include.some((entry) => isComputersOf(entry.trim()))

const distinct = (entries: readonly string[]) => [...new Set(entries)]

/** A set's entries without what it leaves out, as entries. They were valid when the set was added. */
export const remaining = ({ include, exclude }: TargetSet): string[] => {
  const [parts, left] = [include, exclude].map((entries) => entries.flatMap((entry) => readable(entry.trim())))
  const names = new Set(
    left!.flatMap((part) => (part.kind === 'host' ? [part.target.kind === 'local' ? 'local' : part.target.host] : [])),
  )
  const gaps = merged([
    ...left!.filter((part): part is Range => part.kind === 'range').map(({ first, last }) => ({ first, last })),
    ...[...names].flatMap((name) => {
      const number = ipv4Number(name)
      return number === undefined ? [] : [{ first: number, last: number }]
    }),
  ])
  return parts!.flatMap((part) => {
    if (part.kind === 'range') return without(part, gaps).map((range) => rangeText(range))
    if (part.kind === 'computers') return [formatComputersOf(part)]
    const name = part.target.kind === 'local' ? 'local' : part.target.host
    const number = ipv4Number(name)
    const out =
      names.has(name) || (number !== undefined && gaps.some(({ first, last }) => first <= number && number <= last))
    return out ? [] : [formatTarget(part.target)]
  })
}

const readable = (entry: string): TargetPart[] => {
  const part = parseTargetPart(entry)
  return 'problem' in part ? [] : [part]
}

type Span = { readonly first: number; readonly last: number }

/** Spans in order, those that touch made one. */
const merged = (spans: readonly Span[]): Span[] => {
  const result: { first: number; last: number }[] = []
  for (const { first, last } of [...spans].sort((a, b) => a.first - b.first)) {
    const before = result.at(-1)
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last)
    else result.push({ first, last })
  }
  return result
}

const without = (range: Range, gaps: readonly Span[]): Range[] => {
  const rest: Range[] = []
  let from = range.first
  for (const { first, last } of gaps) {
    if (last < from || first > range.last) continue
    if (first > from) rest.push({ ...range, first: from, last: first - 1 })
    from = last + 1
  }
  if (from <= range.last) rest.push({ ...range, first: from })
  return rest
}

/** As `parseTargetPart` reads it. */
export const rangeText = ({ first, last, port, user }: Range): string =>
  `${user === undefined ? '' : `${user}@`}${ipv4Text(first)}-${ipv4Text(last)}:${port}`
