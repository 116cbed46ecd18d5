import { userInfo } from 'node:os'
import type { HostTarget, Reason } from '@rollcall/contract'
import type { Host } from '@rollcall/discovery'
import { authBudget } from './auth.ts'
import type { HostKeys } from './host-keys.ts'
import { DEFAULT_LIMITS, type HostLimits } from './limits.ts'
import { openLocalShell } from './local-shell.ts'
import type { StartedLogin } from './ldap/login-ledger.ts'
import type { Login, PasswordRules } from './login.ts'
import { notTried } from './not-tried.ts'
import { converse } from './posix-host.ts'
import { ReachError } from './reach-error.ts'
import {
  connectSsh,
  SSH_OPENING_ROUND_TRIPS,
  type HostKeyPolicy,
  type SshConnection,
  type SshTarget,
} from './ssh-connection.ts'
import { readSudoList, type SudoList } from './sudo-list.ts'
import { ShellStartError, startShell, type OpenShell, type StartedShell, type SudoPolicy } from './start-shell.ts'

export interface OpenHostOptions {
  /** Tried in order, each with a connection of its own; over all of them at most five keys and one password are offered. */
  readonly logins: readonly Login[]
  readonly hostKeys: HostKeys
  readonly policy: HostKeyPolicy
  /** What this process may do with sudo on its own machine; nothing by default. */
  readonly localSudo?: SudoPolicy
  /** Asked before a password is sent. Absent: it may be, once. */
  readonly passwords?: PasswordRules
  readonly limits?: Partial<HostLimits>
  /** Ends everything; what has not been answered is `cancelled`. */
  readonly signal: AbortSignal
}

/** A host that is connected and answers. Dispose of it to hang up. */
export interface OpenHost extends Host, AsyncDisposable {
  /** The account that reads, or that called sudo. */
  readonly user: string
  readonly rights: 'root' | 'sudo' | 'user'
  /** What limits the scan, such as `sudo-rejected`. */
  readonly notes: readonly Reason[]
  /** Round trips since the login was accepted. */
  roundTrips(): number
}

/**
 * Connects to a host and starts the shell that reads. Throws `ReachError` when that is not possible, and never anything
 * else that a host can cause. Once open, nothing it does throws: see `Host`.
 */
