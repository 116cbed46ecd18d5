import { z } from 'zod'
import { credentialWishes } from '../credential-wishes.ts'
import { outcome, outcomeStatus } from '../outcome.ts'
import { targetSet } from '../target-set.ts'
import { targetId } from '../target-id.ts'
import { instant } from '../text.ts'
import { message } from './message.ts'
import { spoolMark } from './spool-mark.ts'

const span = z.tuple([instant, instant])

/** When targets of a run are begun. Each has its own time, the same in every run: where HMAC-SHA256(`key`, target) falls in the spans laid end to end. */
export const scanTiming = z.object({
  /** In base64url; nothing depends on nobody knowing it. */
  key: z.string().regex(/^[\w-]{43}$/),
  /** In order, apart from each other; none: whatever is planned is begun at once. */
  spans: z.array(span).max(200),
  /** When nothing may be begun or even probed, in order. */
  quiet: z.array(span).max(400),
  /** What was not begun by then is told as left out. */
  until: instant.optional(),
})
export type ScanTiming = z.output<typeof scanTiming>

const order = z.object({
  run: z.uuid(),
  targets: targetSet,
  /** Further sets, each with exclusions that hold for it alone: what they name is known only when a directory was asked. */
  apart: z.array(targetSet).max(1000).optional(),
  /** Targets of the run that are done already, after a restart: they are not scanned again. */
  done: z.array(targetId).max(1_048_576).default([]),
  /** Without it everything is begun as soon as it is planned. */
  timing: scanTiming.optional(),
  /** How stored credentials are searched for; without it, as the agent does by itself. */
  credentials: credentialWishes.optional(),
})

/** Collector → agent: scan these. There is no order that carries a command. */
export const scanOrder = message('scan-order', 1, order)
export type ScanOrder = z.output<typeof order>

const cancel = z.object({ run: z.uuid() })

/** Collector → agent: stop a run; what is being read is given up, what was read is kept. */
export const cancelOrder = message('cancel-order', 1, cancel)
export type CancelOrder = z.output<typeof cancel>

const planned = z.object({
  event: z.literal('planned'),
  run: z.uuid(),
  at: instant,
  targets: z.array(targetId).max(10_000),
  swept: z.int().nonnegative(),
  silent: z.int().nonnegative(),
  spool: spoolMark.optional(),
})
const finished = z.object({
  event: z.literal('finished'),
  run: z.uuid(),
  at: instant,
  outcome,
  spool: spoolMark.optional(),
})
const started = z.object({ event: z.literal('started'), run: z.uuid(), at: instant })

const progress = z.discriminatedUnion('event', [
  /** Targets that will be scanned, in parts; a range sends one part for each sweep batch that found hosts. */
  planned,
  /** What is being scanned now. It does not wait in the spool: what is not told at once is not worth telling. */
  started.extend({ targets: z.array(targetId).max(10_000) }),
  /** A target whose look in this run was never sent, since a later one took its place in the spool. */
  z.object({
    event: z.literal('replaced'),
    run: z.uuid(),
    at: instant,
    target: targetId,
    status: outcomeStatus,
    spool: spoolMark.optional(),
  }),
  /** No more targets will be planned, and each planned one has been reported. `outcome` tells whether the run itself could be carried out. */
  finished,
])

const alone = z.discriminatedUnion('event', [planned, started.extend({ target: targetId }), finished])

/** Agent → collector: how a run goes. Each target's end is its report. */
export const scanProgress = message('scan-progress', 2, progress).since(1, alone, (told) => {
  if (told.event !== 'started') return told
  const { target, ...rest } = told
  return { ...rest, targets: [target] }
})
export type ScanProgress = z.output<typeof progress>
