import type { Outcome } from '@rollcall/contract'
import type { ReachError } from '@rollcall/reach'

/** What is told of a target that could not be read at all. */
export const unreached = (error: ReachError): Outcome => ({
  status: error.code === 'timed-out' ? 'timed-out' : 'failed',
  reasons: [{ code: error.code, ...(error.detail === undefined ? {} : { detail: error.detail.slice(0, 500) }) }],
})
