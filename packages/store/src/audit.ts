import { auditHash, FIRST_LINK } from './audit-chain.ts'
import type { Connection } from './dialect.ts'
import type { Audit } from './face.ts'
import { newId } from './id.ts'
import { atMost } from './portable.ts'

export const audit = ({ db }: Connection): Audit => ({
  async append(entry) {
    const last = await db
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(atMost(1))
      .executeTakeFirst()
    const [seq, prev] = [(last?.seq ?? 0) + 1, last?.hash ?? FIRST_LINK]
    const { at, actor, action, object, detail } = entry
    const values = { id: newId(new Date(at)), at, actor, action, object, detail, seq, prev }
    await db
      .insertInto('audit')
      .values({ ...values, hash: auditHash(seq, entry, prev) })
      .execute()
  },
  newest: (limit) =>
    db
      .selectFrom('audit')
      .select(['at', 'actor', 'action', 'object', 'detail'])
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute(),
  links: (after, limit) =>
    db
      .selectFrom('audit')
      .select(['seq', 'at', 'actor', 'action', 'object', 'detail', 'prev', 'hash'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(limit)
      .execute(),
  tip: () =>
    db.selectFrom('audit').select(['seq', 'at', 'hash']).orderBy('seq', 'desc').limit(atMost(1)).executeTakeFirst(),
  link: (seq) => db.selectFrom('audit').select(['seq', 'at', 'hash']).where('seq', '=', seq).executeTakeFirst(),
  async addCheckpoint(checkpoint) {
    await db
      .insertInto('audit_checkpoint')
      .values(checkpoint)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },
  newestCheckpoint: () =>
    db.selectFrom('audit_checkpoint').selectAll().orderBy('seq', 'desc').limit(atMost(1)).executeTakeFirst(),
  checkpoints: (after, limit) =>
    db.selectFrom('audit_checkpoint').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute(),
})
