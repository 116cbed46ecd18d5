import type {
  DirectorySignals,
  Finding,
  HostSignals,
  OutcomeStatus,
  Reason,
  ReasonCode,
  TargetId,
} from '@rollcall/contract'
import type {
  Change,
  DirectoryPath,
  ManagementState,
  PrivilegePath,
  ScanState,
  ScanSummary,
  ScanTarget,
  YesNoUnknown,
} from '@rollcall/contract/api'
import type { ReportPart } from '@rollcall/contract/bus'
import type {
  CredentialException,
  FindingChange,
  HostSighting,
  IdentityEvidence,
  KnownDirectory,
  KnownFinding,
  KnownHost,
  ReachRow,
  ScopeState,
} from '@rollcall/inventory'
import type {
  DirectoryAccountTable,
  DirectoryGroupTable,
  DirectoryMemberTable,
  DirectoryRightTable,
  DirectoryWeaknessTable,
} from './tables.ts'

export type { FindingChange, HostSighting, IdentityEvidence, KnownFinding, KnownHost, ScopeState }

/** What is known, and the work in hand. All instants are ISO 8601 UTC text; ids are text. */
export interface Store extends Repositories, AsyncDisposable {
  /**
   * Runs work in one transaction: all of it is durable when the promise resolves, none of it when it rejects. Writers wait
   * for one another; nothing inside may wait for a network, nor write through the store rather than through `tx`.
   */
  atomically<T>(work: (tx: Repositories) => Promise<T>, options?: AtomicOptions): Promise<T>
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
  readonly targetSets: TargetSets
  readonly exceptions: Exceptions
  readonly access: Access
  readonly audit: Audit
  readonly agents: Agents
  readonly agentCredentials: AgentCredentials
  readonly joinTokens: JoinTokens
  readonly policies: Policies
  readonly fleetOrders: FleetOrders
  readonly refusedMessages: RefusedMessages
  readonly relations: Relations
}

export interface Inbox {
  /** Remembers a report id. False when it was admitted before: its effect is already there. */
  admit(report: string, at: string): Promise<boolean>
  /** Whether it was admitted before. */
  admitted(report: string): Promise<boolean>
  /** Forgets ids admitted before an instant; how many there were. A report older than that would be taken again, to no effect. */
  forget(before: string): Promise<number>
}

/** What of the numbers of agents' spools is committed: the inbox of all that comes through one. */
export interface Spools {
  of(agent: string, epoch: string): Promise<SpoolKnown | undefined>
  save(known: SpoolKnown): Promise<void>
  /** Those heard last first. */
  all(): Promise<SpoolKnown[]>
  /** Forgets those not heard of since an instant. */
  forget(before: string): Promise<number>
}

export interface SpoolKnown {
  readonly agent: string
  readonly epoch: string
  /** Everything up to here is committed, and beyond it these ranges, both ends included. */
  readonly upTo: number
  readonly beyond: readonly (readonly [from: number, to: number])[]
  /** So many numbers the agent was told to be committed, and are not known here: this database was set back. */
  readonly forgotten: number
  /** Since when numbers before some that are committed are missing. */
  readonly gapSince: string | null
  readonly lastAt: string
}

export interface Hosts {
  /** Hosts that share a host key, machine id, DMI uuid or target with a sighting: at most 64 of each kind, the latest seen first. */
  candidates(signals: HostSignals, target: TargetId): Promise<KnownHost[]>
  byId(id: string): Promise<KnownHost | undefined>
  /** Inserts or replaces a host with its signals, the target it was seen by, and new evidence. `outcome` is how the look fared as a whole. */
  save(host: {
    id: string
    name: string
    /** Default `host`. */
    kind?: 'host' | 'directory'
    signals: HostSignals
    target: TargetId
    at: string
    evidence: readonly IdentityEvidence[]
    outcome: OutcomeStatus
    reason: Reason | null
    /**
     * Digest of the whole report but its findings, and until when the same again means nothing new: what is held may depend on
     * the day. Undefined where it must not be taken for the same again.
     */
    sighting: { readonly digest: string; readonly until: string | null } | undefined
  }): Promise<void>
  /** What was last seen at a target, for recognising that a report says nothing new. */
  lastSighting(target: TargetId): Promise<HostSighting | undefined>
  /** The same for many targets; those at which nothing was seen have none. */
  lastSightings(targets: readonly TargetId[]): Promise<ReadonlyMap<TargetId, HostSighting & HostEnding>>
  /** `seenAgain` for many. Each host must be there once. */
  allSeenAgain(
    sightings: readonly { readonly sighting: HostSighting & HostEnding; readonly at: string }[],
  ): Promise<void>
  /** Says that everything about a host is as at its last sighting: its looks, and those of all its scopes, are of this instant. */
  seenAgain(sighting: HostSighting, at: string): Promise<void>
  /** Records that a target was not reached; what is known of its host stays, and says so. */
  missed(target: TargetId, outcome: OutcomeStatus, reason: Reason | null, at: string): Promise<void>
}

