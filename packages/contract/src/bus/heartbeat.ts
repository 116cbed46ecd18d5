import { z } from 'zod'
import { instant, text } from '../text.ts'
import { agentState, bytesText, publicKeyText } from './fleet-names.ts'
import { message } from './message.ts'

/** An agent says that it is there this often, and is told silent after four times as long. */
export const HEARTBEAT_MS = 30_000
export const SILENT_AFTER_MS = 120_000

/** Where the collector's audit log ended, and what it signed then. Whoever keeps it can tell a log that was changed or cut. */
export const auditCheckpoint = z.object({
  seq: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: instant,
  key: publicKeyText,
  signature: bytesText(2000),
})
export type AuditCheckpointTold = z.output<typeof auditCheckpoint>

const beat = z.object({
  /** Random, of this start of the agent: two that come by turns are two copies. */
  session: z.string().regex(/^[\w-]{22}$/),
  /** Counts up from 1 within the session, so that one that comes again or late is not taken for news. */
  count: z.int().positive(),
  at: instant,
  version: text(64),
  generation: z.int().positive(),
  /** The version of the policy that it holds itself to. */
  policy: z.int().nonnegative(),
  startedAt: instant,
  runs: z.int().nonnegative(),
  /** The newest end of the audit log that it was told and keeps. */
  witnessed: z.object({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  /** Whether the file that stops everything is there. */
  stopped: z.boolean(),
  spool: z
    .object({
      rows: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      mostBytes: z.int().positive(),
      /** When the oldest of it was written. */
      oldest: instant.optional(),
      /** Why no more is scanned until some of it is sent. */
      full: z.boolean(),
    })
    .optional(),
  load: z
    .object({
      residentBytes: z.int().nonnegative(),
      cpuShare: z.number().nonnegative(),
      scanning: z.int().nonnegative(),
    })
    .optional(),
})

/** Agent → collector, every 30 s. */
export const heartbeat = message('heartbeat', 1, beat)
export type Heartbeat = z.output<typeof beat>

const answer = z.object({
  /** Of the question, so that an answer to an earlier one is not taken for this one's. */
  session: z.string().max(22),
  count: z.int().positive(),
  /** The collector's time: expiry is judged by the later of this and the agent's own clock. */
  at: instant,
  state: agentState,
  /** The version of the policy that the collector has; an agent with an older one asks for it. */
  policy: z.int().nonnegative(),
  /** Seconds that the oldest report waits to be taken in. */
  lagSeconds: z.number().nonnegative(),
  checkpoint: auditCheckpoint.optional(),
})

/** The collector's answer, which only it can sign. */
export const heartbeatAnswer = message('heartbeat-answer', 1, answer)
export type HeartbeatAnswer = z.output<typeof answer>
