import type { Finding, Outcome, Rights } from '@rollcall/contract'

/** A finding as the inventory holds it. `key` is its natural key within its scope. */
export interface KnownFinding {
  readonly key: string
  readonly finding: Finding
  readonly firstSeen: string
  readonly changedAt: string
  readonly goneSince: string | null
}

/** What is known of one probe on one host: half of reconciliation's key is the probe, the other half the host. */
export interface ScopeState {
  readonly probe: string
  /** How the last look fared. */
  readonly outcome: Outcome
  /** With whose rights the last look was taken. */
  readonly privilege: Rights
  /** The most rights with which anything that is held was seen: fewer may not retire it. */
  readonly strongest: Rights
  /**
   * Of a directory, where rights have no order: as whom all that is held was last read completely, and when. Others may not see what they
   * do, so they retire nothing. Absent for hosts, and before the first complete look.
   */
  readonly seenAs?: { readonly identity: string; readonly at: string }
  /** Digest of the findings last taken over; undefined before the first. */
  readonly digest: string | undefined
  /** Current findings, and how many of them the last look did not mention, since it was not allowed to retire them. */
  readonly findings: number
  readonly kept: number
  readonly lastLook: string
  readonly lastComplete: string | null
}

/**
 * What becomes of a finding. `found` is what the first look at a scope sees: known from then on, but no change. `moved` is
 * the same fact at another line: the place is brought up to date, history is not.
 */
export type FindingChange =
  | {
      readonly type: 'found' | 'appeared' | 'moved'
      readonly key: string
      readonly finding: Finding
      readonly before: null
    }
  | {
      readonly type: 'changed' | 'reappeared'
      readonly key: string
      readonly finding: Finding
      readonly before: Finding
    }
  | { readonly type: 'vanished'; readonly key: string; readonly finding: Finding }
