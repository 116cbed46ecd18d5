import { z } from 'zod'
import { outcomeStatus } from '../outcome.ts'

/** `interrupted`: the process ended during it; its open targets are scanned again. */
export const scanState = z.enum(['queued', 'running', 'finished', 'cancelled', 'interrupted'])
export type ScanState = z.output<typeof scanState>

export const scanSummary = z.object({
  id: z.string(),
  trigger: z.enum(['start', 'schedule', 'person']),
  by: z.string().nullable(),
  /** The id of the schedule that it is a run of. */
  schedule: z.string().nullable(),
  state: scanState,
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Targets known to be scanned so far; more may come while ranges are swept. */
  planned: z.int(),
  /** By end: they add up to `planned` once the scan is finished. */
  complete: z.int(),
  partial: z.int(),
  failed: z.int(),
  running: z.int(),
  queued: z.int(),
  /** Addresses of ranges probed by TCP, and how many of them nothing answered on. */
  swept: z.int(),
  silent: z.int(),
})
export type ScanSummary = z.output<typeof scanSummary>

export const scanTarget = z.object({
  target: z.string(),
  state: z.enum(['queued', 'running', 'done']),
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** How it ended: the worst of reaching it and of its probes. */
  outcome: outcomeStatus.nullable(),
  reason: z.string().nullable(),
  /** A sentence that a person can act on. */
  sentence: z.string().nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** The id of the agent that it was left to; null: that of the collector's own process, or none yet. */
  agent: z.string().nullable(),
})
export type ScanTarget = z.output<typeof scanTarget>

/**
 * A part of a scan, which one agent has at a time. `waiting`: for an agent that has room; `given`: in the queue of its segment; `taken`; `ending`: its
 * agent says that it is done, and not all that it sent is in yet; `ended`; `lost`: another part took over what was left of it.
 */
export const scanShareState = z.enum(['waiting', 'given', 'taken', 'ending', 'ended', 'lost'])
export const scanShare = z.object({
  id: z.string(),
  state: scanShareState,
  agent: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Targets that were left to it, and how many of them have ended. */
  planned: z.int(),
  done: z.int(),
  givenAt: z.string().nullable(),
  takenAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Why it was lost, or did not end well. */
  reason: z.string().nullable(),
})
export type ScanShare = z.output<typeof scanShare>

/** `GET /api/v1/scans/{id}`: running and failed targets first; at most 1,000, the view `scan_targets` has all. */
export const scanDetail = z.object({
  scan: scanSummary,
  /** Targets that were not complete, grouped by cause. */
  causes: z.array(
    z.object({ reason: z.string(), sentence: z.string(), count: z.int(), examples: z.array(z.string()) }),
  ),
  targets: z.array(scanTarget),
  /** Which agent has what, for scans by agents of a fleet; the first 200 parts, those at work first. */
  shares: z.array(scanShare),
})
export type ScanDetail = z.output<typeof scanDetail>

/** `GET /api/v1/scans`: newest first. */
export const scanList = z.object({ scans: z.array(scanSummary) })

/** `POST /api/v1/scans/{id}/cancel` ends one: what was read is kept. `POST /api/v1/scans`: all target sets, or some. Answered 202 with the scan; 409 `scan-running` while one of them is being scanned. */
export const startScan = z.object({ targetSets: z.array(z.string()).optional() })
export const startedScan = z.object({ scan: scanSummary })

/** `GET /api/v1/events`: server-sent events, one JSON object each; `id` counts up and may be given as `Last-Event-ID`. */
export const liveEvent = z.discriminatedUnion('type', [
  /** A scan began, moved or ended; sent at most four times a second for each scan. */
  z.object({ type: z.literal('scan'), scan: scanSummary }),
  z.object({ type: z.literal('scan-target'), scan: z.string(), target: scanTarget }),
  /** What is known has changed: views may be read again. */
  z.object({ type: z.literal('inventory'), at: z.string() }),
])
export type LiveEvent = z.output<typeof liveEvent>
