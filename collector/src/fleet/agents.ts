import {
  SILENT_AFTER_MS,
  MessageRefused,
  type FleetRefusal,
  type Heartbeat,
  type HeartbeatAnswer,
  type RenewAnswer,
  type RenewRequest,
} from '@rollcall/contract/bus'
import type { KnownAgent } from '@rollcall/bus'
import type { AgentCredential, AgentGeneration, AgentRow, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import type { FleetBroker } from './broker.ts'
import { permitUntil } from './permits.ts'

/** An agent as people see it: `silent` is an active one that is not heard. */
export interface SeenAgent extends AgentRow {
  readonly seen: AgentRow['state'] | 'silent' | 'never-heard'
}

/** Who is no longer trusted, and with what it was. */
export interface EndedAgent {
  readonly agent: SeenAgent
  readonly credentials: readonly AgentCredential[]
}

export interface FleetAgents extends AsyncDisposable {
  /** For the wire: whom to believe, from memory. */
  known(id: string): KnownAgent | undefined
  all(): readonly SeenAgent[]
  byId(id: string): SeenAgent | undefined
  /** Agents of a segment that are active and heard. */
  live(segment: string): readonly SeenAgent[]
  /** Takes what the transaction before has written: a new agent, or one in another state. */
  learned(...rows: readonly AgentRow[]): void
  /** Takes notice of a heartbeat. A refusal in place of the answer says why it is not one of an active agent. */
  heard(id: string, beat: Heartbeat): Promise<Omit<HeartbeatAnswer, 'policy' | 'lagSeconds'> | FleetRefusal>
  /** One generation on, or why not. An older generation that asks for something new is a copy: both are quarantined. */
  renew(id: string, request: RenewRequest): Promise<RenewAnswer | FleetRefusal>
  generations(id: string): Promise<AgentGeneration[]>
  credentials(id: string): Promise<AgentCredential[]>
  /** Refusals `not-found`, `revoked`, `not-waiting`. */
  approve(id: string, by: string): Promise<SeenAgent>
  quarantine(id: string, by: string, reason: string): Promise<EndedAgent>
  /** At once for every message, within a second for its connection. What the broker could not be told is told again. */
  revoke(id: string, by: string, reason?: string): Promise<EndedAgent>
  /** Counts a message that was not believed. */
  refused(subject: string, error: unknown): void
  refusals(): Promise<Awaited<ReturnType<Store['refusedMessages']['all']>>>
}

export interface FleetAgentsTools {
  readonly store: Store
  readonly broker: FleetBroker
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds between two writes of what heartbeats say. */
  readonly flushMs?: number
}

/** Starts of an agent that are remembered, to tell a copy from a restart. */
const SESSIONS = 16
const CLOCK_ALARM_MS = 120_000
const CLOCK_OFF_MS = 3_600_000
const RETRY_MS = 5000

/** Opens what is known of agents. Everything that is asked often is answered from memory. */
export const openAgents = async ({
  store,
  broker,
  now,
  log,
  flushMs = 5000,
}: FleetAgentsTools): Promise<FleetAgents> => {
  const rows = new Map((await store.agents.all()).map((row) => [row.id, row]))
  const known = new Map<string, KnownAgent>()
  const unwritten = new Set<string>()
  const refusals = new Map<string, { source: string; code: string; sentence: string; at: string; times: number }>()
  const skewed = new Set<string>()
  let closed = false

  const learn = (row: AgentRow) => {
    rows.set(row.id, row)
    known.set(row.id, { state: row.state, signingKey: Buffer.from(row.signingKey, 'base64url') })
  }
  for (const row of rows.values()) learn(row)

  const seen = (row: AgentRow): SeenAgent => {
    const heard = row.lastHeartbeat === null ? undefined : Date.parse(row.lastHeartbeat)
    const silent = heard === undefined || now().getTime() - heard > SILENT_AFTER_MS
    return {
      ...row,
      seen: row.state !== 'active' || !silent ? row.state : heard === undefined ? 'never-heard' : 'silent',
    }
  }

  const existing = (id: string): AgentRow => {
    const row = rows.get(id)
    if (row === undefined) throw new Refusal(404, 'not-found', 'there is no such agent; "rollcall agents" lists them')
    return row
  }

  /** Tells the broker until it knows: a connection that outlives its agent is a hole. */
  const cutOff = async (row: AgentRow, at: Date): Promise<void> => {
    try {
      const renewals = await store.agents.generations(row.id)
      for (const transport of new Set([row.transport, ...renewals.map((one) => one.transport)]))
        await broker.revoke(transport, at)
    } catch (error) {
      log.error(
        { err: error, agent: row.id },
        'the broker could not be told that an agent is cut off; it is told again',
      )
      if (!closed) setTimeout(() => void cutOff(row, at), RETRY_MS).unref()
    }
  }

  const become = async (row: AgentRow, state: AgentRow['state'], by: string, reason: string | null) => {
    const at = now()
    const next: AgentRow = { ...row, state, stateSince: at.toISOString(), stateReason: reason }
    await store.atomically(async (tx) => {
      await tx.agents.save(next)
      await tx.audit.append({
        at: next.stateSince,
        actor: by,
        action: `agent-${state}`,
        object: row.id,
        detail: reason ?? `${row.name}, segment ${row.segment}`,
      })
    })
    learn(next)
    if (state === 'revoked') await cutOff(next, at)
    return next
  }

  const copied = async (row: AgentRow, how: string) => {
    if (row.state !== 'active') return
    const sentence = `two copies of it were seen: ${how}`
    log.error({ agent: row.id, name: row.name, segment: row.segment }, `agent ${row.name} is quarantined: ${sentence}`)
    await become(row, 'quarantined', 'collector', sentence)
  }

  const ended = async (row: AgentRow): Promise<EndedAgent> => ({
    agent: seen(row),
    credentials: await store.agentCredentials.of(row.id),
  })

  const flush = async () => {
    const ids = [...unwritten]
    const counted = [...refusals.values()]
    unwritten.clear()
    refusals.clear()
    if (ids.length + counted.length === 0) return
    await store.atomically(async (tx) => {
      for (const id of ids) {
        const row = rows.get(id)
        if (row === undefined || row.lastHeartbeat === null || row.session === null || row.sessionAt === null) continue
        await tx.agents.heard(id, {
          at: row.lastHeartbeat,
          beat: row.heartbeat ?? '{}',
          clockOffsetMs: row.clockOffsetMs,
          session: row.session,
          count: row.sessionCount,
          sessionAt: row.sessionAt,
          before: row.sessionsBefore,
        })
      }
      for (const { source, code, sentence, at, times } of counted)
        await tx.refusedMessages.count({ source, code, at, sentence }, times)
    })
  }
  const timer = setInterval(
    () => void flush().catch((error: unknown) => log.error({ err: error }, 'what agents say could not be written')),
    flushMs,
  )
  timer.unref()

  return {
    known: (id) => known.get(id),
    all: () => [...rows.values()].map(seen).toSorted((one, other) => (order(one) < order(other) ? -1 : 1)),
    byId: (id) => {
      const row = rows.get(id)
      return row && seen(row)
    },
    live: (segment) => [...rows.values()].map(seen).filter((row) => row.segment === segment && row.seen === 'active'),
    learned: (...fresh) => fresh.forEach(learn),

    async heard(id, beat) {
      const row = rows.get(id)
      if (row === undefined) return 'unknown-agent'
      if (row.state !== 'active') return row.state
      const at = now()
      const offset = Date.parse(beat.at) - at.getTime()
      const verdict = startOf(row, beat)
      if (verdict === 'old') return { session: beat.session, count: beat.count, at: at.toISOString(), state: row.state }
      if (verdict === 'copy') {
        await copied(row, 'two of its starts are at work at the same time')
        return 'quarantined'
      }
      learn({
        ...row,
        lastHeartbeat: at.toISOString(),
        heartbeat: JSON.stringify(beat),
        clockOffsetMs: offset,
        session: beat.session,
        sessionCount: beat.count,
        sessionAt: beat.at,
        sessionsBefore:
          row.session === null || row.session === beat.session
            ? row.sessionsBefore
            : [row.session, ...row.sessionsBefore].slice(0, SESSIONS),
        about: { ...row.about, version: beat.version },
      })
      unwritten.add(id)
      if (Math.abs(offset) > CLOCK_ALARM_MS !== skewed.has(id)) {
        if (skewed.delete(id)) log.info({ agent: id }, `the clock of agent ${row.name} is right again`)
        else {
          skewed.add(id)
          log.warn(
            { agent: id, offsetMs: offset },
            `the clock of agent ${row.name} is off by ${seconds(offset)} s; check NTP`,
          )
        }
      }
      return { session: beat.session, count: beat.count, at: at.toISOString(), state: 'active' }
    },

    async renew(id, request) {
      const row = rows.get(id)
      if (row === undefined) return 'unknown-agent'
      if (row.state !== 'active') return row.state
      const at = now()
      if (Math.abs(Date.parse(request.at) - at.getTime()) > CLOCK_OFF_MS) return 'clock-off'
      const answer = async (generation: number, transport: string, until: Date): Promise<RenewAnswer> => ({
        nonce: request.nonce,
        generation,
        permit: await broker.permit({ id, segment: row.segment, transport }, until),
        permitUntil: until.toISOString(),
        at: at.toISOString(),
      })
      const before = await store.agents.generations(id)
      const same = before.find(({ nonce }) => nonce === request.nonce)
      if (same !== undefined) {
        // The answer was lost on the way. A question of long ago that somebody repeats is worth nothing.
        if (same.generation !== row.generation) return 'malformed'
        return answer(same.generation, same.transport, new Date(same.permitUntil))
      }
      if (request.generation < row.generation) {
        await copied(
          row,
          `one asked to go on from generation ${request.generation}, and another had gone on from there`,
        )
        return 'quarantined'
      }
      if (request.generation > row.generation)
        log.warn(
          { agent: id, theirs: request.generation, ours: row.generation },
          `agent ${row.name} is ahead of what is known here: the database was restored from before its last renewal`,
        )
      const generation = request.generation + 1
      const until = permitUntil(at)
      const next: AgentRow = {
        ...row,
        generation,
        transport: request.transport,
        permitUntil: until.toISOString(),
        about: { ...row.about, version: request.version },
      }
      await store.atomically(async (tx) => {
        await tx.agents.save(next)
        await tx.agents.addGeneration(id, {
          generation,
          nonce: request.nonce,
          transport: request.transport,
          at: at.toISOString(),
          permitUntil: until.toISOString(),
        })
        await tx.audit.append({
          at: at.toISOString(),
          actor: `agent:${id}`,
          action: 'agent-renewed',
          object: id,
          detail: `generation ${generation}`,
        })
      })
      learn(next)
      return answer(generation, request.transport, until)
    },

    generations: (id) => store.agents.generations(id),
    credentials: (id) => store.agentCredentials.of(id),

    async approve(id, by) {
      const row = existing(id)
      if (row.state !== 'waiting')
        throw new Refusal(409, 'not-waiting', `agent ${row.name} is ${row.state}; only one that waits can be approved`)
      return seen(await become(row, 'active', by, null))
    },

    async quarantine(id, by, reason) {
      const row = existing(id)
      if (row.state === 'revoked') throw new Refusal(409, 'revoked', `agent ${row.name} is revoked already`)
      return ended(await become(row, 'quarantined', by, reason))
    },

    async revoke(id, by, reason) {
      const row = existing(id)
      if (row.state === 'revoked') throw new Refusal(409, 'revoked', `agent ${row.name} is revoked already`)
      return ended(await become(row, 'revoked', by, reason ?? null))
    },

    refused(subject, error) {
      if (!(error instanceof MessageRefused)) {
        log.error({ err: error, subject }, 'a message could not be read')
        return
      }
      const source = rows.has(lastOf(subject)) ? lastOf(subject) : subject.slice(0, 200)
      const key = `${source} ${error.code}`
      const before = refusals.get(key)
      const at = now().toISOString()
      // Whoever makes up subjects must not fill what is held here.
      if (before === undefined && refusals.size >= MOST_REFUSALS) return
      refusals.set(key, { source, code: error.code, sentence: error.message, at, times: (before?.times ?? 0) + 1 })
      if (before === undefined) log.warn({ subject, code: error.code }, `a message was not believed: ${error.message}`)
    },
    async refusals() {
      await flush()
      return store.refusedMessages.all()
    },

    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await flush()
    },
  }
}

