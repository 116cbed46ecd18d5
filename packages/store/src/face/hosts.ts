import type { HostSignals, OutcomeStatus, Reason, ReasonCode, TargetId } from '@rollcall/contract'
import type { ManagementState, PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import type { HostSighting, IdentityEvidence, KnownHost } from '@rollcall/inventory'

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
  lastSightings(targets: readonly TargetId[]): Promise<ReadonlyMap<TargetId, HostSighting & HostEnding & TargetKnown>>
  /** `seenAgain` for many. Each host must be there once. */
  allSeenAgain(
    sightings: readonly { readonly sighting: HostSighting & HostEnding & TargetKnown; readonly at: string }[],
  ): Promise<void>
  /** Says that everything about a host is as at its last sighting: its looks, and those of all its scopes, are of this instant. */
  seenAgain(sighting: HostSighting, at: string): Promise<void>
  /** Records that a target was not reached; what is known of its host stays, and says so. */
  missed(target: TargetId, outcome: OutcomeStatus, reason: Reason | null, at: string): Promise<void>
}

/** What is kept of the target beside what is kept of its host. */
export interface TargetKnown {
  /** Whether it says already how the last look at its host fared, so that another that fares so need not be told of there. */
  readonly isTold?: boolean
}

/** How the last look at a host fared as a whole. */
export interface HostEnding {
  readonly outcome: OutcomeStatus
  readonly reason: ReasonCode | null
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
