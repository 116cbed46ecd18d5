import { hash } from 'node:crypto'

/** What somebody did, as it is written down. */
export interface AuditEntry {
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly detail: string | null
}

/** An entry in its place: each holds the hash of the one before, so that none can be changed, put in or taken out between two. */
export interface AuditLink extends AuditEntry {
  /** Counts up from 1 without gaps. */
  readonly seq: number
  readonly prev: string
  readonly hash: string
}

/** What stands before the first. */
export const FIRST_LINK = '0'.repeat(64)

/** SHA-256, in hexadecimal, over all of an entry and the hash before it. */
export const auditHash = (seq: number, { at, actor, action, object, detail }: AuditEntry, prev: string): string =>
  hash('sha256', JSON.stringify(['rollcall audit 1', seq, at, actor, action, object, detail, prev]), 'hex')
