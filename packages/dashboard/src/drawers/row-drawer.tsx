import type { ViewColumn, ViewDescription } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { rowQuery } from '../server/queries.ts'
import { CellContent } from '../table/cell.tsx'
import { ListLink } from '../pages/list-link.tsx'
import { namingColumn } from '../table/known-views.ts'
import { buttonLook } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'
import { ExceptCredential } from './except-credential.tsx'
import { Facts, Section } from './parts.tsx'
import styles from './row-drawer.module.css'

/** Entries of directories that have a drawer, by their type. */
const ENTRY_VIEWS: Readonly<Record<string, string>> = {
  user: 'directory_accounts',
  computer: 'directory_accounts',
  'managed-service': 'directory_accounts',
  group: 'directory_groups',
  role: 'directory_groups',
}
const ENTRY_NAMES = { object: 'the entry', trustee: 'who holds it', group: 'the group', member: 'the member' } as const

/** A row of any view, with all its columns. */
export const RowDrawer = ({
  id,
  close,
  view,
}: {
  id: string | undefined
  close: () => void
  view: ViewDescription
}) => {
  const row = useQuery({ ...rowQuery(view.id, id ?? ''), enabled: id !== undefined })
  const name = namingColumn(view)
  const host = row.data?.['host_id']
  const account = row.data?.['account_id']
  const facts = view.columns.filter((column) => !/(^|_)id$/.test(column.id) && column.id !== name?.id)
  // What somebody decides by comes first, then what they do, then all the rest.
  const apart = new Set(
    view.id === 'stored_credentials'
      ? facts.filter(({ id, shown }) => !shown && id !== 'name').map(({ id }) => id)
      : [],
  )
  const fact = (column: ViewColumn) =>
    [column.title, <CellContent key={column.id} column={column} cell={row.data?.[column.id]} whole />] as const
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={view.title}
      title={row.data && name ? <CellContent column={name} cell={row.data[name.id]} whole /> : view.title}
    >
      {row.data ? (
        <>
          <Facts rows={facts.filter(({ id }) => !apart.has(id)).map(fact)} />
          {view.id === 'stored_credentials' && (
            <>
              <div className={styles['links']}>
                <ExceptCredential key={id} row={row.data} done={close} />
                {Number(row.data['same_secret'] ?? 0) > 0 && (
                  <ListLink
                    className={buttonLook('quiet')}
                    view="stored_credentials"
                    filter={`digest:"${String(row.data['digest'])}"`}
                  >
                    Everywhere this secret lies
                  </ListLink>
                )}
              </div>
              <Section title="In detail">
                <Facts rows={facts.filter(({ id }) => apart.has(id)).map(fact)} />
              </Section>
            </>
          )}
          <div className={styles['links']}>
            {(['object', 'trustee', 'group', 'member'] as const).map((entry) => {
              const [entryId, type] = [
                row.data?.[`${entry}_id`],
                row.data?.[`${entry}_type`] ?? (entry === 'group' ? entry : null),
              ]
              return (
                typeof entryId === 'string' &&
                typeof type === 'string' &&
                ENTRY_VIEWS[type] !== undefined && (
                  <Link
                    key={entry}
                    className={buttonLook('quiet')}
                    to="/explore/$view"
                    params={{ view: ENTRY_VIEWS[type] }}
                    search={{ open: entryId }}
                  >
                    Open {ENTRY_NAMES[entry]}
                  </Link>
                )
              )
            })}
            {typeof row.data['directory_id'] === 'string' && (
              <Link
                className={buttonLook('quiet')}
                to="/directories/$directory"
                params={{ directory: row.data['directory_id'] }}
              >
                Open the directory
              </Link>
            )}
            {typeof account === 'string' && (
              <Link className={buttonLook('quiet')} to="/accounts" search={{ open: account }}>
                Open the account
              </Link>
            )}
            {typeof host === 'string' && (
              <Link className={buttonLook('quiet')} to="/hosts" search={{ open: host }}>
                Open the host
              </Link>
            )}
          </div>
        </>
      ) : row.isError ? (
        <Failure error={row.error} what="It could not be read" retry={() => void row.refetch()} />
      ) : row.isSuccess ? (
        <Empty title="It is no longer there">
          <p>The address names a row that this list does not have any more.</p>
        </Empty>
      ) : (
        <Skeleton lines={10} />
      )}
    </Dialog>
  )
}