/** How the last look at a host fared as a whole. */
export interface HostEnding {
  readonly outcome: OutcomeStatus
  readonly reason: ReasonCode | null
}

export interface Scopes {
  of(host: string): Promise<ScopeState[]>
  save(host: string, scopes: readonly ScopeState[]): Promise<void>
  /** Every finding of one scope, those gone included. */
  known(host: string, probe: string): Promise<KnownFinding[]>
  /** Every current finding of a host, by probe. */
  current(host: string): Promise<(KnownFinding & { probe: string })[]>
  /** Inserts and updates findings and appends to the history, in batches. The host must be there. */
  apply(host: string, probe: string, changes: readonly FindingChange[], at: string): Promise<void>
  /** How many pages the findings of a directory's scope lie on: `spotPage` tells on which. */
  pagesOf(host: string, probe: string): Promise<number>
  /** Makes pages enough for so many findings, and says how many there are then. They only ever become more. */
  layOut(host: string, probe: string, size: number): Promise<number>
  /** The findings of one page, those gone included. */
  page(host: string, probe: string, page: number): Promise<KnownFinding[]>
  /** The same as it is kept: `currentOnPage` reads it, wherever there is time for that. */
  pageText(host: string, probe: string, page: number): Promise<string | undefined>
  /**
   * As `apply`, for changes of findings that lie on one page, of which `known` is what is held. Rows of entries of a directory are left to
   * `applyRows`, since they are by far the most and lie elsewhere.
   */
  applyPage(
    host: string,
    probe: string,
    page: number,
    known: readonly KnownFinding[],
    changes: readonly FindingChange[],
    at: string,
  ): Promise<void>
  /** Brings the rows of entries of a directory up to date; best those that `rowOrder` puts together. Once more is the same as once. */
  applyRows(host: string, probe: string, changes: readonly FindingChange[], at: string): Promise<void>
  /** Gives the owners and groups of a host's files the names that their numbers have on it now. */
  nameOwners(host: string, names: OwnerNames): Promise<void>
  /** Newest first. `account` limits it to what concerns one account. What the first look found is told as appeared then, unless `found` is false. */
  history(query: { host?: string; account?: string; limit: number; found?: boolean }): Promise<Change[]>
}

/** What is known of directories beside what is known of hosts: `Hosts` has what they share, under the same ids. */
export interface Directories {
  /** Directories that share an id, suffix or target with a sighting, the latest seen first. */
  candidates(signals: DirectorySignals, target: TargetId): Promise<KnownDirectory[]>
  byId(id: string): Promise<KnownDirectory | undefined>
  /** Inserts or replaces what a directory says of itself, and counts anew what is in it. The host must be there. */
  save(id: string, signals: DirectorySignals, told: DirectoryTold): Promise<void>
  told(id: string): Promise<DirectoryTold>
  /** What is held of the privilege of some accounts or groups of it. */
  standings(of: 'account' | 'group', ids: readonly string[]): Promise<(DirectoryStanding & { readonly id: string })[]>
  saveStandings(
    of: 'account' | 'group',
    standings: readonly (DirectoryStanding & { readonly id: string })[],
  ): Promise<void>
  account(id: string): Promise<DirectoryAccountTable | undefined>
  group(id: string): Promise<DirectoryGroupTable | undefined>
  /** Memberships in a group, of a member, and rights over an entry or of somebody, that are not gone: at most `limit`. */
  membersOf(group: string, limit: number): Promise<DirectoryMemberTable[]>
  groupsOf(member: string, limit: number): Promise<DirectoryMemberTable[]>
  /** Memberships in a group that are gone, the last to go first: at most 200. */
  formerMembersOf(group: string): Promise<DirectoryMemberTable[]>
  rightsOver(entry: string, limit: number): Promise<DirectoryRightTable[]>
  rightsOf(trustee: string, limit: number): Promise<DirectoryRightTable[]>
  weaknessesOf(entry: string): Promise<DirectoryWeaknessTable[]>
  /** Accounts of hosts that are an account of a directory, and by what: at most 200. */
  accountsOnHosts(id: string): Promise<AccountOnHost[]>
  /** Rules of sudo that name groups, of those of all hosts, of which at most 50,000 are looked at. */
  rulesOfGroups(): Promise<{ host: string; grantees: readonly string[] }[]>
  /** Whether the directory has a computer account of that name, in whatever case. */
  hasComputer(directory: string, name: string): Promise<boolean>
  /** Weaknesses that are not gone, by code and severity. */
  weaknesses(id: string): Promise<{ weakness: string; severity: string; count: number }[]>
}

