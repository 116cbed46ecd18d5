import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { AccountDrawer } from '../drawers/account-drawer.tsx'
import { HostDrawer } from '../drawers/host-drawer.tsx'
import { RowDrawer } from '../drawers/row-drawer.tsx'
import { lazy, Suspense } from 'react'
import { tableSearch, type TableSearch } from '../search.ts'
import { viewsQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
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
      <ViewTable key={id} view={view} search={search} />
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
