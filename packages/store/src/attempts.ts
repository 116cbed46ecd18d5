import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { LoginAttemptRow, LoginCredentialRow, Logins } from './face.ts'
import type { Tables } from './tables.ts'

export const logins = ({ db }: Connection): Logins => ({
  async attempt(id) {
    const row = await db.selectFrom('login_attempt').selectAll().where('id', '=', id).executeTakeFirst()
    return row && attempt(row)
  },
  async ofAccounts(accounts) {
    const rows = await db
      .selectFrom('login_attempt')
      .selectAll()
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('login_attempt_account')
          .select('attempt')
          .where('account', 'in', [...accounts]),
      )
      .orderBy('at')
      .execute()
    return rows.map(attempt)
  },
  async ofCredential(credential) {
    const rows = await db
      .selectFrom('login_attempt')
      .selectAll()
      .where('credential', '=', credential)
      .orderBy('at')
      .execute()
    return rows.map(attempt)
  },
  async begin({ id, credential, place, agent, at, endedAt, outcome }, accounts) {
    await db
      .insertInto('login_attempt')
      .values({ id, credential, place, agent, at, ended_at: endedAt, outcome })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    for (const account of accounts)
      await db
        .insertInto('login_attempt_account')
        .values({ account, attempt: id })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  },
  async end(id, outcome, at) {
    await db.updateTable('login_attempt').set({ outcome, ended_at: at }).where('id', '=', id).execute()
  },
  async drop(ids) {
    if (ids.length === 0) return
    await db
      .deleteFrom('login_attempt')
      .where('id', 'in', [...ids])
      .execute()
    await db
      .deleteFrom('login_attempt_account')
      .where('attempt', 'in', [...ids])
      .execute()
  },
  async credentials() {
    const rows = await db.selectFrom('login_credential').selectAll().orderBy('account').orderBy('id').execute()
    return rows.map(credential)
  },
  async credential(id) {
    const row = await db.selectFrom('login_credential').selectAll().where('id', '=', id).executeTakeFirst()
    return row && credential(row)
  },
  async credentialsOf(accounts) {
    const rows = await db
      .selectFrom('login_credential')
      .selectAll()
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('login_credential_account')
          .select('credential')
          .where('account', 'in', [...accounts]),
      )
      .orderBy('id')
      .execute()
    return rows.map(credential)
  },
  async accountsOf(id) {
    const rows = await db
      .selectFrom('login_credential_account')
      .select('account')
      .where('credential', '=', id)
      .orderBy('account')
      .execute()
    return rows.map(({ account }) => account)
  },
  async saveCredential(row, accounts) {
    const { id, ...cells } = credentialCells(row)
    await db
      .insertInto('login_credential')
      .values({ id, ...cells })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(cells))
      .execute()
    for (const account of accounts)
      await db
        .insertInto('login_credential_account')
        .values({ account, credential: id })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
  },
  async lockPolicy(place) {
    const row = await db.selectFrom('lock_policy').selectAll().where('place', '=', place).executeTakeFirst()
    return row && { place, threshold: row.threshold, windowSeconds: row.window_seconds, at: row.at }
  },
  async saveLockPolicy({ place, threshold, windowSeconds, at }) {
    const cells = { threshold, window_seconds: windowSeconds, at }
    await db
      .insertInto('lock_policy')
      .values({ place, ...cells })
      .onConflict((conflict) => conflict.column('place').doUpdateSet(cells))
      .execute()
  },
})

const attempt = (row: Selectable<Tables['login_attempt']>): LoginAttemptRow => ({
  id: row.id,
  credential: row.credential,
  place: row.place,
  agent: row.agent,
  at: row.at,
  endedAt: row.ended_at,
  outcome: row.outcome,
})

const credential = (row: Selectable<Tables['login_credential']>): LoginCredentialRow => ({
  id: row.id,
  account: row.account,
  of: row.of,
  agent: row.agent,
  accepted: row.accepted,
  rejected: row.rejected,
  firstAt: row.first_at,
  lastAcceptedAt: row.last_accepted_at,
  lastRejectedAt: row.last_rejected_at,
  lastPlace: row.last_place,
  suspendedAt: row.suspended_at,
  why: row.why,
  until: row.until,
  clearedAt: row.cleared_at,
  clearedBy: row.cleared_by,
})

const credentialCells = (row: LoginCredentialRow): Tables['login_credential'] => ({
  id: row.id,
  account: row.account,
  of: row.of,
  agent: row.agent,
  accepted: row.accepted,
  rejected: row.rejected,
  first_at: row.firstAt,
  last_accepted_at: row.lastAcceptedAt,
  last_rejected_at: row.lastRejectedAt,
  last_place: row.lastPlace,
  suspended_at: row.suspendedAt,
  why: row.why,
  until: row.until,
  cleared_at: row.clearedAt,
  cleared_by: row.clearedBy,
})
