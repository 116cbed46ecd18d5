import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { leaseTarget } from '@rollcall/contract'
import {
  leaseAnswer,
  leaseEnd,
  leaseEnded,
  leaseRequest,
  LOCAL_SEGMENT,
  MOST_LEASES,
  type Envelope,
  type LeaseAnswer,
  type LeaseRefusal,
  type LeaseRequest,
} from '@rollcall/contract/bus'
import type { LeaseRow, Store } from '@rollcall/store'
import { VaultError, type VaultClient } from '@rollcall/vault'
import type { Logger } from 'pino'
import type { Credentials } from './credentials.ts'

/** An agent that may be lent something: its key is what is sealed to. */
export interface Borrower {
  readonly id: string
  readonly segment: string
  readonly sealingKey: string
}

/** Lends credentials to agents, for one look at one target each. */
export interface Lending extends Disposable {
  /** Answers `lease-request` and `lease-end` of an active agent. */
  answer(message: Envelope, agent: Borrower): Promise<Envelope>
}

export interface LendingTools {
  readonly store: Store
  readonly vault: VaultClient
  readonly credentials: Credentials
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds that a plan may be behind the agent that made it. */
  readonly planMs?: number
}

/** Longer than a look at a host may take, and at a directory. */
const LENT_MS = 15 * 60_000
const LENT_FOR_DIRECTORY_MS = 6 * 3_600_000
const PLAN_MS = 8000
const KEPT_MS = 90 * 86_400_000
const SWEPT_EVERY_MS = 60_000

