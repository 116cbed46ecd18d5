import type { TrustSummary } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { count, counted } from '../format/count.ts'
import { tableSearch, type TableSearch } from '../search.ts'
import { trustQuery, viewsQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { ViewTable } from '../table/view-table.tsx'
import { Empty, Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { ApproveAll } from './approve-all.tsx'
import { Collecting } from './collecting.tsx'
import { KeyDrawer } from './key-drawer.tsx'
import { KnownHosts } from './known-hosts.tsx'
import styles from './trust.module.css'

/** By which host keys and certificates targets are known, and what is to be decided about them. */
export const TrustPage = () => {
  const search = tableSearch(useSearch({ strict: false }))
  const navigate = useNavigate()
  const views = useQuery(viewsQuery)
  const summary = useQuery({ ...trustQuery, refetchInterval: 5000 })
  const view = views.data?.find(({ id }) => id === 'trust')
  if (view === undefined || summary.data === undefined) {
    const failed = views.error ?? summary.error
    return (
      <Page title="Trust">
        {failed === null ? (
          <Skeleton lines={10} />
        ) : (
          <Failure error={failed} what="What is trusted could not be read" retry={() => void summary.refetch()} />
        )}
      </Page>
    )
  }
  const close = () => void navigate({ to: '.', search: (old: TableSearch) => ({ ...old, open: '' }) })
  return (
    <>
      <ViewTable
        view={view}
        search={search}
        renderLead={(total, filtered) => <Counted summary={summary.data} total={filtered ? total : null} />}
        renderActions={({ filter, total }) => (
          <>
            <ApproveAll filter={filter} total={total} />
            <Collecting segments={summary.data.segments} />
            <KnownHosts segments={summary.data.segments} />
          </>
        )}
        above={<ToDecide summary={summary.data} />}
        empty={
          <Empty title="No key is known yet">
            <p>
              A key or certificate is pinned when an agent first meets a target. Ask hosts for their keys now, without
              logging in, or import a known_hosts file.
            </p>
          </Empty>
        }
      />
      <KeyDrawer id={search.open} close={close} />
    </>
  )
}

const sumOf = ({ keys }: TrustSummary, ...states: readonly string[]) =>
  keys.reduce((sum, { state, count: number }) => sum + (states.includes(state) ? number : 0), 0)

const Counted = ({ summary, total }: { summary: TrustSummary; total: number | null }) => (
  <span>
    {total !== null && <b>{count(total)} match · </b>}
    {count(sumOf(summary, 'approved'))} approved, {count(sumOf(summary, 'first-use', 'collected'))} only seen
    {sumOf(summary, 'revoked') > 0 && `, ${count(sumOf(summary, 'revoked'))} never accepted`}
  </span>
)

/** What waits for somebody, and how the last asking for keys went. */
const ToDecide = ({ summary }: { summary: TrustSummary }) => {
  const changed = sumOf(summary, 'changed')
  const [newest] = summary.collections
  return (
    <div className={styles['above']}>
      {changed > 0 && (
        <Notice
          tone="bad"
          title={`${counted(changed, 'target')} ${changed === 1 ? 'shows' : 'show'} another key than the one held`}
          action={
            <Link to="/trust" search={{ filter: 'state:changed' }}>
              Look at {changed === 1 ? 'it' : 'them'}
            </Link>
          }
        >
          <p>Nothing is sent there until somebody decides. Open one to see both keys side by side.</p>
        </Notice>
      )}
      {newest !== undefined && <LastCollection collection={newest} />}
    </div>
  )
}

const LastCollection = ({ collection }: { collection: TrustSummary['collections'][number] }) => {
  const { state, asked, fresh, known, changed, silent, failed, targets } = collection
  const missed = failed.reduce((sum, one) => sum + one.count, 0)
  return (
    <details className={styles['collection']}>
      <summary>
        {state === 'done'
          ? 'Host keys were asked for'
          : state === 'lost'
            ? 'Asking for host keys broke off'
            : 'Asking for host keys'}
        : {counted(asked, 'host')} asked, {count(fresh)} new, {count(known)} known
        {changed > 0 && `, ${count(changed)} changed`}
        {missed > 0 && `, ${count(missed)} not reached`}
      </summary>
      <p>
        {targets}
        {silent > 0 && ` · ${counted(silent, 'address', 'addresses')} of ranges did not answer`}
      </p>
      {failed.length > 0 && (
        <ul>
          {failed.map(({ code, sentence, count: number, examples }) => (
            <li key={code}>
              {count(number)}: {sentence}
              {examples.length > 0 && <span className={styles['quiet']}> ({examples.join(', ')})</span>}
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}
