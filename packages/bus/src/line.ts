import type { Envelope } from '@rollcall/contract/bus'

/**
 * Messages that are worth nothing later: questions that wait for their answer, and words that are repeated until they are old. Delivered at
 * most once, to whoever listens now.
 */
export interface Line extends AsyncDisposable {
  /** Asks and waits. Rejects with BusError `no-answer` when nobody listens or none came in time, `closed`, or `too-large`. */
  ask(
    subject: string,
    message: Envelope,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Envelope>
  /** Answers what is asked on all subjects that match a pattern (`*` is one token). A handler that rejects leaves the question without an answer. */
  answer(pattern: string, handler: (message: Envelope, subject: string) => Promise<Envelope>): Promise<AsyncDisposable>
  /** Says something to whoever hears it now. Resolves when it is handed over, heard or not. */
  tell(subject: string, message: Envelope): Promise<void>
  hear(pattern: string, handler: (message: Envelope, subject: string) => Promise<void>): Promise<AsyncDisposable>
}
