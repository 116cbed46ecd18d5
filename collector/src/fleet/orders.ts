import { randomUUID } from 'node:crypto'
import type { Bus, Line } from '@rollcall/bus'
import {
  ORDER_CONTEXT,
  signedOrder,
  subjects,
  type Envelope,
  type OrderClass,
  type OrderKind,
  type OrderRefused,
  type OrderStatement,
} from '@rollcall/contract/bus'
import { signBytes } from '@rollcall/secret'
import type { Store } from '@rollcall/store'
import type { Logger } from 'pino'
import type { FleetAgents } from './agents.ts'
import type { FleetKeys } from './keys.ts'
import type { FleetPolicy } from './policy.ts'

export interface OrderWish {
  readonly kind: OrderKind
  readonly segment: string
  /** Only this agent; it is told at once and again with its next heartbeats. Without it, whoever of the segment takes it first. */
  readonly agent?: string
  readonly class?: OrderClass
  /** What the order carries: a message of the kind's own. */
  readonly order: Envelope
  /** The scan that it belongs to. */
  readonly run?: string
  /** Default six hours for what waits in a queue, a quarter of an hour for what is told to one agent. */
  readonly lifeMs?: number
}

export interface FleetOrders {
  /** Signs an order and hands it over. Resolves when the bus has it. */
  give(wish: OrderWish): Promise<{ readonly id: string; readonly expires: string }>
  /** Tells every agent of the segments, or of all. */
  tellAll(wish: Omit<OrderWish, 'agent' | 'segment'>, segments?: ReadonlySet<string>): Promise<void>
  /** Says again what an agent was told and may not have heard. */
  again(agent: string): Promise<void>
  /** An agent does not carry out an order. */
  refused(agent: string, refusal: OrderRefused): Promise<void>
}

export interface OrderTools {
  readonly store: Store
  readonly keys: FleetKeys
  readonly policy: FleetPolicy
  readonly agents: FleetAgents
  readonly bus: Bus
  readonly line: Line
  readonly now: () => Date
  readonly log: Logger
}

const QUEUED_MS = 6 * 3_600_000
const TOLD_MS = 15 * 60_000
/** A clock that is a little behind does not refuse what was just given. */
const EARLIER_MS = 60_000
/** What is told to one agent is said so often in all. */
const TIMES = 3

export const fleetOrders = ({ store, keys, policy, agents, bus, line, now, log }: OrderTools): FleetOrders => {
  const repeated = new Map<string, { message: Envelope; left: number; until: number }[]>()

  const sign = async ({ kind, segment, agent, order, run, ...wish }: OrderWish) => {
    const at = now()
    const expires = new Date(at.getTime() + (wish.lifeMs ?? (agent === undefined ? QUEUED_MS : TOLD_MS)))
    const queue = wish.class ?? (kind === 'scan' || kind === 'collect-host-keys' ? 'routine' : 'urgent')
    const id = randomUUID()
    const seq = await store.atomically(async (tx) => {
      const seq = await tx.fleetOrders.next()
      await tx.fleetOrders.add({
        seq,
        id,
        kind,
        segment,
        agent: agent ?? null,
        class: queue,
        run: run ?? null,
        issuedAt: at.toISOString(),
        expires: expires.toISOString(),
        state: 'given',
      })
      return seq
    })
    const statement: OrderStatement = {
      id,
      kind,
      segment,
      ...(agent === undefined ? {} : { agent }),
      class: queue,
      notBefore: new Date(at.getTime() - EARLIER_MS).toISOString(),
      expires: expires.toISOString(),
      seq,
      policy: policy.current?.statement.version ?? 0,
      order,
    }
    const signed = signBytes(keys.order, ORDER_CONTEXT, Buffer.from(JSON.stringify(statement)))
    return { statement, message: signedOrder.write({ signed: Buffer.from(signed).toString('base64url') }) }
  }

  const give: FleetOrders['give'] = async (wish) => {
    const { statement, message } = await sign(wish)
    if (wish.agent === undefined) await bus.publish(subjects.segmentOrder(wish.segment, statement.class), message)
    else {
      const list = repeated.get(wish.agent) ?? []
      const current = now().getTime()
      repeated.set(wish.agent, [
        ...list.filter(({ until }) => until > current).slice(-31),
        { message, left: TIMES - 1, until: Date.parse(statement.expires) },
      ])
      await line.tell(subjects.control(wish.agent), message)
    }
    return { id: statement.id, expires: statement.expires }
  }

  return {
    give,
    async tellAll(wish, segments) {
      for (const agent of agents.all())
        if (agent.state === 'active' && (segments === undefined || segments.has(agent.segment)))
          await give({ ...wish, segment: agent.segment, agent: agent.id })
    },
    async again(agent) {
      const list = repeated.get(agent)
      if (list === undefined) return
      const current = now().getTime()
      const open = list.filter(({ until, left }) => until > current && left > 0)
      if (open.length === 0) repeated.delete(agent)
      else repeated.set(agent, open)
      for (const one of open) {
        one.left--
        await line.tell(subjects.control(agent), one.message)
      }
    },
    async refused(agent, { order, code, detail, at }) {
      const known = await store.atomically(async (tx) => {
        const known = await tx.fleetOrders.refused(order, { by: agent, code, detail: detail ?? null, at })
        await tx.audit.append({
          at: now().toISOString(),
          actor: `agent:${agent}`,
          action: 'order-refused',
          object: order,
          detail: `${code}${detail === undefined ? '' : `: ${detail}`}`,
        })
        return known
      })
      log.error(
        { agent, order, code, detail },
        known
          ? 'an agent refused an order'
          : 'an agent was given an order that is not of this collector, and refused it',
      )
    },
  }
}
