import type { Cell } from '@rollcall/contract/api'

/**
 * A CSV line (RFC 4180): every cell in quotes, ended by CRLF. An unknown cell is empty and has no quotes, as PostgreSQL's
 * COPY writes it; an empty text has them. Text that a spreadsheet would take for a formula gets one apostrophe in front;
 * control characters and lone surrogates become `\u` escapes. Numbers are written as they are.
 */
export const csvLine = (cells: readonly Cell[]): string =>
  `${cells.map((cell) => csvCell(cell, cells.length === 1)).join(',')}\r\n`

/** UTF-8's byte order mark, which makes spreadsheets read the file as UTF-8. */
export const BOM = '\uFEFF'

/** In a line of one cell the quotes stay: an empty line is no record to many readers. */
const csvCell = (cell: Cell, alone: boolean): string => {
  if (cell === null) return alone ? '""' : ''
  if (typeof cell === 'number' && Number.isFinite(cell)) return `"${cell}"`
  const text = Array.isArray(cell) ? (cell.length === 0 ? 'none' : cell.join('; ')) : String(cell)
  return `"${neutral(text).replaceAll('"', '""')}"`
}

/** What begins a formula, also behind apostrophes, so that taking one apostrophe away always gives the text back. */
const FORMULA = /^'*[=+\-@\t\r\n\0\uFF1D\uFF0B\uFF0D\uFF20]/

const neutral = (text: string): string => escaped(FORMULA.test(text) ? `'${text}` : text)

/** All control characters of C0 but tab and line ends, the Unicode line separators, and surrogates without their partner. */
const UNPRINTABLE = /[\0-\x08\x0B\x0C\x0E-\x1F\u2028\u2029]|\p{Surrogate}/gu

const escaped = (text: string): string =>
  text.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  )
