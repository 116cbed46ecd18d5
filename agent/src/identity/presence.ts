import { randomBytes } from 'node:crypto'
import { BusError, type Line } from '@rollcall/bus'
import {
  describeFleetRefusal,
  heartbeat,
  heartbeatAnswer,
  HEARTBEAT_MS,
  renewAnswer,
  renewRequest,
  requestRefused,
  subjects,
  type Envelope,
  type FleetRefusal,
  type Heartbeat,
} from '@rollcall/contract/bus'
import type { Logger } from 'pino'
import { inTurn } from '../in-turn.ts'
import type { AgentTrust } from './trust.ts'
import { openWitness } from './witness.ts'

/** What the agent says of itself besides who it is. */
export type Condition = Pick<Heartbeat, 'runs' | 'stopped' | 'spool' | 'load'>

export interface Presence extends AsyncDisposable {
  /** Says now that the agent is there, and hears how it stands. */
  beat(): Promise<void>
  /** Asks now to go on. */
  renew(): Promise<void>
  /** Seconds that reports wait at the collector, as it said last. */
  readonly lagSeconds: number
}

export interface PresenceOptions {
  readonly trust: AgentTrust
  readonly line: Line
  readonly version: string
  readonly condition: () => Condition
  /** The collector does not let the agent work, and why; undefined: it does. Told when that changes. */
  readonly onStanding: (refusal: FleetRefusal | undefined) => void
  readonly now: () => Date
  readonly log: Logger
  readonly everyMs?: number
}

/** An agent renews when this much of its permission is behind it: long before it ends, since the collector may be away for days. */
const RENEW_AFTER_MS = 16 * 3_600_000
const CLOCK_MS = 120_000

/** Keeps up with the collector: heartbeats, and renewals when they are due. */
export const openPresence = async (options: PresenceOptions): Promise<Presence> => {
  const { trust, line, version, condition, onStanding, now, log, everyMs = HEARTBEAT_MS } = options
  const session = randomBytes(16).toString('base64url')
  const startedAt = now().toISOString()
  const { agent } = trust.identity
  // Not all agents of a fleet renew at the same time.
  const early = 1 - (Number.parseInt(Buffer.from(agent).toString('hex').slice(-4), 16) / 65_535) * 0.2
  const witness = await openWitness(trust.folder, log)
  const closing = new AbortController()
  let count = 0
  let lag = 0
  let standing: FleetRefusal | undefined
  let clockTold = false
  let answered = true

  const stands = async (refusal: FleetRefusal | undefined) => {
    if (refusal === standing) return
    standing = refusal
    if (refusal === undefined) log.info('the collector lets this agent work')
    else log.error({ code: refusal }, `the collector does not let this agent work: ${describeFleetRefusal(refusal)}`)
    onStanding(refusal)
    const state = refusal === 'waiting' || refusal === 'quarantined' || refusal === 'revoked' ? refusal : undefined
    await trust.save({
      refusal: refusal ?? null,
      ...(refusal === undefined ? { state: 'active' } : state === undefined ? {} : { state }),
    })
  }

  /** Whether an answer is a refusal; then it was taken notice of. */
  const isRefusal = async (answer: Envelope): Promise<boolean> => {
    if (answer.type !== requestRefused.type) return false
    await stands(requestRefused.read(answer).code)
    return true
  }

  const toldTime = async (text: string) => {
    const at = new Date(text)
    trust.time.told(at)
    await trust.ledger.told(at)
    const ahead = trust.time.aheadMs() ?? 0
    const off = Math.abs(ahead) > CLOCK_MS
    if (off && !clockTold)
      log.warn(
        { aheadMs: ahead },
        `the clock here is ${Math.round(ahead / 1000)} s ahead of the collector's; check NTP`,
      )
    clockTold = off
  }

  const sayAndHear = async () => {
    count++
    const mine = count
    const answer = await line.ask(
      subjects.heartbeat(agent),
      heartbeat.write({
        session,
        count: mine,
        at: now().toISOString(),
        version,
        generation: trust.identity.generation,
        policy: trust.policy()?.version ?? 0,
        startedAt,
        ...(witness.newest === undefined ? {} : { witnessed: witness.newest }),
        ...condition(),
      }),
      { signal: closing.signal },
    )
    if (await isRefusal(answer)) return
    const told = heartbeatAnswer.read(answer)
    if (told.session !== session || told.count !== mine) {
      log.warn('an answer to another heartbeat is left alone')
      return
    }
    lag = told.lagSeconds
    if (told.checkpoint !== undefined) await witness.told(told.checkpoint)
    await toldTime(told.at)
    await stands(told.state === 'active' ? undefined : told.state)
  }

  /** An answer that came late would speak of how the agent stood before. */
  const turn = inTurn()
  const beat = (): Promise<void> => turn(sayAndHear)

  const renew = async () => {
    const { generation, keys, renewing } = trust.identity
    const asked =
      renewing?.generation === generation ? renewing : { generation, nonce: randomBytes(16).toString('base64url') }
    // On the disk before it is said: after a crash the same words are said again, and are no copy's.
    if (asked !== renewing) await trust.save({ renewing: asked })
    const answer = await line.ask(
      subjects.request(agent),
      renewRequest.write({ ...asked, transport: keys.transport.public, version, at: now().toISOString() }),
      { signal: closing.signal },
    )
    if (await isRefusal(answer)) return
    const told = renewAnswer.read(answer)
    if (told.nonce !== asked.nonce) {
      log.warn('an answer to another renewal is left alone')
      return
    }
    await toldTime(told.at)
    await trust.save({
      generation: told.generation,
      permit: told.permit,
      permitUntil: told.permitUntil,
      renewedAt: trust.time.now().toISOString(),
    })
    log.info({ generation: told.generation }, 'the agent was renewed')
  }

  const isDue = () => {
    const { renewedAt, enrolledAt, renewing, generation } = trust.identity
    if (renewing !== undefined && renewing.generation === generation) return true
    return trust.time.now().getTime() - Date.parse(renewedAt ?? enrolledAt) > RENEW_AFTER_MS * early
  }

  const round = async () => {
    try {
      await beat()
      if (standing === undefined && isDue()) await renew()
      if (!answered) log.info('the collector answers again')
      answered = true
    } catch (error) {
      if (closing.signal.aborted) return
      if (answered)
        log.warn(
          error instanceof BusError ? { code: error.code } : { err: error },
          'the collector does not answer; what is seen is kept until it does',
        )
      answered = false
    }
  }

  const timer = setInterval(() => void (working = working.then(round)), everyMs)
  timer.unref()
  let working: Promise<void> = round()
  return {
    beat,
    renew,
    get lagSeconds() {
      return lag
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      closing.abort(new Error('the agent stops'))
      await working
    },
  }
}
