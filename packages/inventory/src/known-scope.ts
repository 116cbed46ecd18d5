import type { Finding, Outcome, Rights } from '@rollcall/contract'

/** A finding as the inventory holds it. `key` is its natural key within its scope. */
export interface KnownFinding {
  readonly key: string
  readonly finding: Finding
  readonly firstSeen: string
  readonly changedAt: string
  readonly goneSince: string | null
  /** Of one that is not gone: since when it is missing among so many that a second complete look has to confirm it. */
  readonly suspectedSince?: string
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
   * As whom all that is held was last read completely, and when: of a directory the account that logged in, of a host whoever stood for the
   * agent. Others may not see what they do, so they retire nothing. Absent before the first complete look.
   */
  readonly seenAs?: { readonly identity: string; readonly at: string }
  /** Digest of the findings last taken over; undefined before the first. */
  readonly digest: string | undefined
  /** Current findings, and how many of them the last look did not mention, since it was not allowed to retire them. */
  readonly findings: number
  readonly kept: number
  /** Of these, how many a complete look did not mention, so many at once that a second one has to confirm it; absent: none. */
  readonly suspected?: number
  readonly lastLook: string
  readonly lastComplete: string | null
}

/**
 * What becomes of a finding. `found` is what the first look at a scope sees: known from then on, but no change. `moved` is
 * the same fact at another line: the place is brought up to date, history is not. `suspected` stays as it was, and is remembered to be missing.
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
  | { readonly type: 'vanished' | 'suspected'; readonly key: string; readonly finding: Finding }
