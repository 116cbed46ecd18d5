import type { Line } from '@rollcall/bus'
import { spoolAck, subjects, type SpoolAck } from '@rollcall/contract/bus'
import type { SpoolKnown } from '@rollcall/store'
import { isAdmitted } from './admitted.ts'

/** Tells agents what is committed and what is needed before more can be. Each word tells all of it, and is repeated for a while. */
export interface SpoolAcks extends Disposable {
  /** What is committed of an epoch now. To be told after the transaction that made it so. */
  committed(known: SpoolKnown): void
  /** Looks that can be committed when more of them comes. */
  needs(known: Pick<SpoolKnown, 'agent' | 'epoch'>, need: readonly { seq: number; probes?: string[] }[]): void
  /** What was asked for is here: it is looked at now. */
  came(known: Pick<SpoolKnown, 'agent' | 'epoch'>, seq: number): void
  /** What was not taken, and will not be. */
  refused(known: Pick<SpoolKnown, 'agent' | 'epoch'>, seq: number, code: string): void
}

export interface SpoolAckOptions {
  readonly line: Pick<Line, 'tell'>
  readonly failed: (error: unknown) => void
  /** Milliseconds that words gather, between repetitions, and after which an agent that says nothing hears no more. */
  readonly gather?: number
  readonly repeat?: number
  readonly forget?: number
}

export const spoolAcks = ({
  line,
  failed,
  gather = 20,
  repeat = 10_000,
  forget = 60_000,
}: SpoolAckOptions): SpoolAcks => {
  const told = new Map<string, Told>()
  let closed = false

  const of = (agent: string, epoch: string): Told => {
    const key = `${agent} ${epoch}`
    const known: Told = told.get(key) ?? { agent, epoch, need: new Map(), refused: new Map(), heardAt: 0 }
    told.set(key, known)
    known.heardAt = performance.now()
    if (known.soon === undefined && !closed) known.soon = setTimeout(() => say(known), gather)
    return known
  }

  const say = (one: Told) => {
    one.soon = undefined
    const { agent, epoch, known, need, refused } = one
    line.tell(subjects.reportAck(agent), spoolAck.write(wordOf(epoch, known, need, refused))).catch(failed)
  }

  const repeating = setInterval(() => {
    for (const [key, one] of told) {
      if (performance.now() - one.heardAt > forget) {
        clearTimeout(one.soon)
        told.delete(key)
      } else if (one.soon === undefined) say(one)
    }
  }, repeat)
  repeating.unref()

  return {
    committed(known) {
      const one = of(known.agent, known.epoch)
      // Transactions end one after the other, but whoever waits for them may hear of it in another order.
      if (one.known === undefined || reach(known) >= reach(one.known)) one.known = known
      for (const seqs of [one.need, one.refused])
        for (const seq of seqs.keys()) if (isAdmitted(one.known, seq)) seqs.delete(seq)
    },
    needs({ agent, epoch }, need) {
      const one = of(agent, epoch)
      for (const { seq, probes } of need) if (one.need.size < MOST_NEEDS) one.need.set(seq, probes)
    },
    came({ agent, epoch }, seq) {
      told.get(`${agent} ${epoch}`)?.need.delete(seq)
    },
    refused({ agent, epoch }, seq, code) {
      const one = of(agent, epoch)
      if (one.refused.size < MOST_REFUSED) one.refused.set(seq, code)
    },
    [Symbol.dispose]() {
      closed = true
      clearInterval(repeating)
      for (const { soon } of told.values()) clearTimeout(soon)
    },
  }
}

interface Told {
  readonly agent: string
  readonly epoch: string
  known?: SpoolKnown
  readonly need: Map<number, string[] | undefined>
  readonly refused: Map<number, string>
  heardAt: number
  soon?: ReturnType<typeof setTimeout> | undefined
}

/** What does not fit is asked for when something of this was given. */
const MOST_NEEDS = 500
const MOST_REFUSED = 100
const MOST_RANGES = 500
/** In UTF-16 units, as JSON: well under what a line takes. */
const MOST_NEED_TEXT = 100_000

const wordOf = (
  epoch: string,
  known: SpoolKnown | undefined,
  need: Told['need'],
  refused: Told['refused'],
): SpoolAck => ({
  epoch,
  upTo: known?.upTo ?? 0,
  beyond: (known?.beyond ?? []).slice(0, MOST_RANGES).map(([from, to]) => [from, to]),
  need: fitting([...need].map(([seq, probes]) => ({ seq, ...(probes === undefined ? {} : { probes }) }))),
  refused: [...refused].map(([seq, code]) => ({ seq, code })),
})

/** As many as one word holds; it is said again when these were answered. */
const fitting = (need: SpoolAck['need']): SpoolAck['need'] => {
  let left = MOST_NEED_TEXT
  return need.filter(({ probes = [] }) => (left -= 20 + probes.reduce((sum, probe) => sum + probe.length + 3, 0)) > 0)
}

/** How many numbers are committed: it only ever grows. */
const reach = ({ upTo, beyond }: SpoolKnown) => beyond.reduce((sum, [from, to]) => sum + to - from + 1, upTo)
