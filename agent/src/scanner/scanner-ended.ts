/** A process that scans ended while it was at work, by itself or because it took too much. */
export class ScannerEnded extends Error {
  override readonly name = 'ScannerEnded'
  /** For people; ours. */
  readonly detail: string

  constructor(detail: string) {
    super(`the process that scanned ended: ${detail}`)
    this.detail = detail
  }
}
