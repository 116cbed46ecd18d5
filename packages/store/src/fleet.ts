import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type {
  AgentCredentials,
  AgentRow,
  Agents,
  FleetOrderRow,
  FleetOrders,
  JoinTokenRow,
  JoinTokens,
  Policies,
  RefusedMessages,
} from './face.ts'
import { atMost } from './portable.ts'
import type { Tables } from './tables.ts'
import { wholeRows } from './whole-rows.ts'

export const agents = (connection: Connection): Agents => {
  const { db } = connection
  return {
    ...wholeRows(connection, 'agent', ['segment', 'name', 'id'], { read: agent, cells: agentCells }),
    async heard(id, { at, beat, clockOffsetMs, session, count, sessionAt, before }) {
      await db
        .updateTable('agent')
        .set({
          last_heartbeat: at,
          heartbeat: beat,
          clock_offset_ms: clockOffsetMs,
          session,
          session_count: count,
          session_at: sessionAt,
          sessions_before: JSON.stringify(before),
        })
        .where('id', '=', id)
        .execute()
    },
    async generations(id) {
      const rows = await db
        .selectFrom('agent_generation')
        .selectAll()
        .where('agent', '=', id)
        .orderBy('generation')
        .execute()
      return rows.map((row) => ({
        generation: row.generation,
        nonce: row.nonce,
        transport: row.transport,
        at: row.at,
        permitUntil: row.permit_until,
      }))
    },
    async addGeneration(id, { generation, nonce, transport, at, permitUntil }) {
      await db
        .insertInto('agent_generation')
        .values({ agent: id, generation, nonce, transport, at, permit_until: permitUntil })
        .execute()
    },
  }
}

