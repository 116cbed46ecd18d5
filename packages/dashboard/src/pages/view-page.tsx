import { useQuery } from '@tanstack/react-query'
import type { ViewDescription } from '@rollcall/contract/api'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { AccountDrawer } from '../drawers/account-drawer.tsx'
import { HostDrawer } from '../drawers/host-drawer.tsx'
import { RowDrawer } from '../drawers/row-drawer.tsx'
import { lazy, Suspense } from 'react'
import { tableSearch, type TableSearch } from '../search.ts'
import { count, counted } from '../format/count.ts'
import { overviewQuery, viewsQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { rowsName } from '../table/known-views.ts'
import { ViewTable } from '../table/view-table.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'

const DirectoryAccountDrawer = lazy(async () => ({
  default: (await import('../directories/entry-drawers.tsx')).DirectoryAccountDrawer,
}))
const DirectoryGroupDrawer = lazy(async () => ({
  default: (await import('../directories/entry-drawers.tsx')).DirectoryGroupDrawer,
}))

/** A view with the drawer of one of its rows. */
export const ViewPage = ({ id }: { id: string }) => {
  const search = tableSearch(useSearch({ strict: false }))
  const navigate = useNavigate()
  const views = useQuery(viewsQuery)
  const view = views.data?.find((one) => one.id === id)
  if (view === undefined) {
    return (
      <Page title={views.isPending ? ' ' : 'No such list'}>
        {views.isPending ? (
          <Skeleton lines={10} />
        ) : views.isError ? (
          <Failure error={views.error} what="The lists could not be read" retry={() => void views.refetch()} />
        ) : (
          <Empty title="There is no such list">
            <p>The address names a list that this server does not have.</p>
          </Empty>
        )}
      </Page>
    )
  }
  const close = () => void navigate({ to: '.', search: (old: TableSearch) => ({ ...old, open: '' }) })
  const drawer = { id: search.open, close }
  return (
    <>
      <ViewTable
        key={id}
        view={view}
        search={search}
        {...(OF_DIRECTORIES.test(id)
          ? { renderLead: (total, filtered) => <OfDirectories view={view} total={total} filtered={filtered} /> }
          : {})}
      />
      {id === 'accounts' ? (
        <AccountDrawer {...drawer} />
      ) : id === 'hosts' ? (
        <HostDrawer {...drawer} />
      ) : id === 'directory_accounts' || id === 'directory_groups' ? (
        <Suspense>
          {id === 'directory_accounts' ? <DirectoryAccountDrawer {...drawer} /> : <DirectoryGroupDrawer {...drawer} />}
        </Suspense>
      ) : (
        <RowDrawer {...drawer} view={view} />
      )}
    </>
  )
}

/** Views whose rows rest on what was read of directories, and on no host. */
const OF_DIRECTORIES = /^director(y_|ies$)/

/** How many there are, and on how many directories that rests. */
const OfDirectories = ({
  view,
  total,
  filtered,
}: {
  view: ViewDescription
  total: number | null
  filtered: boolean
}) => {
  const { data } = useQuery(overviewQuery)
  if (data === undefined) return <span>…</span>
  const { total: all, complete } = data.directories
  return (
    <span>
      {total !== null && (
        <>
          <b>
            {count(total)} {rowsName(view, total)}
            {filtered && (total === 1 ? ' matches' : ' match')}
          </b>
          {' · '}
        </>
      )}
      from {count(complete)} of {counted(all, 'directory', 'directories')} read completely
      {complete < all && (
        <>
          {' · '}
          <Link
            to="/explore/$view"
            params={{ view: 'outcomes' }}
            search={{ filter: 'probe:directory-* -status:complete' }}
          >
            what is missing
          </Link>
        </>
      )}
    </span>
  )
}
