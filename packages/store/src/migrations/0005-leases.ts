import type { Kysely } from 'kysely'
import { auditHash, FIRST_LINK } from '../audit-chain.ts'
import type { Tables } from '../tables.ts'
import { index, table } from './columns.ts'

/** Credentials that scan, as the vault's process told of them; to whom they were lent; and the audit log as a chain. */
export const leases = {
  number: 5,
  name: 'leases',
  up: async (db: Kysely<never>) => {
    await table(
      db,
      'scan_credential',
      'id name kind account segments targets version# state state_since state_reason? rejections# added_at added_by last_lent_at?',
      'id',
    )
    await table(db, 'lease', 'id agent credential version# run attempt target lent_at until ended_at? outcome?', 'id')
    await index(db, 'lease', 'agent', 'run', 'attempt')
    await index(db, 'lease', 'ended_at', 'until')
    await index(db, 'lease', 'credential', 'lent_at')

    await db.schema.alterTable('audit').addColumn('seq', 'integer').execute()
    for (const column of ['prev', 'hash']) await db.schema.alterTable('audit').addColumn(column, 'text').execute()
    await table(db, 'audit_checkpoint', 'seq# hash at key signature', 'seq')
    await chain(db as unknown as Kysely<Tables>)
    await db.schema.createIndex('audit_by_seq').on('audit').column('seq').unique().execute()
  },
} as const

/** What was written before becomes the beginning of the chain, as it is now. */
const chain = async (db: Kysely<Tables>) => {
  const rows = await db.selectFrom('audit').selectAll().orderBy('id').execute()
  let [seq, prev] = [0, FIRST_LINK]
  for (const row of rows) {
    const hash = auditHash(++seq, row, prev)
    await db.updateTable('audit').set({ seq, prev, hash }).where('id', '=', row.id).execute()
    prev = hash
  }
}
