import { randomUUID } from 'node:crypto'
import type { Bus } from '@rollcall/bus'
import { reportAck, scanReport, subjects, type ReportSection, type ScanReport } from '@rollcall/contract/bus'
import type { TargetScan } from './scanning.ts'

export interface Delivery extends AsyncDisposable {
  /** Sends a scan; resolves when the collector says that it is committed. Rejects with the signal's reason when aborted. */
  send(scan: TargetScan, run: string | undefined, signal: AbortSignal): Promise<void>
}

export interface DeliveryOptions {
  readonly agent: string
  readonly bus: Bus
  /** Milliseconds without an answer after which a report is sent again. */
  readonly resendAfter?: number
}

/** A report may be no larger than this in JSON: well under the bus's limit. */
const MAX_REPORT_BYTES = 6 * 1024 * 1024

interface Unanswered {
  readonly full: ScanReport
  readonly committed: () => void
}

/**
 * Brings reports to the collector. A section's findings travel only when their digest is not the one last committed for that
 * target and probe; if the collector lacks them all the same, it asks. A report counts as delivered when the collector says it
 * is committed, not when the bus took it.
 */
export const openDelivery = async ({ agent, bus, resendAfter = 30_000 }: DeliveryOptions): Promise<Delivery> => {
  const unanswered = new Map<string, Unanswered>()
  const committed = new Map<string, ReadonlyMap<string, string>>()

  const publish = (report: ScanReport) => bus.publish(subjects.report(agent), scanReport.write(report))

  const acks = await bus.serve(subjects.reportAck(agent), async (message) => {
    const { report: id, need } = reportAck.read(message)
    const waiting = unanswered.get(id)
    if (waiting === undefined) return
    const { full } = waiting
    if (need.length > 0) {
      committed.delete(full.target)
      await publish(full)
      return
    }
    unanswered.delete(id)
    if (full.sections.length > 0)
      committed.set(full.target, new Map(full.sections.map(({ probe, digest }) => [probe, digest])))
    waiting.committed()
  })

  return {
    async send(scan, run, signal) {
      const full: ScanReport = {
        id: randomUUID(),
        agent,
        ...(run === undefined ? {} : { run }),
        ...scan,
        sections: fitting(scan.sections),
      }
      const held = committed.get(full.target)
      const short = {
        ...full,
        sections: full.sections.map((section) =>
          held?.get(section.probe) === section.digest ? withoutFindings(section) : section,
        ),
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      unanswered.set(full.id, { full, committed: resolve })
      const abort = () => reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      const resend = setInterval(() => void publish(full).catch(reject), resendAfter)
      try {
        if (signal.aborted) abort()
        else await publish(short)
        await promise
      } finally {
        clearInterval(resend)
        signal.removeEventListener('abort', abort)
        unanswered.delete(full.id)
      }
    },

    [Symbol.asyncDispose]: () => acks[Symbol.asyncDispose](),
  }
}

const withoutFindings = ({ findings: _, ...section }: ReportSection): ReportSection => section

/** Cuts the largest sections until the report fits; what is cut is `truncated`, so nothing it hides is taken for gone. */
const fitting = (sections: TargetScan['sections']): ReportSection[] => {
  let left = MAX_REPORT_BYTES
  const bySize = sections
    .map((section, index) => ({ section, index, bytes: Buffer.byteLength(JSON.stringify(section.findings)) }))
    .sort((one, other) => one.bytes - other.bytes)
  const fitted = new Map<number, ReportSection>()
  for (const [position, { section, index, bytes }] of bySize.entries()) {
    const share = Math.floor(left / (bySize.length - position))
    left -= Math.min(bytes, share)
    fitted.set(index, bytes <= share ? section : cut(section, share / bytes))
  }
  return sections.map((_, index) => fitted.get(index)!)
}

const cut = (section: TargetScan['sections'][number], part: number): ReportSection => {
  // Half of the proportional share: findings differ in size, and one that does not fit must not be kept by chance.
  const findings = section.findings.slice(0, Math.floor((section.findings.length * part) / 2))
  const dropped = section.findings.length - findings.length
  return {
    ...section,
    findings,
    outcome: {
      status: 'truncated',
      reasons: [
        ...section.outcome.reasons.slice(0, 49),
        { code: 'too-large', detail: 'findings that did not fit the report', count: dropped },
      ],
    },
  }
}
