import type { MessagePort } from 'node:worker_threads'
import type { Access, Audit } from './face/access.ts'
import type { Logins } from './face/attempts.ts'
import type { Leases, ScanCredentials } from './face/credentials.ts'
import type { Directories } from './face/directories.ts'
import type { Exceptions } from './face/exceptions.ts'
import type { Agents, AgentCredentials, JoinTokens, Policies, FleetOrders, RefusedMessages } from './face/fleet.ts'
import type { Hosts, Principals } from './face/hosts.ts'
import type { Relations } from './face/relations.ts'
import type { Inbox, Spools, ReportParts } from './face/reports.ts'
import type { Scans, ScanShares, TargetSets } from './face/scans.ts'
import type { Schedules } from './face/schedules.ts'
import type { Scopes } from './face/scopes.ts'
import type { TrustedKeys } from './face/trust.ts'

export type {
  FindingChange,
  HostSighting,
  IdentityEvidence,
  KnownFinding,
  KnownHost,
  ScopeState,
} from '@rollcall/inventory'
export type * from './face/access.ts'
export type * from './face/attempts.ts'
export type * from './face/credentials.ts'
export type * from './face/directories.ts'
export type * from './face/exceptions.ts'
export type * from './face/fleet.ts'
export type * from './face/hosts.ts'
export type * from './face/relations.ts'
export type * from './face/reports.ts'
export type * from './face/scans.ts'
export type * from './face/schedules.ts'
export type * from './face/scopes.ts'
export type * from './face/trust.ts'

/** What is known, and the work in hand. All instants are ISO 8601 UTC text; ids are text. */
export interface Store extends Repositories, AsyncDisposable {
  /**
   * Runs work in one transaction: all of it is durable when the promise resolves, none of it when it rejects. Writers wait
   * for one another; nothing inside may wait for a network, nor write through the store rather than through `tx`.
   */
  atomically<T>(work: (tx: Repositories) => Promise<T>, options?: AtomicOptions): Promise<T>
  /** For one other thread of this process, which opens it by `openLent`. Undefined where only this thread can see the database. */
  lend(): Lent | undefined
}

/** By what another thread gets at a database that is open. Its port is to be transferred, and whoever gets it closes it. */
export interface Lent {
  readonly file: string
  readonly port: MessagePort
}

export interface AtomicOptions {
  /**
   * Durable only with the next transaction that is, which then makes all before it durable too: for work that is done again when it is lost.
   * All of it is there or none, whatever happens, and never something later without it.
   */
  readonly loose?: true
}

export interface Repositories {
  readonly inbox: Inbox
  readonly spools: Spools
  readonly hosts: Hosts
  readonly scopes: Scopes
  readonly directories: Directories
  readonly reportParts: ReportParts
  readonly principals: Principals
  readonly scans: Scans
  readonly scanShares: ScanShares
  readonly schedules: Schedules
  readonly targetSets: TargetSets
  readonly exceptions: Exceptions
  readonly access: Access
  readonly audit: Audit
  readonly scanCredentials: ScanCredentials
  readonly leases: Leases
  readonly logins: Logins
  readonly agents: Agents
  readonly agentCredentials: AgentCredentials
  readonly joinTokens: JoinTokens
  readonly policies: Policies
  readonly fleetOrders: FleetOrders
  readonly refusedMessages: RefusedMessages
  readonly trustedKeys: TrustedKeys
  readonly relations: Relations
}
