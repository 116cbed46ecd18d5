/**
 * V8's settings for every process that scans; given on its command line, since they count from the start only. Nearly all that a scan makes is
 * soon garbage. By itself V8 collects it in threads beside the one that makes it, which on a busy machine come too late; and it takes to
 * making what lived for a while among what is old, where garbage piles up until there is a lot of it.
 */
export const SCANNER_FLAGS: readonly string[] = [
  '--single-threaded',
  '--max-semi-space-size=4',
  '--no-allocation-site-pretenuring',
]

/** The word by which an agent that is a single file starts itself as a process that scans. */
export const SCANNER_WORD = 'scanner-process'
