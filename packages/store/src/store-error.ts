const sentences = {
  'newer-database': 'the database was written by a newer version',
  'in-use': 'another process has the database open; stop it first, or give this one a file of its own',
  corrupt: 'the database file is damaged or not a database; restore it from a backup',
  'other-database': 'the file is a database of another program',
  'disk-full': 'the disk is full; nothing of the last change was kept. Free some space and try again',
  unwritable: 'the database file cannot be written; check its folder, owner and mode',
  busy: 'the database did not become free in time',
  closed: 'the store is closed',
  'unknown-column': 'there is no such column',
  'not-comparable': 'the column cannot be compared so',
  failed: 'the database reported an error',
} as const
export type StoreFailure = keyof typeof sentences

/** Why the store could not do something. `code` is for programs, `message` for people, `cause` for whoever debugs. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreFailure

  constructor(code: StoreFailure, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? sentences[code] : `${sentences[code]}: ${detail}`, options)
    this.code = code
  }
}
