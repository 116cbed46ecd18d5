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

export interface Audit {
  append(entry: { at: string; actor: string; action: string; object: string; detail: string | null }): Promise<void>
  /** The newest first. */
  newest(limit: number): Promise<{ at: string; actor: string; action: string; object: string; detail: string | null }[]>
}
