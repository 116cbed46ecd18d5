import { z } from 'zod'

/** `POST /api/v1/session`: name and password, or the one-time secret of the first start, which also sets the first account. */
export const login = z.union([
  z.object({
    oneTimeSecret: z.string().min(1).max(128),
    user: z
      .string()
      .regex(/^[a-z][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dot, dash, underscore; a letter first'),
    password: z.string().min(12, 'at least 12 characters').max(1024),
  }),
  z.strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(1024) }),
])
export type Login = z.output<typeof login>

/** `GET /api/v1/session`, and the answer to a login. `firstLogin`: nobody has an account yet; the one-time secret is asked for. */
export const session = z.object({
  user: z.string().nullable(),
  firstLogin: z.boolean(),
  version: z.string(),
  /** ISO 8601; null when nobody is logged in. */
  expiresAt: z.string().nullable(),
})
export type Session = z.output<typeof session>

/** API tokens: `GET /api/v1/tokens`, `POST` makes one whose `value` is shown once, `DELETE /api/v1/tokens/{id}`. */
export const tokenItem = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  lastUsedAt: z.string().nullable(),
})
export const tokenList = z.object({ tokens: z.array(tokenItem) })
export const createToken = z.object({ name: z.string().trim().min(1).max(100) })
export const createdToken = z.object({ token: tokenItem, value: z.string() })