/** An account of a host that is one of a directory. */
export interface AccountOnHost {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly hostName: string
  readonly privileged: YesNoUnknown
  readonly by: 'sid' | 'object' | 'uid' | 'mapped-uid'
}

/** What follows from all of a directory and belongs to no entry. */
export interface DirectoryTold {
  /** Who has it in hand and has no row. */
  readonly outside: readonly { readonly name: string; readonly path: DirectoryPath }[]
  readonly unknownBecause: readonly string[]
}

/** Whether an account, or whoever is in a group, can take its directory over, as columns have it. */
export interface DirectoryStanding {
  readonly privileged: YesNoUnknown
  readonly tier: number | null
  readonly privilegedBy: string
  readonly path: string | null
  readonly unknownBecause: string
  /** `DirectoryPath`s as JSON. */
  readonly detail: string
}

/** Findings that came before their report. They count for nothing until it is taken in. */
export interface ReportParts {
  /** Keeps a part; once more is the same as once. */
  keep(part: ReportPart, at: string): Promise<void>
  /** Which parts of a report are kept, by probe. */
  kept(report: string): Promise<ReadonlyMap<string, ReadonlySet<number>>>
  /** How many findings all parts of a probe have together. */
  count(report: string, probe: string): Promise<number>
  /** Those of one part that lie in one of `SHARES` shares of the scope, which follow each other as pages do. */
  findings(report: string, probe: string, index: number, share: number): Promise<Finding[]>
  /** All of it, or one share: so that it takes long for nobody. */
  forget(report: string, only?: { readonly probe: string; readonly share: number }): Promise<void>
  /** Forgets those kept before an instant; how many there were. */
  forgetBefore(at: string): Promise<number>
}

/** Names by number, as a host has them. */
export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
}

/** A principal on a host, with everything that a row of the Accounts page shows. */
export interface PrincipalRow {
  /** Made by `idWithin` from its host and name. */
  readonly id: string
  readonly host: string
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly description: string | null
  readonly home: string
  readonly shell: string
  readonly privileged: YesNoUnknown
  readonly paths: readonly PrivilegePath[]
  readonly unknownBecause: readonly Reason[]
  /** Where it is listed: `files`, or the service of nsswitch.conf(5) that knows it; and the domain it is of there. */
  readonly source: string
  readonly domain: string | null
  readonly loginAllowed: YesNoUnknown
  readonly loginReasons: readonly { sentence: string; place?: { path: string; line?: number | undefined } }[]
  /** Null where it could not be looked at. */
  readonly password: 'usable' | 'locked' | 'none' | 'empty' | null
  readonly hashScheme: string | null
  readonly hashStrength: string | null
  /** What is wrong with its password, where stored hashes were compared. */
  readonly passwordWeaknesses: readonly string[]
  /** Keyed digest of its password hash, where an agent tells it. */
  readonly passwordDigest: string | null
  /** A day, or `must-change`. */
  readonly passwordChanged: string | null
  readonly accountExpires: string | null
  /** An instant, `never`, or null where it could not be looked at. */
  readonly lastLogin: string | null
  readonly lastLoginFrom: string | null
  /** The last login by a key that a log tells of; null where none does. */
  readonly lastKeyLogin: string | null
  /** What its host knows of its entry in a directory, and its plain name where no file of the host lists it. */
  readonly directorySid: string | null
  readonly directoryObject: string | null
  readonly directoryName: string | null
  readonly groups: readonly string[]
  /** Authorized keys; null where they could not be looked at. */
  readonly keys: number | null
  /** Units, jobs, services and processes that run as it, as far as they were found. */
  readonly services: number
  /** Other accounts of its host with the same uid. */
  readonly sharedUid: number
  readonly state: ManagementState
  /** `complete` when every probe that its privilege rests on was complete. */
  readonly completeness: 'complete' | 'partial'
  /** The probe that lists it. */
  readonly probe: string
  readonly firstSeen: string
  /** Of one that is not gone: its probe's last complete look, whatever was saved. */
  readonly lastSeen: string
  readonly goneSince: string | null
}

