import { z } from 'zod'

const pattern = z.string().trim().min(1).max(512)

/**
 * What an exception speaks of: the secret itself wherever it lies, one place, or all places that match a pattern (`*` any text, `?` any
 * sign, without regard to case; all that is given must match).
 */
export const exceptionMatch = z.discriminatedUnion('by', [
  z.object({ by: z.literal('secret'), digest: z.string().min(1).max(64) }),
  z.object({ by: z.literal('place'), id: z.string().min(1).max(200) }),
  z.object({
    by: z.literal('pattern'),
    host: pattern.optional(),
    path: pattern.optional(),
    name: pattern.optional(),
    account: pattern.optional(),
    detector: pattern.optional(),
  }),
])
export type ExceptionMatch = z.output<typeof exceptionMatch>

/** Stored credentials that somebody decided to leave as they are, and why. */
export const exceptionItem = z.object({
  id: z.string(),
  match: exceptionMatch,
  reason: z.string(),
  /** Until when it holds; null: until it is taken back. */
  expires: z.string().nullable(),
  addedAt: z.string(),
  addedBy: z.string(),
  /** Current credentials that it holds for. */
  credentials: z.int(),
})
export type ExceptionItem = z.output<typeof exceptionItem>

/** `GET /api/v1/exceptions`, and what `DELETE /api/v1/exceptions/{id}` leaves. */
export const exceptionList = z.object({ exceptions: z.array(exceptionItem) })

/** `POST /api/v1/exceptions`: 422 `invalid-exception` when it would match everything, nothing that is known, or is over already. */
export const addException = z.object({
  match: exceptionMatch,
  reason: z.string().trim().min(3).max(1000),
  expires: z.iso.datetime().nullable().default(null),
})
export type AddException = z.output<typeof addException>
export const addedException = z.object({ exception: exceptionItem })
