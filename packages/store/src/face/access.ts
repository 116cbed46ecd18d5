import type { AuditEntry, AuditLink } from '../audit-chain.ts'

/** Who may use the API. Only hashes are kept: of passwords by scrypt, of random session and token values by SHA-256. */
export interface Access {
  users(): Promise<number>
  user(name: string): Promise<{ name: string; passwordHash: string } | undefined>
  addUser(user: { name: string; passwordHash: string; at: string }): Promise<void>
  addSession(session: { hash: string; user: string; expiresAt: string }): Promise<void>
  session(hash: string): Promise<{ user: string; expiresAt: string } | undefined>
  endSession(hash: string): Promise<void>
  addToken(token: { id: string; name: string; hash: string; createdAt: string; createdBy: string }): Promise<void>
  token(hash: string): Promise<{ id: string; name: string } | undefined>
  usedToken(id: string, at: string): Promise<void>
  tokens(): Promise<{ id: string; name: string; createdAt: string; createdBy: string; lastUsedAt: string | null }[]>
  removeToken(id: string): Promise<boolean>
}

/** Signed by the collector: this entry was there, with all before it. */
export interface AuditCheckpoint {
  readonly seq: number
  readonly hash: string
  readonly at: string
  /** Public, as base64url, and Ed25519 by it. */
  readonly key: string
  readonly signature: string
}

/** What people and programs did: a chain, in which nothing can be changed without all behind it. */
export interface Audit {
  append(entry: AuditEntry): Promise<void>
  /** The newest first. */
  newest(limit: number): Promise<AuditEntry[]>
  /** In their order. */
  links(after: number, limit: number): Promise<AuditLink[]>
  tip(): Promise<Pick<AuditLink, 'seq' | 'at' | 'hash'> | undefined>
  link(seq: number): Promise<Pick<AuditLink, 'seq' | 'at' | 'hash'> | undefined>
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>
  newestCheckpoint(): Promise<AuditCheckpoint | undefined>
  checkpoints(after: number, limit: number): Promise<AuditCheckpoint[]>
}
