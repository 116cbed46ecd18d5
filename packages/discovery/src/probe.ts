import type { CredentialWishes, Finding, HostSignals, Reason, Rights } from '@rollcall/contract'
import type { Hash } from './detectors/keystores/opens-by-default.ts'
import type { OfferHash } from './stored-hash.ts'
import type { CurveName } from './formats/ssh-keys/curve.ts'
import type {
  CommandResult,
  FindRequest,
  FindResult,
  FoundEntry,
  HostFile,
  ReadRequest,
  RunRequest,
  Unread,
} from './host.ts'

/** What a probe may ask a host while it gathers. Questions that several probes ask at the same time travel together, once. */
export interface Gathering {
  /** Reads files, all patterns in one round trip. Never rejects: what could not be read says why. */
  read(...patterns: readonly string[]): Promise<readonly HostFile[]>
  /** The same with limits of its own. */
  readWith(options: Omit<ReadRequest, 'kind' | 'pattern'>, ...patterns: readonly string[]): Promise<readonly HostFile[]>
  /** Runs a program. Never rejects. */
  run(...argv: readonly [string, ...string[]]): Promise<CommandResult>
  /** The same with limits of its own. */
  runWith(options: Omit<RunRequest, 'kind' | 'argv'>, ...argv: readonly [string, ...string[]]): Promise<CommandResult>
  /** Finds entries of the file system. Never rejects. */
  find(options: Omit<FindRequest, 'kind'>): Promise<FindResult>
  /**
   * The same for asking before it is known what of it will matter: what could not be read so does not count for the outcome. What
   * matters of it is heeded, or asked for again.
   */
  readonly ahead: Pick<Gathering, 'readWith' | 'find'>
  /** Says of files that were read ahead that they matter. */
  heed(files: readonly HostFile[]): void
  /** Looks at what may hold secrets, of which nothing may stay but what `look` makes of it. */
  readonly distil: Distilling
  /** What whoever asked for the scan wishes of it. */
  readonly wishes: ScanWishes
  /** Takes hashes of passwords for being compared with guesses when all is read; absent where nobody wishes that. */
  readonly offerHash?: OfferHash
  /** Says that something this probe depends on could not be settled: the outcome is then no longer `complete`. */
  missed(reason: Reason): void
}

/** Answers that hold secrets are shown to a `look` and forgotten at once: no other probe gets them, and nothing else of them is kept. */
export interface Distilling {
  /** Looks at what a program prints. Never rejects but for a fault of `look`. */
  run<Kept>(
    options: Omit<RunRequest, 'kind' | 'argv'>,
    argv: RunRequest['argv'],
    look: (result: CommandResult, tools: DistilTools) => Kept,
  ): Promise<Kept>
  /** The same with files by patterns. */
  read<Kept>(
    options: Omit<ReadRequest, 'kind' | 'pattern'>,
    patterns: readonly string[],
    look: (files: readonly HostFile[], tools: DistilTools) => Kept,
  ): Promise<Kept>
  /**
   * Looks at files that a search found, in the order in which they are given, some at a time: the first with the questions that are
   * asked now, each further part in a round trip of its own, until the limits are reached. A file that is as it was when it was last
   * looked at in the same way is not read: what was kept of it then is given again. Never rejects. Gives one answer for each file.
   */
  files<Kept>(files: readonly WantedFile[], look: FileLook<Kept>): Promise<readonly LookedAt<Kept>[]>
}

export interface DistilTools {
  readonly keyedDigest: KeyedDigest
  readonly hash?: Hash
  /** As for `Gathering`. What is remembered of a file without being read offers none, so such files are not remembered. */
  readonly offerHash?: OfferHash
}

export interface WantedFile extends Pick<FoundEntry, 'path' | 'size' | 'stamp'> {
  /** Bytes of it at most, of what is in it where it is packed. */
  readonly maxBytes: number
  /** As for `ReadRequest`. */
  readonly unpack?: true
}

export interface FileLook<Kept> {
  /** Stands for all that decides what is kept of a file: another one has every file looked at again. */
  readonly version: string
  /** Limits of what is read, all files together. What is remembered does not count. */
  readonly maxFiles: number
  readonly maxBytes: number
  /** What is kept of a file: a JSON value without secrets. Undefined is nothing, and costs least to remember. */
  of(path: string, bytes: Uint8Array, truncated: boolean, tools: DistilTools): Kept | undefined
}

export type LookedAt<Kept> =
  | { readonly path: string; readonly state: 'looked'; readonly kept: Kept | undefined }
  | { readonly path: string; readonly state: 'unread'; readonly why: Unread }

/** What whoever asked for the scan wishes of it. */
export interface ScanWishes {
  readonly credentials?: CredentialWishes
}

