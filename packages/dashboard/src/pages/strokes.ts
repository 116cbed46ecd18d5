export interface Looks {
  readonly complete: number
  readonly partial: number
  readonly failed: number
  readonly never: number
}

interface Group {
  readonly look: keyof Looks
  /** Strokes in it: five, or what is left. */
  readonly size: number
}

const MOST = 240

/** The strokes for so many targets, in fives, each standing for `each` of them; whatever occurred at all has at least one. */
export const strokes = (looks: Looks): { groups: Group[]; each: number } => {
  const all = looks.complete + looks.partial + looks.failed + looks.never
  const each =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000].find((size) => all / size <= MOST - 4) ??
    1_000_000
  const groups = (['complete', 'partial', 'failed', 'never'] as const).flatMap((look) => {
    const marks = Math.ceil(looks[look] / each)
    return Array.from({ length: Math.ceil(marks / 5) }, (_, group) => ({ look, size: Math.min(5, marks - group * 5) }))
  })
  return { groups, each }
}
