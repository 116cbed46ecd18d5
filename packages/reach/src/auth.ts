import { Buffer } from 'node:buffer'
import type { Secret } from '@rollcall/secret'
import ssh2 from 'ssh2'
import type { AnyAuthMethod, AuthenticationType, NextAuthHandler, ParsedKey } from 'ssh2'
import type { LoginRefusal, StartedLogin } from './ldap/login-ledger.ts'
import type { LoginMethod } from './login.ts'

/** OpenSSH disconnects after six attempts (`MaxAuthTries`); the last one is left for a password. */
const MAX_KEYS = 5

/** What one host is offered at most, over all logins and connections. */
export interface AuthBudget {
  keys: number
  passwords: number
}

export const authBudget = (): AuthBudget => ({ keys: MAX_KEYS, passwords: 1 })

export interface AuthOffers {
  readonly user: string
  readonly methods: readonly LoginMethod[]
  readonly budget: AuthBudget
  /** Whether somebody vouches for the host's key: only then may a password leave. */
  readonly keyVerified: boolean
  /** Runs once, when the host has proved its key and before anything is offered to it. */
  readonly before: () => Promise<void>
  /** Asked before a password is sent. Absent: it may be. Rejects when it is over. */
  readonly attempt?: ((password: Secret) => Promise<StartedLogin | LoginRefusal>) | undefined
}

/** Gives ssh2 one thing to offer after the other, and tells in the end what was left out. */
export interface Authentication {
  readonly next: (left: AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler) => void
  /** Credentials that could not be used, in our words. */
  readonly problems: readonly string[]
  /** Whether anything at all was offered. */
  readonly offered: () => boolean
  /** Whether a password was kept back because the key of the host was not known. */
  readonly keptBack: () => boolean
  /** Why a password was not tried; undefined where none was held back for that. */
  readonly notTried: () => LoginRefusal | undefined
  /** How the login ended, for the password that was sent last, if that is not known yet. */
  ended(outcome: 'accepted' | 'rejected' | 'unanswered'): Promise<void>
}

export const authentication = (offers: AuthOffers): Authentication => {
  const { user, methods, budget, keyVerified, before, attempt } = offers
  const problems: string[] = []
  let offered = false
  let keptBack = false
  let at = 0
  let unchecked: Secret | undefined
  let ready: Promise<void> | undefined
  let started: StartedLogin | undefined
  let notTried: LoginRefusal | undefined

  const ended = async (outcome: 'accepted' | 'rejected' | 'unanswered') => {
    const ending = started
    started = undefined
    await ending?.end(outcome)
  }

  const keyAttempt = (key: ParsedKey): AnyAuthMethod => {
    budget.keys--
    offered = true
    return { type: 'publickey', username: user, key }
  }

  const pick = async (left: readonly AuthenticationType[] | null): Promise<AnyAuthMethod | undefined> => {
    // A server without the method has not looked at the password: the one attempt is still to be made.
    if (
      unchecked !== undefined &&
      left !== null &&
      !left.includes('password') &&
      left.includes('keyboard-interactive')
    ) {
      const password = unchecked
      unchecked = undefined
      return { type: 'keyboard-interactive', username: user, prompt: answerOnce(password) }
    }
    // Whoever asks for more did not take it.
    await ended('rejected')
    while (at < methods.length) {
      const method = methods[at++]!
      switch (method.kind) {
        case 'key': {
          if (budget.keys <= 0 || (left !== null && !left.includes('publickey'))) break
          const key = privateKey(method.privateKey, method.passphrase)
          if (typeof key === 'string') problems.push(key)
          else return keyAttempt(key)
          break
        }
        case 'agent': {
          if (budget.keys <= 0 || (left !== null && !left.includes('publickey'))) break
          return {
            type: 'agent',
            username: user,
            agent: someKeysOf(method.socket, (found) => {
              if (found === undefined) {
                problems.push('the ssh-agent does not answer')
                return 0
              }
              if (found === 0) problems.push('the ssh-agent holds no keys')
              const used = Math.min(found, budget.keys)
              budget.keys -= used
              offered ||= used > 0
              return used
            }),
          }
        }
        case 'password': {
          if (!keyVerified) {
            keptBack = true
            break
          }
          if (budget.passwords <= 0) break
          if (left !== null && !left.includes('password') && !left.includes('keyboard-interactive')) break
          budget.passwords--
          const asked = await attempt?.(method.password)
          if (typeof asked === 'string') {
            notTried = asked
            break
          }
          started = asked
          offered = true
          if (left !== null && !left.includes('password')) {
            return { type: 'keyboard-interactive', username: user, prompt: answerOnce(method.password) }
          }
          unchecked = method.password
          return { type: 'password', username: user, password: method.password.reveal() }
        }
      }
    }
    return undefined
  }

  const offer = async (left: readonly AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler) => {
    let picked: AnyAuthMethod | undefined
    try {
      await (ready ??= before())
      // It was taken, and is not enough.
      if (partial === true) await ended('accepted')
      picked = await pick(left)
    } catch {
      // It has told the caller, and ended the connection.
      return
    }
    next(picked ?? NOTHING_LEFT)
  }

  return {
    problems,
    offered: () => offered,
    keptBack: () => keptBack,
    notTried: () => notTried,
    ended,
    next: (left, partial, next) => void offer(left, partial, next),
  }
}

