import type { Target } from '@rollcall/contract'
import { ReachError, type ReachFailure } from './reach-error.ts'

/** A code, and what is added to its sentence. */
export interface Translation {
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
  EOUTSIDE: { code: 'out-of-scope' },
  ETIMEDOUT: { code: 'timed-out' },
}

/** Of several addresses that failed, the one that came furthest tells most. */
const TELLING: readonly ReachFailure[] = ['refused', 'connection-lost', 'timed-out', 'unreachable', 'no-address']

/** Translates what the system says of a connection; undefined where it is none of its codes. */
export const systemFailure = (cause: unknown): Translation | undefined => {
  if (cause instanceof AggregateError)
    return cause.errors
      .map((error) => systemFailure(error) ?? { code: 'unreachable' as const })
      .toSorted((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code))[0]
  const { code } = cause as { code?: unknown }
  return typeof code === 'string' && Object.hasOwn(SYSTEM, code) ? SYSTEM[code] : undefined
}

/** Why no TCP connection could be made. */
export const connectFailure = (cause: unknown, target: Target): ReachError => {
  const { code, detail }: Translation = systemFailure(cause) ?? { code: 'unreachable' }
  return new ReachError(code === 'timed-out' ? 'unreachable' : code, target, {
    cause,
    ...(detail === undefined ? {} : { detail }),
  })
}
