import type { Overview } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { counted } from '../format/count.ts'
import { scansQuery, targetsQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { buttonLook } from '../ui/button.tsx'
import { Glyph } from '../ui/mark.tsx'
import { Notice } from '../ui/notice.tsx'
import styles from './first-run.module.css'
import { StartScan } from './start-scan.tsx'

/** Nothing has been looked at yet: says so, and what to do. */
export const FirstRun = ({ overview }: { overview: Overview }) => {
  const { data: targets } = useQuery(targetsQuery)
  const { data: scans } = useQuery(scansQuery)
  const running = scans?.find(({ state }) => state === 'running' || state === 'queued')
  const ended = running === undefined && overview.lastScan !== null
  const hasTargets = (targets?.length ?? 0) > 0
  return (
    <Page title="Overview" lead="Nothing has been looked at yet, so nothing is known.">
      {ended && overview.lastScan !== null && (
        <Notice
          tone="unknown"
          title="A scan has run, and no host could be read"
          action={
            <Link to="/scans/$scan" params={{ scan: overview.lastScan.id }} className={buttonLook('quiet')}>
              See why
            </Link>
          }
        >
          <p>The scan says for each target what stood in the way.</p>
        </Notice>
      )}
      <ol className={styles['steps']}>
        <li data-done={hasTargets}>
          <h2>{hasTargets && <Glyph tone="good" />} Say where to look</h2>
          <p>
            {hasTargets
              ? `${counted(targets?.length ?? 0, 'target set')} so far. You can add more at any time.`
              : 'Hosts, ranges and CIDR blocks, one per line, or an inventory file you already have.'}
          </p>
          <Link to="/targets" className={buttonLook(hasTargets ? 'quiet' : 'primary')}>
            {hasTargets ? 'See the targets' : 'Add targets'}
          </Link>
        </li>
        <li>
          <h2>Scan</h2>
          <p>Rollcall reads and changes nothing. What it may not read it says, host by host.</p>
          {running ? (
            <Link to="/scans/$scan" params={{ scan: running.id }} className={buttonLook('primary')}>
              Watch the scan that is running
            </Link>
          ) : (
            hasTargets && <StartScan kind="primary" />
          )}
        </li>
        <li>
          <h2>See who may become root</h2>
          <p>
            The overview fills while the scan runs: first how much could be read, then who is privileged, and why, line
            by line.
          </p>
        </li>
      </ol>
    </Page>
  )
}
