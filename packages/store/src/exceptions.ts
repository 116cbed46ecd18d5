import { exceptionOf, type CredentialException, type ExceptedBy } from '@rollcall/inventory'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { ExceptionRow, Exceptions } from './face.ts'
import { prepared, rowCount } from './portable.ts'
import type { StoredCredentialTable, Tables } from './tables.ts'

export const exceptions = (connection: Connection): Exceptions => {
  const { db } = connection
  const set = prepared<Pick<StoredCredentialTable, 'id' | 'state' | 'exception' | 'excepted_until'>>(
    connection,
    (db, { id, state, exception, excepted_until }) =>
      db.updateTable('stored_credential').set({ state, exception, excepted_until }).where('id', '=', id),
  )

  const all = async (): Promise<ExceptionRow[]> => {
    const rows = await db.selectFrom('exception').selectAll().orderBy('added_at', 'desc').orderBy('id').execute()
    const counts = await db
      .selectFrom('stored_credential')
      .select(['exception', rowCount().as('credentials')])
      .where('exception', 'is not', null)
      .groupBy('exception')
      .execute()
    const byException = new Map(counts.map(({ exception, credentials }) => [exception, credentials]))
    return rows.map((row) => ({ ...exceptionRow(row), credentials: byException.get(row.id) ?? 0 }))
  }

  /** Decides anew for what may be touched by `match`, or for what `exception` held for. How many now differ. */
  const decide = async (touched: { match: ExceptedBy } | { exception: string }, at: string): Promise<number> => {
    const known = await readExceptions(connection)
    let changed = 0
    for (let after = ''; ;) {
      let query = db
        .selectFrom('stored_credential')
        .select(['id', 'host', 'path', 'name', 'account', 'detector', 'digest', 'state', 'exception', 'excepted_until'])
        .where('gone_since', 'is', null)
        .where('id', '>', after)
        .orderBy('id')
        .limit(AT_ONCE)
      if ('exception' in touched) query = query.where('exception', '=', touched.exception)
      else if (touched.match.by === 'secret') query = query.where('digest', '=', touched.match.digest)
      else if (touched.match.by === 'place') query = query.where('id', '=', touched.match.id)
      const rows = await query.execute()
      const now = rows.map((row) => excepted(row, known, at))
      const differing = now.filter(({ exception, excepted_until }, index) => {
        const before = rows[index]!
        return exception !== before.exception || excepted_until !== before.excepted_until
      })
      await set.each(differing)
      changed += differing.length
      const last = rows.at(-1)
      if (last === undefined || rows.length < AT_ONCE) return changed
      after = last.id
    }
  }

  return {
    all,
    byId: async (id) => (await all()).find((row) => row.id === id),

    async add({ id, match, reason, expires, addedAt, addedBy }) {
      await db
        .insertInto('exception')
        .values({ id, match: JSON.stringify(match), reason, expires, added_at: addedAt, added_by: addedBy })
        .execute()
      await decide({ match }, addedAt)
      return (await all()).find((row) => row.id === id)?.credentials ?? 0
    },

    async remove(id, at) {
      const { numDeletedRows } = await db.deleteFrom('exception').where('id', '=', id).executeTakeFirst()
      await decide({ exception: id }, at)
      return numDeletedRows > 0n
    },

    async expire(at) {
      const over = await db
        .selectFrom('stored_credential')
        .select('exception')
        .distinct()
        .where('exception', 'is not', null)
        .where('excepted_until', 'is not', null)
        .where('excepted_until', '<=', at)
        .execute()
      let changed = 0
      for (const { exception } of over) if (exception !== null) changed += await decide({ exception }, at)
      return changed
    },
  }
}

const AT_ONCE = 1000

/** All exceptions, for deciding about what is found. */
export const readExceptions = async ({ db }: Connection): Promise<CredentialException[]> =>
  (await db.selectFrom('exception').selectAll().orderBy('id').execute()).map(exceptionRow)

type Decided = Pick<StoredCredentialTable, 'state' | 'exception' | 'excepted_until'>

/** A row as the exceptions have it at an instant. How it is managed besides is left as it is. */
export const excepted = <
  Row extends Decided &
    Pick<StoredCredentialTable, 'id' | 'host' | 'path' | 'name' | 'account' | 'detector' | 'digest'>,
>(
  row: Row,
  known: readonly CredentialException[],
  at: string,
): Row => {
  const holding = exceptionOf(known, row, at)
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