export const openLending = (tools: LendingTools): Lending => {
  const { store, vault, credentials, now, log, planMs = PLAN_MS } = tools
  /** Loans of one run to one agent are told in the audit log once for each credential. */
  const told = new Set<string>()
  const running = new Map<string, { readonly agent: string; readonly run: string }>()

  const lend = async (agent: Borrower, asked: LeaseRequest): Promise<LeaseAnswer> => {
    const at = now()
    const { run, attempt, target } = asked
    const answer = (more: Partial<LeaseAnswer>): LeaseAnswer => ({
      attempt,
      leases: [],
      until: new Date(at.getTime() + (isOfDirectory(target) ? LENT_FOR_DIRECTORY_MS : LENT_MS)).toISOString(),
      ...more,
    })
    if (credentials.of(agent.segment).length === 0) return answer({ nothing: true })
    const covering = credentials.covering(agent.segment, target)
    if (covering.length === 0) return answer({})
    const usable = covering.filter(({ state }) => state === 'usable').slice(0, MOST_LEASES)
    if (usable.length === 0) return answer({ refused: 'suspended' })
    const refused = await notOf(agent, run, target)
    if (refused !== undefined) {
      log.error({ agent: agent.id, run, target, code: refused }, 'an agent asked for a credential that is not for it')
      return answer({ refused })
    }
    const leases: LeaseAnswer['leases'] = []
    for (const credential of usable) {
      try {
        const lease = randomUUID()
        const sealed = await vault.ask({
          ask: 'lease',
          lease,
          credential: credential.id,
          agent: agent.id,
          key: agent.sealingKey,
          segment: agent.segment,
          run,
          attempt,
          target,
        })
        const { kind } = credential
        leases.push({
          lease,
          credential: credential.id,
          version: sealed.version,
          kind,
          user: sealed.user,
          sealed: sealed.sealed,
        })
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        if (error.code === 'sealed' || error.code === 'away')
          return answer({ refused: error.code === 'sealed' ? 'vault-sealed' : 'vault-away' })
        log.error({ credential: credential.name, code: error.code }, `a credential cannot be lent: ${error.message}`)
      }
    }
    const given = answer({ leases })
    await writeDown(agent, asked, given, at)
    return given
  }

  /** Durable before the agent gets anything. */
  const writeDown = async (agent: Borrower, { run, attempt, target }: LeaseRequest, given: LeaseAnswer, at: Date) => {
    if (given.leases.length === 0) return
    const lentAt = at.toISOString()
    const rows: LeaseRow[] = given.leases.map(({ lease, credential, version }) => ({
      id: lease,
      agent: agent.id,
      credential,
      version,
      run,
      attempt,
      target,
      lentAt,
      until: given.until,
      endedAt: null,
      outcome: null,
    }))
    const fresh = given.leases.filter(({ credential }) => !told.has(`${agent.id} ${run} ${credential}`))
    await store.atomically(async (tx) => {
      await tx.leases.add(rows)
      await credentials.lent(
        tx,
        rows.map(({ credential }) => credential),
        lentAt,
      )
      for (const { credential, version } of fresh) {
        const loan = { credential, order: run, attempt: 1, how: `version ${version}, sealed to the agent`, lentAt }
        await tx.agentCredentials.lend(agent.id, loan)
        const detail = `to agent ${agent.id} for run ${run}, first for ${target}`.slice(0, 1000)
        await tx.audit.append({ at: lentAt, actor: 'collector', action: 'credential-lent', object: credential, detail })
      }
    })
    for (const { credential } of fresh) told.add(`${agent.id} ${run} ${credential}`)
    running.set(`${agent.id} ${run}`, { agent: agent.id, run })
    if (told.size > 10_000) told.clear()
  }

  /** Why a run or its target are not this agent's to scan now. What an agent plans comes here a little after it. */
  const notOf = async ({ id, segment }: Borrower, run: string, target: string): Promise<LeaseRefusal | undefined> => {
    const scan = await scanOf(run)
    if (scan === undefined || scan.segment !== segment) return 'other-run'
    if (scan.agent !== null && scan.agent !== id) return 'other-run'
    for (const end = performance.now() + planMs; ;) {
      const planned = await store.scans.target(scan.id, target)
      if (planned !== undefined) return planned.state === 'done' ? 'other-target' : undefined
      if (performance.now() > end) return 'other-target'
      await sleep(100)
    }
  }

  /** A run is a scan, or the part of one that an agent has. */
  const scanOf = async (
    run: string,
  ): Promise<{ readonly id: string; readonly segment: string; readonly agent: string | null } | undefined> => {
    const share = await store.scanShares.byId(run)
    if (share !== undefined)
      return share.endedAt === null ? { id: share.scan, segment: share.segment, agent: share.agent } : undefined
    const scan = (await store.scans.open()).find(({ id }) => id === run)
    if (scan === undefined) return undefined
    const sets = await store.targetSets.all()
    const of = sets.find(({ id }) => scan.targetSets.includes(id))
    return { id: run, segment: scan.asked?.segment ?? of?.segment ?? LOCAL_SEGMENT, agent: null }
  }

  const sweep = async () => {
    const at = now()
    const expired = await store.leases.expire(at.toISOString())
    if (expired > 0) log.warn({ expired }, 'agents did not say how they fared with what they were lent')
    for (const [key, { agent, run }] of running)
      if ((await scanOf(run)) === undefined) {
        await store.agentCredentials.end(agent, run, at.toISOString())
        running.delete(key)
      }
    await store.leases.forget(new Date(at.getTime() - KEPT_MS).toISOString())
  }
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => log.error({ err: error }, 'loans that are over could not be ended'))
  }, SWEPT_EVERY_MS)
  timer.unref()

  return {
    async answer(message, agent) {
      if (message.type === leaseEnd.type) {
        const { run, attempt, outcome } = leaseEnd.read(message)
        const at = now().toISOString()
        const ended = await store.leases.end(agent.id, run, attempt, outcome, at)
        await credentials.fared(ended, ended.length === 1 ? outcome : outcome === 'rejected' ? outcome : 'unknown')
        return leaseEnded.write({ attempt })
      }
      return leaseAnswer.write(await lend(agent, leaseRequest.read(message)))
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

const isOfDirectory = (target: string): boolean => leaseTarget(target)?.kind === 'directory'
