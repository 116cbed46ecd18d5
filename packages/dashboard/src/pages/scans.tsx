import type { ScanSummary } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { count } from '../format/count.ts'
import { duration } from '../format/time.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { useAsking } from '../server/live.ts'
import { scansQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { buttonLook } from '../ui/button.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'
import { useElapsed, When } from '../ui/when.tsx'
import { ScanBar } from './scan-bar.tsx'
import { doneOf, isOpen, startedBy } from './scan-words.ts'
import styles from './scans.module.css'
import { StartScan } from './start-scan.tsx'

/** Every run, the newest first. */
export const Scans = () => {
  const asking = useAsking(true)
  const scans = useQuery({ ...scansQuery, refetchInterval: asking })
  return (
    <Page
      title="Scans"
      lead="Each run, and how its targets ended. A run never forgets what earlier ones found."
      actions={<StartScan />}
    >
      {scans.data === undefined ? (
        scans.isError ? (
          <Failure error={scans.error} what="The scans could not be listed" retry={() => void scans.refetch()} />
        ) : (
          <Skeleton lines={8} height={34} />
        )
      ) : scans.data.length === 0 ? (
        <Empty
          title="No scan has run yet"
          action={
            <Link to="/targets" className={buttonLook('quiet')}>
              See the targets
            </Link>
          }
        >
          <p>Nothing is known until one has. It reads and changes nothing.</p>
        </Empty>
      ) : (
        <ul className={styles['scans']}>
          {scans.data.map((scan) => (
            <Scan key={scan.id} scan={scan} />
          ))}
        </ul>
      )}
    </Page>
  )
}

const Scan = ({ scan }: { scan: ScanSummary }) => {
  const elapsed = useElapsed(scan.startedAt, scan.finishedAt)
  return (
    <li className={styles['scan']}>
      <div className={styles['what']}>
        <Link to="/scans/$scan" params={{ scan: scan.id }} className={styles['name']}>
          <When at={scan.startedAt} />
        </Link>
        <span className={styles['by']}>
          {visibleText(startedBy(scan))}, {isOpen(scan) ? `for ${duration(elapsed)}` : `took ${duration(elapsed)}`}
        </span>
      </div>
      <Mark tone={toneOf('scan', scan.state)}>{scan.state}</Mark>
      <div className={styles['how']}>
        <ScanBar scan={scan} />
        <p>
          {isOpen(scan) ? (
            <>
              <b>{count(doneOf(scan))}</b> of {count(scan.planned)} done
            </>
          ) : (
            <>
              <b>{count(scan.complete)}</b> complete, <b>{count(scan.partial)}</b> in part, <b>{count(scan.failed)}</b>{' '}
              failed
              {doneOf(scan) < scan.planned && `, ${count(scan.planned - doneOf(scan))} not scanned`}
            </>
          )}
        </p>
      </div>
    </li>
  )
}
