import type { SpoolKnown } from '@rollcall/store'

/** Tells of what is missing of agents' spools, each once for an epoch: what stays away, and what a restored database does not know. */
export const spoolGaps = (
  now: () => Date,
  tell: (about: { agent: string; missing: number; since?: string; isForgotten?: true }, sentence: string) => void,
): ((known: SpoolKnown) => void) => {
  const told = new Set<string>()
  return ({ agent, epoch, upTo, beyond, forgotten, gapSince }) => {
    const once = (what: string, work: () => void) => {
      const key = `${agent} ${epoch} ${what}`
      if (told.has(key)) return
      if (told.size >= MOST_TOLD) told.clear()
      told.add(key)
      work()
    }
    if (forgotten > 0)
      once(`forgotten ${forgotten}`, () =>
        tell(
          { agent, missing: forgotten, isForgotten: true },
          'reports that an agent was told to be kept are not known: the database was set back',
        ),
      )
    if (gapSince === null || !isLate(gapSince, now())) return
    const missing = missingOf({ upTo, beyond })
    once(`gap ${upTo}`, () =>
      tell({ agent, missing, since: gapSince }, 'reports of an agent are missing, and later ones are here'),
    )
  }
}

/** What is missing of an agent's spools by now, epoch by epoch; none where everything came, or may yet. */
export const gapsOf = (
  spools: readonly SpoolKnown[],
  now: Date,
): { since: string | null; missing: number; forgotten: number }[] =>
  spools.flatMap(({ upTo, beyond, forgotten, gapSince }) => {
    const since = gapSince !== null && isLate(gapSince, now) ? gapSince : null
    return since === null && forgotten === 0
      ? []
      : [{ since, missing: since === null ? 0 : missingOf({ upTo, beyond }), forgotten }]
  })

const isLate = (since: string, now: Date) => now.getTime() - Date.parse(since) >= LATE_MS

/** Numbers between those that are committed. */
const missingOf = ({ upTo, beyond }: Pick<SpoolKnown, 'upTo' | 'beyond'>) =>
  (beyond.at(-1)?.[1] ?? upTo) - upTo - beyond.reduce((sum, [from, to]) => sum + to - from + 1, 0)

/** So late a report may be without anybody hearing of it: it is sent again meanwhile. */
const LATE_MS = 300_000
const MOST_TOLD = 10_000
