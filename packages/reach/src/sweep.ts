import { connect } from 'node:net'
import type { HostTarget } from '@rollcall/contract'
import { connectingWithin, type ReachScope } from './reach-scope.ts'

export type SweepState =
  /** Something accepts connections there. */
  | 'open'
  | 'refused'
  /** Nothing answered in time, or there is no way there. */
  | 'silent'
  /** The question could not be asked from here: no address, no permission, no free socket. */
  | 'error'

export interface Swept {
  readonly target: HostTarget
  readonly state: SweepState
}

export interface SweepOptions {
  /** Connections at a time; 256 by default. */
  readonly concurrency?: number
  readonly timeoutMs?: number
  /** Where connections may go; absent: anywhere. */
  readonly within?: ReachScope
  readonly signal: AbortSignal
}

/**
 * Tells which targets accept a TCP connection, in the order in which that is known; nothing is sent to them. Targets are
 * taken from the iterable only as fast as they are asked. Ends early, without an error, when the signal is aborted.
 */
export async function* sweep(
  targets: Iterable<HostTarget>,
  { concurrency = 256, timeoutMs = 1500, within, signal }: SweepOptions,
): AsyncIterable<Swept> {
  const source = targets[Symbol.iterator]()
  const asked = new Set<Promise<void>>()
  const hangUps = new Set<() => void>()
  const again: HostTarget[] = []
  let room = Math.max(1, concurrency)
  let known: Swept[] = []

  const ask = async (target: HostTarget) => {
    const state = await knock(target, timeoutMs, hangUps, within)
    if (state === 'no-socket' && (asked.size > 1 || room > 1)) {
      // This machine has no more sockets to give: go on with as many as there were.
      room = Math.max(1, Math.min(room, asked.size) - 1)
      again.push(target)
    } else known.push({ target, state: state === 'no-socket' ? 'error' : state })
  }
  const take = (): HostTarget | undefined => {
    const waiting = again.pop()
    if (waiting !== undefined) return waiting
    const { value, done } = source.next()
    return done === true ? undefined : value
  }
  let news = Promise.withResolvers<void>()
  const stop = () => news.resolve()
  signal.addEventListener('abort', stop, { once: true })

  try {
    while (!signal.aborted) {
      while (asked.size < room) {
        const target = take()
        if (target === undefined) break
        const asking: Promise<void> = ask(target).finally(() => {
          asked.delete(asking)
          news.resolve()
        })
        asked.add(asking)
      }
      if (asked.size === 0 && known.length === 0 && again.length === 0) return
      await news.promise
      news = Promise.withResolvers()
      const told = known
      known = []
      yield* told
    }
  } finally {
    signal.removeEventListener('abort', stop)
    for (const hangUp of hangUps) hangUp()
    source.return?.()
  }
}

const knock = (
  target: HostTarget,
  timeoutMs: number,
  hangUps: Set<() => void>,
  scope: ReachScope | undefined,
): Promise<SweepState | 'no-socket'> => {
  if (target.kind === 'local') return Promise.resolve('open')
  const within = connectingWithin(scope, target.host, target.port)
  if ('refused' in within) return Promise.resolve('error')
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port, autoSelectFamily: true, ...within })
    const end = (state: SweepState | 'no-socket') => {
      clearTimeout(timer)
      hangUps.delete(hangUp)
      // Reset rather than closed: nothing was sent, and thousands of sockets need not wait for a goodbye.
      if (state === 'open') socket.resetAndDestroy()
      else socket.destroy()
      resolve(state)
    }
    const hangUp = () => end('error')
    const timer = setTimeout(() => end('silent'), timeoutMs)
    hangUps.add(hangUp)
    socket.once('connect', () => end('open'))
    socket.on('error', (error) => end(stateOf(error)))
  })
}

const STATES: Readonly<Record<string, SweepState | 'no-socket'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  ETIMEDOUT: 'silent',
  EHOSTUNREACH: 'silent',
  EHOSTDOWN: 'silent',
  ENETUNREACH: 'silent',
  EMFILE: 'no-socket',
  ENFILE: 'no-socket',
  ENOBUFS: 'no-socket',
}

const stateOf = (error: Error): SweepState | 'no-socket' => {
  const errors: Error[] = error instanceof AggregateError ? error.errors : [error]
  const states = errors.map((one) => STATES[(one as NodeJS.ErrnoException).code ?? ''] ?? 'error')
  return (
    states.find((state) => state === 'no-socket') ??
    states.find((state) => state === 'refused') ??
    states.find((state) => state === 'silent') ??
    'error'
  )
}
