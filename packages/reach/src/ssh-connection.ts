import { timingSafeEqual } from 'node:crypto'
import { connect as connectSocket, type Socket } from 'node:net'
import type { HostSignals, HostTarget } from '@rollcall/contract'
import type { Secret } from '@rollcall/secret'
import type ssh2 from 'ssh2'
import type { Algorithms, ClientChannel, ServerHostKeyAlgorithm } from 'ssh2'
import { authentication, type AuthBudget } from './auth.ts'
import type { HostKeys } from './host-keys.ts'
import { blobAlgorithm, keyFingerprint, type HostKey, type KnownKeys } from './known-hosts.ts'
import type { HostLimits } from './limits.ts'
import type { LoginMethod, PasswordRules } from './login.ts'
import { notTried } from './not-tried.ts'
import type { Shell, ShellListener } from './posix-host.ts'
import { ReachError } from './reach-error.ts'
import { connectingWithin } from './reach-scope.ts'
import { sshFailure, type Stage } from './ssh-failure.ts'
import type { OpenShell } from './start-shell.ts'
import { gatherWrites, thriftyClient } from './thrifty-client.ts'

export type SshTarget = Extract<HostTarget, { kind: 'ssh' }>

/** What is done with a host whose key is not known: it is left alone, or its key is pinned and only key logins are offered. */
export type HostKeyPolicy = 'strict' | 'trust-on-first-use'

export interface SshOptions {
  readonly user: string
  readonly methods: readonly LoginMethod[]
  readonly budget: AuthBudget
  readonly hostKeys: HostKeys
  readonly policy: HostKeyPolicy
  readonly limits: HostLimits
  /** Asked before a password is sent. Absent: it may be. */
  readonly passwords?: PasswordRules | undefined
  /** Aborted with `timed-out` or anything else as its reason. */
  readonly over: AbortSignal
}

/** A connection on which the login was accepted. */
export interface SshConnection {
  readonly provenHostKey: NonNullable<HostSignals['provenHostKey']>
  /** Whether somebody vouches for the key, so that a password may leave. One that was only pinned on first use is not enough. */
  readonly keyVerified: boolean
  readonly openShell: OpenShell
  close(): void
}

/** Opening a channel, and starting a command line in it. */
export const SSH_OPENING_ROUND_TRIPS = 2

/** Connects, checks the key of the host and logs in. Throws `ReachError`; nothing is offered to a host whose key is not the known one. */
export const connectSsh = async (target: SshTarget, options: SshOptions): Promise<SshConnection> => {
  const known = await options.hostKeys.of(target.host, target.port)
  const socket = await dial(target, options)
  return logIn(target, socket, known, options)
}

/** Opens the TCP connection. Throws `ReachError`. */
export const dial = (
  { host, port, ...target }: SshTarget,
  { limits, over }: Pick<SshOptions, 'limits' | 'over'>,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const whole = { host, port, ...target }
    if (over.aborted) return reject(stopped(over, whole))
    const within = connectingWithin(limits.within, host, port)
    if ('refused' in within) return reject(sshFailure(within.refused, 'connecting', whole))
    const socket = connectSocket({ host, port, noDelay: true, autoSelectFamily: true, ...within })
    const settle = () => {
      clearTimeout(timer)
      over.removeEventListener('abort', stop)
      socket.removeAllListeners()
    }
    const fail = (error: ReachError) => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const stop = () => fail(stopped(over, whole))
    const timer = setTimeout(() => fail(new ReachError('unreachable', whole)), limits.connectMs)
    over.addEventListener('abort', stop, { once: true })
    socket.once('error', (cause) => fail(sshFailure(cause, 'connecting', whole)))
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })

const logIn = (target: SshTarget, socket: Socket, known: KnownKeys, options: SshOptions): Promise<SshConnection> =>
  new Promise((resolve, reject) => {
    const { user, methods, budget, hostKeys, policy, limits, passwords, over } = options
    const client = thriftyClient()
    let stage: Stage = 'greeting'
    let proven: HostKey | undefined
    let greeting = ''
    const keyVerified = known.verified

    const ending = new AbortController()

    const settle = () => {
      clearTimeout(timer)
      over.removeEventListener('abort', stop)
    }
    const fail = (error: ReachError, outcome: 'rejected' | 'unanswered' = 'unanswered') => {
      // The first reason counts: hanging up brings others.
      if (ending.signal.aborted) return
      settle()
      ending.abort(error)
      client.destroy()
      socket.destroy()
      void writtenDown(credentials.ended(outcome), () => reject(error))
    }
    const stop = () => fail(stopped(over, target))
    const timer = setTimeout(() => fail(new ReachError('timed-out', target)), limits.loginMs)
    over.addEventListener('abort', stop, { once: true })

    /** Others may be trying the account: what that takes is not the host's fault. */
    const attempt = async ({ ledger, of }: PasswordRules, password: Secret) => {
      const place = `ssh://${target.host}:${target.port}`
      try {
        const started = await ledger.begin({ target: place, name: user, password, of }, ending.signal)
        if (!ending.signal.aborted) {
          timer.refresh()
          return started
        }
        if (typeof started === 'object') await started.end('withdraws')
      } catch (cause) {
        if (!ending.signal.aborted)
          fail(
            new ReachError('login-not-repeated', target, { cause, detail: 'what was tried before could not be read' }),
          )
      }
      throw new Error('the connection is over')
    }

    const credentials = authentication({
      user,
      methods,
      budget,
      keyVerified,
      attempt: passwords && ((password) => attempt(passwords, password)),
      async before() {
        stage = 'login'
        // Only now has the host proved to hold the key. It is worth a pin when something is going to be offered for it.
        if (known.keys.length > 0 || methods.every(({ kind }) => kind === 'password')) return
        const pinned = await hostKeys.pin(target.host, target.port, proven!).catch((cause: unknown) => {
          fail(new ReachError('host-key-unknown', target, { cause, detail: 'its pin could not be written' }))
          throw cause
        })
        if (pinned === 'pinned') return
        fail(new ReachError('host-key-changed', target))
        throw new Error('another key was pinned meanwhile')
      },
    })

    const verify = (blob: Buffer): boolean => {
      stage = 'key-exchange'
      const key: HostKey = { algorithm: blobAlgorithm(blob) ?? '', blob: Uint8Array.from(blob) }
      const problem = judge(key, known, proven, policy)
      if (problem === undefined) {
        proven ??= key
        return true
      }
      if (problem === 'host-key-changed' && key.algorithm !== '')
        // Whether anybody hears of it changes nothing: the host is left alone.
        hostKeys.shown?.(target.host, target.port, key).catch(() => undefined)
      fail(new ReachError(problem, target, { detail: `it shows ${key.algorithm} ${keyFingerprint(key.blob)}` }))
      return false
    }

    client.on('error', (cause: Error & { level?: string }) => {
      // The agent has failed; what else there is to offer follows.
      if (cause.level === 'agent') return
      if (cause.level === 'client-authentication') return fail(rejection(target, cause, credentials), 'rejected')
      // One that greets and hangs up is no SSH server, unless it is one that has had enough of us.
      if (stage === 'greeting' && isNoSshGreeting(greeting)) return fail(new ReachError('not-ssh', target, { cause }))
      fail(sshFailure(cause, stage, target))
    })
    client.on('close', () => fail(sshFailure(new Error('closed'), stage === 'login' ? 'login' : 'shell', target)))
    client.on('change password', () =>
      fail(new ReachError('login-rejected', target, { detail: 'the host wants a new password first' })),
    )
    client.once('ready', () => {
      settle()
      client.removeAllListeners('close').removeAllListeners('error')
      client.on('error', () => undefined)
      const connection = {
        provenHostKey: { algorithm: proven!.algorithm, fingerprint: keyFingerprint(proven!.blob) },
        keyVerified,
        openShell: (commandLine: string) => openShell(client, target, commandLine),
        close: () => hangUp(client, socket),
      }
      void writtenDown(credentials.ended('accepted'), () => resolve(connection))
    })

    try {
      gatherWrites(socket)
      client.connect({
        sock: socket,
        username: user,
        ident: 'Rollcall',
        readyTimeout: 0,
        keepaliveInterval: 10_000,
        keepaliveCountMax: 3,
        tryKeyboard: false,
        algorithms: algorithms(known),
        hostVerifier: verify,
        authHandler: credentials.next,
      })
      socket.once('data', (first: Buffer) => (greeting = first.toString('latin1', 0, 64)))
    } catch (cause) {
      fail(sshFailure(cause, stage, target))
    }
  })

/** What SSH servers begin with, and what OpenSSH says instead of its name when it has too many connections, or penalises an address (sshd_config(5), MaxStartups and PerSourcePenalties). */
const GREETING = /^(SSH-2\.0-|SSH-1\.99-|Exceeded MaxStartups|Not allowed at this time)/

/** Whether something was said that no SSH server begins with. */
export const isNoSshGreeting = (greeting: string): boolean => greeting !== '' && !GREETING.test(greeting)

