import type { Kysely } from 'kysely'
import { index, table } from './columns.ts'

/** Logins with a password, written down before they are tried; what is known of each password; and how directories lock accounts. */
export const attempts = {
  number: 6,
  name: 'attempts',
  up: async (db: Kysely<never>) => {
    await table(db, 'login_attempt', 'id credential place agent at ended_at? outcome?', 'id')
    await index(db, 'login_attempt', 'credential')
    await table(db, 'login_attempt_account', 'account attempt', 'account', 'attempt')
    await table(
      db,
      'login_credential',
      'id account of agent accepted# rejected# first_at last_accepted_at? last_rejected_at? last_place? suspended_at? why? until? cleared_at? cleared_by?',
      'id',
    )
    await table(db, 'login_credential_account', 'account credential', 'account', 'credential')
    await table(db, 'lock_policy', 'place threshold# window_seconds# at', 'place')
  },
} as const
