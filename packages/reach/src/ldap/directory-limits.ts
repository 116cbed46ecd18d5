import type { ReachScope } from '../reach-scope.ts'

/** What one directory may cost, in milliseconds, bytes and entries. */
export interface DirectoryLimits {
  /** Until the TCP connection stands. */
  readonly connectMs: number
  /** From there until the login is accepted. */
  readonly loginMs: number
  /** Without a byte from the server while it owes an answer. */
  readonly idleMs: number
  /** From the beginning to the last answer. */
  readonly lookMs: number
  /** One message: an entry with all its values, such as a group of 100,000. What is held at a time is some of these. */
  readonly messageBytes: number
  /** All that the server says. */
  readonly totalBytes: number
  /** Entries of one search, where the search does not say less. */
  readonly entries: number
  /** Where connections may go; absent: anywhere. */
  readonly within?: ReachScope
}

export const DEFAULT_DIRECTORY_LIMITS: DirectoryLimits = {
  connectMs: 10_000,
  loginMs: 20_000,
  idleMs: 120_000,
  lookMs: 4 * 60 * 60_000,
  messageBytes: 16 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024 * 1024,
  entries: 10_000_000,
}