const MOST_REFUSALS = 1000

const order = ({ segment, name, id }: AgentRow) => `${segment} ${name} ${id}`

const lastOf = (subject: string) => subject.split('.').at(-1)!

const seconds = (milliseconds: number) => Math.round(milliseconds / 1000)

/**
 * What a heartbeat says about which start of an agent speaks. A start that had given way to a later one and speaks again, of a time after that
 * one began, is a copy. What is merely late or repeated on the way is told by its count and its time.
 */
const startOf = (row: AgentRow, beat: Heartbeat): 'news' | 'old' | 'copy' => {
  if (row.session === null) return 'news'
  if (beat.session === row.session) {
    if (beat.count > row.sessionCount) return 'news'
    // One that comes again is the same to the letter: nobody on the way can sign another one.
    return beat.count === row.sessionCount && row.heartbeat !== JSON.stringify(beat) ? 'copy' : 'old'
  }
  if (!row.sessionsBefore.includes(beat.session))
    return row.sessionAt !== null && beat.at < row.sessionAt && beat.startedAt < startedAt(row) ? 'old' : 'news'
  return row.sessionAt !== null && beat.at > startedAt(row) ? 'copy' : 'old'
}

const startedAt = (row: AgentRow): string =>
  row.heartbeat === null ? '' : ((JSON.parse(row.heartbeat) as Partial<Heartbeat>).startedAt ?? '')
