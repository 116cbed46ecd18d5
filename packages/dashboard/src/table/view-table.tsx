import { formatTerm, type Coverage, type ViewDescription } from '@rollcall/contract/api'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react'
import { FilterBar, type FilterBarFace } from '../filter/filter-bar.tsx'
import { checkFilter, withoutTerm } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { chosenColumns, density } from '../preferences.ts'
import type { TableSearch } from '../search.ts'
import { live } from '../server/live.ts'
import { rowsQuery, viewAddress } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { useKeys } from '../shell/use-keys.ts'
import { Button, buttonLook } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'
import { useNarrow } from '../ui/use-narrow.ts'
import { Cards } from './cards.tsx'
import { ColumnMenu } from './column-menu.tsx'
import { presetsOf, rowsName, termsOf, visibleColumns } from './known-views.ts'
import { Rows, type RowsFace } from './rows.tsx'
import styles from './view-table.module.css'

/** What a page adds to its table. */
interface Around {
  /** Stands in place of how much of the hosts the rows rest on, for what is not found on hosts. */
  readonly renderLead?: (total: number | null, filtered: boolean) => ReactNode
  readonly renderActions?: (about: { readonly filter: string; readonly total: number | null }) => ReactNode
  /** Between the title and the filter. */
  readonly above?: ReactNode
  /** What is said where there are no rows at all. */
  readonly empty?: ReactNode
}

/** A view as a page: filter, sort, columns, rows, download. What it shows is all in the address. */
export const ViewTable = ({
  view,
  search,
  renderLead,
  renderActions,
  above,
  empty,
}: { view: ViewDescription; search: TableSearch } & Around) => {
  const client = useQueryClient()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const bar = useRef<FilterBarFace>(null)
  const list = useRef<RowsFace>(null)
  const csv = useRef<HTMLAnchorElement>(null)
  const compact = density.use() === 'compact'
  const [stored, setStored] = useState(() => chosenColumns.of(view.id))

  const filter = search.filter ?? ''
  const sort = view.columns.some(({ id, sortable }) => sortable && id === search.sort?.replace(/^-/, ''))
    ? search.sort!
    : view.defaultSort
  const columns = useMemo(() => visibleColumns(view, search.columns ?? stored), [view, search.columns, stored])
  const chosen = (search.columns ?? stored) === undefined ? undefined : columns.map(({ id }) => id).join(',')
  const query = useInfiniteQuery(rowsQuery(view.id, filter, sort))
  const pages = query.data?.pages
  const rows = useMemo(() => pages?.flatMap((page) => page.rows) ?? [], [pages])
  // The count of an earlier question is none of this one.
  const total = query.isPlaceholderData ? null : (pages?.[0]?.count ?? null)
  const coverage = pages?.[0]?.coverage

  const step = (next: TableSearch, replace = false) =>
    void navigate({ to: '.', search: (old: TableSearch) => ({ ...old, ...next }), replace })
  const apply = (next: string, typed: boolean) => {
    if (next !== filter) step({ filter: next }, typed)
  }
  const choose = (ids: readonly string[] | undefined) => {
    chosenColumns.set(view.id, ids?.join(','))
    setStored(ids?.join(','))
    step({ columns: ids?.join(',') ?? '' }, true)
  }
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])

  useKeys({
    '/': () => bar.current?.focus(),
    j: () => list.current?.move(1),
    k: () => list.current?.move(-1),
    ArrowDown: () => list.current?.move(1),
    ArrowUp: () => list.current?.move(-1),
    e: () => csv.current?.click(),
  })

  const address = viewAddress(view.id, {
    filter,
    sort,
    columns: chosen ?? columns.map(({ id }) => id).join(','),
    format: 'csv',
  })
  const props = {
    ref: list,
    view,
    columns,
    rows,
    total,
    sort,
    setSort: (next: string) => step({ sort: next }),
    compact,
    stale: query.isPlaceholderData,
    more,
    foot: (
      <div className={styles['foot']}>
        {query.isFetchNextPageError ? (
          <Failure
            error={query.error}
            what="The rows after these could not be loaded"
            retry={() => void fetchNextPage()}
          />
        ) : (
          isFetchingNextPage && <p>Loading more…</p>
        )}
      </div>
    ),
  }

  return (
    <Page
      title={view.title}
      filling
      lead={
        renderLead?.(total, filter !== '') ?? (
          <Counted view={view} total={total} coverage={coverage} filtered={filter !== ''} />
        )
      }
      actions={
        <>
          {renderActions?.({ filter, total })}
          <FreshResults
            since={query.dataUpdatedAt}
            show={() => void client.resetQueries({ queryKey: ['view', view.id] })}
          />
          {narrow ? (
            <SortMenu view={view} sort={sort} setSort={(next) => step({ sort: next })} />
          ) : (
            <>
              <button
                type="button"
                className={`${buttonLook('quiet')} ${styles['pressed']}`}
                aria-pressed={compact}
                onClick={() => density.set(compact ? 'comfortable' : 'compact')}
              >
                <Icon name="rows" />
                Compact
              </button>
              <ColumnMenu view={view} visible={columns} choose={choose} />
            </>
          )}
          <a ref={csv} className={buttonLook('quiet')} href={address} download aria-label="Download as CSV">
            <Icon name="download" />
            CSV
          </a>
        </>
      }
    >
      {above}
      <FilterBar
        ref={bar}
        columns={view.columns}
        filter={filter}
        apply={apply}
        presets={presetsOf(view)}
        placeholder={
          narrow ? 'Filter' : `Filter ${rowsName(view)}, such as ${presetsOf(view)[0]?.filter ?? 'host:db*'}`
        }
      />
      <output className="visually-hidden">
        {query.isPending || query.isPlaceholderData
          ? 'Loading'
          : total === null
            ? ''
            : `${count(total)} ${rowsName(view, total)}`}
      </output>
      {query.isPending ? (
        <div className={styles['waiting']}>
          <Skeleton lines={12} height={18} />
        </div>
      ) : query.isError && rows.length === 0 ? (
        <div>
          <Failure error={query.error} what={`${view.title} could not be listed`} retry={() => void query.refetch()} />
        </div>
      ) : rows.length === 0 && filter === '' && empty !== undefined ? (
        empty
      ) : rows.length === 0 ? (
        <Nothing view={view} filter={filter} coverage={coverage} set={(next) => step({ filter: next })} />
      ) : narrow ? (
        <Cards {...props} />
      ) : (
        <Rows {...props} />
      )}
    </Page>
  )
}

