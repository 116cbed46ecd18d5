import type { Outcome, OutcomeStatus, Reason, ReasonCode, TargetId, TargetSet } from '@rollcall/contract'
import type { ScanShare, ScanState, ScanSummary, ScanTarget } from '@rollcall/contract/api'
import type { OrderClass, ScanTiming } from '@rollcall/contract/bus'

/** What a scan looks at: its sets, when their targets are begun, and what it goes before. */
export interface AskedScan {
  readonly segment: string
  readonly sets: readonly TargetSet[]
  readonly timing?: ScanTiming
  readonly class: OrderClass
}

export interface Scans {
  create(scan: {
    id: string
    trigger: ScanSummary['trigger']
    by: string | null
    targetSets: readonly string[]
    at: string
    schedule?: string
    asked?: AskedScan
  }): Promise<void>
  summary(id: string): Promise<ScanSummary | undefined>
  newest(limit: number): Promise<ScanSummary[]>
  /** Scans that are queued, running or interrupted. */
  open(): Promise<OpenScan[]>
  setState(id: string, state: ScanState, at: string): Promise<void>
  /** Adds targets; those already planned stay as they are, but for the share that they are left to. */
  plan(id: string, targets: readonly TargetId[], swept: number, silent: number, share?: string): Promise<void>
  /** Targets that a share has planned and that have not ended. */
  openOf(share: string): Promise<TargetId[]>
  /** Whether a target is left to a share, or was when it ended. */
  hasPlanned(share: string): Promise<boolean>
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
  /** Sets every target that is running back to queued, of one share or of all: after a restart. */
  requeue(id: string, share?: string): Promise<void>
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

export interface OpenScan {
  readonly id: string
  readonly targetSets: string[]
  readonly state: ScanState
  readonly schedule: string | null
  readonly asked: AskedScan | undefined
}

/** A part of a scan: what one agent has at a time. Its id is the run that its order names. */
export interface ScanShareRow {
  readonly id: string
  readonly scan: string
  readonly segment: string
  readonly state: ScanShare['state']
  readonly class: OrderClass
  /** One set, and those with exclusions of their own. */
  readonly targets: readonly TargetSet[]
  readonly timing: ScanTiming | null
  readonly agent: string | null
  /** The start of the agent that took it; null: not known yet. */
  readonly session: string | null
  readonly attempt: number
  /** Addresses that it has probed, and on how many of them nothing answered. */
  readonly swept: number
  readonly silent: number
  readonly givenAt: string | null
  readonly takenAt: string | null
  readonly endedAt: string | null
  /** After this nobody can take its order. */
  readonly expires: string | null
  /** Where in its spool its agent said that it is done. */
  readonly mark: { readonly epoch: string; readonly seq: number } | null
  readonly outcome: Outcome | null
  readonly reason: string | null
}

export interface ScanShares {
  /** All that have not ended, the urgent first, then in the order in which they were made. */
  open(): Promise<ScanShareRow[]>
  byId(id: string): Promise<ScanShareRow | undefined>
  /** With how many of its targets were planned by each, and how many of these ended; those at work first. */
  of(scan: string, limit: number): Promise<(ScanShareRow & { readonly planned: number; readonly done: number })[]>
  save(rows: readonly ScanShareRow[]): Promise<void>
  /** Counts addresses as not probed that a lost share had probed, since whoever takes over probes them again. */
  unsweep(share: ScanShareRow): Promise<void>
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
