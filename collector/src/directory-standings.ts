import { setImmediate } from 'node:timers/promises'
import type { DirectorySignals } from '@rollcall/contract'
import type { ScopeState } from '@rollcall/inventory'
import { directoryEntryId, standingCells, type DirectoryStanding, type DirectoryTold } from '@rollcall/store'
import type { Taking } from './directory-scope.ts'
import { inSlices, range } from './slices.ts'
import type { StandingsBatch } from './standings-aside.ts'

/** Scopes in which nothing tells who can take a directory over. */
const ASIDE = new Set(['directory-keys', 'directory-secrets', 'directory-sudo', 'directory-access'])

/** Works out anew who can take the directory over, and writes what is another than before. */
export const bringStandingsUpToDate = async (
  { store, pace, workOut }: Taking,
  id: string,
  signals: DirectorySignals,
  states: readonly ScopeState[],
): Promise<DirectoryTold> => {
  const telling = states.filter(({ probe }) => !ASIDE.has(probe))
  const pages = async function* () {
    for (const { probe } of telling) {
      let after: number | undefined = BEFORE_ALL
      while (after !== undefined) {
        const { texts, last } = await store.scopes.pageTexts(id, probe, after)
        if (texts.length > 0) yield texts
        after = last
      }
    }
  }
  const findings = telling.reduce((sum, scope) => sum + scope.findings, 0)
  const worked = workOut({ signals, scopes: states }, pages(), findings)
  let waiting: (DirectoryStanding & { readonly id: string })[] = []
  let last: StandingsBatch['of'] = 'account'
  const write = async () => {
    const ordered = waiting.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    waiting = []
    await inSlices(store, pace, range(0, Math.ceil(ordered.length / STANDINGS_AT_ONCE)), (tx, nth) =>
      tx.directories.saveStandings(last, ordered.slice(nth * STANDINGS_AT_ONCE, (nth + 1) * STANDINGS_AT_ONCE)),
    )
  }
  while (true) {
    const step = await worked.next()
    if (step.done === true) {
      await write()
      return step.value
    }
    const { of, standings } = step.value
    if (of !== last || waiting.length >= STANDINGS_HELD) await write()
    last = of
    for (const one of standings) waiting.push({ id: directoryEntryId(id, one.object), ...standingCells(one) })
    await setImmediate()
  }
}

const BEFORE_ALL = -1
const STANDINGS_AT_ONCE = 100
const STANDINGS_HELD = 5000