export interface Principals {
  /** Those gone included, by name. */
  of(host: string): Promise<PrincipalRow[]>
  byId(id: string): Promise<PrincipalRow | undefined>
  /** Inserts or replaces rows by id, with what follows from them: the host's counts, and which keys open root. */
  save(rows: readonly PrincipalRow[]): Promise<void>
}

export interface Scans {
  create(scan: {
    id: string
    trigger: ScanSummary['trigger']
    by: string | null
    targetSets: readonly string[]
    at: string
  }): Promise<void>
  summary(id: string): Promise<ScanSummary | undefined>
  newest(limit: number): Promise<ScanSummary[]>
  /** Scans that are queued, running or interrupted. */
  open(): Promise<{ id: string; targetSets: string[]; state: ScanState }[]>
  setState(id: string, state: ScanState, at: string): Promise<void>
  /** Adds targets; those already planned stay as they are. */
  plan(id: string, targets: readonly TargetId[], swept: number, silent: number): Promise<void>
  started(id: string, target: TargetId, at: string): Promise<void>
  /** Ends a target. A target that was never planned is planned by it. Later ends of the same target replace nothing. */
  done(
    id: string,
    end: { target: TargetId; host: string | null; outcome: OutcomeStatus; reason: Reason | null; at: string },
  ): Promise<void>
  /** `done` for many targets of one scan. */
  allDone(
    id: string,
    ends: readonly {
      target: TargetId
      host: string | null
      outcome: OutcomeStatus
      reason: ReasonCode | null
      at: string
    }[],
  ): Promise<void>
  /** Targets that ended, so that a resumed scan leaves them out. */
  doneTargets(id: string): Promise<TargetId[]>
  /** Sets every target that is running back to queued: after a restart. */
  requeue(id: string): Promise<void>
  /** Running first, then failed, then the rest. */
  targets(id: string, limit: number): Promise<ScanTarget[]>
  target(id: string, target: TargetId): Promise<ScanTarget | undefined>
  causes(id: string): Promise<{ reason: string; count: number; examples: string[] }[]>
  /**
   * Distinct targets that were ever planned, by how the last look at each ended: `failed` is every end but complete, partial
   * and truncated (which counts as partial); `never` were not once told to be a host, whatever the last end. They add up to `targets`.
   */
  lastLooks(): Promise<{ targets: number; complete: number; partial: number; failed: number; never: number }>
}

export interface TargetSetRow {
  readonly id: string
  readonly name: string
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly addedAt: string
  readonly addedBy: string
  /** The part of the network whose agents scan it. */
  readonly segment: string
}

export interface TargetSets {
  all(): Promise<TargetSetRow[]>
  byId(id: string): Promise<TargetSetRow | undefined>
  /** Of segment `local` unless it says otherwise. */
  add(row: Omit<TargetSetRow, 'segment'> & { readonly segment?: string }): Promise<void>
  /** False when there was none. What was found through it stays. */
  remove(id: string): Promise<boolean>
}

/** An exception with who made it and why. */
export interface ExceptionRow extends CredentialException {
  readonly reason: string
  readonly addedAt: string
  readonly addedBy: string
  /** Current credentials that it holds for. */
  readonly credentials: number
}

/** Stored credentials that people except from what is to be dealt with. */
export interface Exceptions {
  /** The newest first. */
  all(): Promise<ExceptionRow[]>
  byId(id: string): Promise<ExceptionRow | undefined>
  /** Adds one and applies it to the first credentials that are known; `settle` goes on with the rest. */
  add(row: Omit<ExceptionRow, 'credentials'>): Promise<Settled & { readonly credentials: number }>
  /** Takes one back: `settle` makes what it held for as it would be without. False when there was none. */
  remove(id: string, at: string): Promise<boolean>
  /**
   * A step of what is left to do, so that nothing else waits long: of exceptions that were made, taken back or have ended at `at`.
   * What a process that was killed has left is taken up by the next.
   */
  settle(at: string): Promise<Settled>
}

export interface Settled {
  /** Credentials that are another way now. */
  readonly changed: number
  /** Whether there is more to do. */
  readonly open: boolean
}

