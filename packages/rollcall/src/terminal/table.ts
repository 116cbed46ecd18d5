import { printable } from './printable.ts'

/**
 * Columns of text as lines, the header first, cut at `width` where one is known: some terminals say 0, and each
 * column at `widest`. The last column is not padded; cells are made printable here.
 */
export const textTable = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
  widest = 48,
): string => {
  const cells = [header, ...rows].map((row) => row.map(printable))
  const widths = header.map((_, column) =>
    Math.min(widest, Math.max(...cells.map((row) => (row[column] ?? '').length))),
  )
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : fit(cell, widths[column]!)))
      .join('  ')
      .slice(0, width > 0 ? width : Infinity)
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

const fit = (cell: string, width: number) => (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width))
