import type { TrustedKey, TrustKind } from '@rollcall/contract'

/** How a key stands. `changed`: another one is shown, nothing is sent there, and nobody has decided; `rejected`: the other one was refused. */
export type TrustState = 'changed' | 'rejected' | 'first-use' | 'collected' | 'approved' | 'revoked'

/** One key of a kind by which a target of a segment is known, and what is shown in its place. */
export interface TrustedKeyRow {
  readonly id: string
  readonly segment: string
  readonly kind: TrustKind
  readonly name: string
  readonly state: TrustState
  readonly key: TrustedKey
  readonly origin: 'first-use' | 'collected' | 'agent' | 'import' | 'replacement'
  readonly firstSeen: string
  /** Who saw it first. */
  readonly agent: string
  readonly lastSeen: string
  readonly lastAgent: string
  /** Whether somebody vouches for the key that is held, or says never to accept it. */
  readonly vouched: boolean
  readonly decided: { readonly by: string; readonly at: string; readonly reason: string | null } | null
  readonly shown: { readonly key: TrustedKey; readonly at: string; readonly agent: string } | null
  readonly former: string | null
}

export interface KeyCollectionRow {
  readonly id: string
  readonly segment: string
  readonly startedAt: string
  readonly startedBy: string
  readonly targets: string
  readonly endedAt: string | null
  /** JSON of what its agent told last. */
  readonly progress: string | null
}

export interface TrustedKeys {
  byId(id: string): Promise<TrustedKeyRow | undefined>
  byIds(ids: readonly string[]): Promise<TrustedKeyRow[]>
  /** All of some names, whatever their algorithm. */
  ofNames(segment: string, kind: TrustKind, names: readonly string[]): Promise<TrustedKeyRow[]>
  /** Those under a hashed name that have one of these keys. */
  hashed(segment: string, fingerprints: readonly string[]): Promise<TrustedKeyRow[]>
  /** Plain names under which one of these keys is known. */
  named(segment: string, fingerprints: readonly string[]): Promise<TrustedKeyRow[]>
  /** Those of a segment for which somebody vouches, or which are never to be accepted. */
  vouched(segment: string): Promise<TrustedKeyRow[]>
  /** Adds rows, or takes the place of those with their ids. */
  save(rows: readonly TrustedKeyRow[]): Promise<void>
  remove(ids: readonly string[]): Promise<number>
  collections(limit: number): Promise<KeyCollectionRow[]>
  collection(id: string): Promise<KeyCollectionRow | undefined>
  saveCollection(row: KeyCollectionRow): Promise<void>
}
