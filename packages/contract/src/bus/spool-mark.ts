import { z } from 'zod'

/** Random, 16 bytes in hexadecimal: another one whenever a spool is opened, so that numbers never mean two things. */
export const epoch = z.string().regex(/^[0-9a-f]{32}$/)

/**
 * Where a message stands in its agent's spool, so that it takes effect once however often it comes, and what is missing is noticed. Numbers
 * count up from 1 within an epoch.
 */
export const spoolMark = z.object({
  epoch,
  seq: z.int().positive(),
  /** So many numbers right before it stand for nothing that is still to come: they were acknowledged, or a later look took their place. */
  void: z.int().nonnegative(),
  /** Up to here the agent was told that everything is committed. More than the collector knows of: the collector forgot. */
  acked: z.int().nonnegative(),
})
export type SpoolMark = z.output<typeof spoolMark>
