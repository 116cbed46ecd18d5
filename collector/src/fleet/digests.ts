import { setImmediate } from 'node:timers/promises'
import { looksOf, type DigestBatch, type DigestLook } from '@rollcall/contract/bus'
import type { HostEnding, HostSighting, Repositories, SpoolKnown, Store } from '@rollcall/store'
import { admitRanges } from './admission.ts'
import { isAdmitted, NOTHING_ADMITTED, type Range } from './admitted.ts'

/** What came of a batch of looks. */
export interface TakenDigests {
  readonly known: SpoolKnown
  /** Looks whose findings are needed, since what they found is not what is held. */
  readonly need: readonly number[]
  /** Runs of which targets ended by it. */
  readonly runs: readonly string[]
}

/** Takes in looks that found what the looks before them found: their hosts were seen again, and nothing else about them changes. */
export type TakeDigests = (batch: DigestBatch) => Promise<TakenDigests>

/** Batches that wait at the same time share a transaction, since making one durable costs the same for all. */
export const digestIntake = (store: Store, now: () => Date): TakeDigests => {
  let waiting: Waiting[] = []
  let working = false

  const work = async () => {
    working = true
    while (waiting.length > 0) {
      // Lets other work through between transactions, and more batches gather for the next.
      await setImmediate()
      const group = waiting.slice(0, MOST_BATCHES)
      waiting = waiting.slice(group.length)
      await commit(store, now(), group)
    }
    working = false
  }

  return (batch) =>
    new Promise<TakenDigests>((resolve, reject) => {
      waiting.push({ batch, resolve, reject })
      if (!working) void work()
    })
}

interface Waiting {
  readonly batch: DigestBatch
  readonly resolve: (taken: TakenDigests) => void
  readonly reject: (error: unknown) => void
}

/** Batches in one transaction: 2,000 hosts take some dozen milliseconds. */
const MOST_BATCHES = 4

const commit = async (store: Store, now: Date, group: readonly Waiting[]): Promise<void> => {
  try {
    const taken = await store.atomically(async (tx) => {
      const taken: TakenDigests[] = []
      for (const { batch } of group) taken.push(await take(tx, now.toISOString(), batch))
      return taken
    })
    for (const [index, { resolve }] of group.entries()) resolve(taken[index]!)
  } catch (error) {
    if (group.length === 1) return group[0]!.reject(error)
    // Nothing of the group was kept: each is taken by itself, so that only the broken one fails.
    for (const one of group) await commit(store, now, [one])
  }
}

const take = async (tx: Repositories, received: string, batch: DigestBatch): Promise<TakenDigests> => {
  const { agent, epoch, acked } = batch
  const known = await tx.spools.of(agent, epoch)
  const admitted = known ?? NOTHING_ADMITTED
  const looks = looksOf(batch)
  const fresh = looks.filter(({ seq }) => !isAdmitted(admitted, seq))
  const sightings = await tx.hosts.lastSightings([...new Set(fresh.map(({ target }) => target))])

  const need: number[] = []
  const again = new Map<string, Again>()
  const ended = new Map<string, Ended[]>()
  for (const look of fresh) {
    const sighting = sightings.get(look.target)
    const at = bounded(look.startedAt, received)
    if (sighting === undefined || !isSame(sighting, look, received)) {
      need.push(look.seq)
      continue
    }
    const before = again.get(sighting.host)
    // One that is older than what is known says nothing more, and several of one host no more than the last of them.
    if (at > sighting.at && (before === undefined || at > before.at)) again.set(sighting.host, { sighting, at })
    if (look.run !== undefined)
      ended.set(look.run, [...(ended.get(look.run) ?? []), endOf(look, sighting, bounded(look.finishedAt, received))])
  }
  await tx.hosts.allSeenAgain([...again.values()])
  for (const [run, ends] of ended) await tx.scans.allDone(run, ends)

  const missing = new Set(need)
  const ranges = looks.filter(({ seq }) => !missing.has(seq)).map((look): Range => [look.seq - look.void, look.seq])
  return {
    known: await admitRanges(tx, { agent, epoch, acked, known }, joined(ranges), received),
    need,
    runs: [...ended.keys()],
  }
}

type Again = Parameters<Repositories['hosts']['allSeenAgain']>[0][number]
type Ended = Parameters<Repositories['scans']['allDone']>[1][number]

/** The same is nothing new, unless what follows from it depends on the day. */
const isSame = ({ digest, until }: HostSighting, { root }: DigestLook, received: string) =>
  digest === root && (until === null || received < until)

const endOf = ({ target }: DigestLook, { host, outcome, reason }: HostSighting & HostEnding, at: string): Ended => ({
  target,
  host,
  outcome,
  reason,
  at,
})

/** By the agent's clock, but never later than now. */
const bounded = (instant: string, received: string) => (instant < received ? instant : received)

/** Neighbouring ranges as one: nearly always a batch is one range. */
const joined = (ranges: readonly Range[]): Range[] => {
  const all: [number, number][] = []
  for (const [from, to] of ranges) {
    const last = all.at(-1)
    if (last !== undefined && from === last[1] + 1) last[1] = to
    else all.push([from, to])
  }
  return all
}
