import type { HostSignals, TargetId } from '@rollcall/contract'

/** A host as the inventory holds it. */
export interface KnownHost {
  readonly id: string
  readonly name: string
  readonly signals: HostSignals
  readonly targets: readonly { target: TargetId; firstSeen: string; lastSeen: string }[]
  /** Targets at which it, and no other host, was seen last. */
  readonly residesAt: readonly TargetId[]
  readonly evidence: readonly IdentityEvidence[]
  readonly firstSeen: string
  readonly lastSeen: string
  /** The last look at which every probe was complete. */
  readonly lastGoodScan: string | null
}

/** Why a sighting was taken for a host, or what contradicts it. */
export interface IdentityEvidence {
  readonly at: string
  readonly sentence: string
  readonly contradicts: boolean
}

/** What a host looked like when it was last seen, by the digest of the report. */
export interface HostSighting {
  readonly target: TargetId
  readonly host: string
  readonly digest: string
  readonly at: string
}
