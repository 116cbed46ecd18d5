import { z } from 'zod'
import { agentId, segmentName } from '../bus/fleet-names.ts'

/** How an agent's reports come in. */
export const agentReports = z.object({
  /** Targets a minute, over the last ten. */
  perMinute: z.number(),
  total: z.int(),
  lastAt: z.string().nullable(),
  /** Seconds from the end of a look to its being taken in, of the last one. */
  delaySeconds: z.number().nullable(),
})
export type AgentReports = z.output<typeof agentReports>

/** Numbers of an agent's spool that did not come. */
export const agentGap = z.object({
  since: z.string().nullable(),
  missing: z.int(),
  /** Those among them that the agent was told to be committed, and that a database which was set back does not know. */
  forgotten: z.int(),
})
export type AgentGap = z.output<typeof agentGap>

/** An agent. `silent`: it is not heard; `never-heard`: it was let in and has not spoken since. */
export const agentItem = z.object({
  id: z.string(),
  name: z.string(),
  segment: z.string(),
  state: z.enum(['waiting', 'active', 'silent', 'never-heard', 'quarantined', 'revoked']),
  stateSince: z.string(),
  /** Why, as a sentence. */
  stateReason: z.string().nullable(),
  generation: z.int(),
  version: z.string(),
  hostname: z.string(),
  platform: z.string(),
  /** Of its signing key, for people to compare on both sides. */
  fingerprint: z.string(),
  enrolledAt: z.string(),
  replaces: z.string().nullable(),
  permitUntil: z.string().nullable(),
  lastHeartbeat: z.string().nullable(),
  /** How far its clock is ahead of the collector's, in milliseconds. */
  clockOffsetMs: z.int(),
  /** The version of the policy that it holds itself to. */
  policy: z.int().nullable(),
  runs: z.int().nullable(),
  /** Whether somebody stopped it by hand. */
  stopped: z.boolean().nullable(),
  spool: z
    .object({ rows: z.int(), bytes: z.int(), mostBytes: z.int(), oldest: z.string().optional(), full: z.boolean() })
    .nullable(),
  residentBytes: z.int().nullable(),
  /** Targets that it scans at this moment. */
  scanning: z.int().nullable(),
  /** What it reported of late, since the collector started. */
  reports: agentReports,
  /** What is missing of what it sent, while later reports are here. */
  gaps: z.array(agentGap),
})
export type AgentItem = z.output<typeof agentItem>

/** How the collector keeps up with its agents. */
export const fleetState = z.object({
  /** `none`: there is no broker, and so no agents but the one in this process. */
  broker: z.enum(['none', 'connected', 'away']),
  /** Where agents reach the broker, as far as the collector knows. */
  servers: z.array(z.string()),
  /** The collector's own version. */
  version: z.string(),
  /** Reports that wait to be taken in. Null: the broker does not say. */
  queue: z.object({ messages: z.int(), bytes: z.int(), oldest: z.string().nullable() }).nullable(),
  /** Seconds that the oldest of them waits. */
  lagSeconds: z.number(),
  /** The agent in the collector's own process. */
  embedded: z.object({ id: z.string(), reports: agentReports, gaps: z.array(agentGap) }),
})
export type FleetState = z.output<typeof fleetState>

/** `GET /api/v1/agents` */
export const agentList = z.object({
  agents: z.array(agentItem),
  /** Messages that were not believed, by whom they claim to be from and why. */
  refused: z.array(
    z.object({
      source: z.string(),
      code: z.string(),
      count: z.int(),
      firstAt: z.string(),
      lastAt: z.string(),
      sentence: z.string(),
    }),
  ),
  fleet: fleetState,
})
export type AgentList = z.output<typeof agentList>

/** `GET /api/v1/agents/:id`, and the answer to `POST /api/v1/agents/:id/approve`, `…/quarantine` and `…/revoke`. */
export const agentDetail = z.object({
  agent: agentItem,
  /** What was ever lent to it: what has to be changed if it was taken over. */
  credentials: z.array(
    z.object({
      credential: z.string(),
      order: z.string(),
      attempt: z.int(),
      how: z.string(),
      lentAt: z.string(),
      endedAt: z.string().nullable(),
    }),
  ),
  generations: z.array(z.object({ generation: z.int(), at: z.string(), permitUntil: z.string() })),
})
export type AgentDetail = z.output<typeof agentDetail>

/** `POST /api/v1/agents/:id/quarantine` and `…/revoke` */
export const agentReason = z.object({ reason: z.string().trim().min(1).max(500).optional() })

export const joinTokenItem = z.object({
  id: z.string(),
  segment: z.string(),
  name: z.string().nullable(),
  replaces: z.string().nullable(),
  approve: z.boolean(),
  state: z.enum(['open', 'expired', 'used', 'burnt', 'revoked']),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  tries: z.int(),
  usedAt: z.string().nullable(),
  agent: z.string().nullable(),
})
export type JoinTokenItem = z.output<typeof joinTokenItem>

/** `GET /api/v1/join-tokens` */
export const joinTokenList = z.object({ tokens: z.array(joinTokenItem) })

/** `POST /api/v1/join-tokens` */
export const createJoinToken = z.object({
  segment: segmentName,
  ttlSeconds: z.int().min(60).max(604_800).default(900),
  name: z.string().trim().min(1).max(64).optional(),
  replaces: agentId.optional(),
  approve: z.boolean().default(false),
})
/** The value is told here and never again. */
export const createdJoinToken = z.object({
  token: joinTokenItem,
  value: z.string(),
  /** Where agents reach the broker, as far as the collector knows. */
  servers: z.array(z.string()),
})

/** `GET /api/v1/policy` */
export const policyAnswer = z.object({
  /** Null while whoever keeps the root key has signed none. */
  policy: z
    .object({
      version: z.int(),
      issuedAt: z.string(),
      expires: z.string().nullable(),
      selfMade: z.boolean(),
      segments: z.array(z.string()),
    })
    .nullable(),
  rootFingerprint: z.string(),
  /** Whether the collector has the root key itself. */
  ownRoot: z.boolean(),
  /** What a policy has to name for this collector, in base64url. */
  orderKey: z.string(),
  orderFingerprint: z.string(),
})
export type PolicyAnswer = z.output<typeof policyAnswer>

/** `POST /api/v1/policy`: what `rollcall policy sign` wrote, in base64url. */
export const usePolicy = z.object({ signed: z.string().max(60_000) })
