import { subjects } from '@rollcall/contract/bus'
import type { Permissions } from './jwt.ts'
import { API, consumerOf, FAR_API, ORDERS } from './streams.ts'

/** Bytes of a piece of a message, as one message of the broker carries it; what is longer travels in parts, or not at all. */
export const PIECE_BYTES = 256 * 1024

/** Room for the headers of a piece. */
const HEADER_BYTES = 4096

/**
 * Names that stand in subjects. Only what the collector itself gave is let in: a name with `*`, `>` or `.` in it would be a pattern, and
 * a user of that name might speak for others.
 */
const AGENT_ID = /^[a-z0-9]{26}$/
const SEGMENT = /^[a-z0-9][a-z0-9-]{0,31}$/
const TOKEN_ID = /^[a-z0-9]{4,64}$/

/** Where an agent hears answers: nobody else may listen there, nor speak there but whom it asked. */
export const agentInbox = (agent: string): string => `_INBOX.${checked(agent, AGENT_ID, 'the id of an agent')}`

/** Where somebody who wants to be let in hears the answer. */
export const enrolmentInbox = (token: string): string => `_INBOX.${checked(token, TOKEN_ID, 'the id of a join token')}`

export const COLLECTOR_INBOX = '_INBOX.collector'

/** What orders of a segment are kept for: its agents share what is in each. */
export const orderSubjects = (segment: string): readonly string[] =>
  (['urgent', 'routine'] as const).map((queue) =>
    subjects.segmentOrder(checked(segment, SEGMENT, 'the name of a segment'), queue),
  )

/** What one agent may say and hear: its own subjects and the orders of its segment. Throws RangeError for names that are none. */
export const agentPermissions = (agent: string, segment: string): Permissions => {
  const inbox = agentInbox(agent)
  const consumers = orderSubjects(segment).map(consumerOf)
  return {
    publish: [
      subjects.report(agent),
      subjects.progress(agent),
      subjects.request(agent),
      subjects.heartbeat(agent),
      ...consumers.flatMap(takingOrders),
    ],
    subscribe: [subjects.reportAck(agent), subjects.control(agent), `${inbox}.>`],
    maxSubscriptions: 32,
    maxPayload: PIECE_BYTES + HEADER_BYTES,
  }
}

/** What somebody with a join token may: ask to be let in, and hear the answer. */
export const enrolmentPermissions = (token: string): Permissions => ({
  publish: [subjects.enrol(checked(token, TOKEN_ID, 'the id of a join token'))],
  subscribe: [`${enrolmentInbox(token)}.>`],
  maxSubscriptions: 4,
  maxPayload: 16 * 1024,
})

/** What the collector may: everything of the fleet, and nothing beside it. */
export const collectorPermissions: Permissions = {
  publish: ['rollcall.order.>', 'rollcall.report-ack.*', 'rollcall.control.*', '_INBOX.>', '$JS.API.>', '$JS.ACK.>'],
  subscribe: ['rollcall.>', `${COLLECTOR_INBOX}.>`],
  maxSubscriptions: 1000,
  maxPayload: -1,
}

/**
 * What the server of another network may carry for the agents there, as one that ours does not trust: what any agent may say and hear, and
 * the orders of the segments there.
 */
export const leafPermissions = (segments: readonly string[]): Permissions => ({
  publish: [
    'rollcall.report.*',
    'rollcall.progress.*',
    'rollcall.request.*',
    'rollcall.heartbeat.*',
    'rollcall.enrol.*',
    ...segments.flatMap(orderSubjects).map(consumerOf).flatMap(takingOrders),
  ],
  subscribe: ['rollcall.report-ack.*', 'rollcall.control.*', '_INBOX.>'],
  neverSubscribe: [`${COLLECTOR_INBOX}.>`],
  maxSubscriptions: -1,
  maxPayload: -1,
})

const takingOrders = (consumer: string) => [
  `${API}.CONSUMER.MSG.NEXT.${ORDERS}.${consumer}`,
  `${FAR_API}.CONSUMER.MSG.NEXT.${ORDERS}.${consumer}`,
  `$JS.ACK.${ORDERS}.${consumer}.>`,
  // As newer servers may write it, with the domain and the account before the stream.
  `$JS.ACK.*.*.${ORDERS}.${consumer}.>`,
]

const checked = (text: string, pattern: RegExp, what: string): string => {
  if (!pattern.test(text)) throw new RangeError(`expected ${what}`)
  return text
}
