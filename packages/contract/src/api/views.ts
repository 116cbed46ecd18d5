import { z } from 'zod'

/**
 * What a cell holds. `null` is unknown: it could not be looked at. Known absence is a word: `never`, `none`.
 * `instant` is ISO 8601 UTC, `date` a day, `list` several texts.
 */
export const columnType = z.enum(['text', 'integer', 'instant', 'date', 'enum', 'list'])

export const viewColumn = z.object({
  /** Stable snake_case name: the key of the cell, the CSV header, the field of the filter and the sort. */
  id: z.string(),
  title: z.string(),
  description: z.string(),
  type: columnType,
  /** The words an `enum` may be. */
  values: z.array(z.string()).optional(),
  sortable: z.boolean(),
  filterable: z.boolean(),
  /** Whether a table shows it before anybody chose columns. CSV has all columns unless some are chosen. */
  shown: z.boolean(),
})
export type ViewColumn = z.output<typeof viewColumn>

export const viewDescription = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  columns: z.array(viewColumn),
  /** As in the query: column ids, `-` in front for descending. */
  defaultSort: z.string(),
})
export type ViewDescription = z.output<typeof viewDescription>

/** `GET /api/v1/views` */
export const viewList = z.object({ views: z.array(viewDescription) })

/** `GET /api/v1/views/{id}`: query. The same URL with `format=csv` or `Accept: text/csv` streams all rows. */
export const viewQuery = z.object({
  filter: z.string().max(2000).default(''),
  /** One column id, `-` in front for descending; ties are ordered by id. */
  sort: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** Opaque and signed; from `next` of the page before. */
  cursor: z.string().max(2000).optional(),
  /** `exact` counts all matches, `none` does not count. */
  count: z.enum(['exact', 'none']).default('exact'),
  format: z.enum(['json', 'csv', 'ndjson']).default('json'),
  /** For CSV: column ids, comma separated, in this order. */
  columns: z.string().max(2000).optional(),
})
export type ViewQuery = z.output<typeof viewQuery>

export const cell = z.union([z.string(), z.number(), z.null(), z.array(z.string())])
export type Cell = z.output<typeof cell>

/** How much of what was in scope the rows rest on: counts of hosts, so that no count is read without its coverage. */
export const coverage = z.object({
  hosts: z.int(),
  /** Hosts whose every probe was complete at the last look. */
  complete: z.int(),
  /** Hosts that were read in part. */
  partial: z.int(),
  /** Targets that were asked for and never once reached. */
  neverReached: z.int(),
  /** The oldest last good look at a host, if any. */
  oldest: z.string().nullable(),
})
export type Coverage = z.output<typeof coverage>

export const viewPage = z.object({
  /** Every row has `id`; the other cells are keyed by column id. */
  rows: z.array(z.record(z.string(), cell)),
  next: z.string().nullable(),
  count: z.int().nullable(),
  coverage,
})
export type ViewPage = z.output<typeof viewPage>
