import { createHash } from 'node:crypto'
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import type { DirectoryTarget, Reason } from '@rollcall/contract'
import { ExtendedRequest } from 'ldapts'
import { ReachError } from '../reach-error.ts'
import { connectingWithin } from '../reach-scope.ts'
import { connectFailure } from '../socket-failure.ts'
import type { ShownCertificate } from './certificate-trust.ts'
import { Conversation } from './conversation.ts'
import type { DirectoryLimits } from './directory-limits.ts'
import type { DirectoryLogin } from './directory-login.ts'
import { newLanding, wireOver, type Wire } from './wire.ts'

/** An encrypted connection on which nothing was said yet, and whom it is with. */
export interface Dialled {
  readonly wire: Wire
  readonly certificate: ShownCertificate
}

export interface DialOptions {
  readonly ca: readonly string[] | undefined
  /** Only one by certificate is shown here. */
  readonly login: DirectoryLogin
  readonly limits: DirectoryLimits
  /** Aborted with `timed-out` or anything else as its reason. */
  readonly over: AbortSignal
}

const START_TLS = '1.3.6.1.4.1.1466.20037'

/**
 * Connects and encrypts. Whoever calls judges the certificate before sending anything. Throws `ReachError`; nothing but the wish to encrypt is
 * ever sent in clear.
 */
export const dial = async (target: DirectoryTarget, options: DialOptions): Promise<Dialled> => {
  if (target.security === 'ldaps') return encrypted(target, options)
  const socket = await plain(target, options)
  try {
    await startTls(target, socket, options)
    return await encrypted(target, options, socket)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const plain = (target: DirectoryTarget, { limits, over }: DialOptions): Promise<Socket> => {
  const within = permitted(target, limits)
  const socket = connectSocket({
    host: target.host,
    port: target.port,
    noDelay: true,
    autoSelectFamily: true,
    ...within,
  })
  return settled(target, socket, over, (listen, resolve, fail) => {
    const timer = setTimeout(() => fail(new ReachError('unreachable', target)), limits.connectMs)
    listen('error', (cause) => fail(connectFailure(cause, target)))
    listen('connect', () => resolve(socket))
    return () => clearTimeout(timer)
  })
}

const startTls = async (target: DirectoryTarget, socket: Socket, { limits, over }: DialOptions): Promise<void> => {
  const conversation = new Conversation(
    wireOver(socket),
    { ...limits, idleMs: limits.loginMs, messageBytes: 64 * 1024 },
    over,
  )
  conversation.ask(new ExtendedRequest({ messageId: 0, oid: START_TLS }))
  const answers = await conversation.answers()
  // Whatever stands behind the answer was said in clear, by anybody, and must not be taken for something that was said encrypted.
  const injected = conversation.talkative || socket.readableLength > 0
  conversation.leave()
  socket.removeAllListeners('data')
  if ('code' in answers) throw reached(answers, target)
  const code = answers.result?.code
  if (code === 51 || code === 52) throw new ReachError('busy', target)
  if (code !== 0) throw new ReachError('tls-required', target, { detail: `it answers StartTLS with result ${code}` })
  if (injected)
    throw new ReachError('tls-failed', target, { detail: 'something was said in clear behind the answer to StartTLS' })
}

const encrypted = (target: DirectoryTarget, options: DialOptions, over?: Socket): Promise<Dialled> => {
  const { ca, login, limits } = options
  const landing = over === undefined ? newLanding() : undefined
  const host = target.host.replace(/%.*$/, '')
  const within = over === undefined ? permitted(target, limits) : {}
  const socket = connectTls({
    ...within,
    ...(over === undefined ? { host: target.host, port: target.port, autoSelectFamily: true } : { socket: over }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: contextOf(target, ca, login),
    ...(landing === undefined ? {} : { onread: { buffer: landing.buffer, callback: landing.callback } }),
    // It is judged by whoever dials, before anything is sent.
    rejectUnauthorized: false,
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  })
  return settled(target, socket, options.over, (listen, resolve, fail) => {
    let connected = over !== undefined
    const late = () => fail(connected ? new ReachError('timed-out', target) : new ReachError('unreachable', target))
    let timer = setTimeout(late, connected ? limits.loginMs : limits.connectMs)
    listen('connect', () => {
      connected = true
      clearTimeout(timer)
      timer = setTimeout(late, limits.loginMs)
    })
    listen('error', (cause) => fail(connected ? tlsFailure(cause, target) : connectFailure(cause, target)))
    listen('close', () => fail(new ReachError('tls-failed', target, { detail: 'it hung up' })))
    listen('secureConnect', () => {
      const certificate = shown(socket)
      if (certificate === undefined)
        return fail(new ReachError('tls-failed', target, { detail: 'it shows no certificate' }))
      socket.setNoDelay(true)
      resolve({ wire: wireOver(socket, landing), certificate })
    })
    return () => clearTimeout(timer)
  })
}

/** How to connect to nowhere else. Throws `ReachError` for what may not be connected to at all. */
const permitted = (target: DirectoryTarget, limits: DirectoryLimits) => {
  const within = connectingWithin(limits.within, target.host, target.port)
  if ('refused' in within) throw connectFailure(within.refused, target)
  return within
}

/** What is believed, and what is shown. Throws `ReachError` for what is no certificate or key. */
const contextOf = (
  target: DirectoryTarget,
  ca: readonly string[] | undefined,
  login: DirectoryLogin,
): SecureContext => {
  const believed: SecureContextOptions = { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...ca] }) }
  let context: SecureContext
  try {
    context = createSecureContext(believed)
  } catch (cause) {
    throw new ReachError('certificate-untrusted', target, { cause, detail: 'the authorities cannot be read' })
  }
  if (login.kind !== 'external') return context
  const { certificate, privateKey, passphrase } = login
  try {
    return createSecureContext({
      ...believed,
      cert: certificate,
      key: Buffer.from(privateKey.revealBytes()),
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    })
  } catch (cause) {
    throw new ReachError('no-credential', target, { cause, detail: 'its certificate or key cannot be used' })
  }
}

