import type { HostSignals, ReasonCode } from '@rollcall/contract'

/**
 * A host that answers questions. The face is implemented by `reach` for this machine and for SSH.
 *
 * Nothing a target does makes it throw: what could not be read is an answer that says why. Once the connection is gone or
 * the time is up, every further question is answered `unanswered` at once.
 */
export interface Host {
  /** With whose rights it reads: root (itself or by sudo), or an ordinary user. */
  readonly privilege: 'root' | 'user'
  /** The key that the host proved to hold; absent for this machine. */
  readonly provenHostKey?: HostSignals['provenHostKey']
  /** Answers all requests in order, in one round trip. */
  ask(requests: readonly HostRequest[], signal: AbortSignal): Promise<HostAnswer[]>
}

export type HostRequest = ReadRequest | RunRequest

/**
 * Files to read. In `pattern`, `*`, `?` and `[…]` match within one path segment as in a POSIX shell; all else is literal.
 * Symbolic links are followed; only regular files are opened.
 */
export interface ReadRequest {
  readonly kind: 'read'
  readonly pattern: string
  /** Bytes of each file at most; default 1 MiB. What is cut off is said. */
  readonly maxBytes?: number
  /** Files at most; default 1,000. */
  readonly maxFiles?: number
  /** Reads the last `maxBytes` rather than the first. */
  readonly tail?: true
  /** Also tells owner, mode and time of change. Costs one more process on the target for all such files together. */
  readonly stat?: true
  /** A file of procfs or sysfs, whose size reads as nothing: opened all the same. */
  readonly pseudo?: true
}

/** A program with its arguments, never a shell line. Its standard input is empty, its messages are dropped, its language is C. */
export interface RunRequest {
  readonly kind: 'run'
  readonly argv: readonly [string, ...string[]]
  /** Bytes of output at most; default 1 MiB. */
  readonly maxBytes?: number
}

export type HostAnswer =
  | { readonly kind: 'read'; readonly files: readonly HostFile[] }
  | { readonly kind: 'run'; readonly result: CommandResult }

/** A file as it was found. A pattern that matches nothing gives one `absent` file under the pattern itself. */
export type HostFile =
  | {
      readonly path: string
      readonly state: 'read'
      readonly bytes: Uint8Array
      readonly truncated: boolean
      readonly stat?: FileStat
    }
  | { readonly path: string; readonly state: 'unread'; readonly why: Unread }

/** `no-such-file` is only said where its folder could be searched; otherwise it is `not-permitted`. */
export type Unread = Extract<
  ReasonCode,
  | 'no-such-file'
  | 'not-permitted'
  | 'not-a-regular-file'
  | 'broken-link'
  | 'io-error'
  | 'too-many'
  | 'timed-out'
  | 'connection-lost'
  | 'cancelled'
  | 'too-large'
>

export interface FileStat {
  /** Permission bits, such as 0o600. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** ISO 8601, UTC. */
  readonly modified: string
}

export type CommandResult =
  | { readonly state: 'ran'; readonly exit: number; readonly stdout: Uint8Array; readonly truncated: boolean }
  | {
      readonly state: 'unread'
      readonly why: Extract<
        ReasonCode,
        'tool-missing' | 'not-permitted' | 'timed-out' | 'connection-lost' | 'cancelled' | 'too-large'
      >
    }

export const DEFAULT_MAX_BYTES = 1024 * 1024
export const DEFAULT_MAX_FILES = 1000
