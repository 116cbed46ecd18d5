import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Login } from '@rollcall/contract/api'
import { Secret } from '@rollcall/secret'
import type { Store } from '@rollcall/store'
import { loginPace } from './login-pace.ts'
import type { Passwords } from './password.ts'
import { Refusal } from './refusal.ts'

/** Who asks: a person with a session, a program with a token, or the owner of this process through the local socket. */
export interface Actor {
  readonly kind: 'session' | 'token' | 'local'
  /** As audit entries and scans name it. */
  readonly name: string
  readonly expiresAt: string | null
  /** The value of the session it came with. */
  readonly session?: Secret
}

export const LOCAL: Actor = { kind: 'local', name: 'local', expiresAt: null }

export interface OpenedSession {
  readonly user: string
  readonly expiresAt: string
  readonly value: Secret
}

export interface Entrance {
  /** The secret of the first login, while nobody has an account. To be shown to whoever started the collector, and kept nowhere. */
  readonly oneTimeSecret: Secret | undefined
  firstLogin(): boolean
  /** Throws Refusal `login-failed`, whatever of it was wrong, and `too-many-tries`. */
  login(login: Login, source: string): Promise<OpenedSession>
  /** Ends the session the actor came with, if any. */
  logout(actor: Actor): Promise<void>
  bySession(value: string): Promise<Actor | undefined>
  /** Whether the actor may still act. An open page that listens counts as use of its session. */
  stillOpen(actor: Actor): Promise<boolean>
  byToken(value: string): Promise<Actor | undefined>
  createToken(name: string, by: Actor): Promise<{ id: string; createdAt: string; value: Secret }>
}

/** A session ends after this time, and earlier when it is not used for the shorter one. */
const SESSION_LIFE = 12 * 3_600_000
const SESSION_IDLE = 2 * 3_600_000
/** A token's last use is written down at most this often. */
const TOKEN_USE_STEP = 60_000

