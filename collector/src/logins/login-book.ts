import type { LoginItem } from '@rollcall/contract/api'
import type { LoginAttemptAnswer, LoginAttemptAsked, LoginOutcome, LoginResult } from '@rollcall/contract/bus'
import type { LoginCredentialRow, Repositories, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import { isBroken, judgeLogin, PROVEN, windowMs } from './judge.ts'

/** Logins with passwords of all agents, so that no account is locked by us. What it says holds because it is committed before it is said. */
export interface LoginBook {
  /** Asked before a password is sent. That it may be tried is written down as tried. The same id asked again is the same login. */
  begin(agent: string, asked: LoginAttemptAsked): Promise<LoginAttemptAnswer>
  ended(agent: string, result: LoginResult): Promise<void>
  all(): Promise<LoginItem[]>
  /** Somebody saw to it that a password is right: it is tried again, in one place first. Refusal `not-found`. */
  clear(id: string, by: string): Promise<void>
}

export interface LoginBookTools {
  readonly store: Store
  readonly now: () => Date
  readonly log: Logger
}

/** Whose account no other agent uses may be tried once without asking, for so long. */
const ALONE_MS = 24 * 3_600_000

export const loginBook = ({ store, now, log }: LoginBookTools): LoginBook => ({
  begin: (agent, asked) =>
    store.atomically(async (tx) => {
      const at = now()
      for (const { id, ...earlier } of asked.before)
        await learnEarlier(tx, agent, asked.accounts, { id, ...earlier }, at)
      const known = await tx.logins.attempt(asked.id)
      if (known !== undefined && known.outcome === null && known.agent === agent)
        return { id: asked.id, verdict: 'try' }

      const credential = (await tx.logins.credential(asked.credential)) ?? newCredential(agent, asked, at)
      // Whoever names the password of another agent learns nothing by it, and spoils nothing.
      if (credential.agent !== agent) return { id: asked.id, verdict: 'suspended' }
      await tx.logins.saveCredential(credential, asked.accounts)
      const policy = await tx.logins.lockPolicy(asked.place)
      const { verdict, until } = judgeLogin({
        id: asked.id,
        place: asked.place,
        credential,
        attempts: await tx.logins.ofAccounts(asked.accounts),
        ofCredential: await tx.logins.ofCredential(asked.credential),
        policy,
        now: at.getTime(),
      })
      if (verdict !== 'try')
        return { id: asked.id, verdict, ...(until == null ? {} : { until: new Date(until).toISOString() }) }
      const attempt = {
        id: asked.id,
        credential: credential.id,
        place: asked.place,
        agent,
        at: at.toISOString(),
        endedAt: null,
        outcome: null,
      }
      await tx.logins.begin(attempt, asked.accounts)
      const isAlone = (await tx.logins.credentialsOf(asked.accounts)).every((one) => one.agent === agent)
      // Where two failures lock, there is none to give away.
      const mayAlone = isAlone && (policy === undefined || policy.threshold === 0 || policy.threshold > 2)
      const aloneUntil = mayAlone ? { aloneUntil: new Date(at.getTime() + ALONE_MS).toISOString() } : {}
      return { id: asked.id, verdict, ...aloneUntil }
    }),

  async ended(agent, { id, outcome, lock }) {
    const suspended = await store.atomically(async (tx) => {
      const row = await tx.logins.attempt(id)
      if (row === undefined || row.agent !== agent) return undefined
      if (lock !== undefined) await tx.logins.saveLockPolicy({ place: row.place, ...lock, at: now().toISOString() })
      return settle(tx, id, outcome, now())
    })
    if (suspended !== undefined)
      log.error(
        { credential: suspended.id, account: suspended.account, place: suspended.lastPlace },
        'a password was rejected three times within ten minutes; it is not tried any more until somebody clears it',
      )
  },

  async all() {
    const at = now().toISOString()
    return (await store.logins.credentials()).map((row) => itemOf(row, at))
  },

  async clear(id, by) {
    const at = now().toISOString()
    await store.atomically(async (tx) => {
      const credential = await tx.logins.credential(id)
      if (credential === undefined)
        throw new Refusal(404, 'not-found', 'there is no such login; "rollcall logins" lists them')
      const accounts = await tx.logins.accountsOf(id)
      const failed = [...(await tx.logins.ofAccounts(accounts)), ...(await tx.logins.ofCredential(id))]
      await tx.logins.drop(failed.filter(({ outcome }) => outcome !== null).map((one) => one.id))
      // Its account is as good as new for all who have a password of it.
      for (const one of await tx.logins.credentialsOf(accounts))
        await tx.logins.saveCredential(
          { ...one, ...(one.id === id ? CLEARED : { why: null, until: null }), clearedAt: at, clearedBy: by },
          [],
        )
      await tx.audit.append({
        at,
        actor: by,
        action: 'login-cleared',
        object: id,
        detail: credential.account.slice(0, 200),
      })
    })
  },
})

/** From one place on again. */
const CLEARED = { accepted: 0, suspendedAt: null, why: null, until: null } as const

/** Writes down how a login ended. Gives the password that is suspended by it. */
const settle = async (
  tx: Repositories,
  id: string,
  outcome: LoginOutcome,
  at: Date,
): Promise<LoginCredentialRow | undefined> => {
  const row = await tx.logins.attempt(id)
  const credential = row && (await tx.logins.credential(row.credential))
  if (row === undefined || credential === undefined || row.outcome !== null) return undefined
  const accounts = await tx.logins.accountsOf(credential.id)
  const instant = at.toISOString()
  if (outcome === 'withdraws') {
    await tx.logins.drop([id])
    return undefined
  }
  if (outcome === 'accepted') {
    // What the directory counted there it has forgotten.
    const there = (await tx.logins.ofAccounts(accounts)).filter(
      (one) => one.place === row.place && one.outcome !== null,
    )
    await tx.logins.drop([id, ...there.map((one) => one.id)])
    await tx.logins.saveCredential(
      {
        ...credential,
        accepted: credential.accepted + 1,
        lastAcceptedAt: instant,
        lastPlace: row.place,
        why: null,
        until: null,
      },
      [],
    )
    return undefined
  }
  await tx.logins.end(id, outcome, instant)
  const broken = outcome === 'rejected' && isBroken(await tx.logins.ofCredential(credential.id), at.getTime())
  const window = windowMs(await tx.logins.lockPolicy(row.place))
  const next: LoginCredentialRow = {
    ...credential,
    rejected: credential.rejected + (outcome === 'rejected' ? 1 : 0),
    lastRejectedAt: instant,
    lastPlace: row.place,
    suspendedAt: broken ? instant : credential.suspendedAt,
    why: broken ? 'It was rejected three times within ten minutes.' : WHY[outcome],
    until: broken || !Number.isFinite(window) ? null : new Date(Date.parse(row.at) + window).toISOString(),
  }
  await tx.logins.saveCredential(next, [])
  if (broken)
    await tx.audit.append({
      at: instant,
      actor: `agent:${row.agent}`,
      action: 'login-suspended',
      object: credential.id,
      detail: credential.account.slice(0, 200),
    })
  return broken ? next : undefined
}

const WHY = {
  rejected: 'It was rejected, and one more wrong password may lock the account.',
  refused: 'The account was refused there, such as one that is locked or has expired.',
  unanswered: 'Nothing was heard of how it ended, so that it counts as rejected.',
} as const

/** What an agent says of a login of before: it may have been made while nobody could be asked. */
const learnEarlier = async (
  tx: Repositories,
  agent: string,
  accounts: readonly string[],
  { id, at, place, credential: of, outcome }: LoginAttemptAsked['before'][number],
  now: Date,
): Promise<void> => {
  const row = await tx.logins.attempt(id)
  if (row !== undefined) {
    if (row.agent === agent) await settle(tx, id, outcome, now)
    return
  }
  if (outcome === 'accepted' || outcome === 'withdraws') return
  const credential = await tx.logins.credential(of)
  if (credential === undefined || credential.agent !== agent) return
  const forgotten = [credential.lastAcceptedAt, credential.clearedAt].some(
    (instant) => instant !== null && instant >= at,
  )
  if (forgotten) return
  // By the agent's clock, but never later than now: it must not count for longer than it should, nor for ever.
  const began = at < now.toISOString() ? at : now.toISOString()
  await tx.logins.begin({ id, credential: of, place, agent, at: began, endedAt: null, outcome: null }, accounts)
  await settle(tx, id, outcome, now)
}

const newCredential = (agent: string, asked: LoginAttemptAsked, at: Date): LoginCredentialRow => ({
  id: asked.credential,
  account: asked.account,
  of: asked.of,
  agent,
  accepted: 0,
  rejected: 0,
  firstAt: at.toISOString(),
  lastAcceptedAt: null,
  lastRejectedAt: null,
  lastPlace: null,
  suspendedAt: null,
  why: null,
  until: null,
  clearedAt: null,
  clearedBy: null,
})

const itemOf = (row: LoginCredentialRow, now: string): LoginItem => {
  const isHeld = row.why !== null && (row.until === null || row.until > now)
  return {
    id: row.id,
    account: row.account,
    of: row.of,
    agent: row.agent,
    state: row.suspendedAt !== null ? 'suspended' : isHeld ? 'waiting' : row.accepted < PROVEN ? 'new' : 'proven',
    accepted: row.accepted,
    rejected: row.rejected,
    lastAcceptedAt: row.lastAcceptedAt,
    lastRejectedAt: row.lastRejectedAt,
    lastPlace: row.lastPlace,
    suspendedAt: row.suspendedAt,
    why: row.suspendedAt !== null || isHeld ? row.why : null,
    until: row.until,
  }
}
