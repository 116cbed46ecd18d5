import type { TargetSet } from '@rollcall/contract'
import {
  cancelOrder,
  LOCAL_SEGMENT,
  resyncOrder,
  scanOrder,
  type OrderClass,
  type ScanTiming,
} from '@rollcall/contract/bus'
import { Refusal } from '../refusal.ts'
import { together } from '../scan-order.ts'
import type { SeenAgent } from './agents.ts'
import type { Fleet } from './fleet.ts'

/** Scans by agents of segments that are not in this process. */
export interface RemoteScans {
  /** Why nothing can be ordered in a segment; undefined where something can, if not at once. Throws nothing. */
  problem(segment: string): Refusal | undefined
  /** Orders a scan, and says when nobody can take the order any more. Refusal `too-many-targets`. */
  order(segment: string, order: RemoteOrder): Promise<Date>
  cancel(segment: string, run: string): Promise<void>
  /** Has an agent say again what it has. */
  resync(agent: string, reason: string): Promise<void>
  /** The segment that an agent was let in for. */
  segmentOf(agent: string): string | undefined
  agent(id: string): SeenAgent | undefined
  /** Agents of a segment that are heard. */
  live(segment: string): readonly SeenAgent[]
}

export interface RemoteOrder {
  readonly run: string
  readonly sets: readonly TargetSet[]
  /** Targets that are not looked at again. As many are named as there is room for: one that is looked at twice counts once. */
  readonly done: readonly string[]
  readonly timing: ScanTiming | undefined
  readonly class: OrderClass
}

/** An order travels in one piece, and packs to about a fourth of this. */
const MOST_BYTES = 600_000

export const isLocal = (segment: string): boolean => segment === LOCAL_SEGMENT

/** Without a fleet, only what this process reaches itself can be scanned. */
export const remoteScans = (fleet: Fleet | undefined): RemoteScans => ({
  problem(segment) {
    if (isLocal(segment)) return undefined
    if (fleet === undefined)
      return new Refusal(
        409,
        'no-broker',
        `targets of segment ${segment} are scanned by agents, and this collector has no broker; start it with "rollcall up --nats"`,
      )
    if (fleet.policy.current === undefined)
      return new Refusal(
        409,
        'no-policy',
        'there is no policy signed by the root key; sign one with "rollcall policy sign"',
      )
    if (fleet.agents.all().some((agent) => agent.segment === segment && agent.state === 'active')) return undefined
    return new Refusal(
      409,
      'no-agents',
      `segment ${segment} has no agent; let one in with "rollcall token create --segment ${segment}"`,
    )
  },
  async order(segment, { run, sets, done, timing, class: queue }) {
    const whole = { run, ...together(sets), ...(timing === undefined ? {} : { timing }) }
    const room = MOST_BYTES - Buffer.byteLength(JSON.stringify(whole))
    if (room < 0)
      throw new Refusal(
        422,
        'too-many-targets',
        'what is left out of what a directory names is too much for one order; leave out blocks instead of hosts',
      )
    let characters = 0
    const named = done.filter((target) => (characters += 2 * target.length + 3) < room)
    const { expires } = await fleet!.orders.give({
      kind: 'scan',
      segment,
      class: queue,
      run,
      order: scanOrder.write({ ...whole, done: named }),
    })
    return new Date(expires)
  },
  async resync(id, reason) {
    const agent = fleet?.agents.byId(id)
    if (agent?.state !== 'active') return
    const order = resyncOrder.write({ reason: reason.slice(0, 200) })
    await fleet!.orders.give({ kind: 'resync', segment: agent.segment, agent: id, order })
  },
  segmentOf: (agent) => fleet?.agents.byId(agent)?.segment,
  agent: (id) => fleet?.agents.byId(id),
  live: (segment) => fleet?.agents.live(segment) ?? [],
  async cancel(segment, run) {
    await fleet?.orders.tellAll({ kind: 'cancel', run, order: cancelOrder.write({ run }) }, new Set([segment]))
  },
})
