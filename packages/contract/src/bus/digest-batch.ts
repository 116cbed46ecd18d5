import { z } from 'zod'
import type { Outcome } from '../outcome.ts'
import type { DirectorySignals, HostSignals } from '../signals.ts'
import { targetId } from '../target-id.ts'
import { instant, text } from '../text.ts'
import { message } from './message.ts'
import type { ReportSection } from './scan-report.ts'
import { epoch } from './spool-mark.ts'

/** At most so many looks travel in one batch. */
export const MAX_DIGESTS = 500

const count = z.int().nonnegative()

/** One look whose findings the receiver is believed to hold. A list, since names would be most of it. */
const row = z.tuple([
  /** Its number less that of the row before it; of the first, less `from`. */
  z.int().positive(),
  /** As `void` of a spool mark. */
  count,
  targetId,
  /** SHA-256 over `rootText` of the look, in base64url. */
  z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** When it began, in milliseconds since `base`, and how long it took. */
  count,
  count,
  /** Which of `runs` asked for it; -1: none. */
  z.int().min(-1),
])

const batch = z.object({
  agent: text(64),
  epoch,
  acked: count,
  from: count,
  base: instant,
  runs: z.array(z.uuid()).max(MAX_DIGESTS),
  rows: z.array(row).max(MAX_DIGESTS),
})

/** Agent → collector: looks that found what the looks before them found. What differs all the same is asked for. */
export const digestBatch = message('digest-batch', 1, batch)
export type DigestBatch = z.output<typeof batch>

/** One look of a batch, spelt out. */
export interface DigestLook {
  readonly seq: number
  readonly void: number
  readonly target: string
  readonly root: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly run: string | undefined
}

/** A batch of looks, in the order of their numbers. */
export const batchOf = (
  about: Pick<DigestBatch, 'agent' | 'epoch' | 'acked'>,
  looks: readonly DigestLook[],
): DigestBatch => {
  const times = looks.map(({ startedAt }) => Date.parse(startedAt))
  const base = times.reduce((least, time) => Math.min(least, time), times[0] ?? 0)
  const runs = [...new Set(looks.flatMap(({ run }) => run ?? []))]
  const from = (looks[0]?.seq ?? 1) - 1
  let last = from
  return {
    ...about,
    from,
    base: new Date(base).toISOString(),
    runs,
    rows: looks.map((look, index) => {
      const step = look.seq - last
      last = look.seq
      const took = Math.max(0, Date.parse(look.finishedAt) - times[index]!)
      const run = look.run === undefined ? -1 : runs.indexOf(look.run)
      return [step, look.void, look.target, look.root, times[index]! - base, took, run]
    }),
  }
}

/** The looks of a batch. */
export const looksOf = ({ from, base, runs, rows }: DigestBatch): DigestLook[] => {
  const zero = Date.parse(base)
  let seq = from
  return rows.map(([step, empty, target, root, started, took, run]) => {
    seq += step
    return {
      seq,
      void: empty,
      target,
      root,
      startedAt: instantOf(zero + started),
      // Seldom asked for, and dear for so many.
      get finishedAt() {
        return instantOf(zero + started + took)
      },
      run: runs[run],
    }
  })
}

/** Times that no calendar has are the last that one has: whoever takes them in bounds them by its own clock. */
const instantOf = (milliseconds: number) => new Date(Math.min(milliseconds, LAST_INSTANT)).toISOString()

const LAST_INSTANT = Date.UTC(9999, 11, 31)

interface Look {
  readonly reached: Outcome
  readonly host?: HostSignals | undefined
  readonly directory?: DirectorySignals | undefined
  readonly sections: readonly Pick<ReportSection, 'probe' | 'outcome' | 'privilege' | 'digest'>[]
}

/**
 * What a look's root is the digest of: everything about it but when it was and the findings themselves, for which their digests stand. Fields
 * are in order, so that both sides have the same text.
 */
export const rootText = ({ reached, host, directory, sections }: Look): string =>
  JSON.stringify(
    inOrder([
      reached,
      host ?? directory ?? null,
      sections.map(({ probe, outcome, privilege, digest }) => [probe, outcome, privilege, digest]),
    ]),
  )

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, part]) => [name, inOrder(part)]),
  )
}
