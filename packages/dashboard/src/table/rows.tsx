/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- what scrolls must be reachable by keyboard, and the arrows go from row to row */
/* eslint-disable react/incompatible-library -- nothing here is memoised by a compiler */
import type { Cell, ViewColumn, ViewDescription } from '@rollcall/contract/api'
import { Link } from '@tanstack/react-router'
import { columnSizingFeature, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from 'react'
import { visibleText } from '../format/visible-text.ts'
import type { TableSearch } from '../search.ts'
import { Icon } from '../ui/icon.tsx'
import { CellContent, plainText } from './cell.tsx'
import { columnWidth, namingColumn, rowId } from './known-views.ts'
import styles from './rows.module.css'

export type Row = Readonly<Record<string, Cell>>

export interface RowsFace {
  /** Moves the focus by so many rows, or to the first. */
  move(step: number): void
}

export interface RowsProps {
  ref?: Ref<RowsFace>
  view: ViewDescription
  columns: readonly ViewColumn[]
  rows: readonly Row[]
  /** All that match, where they were counted. */
  total: number | null
  sort: string
  setSort: (sort: string) => void
  compact: boolean
  /** What is shown is that of an earlier question. */
  stale: boolean
  /** Called when the end comes into sight. */
  more: () => void
  foot: ReactNode
}

const HEAD = 37
/** The first column stands further from the edge. */
const EDGE = 20
const features = tableFeatures({ columnSizingFeature })

/** A table of any view: only the rows in sight are in the page. */
export const Rows = ({ ref, view, columns, rows, total, sort, setSort, compact, stale, more, foot }: RowsProps) => {
  const scroller = useRef<HTMLDivElement>(null)
  const name = namingColumn(view)?.id
  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column, at) => ({
        id: column.id,
        accessorFn: (row: Row) => row[column.id],
        size: columnWidth(column) + (at === 0 ? EDGE : 0),
      })),
    [columns],
  )
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowId })
  const model = table.getRowModel().rows
  const height = compact ? 30 : 40
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 10,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
  })
  useEffect(() => virtual.measure(), [virtual, height])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= rows.length - 30) more()
  }, [last, rows.length, more])

  const { active, setActive, focusRow } = useActiveRow(scroller, rows.length, (index) => virtual.scrollToIndex(index))
  useImperativeHandle(ref, () => ({ move: (step) => focusRow(active < 0 ? 0 : active + step) }))
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -rows.length, End: rows.length }[
      event.key
    ]
    if (step === undefined) return
    event.preventDefault()
    focusRow(Math.min(rows.length - 1, Math.max(0, active + step)))
  }

  const above = (items[0]?.start ?? HEAD) - HEAD
  const below = virtual.getTotalSize() + HEAD - (items.at(-1)?.end ?? HEAD)
  return (
    <section
      ref={scroller}
      className={styles['scroller']}
      data-stale={stale}
      aria-label={`${view.title}, table`}
      tabIndex={0}
    >
      <table
        className={styles['table']}
        data-compact={compact}
        aria-label={view.title}
        aria-rowcount={total === null ? -1 : total + 1}
        style={{ minWidth: table.getTotalSize() }}
      >
        <colgroup>
          {table.getAllLeafColumns().map((column) => (
            <col key={column.id} style={{ width: column.getSize() }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} setSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={keys}>
          <Spacer height={above} columns={columns.length} />
          {items.map(({ index }) => {
            const row = model[index]
            if (row === undefined) return null
            return (
              <tr
                key={row.id}
                aria-rowindex={index + 2}
                data-row={index}
                className={styles['row']}
                onFocus={() => setActive(index)}
              >
                {row.getAllCells().map((cell, at) => {
                  const column = columns[at]!
                  const content = <CellContent column={column} cell={row.original[column.id]} />
                  return (
                    <td
                      key={cell.id}
                      data-type={column.type}

                      title={visibleText(plainText(row.original[column.id])).slice(0, 500)}
                    >
                      {column.id === name ? (
                        <Link
                          to="."
                          search={(old: TableSearch) => ({ ...old, open: row.id })}
                          className={styles['name']}
                          tabIndex={index === Math.max(0, active) ? 0 : -1}
                          data-name
                        >
                          {content}
                        </Link>
                      ) : (
                        content
                      )}
                    </td>
                  )
                })}
              </tr>
            )
          })}
          <Spacer height={below} columns={columns.length} />
        </tbody>
      </table>
      {foot}
    </section>
  )
}

const Head = ({ column, sort, setSort }: { column: ViewColumn; sort: string; setSort: (sort: string) => void }) => {
  const direction = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined
  return (
    <th
      scope="col"
      aria-sort={direction}
      data-type={column.type}

      title={column.description || undefined}
    >
      {column.sortable ? (
        <button type="button" onClick={() => setSort(direction === 'ascending' ? `-${column.id}` : column.id)}>
          <span>{column.title}</span>
          <span className={styles['arrow']} data-on={direction !== undefined}>
            <Icon name={direction === 'descending' ? 'down' : 'up'} size={12} />
          </span>
        </button>
      ) : (
        <span className={styles['title']}>{column.title}</span>
      )}
    </th>
  )
}

const Spacer = ({ height, columns }: { height: number; columns: number }) =>
  height > 0 && (
    <tr aria-hidden="true" className={styles['spacer']}>
      <td colSpan={columns} style={{ height }}>
        {null}
      </td>
    </tr>
  )

/** One row's link is in the tab order; the arrows move it. */
export const useActiveRow = (
  scroller: { current: HTMLElement | null },
  length: number,
  show: (index: number) => void,
) => {
  const [active, setActive] = useState(-1)
  const focusRow = (wanted: number) => {
    if (length === 0) return
    const index = Math.min(length - 1, Math.max(0, wanted))
    setActive(index)
    show(index)
    let tries = 0
    const focus = () => {
      const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"] [data-name]`)
      if (link) link.focus({ preventScroll: true })
      else if (tries++ < 10) requestAnimationFrame(focus)
    }
    focus()
  }
  return { active: Math.min(active, length - 1), setActive, focusRow }
}