/** How many there are, and on how much that rests: no count without its coverage. */
const Counted = ({
  view,
  total,
  coverage,
  filtered,
}: {
  view: ViewDescription
  total: number | null
  coverage: Coverage | undefined
  filtered: boolean
}) => {
  if (coverage === undefined) return <span>…</span>
  const short = coverage.hosts - coverage.complete
  return (
    <span className={styles['counted']}>
      {total !== null && (
        <b>
          {count(total)} {rowsName(view, total)}
          {filtered && (total === 1 ? ' matches' : ' match')}
        </b>
      )}
      {total !== null && ' · '}from {count(coverage.complete)} of {counted(coverage.hosts, 'host')} read completely
      {(short > 0 || coverage.neverReached > 0) && (
        <>
          {' · '}
          <Link to="/explore/$view" params={{ view: 'outcomes' }} search={{ filter: '-status:complete' }}>
            what is missing
          </Link>
        </>
      )}
      {coverage.neverReached > 0 && (
        <span className={styles['never']}> ({counted(coverage.neverReached, 'target')} never reached)</span>
      )}
    </span>
  )
}

/** Results that came in while these were being read: shown when asked for, so that nothing moves under the eye. */
const FreshResults = ({ since, show }: { since: number; show: () => void }) => {
  const changedAt = live.useChangedAt()
  if (since === 0 || changedAt <= since) return null
  return (
    <Button kind="primary" onPress={show}>
      <Icon name="refresh" />
      Newer results: show
    </Button>
  )
}

const SortMenu = ({
  view,
  sort,
  setSort,
}: {
  view: ViewDescription
  sort: string
  setSort: (sort: string) => void
}) => (
  <select className={styles['sort']} aria-label="Sort" value={sort} onChange={(event) => setSort(event.target.value)}>
    {view.columns
      .filter(({ sortable, id }) => sortable && !id.endsWith('id'))
      .flatMap(({ id, title }) => [
        <option key={id} value={id}>
          {title} ↑
        </option>,
        <option key={`-${id}`} value={`-${id}`}>
          {title} ↓
        </option>,
      ])}
  </select>
)

/** Nothing matches, nothing is there, or nothing was looked at: three different things. */
const Nothing = ({
  view,
  filter,
  coverage,
  set,
}: {
  view: ViewDescription
  filter: string
  coverage: Coverage | undefined
  set: (filter: string) => void
}) => {
  const terms = termsOf(checkFilter(filter, view.columns))
  const what = rowsName(view)
  const short = coverage === undefined ? 0 : coverage.hosts - coverage.complete
  const limits =
    coverage !== undefined && (short > 0 || coverage.neverReached > 0) ? (
      <p>
        {short > 0 && `${counted(short, 'host was', 'hosts were')} not read completely`}
        {short > 0 && coverage.neverReached > 0 && ' and '}
        {coverage.neverReached > 0 && `${counted(coverage.neverReached, 'target was', 'targets were')} never reached`}:
        what is there may be missing here.
      </p>
    ) : null
  if (coverage !== undefined && coverage.hosts === 0) {
    return (
      <Empty
        title="Nothing was looked at yet"
        action={
          <>
            <Link to="/targets" className={buttonLook('primary')}>
              Add targets
            </Link>
            <Link to="/scans" className={buttonLook('quiet')}>
              See scans
            </Link>
          </>
        }
      >
        <p>This list is empty because no host has been read, not because there is nothing to find.</p>
      </Empty>
    )
  }
  if (terms.length === 0) {
    return (
      <Empty title={`No ${what}`}>
        <p>The hosts that were read have none.</p>
        {limits}
      </Empty>
    )
  }
  return (
    <Empty
      title={`No ${what} match`}
      action={
        <>
          {terms.map((term) => (
            <Button key={term.from} onPress={() => set(withoutTerm(filter, term))}>
              <span className={styles['term']}>Without {visibleText(formatTerm(term))}</span>
            </Button>
          ))}
          {terms.length > 1 && (
            <Button kind="primary" onPress={() => set('')}>
              Without any filter
            </Button>
          )}
        </>
      }
    >
      <p>{terms.length === 1 ? 'Nothing matches this term.' : 'Nothing matches all of these terms together.'}</p>
      {limits}
    </Empty>
  )
}
