import {
  connect,
  jwtAuthenticator,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type ConnectionOptions,
  type NatsConnection,
} from '@nats-io/transport-node'
import { BusError } from '../bus.ts'
import type { Wire } from '../wire.ts'
import { brokerFailure, refusedSubject } from './broker-failure.ts'
import { ownDelay, pause, type Delay } from './waiting.ts'
import { beginsOtherwise, tlsOptions, type BrokerTls } from './broker-tls.ts'

/** How somebody shows the broker who it is. What is a function is called at each attempt, so that renewed keys are taken up. */
export type BrokerLogin =
  | { readonly kind: 'jwt'; readonly jwt: () => string; readonly seed: () => Uint8Array }
  /** What lets in whoever has it. */
  | { readonly kind: 'bearer'; readonly jwt: () => string }
  | { readonly kind: 'nkey'; readonly seed: () => Uint8Array }
  | { readonly kind: 'password'; readonly user: string; readonly password: () => string }

export type BrokerState =
  | {
      readonly state: 'connecting'
      /** Why it is not there yet, or no longer, in a sentence. */ readonly reason?: string
    }
  | { readonly state: 'connected'; readonly server: string; readonly version: string }
  | { readonly state: 'closed' }

export interface BrokerOptions {
  /** `tls://host:4222` or `nats://host:4222`; with several, whichever answers. */
  readonly servers: readonly string[]
  /** How messages become bytes there. */
  readonly wire: Wire
  /** What the broker's own lists call this connection. */
  readonly name: string
  readonly login?: BrokerLogin
  readonly tls?: BrokerTls
  /** Where answers are heard, such as `agentInbox(id)`. Whoever may listen there hears them. */
  readonly inboxPrefix?: string
  readonly onState?: (state: BrokerState) => void
  /** Told in a sentence of what goes wrong while connected: a subject that the broker refuses, a handler that failed. */
  readonly onTrouble?: (sentence: string, error: unknown) => void
}

/**
 * A connection to the broker that is opened in the background and never given up: there may be no broker at the start, and it may go away.
 * What is sent meanwhile waits.
 */
export interface BrokerConnection extends AsyncDisposable {
  readonly wire: Wire
  readonly inboxPrefix: string | undefined
  readonly state: BrokerState
  /** The client's connection, as soon as there is one. Rejects with BusError `closed`, or the reason of the signal. */
  connected(signal?: AbortSignal): Promise<NatsConnection>
  /** Calls at once if connected, and whenever it is connected again. `fresh`: what was subscribed before is not any more. Gives what ends it. */
  onConnected(listener: (connection: NatsConnection, fresh: boolean) => void): () => void
  /** Ends when the connection that there is now is lost: what was asked over it is not answered any more. */
  readonly lost: AbortSignal
  readonly onTrouble: (sentence: string, error: unknown) => void
}

