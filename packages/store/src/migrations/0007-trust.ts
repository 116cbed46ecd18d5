import type { Kysely } from 'kysely'
import { index, table } from './columns.ts'

/** By which keys and certificates targets are known, what is shown in their place, and how asking for them went. */
export const trust = {
  number: 7,
  name: 'trust',
  up: async (db: Kysely<never>) => {
    await table(
      db,
      'trusted_key',
      'id segment kind name state algorithm fingerprint blob? origin first_seen agent last_seen last_agent vouched# decided_by? decided_at? reason? shown_algorithm? shown_fingerprint? shown_blob? shown_at? shown_agent? former?',
      'id',
    )
    await index(db, 'trusted_key', 'segment', 'kind', 'name')
    await index(db, 'trusted_key', 'fingerprint')
    await index(db, 'trusted_key', 'state')
    await index(db, 'trusted_key', 'name')
    await table(db, 'key_collection', 'id segment started_at started_by targets ended_at? progress?', 'id')
    await index(db, 'key_collection', 'started_at')
  },
} as const
