import { pipeline } from 'node:stream/promises'
import { viewList, viewPage, type Cell } from '@rollcall/contract/api'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { textTable } from '../terminal/table.ts'

export const view: Command = {
  name: 'view',
  summary: 'print or export what a running collector knows',
  help: `Usage:
  rollcall view                          the views there are, with their columns
  rollcall view ID [--filter TEXT] [--sort COLUMN] [--limit N]
  rollcall view ID --csv | --json        all rows that match, streamed

Options:
  --filter TEXT    such as 'privileged:yes last_login:never -host:db*'
  --sort COLUMN    "-" in front for descending
  --columns A,B    these columns, in this order (CSV)
  --data DIR       the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      filter: { type: 'string' },
      sort: { type: 'string' },
      limit: { type: 'string' },
      columns: { type: 'string' },
      csv: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const api = localApi(values.data ?? stateFolder())
    const [id] = positionals
    if (id === undefined) return listViews(api)
    const query = new URLSearchParams({
      ...(values.filter === undefined ? {} : { filter: values.filter }),
      ...(values.sort === undefined ? {} : { sort: values.sort }),
      ...(values.columns === undefined ? {} : { columns: values.columns }),
    })
    const path = `/api/v1/views/${encodeURIComponent(id)}`
    if (values.csv === true || values.json === true) {
      query.set('format', values.csv === true ? 'csv' : 'ndjson')
      await pipeline(
        await api.stream(`${path}?${query.toString()}`, values.csv === true ? 'text/csv' : 'application/x-ndjson'),
        process.stdout,
        { end: false },
      )
      return EXIT.done
    }
    query.set('limit', values.limit ?? '50')
    return print(api, id, `${path}?${query.toString()}`)
  },
}

const listViews = async (api: LocalApi) => {
  const { views } = await api.call('GET', '/api/v1/views', viewList)
  for (const { id, title, columns } of views) {
    process.stdout.write(
      `${id}: ${title}\n${textTable(
        ['  COLUMN', 'TYPE', 'MEANING'],
        columns.map((column) => [`  ${column.id}`, column.type, column.description]),
      )}\n`,
    )
  }
  return EXIT.done
}

const print = async (api: LocalApi, id: string, path: string) => {
  const [{ views }, page] = [await api.call('GET', '/api/v1/views', viewList), await api.call('GET', path, viewPage)]
  const columns = views.find((known) => known.id === id)?.columns.filter(({ shown }) => shown) ?? []
  process.stdout.write(
    textTable(
      columns.map(({ id: column }) => column.toUpperCase()),
      page.rows.map((row) => columns.map((column) => cellText(row[column.id]))),
      process.stdout.isTTY ? process.stdout.columns : undefined,
    ),
  )
  const { complete, hosts } = page.coverage
  process.stderr.write(
    `${page.rows.length} of ${page.count ?? 'some'} rows, from ${complete} of ${hosts} hosts read completely\n`,
  )
  return EXIT.done
}

/** A cell as text: unknown is `?`, which no value is. */
const cellText = (cell: Cell | undefined): string => {
  if (cell === null || cell === undefined) return '?'
  return Array.isArray(cell) ? cell.join('; ') : String(cell)
}
