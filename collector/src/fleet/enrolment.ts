import { createHmac, hash, randomBytes, timingSafeEqual, verify } from 'node:crypto'
import {
  enrolAnswer,
  enrolRequest,
  joining,
  MessageRefused,
  type Admission,
  type EnrolAnswer,
  type EnrolRequest,
  type FleetRefusal,
  type Joining,
} from '@rollcall/contract/bus'
import { publicKeyOf, seal, SealError, unseal } from '@rollcall/secret'
import type { AgentRow, JoinTokenRow, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import type { FleetAgents } from './agents.ts'
import type { FleetBroker } from './broker.ts'
import type { FleetKeys } from './keys.ts'
import { permitUntil } from './permits.ts'
import type { FleetPolicy } from './policy.ts'

export interface EnrolmentTools {
  readonly store: Store
  readonly keys: FleetKeys
  readonly agents: FleetAgents
  readonly broker: FleetBroker
  readonly policy: FleetPolicy
  readonly now: () => Date
  readonly log: Logger
}

/** Wrong tries that a join token stands. */
export const TRIES = 5
/** Requests to be let in that are looked at in a second, whoever asks. */
export const JOINS_PER_SECOND = 10
/** Questions for the keys, which cost next to nothing. */
const QUESTIONS_PER_SECOND = 100
const CLOCK_OFF_MS = 3_600_000
/** So long after it was used, who came in by a token may ask again for an answer that was lost. */
const ASK_AGAIN_MS = 86_400_000

/**
 * Answers those who want to become agents. A token and the keys that come with it make one agent, however often they come; other keys with a
 * token that was used mean that two have it: neither is believed then.
 */
export const enrolment = ({ store, keys, agents, broker, policy, now, log }: EnrolmentTools) => {
  const questions = pace(QUESTIONS_PER_SECOND, now)
  const joins = pace(JOINS_PER_SECOND, now)

  const refuse = async (token: string, code: FleetRefusal): Promise<EnrolAnswer> => {
    log.warn({ token, code }, 'somebody was not let in')
    return { step: 'refused', code }
  }

  /** A try that cannot be of whoever was given the token. */
  const wrongTry = async (row: JoinTokenRow, code: FleetRefusal): Promise<EnrolAnswer> => {
    await store.atomically(async (tx) => {
      await tx.joinTokens.tried(row.id)
      await tx.audit.append({
        at: now().toISOString(),
        actor: '-',
        action: 'join-refused',
        object: row.id,
        detail: code,
      })
    })
    return refuse(row.id, code)
  }

  const opened = (token: string, sealed: string, at: string): Joining | undefined => {
    try {
      const secret = unseal(
        keys.enrolment,
        { info: JOIN_INFO, about: `${token} ${at}` },
        Buffer.from(sealed, 'base64url'),
      )
      // The proof is over what was written, whatever of it is known here.
      const raw: unknown = JSON.parse(secret.reveal())
      const read = joining.safeParse(raw)
      return read.success && isProven(raw as Joining) ? read.data : undefined
    } catch (error) {
      if (error instanceof SealError || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  const admitted = async (agent: AgentRow, asked: Joining, at: string): Promise<EnrolAnswer> => {
    const current = policy.current
    if (current === undefined) throw new Error('there is no policy, and yet a token')
    const until = permitUntil(now())
    const told: Omit<Admission, 'proof'> = {
      agent: agent.id,
      name: agent.name,
      segment: agent.segment,
      state: agent.state,
      generation: agent.generation,
      permit: await broker.permit(agent, until),
      permitUntil: until.toISOString(),
      rootKey: text(keys.rootKey),
      policy: text(current.signed),
      at: now().toISOString(),
    }
    const proof = createHmac('sha256', Buffer.from(asked.secret, 'base64url'))
      .update(`${ADMISSION_PURPOSE}${JSON.stringify(told)}`)
      .digest('base64url')
    const sealed = seal(
      Buffer.from(asked.keys.sealing, 'base64url'),
      { info: ADMISSION_INFO, about: `${asked.token} ${at}` },
      Buffer.from(JSON.stringify({ ...told, proof })),
    )
    return { step: 'joined', sealed: text(sealed) }
  }

  /** One transaction makes the token used and the agent known. */
  const admit = async (row: JoinTokenRow, asked: Joining, digest: string): Promise<AgentRow | FleetRefusal> => {
    const at = now()
    const id = newAgentId()
    const outcome = await store.atomically(async (tx) => {
      // As it is now: two may have come at the same time.
      const token = (await tx.joinTokens.byId(row.id))!
      if (token.state !== 'open') return { token }
      const old = token.replaces === null ? undefined : await tx.agents.byId(token.replaces)
      if (token.replaces !== null && old === undefined) return 'replaced-unknown' as const
      const agent: AgentRow = {
        id,
        name: token.name ?? (asked.about.name === '' ? asked.about.hostname.slice(0, 64) : asked.about.name),
        segment: token.segment,
        state: token.approve ? 'waiting' : 'active',
        stateSince: at.toISOString(),
        stateReason: token.approve ? 'somebody has to approve it' : null,
        generation: 1,
        transport: asked.keys.transport,
        signingKey: asked.keys.signing,
        sealingKey: asked.keys.sealing,
        token: token.id,
        enrolledAt: at.toISOString(),
        replaces: token.replaces,
        permitUntil: permitUntil(at).toISOString(),
        about: {
          hostname: asked.about.hostname,
          version: asked.about.version,
          platform: asked.about.platform,
        },
        lastHeartbeat: null,
        heartbeat: null,
        clockOffsetMs: 0,
        session: null,
        sessionCount: 0,
        sessionAt: null,
        sessionsBefore: [],
      }
      await tx.agents.add(agent)
      await tx.agents.addGeneration(id, {
        generation: 1,
        nonce: `join ${token.id}`,
        transport: agent.transport,
        at: at.toISOString(),
        permitUntil: agent.permitUntil!,
      })
      await tx.joinTokens.save({ ...token, state: 'used', usedAt: at.toISOString(), usedKeys: digest, agent: id })
      await tx.audit.append({
        at: at.toISOString(),
        actor: `token:${token.id}`,
        action: 'agent-enrolled',
        object: id,
        detail: `${agent.name}, segment ${agent.segment}${old === undefined ? '' : `, in place of ${old.id}`}`,
      })
      return { agent, old }
    })
    if (typeof outcome === 'string') return outcome
    if ('token' in outcome) return again(outcome.token, digest)
    agents.learned(outcome.agent)
    log.info({ agent: id, segment: row.segment, name: outcome.agent.name }, `agent ${outcome.agent.name} was let in`)
    if (outcome.old !== undefined && outcome.old.state !== 'revoked')
      await agents.revoke(outcome.old.id, `token:${row.id}`, `agent ${id} took its place`)
    return outcome.agent
  }

  /** What a token that was used is worth to whoever comes with it. */
  const again = async (token: JoinTokenRow, digest: string): Promise<AgentRow | FleetRefusal> => {
    if (token.state === 'burnt') return 'burnt-token'
    if (token.state === 'revoked') return 'revoked-token'
    const agent = token.agent === null ? undefined : agents.byId(token.agent)
    if (token.usedKeys === digest && agent !== undefined) {
      if (agent.state === 'revoked' || agent.state === 'quarantined') return agent.state
      return now().getTime() - Date.parse(token.usedAt!) > ASK_AGAIN_MS ? 'used-token' : agent
    }
    await store.atomically(async (tx) => {
      await tx.joinTokens.save({ ...token, state: 'burnt' })
      await tx.audit.append({
        at: now().toISOString(),
        actor: '-',
        action: 'join-token-burnt',
        object: token.id,
        detail: 'it came with other keys after it was used: two have it',
      })
    })
    log.error(
      { token: token.id, agent: token.agent },
      'a join token came with other keys after it was used: two have it',
    )
    if (agent !== undefined && agent.state !== 'revoked')
      await agents.quarantine(agent.id, 'collector', 'the join token by which it came in is in the hands of two')
    return 'burnt-token'
  }

  const join = async (subject: string, asked: Extract<EnrolRequest, { step: 'join' }>): Promise<EnrolAnswer> => {
    const id = subject.split('.').at(-1)!
    if (!joins()) return refuse(id, 'busy')
    const row = await store.joinTokens.byId(id)
    if (row === undefined) return refuse(id.slice(0, 64), 'wrong-token')
    if (row.tries >= TRIES) return refuse(id, 'too-many-tries')
    if (Math.abs(Date.parse(asked.at) - now().getTime()) > CLOCK_OFF_MS) return refuse(id, 'clock-off')
    const said = opened(id, asked.sealed, asked.at)
    if (said === undefined || said.token !== id || !isUsable(said.keys.sealing)) return wrongTry(row, 'malformed')
    if (!broker.accepts(said.keys.transport)) return wrongTry(row, 'malformed')
    if (!sameDigest(hash('sha256', Buffer.from(said.secret, 'base64url'), 'buffer'), row.secretHash))
      return wrongTry(row, 'wrong-token')
    const digest = hash('sha256', JSON.stringify([said.keys.transport, said.keys.signing, said.keys.sealing]), 'hex')
    const expired = row.state === 'open' && Date.parse(row.expiresAt) <= now().getTime()
    if (expired) return refuse(id, 'expired-token')
    const agent = row.state === 'open' ? await admit(row, said, digest) : await again(row, digest)
    return typeof agent === 'string' ? refuse(id, agent) : admitted(agent, said, asked.at)
  }

  /** The answer to a message on `rollcall.enrol.<token>`. */
  return async (message: unknown, subject: string) => {
    let asked: EnrolRequest
    try {
      asked = enrolRequest.read(message)
    } catch (error) {
      if (!(error instanceof MessageRefused)) throw error
      const code = error.code === 'unknown-version' ? 'old-version' : 'malformed'
      return enrolAnswer.write(await refuse(subject.split('.').at(-1)!.slice(0, 64), code))
    }
    if (asked.step === 'join') return enrolAnswer.write(await join(subject, asked))
    if (!questions()) return enrolAnswer.write({ step: 'refused', code: 'busy' })
    return enrolAnswer.write({
      step: 'keys',
      enrolmentKey: text(keys.enrolment.public),
      rootKey: text(keys.rootKey),
    })
  }
}

export const JOIN_INFO = 'rollcall enrolment 1'
export const ADMISSION_INFO = 'rollcall admission 1'
const JOIN_PURPOSE = 'rollcall joining 1\0'
const ADMISSION_PURPOSE = 'rollcall admission 1\0'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

const sameDigest = (digest: Uint8Array, hex: string) => {
  const other = Buffer.from(hex, 'hex')
  return other.length === digest.length && timingSafeEqual(digest, other)
}

/** Whether whoever joins has the signing key that it shows. */
const isProven = ({ proof, ...rest }: Joining): boolean => {
  try {
    const key = publicKeyOf('sign', Buffer.from(rest.keys.signing, 'base64url'))
    return verify(null, Buffer.from(`${JOIN_PURPOSE}${JSON.stringify(rest)}`), key, Buffer.from(proof, 'base64url'))
  } catch {
    return false
  }
}

/** Whether something can be sealed to a key: found out before anything is written down. */
const isUsable = (sealingKey: string): boolean => {
  try {
    seal(Buffer.from(sealingKey, 'base64url'), { info: ADMISSION_INFO, about: '' }, new Uint8Array())
    return true
  } catch {
    return false
  }
}

/** Base32 in lower case, as the names in subjects are: 128 random bits and two more. */
const newAgentId = (): string => {
  let id = ''
  for (const byte of randomBytes(26)) id += 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]
  return id
}

/** So many in any second. */
const pace = (perSecond: number, now: () => Date) => {
  let [second, count] = [0, 0]
  return () => {
    const current = Math.floor(now().getTime() / 1000)
    if (current !== second) [second, count] = [current, 0]
    return ++count <= perSecond
  }
}
