import type { DirectoryTarget, Reason } from '@rollcall/contract'
import { formatTarget } from '@rollcall/contract/plain'
import { AsyncLocalStorage } from 'node:async_hooks'
import { X509Certificate } from 'node:crypto'
import type { Directory, DirectoryEntry, SearchEnd, SearchRequest } from '@rollcall/discovery'
import { ReachError } from '../reach-error.ts'
import { bind, type BindOutcome } from './bind.ts'
import { judge, type DirectoryTrust } from './certificate-trust.ts'
import { Conversation } from './conversation.ts'
import { dial } from './dial.ts'
import { DEFAULT_DIRECTORY_LIMITS, type DirectoryLimits } from './directory-limits.ts'
import type { DirectoryLogin } from './directory-login.ts'
import type { LdapEntry } from './entry.ts'
import { loginLedger, type LoginLedger, type StartedLogin } from './login-ledger.ts'
import { notTried } from '../not-tried.ts'
import { search } from './search.ts'

export interface OpenDirectoryOptions {
  /** Absent: there is none, and nothing is read. Nobody reads anonymously who did not ask for it. */
  readonly login?: DirectoryLogin
  readonly trust: DirectoryTrust
  /** Absent: one that lasts as long as the process. */
  readonly ledger?: LoginLedger
  readonly limits?: Partial<DirectoryLimits>
  /** Ends everything; what has not been answered is `cancelled`. */
  readonly signal: AbortSignal
}

/** A directory that is connected and answers. Dispose of it to hang up. */
export interface OpenDirectory extends Directory, AsyncDisposable {}

/**
 * Connects to a directory, encrypted, and logs in. Throws `ReachError` when that is not possible, and never anything else that a server can cause.
 * Once open, nothing it does throws: see `Directory`.
 */
export const openDirectory = async (target: DirectoryTarget, options: OpenDirectoryOptions): Promise<OpenDirectory> => {
  const { login } = options
  if (login === undefined) throw new ReachError('no-credential', target)
  // A server takes a name without a password for somebody anonymous (RFC 4513 5.1.2), and says that all went well.
  if (login.kind === 'simple' && (login.name === '' || login.password.revealBytes().length === 0))
    throw new ReachError('no-credential', target, { detail: 'the name or the password is empty' })
  const limits = { ...DEFAULT_DIRECTORY_LIMITS, ...options.limits }
  const over = new AbortController()
  const cancel = () => over.abort('cancelled')
  const deadline = setTimeout(() => over.abort('timed-out'), limits.lookMs)
  await using opening = new AsyncDisposableStack()
  opening.defer(() => {
    clearTimeout(deadline)
    options.signal.removeEventListener('abort', cancel)
  })
  options.signal.addEventListener('abort', cancel, { once: true })
  if (options.signal.aborted) cancel()

  const context: Context = { ...options, login, limits, over: over.signal }
  const first = await enter(target, context, opening)
  const root = await readRoot(first.conversation, target, over.signal)
  const identity = identityOf(login)
  const closing = opening.move()

  const nesting = new AsyncLocalStorage<number>()
  /** One connection for searches, and one for those that are asked for while the entries of another are taken. */
  const lanes: { entered?: Promise<Entered>; last: Promise<unknown> }[] = [
    { entered: Promise.resolve(first), last: Promise.resolve() },
    { last: Promise.resolve() },
  ]
  const run = async (
    depth: number,
    request: SearchRequest,
    take: Parameters<Directory['search']>[1],
    signal: AbortSignal,
  ): Promise<SearchEnd> => {
    let entered: Entered
    try {
      entered = await (lanes[depth]!.entered ??= enter(target, context, closing))
    } catch (error) {
      if (error instanceof ReachError) return notAsked({ code: error.code })
      throw error
    }
    return search(entered.conversation, request, (entries) => nesting.run(depth + 1, () => take(entries)), {
      signal: AbortSignal.any([signal, over.signal]),
      entries: limits.entries,
    })
  }

  return {
    root,
    server: target.host,
    ...(identity === undefined ? {} : { identity }),
    certificate: first.fingerprint,
    search(request, take, signal) {
      const depth = nesting.getStore() ?? 0
      const lane = lanes[depth]
      if (lane === undefined) throw new TypeError('searches are nested too deep')
      const next = lane.last.then(() => run(depth, request, take, signal))
      // Whoever asked hears of it; the next in turn must not.
      lane.last = next.catch(() => undefined)
      return next
    },
    async [Symbol.asyncDispose]() {
      over.abort('connection-lost')
      await closing.disposeAsync()
    },
  }
}

const notAsked = (reason: Reason): SearchEnd => ({
  entries: 0,
  pages: 0,
  reason,
  referrals: [],
  controls: new Map(),
  intermediate: [],
})

