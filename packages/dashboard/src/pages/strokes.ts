export interface Looks {
  readonly complete: number
  readonly partial: number
  readonly failed: number
  readonly never: number
}

const MOST = 240

/** The strokes for so many targets, each standing for `each` of them; whatever occurred at all has at least one. */
export const strokes = (looks: Looks): { marks: (keyof Looks)[]; each: number } => {
  const all = looks.complete + looks.partial + looks.failed + looks.never
  const each =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000].find((size) => all / size <= MOST - 4) ??
    1_000_000
  const marks = (['complete', 'partial', 'failed', 'never'] as const).flatMap((look) =>
    Array.from({ length: Math.ceil(looks[look] / each) }, () => look),
  )
  return { marks, each }
}
