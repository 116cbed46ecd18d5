import type { Change } from '@rollcall/contract/api'
import type { FindingChange, KnownFinding, ScopeState } from '@rollcall/inventory'

export interface Scopes extends DirectoryPages {
  of(host: string): Promise<ScopeState[]>
  save(host: string, scopes: readonly ScopeState[]): Promise<void>
  /** Every finding of one scope, those gone included. */
  known(host: string, probe: string): Promise<KnownFinding[]>
  /** Every current finding of a host, by probe. */
  current(host: string): Promise<(KnownFinding & { probe: string })[]>
  /** Inserts and updates findings and appends to the history, in batches. The host must be there. */
  apply(host: string, probe: string, changes: readonly FindingChange[], at: string): Promise<void>
  /** Brings the rows of entries of a directory up to date; best those that `rowOrder` puts together. Once more is the same as once. */
  applyRows(host: string, probe: string, changes: readonly FindingChange[], at: string): Promise<void>
  /** Gives the owners and groups of a host's files the names that their numbers have on it now. */
  nameOwners(host: string, names: OwnerNames): Promise<void>
  /** Newest first. `account` limits it to what concerns one account. What the first look found is told as appeared then, unless `found` is false. */
  history(query: { host?: string; account?: string; limit: number; found?: boolean }): Promise<Change[]>
}

/** The findings of scopes of directories, of which nobody holds all at once. Pages have numbers, which `spotPage` tells. */
export interface DirectoryPages {
  /** How many pages there are; 0 where nothing was ever written. */
  pagesOf(host: string, probe: string): Promise<number>
  /** How many pages there should be for so many findings: never fewer than there are. */
  layOut(host: string, probe: string, size: number): Promise<number>
  /** Takes a step on the way to so many pages; false when there are. Before that nothing else may be written to the scope. */
  splitPage(host: string, probe: string, pages: number): Promise<boolean>
  /** The findings of one page, those gone included. */
  page(host: string, probe: string, page: number): Promise<KnownFinding[]>
  /** Some pages as they are kept, those after one, and the number of the last of them: `currentOnPage` reads them, wherever there is time for that. */
  pageTexts(host: string, probe: string, after: number): Promise<{ texts: string[]; last: number | undefined }>
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
}

/** Names by number, as a host has them. */
export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
}
