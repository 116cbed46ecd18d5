import type { ComputersOf, DirectoryTarget, Finding, HostTarget, Outcome, Reason } from '@rollcall/contract'
import type { DirectoryMemory, HashVerdict, ScannedDirectory, ScanWishes } from '@rollcall/discovery'
import type {
  CertificatePin,
  CertificatePolicy,
  DirectoryLimits,
  DirectoryLogin,
  HostLimits,
  Login,
  HostKeyPolicy,
  LoginRefusal,
  PasswordRules,
  ReachFailure,
  StartedLogin,
  SudoPolicy,
} from '@rollcall/reach'
import type { Secret } from '@rollcall/secret'
import type { TargetScan } from '../scanning.ts'

/*
 * What the agent and a process that scans say to each other, over a pipe that nobody else has. Whatever comes from such a process is believed
 * as little as what a target sends: it is passed on to the collector, which checks it.
 */

/** How one directory is reached and logged in to. Its pins, and what is known of logins that were rejected, stay with the agent. */
export interface DirectoryAccess {
  /** Absent: there is none, and nothing is read. */
  readonly login?: DirectoryLogin
  /** Authorities as PEM; only they count then. */
  readonly ca?: readonly string[]
  readonly policy: CertificatePolicy
  readonly limits?: Partial<DirectoryLimits>
}

/** How one host is reached and logged in to. */
export interface HostAccess {
  readonly logins: readonly Login[]
  readonly policy: HostKeyPolicy
  readonly localSudo?: SudoPolicy
  /** Whose accounts passwords are for, where a ledger of the agent's is asked before one is sent. */
  readonly passwordsOf?: PasswordRules['of']
  readonly limits?: Partial<HostLimits>
}

/** Which of the passwords that it was given a process wants to try. */
export interface LoginAsked {
  readonly login: number
  readonly use: 'login' | 'sudo'
}

/** A public host key, its blob as base64. */
export interface SentHostKey {
  readonly algorithm: string
  readonly blob: string
}

/** A hash of a password that was found, on its way to be compared. */
export interface SentHash {
  readonly hash: string
  readonly account?: string
  readonly service?: string
  readonly scheme?: string
}

/** What a process that scans is asked to do. */
export type Work =
  | {
      readonly kind: 'host'
      readonly target: HostTarget
      readonly access: HostAccess
      readonly wishes: ScanWishes
      readonly ordered: ScanWishes
      /** Stands for the product and its key where memories of files are kept. */
      readonly memories?: string
      /** Whether the agent compares hashes. */
      readonly compares: boolean
    }
  /** Its key alone is asked for, and nothing is offered to it. */
  | {
      readonly kind: 'host-key'
      readonly target: HostTarget
      readonly known: readonly SentHostKey[]
      readonly limits?: Partial<HostLimits>
    }
  | {
      readonly kind: 'directory'
      readonly target: DirectoryTarget
      readonly access: DirectoryAccess
      readonly startedAt: string
    }
  | {
      readonly kind: 'computers'
      readonly of: ComputersOf
      readonly access: DirectoryAccess
      readonly now: string
    }

/** What it gives in the end. */
export interface Gives {
  readonly host: TargetScan
  readonly 'host-key': SentHostKey
  readonly directory: { readonly scanned: ScannedDirectory | undefined; readonly notes: readonly Reason[] }
  readonly computers: Outcome
}

/** What it asks meanwhile, and what it is answered. */
export interface Questions {
  /** Keys of the host that the work is about. */
  readonly 'host-keys': {
    readonly asks: null
    readonly gets: {
      readonly keys: readonly SentHostKey[]
      readonly revoked: readonly SentHostKey[]
      readonly verified: boolean
      readonly collected?: true
      readonly authorities: number
    }
  }
  /** The host shows another key than the known one. */
  readonly 'other-host-key': { readonly asks: SentHostKey; readonly gets: null }
  readonly 'pin-host-key': { readonly asks: SentHostKey; readonly gets: 'pinned' | 'differs' }
  /** What was remembered of its files, where it proves to be the same host. */
  readonly 'remembered-files': { readonly asks: { readonly hostKey: string | null }; readonly gets: string | null }
  readonly 'remember-files': {
    readonly asks: { readonly hostKey: string | null; readonly text: string }
    readonly gets: null
  }
  readonly compare: {
    readonly asks: { readonly hashes: readonly SentHash[]; readonly milliseconds: number }
    readonly gets: readonly HashVerdict[]
  }
  /** The pin of the directory that the work is about. */
  readonly 'certificate-pin': { readonly asks: null; readonly gets: CertificatePin | null }
  readonly 'pin-certificate': { readonly asks: { readonly fingerprint: string }; readonly gets: 'pinned' | 'differs' }
  /** The directory shows another certificate than the pinned one. */
  readonly 'other-certificate': { readonly asks: { readonly fingerprint: string }; readonly gets: null }
  /** Before the login of the work is tried. A number stands for the login that was begun. */
  readonly 'begin-login': {
    /** Null: the only one there is. */
    readonly asks: LoginAsked | null
    readonly gets: number | LoginRefusal
  }
  readonly 'end-login': {
    readonly asks: { readonly login: number; readonly outcome: Parameters<StartedLogin['end']>[0] }
    readonly gets: null
  }
  /** From where on changes are to be told to whoever logged in so. */
  readonly remembered: { readonly asks: { readonly identity: string | null }; readonly gets: DirectoryMemory | null }
  /** Answered when more may be told. */
  readonly take: {
    readonly asks: { readonly probe: string; readonly findings: readonly Finding[] }
    readonly gets: null
  }
  readonly 'take-hosts': { readonly asks: readonly HostTarget[]; readonly gets: null }
}
export type Question = keyof Questions

/** Answers the questions of one piece of work. */
export type Answers = { readonly [Q in Question]?: (asked: Questions[Q]['asks']) => Promise<Questions[Q]['gets']> }

/** What the agent says. */
export type ToScanner =
  /** Once, before all else. */
  | { readonly say: 'setting'; readonly digestKey?: Secret }
  | { readonly say: 'begin'; readonly work: number; readonly of: Work }
  | { readonly say: 'cancel'; readonly work: number }
  | { readonly say: 'answer'; readonly question: number; readonly answer: Questions[Question]['gets'] }
  /** That could not be answered. */
  | { readonly say: 'no-answer'; readonly question: number }
  | { readonly say: 'alive?' }

/** What a process that scans says. */
export type FromScanner =
  | { readonly say: 'alive' }
  | {
      readonly say: 'ask'
      readonly work: number
      readonly question: number
      readonly what: Question
      readonly about: Questions[Question]['asks']
    }
  | { readonly say: 'done'; readonly work: number; readonly gives: Gives[Work['kind']] }
  | { readonly say: 'unreached'; readonly work: number; readonly code: ReachFailure; readonly detail?: string }
  /** A fault of ours: its kind and where it arose, never its message, which may quote what a target sent. */
  | { readonly say: 'fault'; readonly work: number; readonly name: string; readonly where: string }