/** What ssh2 takes for the end of the list; its types do not know it. */
const NOTHING_LEFT = false as never

/** Answers a single hidden question, once; a server that asks anything else is told nothing. */
const answerOnce = (password: Secret) => {
  let answered = false
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: { echo?: boolean }[],
    finish: (answers: string[]) => void,
  ) => {
    const ours = !answered && prompts.length === 1 && prompts[0]!.echo === false
    answered = true
    finish(ours ? [password.reveal()] : [])
  }
}

/** Keys are parsed once: deciphering one is slow by design. */
const parsed = new WeakMap<Secret, WeakMap<Secret, ParsedKey | string>>()
const NO_PASSPHRASE_KEY = new WeakMap<Secret, ParsedKey | string>()

/** The key, or what is wrong with it in our words. */
const privateKey = (secret: Secret, passphrase: Secret | undefined): ParsedKey | string => {
  const known =
    passphrase === undefined ? NO_PASSPHRASE_KEY : (parsed.get(passphrase) ?? new WeakMap<Secret, ParsedKey | string>())
  if (passphrase !== undefined) parsed.set(passphrase, known)
  const before = known.get(secret)
  if (before !== undefined) return before
  const key = parseKey(secret, passphrase)
  known.set(secret, key)
  return key
}

/** What is wrong with a private key, in our words; undefined if it can be used. */
export const privateKeyProblem = (secret: Secret, passphrase: Secret | undefined): string | undefined => {
  const key = parseKey(secret, passphrase)
  return typeof key === 'string' ? key : undefined
}

const parseKey = (secret: Secret, passphrase: Secret | undefined): ParsedKey | string => {
  const bytes = Buffer.from(secret.revealBytes())
  const given = passphrase === undefined ? undefined : Buffer.from(passphrase.revealBytes())
  try {
    const key: unknown = ssh2.utils.parseKey(bytes, given)
    // A file with several keys gives several.
    const first = (Array.isArray(key) ? key[0] : key) as ParsedKey | Error | undefined
    if (first === undefined) return 'the private key is in no form that we can read'
    if (first instanceof Error) return keyProblem(first.message, passphrase !== undefined)
    return first.isPrivateKey() ? first : 'the key is a public one; the private one is needed'
  } catch {
    return 'the private key is in no form that we can read'
  } finally {
    bytes.fill(0)
    given?.fill(0)
  }
}

/** The library's sentences are not passed on: they may come to quote what they read. */
const keyProblem = (message: string, hasPassphrase: boolean) => {
  if (/no passphrase given/i.test(message)) return 'the private key is encrypted and no passphrase is given'
  if (/integrity check|bad passphrase|decrypt/i.test(message) || (hasPassphrase && /malformed|parse/i.test(message))) {
    return 'the private key does not open with its passphrase'
  }
  return 'the private key is in no form that we can read'
}

/** The agent behind a socket, showing only its first keys. `allow` hears how many there are, or that it does not answer. */
const someKeysOf = (socket: string, allow: (found: number | undefined) => number) => {
  const agent = new ssh2.OpenSSHAgent(socket)
  const all = agent.getIdentities.bind(agent)
  agent.getIdentities = (done) =>
    all((error, keys) => {
      const used = allow(error ? undefined : (keys?.length ?? 0))
      // An agent without keys is one that has nothing to offer, not a failure of the connection.
      done(undefined, error ? [] : keys?.slice(0, used))
    })
  return agent
}
