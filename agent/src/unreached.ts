import type { Outcome } from '@rollcall/contract'
import type { ReachError } from '@rollcall/reach'
import { ScannerEnded } from './scanner/scanner-ended.ts'

/** What is told of a target that could not be read at all. */
export const unreached = (error: ReachError | ScannerEnded): Outcome => {
  const detail = error.detail === undefined ? {} : { detail: error.detail.slice(0, 500) }
  if (error instanceof ScannerEnded) return { status: 'failed', reasons: [{ code: 'scanner-ended', ...detail }] }
  return {
    status: error.code === 'timed-out' ? 'timed-out' : 'failed',
    reasons: [{ code: error.code, ...detail }],
  }
}
