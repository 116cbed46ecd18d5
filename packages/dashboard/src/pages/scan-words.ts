import type { ScanSummary } from '@rollcall/contract/api'

export const doneOf = ({ complete, partial, failed }: ScanSummary): number => complete + partial + failed

export const isOpen = ({ state }: ScanSummary): boolean => state === 'running' || state === 'queued'

const TRIGGERS = { start: 'at start', schedule: 'by schedule', person: 'by hand' } as const

/** Who or what started it. */
export const startedBy = ({ trigger, by }: ScanSummary): string => (by === null ? TRIGGERS[trigger] : `by ${by}`)

/** Milliseconds until it ends, once a tenth is done; before that nobody knows. */
export const timeLeft = (scan: ScanSummary, elapsed: number): number | undefined => {
  const done = doneOf(scan)
  if (!isOpen(scan) || done === 0 || done < scan.planned / 10 || elapsed < 3000) return undefined
  return (elapsed / done) * Math.max(0, scan.planned - done)
}
