import type { CredentialException } from '@rollcall/inventory'

/** An exception with who made it and why. */
export interface ExceptionRow extends CredentialException {
  readonly reason: string
  readonly addedAt: string
  readonly addedBy: string
  /** Current credentials that it holds for. */
  readonly credentials: number
}

/** Stored credentials that people except from what is to be dealt with. */
export interface Exceptions {
  /** The newest first. */
  all(): Promise<ExceptionRow[]>
  byId(id: string): Promise<ExceptionRow | undefined>
  /** Adds one and applies it to the first credentials that are known; `settle` goes on with the rest. */
  add(row: Omit<ExceptionRow, 'credentials'>): Promise<Settled & { readonly credentials: number }>
  /** Takes one back: `settle` makes what it held for as it would be without. False when there was none. */
  remove(id: string, at: string): Promise<boolean>
  /**
   * A step of what is left to do, so that nothing else waits long: of exceptions that were made, taken back or have ended at `at`.
   * What a process that was killed has left is taken up by the next.
   */
  settle(at: string): Promise<Settled>
}

export interface Settled {
  /** Credentials that are another way now. */
  readonly changed: number
  /** Whether there is more to do. */
  readonly open: boolean
}
