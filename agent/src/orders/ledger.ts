import { join } from 'node:path'
import { readPrivateFile, writePrivateFile } from '@rollcall/secret'
import { z } from 'zod'
import { inTurn } from '../in-turn.ts'

const seen = z.object({ seq: z.int().positive(), expires: z.string() })
const kept = z.object({
  format: z.literal(1),
  /** By the id of the key that signed. */
  issuers: z.record(z.string(), z.object({ floor: z.int().nonnegative(), seen: z.array(seen) })),
  /** Hours since 1970, and what was ordered in each. */
  hours: z.array(z.object({ hour: z.int(), orders: z.int(), targets: z.int() })),
  /** Runs that were cancelled: an order for them that comes later is old. */
  cancelled: z.array(z.object({ run: z.string(), until: z.string() })),
  collectorTime: z.string().optional(),
  policyVersion: z.int().nonnegative(),
})
type Kept = z.output<typeof kept>

/** What an agent remembers of orders through a restart and a power cut. */
export interface OrderLedger {
  /** The highest version of a policy that it ever held itself to: it never goes back. */
  readonly policyVersion: number
  readonly collectorTime: Date | undefined
  /** Whether an order came before, or may have. */
  standing(issuer: string, seq: number): 'new' | 'known' | 'forgotten'
  wasCancelled(run: string): boolean
  /** What was ordered in this hour of the clock. */
  lately(now: Date): { readonly orders: number; readonly targets: number }
  /** Writes an order down before it is carried out. */
  accept(order: {
    readonly issuer: string
    readonly seq: number
    readonly expires: string
    readonly targets: number
    readonly now: Date
  }): Promise<void>
  cancel(run: string, until: Date): Promise<void>
  heldPolicy(version: number): Promise<void>
  told(collectorTime: Date): Promise<void>
}

/** Orders that are remembered of one issuer, beside those that have expired. */
const MOST_SEEN = 4096
const TOLD_EVERY_MS = 300_000
/** An order is forgotten so long after it expired: by then no clock of ours takes it for good. */
const LATER_MS = 3_600_000

/** Opens the ledger of a data folder. A damaged one is an error: to forget what was carried out is to carry it out again. */
export const openLedger = async (folder: string): Promise<OrderLedger> => {
  const file = join(folder, 'orders')
  const bytes = await readPrivateFile(file, 16 * 1024 * 1024)
  let state: Kept = bytes === undefined ? EMPTY : read(bytes, file)
  const turn = inTurn()
  const become = (change: (before: Kept) => Kept): Promise<void> =>
    turn(async () => {
      const fresh = change(state)
      await writePrivateFile(file, Buffer.from(JSON.stringify(fresh)))
      state = fresh
    })
  return {
    get policyVersion() {
      return state.policyVersion
    },
    get collectorTime() {
      return state.collectorTime === undefined ? undefined : new Date(state.collectorTime)
    },
    standing(issuer, seq) {
      const known = state.issuers[issuer]
      if (known === undefined) return 'new'
      if (known.seen.some((one) => one.seq === seq)) return 'known'
      return seq <= known.floor ? 'forgotten' : 'new'
    },
    wasCancelled: (run) => state.cancelled.some((one) => one.run === run),
    lately: (now) => sum(state.hours.filter(({ hour }) => hour === hourOf(now))),
    accept: ({ issuer, seq, expires, targets, now }) =>
      become((before) => {
        const { floor, seen: orders } = before.issuers[issuer] ?? { floor: 0, seen: [] }
        const limit = new Date(now.getTime() - LATER_MS).toISOString()
        const all = [...orders, { seq, expires }].toSorted((one, other) => one.seq - other.seq)
        const over = Math.max(0, all.length - MOST_SEEN)
        const gone = all.filter((one, index) => index < over || one.expires < limit)
        return {
          ...before,
          issuers: {
            ...before.issuers,
            [issuer]: {
              floor: Math.max(floor, ...gone.map((one) => one.seq)),
              seen: all.filter((one) => !gone.includes(one)),
            },
          },
          hours: counted(before.hours, hourOf(now), targets),
          cancelled: before.cancelled.filter(({ until }) => until > now.toISOString()),
        }
      }),
    cancel: (run, until) =>
      become((before) => ({
        ...before,
        cancelled: [...before.cancelled.slice(-999), { run, until: until.toISOString() }],
      })),
    heldPolicy: (version) =>
      version <= state.policyVersion
        ? Promise.resolve()
        : become((before) => ({ ...before, policyVersion: Math.max(before.policyVersion, version) })),
    async told(at) {
      // Lost minutes are counted by the clock; a write for every heartbeat is not worth them.
      const before = state.collectorTime === undefined ? 0 : Date.parse(state.collectorTime)
      if (at.getTime() - before < TOLD_EVERY_MS) return
      await become((kept) => ({ ...kept, collectorTime: at.toISOString() }))
    },
  }
}

const EMPTY: Kept = { format: 1, issuers: {}, hours: [], cancelled: [], policyVersion: 0 }

/** Why the ledger cannot be used. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
}

const read = (bytes: Uint8Array, file: string): Kept => {
  try {
    return kept.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (error) {
    throw new LedgerError(
      `What this agent remembers of its orders, in ${file}, is damaged. Restore it from a backup, or let the agent in again with a token made with --replaces.`,
      { cause: error },
    )
  }
}

const hourOf = (now: Date) => Math.floor(now.getTime() / 3_600_000)

const counted = (hours: Kept['hours'], hour: number, targets: number): Kept['hours'] => {
  const rest = hours.filter((one) => one.hour !== hour && one.hour > hour - 2)
  const { orders = 0, targets: before = 0 } = hours.find((one) => one.hour === hour) ?? {}
  return [...rest, { hour, orders: orders + 1, targets: before + targets }]
}

const sum = (hours: Kept['hours']) =>
  hours.reduce((all, { orders, targets }) => ({ orders: all.orders + orders, targets: all.targets + targets }), {
    orders: 0,
    targets: 0,
  })
