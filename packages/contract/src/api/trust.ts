import { z } from 'zod'
import { LOCAL_SEGMENT, segmentName } from '../bus/fleet-names.ts'
import { trustKind } from '../trust.ts'

/** How a key stands; `changed` waits for somebody to decide. */
export const trustState = z.enum(['changed', 'rejected', 'first-use', 'collected', 'approved', 'revoked'])
export type TrustState = z.output<typeof trustState>

/** How asking hosts for their keys went, or goes. `lost`: nothing was heard of it for an hour. */
export const keyCollection = z.object({
  id: z.string(),
  segment: z.string(),
  startedAt: z.string(),
  startedBy: z.string(),
  /** What was asked, as a sentence has it. */
  targets: z.string(),
  endedAt: z.string().nullable(),
  state: z.enum(['waiting', 'running', 'done', 'lost']),
  asked: z.int(),
  fresh: z.int(),
  known: z.int(),
  changed: z.int(),
  /** Addresses of ranges where nothing listens. */
  silent: z.int(),
  failed: z.array(z.object({ code: z.string(), sentence: z.string(), count: z.int(), examples: z.array(z.string()) })),
})
export type KeyCollection = z.output<typeof keyCollection>

/** `GET /api/v1/trust`: what there is to decide. The keys themselves are the view `trust`. */
export const trustSummary = z.object({
  keys: z.array(z.object({ kind: trustKind, state: trustState, count: z.int() })),
  segments: z.array(z.string()),
  collections: z.array(keyCollection),
})
export type TrustSummary = z.output<typeof trustSummary>

const why = z.string().trim().min(3).max(500)

/**
 * What is meant: rows by their ids, or all that a filter of the view `trust` matches, and then how many were seen to match, so that nobody
 * vouches for what came in meanwhile.
 */
const chosen = {
  ids: z.array(z.string().max(64)).min(1).max(1000).optional(),
  filter: z.string().max(2000).optional(),
  count: z.int().nonnegative().optional(),
  reason: why.optional(),
}

/** `POST /api/v1/trust/approve`: of what is chosen, keys that were only seen. 409 `not-what-was-seen`. */
export const approveTrust = z.strictObject(chosen)
export type ApproveTrust = z.output<typeof approveTrust>
/** `POST /api/v1/trust/forget`: the next look sees these targets for the first time. */
export const forgetTrust = z.strictObject(chosen)
/** How many keys it was. */
export const trustDone = z.object({ changed: z.int() })

/** `POST /api/v1/trust/:id/accept` and `…/reject`: of a changed key. The fingerprint is that of the key that was shown, so that no later one is meant. */
export const decideTrust = z.strictObject({ fingerprint: z.string().max(64), reason: why })
export type DecideTrust = z.output<typeof decideTrust>

/** `POST /api/v1/trust/known-hosts`: the text of a known_hosts file, for which whoever imports it vouches. */
export const importKnownHosts = z.strictObject({
  segment: segmentName.default(LOCAL_SEGMENT),
  text: z.string().max(8 * 1024 * 1024),
  reason: why.optional(),
})
export const importedKnownHosts = z.object({
  approved: z.int(),
  revoked: z.int(),
  /** Known and vouched for before. */
  known: z.int(),
  /** Names for which somebody vouched for another key before: nothing was changed there. */
  conflicting: z.array(z.string()),
  conflicts: z.int(),
  leftOut: z.array(z.object({ line: z.int(), why: z.string() })),
  leftOutLines: z.int(),
})
export type ImportedKnownHosts = z.output<typeof importedKnownHosts>

/** `GET /api/v1/trust/known-hosts` */
export const knownHostsQuery = z.strictObject({
  segment: segmentName.default(LOCAL_SEGMENT),
  /** `seen`: also keys for which nobody vouches. */
  keys: z.enum(['approved', 'seen']).default('approved'),
})

/** `POST /api/v1/trust/collections`: asks targets of a segment for their keys: all target sets of it, some of them, or these entries. */
export const collectKeys = z.strictObject({
  segment: segmentName.default(LOCAL_SEGMENT),
  targetSets: z.array(z.string().max(64)).min(1).max(1000).optional(),
  include: z.array(z.string().max(512)).min(1).max(10_000).optional(),
  exclude: z.array(z.string().max(512)).max(10_000).default([]),
})
export type CollectKeys = z.output<typeof collectKeys>
export const startedCollection = z.object({ collection: keyCollection })
