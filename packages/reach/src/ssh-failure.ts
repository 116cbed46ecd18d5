import type { HostTarget } from '@rollcall/contract'
import { ReachError, type ReachFailure } from './reach-error.ts'

/** How far a connection had come when it failed. */
export type Stage = 'connecting' | 'greeting' | 'key-exchange' | 'login' | 'shell'

/** Translates what the system or ssh2 says of a connection. The only place that knows their codes and sentences. */
export const sshFailure = (cause: unknown, stage: Stage, target: HostTarget): ReachError => {
  if (cause instanceof ReachError) return cause
  const { code, detail } = translate(cause, stage)
  return new ReachError(code, target, { cause, ...(detail === undefined ? {} : { detail }) })
}

interface Translation {
  readonly code: ReachFailure
  readonly detail?: string
}

const SYSTEM: Readonly<Record<string, Translation>> = {
  ENOTFOUND: { code: 'no-address' },
  EAI_AGAIN: { code: 'no-address', detail: 'the name server does not answer' },
  EAI_NODATA: { code: 'no-address' },
  EAI_NONAME: { code: 'no-address' },
  ECONNREFUSED: { code: 'refused' },
  EHOSTUNREACH: { code: 'unreachable' },
  ENETUNREACH: { code: 'unreachable' },
  EHOSTDOWN: { code: 'unreachable' },
  ENETDOWN: { code: 'unreachable' },
  EADDRNOTAVAIL: { code: 'unreachable' },
  EACCES: { code: 'unreachable', detail: 'a local rule forbids it' },
  EPERM: { code: 'unreachable', detail: 'a local rule forbids it' },
  EINVAL: { code: 'unreachable' },
  EMFILE: { code: 'unreachable', detail: 'too many open files here; scan fewer hosts at a time' },
  ENFILE: { code: 'unreachable', detail: 'too many open files here; scan fewer hosts at a time' },
  ECONNRESET: { code: 'connection-lost' },
  EPIPE: { code: 'connection-lost' },
  ETIMEDOUT: { code: 'timed-out' },
}

/** Of several addresses that failed, the one that came furthest tells most. */
const TELLING: readonly ReachFailure[] = ['refused', 'connection-lost', 'timed-out', 'unreachable', 'no-address']

const translate = (cause: unknown, stage: Stage): Translation => {
  if (cause instanceof AggregateError) {
    const all = cause.errors.map((error) => translate(error, stage))
    return all.toSorted((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code))[0] ?? { code: 'unreachable' }
  }
  const { code, level, message = '' } = cause as { code?: unknown; level?: unknown; message?: string }
  if (typeof code === 'string' && code in SYSTEM) {
    const known = SYSTEM[code]!
    return stage === 'connecting' && known.code === 'timed-out' ? { code: 'unreachable' } : known
  }
  if (level === 'client-timeout') return { code: 'timed-out' }
  if (level === 'client-authentication') return { code: 'login-rejected' }
  if (message.startsWith('Connection lost before handshake')) return { code: 'connection-lost' }
  if (stage === 'connecting') return { code: 'unreachable' }
  if (stage === 'shell') return { code: 'connection-lost' }
  // RFC 4253 11.1: a host that has had enough disconnects, with a number for its reason.
  const disconnected = typeof code === 'number'
  if (stage === 'login') return { code: disconnected ? 'login-rejected' : 'connection-lost' }
  if (/no matching|no common/i.test(message)) return { code: 'not-ssh', detail: 'no algorithm that both of us support' }
  return { code: disconnected ? 'connection-lost' : 'not-ssh' }
}
