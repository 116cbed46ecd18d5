/** Numbers of one name, with what they mean. */
export interface Metric {
  /** Ends in its unit, and `_total` where it only counts up, as Prometheus asks. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels?: Labels
  readonly value: number
  /** Of a histogram. */
  readonly part?: 'bucket' | 'sum' | 'count'
}

export type Labels = Readonly<Record<string, string>>

/** Metrics in Prometheus's text format (version 0.0.4). Whatever a label holds, it stays one label. */
export const exposition = (metrics: readonly Metric[]): string =>
  metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(
          ({ labels = {}, value, part }) =>
            `${name}${part === undefined ? '' : `_${part}`}${labelText(labels)} ${numberText(value)}`,
        ),
        '',
      ].join('\n'),
    )
    .join('')

const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string) =>
  value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)

const numberText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'

/** Counts by labels. Beyond a bound of different ones, further ones count together, so that nobody can fill the memory with names. */
export const counter = (most = 1000) => {
  const counts = new Map<string, { labels: Labels; value: number }>()
  return {
    add(given: Labels, by = 1) {
      const isNew = !counts.has(JSON.stringify(given))
      const labels =
        isNew && counts.size >= most ? Object.fromEntries(Object.keys(given).map((name) => [name, 'other'])) : given
      const key = JSON.stringify(labels)
      const known = counts.get(key)
      if (known !== undefined) known.value += by
      else counts.set(key, { labels, value: by })
    },
    samples: (): Sample[] => [...counts.values()],
  }
}

/** How long things took, in buckets. */
export const histogram = (bounds: readonly number[], most = 500) => {
  const series = new Map<string, { labels: Labels; counts: number[]; sum: number }>()
  return {
    observe(labels: Labels, value: number) {
      const key = JSON.stringify(labels)
      let one = series.get(key)
      if (one === undefined) {
        if (series.size >= most) return
        one = { labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }
        series.set(key, one)
      }
      const at = bounds.findIndex((bound) => value <= bound)
      one.counts[at === -1 ? bounds.length : at]!++
      one.sum += value
    },
    samples: (): Sample[] =>
      [...series.values()].flatMap(({ labels, counts, sum }) => {
        let below = 0
        const buckets = counts.map((count, index): Sample => {
          below += count
          const le = index === bounds.length ? '+Inf' : String(bounds[index])
          return { part: 'bucket', labels: { ...labels, le }, value: below }
        })
        return [...buckets, { part: 'sum', labels, value: sum }, { part: 'count', labels, value: below }]
      }),
  }
}
