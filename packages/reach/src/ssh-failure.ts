import type { HostTarget } from '@rollcall/contract'
import { ReachError } from './reach-error.ts'
import { systemFailure, type Translation } from './socket-failure.ts'

/** How far a connection had come when it failed. */
export type Stage = 'connecting' | 'greeting' | 'key-exchange' | 'login' | 'shell'

/** Translates what the system or ssh2 says of a connection. The only place that knows their codes and sentences. */
export const sshFailure = (cause: unknown, stage: Stage, target: HostTarget): ReachError => {
  if (cause instanceof ReachError) return cause
  const { code, detail } = translate(cause, stage)
  return new ReachError(code, target, { cause, ...(detail === undefined ? {} : { detail }) })
}

const translate = (cause: unknown, stage: Stage): Translation => {
  const known = systemFailure(cause)
  if (known !== undefined) return stage === 'connecting' && known.code === 'timed-out' ? { code: 'unreachable' } : known
  const { code, level, message = '' } = cause as { code?: unknown; level?: unknown; message?: string }
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