/** What a probe made of what it gathered. */
export interface Parsed {
  readonly findings: readonly Finding[]
  /** What may hide findings: the outcome is then `partial`. */
  readonly reasons?: readonly Reason[]
  /** What is worth telling and hides nothing, such as a line that the host's own programs ignore as well. */
  readonly notes?: readonly Reason[]
  /** Of what the probe is about nothing could be read, though files beside it were: `denied`, say, rather than `partial`. */
  readonly nothingRead?: boolean
}

/** What is known of the host when a probe parses. */
export interface ParseContext {
  readonly host: Pick<HostSignals, 'hostname' | 'fqdn' | 'addresses' | 'os'>
  readonly privilege: Rights
  /** SHA-256 (FIPS 180-4): handed in, since this package computes with nothing but its arguments. */
  readonly sha256: Sha256
  /** The public half of a private number: handed in for the same reason. */
  readonly publicPoint: PublicPoint
  /**
   * Keyed digest of a secret, for telling that two are the same: at most 64 printable characters. Undefined where the installation
   * has no key for it.
   */
  readonly keyedDigest: KeyedDigest
  /** When the scan began. */
  readonly now: Date
}

export type KeyedDigest = (secret: string) => string | undefined

/** The 32 bytes of the SHA-256 of some bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/**
 * The point that belongs to a private number: of Ed25519 (RFC 8032) its 32 bytes, of a NIST curve (SEC 1) both coordinates with a 4 in
 * front. Undefined where there is none.
 */
export type PublicPoint = (curve: 'ed25519' | CurveName, secret: Uint8Array) => Uint8Array | undefined

/** What a probe must be able to read, in words for the documentation and for whoever grants the rights. */
export interface ProbeNeed {
  /** The files or programs, as a person would list them. */
  readonly reads: string
  /** Whether any account may read it on an ordinary host. */
  readonly right: 'any-account' | 'root'
  /** What stays unknown without it. */
  readonly hides: string
  /**
   * Where the right is root's: what `gather` asks for that takes it, so that a list of commands for sudo can be drawn up. Patterns of
   * files as they are read, and command lines as they are run. Both must be fixed: what follows from the answers of a host cannot
   * be listed. Searches that follow from no answer are listed by themselves; `searches` says that they are what this takes.
   */
  readonly grants?: {
    readonly read?: readonly string[]
    readonly run?: readonly (readonly [string, ...string[]])[]
    readonly searches?: true
  }
  /** Where the right is root's and no list can grant it, or not all of it: why. */
  readonly unlisted?: string
}

/** One gathered input and what the probe finds in it. Run as a test and printed as documentation. */
export interface ProbeExample<Gathered> {
  readonly title: string
  readonly gathered: Gathered
  readonly context?: Partial<ParseContext>
  readonly finds: readonly Finding[]
  readonly reasons?: readonly Reason[]
  readonly notes?: readonly Reason[]
}

/**
 * One kind of fact about a host: what to gather, how to read it, with examples. One file each, the default export of
 * `probes/<id>.ts`; `npm run register` lists it.
 */
export interface HostProbe<Gathered = unknown> {
  /** Stable, kebab-case: half of the scope that reconciliation keys on. */
  readonly id: string
  readonly title: string
  readonly needs: readonly ProbeNeed[]
  /** Asks the host; thinks only as much as it needs to know what to ask next. */
  gather(host: Gathering): Promise<Gathered>
  /** Reads what was gathered. Pure, total: any bytes give findings or reasons, never an exception. */
  parse(gathered: Gathered, context: ParseContext): Parsed
  readonly examples: readonly ProbeExample<Gathered>[]
}

/** Declares a probe. The type argument is inferred from `gather`. */
export const hostProbe = <Gathered>(probe: HostProbe<Gathered>): HostProbe<Gathered> => probe

/** A file as an example or a test gives it. */
export const exampleFile = (path: string, text: string): HostFile => ({
  path,
  state: 'read',
  bytes: new TextEncoder().encode(text),
  truncated: false,
})

/** A program's output as an example or a test gives it. */
export const exampleOutput = (text: string, exit = 0): CommandResult => ({
  state: 'ran',
  exit,
  stdout: new TextEncoder().encode(text),
  truncated: false,
})

/** The text of a file: invalid UTF-8 becomes U+FFFD, NUL stays; empty when it was not read. */
export const textOf = (file: HostFile | undefined): string => (file?.state === 'read' ? UTF8.decode(file.bytes) : '')

/** The text of a program's output; empty when it did not run. */
export const outputOf = (result: CommandResult): string => (result.state === 'ran' ? UTF8.decode(result.stdout) : '')

const UTF8 = new TextDecoder()
