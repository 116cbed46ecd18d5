import type { SpoolKnown } from '@rollcall/store'

/** Tells of what is missing of agents' spools, each once for an epoch: what stays away, and what a restored database does not know. */
export const spoolGaps = (
  now: () => Date,
  tell: (about: { agent: string; missing: number; since?: string }, sentence: string) => void,
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
          { agent, missing: forgotten },
          'reports that an agent was told to be kept are not known: the database was set back',
        ),
      )
    if (gapSince === null || now().getTime() - Date.parse(gapSince) < LATE_MS) return
    const last = beyond.at(-1)?.[1] ?? upTo
    const missing = last - upTo - beyond.reduce((sum, [from, to]) => sum + to - from + 1, 0)
    once(`gap ${upTo}`, () =>
      tell({ agent, missing, since: gapSince }, 'reports of an agent are missing, and later ones are here'),
    )
  }
}

/** So late a report may be without anybody hearing of it: it is sent again meanwhile. */
const LATE_MS = 300_000
const MOST_TOLD = 10_000
