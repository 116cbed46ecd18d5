import type { Connection } from './dialect.ts'
import type { Access } from './face.ts'
import { rowCount } from './portable.ts'

export const access = ({ db }: Connection): Access => ({
  async users() {
    const { count } = await db.selectFrom('person').select(rowCount().as('count')).executeTakeFirstOrThrow()
    return count
  },
  async user(name) {
    const row = await db.selectFrom('person').selectAll().where('name', '=', name).executeTakeFirst()
    return row && { name: row.name, passwordHash: row.password_hash }
  },
  async addUser({ name, passwordHash, at }) {
    await db.insertInto('person').values({ name, password_hash: passwordHash, added_at: at }).execute()
  },

  async addSession({ hash, user, expiresAt }) {
    await db.insertInto('session').values({ hash, person: user, expires_at: expiresAt }).execute()
  },
  async session(hash) {
    const row = await db.selectFrom('session').selectAll().where('hash', '=', hash).executeTakeFirst()
    return row && { user: row.person, expiresAt: row.expires_at }
  },
  async endSession(hash) {
    await db.deleteFrom('session').where('hash', '=', hash).execute()
  },

  async addToken({ id, name, hash, createdAt, createdBy }) {
    await db
      .insertInto('token')
      .values({ id, name, hash, created_at: createdAt, created_by: createdBy, last_used_at: null })
      .execute()
  },
  async token(hash) {
    return db.selectFrom('token').select(['id', 'name']).where('hash', '=', hash).executeTakeFirst()
  },
  async usedToken(id, at) {
    await db.updateTable('token').set({ last_used_at: at }).where('id', '=', id).execute()
  },
  async tokens() {
    const rows = await db.selectFrom('token').selectAll().orderBy('created_at', 'desc').orderBy('id').execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      createdAt: row.created_at,
      createdBy: row.created_by,
      lastUsedAt: row.last_used_at,
    }))
  },
  async removeToken(id) {
    const { numDeletedRows } = await db.deleteFrom('token').where('id', '=', id).executeTakeFirst()
    return numDeletedRows > 0n
  },
})
