import { exceptionOf, type CredentialException, type CredentialPlace, type ExceptedBy } from '@rollcall/inventory'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { ExceptionRow, Exceptions, Settled } from './face.ts'
import { prepared, rowCount } from './portable.ts'
import type { StoredCredentialTable, Tables } from './tables.ts'

export const exceptions = (connection: Connection): Exceptions => {
  const { db } = connection
  const set = prepared<Pick<StoredCredentialTable, 'id' | 'state' | 'exception' | 'excepted_until'>>(
    connection,
    (db, { id, state, exception, excepted_until }) =>
      db.updateTable('stored_credential').set({ state, exception, excepted_until }).where('id', '=', id),
  )

  const standing = () => db.selectFrom('exception').where('taken_back_at', 'is', null)

  const all = async (): Promise<ExceptionRow[]> => {
    const rows = await standing().selectAll().orderBy('added_at', 'desc').orderBy('id').execute()
    const counts = await db
      .selectFrom('stored_credential')
      .select(['exception', rowCount().as('credentials')])
      .where('exception', 'is not', null)
      .groupBy('exception')
      .execute()
    const byException = new Map(counts.map(({ exception, credentials }) => [exception, credentials]))
    return rows.map((row) => ({ ...exceptionRow(row), credentials: byException.get(row.id) ?? 0 }))
  }

  const candidates = () =>
    db
      .selectFrom('stored_credential')
      .select(['id', 'host', 'path', 'name', 'account', 'detector', 'digest', 'state', 'exception', 'excepted_until'])
      .where('gone_since', 'is', null)
      .orderBy('id')

  /** Decides about candidates until so many were changed; `last` is the last one decided about, null: all were. */
  const decide = async (rows: readonly Candidate[], at: string): Promise<{ changed: number; last: string | null }> => {
    const known = await readExceptions(connection)
    const differing: Candidate[] = []
    let last: string | null = null
    for (const before of rows) {
      const now = excepted(before, known, at)
      if (now.exception === before.exception && now.excepted_until === before.excepted_until) continue
      differing.push(now)
      if (differing.length < CHANGED_AT_ONCE) continue
      last = before.id
      break
    }
    await set.each(differing)
    return { changed: differing.length, last }
  }

  /** Goes on with one that was made: what it may hold for, in the order of ids. */
  const apply = async (id: string, match: ExceptedBy, after: string, at: string): Promise<Settled> => {
    let query = candidates().where('id', '>', after).limit(READ_AT_ONCE)
    if (match.by === 'secret') query = query.where('digest', '=', match.digest)
    else if (match.by === 'place') query = query.where('id', '=', match.id)
    const rows = await query.execute()
    const { changed, last } = await decide(rows, at)
    const settledTo = last ?? (rows.length < READ_AT_ONCE ? null : rows.at(-1)!.id)
    await db.updateTable('exception').set({ settled_to: settledTo }).where('id', '=', id).execute()
    return { changed, open: settledTo !== null }
  }

  /** Goes on with one that no longer holds: what still refers to it. */
  const release = async (id: string, at: string): Promise<Settled> => {
    const rows = await candidates().where('exception', '=', id).limit(CHANGED_AT_ONCE).execute()
    return { changed: (await decide(rows, at)).changed, open: rows.length === CHANGED_AT_ONCE }
  }

  return {
    all,
    byId: async (id) => (await all()).find((row) => row.id === id),

    async add({ id, match, reason, expires, addedAt, addedBy }) {
      const text = JSON.stringify(match)
      await db
        .insertInto('exception')
        .values({
          id,
          match: text,
          reason,
          expires,
          added_at: addedAt,
          added_by: addedBy,
          settled_to: '',
          taken_back_at: null,
        })
        .execute()
      const settled = await apply(id, match, '', addedAt)
      const { credentials } = await db
        .selectFrom('stored_credential')
        .select(rowCount().as('credentials'))
        .where('exception', '=', id)
        .executeTakeFirstOrThrow()
      return { ...settled, credentials }
    },

    async remove(id, at) {
      const { numUpdatedRows } = await db
        .updateTable('exception')
        .set({ taken_back_at: at })
        .where('id', '=', id)
        .where('taken_back_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    async settle(at) {
      const rows = await db.selectFrom('exception').selectAll().orderBy('id').execute()
      for (const row of rows) {
        const takenBack = row.taken_back_at !== null
        if (!takenBack && (row.expires === null || row.expires > at)) continue
        const settled = await release(row.id, at)
        if (takenBack && !settled.open) await db.deleteFrom('exception').where('id', '=', row.id).execute()
        if (settled.changed > 0 || settled.open) return { ...settled, open: true }
      }
      const made = rows.find(({ settled_to, taken_back_at }) => settled_to !== null && taken_back_at === null)
      if (made === undefined) return { changed: 0, open: false }
      return { ...(await apply(made.id, exceptionRow(made).match, made.settled_to!, at)), open: true }
    },
  }
}

/** A transaction holds up everything else in the process: this many take a few dozen milliseconds. */
const READ_AT_ONCE = 2000
const CHANGED_AT_ONCE = 500

type Candidate = Decided & CredentialPlace

/** All that were not taken back, for deciding about what is found. */
export const readExceptions = async ({ db }: Connection): Promise<CredentialException[]> =>
  (await db.selectFrom('exception').selectAll().where('taken_back_at', 'is', null).orderBy('id').execute()).map(
    exceptionRow,
  )

type Decided = Pick<StoredCredentialTable, 'state' | 'exception' | 'excepted_until'>

/** A row as the exceptions have it at an instant. How it is managed besides is left as it is. */
export const excepted = <Row extends Candidate>(row: Row, known: readonly CredentialException[], at: string): Row => {
  const holding = exceptionOf(known, row, at, row.exception)
  if (holding !== undefined)
    return { ...row, state: 'excepted', exception: holding.id, excepted_until: holding.expires }
  return { ...row, state: row.state === 'excepted' ? 'unmanaged' : row.state, exception: null, excepted_until: null }
}

const exceptionRow = ({ id, match, reason, expires, added_at, added_by }: Selectable<Tables['exception']>) => ({
  id,
  match: JSON.parse(match) as ExceptedBy,
  reason,
  expires,
  addedAt: added_at,
  addedBy: added_by,
})
