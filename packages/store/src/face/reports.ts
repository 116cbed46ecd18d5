import type { Finding } from '@rollcall/contract'
import type { ReportPart } from '@rollcall/contract/bus'

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
  /** Forgets those kept before an instant; of which reports they were. */
  forgetBefore(at: string): Promise<readonly { report: string; agent: string; target: string }[]>
}
