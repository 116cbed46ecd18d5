import { expect, test } from 'vitest'
import type { Column, View } from './view.ts'
import { views } from './views/index.ts'

const FORMS = {
  text: 'text',
  integer: 'a whole number',
  instant: 'an instant, such as `2026-01-31T12:00:00.000Z`',
  date: 'a day, such as `2026-01-31`',
  enum: 'a word',
  list: 'texts, joined by `; `; `none` when there is none',
}

const form = ({ type, values, words, emptyMeans }: Column): string => {
  const others = [
    ...new Set([...(words ?? []), ...(emptyMeans === undefined || emptyMeans === '' ? [] : [emptyMeans])]),
  ]
  const written = values === undefined ? FORMS[type] : `one of ${values.map((value) => `\`${value}\``).join(', ')}`
  return others.length === 0 ? written : `${written}; or ${others.map((word) => `\`${word}\``).join(', ')}`
}

const section = ({ id, title, description, columns, defaultSort }: View): string =>
  [
    `## ${id}`,
    '',
    `${title}. ${description} Sorted by \`${defaultSort}\` unless asked otherwise.`,
    '',
    '| column | what it says | form |',
    '|---|---|---|',
    ...columns.map(
      (column) =>
        `| \`${column.id}\` | ${column.description.replaceAll('|', '\\|')} | ${form(column).replaceAll('|', '\\|')} |`,
    ),
    '',
  ].join('\n')

const HEAD = `# CSV files

Every table can be downloaded whole: \`GET /api/v1/views/{id}?format=csv\`, with the same \`filter\` and \`sort\` as the table and, if
wanted, \`columns=host,account,…\` in that order. This page is written from the definitions of the views; a test fails when it is stale.

- UTF-8, CRLF, commas, a header row, the same number of fields in every row (RFC 4180). Every value is in quotes, quotes in it doubled.
- A field without anything between its commas is unknown: it could not be looked at. An empty text is \`""\`. This is how PostgreSQL's
  \`COPY … CSV\` tells NULL from the empty string. In a file of one column an unknown field is \`""\` too, since many readers skip empty lines.
- Known absence is a word, such as \`never\` or \`none\`.
- Text that a spreadsheet would take for a formula has one apostrophe in front: text that begins with \`=\`, \`+\`, \`-\`, \`@\`, their
  full-width forms, a tab, a line end or NUL, also behind apostrophes of its own. Take away one apostrophe from such a field, and the text
  is as it was found. Numbers are numbers: \`-5\` has none.
- Control characters other than tab and line ends, U+2028, U+2029 and half surrogate pairs are written \`\\u001B\`.
- Instants are ISO 8601 in UTC. Ages are whole days up to the instant of the snapshot.
- All rows come from one snapshot, and there is no limit on their number. Cells are never cut; spreadsheets may show only the first
  32,767 characters of one.
- \`bom=yes\` puts a byte order mark in front, which spreadsheets need to read UTF-8; browsers get one unless they say \`bom=no\`.
- The file is called \`<view>_<UTC>_<export>.csv\`. \`GET /api/v1/views/{id}/manifest?export=<export>\` gives its manifest: row count, bytes,
  SHA-256, filter, columns, coverage and the time of the snapshot. The newest 1,000 are kept until the collector stops; the audit log keeps
  row count, bytes and SHA-256 of all. A download that broke off has no manifest.
- \`format=ndjson\` gives the same rows as raw values, one JSON object a line, unknown as \`null\`.
`

test('every column of every CSV file is documented', async () => {
  await expect(`${HEAD}\n${views.map(section).join('\n')}`).toMatchFileSnapshot('../../docs/csv.md')
})