export const openHost = async (target: HostTarget, options: OpenHostOptions): Promise<OpenHost> => {
  const open = await openShellOn(target, options)
  const { started } = open
  const conversation = converse(started.shell, { ...open.limits, over: open.over })
  const sudo = started.mayBeListed ? await askSudo(conversation.ask, options.signal) : undefined
  if (sudo !== undefined) conversation.useSudo(sudo)
  return {
    user: open.user,
    rights: started.elevated ? 'sudo' : started.uid === 0 ? 'root' : 'user',
    privilege: started.uid === 0 ? 'root' : sudo === undefined ? 'user' : 'listed',
    notes: sudo === undefined ? open.notes : open.notes.filter(({ code }) => code !== 'sudo-rejected'),
    ...(open.provenHostKey === undefined ? {} : { provenHostKey: open.provenHostKey }),
    ask: conversation.ask,
    roundTrips: () => started.roundTrips + conversation.batches(),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

/** A shell on a host, before anything is asked of it. Dispose of it to hang up. */
export interface ShellOnHost extends Opened, AsyncDisposable {
  readonly limits: HostLimits
  /** Aborted when the host has had its time, when it is all cancelled, and when it is hung up. */
  readonly over: AbortSignal
}

/** Connects, logs in and starts the shell. Throws `ReachError`. */
export const openShellOn = async (target: HostTarget, options: OpenHostOptions): Promise<ShellOnHost> => {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const over = new AbortController()
  const cancel = () => over.abort('cancelled')
  const deadline = setTimeout(() => over.abort('timed-out'), limits.hostMs)
  await using opening = new AsyncDisposableStack()
  opening.defer(() => {
    clearTimeout(deadline)
    options.signal.removeEventListener('abort', cancel)
  })
  options.signal.addEventListener('abort', cancel, { once: true })
  if (options.signal.aborted) cancel()
  const context = { limits, over: over.signal }
  const host =
    target.kind === 'local'
      ? await openLocal(target, options, context)
      : await openRemote(target, options, context, opening)
  opening.defer(() => host.started.shell.close())
  const closing = opening.move()
  return {
    ...host,
    ...context,
    async [Symbol.asyncDispose]() {
      over.abort('connection-lost')
      await closing.disposeAsync()
    },
  }
}

/** What sudo lets the account run as root without asking; undefined where that is nothing. */
const askSudo = async (ask: Host['ask'], signal: AbortSignal): Promise<SudoList | undefined> => {
  const [answer] = await ask([{ kind: 'run', argv: ['sudo', '-n', '-ll'], maxBytes: MOST_LISTED }], signal)
  if (answer?.kind !== 'run' || answer.result.state !== 'ran' || answer.result.exit !== 0) return undefined
  return readSudoList(new TextDecoder().decode(answer.result.stdout))
}

const MOST_LISTED = 256 * 1024

interface Opened {
  readonly started: StartedShell
  readonly user: string
  readonly notes: readonly Reason[]
  readonly provenHostKey?: SshConnection['provenHostKey']
}

interface Context {
  readonly limits: HostLimits
  readonly over: AbortSignal
}

const openLocal = async (
  target: HostTarget,
  { localSudo = { kind: 'never' } }: OpenHostOptions,
  context: Context,
): Promise<Opened> => {
  const started = await start(target, openLocalShell, localSudo, 1, context)
  return { started, user: userInfo().username, notes: sudoNotes(started) }
}

const openRemote = async (
  target: SshTarget,
  options: OpenHostOptions,
  context: Context,
  opening: AsyncDisposableStack,
): Promise<Opened> => {
  if (options.logins.length === 0) throw new ReachError('no-credential', target)
  const budget = authBudget()
  let rejected: ReachError | undefined
  for (const login of options.logins) {
    const user = target.user ?? login.user
    try {
      const connection = await connectSsh(target, { ...options, ...context, user, methods: login.methods, budget })
      opening.defer(() => connection.close())
      const sudo = await sudoNow(target, user, login.sudo, connection, options, context)
      const started = await startWith(sudo, (policy) =>
        start(target, connection.openShell, policy, SSH_OPENING_ROUND_TRIPS, context),
      )
      const notes = sudo.keptBack !== undefined && started.uid !== 0 ? [sudo.keptBack] : sudoNotes(started)
      return { started, user, notes, provenHostKey: connection.provenHostKey }
    } catch (error) {
      if (!(error instanceof ReachError) || !TRY_NEXT.has(error.code)) throw error
      // The first that was really tried tells most.
      if (rejected === undefined || rejected.code !== 'login-rejected') rejected = error
    }
  }
  throw rejected!
}

interface Sudo {
  readonly policy: SudoPolicy
  /** Why its password was not even tried. */
  readonly keptBack?: Reason
  readonly begun?: StartedLogin
}

/** A password of sudo is one of an account, which a directory may lock like any other. */
const sudoNow = async (
  target: SshTarget,
  name: string,
  policy: SudoPolicy,
  { keyVerified }: SshConnection,
  { passwords }: OpenHostOptions,
  { over }: Context,
): Promise<Sudo> => {
  if (policy.kind !== 'password') return { policy }
  const instead = (reason: Reason): Sudo => ({ policy: { kind: 'if-allowed' }, keptBack: reason })
  if (!keyVerified) return instead({ code: 'host-key-unverified', detail: 'the sudo password was kept back' })
  if (passwords === undefined) return { policy }
  const { ledger, of } = passwords
  const place = `ssh://${target.host}:${target.port}`
  const begun = await ledger
    .begin({ target: place, name, password: policy.password, of }, over)
    .catch((cause: unknown) => {
      if (over.aborted) throw new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target)
      throw new ReachError('login-not-repeated', target, { cause, detail: 'what was tried before could not be read' })
    })
  if (typeof begun === 'object') return { policy, begun }
  const { code, detail } = notTried(target, begun)
  return instead({ code, detail: `the sudo password was kept back${detail === undefined ? '' : `: ${detail}`}` })
}

/** Starts the shell, and writes down what became of the password. */
const startWith = async (
  { policy, begun }: Sudo,
  open: (policy: SudoPolicy) => Promise<StartedShell>,
): Promise<StartedShell> => {
  try {
    const started = await open(policy)
    await begun?.end(started.sudoPassword === 'unused' ? 'withdraws' : started.sudoPassword)
    return started
  } catch (error) {
    await begun?.end('unanswered')
    throw error
  }
}

/** What another login may do better. */
const TRY_NEXT = new Set<ReachError['code']>([
  'login-rejected',
  'login-not-repeated',
  'no-credential',
  'host-key-unverified',
])

const sudoNotes = ({ sudoRejected }: StartedShell): Reason[] => (sudoRejected ? [{ code: 'sudo-rejected' }] : [])

const start = async (
  target: HostTarget,
  open: OpenShell,
  sudo: SudoPolicy,
  openingRoundTrips: number,
  { limits, over }: Context,
) => {
  try {
    return await startShell(open, sudo, { idleMs: limits.idleMs, over, openingRoundTrips })
  } catch (cause) {
    if (cause instanceof ReachError) throw cause
    if (cause instanceof ShellStartError) throw new ReachError(cause.code, target, { cause })
    throw new ReachError('login-shell-failed', target, { cause })
  }
}
