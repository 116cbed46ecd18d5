/** Why a request is not answered as asked: rendered once, in `http/app.ts`, as a problem (RFC 9457). */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** For programs. */
  readonly code: string
  readonly errors: readonly { pointer: string; detail: string }[] | undefined
  /** Seconds until it makes sense to ask again. */
  readonly retryAfter: number | undefined

  constructor(
    status: number,
    code: string,
    sentence: string,
    more: { errors?: readonly { pointer: string; detail: string }[]; retryAfter?: number } = {},
  ) {
    super(sentence)
    this.status = status
    this.code = code
    this.errors = more.errors
    this.retryAfter = more.retryAfter
  }
}
