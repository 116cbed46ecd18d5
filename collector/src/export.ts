import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { coverage as coverageShape, type Coverage, type ViewQuery } from '@rollcall/contract/api'
import type { Store } from '@rollcall/store'
import { z } from 'zod'
import { BOM, csvLine } from './csv.ts'
import { viewReading } from './view-reading.ts'
import type { View } from './view.ts'

/** What a file holds and rests on: enough to tell later that it is whole and unchanged. */
export const exportManifest = z.object({
  /** The last part of the file's name. */
  export: z.string(),
  view: z.string(),
  format: z.enum(['csv', 'ndjson']),
  fileName: z.string(),
  filter: z.string(),
  sort: z.string(),
  columns: z.array(z.string()),
  /** When its snapshot was taken, to which its ages are counted. */
  snapshotAt: z.string(),
  finishedAt: z.string(),
  /** Without the header. */
  rows: z.int(),
  bytes: z.int(),
  /** Over the bytes of the file, in hexadecimal. */
  sha256: z.string(),
  coverage: coverageShape,
  requestedBy: z.string(),
  /** The program that wrote it, with its version. */
  generator: z.string(),
})
export type ExportManifest = z.output<typeof exportManifest>

export interface ExportRequest {
  readonly view: View
  readonly query: Pick<ViewQuery, 'filter' | 'sort' | 'columns'>
  readonly format: 'csv' | 'ndjson'
  /** Whether CSV begins with a byte order mark, which spreadsheets need to see UTF-8. */
  readonly bom: boolean
  readonly by: string
}

export interface Exports {
  /** Begins an export. The stream reads no faster than it is read; when it fails it breaks off, so that no part passes for the whole. */
  begin(request: ExportRequest): Promise<{ id: string; fileName: string; stream: Readable }>
  /** The manifest of a finished export. The newest 1,000 are kept; the audit log keeps count and hash of all. */
  manifest(id: string): ExportManifest | undefined
}

const KEPT = 1000
const CHUNK = 64 * 1024

export const exporting = (
  {
    store,
    coverage,
    now,
    version,
  }: { store: Store; coverage: () => Promise<Coverage>; now: () => Date; version: string },
  broke: (error: unknown) => void,
): Exports => {
  const manifests = new Map<string, ExportManifest>()
  return {
    manifest: (id) => manifests.get(id),

    async begin({ view, query, format, bom, by }) {
      const at = now()
      const reading = viewReading(view, query, store, at)
      const covered = await coverage()
      const id = createHash('sha256').update(randomUUID()).digest('hex').slice(0, 10)
      const fileName = `${view.id}_${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}_${id}.${format}`
      const hash = createHash('sha256')
      let [rows, bytes] = [0, 0]

      const lines = async function* () {
        const ids = reading.columns.map(({ id }) => id)
        if (format === 'csv') yield `${bom ? BOM : ''}${csvLine(ids)}`
        for await (const cells of reading.rows()) {
          rows++
          yield format === 'csv'
            ? csvLine(cells)
            : `${JSON.stringify(Object.fromEntries(ids.map((id, index) => [id, cells[index]])))}\n`
        }
      }

      const chunks = async function* () {
        try {
          for await (const text of gathered(lines())) {
            const chunk = Buffer.from(text, 'utf8')
            hash.update(chunk)
            bytes += chunk.length
            yield chunk
          }
        } catch (error) {
          broke(error)
          throw error
        }
        const finishedAt = now().toISOString()
        const manifest: ExportManifest = {
          export: id,
          view: view.id,
          format,
          fileName,
          filter: query.filter,
          sort: reading.sort,
          columns: reading.columns.map(({ id }) => id),
          snapshotAt: at.toISOString(),
          finishedAt,
          rows,
          bytes,
          sha256: hash.digest('hex'),
          coverage: covered,
          requestedBy: by,
          generator: `Rollcall ${version}`,
        }
        manifests.set(id, manifest)
        if (manifests.size > KEPT) manifests.delete(manifests.keys().next().value!)
        await store.audit.append({
          at: finishedAt,
          actor: by,
          action: 'export',
          object: fileName,
          detail: JSON.stringify({ filter: query.filter, rows, bytes, sha256: manifest.sha256 }),
        })
      }
      return { id, fileName, stream: Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK }) }
    },
  }
}

/** Lines gathered to chunks: a write for every row would cost more than the row. */
const gathered = async function* (lines: AsyncIterable<string>) {
  let text = ''
  for await (const line of lines) {
    text += line
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
