import { z } from 'zod'
import { place } from '../text.ts'

const named = z.object({ id: z.string(), name: z.string() })

/** Where somebody is or gets to: in an account, root on a host, or in possession of a key. */
export const reachNode = z.discriminatedUnion('type', [
  z.object({ type: z.literal('account'), id: z.string(), name: z.string(), host: named }),
  z.object({ type: z.literal('root'), host: named }),
  z.object({ type: z.literal('key'), fingerprint: z.string() }),
])
export type ReachNode = z.output<typeof reachNode>

const reachCondition = z.object({
  code: z.enum(['passphrase', 'passphrase-unknown', 'other-address', 'root-password', 'login-unknown']),
  sentence: z.string(),
})

/** One step on the way: a private key is read, an account is opened with it, or root is become. */
export const reachStep = z.object({
  type: z.enum(['reads-key', 'opens-account', 'becomes-root']),
  from: reachNode,
  to: reachNode,
  sentence: z.string(),
  /** The file and line that says so. */
  place: place.optional(),
  /** What it takes besides being there. */
  conditions: z.array(reachCondition),
  /** What else speaks for somebody taking it: known hosts, the last use of the key. */
  evidence: z.array(z.object({ sentence: z.string(), place: place.optional() })),
})
export type ReachStep = z.output<typeof reachStep>

/** How much of what was in scope was completely looked at for private keys: what lies elsewhere is not in the graph. */
export const reachCoverage = z.object({
  hosts: z.int(),
  complete: z.int(),
  sentence: z.string(),
})

/** `GET /api/v1/reach`: query. Exactly one of `from` and `to`. */
export const reachQuery = z.strictObject({
  /** Id of an account, id of a host (then as root on it), or fingerprint of a key. */
  from: z.string().min(1).max(200).optional(),
  /** Id of an account or of a host (then to root on it). */
  to: z.string().min(1).max(200).optional(),
  /** `root`: only where somebody is root at the far end. */
  ends: z.enum(['all', 'root']).default('all'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type ReachQuery = z.output<typeof reachQuery>

/** `GET /api/v1/reach`: what one place reaches, or all that reach it. */
export const reachAnswer = z.object({
  /** When the graph was made. */
  at: z.string(),
  direction: z.enum(['from', 'to']),
  node: reachNode,
  /** Of everything that was found, however much of it is told. Ends for one command only are in none of them but `limited`. */
  totals: z.object({ accounts: z.int(), hosts: z.int(), roots: z.int(), rootsFreely: z.int(), limited: z.int() }),
  /** The easiest first: by conditions, then by steps. */
  ends: z.array(
    z.object({
      node: reachNode,
      steps: z.int(),
      conditions: z.int(),
      /** By a key that may run one command there, and nothing else. */
      limited: z.boolean(),
      /** From where one starts to where one gets. */
      path: z.array(reachStep),
    }),
  ),
  /** How many further ends there are. */
  left: z.int(),
  coverage: reachCoverage,
})
export type ReachAnswer = z.output<typeof reachAnswer>

/** `GET /api/v1/reach/summary` */
export const reachSummary = z.object({
  at: z.string(),
  /** Places of private keys, and how many of them open something that is known. */
  privateKeys: z.int(),
  privateKeysThatOpen: z.int(),
  /** Accounts and keys from which the most hosts are reached as root; without meeting any condition first. */
  movers: z.array(z.object({ node: reachNode, roots: z.int(), rootsFreely: z.int() })),
  /** Whether all accounts and keys were tried for that. */
  moversComplete: z.boolean(),
  /** Keys of which one half was seen only, with the filter of the keys view that lists them. */
  orphans: z.array(
    z.object({
      code: z.enum(['no-private-half', 'opens-nothing', 'no-fingerprint']),
      sentence: z.string(),
      places: z.int(),
      filter: z.string(),
    }),
  ),
  coverage: reachCoverage,
})
export type ReachSummary = z.output<typeof reachSummary>
