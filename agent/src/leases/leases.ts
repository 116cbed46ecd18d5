import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BusError, type Line } from '@rollcall/bus'
import { formatTarget, LEASE_SEAL, leaseWords, type ScanCredentialKind, type Target } from '@rollcall/contract'
import {
  describeFleetRefusal,
  describeLeaseRefusal,
  leaseAnswer,
  leaseEnd,
  leaseRequest,
  requestRefused,
  subjects,
  type LeaseAnswer,
  type LeaseOutcome,
} from '@rollcall/contract/bus'
import type { DirectoryLogin, Login, LoginMethod } from '@rollcall/reach'
import { SealError, unpackSecrets, unseal, type KeyPair, type Secret } from '@rollcall/secret'
import type { Logger } from 'pino'

/** What an agent was lent for one look at one target. Disposing forgets it, and tells so. */
export interface Lent extends AsyncDisposable {
  readonly logins: readonly Login[]
  readonly directory: DirectoryLogin | undefined
  /** Why there is nothing, where there may be; a sentence of ours. */
  readonly problem: string | undefined
  /** How it fared; told when it is disposed. */
  outcome: LeaseOutcome
}

/** Borrows credentials from the collector's vault. They are in memory only, and for one look each. */
export interface Leases {
  /** Throws only the reason of the signal. `planned`: how the run calls the target, where that is something else. */
  borrow(run: string, target: Target, signal: AbortSignal, planned?: string): Promise<Lent>
}

export interface LeasesOptions {
  readonly agent: string
  readonly line: Pick<Line, 'ask'>
  /** What is lent is sealed to it. */
  readonly sealing: Pick<KeyPair, 'private' | 'public' | 'seed' | 'use'>
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds before the collector is asked again that did not answer. */
  readonly pauseMs?: number
}

const ANSWERED_WITHIN_MS = 15_000
const TRIES = 3
const PAUSE_MS = 1000
/** A run in which there is nothing to borrow is not asked about again so soon. */
const NOTHING_FOR_MS = 60_000
const MOST_RUNS = 64

export const openLeases = ({ agent, line, sealing, now, log, pauseMs = PAUSE_MS }: LeasesOptions): Leases => {
  const nothing = new Map<string, number>()

  const ask = async (
    run: string,
    attempt: string,
    target: string,
    signal: AbortSignal,
  ): Promise<LeaseAnswer | string> => {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await line.ask(subjects.request(agent), leaseRequest.write({ run, attempt, target }), {
          timeoutMs: ANSWERED_WITHIN_MS,
          signal,
        })
        if (answer.type === requestRefused.type) return describeFleetRefusal(requestRefused.read(answer).code)
        const lent = leaseAnswer.read(answer)
        if (lent.attempt === attempt) return lent
        log.warn('an answer to another question is left alone')
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof BusError)) {
          log.warn({ err: error }, 'what the collector answers cannot be read')
          return 'what the collector answers cannot be read'
        }
      }
      if (tries >= TRIES) return 'the collector does not answer whether it lends a credential'
      await sleep(pauseMs * tries, undefined, { signal })
    }
  }

  const opened = (
    one: LeaseAnswer['leases'][number],
    run: string,
    attempt: string,
    target: string,
  ): Opened | undefined => {
    const { lease, credential, version, kind, user } = one
    const about = leaseWords({ lease, credential, version, kind, user, agent, run, attempt, target })
    try {
      const packed = unseal(sealing, { info: LEASE_SEAL, about }, Buffer.from(one.sealed, 'base64url'))
      const parts = unpackSecrets(packed)
      packed.wipe()
      return parts === undefined ? undefined : { kind, user, parts }
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      log.error(
        { credential, code: error.code },
        'what was lent does not open; it was not meant for this agent and order',
      )
      return undefined
    }
  }

  return {
    async borrow(run, target, signal, planned = formatTarget(target)) {
      if (target.kind === 'local') return none(undefined)
      if ((nothing.get(run) ?? 0) > now().getTime()) return none(undefined)
      const attempt = randomUUID()
      const answer = await ask(run, attempt, planned, signal)
      if (typeof answer === 'string') return none(answer)
      if (answer.nothing === true) {
        if (nothing.size >= MOST_RUNS) nothing.clear()
        nothing.set(run, now().getTime() + NOTHING_FOR_MS)
      }
      if (answer.refused !== undefined) return none(describeLeaseRefusal(answer.refused))
      const all = answer.leases.flatMap((one) => opened(one, run, attempt, planned) ?? [])
      if (answer.leases.length === 0) return none(undefined)
      const lent: Lent = {
        logins: loginsOf(all),
        directory: directoryLoginOf(all),
        problem: all.length < answer.leases.length ? 'what was lent does not open' : undefined,
        outcome: 'unused',
        async [Symbol.asyncDispose]() {
          for (const { parts } of all) for (const secret of Object.values(parts)) secret.wipe()
          // Not waited for: a loan of which nothing is heard is over by its time.
          line
            .ask(subjects.request(agent), leaseEnd.write({ run, attempt, target: planned, outcome: lent.outcome }))
            .catch((error: unknown) => log.debug({ err: error }, 'the end of a loan was not heard'))
        },
      }
      return lent
    },
  }
}

interface Opened {
  readonly kind: ScanCredentialKind
  readonly user: string
  readonly parts: Readonly<Record<string, Secret>>
}

/** For where there is nobody to ask. */
export const NOTHING_LENT = (): Lent => none(undefined)

const none = (problem: string | undefined): Lent => ({
  logins: [],
  directory: undefined,
  problem,
  outcome: 'unused',
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

/** One login for each account: its keys, then its password; with sudo's, where there is one for the same account. */
const loginsOf = (all: readonly Opened[]): Login[] => {
  const users = [
    ...new Set(all.filter(({ kind }) => kind === 'ssh-key' || kind === 'password').map(({ user }) => user)),
  ]
  return users.map((user) => {
    const own = all.filter((one) => one.user === user)
    const sudo = own.find(({ kind }) => kind === 'sudo-password')?.parts['password']
    const keys = own.filter(({ kind }) => kind === 'ssh-key')
    const passwords = own.filter(({ kind }) => kind === 'password')
    return {
      user,
      methods: [...keys, ...passwords].flatMap(methodOf),
      sudo: sudo === undefined ? { kind: 'if-allowed' } : { kind: 'password', password: sudo },
    }
  })
}

const methodOf = ({ kind, parts }: Opened): LoginMethod[] => {
  const { privateKey, passphrase, password } = parts
  if (kind === 'ssh-key' && privateKey !== undefined)
    return [{ kind: 'key', privateKey, ...(passphrase === undefined ? {} : { passphrase }) }]
  return kind === 'password' && password !== undefined ? [{ kind: 'password', password }] : []
}

const directoryLoginOf = (all: readonly Opened[]): DirectoryLogin | undefined => {
  const bind = all.find(({ kind }) => kind === 'ldap-bind')
  const password = bind?.parts['password']
  return bind === undefined || password === undefined ? undefined : { kind: 'simple', name: bind.user, password }
}
