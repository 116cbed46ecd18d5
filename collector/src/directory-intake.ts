import type { DirectorySignals } from '@rollcall/contract'
import { MAX_PART, type ReportAck, type ReportPart, type ScanReport } from '@rollcall/contract/bus'
import type { Store } from '@rollcall/store'
import { takeThere } from './directory-aside.ts'
import { takeDirectory } from './directory-taking.ts'
import { admit, cameBefore } from './fleet/admission.ts'
import { SHORT } from './slices.ts'
import { standingsAside } from './standings-aside.ts'

/** Takes reports about directories in, one after the other, whatever their size. */
export interface DirectoryIntake {
  take(report: ScanReport, signals: DirectorySignals): Promise<ReportAck>
  /** Keeps findings that come before their report. */
  keep(part: ReportPart): Promise<ReportAck>
}

/** Parts whose report did not come within a day are forgotten. */
export const KEPT_PARTS = 86_400_000

/**
 * A directory may have some hundred thousand entries, and a transaction holds up everything else in the process: so what is known is brought up to
 * date a page of each scope at a time, many short transactions one after the other, and the last of them admits the report. Whoever reads
 * meanwhile sees some of it new and some old. A report that was broken off by the end of the process is delivered again, and
 * finds what it has done already.
 */
export const directoryIntake = (store: Store, now: () => Date): DirectoryIntake => {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    // Whoever asked hears of it; the next in turn must not.
    last = mine.catch(() => {})
    return mine
  }

  return {
    take: (report, signals) =>
      inTurn(() => {
        const here = { store, pace: SHORT, workOut: standingsAside }
        if (announced(report) <= FEW) return takeDirectory(here, now(), report, signals)
        return takeThere(store, now(), report, signals) ?? takeDirectory(here, now(), report, signals)
      }),
    async keep(part) {
      const at = now().toISOString()
      if (part.index === 0) await store.reportParts.forgetBefore(new Date(now().getTime() - KEPT_PARTS).toISOString())
      await store.atomically(async (tx) => {
        const one = { id: part.report, agent: part.agent, spool: part.spool }
        const isNew = part.spool === undefined ? !(await cameBefore(tx, one)) : await admit(tx, one, at)
        if (isNew) await tx.reportParts.keep(part, at)
      })
      return { report: part.report, need: [], part: { probe: part.probe, index: part.index } }
    },
  }
}

/** So few findings are taken in sooner than a thread starts. */
const FEW = 5000

/** How many findings may come with a report at most. */
const announced = ({ sections }: ScanReport): number =>
  sections.reduce((sum, { findings = [], parts = 0 }) => sum + findings.length + parts * MAX_PART, 0)