export const agentCredentials = ({ db }: Connection): AgentCredentials => ({
  async of(agentId) {
    const rows = await db
      .selectFrom('agent_credential')
      .selectAll()
      .where('agent', '=', agentId)
      .orderBy('lent_at')
      .orderBy('credential')
      .execute()
    return rows.map((row) => ({
      credential: row.credential,
      order: row.order_id,
      attempt: row.attempt,
      how: row.how,
      lentAt: row.lent_at,
      endedAt: row.ended_at,
    }))
  },
  async lend(agentId, { credential, order, attempt, how, lentAt }) {
    await db
      .insertInto('agent_credential')
      .values({ agent: agentId, credential, order_id: order, attempt, how, lent_at: lentAt, ended_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },
  async end(agentId, order, at) {
    await db
      .updateTable('agent_credential')
      .set({ ended_at: at })
      .where('agent', '=', agentId)
      .where('order_id', '=', order)
      .where('ended_at', 'is', null)
      .execute()
  },
})

export const joinTokens = (connection: Connection): JoinTokens => ({
  ...wholeRows(connection, 'join_token', ['-created_at', 'id'], { read: joinToken, cells: joinTokenCells }),
  async tried(id) {
    await connection.db
      .updateTable('join_token')
      .set((eb) => ({ tries: eb('tries', '+', 1) }))
      .where('id', '=', id)
      .execute()
  },
})

export const policies = ({ db }: Connection): Policies => ({
  async newest() {
    const row = await db.selectFrom('policy').selectAll().orderBy('version', 'desc').limit(atMost(1)).executeTakeFirst()
    return row && { version: row.version, signed: row.signed, at: row.at, by: row.by }
  },
  async add(row) {
    await db.insertInto('policy').values(row).execute()
  },
})

export const fleetOrders = ({ db }: Connection): FleetOrders => ({
  async next() {
    const row = await db
      .selectFrom('fleet_order')
      .select('seq')
      .orderBy('seq', 'desc')
      .limit(atMost(1))
      .executeTakeFirst()
    return (row?.seq ?? 0) + 1
  },
  async add(row) {
    await db
      .insertInto('fleet_order')
      .values({
        seq: row.seq,
        id: row.id,
        kind: row.kind,
        segment: row.segment,
        agent: row.agent,
        class: row.class,
        run: row.run,
        issued_at: row.issuedAt,
        expires: row.expires,
        state: row.state,
        refused_by: null,
        refused_code: null,
        refused_detail: null,
        refused_at: null,
      })
      .execute()
  },
  async refused(id, { by, code, detail, at }) {
    const { numUpdatedRows } = await db
      .updateTable('fleet_order')
      .set({ state: 'refused', refused_by: by, refused_code: code, refused_detail: detail, refused_at: at })
      .where('id', '=', id)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },
  async newest(limit) {
    const rows = await db.selectFrom('fleet_order').selectAll().orderBy('seq', 'desc').limit(limit).execute()
    return rows.map(fleetOrder)
  },
})

export const refusedMessages = ({ db }: Connection): RefusedMessages => ({
  async count({ source, code, at, sentence }, times) {
    await db
      .insertInto('refused_message')
      .values({ source, code, count: times, first_at: at, last_at: at, sentence })
      .onConflict((conflict) =>
        conflict.columns(['source', 'code']).doUpdateSet((eb) => ({
          count: eb('refused_message.count', '+', times),
          last_at: at,
          sentence,
        })),
      )
      .execute()
  },
  async all() {
    const rows = await db
      .selectFrom('refused_message')
      .selectAll()
      .orderBy('last_at', 'desc')
      .orderBy('source')
      .orderBy('code')
      .limit(1000)
      .execute()
    return rows.map((row) => ({
      source: row.source,
      code: row.code,
      count: row.count,
      firstAt: row.first_at,
      lastAt: row.last_at,
      sentence: row.sentence,
    }))
  },
})

const agent = (row: Selectable<Tables['agent']>): AgentRow => ({
  id: row.id,
  name: row.name,
  segment: row.segment,
  state: row.state,
  stateSince: row.state_since,
  stateReason: row.state_reason,
  generation: row.generation,
  transport: row.transport,
  signingKey: row.signing_key,
  sealingKey: row.sealing_key,
  token: row.token,
  enrolledAt: row.enrolled_at,
  replaces: row.replaces,
  permitUntil: row.permit_until,
  about: JSON.parse(row.about) as AgentRow['about'],
  lastHeartbeat: row.last_heartbeat,
  heartbeat: row.heartbeat,
  clockOffsetMs: row.clock_offset_ms,
  session: row.session,
  sessionCount: row.session_count,
  sessionAt: row.session_at,
  sessionsBefore: JSON.parse(row.sessions_before) as string[],
})

const agentCells = (row: AgentRow): Tables['agent'] => ({
  id: row.id,
  name: row.name,
  segment: row.segment,
  state: row.state,
  state_since: row.stateSince,
  state_reason: row.stateReason,
  generation: row.generation,
  transport: row.transport,
  signing_key: row.signingKey,
  sealing_key: row.sealingKey,
  token: row.token,
  enrolled_at: row.enrolledAt,
  replaces: row.replaces,
  permit_until: row.permitUntil,
  about: JSON.stringify(row.about),
  last_heartbeat: row.lastHeartbeat,
  heartbeat: row.heartbeat,
  clock_offset_ms: row.clockOffsetMs,
  session: row.session,
  session_count: row.sessionCount,
  session_at: row.sessionAt,
  sessions_before: JSON.stringify(row.sessionsBefore),
})

const joinToken = (row: Selectable<Tables['join_token']>): JoinTokenRow => ({
  id: row.id,
  secretHash: row.secret_hash,
  segment: row.segment,
  name: row.name,
  replaces: row.replaces,
  approve: row.approve === 1,
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  tries: row.tries,
  usedAt: row.used_at,
  usedKeys: row.used_keys,
  agent: row.agent,
})

const joinTokenCells = (row: JoinTokenRow): Tables['join_token'] => ({
  id: row.id,
  secret_hash: row.secretHash,
  segment: row.segment,
  name: row.name,
  replaces: row.replaces,
  approve: row.approve ? 1 : 0,
  state: row.state,
  created_at: row.createdAt,
  created_by: row.createdBy,
  expires_at: row.expiresAt,
  tries: row.tries,
  used_at: row.usedAt,
  used_keys: row.usedKeys,
  agent: row.agent,
})

const fleetOrder = (row: Selectable<Tables['fleet_order']>): FleetOrderRow => ({
  seq: row.seq,
  id: row.id,
  kind: row.kind,
  segment: row.segment,
  agent: row.agent,
  class: row.class,
  run: row.run,
  issuedAt: row.issued_at,
  expires: row.expires,
  state: row.state,
  refusal:
    row.refused_code === null
      ? null
      : { by: row.refused_by, code: row.refused_code, detail: row.refused_detail, at: row.refused_at! },
})
