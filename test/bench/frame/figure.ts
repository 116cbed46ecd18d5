/** One measured number, and what was wanted of it. */
export interface Figure {
  /** Stable, kebab-case. */
  readonly figure: string
  /** Absent: it could not be measured, and `detail` says why. */
  readonly value?: number
  readonly unit: string
  readonly goal?: Goal
  /** What a reader needs to judge the number. */
  readonly detail?: string
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** A benchmark: one file of this folder, its default export. Peers and floors run in the same run as what they are compared with. */
export interface Bench {
  /** The name of its file. */
  readonly name: string
  run(): AsyncIterable<Figure>
}

/** Whether a goal was met; undefined without a goal or a value. */
export const met = ({ value, goal }: Figure): boolean | undefined => {
  if (value === undefined || goal === undefined) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}

/** The goal in words. */
export const goalText = ({ goal }: Figure): string | undefined => {
  if (goal === undefined) return undefined
  return 'atMost' in goal ? `at most ${rounded(goal.atMost)}` : `at least ${rounded(goal.atLeast)}`
}

/** Three significant digits, without an exponent for numbers of ordinary size. */
export const rounded = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

/** The middle one, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  if (values.length === 0) throw new Error('there is no median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
