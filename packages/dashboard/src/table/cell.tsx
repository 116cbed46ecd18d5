import type { Cell, ViewColumn } from '@rollcall/contract/api'
import { count } from '../format/count.ts'
import { isTime } from '../format/time.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { concernName, concernSentence, wordName } from '../format/words.ts'
import { Mark, Unknown } from '../ui/mark.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './cell.module.css'

/** One cell. Unknown, known absence and a value each look different. */
export const CellContent = ({
  column,
  cell,
  whole = false,
}: {
  column: ViewColumn
  cell: Cell | undefined
  whole?: boolean
}) => {
  if (cell === null || cell === undefined) return <Unknown />
  if (Array.isArray(cell) && (column.id === 'concerns' || column.id === 'weaknesses'))
    return <Concerns codes={cell} whole={whole} />
  if (Array.isArray(cell)) return <List items={cell} whole={whole} />
  if (typeof cell === 'number') return <>{NUMBERS.has(column.id) ? cell : count(cell)}</>
  if (column.type === 'enum' && hasTones(column))
    return <Mark tone={toneOf(column.id, cell)}>{wordName(column.id, cell)}</Mark>
  if ((column.type === 'instant' || column.type === 'date') && isTime(cell)) return <When at={cell} />
  if (ABSENT.has(cell)) return <span className={styles['absent']}>{cell}</span>
  if (cell === '') return <span className={styles['absent']}>empty</span>
  if (column.id === 'path' && !whole) {
    // The end of a path says more than its beginning: where it is too long, the beginning is cut.
    return (
      <span className={styles['path']}>
        <bdi dir="ltr">{visibleText(cell)}</bdi>
      </span>
    )
  }
  return <Said>{column.type === 'enum' ? wordName(column.id, cell) : cell}</Said>
}

/** Whether any word of the column means more than itself. */
const hasTones = ({ id, values = [] }: ViewColumn) => values.some((word) => toneOf(id, word) !== 'plain')

/** Numbers that count nothing. */
const NUMBERS = new Set([
  'uid',
  'gid',
  'owner_uid',
  'group_gid',
  'file_owner',
  'line',
  'named_by_line',
  'end_line',
  'rank',
])
const ABSENT = new Set(['never', 'none', 'not-applicable', 'unnamed'])
const SHOWN = 3

const List = ({ items, whole }: { items: readonly string[]; whole: boolean }) => {
  if (items.length === 0) return <span className={styles['absent']}>none</span>
  if (whole) {
    return (
      <ul>
        {items.map((item, index) => (
          // eslint-disable-next-line react/no-array-index-key -- a list may hold the same text twice
          <li key={index}>
            <Said>{item}</Said>
          </li>
        ))}
      </ul>
    )
  }
  return (
    <>
      {items.slice(0, SHOWN).map((item, index) => (
        // eslint-disable-next-line react/no-array-index-key -- a list may hold the same text twice
        <span key={index}>
          {index > 0 && ', '}
          <Said>{item}</Said>
        </span>
      ))}
      {items.length > SHOWN && <span className={styles['more']}> +{items.length - SHOWN}</span>}
    </>
  )
}

/** What is wrong with a key: a few words each, and the sentence to whoever asks or opens the row. */
export const Concerns = ({ codes, whole = false }: { codes: readonly string[]; whole?: boolean }) => {
  if (codes.length === 0) return <span className={styles['absent']}>none</span>
  if (!whole) {
    return (
      <span className={styles['chips']}>
        {codes.map((code) => (
          <span key={code} className={styles['chip']} title={concernSentence(code)}>
            {concernName(code)}
          </span>
        ))}
      </span>
    )
  }
  return (
    <ul className={styles['concerns']}>
      {codes.map((code) => (
        <li key={code}>
          <span className={styles['chip']}>{concernName(code)}</span> <Said>{concernSentence(code)}</Said>
        </li>
      ))}
    </ul>
  )
}

/** A cell as plain text, for a title. */
export const plainText = (cell: Cell | undefined): string =>
  cell === null || cell === undefined
    ? 'unknown: it could not be looked at'
    : Array.isArray(cell)
      ? cell.join(', ')
      : String(cell)
