import { formatTarget, type DirectoryTarget } from '@rollcall/contract'
import type { Directory, DirectoryEntry, SearchEnd } from '@rollcall/discovery'
import { ReachError } from '../reach-error.ts'
import { bind, type BindOutcome } from './bind.ts'
import { judge, type DirectoryTrust } from './certificate-trust.ts'
import { Conversation } from './conversation.ts'
import { dial } from './dial.ts'
import { DEFAULT_DIRECTORY_LIMITS, type DirectoryLimits } from './directory-limits.ts'
import type { DirectoryLogin } from './directory-login.ts'
import type { LdapEntry } from './entry.ts'
import { loginLedger, type LoginLedger, type StartedLogin } from './login-ledger.ts'
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
  const { login, trust } = options
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

  const { wire, certificate } = await dial(target, { ca: trust.ca, login, limits, over: over.signal })
  opening.defer(() => wire.close())
  const judgement = await judge(formatTarget(target), certificate, trust)
  if (!judgement.accepted) throw new ReachError(judgement.code, target, { detail: judgement.detail })
  if (login.kind === 'simple' && !judgement.verified)
    throw new ReachError('certificate-untrusted', target, {
      detail: `the password was kept back; it shows ${certificate.fingerprint}, which is pinned and not approved`,
    })
  const conversation = new Conversation(wire, limits, over.signal)
  opening.defer(() => conversation.close())
  const ledger = options.ledger ?? ofThisProcess
  const started = login.kind === 'simple' ? await begin(target, login, ledger, over.signal) : undefined
  const late = setTimeout(() => over.abort('timed-out'), limits.loginMs)
  opening.defer(() => clearTimeout(late))
  await logIn(conversation, target, login, started)
  const root = await readRoot(conversation, target, over.signal)
  clearTimeout(late)
  const identity = identityOf(login)
  const closing = opening.move()

  let last: Promise<unknown> = Promise.resolve()
  return {
    root,
    server: target.host,
    ...(identity === undefined ? {} : { identity }),
    certificate: certificate.fingerprint,
    search(request, take, signal) {
      const next = last.then(() =>
        search(conversation, request, take, {
          signal: AbortSignal.any([signal, over.signal]),
          entries: limits.entries,
        }),
      )
      last = next.catch(() => undefined)
      return next
    },
    async [Symbol.asyncDispose]() {
      over.abort('connection-lost')
      await closing.disposeAsync()
    },
  }
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
    if (!over.aborted) throw cause
    throw new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target)
  })
  if (started === 'rejected-before') throw new ReachError('login-not-repeated', target)
  if (started === 'too-many')
    throw new ReachError('login-not-repeated', target, { detail: 'the account was rejected too often of late' })
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
  return login.name
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
