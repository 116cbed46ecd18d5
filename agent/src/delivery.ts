import { randomUUID } from 'node:crypto'
import type { Bus } from '@rollcall/bus'
import type { TargetId } from '@rollcall/contract'
import {
  reportAck,
  scanProgress,
  scanReport,
  subjects,
  type ReportSection,
  type ScanProgress,
  type ScanReport,
} from '@rollcall/contract/bus'
import { digestOf } from './digest.ts'
import type { DirectoryScan } from './directory-scanning.ts'
import { fitting } from './fitting.ts'
import { openLongReport, type LongReport, type OpenLongReport } from './long-report.ts'
import type { TargetScan } from './scanning.ts'

/** Brings what an agent sees to the collector. */
export interface Delivery extends AsyncDisposable {
  /**
   * Resolves when a scan cannot be lost any more: it is in the spool, or, without one, the collector says that it is committed.
   * Rejects with the signal's reason when aborted.
   */
  send(scan: TargetScan, run: string | undefined, signal: AbortSignal): Promise<void>
  /** Tells how a run goes, after everything that was sent before. */
  tell(progress: ScanProgress): Promise<void>
  /** Resolves while there is room for what a new scan would give. Rejects with the signal's reason. */
  room(signal: AbortSignal): Promise<void>
  /** Begins a report whose findings travel before it. To be ended by disposing of it, after `sendEnd` or without. */
  begin(target: TargetId, digestKey: string, signal: AbortSignal): LongReport & Disposable
  /**
   * Sends such a report when all its parts are kept. `kept`: it is committed with all that was told. `lost`: the collector lacks some of
   * it or what it builds on; the sections concerned were told as interrupted, and only a look at everything mends that.
   */
  sendEnd(
    report: LongReport,
    scan: DirectoryScan,
    run: string | undefined,
    signal: AbortSignal,
  ): Promise<'kept' | 'lost'>
}

export interface DeliveryOptions {
  readonly agent: string
  readonly bus: Bus
  /** Milliseconds without an answer after which a report is sent again. */
  readonly resendAfter?: number
  /** Milliseconds without any answer after which a report whose findings travel before it is given up. */
  readonly patience?: number
}

interface Unanswered {
  readonly committed: () => void
  /** The collector lacks these: what is to be sent now. */
  readonly lacking: (need: readonly string[]) => ScanReport
}

/**
 * Brings reports to whoever collects them in this very process, without a spool. A section's findings travel only when their digest is not the one last committed for that
 * target and probe; if the collector lacks them all the same, it asks. A report counts as delivered when the collector says it
 * is committed, not when the bus took it.
 */
export const openDelivery = async ({
  agent,
  bus,
  resendAfter = 30_000,
  patience = 600_000,
}: DeliveryOptions): Promise<Delivery> => {
  const unanswered = new Map<string, Unanswered>()
  const long = new Map<string, OpenLongReport>()
  const committed = new Map<string, ReadonlyMap<string, string>>()

  const publish = (report: ScanReport) => bus.publish(subjects.report(agent), scanReport.write(report))

  const acks = await bus.serve(subjects.reportAck(agent), async (message) => {
    const { report: id, need, part } = reportAck.read(message)
    if (part !== undefined) return long.get(id)?.heard(part)
    const waiting = unanswered.get(id)
    if (waiting === undefined) return
    if (need.length > 0) {
      await publish(waiting.lacking(need))
      return
    }
    unanswered.delete(id)
    waiting.committed()
  })

  /** Sends a report until it is committed. */
  const deliver = async (
    first: ScanReport,
    lacking: (need: readonly string[]) => ScanReport,
    signal: AbortSignal,
  ): Promise<void> => {
    let newest = first
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    unanswered.set(first.id, { committed: resolve, lacking: (need) => (newest = lacking(need)) })
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    const resend = setInterval(() => void publish(newest).catch(reject), resendAfter)
    try {
      if (signal.aborted) abort()
      else await publish(first)
      await promise
    } finally {
      clearInterval(resend)
      signal.removeEventListener('abort', abort)
      unanswered.delete(first.id)
    }
  }

  const enveloped = (id: string, run: string | undefined, scan: TargetScan | DirectoryScan): ScanReport => ({
    id,
    agent,
    ...(run === undefined ? {} : { run }),
    ...scan,
    sections: fitting(scan.sections),
  })

  return {
    async send(scan, run, signal) {
      const full = enveloped(randomUUID(), run, scan)
      const held = committed.get(full.target)
      const short = {
        ...full,
        sections: full.sections.map((section) =>
          held?.get(section.probe) === section.digest ? withoutFindings(section) : section,
        ),
      }
      await deliver(
        short,
        () => {
          committed.delete(full.target)
          return full
        },
        signal,
      )
      if (full.sections.length > 0)
        committed.set(full.target, new Map(full.sections.map(({ probe, digest }) => [probe, digest])))
    },

    begin(target, digestKey, signal) {
      const id = randomUUID()
      const report = openLongReport({
        id,
        agent,
        target,
        digestKey,
        publish: (part) => bus.publish(subjects.report(agent), part),
        resendAfter,
        patience,
        signal,
      })
      long.set(id, report)
      return {
        ...report,
        [Symbol.dispose]() {
          long.delete(id)
          report[Symbol.dispose]()
        },
      }
    },

    async sendEnd(report, scan, run, signal) {
      await report.kept()
      const full = enveloped(report.id, run, scan)
      const lost = new Set<string>()
      const lacking = (need: readonly string[]) => {
        for (const probe of need) lost.add(probe)
        return {
          ...full,
          sections: full.sections.map((section) => (lost.has(section.probe) ? asLost(section) : section)),
        }
      }
      await deliver(full, lacking, signal)
      return lost.size === 0 ? 'kept' : 'lost'
    },

    tell: (progress) => bus.publish(subjects.progress(agent), scanProgress.write(progress)),
    room: async (signal) => signal.throwIfAborted(),
    [Symbol.asyncDispose]: () => acks[Symbol.asyncDispose](),
  }
}

export const withoutFindings = ({ findings: _, ...section }: ReportSection): ReportSection => section

/** What was told of it is gone on the way: nothing is said of what it looked for. */
export const asLost = ({ probe, privilege }: ReportSection): ReportSection => ({
  probe,
  privilege,
  outcome: { status: 'failed', reasons: [{ code: 'interrupted' }] },
  digest: digestOf([]),
  findings: [],
})
