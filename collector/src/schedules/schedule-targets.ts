import { parseTargetSet, parseTarget, formatTarget, ipv4Number, type TargetSet } from '@rollcall/contract'
import type { ScheduleTargets } from '@rollcall/contract/api'
import type { Store, TargetSetRow } from '@rollcall/store'
import { Refusal } from '../refusal.ts'
import { viewReading } from '../view-reading.ts'
import type { View } from '../view.ts'
import { views } from '../views/index.ts'

/** What is looked at in one segment. */
export interface ChosenTargets {
  readonly segment: string
  /** The first of them are those of `targetSets`, in that order. */
  readonly sets: readonly TargetSet[]
  readonly targetSets: readonly string[]
}

/** What target sets hold, by the segment whose agents look at it. */
export const targetsOfSets = (sets: readonly TargetSetRow[]): ChosenTargets[] =>
  [...Map.groupBy(sets, ({ segment }) => segment)].map(([segment, own]) => ({
    segment,
    sets: own.map(({ include, exclude }) => ({ include: [...include], exclude: [...exclude] })),
    targetSets: own.map(({ id }) => id),
  }))

/** What is chosen besides some target sets. */
export const withoutSets = (chosen: readonly ChosenTargets[], left: ReadonlySet<string>): ChosenTargets[] =>
  chosen
    .map(({ segment, sets, targetSets }) => ({
      segment,
      sets: sets.filter((_, index) => !left.has(targetSets[index] ?? '')),
      targetSets: targetSets.filter((id) => !left.has(id)),
    }))
    .filter(({ sets }) => sets.length > 0)

/** So many hosts of views at most: more are a range or a directory. */
const MOST_HOSTS = 100_000

/** Finds what a schedule looks at now, in each segment. Views are read as they are at this moment. */
export const chosenTargets = async (store: Store, wish: ScheduleTargets, now: Date): Promise<ChosenTargets[]> => {
  const all = await store.targetSets.all()
  const sets = all.filter(({ id }) => wish.all || wish.targetSets.includes(id))
  const chosen = new Map<string, { sets: TargetSet[]; targetSets: string[] }>()
  const add = (segment: string, include: readonly string[], exclude: readonly string[], id?: string) => {
    if (include.length === 0) return
    const one = chosen.get(segment) ?? { sets: [], targetSets: [] }
    one.sets.push({ include: [...include], exclude: [...exclude, ...wish.exclude] })
    if (id !== undefined) one.targetSets.push(id)
    chosen.set(segment, one)
  }
  for (const { id, segment, include, exclude } of sets) add(segment, include, exclude, id)
  add(wish.segment, wish.include, [])
  const segmentOf = segmentsOf(all)
  const found = Map.groupBy(await hostsOfViews(store, wish.views, now), (target) => segmentOf(target) ?? wish.segment)
  for (const [segment, targets] of found) add(segment, targets, [])
  return [...chosen].map(([segment, one]) => ({ segment, ...one }))
}

/** What is wrong with what a schedule is to look at, each with where it stands. */
export const targetMistakes = (
  { include, exclude, views: asked, ...wish }: ScheduleTargets,
  known: readonly TargetSetRow[],
): { pointer: string; detail: string }[] => {
  const errors: { pointer: string; detail: string }[] = []
  for (const [index, entry] of include.entries())
    for (const { problem } of problemsOf({ include: [entry], exclude: [] }))
      errors.push({ pointer: `/targets/include/${index}`, detail: problem })
  for (const [index, entry] of exclude.entries())
    for (const { problem } of problemsOf({ include: ['local'], exclude: [entry] }))
      errors.push({ pointer: `/targets/exclude/${index}`, detail: problem })
  for (const [index, id] of wish.targetSets.entries())
    if (known.every((set) => set.id !== id))
      errors.push({ pointer: `/targets/targetSets/${index}`, detail: 'there is no such target set' })
  for (const [index, { view: id }] of asked.entries())
    if (hostColumn(id) === undefined)
      errors.push({ pointer: `/targets/views/${index}/view`, detail: 'there is no such view of what is on hosts' })
  if (!wish.all && wish.targetSets.length + include.length + asked.length === 0)
    errors.push({ pointer: '/targets', detail: 'there is nothing for it to look at' })
  return errors.slice(0, 200)
}

const problemsOf = (set: TargetSet) => {
  const read = parseTargetSet(set)
  return 'problems' in read ? read.problems : []
}

/** The target by which each host of some views was reached last. Refusal `invalid-filter`. */
const hostsOfViews = async (store: Store, asked: ScheduleTargets['views'], now: Date): Promise<string[]> => {
  if (asked.length === 0) return []
  const ids = new Set<string>()
  for (const { view: id, filter } of asked) {
    const host = hostColumn(id)
    if (host === undefined) continue
    const reading = viewReading(host.view, { filter, columns: host.column }, store, now)
    for await (const [cell] of reading.rows()) if (typeof cell === 'string') ids.add(cell)
    if (ids.size > MOST_HOSTS)
      throw new Refusal(422, 'too-many-targets', `views of a schedule choose at most ${MOST_HOSTS} hosts`)
  }
  const targets: string[] = []
  const hosts = viewReading(hostColumn('hosts')!.view, { filter: '', columns: 'id,targets' }, store, now)
  for await (const [id, reached] of hosts.rows())
    if (typeof id === 'string' && ids.has(id) && Array.isArray(reached)) {
      const target = parseTarget(reached[0] ?? '')
      if (target !== undefined) targets.push(formatTarget(target))
    }
  return targets
}

/** Which column of a view says of which host a row is. */
const hostColumn = (id: string): { readonly view: View; readonly column: string } | undefined => {
  const view = views.find((one) => one.id === id)
  const column = id === 'hosts' ? 'id' : view?.columns.find((one) => one.id === 'host_id')?.id
  return view === undefined || column === undefined ? undefined : { view, column }
}

/** In which segment the sets of targets have a target; undefined: in none. */
const segmentsOf = (sets: readonly TargetSetRow[]): ((target: string) => string | undefined) => {
  const named = new Map<string, string>()
  const ranges: { first: number; last: number; segment: string }[] = []
  for (const { include, segment } of sets) {
    const read = parseTargetSet({ include: [...include], exclude: [] })
    if ('problems' in read) continue
    for (const host of read.parsed.hosts) named.set(formatTarget(host), segment)
    for (const { first, last } of read.parsed.ranges) ranges.push({ first, last, segment })
  }
  return (target) => {
    const own = named.get(target)
    if (own !== undefined) return own
    const read = parseTarget(target)
    const number = read === undefined || read.kind === 'local' ? undefined : ipv4Number(read.host)
    return number === undefined
      ? undefined
      : ranges.find(({ first, last }) => first <= number && number <= last)?.segment
  }
}
