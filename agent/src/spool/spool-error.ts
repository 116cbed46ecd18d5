const sentences = {
  'in-use': 'another agent has this spool open',
  newer: 'this spool was made by a newer agent; start that one, so that what it has not sent yet is not lost',
  unwritable: 'the spool cannot be written',
  full: 'the disk of the spool is full',
  damaged: 'the spool is damaged',
  closed: 'the spool is closed',
} as const

export type SpoolFailure = keyof typeof sentences

/** Why the spool could not be opened or written. `code` is for programs, `message` for people, `cause` for whoever debugs. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError'
  readonly code: SpoolFailure

  constructor(code: SpoolFailure, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? sentences[code] : `${sentences[code]}: ${detail}`, options)
    this.code = code
  }
}

/** What SQLite says of a file, by its result code; undefined for what is no word of its. */
export const spoolFailure = (error: unknown): SpoolFailure | undefined => {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  // A damaged one that was closed and could not be made anew.
  if (code === 'ERR_INVALID_STATE') return 'damaged'
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return undefined
  switch (errcode & 0xff) {
    case 11:
    case 26:
      return 'damaged'
    case 5:
    case 6:
      return 'in-use'
    case 13:
      return 'full'
    // An input or output error: a full disk may show as one, and so does one that is failing.
    case 10:
      return 'full'
    default:
      return 'unwritable'
  }
}
