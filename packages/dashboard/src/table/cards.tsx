/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- what scrolls must be reachable by keyboard, and the arrows go from row to row */
/* eslint-disable react/incompatible-library -- nothing here is memoised by a compiler */
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useImperativeHandle, useRef } from 'react'
import type { TableSearch } from '../search.ts'
import { CellContent } from './cell.tsx'
import styles from './cards.module.css'
import { cardColumns, namingColumn, rowId } from './known-views.ts'
import { useActiveRow, type RowsProps } from './rows.tsx'

const HEIGHT = 104

/** The same rows for a narrow screen: one card each. */
export const Cards = ({ ref, view, columns, rows, total, stale, more, foot }: RowsProps) => {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 6,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= rows.length - 20) more()
  }, [last, rows.length, more])
  const { active, setActive, focusRow } = useActiveRow(scroller, rows.length, (index) => virtual.scrollToIndex(index))
  useImperativeHandle(ref, () => ({ move: (step) => focusRow(active < 0 ? 0 : active + step) }))
  const name = namingColumn(view)
  const shown = cardColumns(view, columns)
  return (
    <section
      ref={scroller}
      className={styles['scroller']}
      data-stale={stale}
      aria-label={`${view.title}, list`}
      tabIndex={0}
    >
      <ul className={styles['list']} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index]
          if (row === undefined || name === undefined) return null
          return (
            <li
              key={rowId(row)}
              className={styles['card']}
              data-row={index}
              aria-setsize={total ?? -1}
              aria-posinset={index + 1}
              style={{ height: HEIGHT, transform: `translateY(${start}px)` }}
              onFocus={() => setActive(index)}
            >
              <Link
                to="."
                search={(old: TableSearch) => ({ ...old, open: rowId(row) })}
                data-name
                className={styles['name']}
              >
                <CellContent column={name} cell={row[name.id]} />
              </Link>
              <dl>
                {shown.map((column) => (
                  <div key={column.id} data-type={column.type}>
                    <dt>{column.title}</dt>
                    <dd>
                      <CellContent column={column} cell={row[column.id]} />
                    </dd>
                  </div>
                ))}
              </dl>
            </li>
          )
        })}
      </ul>
      {foot}
    </section>
  )
}
