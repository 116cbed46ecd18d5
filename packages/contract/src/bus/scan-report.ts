import { z } from 'zod'
import { objectId } from '../directory-finding.ts'
import { finding } from '../finding.ts'
import { outcome } from '../outcome.ts'
import { rights } from '../rights.ts'
import { directorySignals, hostSignals } from '../signals.ts'
import { targetId } from '../target-id.ts'
import { instant, text } from '../text.ts'
import { message } from './message.ts'
import { spoolMark } from './spool-mark.ts'

/** At most this many findings of one probe travel; the probe's outcome is then `truncated`. */
export const MAX_FINDINGS = 100_000

/** What one probe saw: the unit of reconciliation. */
const section = z.object({
  probe: text(64),
  outcome,
  /** With whose rights it looked: a later look with fewer rights must not retire what more rights saw. */
  privilege: rights,
  /** SHA-256 in hexadecimal over the canonical findings. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Left out when the receiver is believed to hold this digest for this scope already; it asks if it does not. */
  findings: z.array(finding).max(MAX_FINDINGS).optional(),
  /** The findings travelled before, in so many parts of this report (`reportPart`): `findings` is then left out. */
  parts: z.int().nonnegative().max(100_000).optional(),
  /**
   * What the section speaks of. Absent: of all that the probe looks for. `changes`: only of entries that changed since the last look,
   * which are listed as `changed`; of these it tells all, so that what it no longer says of them is gone, and of others nothing.
   */
  basis: z.literal('changes').optional(),
  changed: z.array(objectId).max(MAX_FINDINGS).optional(),
})
export type ReportSection = z.output<typeof section>

const v1 = z.object({
  id: z.uuid(),
  agent: text(64),
  /** The scan run that asked for it. */
  run: z.uuid().optional(),
  target: targetId,
  startedAt: instant,
  finishedAt: instant,
  /** How reaching the target fared as a whole: `complete` when every probe could be asked. */
  reached: outcome,
  /** Absent when the target was not reached, or is a directory. */
  host: hostSignals.optional(),
  /** Of a directory, in place of `host`. */
  directory: directorySignals.optional(),
  sections: z.array(section).max(256),
  /** Absent: it did not come through a spool, and its id alone tells whether it came before. */
  spool: spoolMark.optional(),
})

/** What an agent saw on one target: findings by probe, each with its outcome, and what identifies the host. */
export const scanReport = message('scan-report', 1, v1)
export type ScanReport = z.output<typeof v1>

/** At most this many findings travel in one part. */
export const MAX_PART = 2000

const part = z.object({
  /** The report that it belongs to, which follows. */
  report: z.uuid(),
  agent: text(64),
  target: targetId,
  probe: text(64),
  /** From 0, without gaps. */
  index: z.int().nonnegative().max(100_000),
  findings: z.array(finding).min(1).max(MAX_PART),
  spool: spoolMark.optional(),
})

/**
 * Agent → collector: findings of a look that is not over yet, since neither side could hold all of a great directory at once. They count
 * for nothing until the report itself is committed.
 */
export const reportPart = message('report-part', 1, part)
export type ReportPart = z.output<typeof part>

const ack = z.object({
  report: z.uuid(),
  /** Probes whose digest the collector does not hold: the agent sends the report again with their findings. */
  need: z.array(text(64)).max(256),
  /** The part that is kept, where this answers a part. */
  part: z.object({ probe: text(64), index: z.int().nonnegative() }).optional(),
})

/** The collector's word that a report is committed, or which findings it still needs before it can be. */
export const reportAck = message('report-ack', 1, ack)
export type ReportAck = z.output<typeof ack>