/** Who may use the API. Only hashes are kept: of passwords by scrypt, of random session and token values by SHA-256. */
export interface Access {
  users(): Promise<number>
  user(name: string): Promise<{ name: string; passwordHash: string } | undefined>
  addUser(user: { name: string; passwordHash: string; at: string }): Promise<void>
  addSession(session: { hash: string; user: string; expiresAt: string }): Promise<void>
  session(hash: string): Promise<{ user: string; expiresAt: string } | undefined>
  endSession(hash: string): Promise<void>
  addToken(token: { id: string; name: string; hash: string; createdAt: string; createdBy: string }): Promise<void>
  token(hash: string): Promise<{ id: string; name: string } | undefined>
  usedToken(id: string, at: string): Promise<void>
  tokens(): Promise<{ id: string; name: string; createdAt: string; createdBy: string; lastUsedAt: string | null }[]>
  removeToken(id: string): Promise<boolean>
}

export interface Audit {
  append(entry: { at: string; actor: string; action: string; object: string; detail: string | null }): Promise<void>
  /** The newest first. */
  newest(limit: number): Promise<{ at: string; actor: string; action: string; object: string; detail: string | null }[]>
}

/** An agent that was let in, as the collector knows it. Keys are public ones, as they travel. */
export interface AgentRow {
  readonly id: string
  readonly name: string
  readonly segment: string
  readonly state: 'waiting' | 'active' | 'quarantined' | 'revoked'
  readonly stateSince: string
  /** Why it is in that state, as a sentence. */
  readonly stateReason: string | null
  readonly generation: number
  readonly transport: string
  readonly signingKey: string
  readonly sealingKey: string
  /** The id of the join token by which it came in. */
  readonly token: string
  readonly enrolledAt: string
  /** The agent whose place it took. */
  readonly replaces: string | null
  readonly permitUntil: string | null
  readonly about: { readonly hostname: string; readonly version: string; readonly platform: string }
  readonly lastHeartbeat: string | null
  /** The last one, as JSON. */
  readonly heartbeat: string | null
  /** How far its clock is ahead of the collector's. */
  readonly clockOffsetMs: number
  /** The start of it that spoke last, the count and its own time of that; and the ids of starts before it, the newest first. */
  readonly session: string | null
  readonly sessionCount: number
  readonly sessionAt: string | null
  readonly sessionsBefore: readonly string[]
}

/** One renewal: what makes a repeated question and a copy of the agent two things. */
export interface AgentGeneration {
  readonly generation: number
  readonly nonce: string
  readonly transport: string
  readonly at: string
  readonly permitUntil: string
}

export interface Agents {
  all(): Promise<AgentRow[]>
  byId(id: string): Promise<AgentRow | undefined>
  add(row: AgentRow): Promise<void>
  save(row: AgentRow): Promise<void>
  /** Only what a heartbeat changes. */
  heard(
    id: string,
    heard: {
      readonly at: string
      readonly beat: string
      readonly clockOffsetMs: number
      readonly session: string
      readonly count: number
      readonly sessionAt: string
      readonly before: readonly string[]
    },
  ): Promise<void>
  /** The oldest first. */
  generations(id: string): Promise<AgentGeneration[]>
  addGeneration(id: string, generation: AgentGeneration): Promise<void>
}

/** A credential that an agent held: by name only. */
export interface AgentCredential {
  readonly credential: string
  readonly order: string
  readonly attempt: number
  readonly how: string
  readonly lentAt: string
  readonly endedAt: string | null
}

/** What was ever lent to agents: what has to be changed when one is taken over. */
export interface AgentCredentials {
  of(agent: string): Promise<AgentCredential[]>
  /** Once more is the same as once. */
  lend(agent: string, credential: Omit<AgentCredential, 'endedAt'>): Promise<void>
  /** Says that what was lent for an order is given back. */
  end(agent: string, order: string, at: string): Promise<void>
}

export interface JoinTokenRow {
  readonly id: string
  /** SHA-256 of its secret, in hexadecimal. */
  readonly secretHash: string
  readonly segment: string
  readonly name: string | null
  readonly replaces: string | null
  /** Whether somebody has to approve whoever comes with it. */
  readonly approve: boolean
  readonly state: 'open' | 'used' | 'burnt' | 'revoked'
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly tries: number
  readonly usedAt: string | null
  /** Digest of the keys that came with it: the same again gets the same answer. */
  readonly usedKeys: string | null
  readonly agent: string | null
}

