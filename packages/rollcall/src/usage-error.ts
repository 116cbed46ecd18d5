/** What the person who started the command can mend: the message says what and how. Printed without a stack; exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
