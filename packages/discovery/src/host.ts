import type { HostSignals, ReasonCode, Rights } from '@rollcall/contract'

/**
 * A host that answers questions. The face is implemented by `reach` for this machine and for SSH.
 *
 * Nothing a target does makes it throw: what could not be read is an answer that says why. Once the connection is gone or
 * the time is up, every further question is answered `unanswered` at once.
 */
export interface Host {
  /** With whose rights it reads. */
  readonly privilege: Rights
  /** The key that the host proved to hold; absent for this machine. */
  readonly provenHostKey?: HostSignals['provenHostKey']
  /** Answers all requests in order, in one round trip. */
  ask(requests: readonly HostRequest[], signal: AbortSignal): Promise<HostAnswer[]>
}

export type HostRequest = ReadRequest | RunRequest | FindRequest | FetchRequest

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
  /** Keeps only lines that contain one of these texts, each without control characters: the host sends no others. */
  readonly matching?: readonly string[]
  /** Unpacks what is packed, some seconds for each, told by the end of its name: `.gz`, `.xz`, `.bz2`, `.zst`. What has no such end is read as it is. */
  readonly unpack?: true
}

/** A program with its arguments, never a shell line. Its standard input is empty, its messages are dropped, its language is C. */
export interface RunRequest {
  readonly kind: 'run'
  readonly argv: readonly [string, ...string[]]
  /** Bytes of output at most; default 1 MiB. */
  readonly maxBytes?: number
  /** As for `ReadRequest`. */
  readonly matching?: readonly string[]
}

/**
 * Entries of the file system to find by what they are, never by following links. Names that hold a line feed are passed over and
 * counted. Requests of one batch that begin in the same folders share one walk.
 */
export interface FindRequest {
  readonly kind: 'find'
  /** Folders to begin in or, with `maxDepth: 0`, the paths to look at themselves. Wildcards as in `ReadRequest.pattern`. */
  readonly under: readonly string[]
  /** How many folders deep; 0 looks only at what is named. Default 32. */
  readonly maxDepth?: number
  /** Goes on into other file systems that are mounted below. Without it no network file system is walked by accident. */
  readonly otherFileSystems?: true
  /**
   * What is passed over with all that is below: absolute paths, or names wherever they are. Wildcards as in `ReadRequest.pattern`;
   * here and in `names` they match a period at the beginning as well. One that ends with `/` is for folders alone, which costs far
   * less where there are many files.
   */
  readonly except?: readonly string[]
  /** All that are given must hold. */
  readonly where?: FindCondition
  /** Entries at most; default 10,000. */
  readonly maxEntries?: number
  /** Also tells `FoundEntry.stamp`, where the host can. */
  readonly stamp?: true
  /** Has a walk of its own, so that however much it finds, other searches are not cut off for it. */
  readonly alone?: true
}

export interface FindCondition {
  /** Default: all. */
  readonly types?: readonly FileType[]
  /** The last part of its path matches one of these, wildcards as in `ReadRequest.pattern`. */
  readonly names?: readonly string[]
  /** It has at least one of these permission bits, such as 0o6000. */
  readonly anyMode?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  /** A regular file that may be read and holds one of these texts, each without control characters. */
  readonly containing?: readonly string[]
}

export type FileType = 'file' | 'folder' | 'link' | 'socket' | 'fifo' | 'device' | 'other'

export interface FoundEntry extends FileStat {
  readonly path: string
  readonly type: FileType
  readonly size: number
  /** Where a symbolic link points, as written. */
  readonly target?: string
  /**
   * Which file it is and when its content or status last changed, `inode:seconds`, as precisely as the host tells: as long as it is
   * the same, so is what the file holds.
   */
  readonly stamp?: string
}

/**
 * Many files to read whole in one go, by absolute paths that a search found: far cheaper for the host than as many readings. Links are
 * not followed, and of a file that has grown meanwhile no more is read than `maxBytes` for all of them together.
 */
export interface FetchRequest {
  readonly kind: 'fetch'
  readonly paths: readonly string[]
  /** Bytes of all files together at most. */
  readonly maxBytes: number
}

export type FindResult =
  | {
      readonly state: 'found'
      /** In no particular order. What was asked for and does not exist is not among them. */
      readonly entries: readonly FoundEntry[]
      /** What could not be searched, some of it if there is much: folders, and files whose content was to be looked at. */
      readonly unsearched: readonly { readonly path: string; readonly why: Unread }[]
      /** Names passed over because they hold a line feed. */
      readonly unnamed: number
      /** There were more than `maxEntries`, or it took longer than it may. */
      readonly cut?: 'too-many' | 'timed-out'
    }
  | {
      readonly state: 'unread'
      readonly why: Extract<
        ReasonCode,
        'tool-missing' | 'not-permitted' | 'timed-out' | 'connection-lost' | 'cancelled' | 'too-large'
      >
    }

export type HostAnswer =
  | { readonly kind: 'read'; readonly files: readonly HostFile[] }
  | { readonly kind: 'run'; readonly result: CommandResult }
  | { readonly kind: 'find'; readonly result: FindResult }
  /** In the order of the paths, one each. */
  | { readonly kind: 'fetch'; readonly files: readonly HostFile[] }

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

/**
 * `no-such-file` is only said where its folder could be searched; otherwise it is `not-permitted`. `tool-missing`: the program that
 * unpacks it.
 */
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
  | 'tool-missing'
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
export const DEFAULT_MAX_ENTRIES = 10_000
