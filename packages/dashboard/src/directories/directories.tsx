import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, useSearch } from '@tanstack/react-router'
import { ViewPage } from '../pages/view-page.tsx'
import { tableSearch } from '../search.ts'
import { foundQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { Empty } from '../ui/notice.tsx'

/** Every directory that was read. A row leads to its page. */
export const Directories = () => {
  const { open } = tableSearch(useSearch({ strict: false }))
  const known = useQuery(foundQuery('directories', ''))
  if (open !== undefined) return <Navigate to="/directories/$directory" params={{ directory: open }} replace />
  if (known.data?.rows.length !== 0) return <ViewPage key="directories" id="directories" />
  return (
    <Page title="Directories">
      <Empty title="No directory has been read yet">
        <p>
          Add one under <Link to="/targets">Targets</Link>, such as <code>ldaps://dc.example.com</code>, and give
          Rollcall an account that may read it. Active Directory, Samba, OpenLDAP, 389 Directory Server and FreeIPA are
          known.
        </p>
      </Empty>
    </Page>
  )
}
