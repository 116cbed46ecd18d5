import { z } from 'zod'

/** A password of an account, as the ledger of logins knows it: never what it is. */
export const loginItem = z.object({
  id: z.string(),
  /** The account's name, as it logs in. */
  account: z.string(),
  /** Where its account is: in a directory, on hosts that may share one, or on each host by itself. */
  of: z.enum(['directory', 'hosts', 'host']),
  /** Who logs in with it: an agent's id. */
  agent: z.string(),
  /**
   * `new`: nobody accepted it yet, so that it is tried in one place first, then in ten. `proven`. `waiting`: the account is left alone until
   * `until`. `suspended`: until somebody clears it.
   */
  state: z.enum(['new', 'proven', 'waiting', 'suspended']),
  accepted: z.int(),
  rejected: z.int(),
  lastAcceptedAt: z.string().nullable(),
  lastRejectedAt: z.string().nullable(),
  lastPlace: z.string().nullable(),
  suspendedAt: z.string().nullable(),
  /** Why, as a sentence. */
  why: z.string().nullable(),
  until: z.string().nullable(),
})
export type LoginItem = z.output<typeof loginItem>

/** `GET /api/v1/logins`, and the answer to `POST /api/v1/logins/:id/clear` */
export const loginList = z.object({ logins: z.array(loginItem) })