/** Goes on when it is written down how a login ended. Where it cannot be, it counts as a failure, and is as true as before. */
const writtenDown = async (writing: Promise<void>, goOn: () => void): Promise<void> => {
  await writing.catch(() => undefined)
  goOn()
}

const judge = (key: HostKey, known: KnownKeys, proven: HostKey | undefined, policy: HostKeyPolicy) => {
  // In a later key exchange of the same connection the host has to remain who it is.
  if (proven !== undefined) return same(key, proven) ? undefined : 'host-key-changed'
  if (key.algorithm === '' || known.revoked.some((revoked) => same(key, revoked))) return 'host-key-changed'
  if (known.keys.length > 0 && !known.keys.some((pinned) => same(key, pinned))) return 'host-key-changed'
  return policy === 'strict' && (known.keys.length === 0 || known.collected === true) ? 'host-key-unknown' : undefined
}

const same = (one: HostKey, other: HostKey) =>
  one.blob.length === other.blob.length && timingSafeEqual(one.blob, other.blob)

const rejection = (
  target: SshTarget,
  cause: Error,
  { offered, keptBack, notTried: heldBack, problems }: ReturnType<typeof authentication>,
) => {
  const refusal = heldBack()
  if (refusal !== undefined) return notTried(target, refusal)
  if (offered())
    return new ReachError('login-rejected', target, {
      cause,
      ...(keptBack() ? { detail: 'a password was kept back, since the key of the host is not verified' } : {}),
    })
  if (keptBack()) return new ReachError('host-key-unverified', target, { cause })
  return new ReachError('no-credential', target, {
    cause,
    ...(problems.length > 0 ? { detail: [...new Set(problems)].join('; ') } : {}),
  })
}

const stopped = (over: AbortSignal, target: SshTarget) =>
  new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target)

/** The kinds of host keys, the cheapest to verify first. */
const HOST_KEY_ALGORITHMS: readonly { readonly type: string; readonly signatures: ServerHostKeyAlgorithm[] }[] = [
  { type: 'ssh-ed25519', signatures: ['ssh-ed25519'] },
  { type: 'ecdsa-sha2-nistp256', signatures: ['ecdsa-sha2-nistp256'] },
  { type: 'ssh-rsa', signatures: ['rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa'] },
  { type: 'ecdsa-sha2-nistp384', signatures: ['ecdsa-sha2-nistp384'] },
  { type: 'ecdsa-sha2-nistp521', signatures: ['ecdsa-sha2-nistp521'] },
]

/** The library's own order for all but the host key, where the pinned kinds come first: a host with several keys shows the pinned one. */
export const algorithms = (known: Pick<KnownKeys, 'keys'>): Algorithms => {
  const pinned = new Set(known.keys.map(({ algorithm }) => algorithm))
  const byPin = HOST_KEY_ALGORITHMS.toSorted((a, b) => Number(pinned.has(b.type)) - Number(pinned.has(a.type)))
  return { serverHostKey: byPin.flatMap(({ signatures }) => signatures), compress: ['none'] }
}

const openShell = (client: ssh2.Client, target: SshTarget, commandLine: string): Promise<Shell> =>
  new Promise((resolve, reject) => {
    const lost = () => reject(new ReachError('connection-lost', target))
    client.once('close', lost)
    try {
      client.exec(commandLine, (cause, channel) => {
        client.removeListener('close', lost)
        if (cause)
          reject(
            new ReachError(/no response/i.test(cause.message) ? 'connection-lost' : 'login-shell-failed', target, {
              cause,
            }),
          )
        else resolve(shellOver(client, channel))
      })
    } catch (cause) {
      reject(new ReachError('connection-lost', target, { cause }))
    }
  })

const shellOver = (client: ssh2.Client, channel: ClientChannel): Shell => {
  let listener: ShellListener | undefined
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    listener?.ended()
  }
  channel.on('error', () => undefined)
  channel.once('close', end)
  client.once('close', end)
  return {
    write(text) {
      if (channel.writable) channel.write(text)
    },
    hear(next) {
      listener = next
      channel.removeAllListeners('data').on('data', next.output)
      channel.stderr.removeAllListeners('data').on('data', next.messages)
      if (ended) setImmediate(next.ended)
    },
    close() {
      client.removeListener('close', end)
      channel.removeAllListeners('data').on('data', () => undefined)
      channel.stderr.removeAllListeners('data').on('data', () => undefined)
      channel.close()
    },
  }
}

/** Says goodbye; a host that does not take it is left without. */
const hangUp = (client: ssh2.Client, socket: Socket) => {
  client.end()
  socket.destroySoon()
  setTimeout(() => socket.destroy(), 1000).unref()
}
