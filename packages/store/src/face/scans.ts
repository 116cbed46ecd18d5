import type { OutcomeStatus, Reason, ReasonCode, TargetId } from '@rollcall/contract'
import type { ScanState, ScanSummary, ScanTarget } from '@rollcall/contract/api'

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
