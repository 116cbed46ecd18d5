import type { ReachRow } from '@rollcall/inventory'

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
  | 'trust'

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
