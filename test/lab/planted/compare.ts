import type { PlantedPlace } from './planted-host.ts'

/** As much of a finding as says where something lies. */
export interface Told {
  readonly kind: string
  readonly value?: string | undefined
  readonly state?: string | undefined
  readonly role?: string | undefined
  readonly endLine?: number | undefined
  readonly place?: { readonly path: string; readonly line?: number | undefined } | undefined
  readonly digest?: string | undefined
  readonly detector?: string | undefined
  readonly name?: string | undefined
}

export interface Comparison {
  readonly found: readonly PlantedPlace[]
  readonly missed: readonly PlantedPlace[]
  /** What is told of the host to lie open where nothing was planted. */
  readonly others: readonly Told[]
}

/** What is told beside what lies there. What a place is called matters not here, only that it is told. */
export const compared = (places: readonly PlantedPlace[], told: readonly Told[]): Comparison => {
  const byPath = new Map<string, Told[]>()
  for (const one of told)
    if (one.place !== undefined && OF_SECRETS.has(one.kind) && !(one.kind === 'key' && one.role !== 'private')) {
      const beside = byPath.get(one.place.path) ?? []
      byPath.set(one.place.path, beside)
      beside.push(one)
    }
  const met = new Set<Told>()
  const [found, missed]: [PlantedPlace[], PlantedPlace[]] = [[], []]
  for (const place of places) {
    const here = (byPath.get(place.path) ?? []).filter((one) => covers(one, place))
    for (const one of here) met.add(one)
    ;(here.length > 0 ? found : missed).push(place)
  }
  const others = [...byPath.values()].flat().filter((one) => !met.has(one) && isOpen(one))
  return { found, missed, others }
}

const OF_SECRETS: ReadonlySet<string> = new Set(['stored-credential', 'key', 'keytab', 'credential'])

/** Whether it stands in these lines; in a process, which have no lines, whether anything of its kind is told. */
const covers = ({ place, endLine, value }: Told, { path, line }: PlantedPlace) =>
  value !== 'placeholder' &&
  value !== 'reference' &&
  (line === undefined ||
    place?.line === undefined ||
    path.startsWith('/proc/') ||
    (place.line <= line && line <= (endLine ?? place.line)))

const isOpen = ({ kind, value }: Told) =>
  kind === 'stored-credential' && (value === 'literal' || value === 'key' || value === 'hash' || value === 'empty')
