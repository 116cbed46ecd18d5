import type { Bus, Line, Wire } from '@rollcall/bus'
import { collectorWire } from '@rollcall/bus'
import {
  heartbeat,
  heartbeatAnswer,
  MessageRefused,
  orderRefused,
  policyOrder,
  renewAnswer,
  renewRequest,
  requestRefused,
  subjects,
  type AuditCheckpointTold,
  type Envelope,
  type Heartbeat,
  type FleetRefusal,
} from '@rollcall/contract/bus'
import type { Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { openAgents, type FleetAgents, type SeenAgent } from './agents.ts'
import type { FleetBroker } from './broker.ts'
import { enrolment } from './enrolment.ts'
import { joinTokens, type JoinTokens } from './join-tokens.ts'
import { openFleetKeys, type FleetKeys } from './keys.ts'
import { fleetOrders, type FleetOrders } from './orders.ts'
import { openPolicy, type FleetPolicy } from './policy.ts'
import { watchQueue, type QueueWatch } from './queue-watch.ts'

/** Whom the collector trusts, and by what it is known: needed before there is a connection to speak over. */
export interface FleetTrust extends AsyncDisposable {
  readonly keys: FleetKeys
  readonly agents: FleetAgents
  readonly broker: FleetBroker
  /** For the collector's connection to the broker. */
  readonly wire: Wire
}

export interface FleetTrustOptions {
  readonly store: Store
  /** Where its keys are kept: `fleet` in the data folder. */
  readonly folder: string
  readonly broker: FleetBroker
  readonly now: () => Date
  readonly log: Logger
}

/** Opens keys and agents. Throws KeyFileError for key files that others can read. */
export const openFleetTrust = async ({ store, folder, broker, now, log }: FleetTrustOptions): Promise<FleetTrust> => {
  const keys = await openFleetKeys(folder)
  const agents = await openAgents({ store, broker, now, log })
  return {
    keys,
    agents,
    broker,
    wire: collectorWire({ key: keys.order, agent: (id) => agents.known(id) }),
    [Symbol.asyncDispose]: () => agents[Symbol.asyncDispose](),
  }
}

/** Answers a question of an active agent, by the type of its message. */
export type RequestHandler = (message: Envelope, agent: SeenAgent) => Promise<Envelope>

/** Everything that the collector does with agents that are not in its own process. */
export interface Fleet extends AsyncDisposable {
  readonly keys: FleetKeys
  readonly agents: FleetAgents
  readonly tokens: JoinTokens
  readonly policy: FleetPolicy
  readonly orders: FleetOrders
  readonly bus: Bus
  readonly line: Line
  /** Reports that wait. */
  readonly queue: QueueWatch
  /** Where agents reach the broker, as far as is known here. */
  readonly servers: readonly string[]
  /** Has questions of a type answered. Agents that are not active are told why instead. */
  answers(type: string, handler: RequestHandler): void
  /** Agents are told where the audit log ends, with the answers to their heartbeats; and what they say they were told is looked at. */
  witnessing(witness: Witness): void
}

/** The audit log as agents hear of it. */
export interface Witness {
  readonly newest: () => AuditCheckpointTold | undefined
  readonly seen: (agent: string, end: NonNullable<Heartbeat['witnessed']>) => void
}

export interface FleetOptions {
  readonly trust: FleetTrust
  readonly store: Store
  readonly bus: Bus
  readonly line: Line
  readonly now: () => Date
  readonly log: Logger
}

/** Starts to answer agents and those who want to become some. The trust stays open: it is whoever's who opened it. */
export const openFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { trust, store, bus, line, now, log } = options
  const { keys, agents, broker } = trust
  const handlers = new Map<string, RequestHandler>()
  await using opening = new AsyncDisposableStack()
  const queue = opening.use(watchQueue(bus))
  let orders: FleetOrders | undefined
  const policy = await openPolicy({
    store,
    keys,
    now,
    changed: (order) => {
      orders
        ?.tellAll({ kind: 'update-policy', order })
        .catch((error: unknown) =>
          log.error({ err: error }, 'the policy could not be told; it is told with the next heartbeats'),
        )
    },
  })
  orders = fleetOrders({ store, keys, policy, agents, bus, line, now, log })
  const given = orders

  handlers.set(renewRequest.type, async (message, agent) => {
    const answer = await agents.renew(agent.id, renewRequest.read(message))
    return typeof answer === 'string' ? refusal(answer, now) : renewAnswer.write(answer)
  })

  let witness: Witness | undefined
  const policyTold = new Map<string, { version: number; at: number }>()
  const beaten = async (message: Envelope, id: string): Promise<Envelope> => {
    const beat = heartbeat.read(message)
    const answer = await agents.heard(id, beat)
    if (typeof answer === 'string') return refusal(answer, now)
    if (beat.witnessed !== undefined) witness?.seen(id, beat.witnessed)
    const newest = policy.current?.statement.version ?? 0
    const agent = agents.byId(id)
    const told = policyTold.get(id)
    const due = told === undefined || told.version < newest || now().getTime() - told.at > TELL_AGAIN_MS
    if (agent !== undefined && beat.policy < newest && due) {
      policyTold.set(id, { version: newest, at: now().getTime() })
      await given.give({
        kind: 'update-policy',
        segment: agent.segment,
        agent: id,
        order: policyMessage(policy),
      })
    } else await given.again(id)
    const checkpoint = witness?.newest()
    return heartbeatAnswer.write({
      ...answer,
      policy: newest,
      lagSeconds: queue.lagSeconds,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    })
  }

  const asked = async (message: Envelope, id: string): Promise<Envelope> => {
    const agent = agents.byId(id)
    if (agent === undefined) return refusal('unknown-agent', now)
    if (agent.state !== 'active') return refusal(agent.state, now)
    const handler = handlers.get(message.type)
    return handler === undefined ? refusal('old-version', now) : handler(message, agent)
  }

  /** What cannot be read is answered too: whoever asked would wait otherwise, and ask again. */
  const readable =
    (handle: (message: Envelope, id: string) => Promise<Envelope>) =>
    async (message: Envelope, subject: string): Promise<Envelope> => {
      try {
        return await handle(message, idOf(subject))
      } catch (error) {
        if (!(error instanceof MessageRefused)) throw error
        agents.refused(subject, error)
        return refusal(error.code === 'unknown-version' ? 'old-version' : 'malformed', now)
      }
    }

  for (const segment of new Set(agents.all().map((agent) => agent.segment))) broker.prepare?.(segment)
  opening.use(await line.answer(subjects.allHeartbeats, readable(beaten)))
  opening.use(await line.answer(subjects.allRequests, readable(asked)))
  opening.use(await line.answer(subjects.allEnrolments, enrolment({ store, keys, agents, broker, policy, now, log })))
  const open = opening.move()
  return {
    keys,
    agents,
    tokens: joinTokens({ store, keys, broker, policy, now }),
    policy,
    orders: given,
    bus,
    line,
    queue,
    servers: broker.servers ?? [],
    answers: (type, handler) => void handlers.set(type, handler),
    witnessing: (given) => void (witness = given),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Whether a message on a progress subject says that an order was refused; then it is taken notice of. */
export const tookRefusal = async (fleet: Fleet | undefined, message: Envelope, agent: string): Promise<boolean> => {
  if (message.type !== orderRefused.type) return false
  await fleet?.orders.refused(agent, orderRefused.read(message))
  return true
}

/** An agent that does not take up the policy is told again, and not with every heartbeat. */
const TELL_AGAIN_MS = 300_000

const idOf = (subject: string) => subject.split('.').at(-1)!

const refusal = (code: FleetRefusal, now: () => Date) => requestRefused.write({ code, at: now().toISOString() })

const policyMessage = ({ current }: FleetPolicy) =>
  policyOrder.write({ policy: Buffer.from(current?.signed ?? new Uint8Array()).toString('base64url') })
