import type { ReachScope } from './reach-scope.ts'

/** What one host may cost, in milliseconds and bytes. */
export interface HostLimits {
  /** Until the TCP connection stands. */
  readonly connectMs: number
  /** From there until the login is accepted. */
  readonly loginMs: number
  /** Without a byte from the host while it owes an answer. */
  readonly idleMs: number
  /** From the beginning to the last answer. */
  readonly hostMs: number
  /** All that the host's shell says. */
  readonly totalBytes: number
  /** Where connections may go; absent: anywhere. */
  readonly within?: ReachScope
}

export const DEFAULT_LIMITS: HostLimits = {
  connectMs: 10_000,
  loginMs: 20_000,
  idleMs: 30_000,
  hostMs: 120_000,
  totalBytes: 64 * 1024 * 1024,
}
