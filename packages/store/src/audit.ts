import type { Connection } from './dialect.ts'
import type { Audit } from './face.ts'
import { newId } from './id.ts'

export const audit = ({ db }: Connection): Audit => ({
  async append(entry) {
    await db
      .insertInto('audit')
      .values({ id: newId(new Date(entry.at)), ...entry })
      .execute()
  },
  newest: (limit) =>
    db
      .selectFrom('audit')
      .select(['at', 'actor', 'action', 'object', 'detail'])
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),
})
