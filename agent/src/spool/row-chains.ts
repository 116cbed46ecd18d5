/** One thing that waits for its acknowledgement: a look, the end of a long one, a part of one, or a word on a run. */
export interface SpoolRow {
  readonly epoch: string
  readonly seq: number
  readonly kind: 'look' | 'end' | 'part' | 'progress'
  readonly target: string | null
  readonly report: string | null
  readonly run: string | null
  readonly root: string | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  /** When it was kept. */
  readonly at: string
  readonly bytes: number
}

/** A row with its neighbours among those of its epoch. */
export interface ChainedRow extends SpoolRow {
  before?: ChainedRow | undefined
  after?: ChainedRow | undefined
}

/** The rows of a spool as far as memory needs to know them: in order, by target, and what lies between them. */
export interface RowChains {
  all(): IterableIterator<ChainedRow>
  of(target: string): readonly ChainedRow[]
  add(row: SpoolRow): ChainedRow
  /** False for one that is not there. */
  remove(row: SpoolRow): boolean
  voidBefore(row: SpoolRow): number
  size(): number
  bytes(): number
}

export const rowChains = (rows: Iterable<SpoolRow>): RowChains => {
  const known = new Map<number, ChainedRow>()
  const newest = new Map<string, ChainedRow>()
  const byTarget = new Map<string, ChainedRow[]>()
  let bytes = 0

  const add = (row: SpoolRow): ChainedRow => {
    const chained: ChainedRow = { ...row, before: newest.get(row.epoch) }
    if (chained.before !== undefined) chained.before.after = chained
    newest.set(row.epoch, chained)
    known.set(row.seq, chained)
    if (row.target !== null) byTarget.set(row.target, [...(byTarget.get(row.target) ?? []), chained])
    bytes += row.bytes
    return chained
  }
  for (const row of rows) add(row)

  return {
    all: () => known.values(),
    of: (target) => byTarget.get(target) ?? [],
    add,
    remove({ seq }) {
      const row = known.get(seq)
      if (row === undefined) return false
      const { before, after, epoch, target } = row
      if (before !== undefined) before.after = after
      if (after !== undefined) after.before = before
      if (newest.get(epoch) === row) {
        if (before === undefined) newest.delete(epoch)
        else newest.set(epoch, before)
      }
      known.delete(seq)
      if (target !== null) {
        const left = byTarget.get(target)!.filter((one) => one !== row)
        if (left.length === 0) byTarget.delete(target)
        else byTarget.set(target, left)
      }
      bytes -= row.bytes
      return true
    },
    voidBefore: ({ seq }) => seq - 1 - (known.get(seq)?.before?.seq ?? 0),
    size: () => known.size,
    bytes: () => bytes,
  }
}
