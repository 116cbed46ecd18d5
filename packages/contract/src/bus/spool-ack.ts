import { z } from 'zod'
import { text } from '../text.ts'
import { message } from './message.ts'
import { epoch } from './spool-mark.ts'

/** Ranges of numbers, both ends included. */
const ranges = z.array(z.tuple([z.int().positive(), z.int().positive()]))

const ack = z.object({
  epoch,
  /** Everything up to here is committed. */
  upTo: z.int().nonnegative(),
  /** What is committed beyond it. */
  beyond: ranges.max(500),
  /**
   * Looks of which more must come before they can be: the report of one that came as a row of a batch, or findings of these probes, of
   * a report that came without them.
   */
  need: z.array(z.object({ seq: z.int().positive(), probes: z.array(text(64)).max(256).optional() })).max(500),
  /** What was not taken, and will not be until one side is another version. It stays where it is, and people are told. */
  refused: z
    .array(z.object({ seq: z.int().positive(), code: text(64) }))
    .max(100)
    .default([]),
})

/** Collector → agent: what of an epoch is committed. Each says all of it, so that only the last one counts; they are repeated. */
export const spoolAck = message('spool-ack', 1, ack)
export type SpoolAck = z.output<typeof ack>