/** Connects to a broker, for good. Throws for servers that are no addresses. */
export const connectNats = (options: BrokerOptions): BrokerConnection => {
  const { onState = () => {}, onTrouble = () => {} } = options
  const closing = new AbortController()
  const listeners = new Set<(connection: NatsConnection, fresh: boolean) => void>()
  const waiting = new Set<() => void>()
  let state: BrokerState = { state: 'connecting' }
  let connection: NatsConnection | undefined
  let losing = new AbortController()

  const become = (next: BrokerState) => {
    state = next
    onState(next)
    if (next.state === 'connecting') return losing.abort()
    for (const wake of waiting) wake()
    waiting.clear()
  }

  const usable = (opened: NatsConnection, fresh: boolean) => {
    losing = new AbortController()
    become({ state: 'connected', server: opened.getServer(), version: opened.info?.version ?? '' })
    for (const listener of listeners) listener(opened, fresh)
  }

  const watch = async (opened: NatsConnection, delay: Delay) => {
    for await (const status of opened.status()) {
      if (closing.signal.aborted) return
      // Each of these is one attempt; the client asks for the delay more often than that.
      if (status.type === 'reconnecting') delay.next()
      // Whoever is refused is cut off too; why it was refused says more.
      if (status.type === 'disconnect' && state.state === 'connected')
        become({ state: 'connecting', reason: 'the connection was lost' })
      if (status.type === 'reconnect') {
        delay.reset()
        usable(opened, false)
      }
      if (status.type === 'error') {
        if (state.state === 'connecting') become({ state: 'connecting', reason: brokerFailure(status.error) })
        else onTrouble(refusedSubject(status.error) ?? brokerFailure(status.error), status.error)
      }
    }
  }

  const open = async () => {
    const delay = ownDelay()
    // Which way a server begins is found out; in clear, nothing is said to it but TLS.
    let handshakeFirst = true
    for (let turns = 0; !closing.signal.aborted;) {
      try {
        connection = await connect(await connectionOptions(options, handshakeFirst, delay, closing.signal))
      } catch (error) {
        if (closing.signal.aborted) return
        if (options.tls !== undefined && beginsOtherwise(error, handshakeFirst)) {
          handshakeFirst = !handshakeFirst
          if (turns++ % 2 === 0) continue
        }
        become({ state: 'connecting', reason: brokerFailure(error) })
        await pause(delay.next(), closing.signal)
        continue
      }
      if (closing.signal.aborted) return connection.close()
      delay.reset()
      void watch(connection, delay)
      usable(connection, true)
      // It keeps itself alive; when it ends for good all the same, another is opened.
      const ended = await connection.closed()
      connection = undefined
      if (!closing.signal.aborted)
        become({ state: 'connecting', reason: ended === undefined ? 'the connection was lost' : brokerFailure(ended) })
    }
  }

  const opening = open()

  return {
    wire: options.wire,
    inboxPrefix: options.inboxPrefix,
    get state() {
      return state
    },
    async connected(signal) {
      while (true) {
        if (closing.signal.aborted) throw new BusError('closed')
        signal?.throwIfAborted()
        if (state.state === 'connected' && connection !== undefined) return connection
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake)
            signal?.removeEventListener('abort', wake)
            resolve()
          }
          waiting.add(wake)
          signal?.addEventListener('abort', wake)
        })
      }
    },
    onConnected(listener) {
      listeners.add(listener)
      if (state.state === 'connected' && connection !== undefined) listener(connection, true)
      return () => void listeners.delete(listener)
    },
    get lost() {
      return losing.signal
    },
    onTrouble,
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return
      closing.abort()
      const open = connection
      // What was acknowledged and answered last still goes out, if there is somebody to take it.
      if (open !== undefined && state.state === 'connected')
        await Promise.race([open.flush(), pause(1000)]).catch(() => {})
      await open?.close()
      await opening
      become({ state: 'closed' })
    },
  }
}

const connectionOptions = async (
  { servers, name, login, tls, inboxPrefix }: BrokerOptions,
  handshakeFirst: boolean,
  delay: Delay,
  signal: AbortSignal,
): Promise<ConnectionOptions> => ({
  servers: [...servers],
  name,
  reconnect: true,
  maxReconnectAttempts: -1,
  reconnectDelayHandler: () => delay.current,
  // A login that is refused today may be accepted once it is renewed.
  ignoreAuthErrorAbort: true,
  // Where to connect is ours to say, and the certificate is checked against what we said.
  ignoreClusterUpdates: true,
  timeout: 10_000,
  // A broker that went away without a word is noticed within a minute.
  pingInterval: 20_000,
  maxPingOut: 2,
  noAsyncTraces: true,
  ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  ...(login === undefined ? {} : { authenticator: authenticatorOf(login) }),
  ...(tls === undefined ? {} : { tls: await tlsOptions(tls, servers, handshakeFirst, signal) }),
})

const authenticatorOf = (login: BrokerLogin): Authenticator => {
  switch (login.kind) {
    case 'jwt':
      return jwtAuthenticator(login.jwt, login.seed)
    case 'bearer':
      return jwtAuthenticator(login.jwt)
    case 'nkey':
      return nkeyAuthenticator(login.seed)
    case 'password':
      return usernamePasswordAuthenticator(login.user, login.password)
  }
}
