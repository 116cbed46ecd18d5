/**
 * V8's settings for every process that scans; given on its command line, since they count from the start only. What a scan makes is soon
 * garbage, and V8 collects that in threads beside the one that makes it: on a busy machine these come too late, and it piles up. So it
 * is collected by the thread that makes it, and there is little room for what is new.
 */
export const SCANNER_FLAGS: readonly string[] = ['--single-threaded', '--max-semi-space-size=4']