export interface EntranceTools {
  readonly store: Store
  readonly passwords: Passwords
  readonly now: () => Date
  /** Waits: handed in, so that tests need not. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Opens the entrance: with a new one-time secret while nobody has an account yet. */
export const openEntrance = async ({ store, passwords, now, sleep }: EntranceTools): Promise<Entrance> => {
  const pace = loginPace(now)
  const lastUses = new Map<string, number>()
  const tokenUses = new Map<string, number>()
  const oneTimeSecret = (await store.access.users()) === 0 ? Secret.ofText(newOneTimeSecret()) : undefined
  let expected = oneTimeSecret === undefined ? undefined : sha256(bare(oneTimeSecret.reveal()))

  const audit = (actor: string, action: string, object: string, detail: string | null = null) =>
    store.audit.append({ at: now().toISOString(), actor, action, object, detail })

  const openSession = async (user: string): Promise<OpenedSession> => {
    const value = randomBytes(32).toString('base64url')
    const expiresAt = new Date(now().getTime() + SESSION_LIFE).toISOString()
    const hash = hex(value)
    await store.access.addSession({ hash, user, expiresAt })
    lastUses.set(hash, now().getTime())
    return { user, expiresAt, value: Secret.ofText(value) }
  }

  const refuse = async (source: string, name: string, known: boolean): Promise<never> => {
    // A name nobody has may be a password typed into the wrong field: it is not written down.
    await audit(known ? name : '-', 'login-failed', known ? name : 'unknown user', source)
    throw new Refusal(401, 'login-failed', 'name, password or one-time secret is wrong')
  }

  const firstLogin = async (login: Extract<Login, { oneTimeSecret: string }>, source: string) => {
    const given = sha256(bare(login.oneTimeSecret))
    const right = expected
    if (right === undefined || !timingSafeEqual(given, right)) return refuse(source, login.user, false)
    // Single use: whoever comes second meanwhile finds none. It is given back only when the account could not be made.
    expected = undefined
    try {
      const passwordHash = await passwords.hash(login.password)
      await store.atomically(async (tx) => {
        if ((await tx.access.users()) > 0)
          throw new Refusal(401, 'login-failed', 'name, password or one-time secret is wrong')
        await tx.access.addUser({ name: login.user, passwordHash, at: now().toISOString() })
      })
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'login-failed')) expected = right
      throw error
    }
    pace.succeeded(source, login.user)
    await audit(login.user, 'first-login', login.user, source)
    return openSession(login.user)
  }

  return {
    oneTimeSecret,
    firstLogin: () => expected !== undefined,

    async login(login, source) {
      const wait = pace.wait(source)
      if (wait > 0)
        throw new Refusal(429, 'too-many-tries', `too many failed logins from there; try again in ${wait} s`, {
          retryAfter: wait,
        })
      // Counted before it is checked, so that many tries at once cost as much as many in turn.
      const hold = pace.hold(login.user)
      pace.tried(source, login.user)
      await sleep(hold)
      if ('oneTimeSecret' in login) return firstLogin(login, source)
      const user = await store.access.user(login.user)
      if (!(await passwords.matches(login.password, user?.passwordHash)) || user === undefined)
        return refuse(source, login.user, user !== undefined)
      pace.succeeded(source, user.name)
      await audit(user.name, 'login', user.name, source)
      return openSession(user.name)
    },

    async logout(actor) {
      if (actor.session === undefined) return
      const hash = hex(actor.session.reveal())
      lastUses.delete(hash)
      await store.access.endSession(hash)
      await audit(actor.name, 'logout', actor.name)
    },

    async bySession(value) {
      if (!/^[\w-]{43}$/.test(value)) return undefined
      const hash = hex(value)
      const session = await store.access.session(hash)
      if (session === undefined) return undefined
      const at = now().getTime()
      // After a restart the first use counts as the last one: the absolute limit still holds.
      const idle = at - (lastUses.get(hash) ?? at)
      if (Date.parse(session.expiresAt) <= at || idle > SESSION_IDLE) {
        lastUses.delete(hash)
        await store.access.endSession(hash)
        return undefined
      }
      lastUses.set(hash, at)
      return { kind: 'session', name: session.user, expiresAt: session.expiresAt, session: Secret.ofText(value) }
    },

    async stillOpen(actor) {
      if (actor.session === undefined) return true
      const hash = hex(actor.session.reveal())
      const session = await store.access.session(hash)
      const at = now().getTime()
      // An open page is looked at: listening keeps a session from becoming idle, not from its absolute end.
      if (session !== undefined && lastUses.has(hash)) lastUses.set(hash, at)
      return session !== undefined && Date.parse(session.expiresAt) > at
    },

    async byToken(value) {
      if (!/^rc_[\w-]{43}$/.test(value)) return undefined
      const token = await store.access.token(hex(value))
      if (token === undefined) return undefined
      const at = now()
      if (at.getTime() - (tokenUses.get(token.id) ?? 0) >= TOKEN_USE_STEP) {
        tokenUses.set(token.id, at.getTime())
        await store.access.usedToken(token.id, at.toISOString())
      }
      return { kind: 'token', name: `token:${token.name}`, expiresAt: null }
    },

    async createToken(name, by) {
      const [id, value, createdAt] = [randomUUID(), `rc_${randomBytes(32).toString('base64url')}`, now().toISOString()]
      await store.access.addToken({ id, name, hash: hex(value), createdAt, createdBy: by.name })
      await audit(by.name, 'token-created', id, name)
      return { id, createdAt, value: Secret.ofText(value) }
    },
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
const hex = (text: string) => sha256(text).toString('hex')

/** RFC 4648's base32: no letters that are taken for digits when read from a screen. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 128 random bits as 26 letters in groups: `ABCDE-FGHIJ-…`. */
const newOneTimeSecret = () => {
  const bits = [...randomBytes(16)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .padEnd(130, '0')
  const letters = bits.match(/.{5}/g)!.map((five) => BASE32[Number.parseInt(five, 2)])
  return letters
    .join('')
    .match(/.{1,5}/g)!
    .join('-')
}

/** Without what people add when they copy it. */
const bare = (secret: string) => secret.replaceAll(/[\s-]/g, '').toUpperCase()