interface Context extends Pick<OpenDirectoryOptions, 'trust' | 'ledger'> {
  readonly login: DirectoryLogin
  readonly limits: DirectoryLimits
  /** Aborted with `timed-out` or anything else as its reason. */
  readonly over: AbortSignal
}

interface Entered {
  readonly conversation: Conversation
  /** Of the certificate. */
  readonly fingerprint: string
}

/** Connects, checks the certificate and logs in. What was opened is closed with `opening`. Throws `ReachError`. */
const enter = async (
  target: DirectoryTarget,
  { login, trust, limits, over, ledger = ofThisProcess }: Context,
  opening: AsyncDisposableStack,
): Promise<Entered> => {
  const { wire, certificate } = await dial(target, { ca: trust.ca, login, limits, over })
  opening.defer(() => wire.close())
  const judgement = await judge(formatTarget(target), certificate, trust).catch((cause: unknown) => {
    throw new ReachError('certificate-untrusted', target, { cause, detail: 'its pin could not be read or written' })
  })
  if (!judgement.accepted) throw new ReachError(judgement.code, target, { detail: judgement.detail })
  if (login.kind === 'simple' && !judgement.verified)
    throw new ReachError('certificate-untrusted', target, {
      detail: `the password was kept back; it shows ${certificate.fingerprint}, which is pinned and not approved`,
    })
  const conversation = new Conversation(wire, limits, over)
  opening.defer(() => conversation.close())
  const started = login.kind === 'simple' ? await begin(target, login, ledger, over) : undefined
  const late = setTimeout(() => conversation.lose({ code: 'timed-out' }), limits.loginMs)
  try {
    await logIn(conversation, target, login, started)
  } finally {
    clearTimeout(late)
  }
  return { conversation, fingerprint: certificate.fingerprint }
}

const ofThisProcess = loginLedger()

/** Logs in, once, and writes down how that went. */
const logIn = async (
  conversation: Conversation,
  target: DirectoryTarget,
  login: DirectoryLogin,
  started: StartedLogin | undefined,
): Promise<void> => {
  let outcome: BindOutcome
  try {
    outcome = await bind(conversation, target, login)
  } catch (error) {
    await started?.end('unanswered')
    throw error
  }
  await started?.end(outcome.accepted ? 'accepted' : (COUNTS[outcome.code] ?? 'withdraws'))
  if (!outcome.accepted)
    throw new ReachError(outcome.code, target, outcome.detail === undefined ? {} : { detail: outcome.detail })
}

/** Asks whether the login may be tried at all. */
const begin = async (
  target: DirectoryTarget,
  { name, password }: Extract<DirectoryLogin, { kind: 'simple' }>,
  ledger: LoginLedger,
  over: AbortSignal,
): Promise<StartedLogin> => {
  const started = await ledger.begin({ target: formatTarget(target), name, password }, over).catch((cause: unknown) => {
    if (over.aborted) throw new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target)
    throw new ReachError('login-not-repeated', target, { cause, detail: 'what was tried before could not be read' })
  })
  if (typeof started === 'string') throw notTried(target, started)
  return started
}

/** What a directory counts against an account. */
const COUNTS: Partial<Record<ReachError['code'], 'rejected' | 'refused'>> = {
  'login-rejected': 'rejected',
  'account-locked': 'refused',
  'account-disabled': 'refused',
  'account-expired': 'refused',
  'password-expired': 'refused',
  'must-change-password': 'refused',
}

const identityOf = (login: DirectoryLogin): string | undefined => {
  if (login.kind === 'anonymous') return undefined
  if (login.kind === 'simple' || login.name !== undefined) return login.name
  return new X509Certificate(login.certificate).subject.replaceAll('\n', ', ').slice(0, 500)
}

const readRoot = async (
  conversation: Conversation,
  target: DirectoryTarget,
  signal: AbortSignal,
): Promise<DirectoryEntry> => {
  let root: LdapEntry | undefined
  const end: SearchEnd = await search(
    conversation,
    { base: '', scope: 'base', filter: '(objectClass=*)', attributes: ROOT_ATTRIBUTES, pageSize: 0 },
    (entries) => {
      root ??= (entries[0] as LdapEntry | undefined)?.copy()
    },
    { signal, entries: 1 },
  )
  if (root !== undefined) return root
  const code = end.reason?.code
  throw new ReachError(
    code === 'timed-out' || code === 'cancelled' || code === 'busy' || code === 'not-permitted' || code === 'not-ldap'
      ? code
      : code === 'connection-lost'
        ? 'connection-lost'
        : 'server-error',
    target,
    { detail: 'its root entry cannot be read' },
  )
}

/** All, and what Active Directory tells only when it is named (MS-ADTS 3.1.1.3.2). Samba answers validFSMOs with an error. */
const ROOT_ATTRIBUTES = ['*', '+', 'tokenGroups', 'msDS-PrincipalName']
