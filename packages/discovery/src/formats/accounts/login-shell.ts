/** Programs that end at once when somebody logs in with them as the shell, and names that nothing is found under. */
const SHELLS_OF_NOBODY = new Set([
  'nologin',
  'false',
  'true',
  'sync',
  'shutdown',
  'halt',
  'reboot',
  'poweroff',
  'noshell',
  'null',
  'nonexistent',
])

/** The shell that an account gets: empty in passwd means /bin/sh (passwd(5)). */
export const effectiveShell = (shell: string): string => (shell === '' ? '/bin/sh' : shell)

/** Whether a shell lets somebody work. */
export const isInteractiveShell = (shell: string): boolean =>
  !SHELLS_OF_NOBODY.has(effectiveShell(shell).trim().replace(/^.*\//, ''))
