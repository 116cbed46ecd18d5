import { cancelOrder, LOCAL_SEGMENT, scanOrder, type ScanOrder } from '@rollcall/contract/bus'
import { Refusal } from '../refusal.ts'
import type { Fleet } from './fleet.ts'

/** Scans by agents of segments that are not in this process. */
export interface RemoteScans {
  /** Why nothing can be ordered in a segment; undefined where something can, if not at once. Throws nothing. */
  problem(segment: string): Refusal | undefined
  /** Orders a scan, and says when nobody can take the order any more. Refusal `too-many-targets`. */
  order(segment: string, order: ScanOrder): Promise<Date>
  cancel(segment: string, run: string): Promise<void>
  /** The segment that an agent was let in for. */
  segmentOf(agent: string): string | undefined
  /** What people call an agent. */
  nameOf(agent: string): string | undefined
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
  async order(segment, order) {
    const message = scanOrder.write(order)
    if (Buffer.byteLength(JSON.stringify(message)) > MOST_BYTES)
      throw new Refusal(
        422,
        'too-many-targets',
        'the targets of one segment that are scanned at a time are too many for one order; scan their sets one after the other, or name blocks instead of hosts',
      )
    const { expires } = await fleet!.orders.give({ kind: 'scan', segment, run: order.run, order: message })
    return new Date(expires)
  },
  segmentOf: (agent) => fleet?.agents.byId(agent)?.segment,
  nameOf: (agent) => fleet?.agents.byId(agent)?.name,
  async cancel(segment, run) {
    await fleet?.orders.tellAll({ kind: 'cancel', run, order: cancelOrder.write({ run }) }, new Set([segment]))
  },
})
