import { userInfo } from 'node:os'
import type { HostTarget, Reason } from '@rollcall/contract'
import type { Host } from '@rollcall/discovery'
import { authBudget } from './auth.ts'
import type { HostKeys } from './host-keys.ts'
import { DEFAULT_LIMITS, type HostLimits } from './limits.ts'
import { openLocalShell } from './local-shell.ts'
import type { Login } from './login.ts'
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

  const { started } = host
  const conversation = converse(started.shell, { ...limits, over: over.signal })
  const sudo = started.mayBeListed ? await askSudo(conversation.ask, options.signal) : undefined
  if (sudo !== undefined) conversation.useSudo(sudo)
  const closing = opening.move()
  return {
    user: host.user,
    rights: started.elevated ? 'sudo' : started.uid === 0 ? 'root' : 'user',
    privilege: started.uid === 0 ? 'root' : sudo === undefined ? 'user' : 'listed',
    notes: sudo === undefined ? host.notes : host.notes.filter(({ code }) => code !== 'sudo-rejected'),
    ...(host.provenHostKey === undefined ? {} : { provenHostKey: host.provenHostKey }),
    ask: conversation.ask,
    roundTrips: () => started.roundTrips + conversation.batches(),
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
      const keptBack = login.sudo.kind === 'password' && !connection.keyVerified
      const sudo: SudoPolicy = keptBack ? { kind: 'if-allowed' } : login.sudo
      const started = await start(target, connection.openShell, sudo, SSH_OPENING_ROUND_TRIPS, context)
      const notes: Reason[] =
        keptBack && started.uid !== 0
          ? [{ code: 'host-key-unverified', detail: 'the sudo password was kept back' }]
          : sudoNotes(started)
      return { started, user, notes, provenHostKey: connection.provenHostKey }
    } catch (error) {
      if (!(error instanceof ReachError) || !TRY_NEXT.has(error.code)) throw error
      // The first that was really tried tells most.
      if (rejected === undefined || rejected.code !== 'login-rejected') rejected = error
    }
  }
  throw rejected!
}

/** What another login may do better. */
const TRY_NEXT = new Set<ReachError['code']>(['login-rejected', 'no-credential', 'host-key-unverified'])

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
