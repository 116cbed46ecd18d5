import type { ScanCredential } from '@rollcall/contract'
import type { LeaseOutcome } from '@rollcall/contract/bus'

/** A credential that scans, without its secret, which only the vault's process has. */
export interface ScanCredentialRow extends ScanCredential {
  /** Of its secret. */
  readonly version: number
  /** `missing`: the vault does not know it, as after it was set back. */
  readonly state: 'usable' | 'suspended' | 'missing'
  readonly stateSince: string
  /** Why, as a sentence. */
  readonly stateReason: string | null
  /** Targets that did not take it, since it last logged in. */
  readonly rejections: number
  readonly addedAt: string
  readonly addedBy: string
  readonly lastLentAt: string | null
}

export interface ScanCredentials {
  /** By name. */
  all(): Promise<ScanCredentialRow[]>
  byId(id: string): Promise<ScanCredentialRow | undefined>
  save(row: ScanCredentialRow): Promise<void>
  remove(id: string): Promise<boolean>
}

/** One loan: a secret that was sealed to an agent for one look at one target. */
export interface LeaseRow {
  readonly id: string
  readonly agent: string
  readonly credential: string
  readonly version: number
  readonly run: string
  readonly attempt: string
  readonly target: string
  readonly lentAt: string
  readonly until: string
  readonly endedAt: string | null
  /** `expired`: the agent never said. */
  readonly outcome: LeaseOutcome | 'expired' | null
}

export interface Leases {
  add(rows: readonly LeaseRow[]): Promise<void>
  /** Those of one look that were not ended before. */
  end(agent: string, run: string, attempt: string, outcome: LeaseOutcome, at: string): Promise<LeaseRow[]>
  /** Ends what is over and of which nobody said how it went; how many. */
  expire(at: string): Promise<number>
  /** The newest first. */
  of(agent: string, limit: number): Promise<LeaseRow[]>
  ofCredential(credential: string, limit: number): Promise<LeaseRow[]>
  open(): Promise<number>
  /** Forgets those that ended before an instant. To whom a credential was ever lent is kept elsewhere. */
  forget(before: string): Promise<number>
}
