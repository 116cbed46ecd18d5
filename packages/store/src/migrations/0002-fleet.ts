import { sql, type Kysely } from 'kysely'
import { index, table } from './columns.ts'

/** Agents, how they came in, what they were trusted with, and what they may be asked to do. */
export const fleet = {
  number: 2,
  name: 'fleet',
  up: async (db: Kysely<never>) => {
    await db.schema
      .alterTable('target_set')
      .addColumn('segment', 'text', (column) => column.notNull().defaultTo(sql.lit('local')))
      .execute()

    await table(
      db,
      'agent',
      'id name segment state state_since state_reason? generation# transport signing_key sealing_key token enrolled_at replaces? permit_until? about last_heartbeat? heartbeat? clock_offset_ms# session? session_count# session_at? sessions_before',
      'id',
    )
    await index(db, 'agent', 'segment', 'id')
    await table(db, 'agent_generation', 'agent generation# nonce transport at permit_until', 'agent', 'generation')
    await table(
      db,
      'agent_credential',
      'agent credential order_id attempt# how lent_at ended_at?',
      'agent',
      'credential',
      'order_id',
      'attempt',
    )
    await table(
      db,
      'join_token',
      'id secret_hash segment name? replaces? approve# state created_at created_by expires_at tries# used_at? used_keys? agent?',
      'id',
    )
    await table(db, 'policy', 'version# signed at by', 'version')
    await table(
      db,
      'fleet_order',
      'seq# id kind segment agent? class run? issued_at expires state refused_by? refused_code? refused_detail? refused_at?',
      'seq',
    )
    await index(db, 'fleet_order', 'run')
    await table(db, 'refused_message', 'source code count# first_at last_at sentence', 'source', 'code')
  },
} as const
