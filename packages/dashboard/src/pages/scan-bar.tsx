/* eslint-disable jsx-a11y/prefer-tag-over-role -- drawn from elements, one for each part */
import type { ScanSummary } from '@rollcall/contract/api'
import { doneOf } from './scan-words.ts'
import styles from './scan-bar.module.css'

/** How far a scan is, from the work that is known. */
export const ScanBar = ({ scan }: { scan: ScanSummary }) => {
  const { planned, complete, partial, failed, running } = scan
  const part = (value: number) => ({ width: `${(100 * value) / Math.max(1, planned)}%` })
  return (
    <div
      className={styles['bar']}
      role="progressbar"
      aria-label="Targets done"
      aria-valuemin={0}
      aria-valuemax={planned}
      aria-valuenow={doneOf(scan)}
      aria-valuetext={`${doneOf(scan)} of ${planned}: ${complete} complete, ${partial} in part, ${failed} failed`}
    >
      <i data-look="complete" style={part(complete)} />
      <i data-look="partial" style={part(partial)} />
      <i data-look="failed" style={part(failed)} />
      <i data-look="running" style={part(running)} />
    </div>
  )
}
