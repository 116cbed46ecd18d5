import type { Secret } from '@rollcall/secret'
import { execLine, findHello, type Elevation, type Hello } from './exec-line.ts'
import { nonce, type Shell } from './posix-host.ts'

/** Whether and how the shell that reads becomes root. A login as root needs none. */
export type SudoPolicy =
  | { readonly kind: 'never' }
  /** `sudo -n`, once: root where sudo asks for nothing. */
  | { readonly kind: 'if-allowed' }
  /** One attempt with this password, and only on a host whose key was known before. */
  | { readonly kind: 'password'; readonly password: Secret }

/** A shell that runs and has said who it is. */
export interface StartedShell {
  readonly shell: Shell
  readonly uid: number
  readonly elevated: boolean
  /** sudo may let it run some commands as root. */
  readonly mayBeListed: boolean
  /** sudo was tried in vain: the shell reads as the user. */
  readonly sudoRejected: boolean
  /** What became of the password of sudo. */
  readonly sudoPassword: 'unused' | 'accepted' | 'rejected' | 'unanswered'
  /** Round trips it took to start, opening included. */
  readonly roundTrips: number
}

/** Starts a command line on the host and gives the ends of it. */
export type OpenShell = (commandLine: string) => Promise<Shell>

export type StartFailure = 'login-shell-failed' | 'timed-out' | 'cancelled'

/** The shell did not start; whoever knows the target makes a `ReachError` of it. */
export class ShellStartError extends Error {
  override readonly name = 'ShellStartError'
  readonly code: StartFailure
  /** Whether the password of sudo was sent before. */
  readonly sent: boolean

  constructor(code: StartFailure, sent = false) {
    super(code)
    this.code = code
    this.sent = sent
  }
}

export interface StartOptions {
  readonly idleMs: number
  readonly over: AbortSignal
  /** Round trips that one opening takes. */
  readonly openingRoundTrips: number
}

/** What is printed before the hello is skipped up to here. */
const MAX_NOISE_BYTES = 256 * 1024

/** Longer than a hello and than a prompt. */
const KEPT = 64

/**
 * Starts the shell that reads. A password goes to sudo only where our own prompt is seen, once; whatever comes instead of a
 * root shell ends that channel, and a new one reads as the user.
 */
export const startShell = async (open: OpenShell, sudo: SudoPolicy, options: StartOptions): Promise<StartedShell> => {
  if (sudo.kind !== 'password') {
    const started = await attempt(open, sudo.kind === 'never' ? 'none' : 'if-allowed', undefined, options)
    return {
      ...started,
      elevated: started.how === 'sudo',
      mayBeListed: started.how === 'listed',
      sudoRejected: started.how === 'denied' || started.how === 'listed',
      sudoPassword: 'unused',
      roundTrips: options.openingRoundTrips,
    }
  }
  let sent: StartedShell['sudoPassword'] = 'unused'
  const elevated = await attempt(open, 'password', sudo.password, options).catch((error: unknown) => {
    // A host that hangs over the password of sudo may still answer as the user.
    if (error instanceof ShellStartError && error.code !== 'cancelled') {
      if (error.sent) sent = error.code === 'login-shell-failed' ? 'rejected' : 'unanswered'
      return undefined
    }
    throw error
  })
  if (elevated !== undefined && elevated.how !== 'denied') {
    return {
      ...elevated,
      elevated: elevated.how === 'sudo',
      mayBeListed: false,
      sudoRejected: false,
      sudoPassword: elevated.prompted ? 'accepted' : 'unused',
      roundTrips: options.openingRoundTrips + (elevated.prompted ? 1 : 0),
    }
  }
  elevated?.shell.close()
  if (elevated?.prompted === true) sent = 'rejected'
  const plain = await attempt(open, 'none', undefined, options)
  return {
    ...plain,
    elevated: false,
    mayBeListed: false,
    sudoRejected: true,
    sudoPassword: sent,
    roundTrips: 2 * options.openingRoundTrips + 1,
  }
}

type Attempt = Hello & { readonly shell: Shell; readonly prompted: boolean }

const attempt = async (
  open: OpenShell,
  elevation: Elevation,
  password: Secret | undefined,
  { idleMs, over }: StartOptions,
): Promise<Attempt> => {
  const marks = { hello: nonce(), prompt: `rollcall-${nonce()}:` }
  if (over.aborted) throw new ShellStartError(overCode(over))
  const shell = await inTime(open(execLine(elevation, marks)), idleMs, over)
  return new Promise<Attempt>((resolve, reject) => {
    // Only the ends are kept, which is where a hello or a prompt would be: noise in many small pieces stays cheap.
    let said = ''
    let messages = ''
    let noise = 0
    let prompted = false
    const settle = () => {
      clearTimeout(idle)
      over.removeEventListener('abort', stop)
      shell.hear({ output: () => undefined, messages: () => undefined, ended: () => undefined })
    }
    const fail = (code: StartFailure) => {
      settle()
      shell.close()
      reject(new ShellStartError(code, prompted))
    }
    const skip = (bytes: Uint8Array) => {
      noise += bytes.length
      if (noise > MAX_NOISE_BYTES) fail('login-shell-failed')
    }
    const idle = setTimeout(() => fail('timed-out'), idleMs)
    const stop = () => fail(overCode(over))
    over.addEventListener('abort', stop, { once: true })
    shell.hear({
      output(bytes) {
        said += Buffer.from(bytes).toString('latin1')
        const hello = findHello(said, marks.hello)
        if (hello !== undefined) {
          settle()
          resolve({ ...hello, shell, prompted })
          return
        }
        said = said.slice(-KEPT)
        skip(bytes)
      },
      messages(bytes) {
        messages += Buffer.from(bytes).toString('latin1')
        const prompts = messages.split(marks.prompt).length - 1
        messages =
          prompts === 0
            ? messages.slice(-KEPT)
            : messages.slice(messages.lastIndexOf(marks.prompt) + marks.prompt.length)
        if (password !== undefined && prompts > 0) {
          // A second prompt says that the password was wrong.
          if (prompted || prompts > 1) return fail('login-shell-failed')
          prompted = true
          shell.write(`${password.reveal()}\n`)
        }
        skip(bytes)
      },
      ended: () => fail('login-shell-failed'),
    })
  })
}

/** The shell, unless it takes too long to open; one that opens later is closed again. */
const inTime = async (opening: Promise<Shell>, idleMs: number, over: AbortSignal): Promise<Shell> => {
  const late = Promise.withResolvers<never>()
  const idle = setTimeout(() => late.reject(new ShellStartError('timed-out')), idleMs)
  const stop = () => late.reject(new ShellStartError(overCode(over)))
  over.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([opening, late.promise])
  } catch (error) {
    opening.then(
      (shell) => shell.close(),
      () => undefined,
    )
    throw error
  } finally {
    clearTimeout(idle)
    over.removeEventListener('abort', stop)
  }
}

const overCode = (over: AbortSignal): StartFailure => (over.reason === 'timed-out' ? 'timed-out' : 'cancelled')
