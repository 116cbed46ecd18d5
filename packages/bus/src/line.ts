import type { Envelope } from '@rollcall/contract/bus'

/**
 * Messages that are worth nothing later: questions that wait for their answer, and words that are repeated until they are old. Delivered at
 * most once, to whoever listens now. Those who answer the same subjects share the questions; all who hear a subject hear what is told.
 */
export interface Line extends AsyncDisposable {
  /**
   * Asks and waits. Rejects with BusError `no-answer` when nobody listens or none came in time, `closed`, `too-large` over 256 KiB, or
   * `forbidden`; or with the reason of the signal.
   */
  ask(
    subject: string,
    message: Envelope,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Envelope>
  /**
   * Answers what is asked on all subjects that match a pattern (`*` is one token). A handler that rejects leaves the question without an
   * answer. Disposing waits for handlers at work.
   */
  answer(pattern: string, handler: (message: Envelope, subject: string) => Promise<Envelope>): Promise<AsyncDisposable>
  /** Says something to whoever hears it now. Resolves when it is handed over, heard or not. Rejects with BusError `closed` or `too-large`. */
  tell(subject: string, message: Envelope): Promise<void>
  /** Hears what is told on all subjects that match a pattern. Disposing waits for handlers at work. */
  hear(pattern: string, handler: (message: Envelope, subject: string) => Promise<void>): Promise<AsyncDisposable>
}

/** Milliseconds that a question waits for its answer. */
export const DEFAULT_TIMEOUT_MS = 5000

export const MAX_LINE_BYTES = 256 * 1024

/** Messages that one listener deals with at the same time; what comes beyond is not heard. */
export const MAX_AT_WORK = 256