export interface JoinTokens {
  /** The newest first. */
  all(): Promise<JoinTokenRow[]>
  byId(id: string): Promise<JoinTokenRow | undefined>
  add(row: JoinTokenRow): Promise<void>
  save(row: JoinTokenRow): Promise<void>
  /** Counts a try. */
  tried(id: string): Promise<void>
}

/** Policies as the root key signed them, in base64url; only the newest counts. */
export interface Policies {
  newest(): Promise<{ version: number; signed: string; at: string; by: string } | undefined>
  add(policy: { version: number; signed: string; at: string; by: string }): Promise<void>
}

export interface FleetOrderRow {
  readonly seq: number
  readonly id: string
  readonly kind: string
  readonly segment: string
  readonly agent: string | null
  readonly class: string
  readonly run: string | null
  readonly issuedAt: string
  readonly expires: string
  readonly state: 'given' | 'refused'
  readonly refusal: {
    readonly by: string | null
    readonly code: string
    readonly detail: string | null
    readonly at: string
  } | null
}

/** Orders that were signed, whether or not they were carried out. */
export interface FleetOrders {
  /** The next sequence number: only within the transaction that adds it. */
  next(): Promise<number>
  add(row: Omit<FleetOrderRow, 'refusal'>): Promise<void>
  /** An agent said that it does not carry it out. False when there is no such order. */
  refused(
    id: string,
    refusal: { readonly by: string; readonly code: string; readonly detail: string | null; readonly at: string },
  ): Promise<boolean>
  newest(limit: number): Promise<FleetOrderRow[]>
}

/** Messages that were not believed, counted by whom they claim to be from and why. */
export interface RefusedMessages {
  count(
    refused: { readonly source: string; readonly code: string; readonly at: string; readonly sentence: string },
    times: number,
  ): Promise<void>
  /** The latest first. */
  all(): Promise<{ source: string; code: string; count: number; firstAt: string; lastAt: string; sentence: string }[]>
}

/** What views are drawn from: flat, typed rows, read by condition, in order, from a position on. */
export interface Relations {
  page(query: RelationQuery): Promise<{ rows: RelationRow[]; next: Position | null }>
  /** All rows from one snapshot, in constant memory. */
  stream(query: Omit<RelationQuery, 'limit' | 'after'>): AsyncIterable<RelationRow>
  count(relation: RelationName, where: readonly Condition[]): Promise<number>
  /** The same in one pass for several: of the rows that hold `where`, how many hold all of each list. */
  counts(
    relation: RelationName,
    where: readonly Condition[],
    each: readonly (readonly Condition[])[],
  ): Promise<number[]>
  /** Distinct fingerprints among current keys that open an account, and how many of them do so on more than one host. */
  keyTotals(): Promise<{ distinct: number; sharedAcrossHosts: number }>
  /**
   * What the reach graph is made of, from one snapshot: keys of which a private half and a place that it opens are both known,
   * the hosts they are on, and all accounts of those. Keys that tie nothing together, or open nothing as things are, are left out.
   * Of one host, if it is given: it and its accounts, and nothing else.
   */
  reachRows(host?: string): AsyncIterable<ReachRow>
}

export type RelationName =
  | 'accounts'
  | 'hosts'
  | 'keys'
  | 'grants'
  | 'services'
  | 'service_accounts'
  | 'files'
  | 'stored_credentials'
  | 'outcomes'
  | 'changes'
  | 'scan_targets'
  | 'directories'
  | 'directory_accounts'
  | 'directory_groups'
  | 'directory_members'
  | 'directory_rights'
  | 'directory_weaknesses'
/** Cells as views have them; null is unknown. */
export type RelationRow = Record<string, string | number | null | string[]> & { id: string }

export interface RelationQuery {
  readonly relation: RelationName
  /** All must hold. */
  readonly where: readonly Condition[]
  readonly sort: { readonly column: string; readonly descending: boolean }
  readonly after?: Position
  readonly limit: number
}

/** Where a page ended: the sort cell and id of its last row. */
export interface Position {
  readonly value: string | number | null
  readonly id: string
}

/** Holds when any test does, or when none does if negated. Unknown cells match no test but `unknown`, and so every negation. */
export interface Condition {
  readonly anyOf: readonly Test[]
  readonly negated: boolean
}

export type Test =
  | { readonly column: string; readonly is: 'unknown' }
  /** Text without regard to case; for a list: one of its items. `pattern` has `*` for any text. */
  | { readonly column: string; readonly is: 'equal' | 'pattern'; readonly value: string }
  | { readonly column: string; readonly is: '>' | '>=' | '<' | '<=' | '='; readonly value: string | number }
