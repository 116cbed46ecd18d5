import type { Envelope, SpoolMark } from '@rollcall/contract/bus'
import type { Repositories, SpoolKnown } from '@rollcall/store'
import { isAdmitted, NOTHING_ADMITTED, withAdmitted, type Range } from './admitted.ts'

/** What comes once however often it is delivered: by its number in a spool, or else by its id. */
export interface Admissible {
  readonly id: string
  readonly agent: string
  readonly spool?: SpoolMark | undefined
}

/** Whether it came before, and its effect is there already. */
export const cameBefore = async (tx: Repositories, { id, agent, spool }: Admissible): Promise<boolean> => {
  if (spool === undefined) return tx.inbox.admitted(id)
  return isAdmitted((await tx.spools.of(agent, spool.epoch)) ?? NOTHING_ADMITTED, spool.seq)
}

/** Remembers that it came. False when it had before. In the transaction that carries its effect. */
export const admit = async (tx: Repositories, { id, agent, spool }: Admissible, at: string): Promise<boolean> => {
  if (spool === undefined) return tx.inbox.admit(id, at)
  const { epoch, seq, void: empty, acked } = spool
  const known = await tx.spools.of(agent, epoch)
  const isNew = !isAdmitted(known ?? NOTHING_ADMITTED, seq)
  // What came before may tell more when it comes again: numbers before it may have been given up since.
  const isMore = isNew || (empty > 0 && !isAdmitted(known ?? NOTHING_ADMITTED, seq - empty))
  if (isMore) await admitRanges(tx, { agent, epoch, acked, known }, [[seq - empty, seq]], at)
  return isNew
}

/** Remembers that ranges of numbers came, and that some before them are missing, where they are. */
export const admitRanges = async (
  tx: Repositories,
  { agent, epoch, acked, known }: { agent: string; epoch: string; acked: number; known: SpoolKnown | undefined },
  ranges: readonly Range[],
  at: string,
): Promise<SpoolKnown> => {
  const before = known ?? NOTHING_ADMITTED
  // What the agent was told to be committed, and is not known here, was in a database that this one was set back from.
  const forgotten = Math.max(0, acked - Math.max(before.upTo, ...before.beyond.map(([, to]) => to)))
  const told: readonly Range[] = forgotten === 0 ? ranges : [[1, acked], ...ranges]
  const { upTo, beyond } = withAdmitted(before, told)
  const now = {
    agent,
    epoch,
    upTo,
    beyond,
    forgotten: (known?.forgotten ?? 0) + forgotten,
    gapSince: beyond.length === 0 ? null : upTo === before.upTo && known?.gapSince != null ? known.gapSince : at,
    lastAt: at,
  }
  await tx.spools.save(now)
  return now
}

/** Where a message that cannot be read stands in a spool, if at least that can. */
export const markOf = ({ body }: Envelope): Pick<SpoolMark, 'epoch' | 'seq'> | undefined => {
  const { epoch, seq } = (body as { spool?: Partial<SpoolMark> } | null | undefined)?.spool ?? {}
  return typeof epoch === 'string' && /^[0-9a-f]{32}$/.test(epoch) && typeof seq === 'number' && Number.isInteger(seq)
    ? { epoch, seq }
    : undefined
}