const shown = (socket: TLSSocket): ShownCertificate | undefined => {
  const { raw } = socket.getPeerCertificate()
  if (raw === undefined) return undefined
  const fingerprint = `SHA256:${createHash('sha256').update(raw).digest('hex')}`
  if (socket.authorized) return { fingerprint }
  // Declared as an error; it is the code of one.
  const problem: unknown = socket.authorizationError
  return { fingerprint, problem: problem instanceof Error ? problem.message : String(problem) }
}

type Listen = (event: 'connect' | 'secureConnect' | 'error' | 'close', listener: (cause: Error) => void) => void

/** A promise over a socket, which is hung up when the promise rejects or the look is over. */
const settled = <T>(
  target: DirectoryTarget,
  socket: Socket,
  over: AbortSignal,
  start: (listen: Listen, resolve: (value: T) => void, fail: (error: ReachError) => void) => () => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const undo: (() => void)[] = [() => over.removeEventListener('abort', stop)]
    const settle = () => {
      for (const one of undo) one()
    }
    const fail = (error: ReachError) => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const stop = () => fail(new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target))
    const listen: Listen = (event, listener) => {
      socket.once(event, listener)
      undo.push(() => void socket.off(event, listener))
    }
    undo.push(
      start(
        listen,
        (value) => {
          settle()
          resolve(value)
        },
        fail,
      ),
    )
    over.addEventListener('abort', stop, { once: true })
    if (over.aborted) stop()
  })

const tlsFailure = (cause: Error & { code?: unknown }, target: DirectoryTarget): ReachError => {
  const code = typeof cause.code === 'string' ? cause.code : ''
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return new ReachError('tls-failed', target, { cause, detail: 'what answers there does not speak TLS' })
  if (/^ERR_SSL_\w*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)/.test(code))
    return new ReachError('tls-failed', target, { cause, detail: 'it speaks TLS of old versions only' })
  return new ReachError('tls-failed', target, { cause })
}

const reached = (reason: Reason, target: DirectoryTarget): ReachError => {
  switch (reason.code) {
    case 'timed-out':
    case 'cancelled':
    case 'busy':
    case 'not-ldap':
      return new ReachError(reason.code, target)
    default:
      return new ReachError('connection-lost', target)
  }
}
