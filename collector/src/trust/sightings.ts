import { createHash, createHmac } from 'node:crypto'
import type { TrustedKey, TrustKind } from '@rollcall/contract'
import type { SeenKey, TrustDecision } from '@rollcall/contract/bus'
import type { TrustedKeyRow } from '@rollcall/store'

/** What follows from what an agent saw: rows that are other than before, and decisions that it has not heard of. */
export interface Learned {
  readonly rows: readonly TrustedKeyRow[]
  readonly untold: readonly TrustDecision[]
}

export interface Sighting {
  readonly segment: string
  readonly agent: string
  readonly seen: SeenKey
  /** All that is known under its name in the segment. */
  readonly known: readonly TrustedKeyRow[]
}

/**
 * What a sighting changes. A key that differs from the one held is never taken by itself, whoever saw it: it stands beside it until somebody
 * decides.
 */
export const learn = ({ segment, agent, seen, known }: Sighting): Learned => {
  const { kind, name, key, standing, at } = seen
  if (standing === 'changed') return shownInstead(segment, agent, seen, known)
  const held = known.find((row) => row.key.algorithm === key.algorithm)
  const decided =
    standing === 'approved' || standing === 'revoked'
      ? { by: `agent:${agent}`, at, reason: 'in the agent’s own file' }
      : null
  if (held === undefined) {
    const state = standing
    const origin = standing === 'approved' || standing === 'revoked' ? 'agent' : standing
    return { rows: [fresh({ segment, kind, name, key }, { state, origin, decided, agent, at })], untold: [] }
  }
  if (held.key.fingerprint !== key.fingerprint) return beside(held, { key, at, agent })
  const again = { ...held, lastSeen: at > held.lastSeen ? at : held.lastSeen, lastAgent: agent }
  if (held.vouched) return { rows: [again], untold: decided !== null ? [] : [decisionOf(held)] }
  if (decided === null) return { rows: [again], untold: [] }
  const open = held.state === 'changed' || held.state === 'rejected'
  return { rows: [{ ...again, state: open ? held.state : standing, vouched: true, decided }], untold: [] }
}

const shownInstead = (segment: string, agent: string, seen: SeenKey, known: readonly TrustedKeyRow[]): Learned => {
  const { kind, name, key, at, expected = [] } = seen
  const isExpected = ({ key: { fingerprint } }: TrustedKeyRow) =>
    expected.some((other) => other.fingerprint === fingerprint)
  const held =
    known.find((row) => row.key.fingerprint === key.fingerprint) ??
    known.find(isExpected) ??
    known.find((row) => row.key.algorithm === key.algorithm) ??
    known[0]
  if (held !== undefined) return beside(held, { key, at, agent })
  // A file of the agent's own names the key, such as known_hosts of whoever runs it.
  const [before] = expected
  if (before === undefined) return { rows: [], untold: [] }
  const own = { by: `agent:${agent}`, at, reason: 'in a file that the agent reads' }
  const row = fresh(
    { segment, kind, name, key: before },
    { state: 'approved', origin: 'agent', decided: own, agent, at },
  )
  return beside(row, { key, at, agent })
}

/** Another key beside the one held. One that was decided about is not asked about again. */
const beside = (held: TrustedKeyRow, shown: NonNullable<TrustedKeyRow['shown']>): Learned => {
  if (held.key.fingerprint === shown.key.fingerprint)
    // It was accepted meanwhile, and its agent has not heard of it.
    return { rows: [], untold: held.vouched ? [decisionOf(held)] : [] }
  if (held.state === 'revoked') return { rows: [], untold: [] }
  const known = held.shown?.key.fingerprint === shown.key.fingerprint
  if (known && held.state === 'rejected') return { rows: [], untold: [] }
  return { rows: [{ ...held, state: 'changed', shown: known ? held.shown : shown }], untold: [] }
}

export const fresh = (
  { segment, kind, name, key }: { segment: string; kind: TrustKind; name: string; key: TrustedKey },
  how: Pick<TrustedKeyRow, 'state' | 'origin' | 'decided' | 'agent'> & { readonly at: string },
): TrustedKeyRow => ({
  id: rowId(segment, kind, name, how.state === 'revoked' ? key.fingerprint : key.algorithm),
  segment,
  kind,
  name,
  key,
  state: how.state,
  origin: how.origin,
  vouched: how.decided !== null,
  decided: how.decided,
  firstSeen: how.at,
  agent: how.agent,
  lastSeen: how.at,
  lastAgent: how.agent,
  shown: null,
  former: null,
})

/** Of a name there is one key of each kind; of those that are never to be accepted there may be many. */
const rowId = (...words: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(words)).digest('base64url').slice(0, 24)

/** What agents are told of a row that was decided about. The key that is held stays held while another one is shown. */
export const decisionOf = ({ kind, name, key, state }: TrustedKeyRow): TrustDecision => ({
  kind,
  name,
  verdict: state === 'revoked' ? 'revoke' : 'approve',
  key,
})

/** Whether a hashed name of known_hosts stands for a name. */
export const standsFor = (hashed: string, name: string): boolean => {
  const [, , salt = '', digest = ''] = hashed.split('|')
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest
}
