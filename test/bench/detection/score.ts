/** What people read in some lines of a file. `neutral` lines count neither for nor against whoever reports them. */
export interface Label {
  readonly kind: 'credential' | 'neutral'
  readonly path: string
  readonly from: number
  readonly to: number
}

/** What a detector reports. */
export interface Report {
  readonly path: string
  readonly from: number
  readonly to: number
}

export interface Score {
  readonly credentials: number
  readonly found: number
  readonly falseAlarms: readonly string[]
  readonly missed: readonly string[]
  readonly recall: number
  readonly precision: number
}

/**
 * Scores a detector by file and line: a credential is found when a report touches its lines, a line that is reported and is neither
 * credential nor neutral is one false alarm, however often it is reported.
 */
export const scoreOf = (labels: readonly Label[], reports: readonly Report[]): Score => {
  const byPath = Map.groupBy(labels, ({ path }) => path)
  const found = new Set<Label>()
  const falseAlarms = new Set<string>()
  for (const { path, from, to } of reports) {
    const touched = (byPath.get(path) ?? []).filter((label) => label.from <= to && from <= label.to)
    const credentials = touched.filter(({ kind }) => kind === 'credential')
    for (const credential of credentials) found.add(credential)
    if (touched.length === 0) falseAlarms.add(`${path}:${from}`)
  }
  const credentials = labels.filter(({ kind }) => kind === 'credential')
  return {
    credentials: credentials.length,
    found: found.size,
    falseAlarms: [...falseAlarms],
    missed: credentials.filter((label) => !found.has(label)).map(({ path, from }) => `${path}:${from}`),
    recall: credentials.length === 0 ? 1 : found.size / credentials.length,
    precision: found.size + falseAlarms.size === 0 ? 1 : found.size / (found.size + falseAlarms.size),
  }
}

/** The bounds between which a share lies with 95 % certainty (Wilson's interval). */
export const interval = (share: number, of: number): readonly [number, number] => {
  const z = 1.96
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  return [middle - half, middle + half]
}
