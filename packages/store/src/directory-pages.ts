import type { FindingChange } from '@rollcall/inventory'
import type { Connection } from './dialect.ts'
import type { DirectoryPages } from './face.ts'
import { changed, entry, pageFindings, type PageRow } from './finding-pages.ts'
import { spotOfFinding } from './finding-rows.ts'
import { SPOTS } from './id.ts'
import { atMost, columnsOf, excluded, prepared } from './portable.ts'

/** Appends changes that were applied to the history, and brings what belongs to them up to date. */
export type Telling = (
  scope: { readonly host: string; readonly probe: string; readonly at: string },
  changes: readonly FindingChange[],
) => Promise<void>

/**
 * The findings of a directory's scope, a few to a page, so that a look at what changed reads and writes little. Pages are numbered as the
 * places of a binary tree are: of so many pages, always a power of two, the first has that number, and each lies where the two lie that it is split
 * into. Empty ones are not kept.
 */
export const directoryPages = (connection: Connection, tell: Telling): DirectoryPages => {
  const q = queries(connection)

  /** Before pages were numbered so, they were counted from 0 on: where there is such a one, all below so many are. */
  const isCounted = async (scope: Scope) => (await q.page.first({ ...scope, page: 0 })) !== undefined

  const pagesOf = async (scope: Scope): Promise<number> => {
    const last = await q.last.first(scope)
    if (last === undefined) return 0
    return (await isCounted(scope)) ? 2 ** Math.ceil(Math.log2(last.page + 1)) : level(last.page)
  }

  const rowOf = async (scope: Scope, page: number): Promise<PageRow | undefined> => {
    const row = await q.page.first({ ...scope, page })
    if (row !== undefined || !(await isCounted(scope))) return row
    const pages = level(page)
    return (await pagesOf(scope)) === pages ? q.page.first({ ...scope, page: page - pages }) : undefined
  }

  return {
    pagesOf: (host, probe) => pagesOf({ host_id: host, probe }),

    async layOut(host, probe, size) {
      const needed = 2 ** Math.ceil(Math.log2(Math.max(1, size / FINDINGS_PER_PAGE)))
      return Math.max(await pagesOf({ host_id: host, probe }), needed)
    },

    async splitPage(host, probe, pages) {
      const scope = { host_id: host, probe }
      const source = await q.lastBelow.first({ ...scope, page: pages })
      if (source === undefined) return false
      const parts = Map.groupBy(pageFindings(source), ({ key, finding }) =>
        spotPage(spotOfFinding(probe, key, finding), pages),
      )
      for (const [page, findings] of parts) {
        const before = await q.page.first({ ...scope, page })
        const held = before === undefined ? [] : pageFindings(before)
        await q.save.run({ ...scope, page, body: JSON.stringify([...held, ...findings].map(entry)) })
      }
      await q.drop.run({ ...scope, page: source.page })
      return true
    },

    async page(host, probe, page) {
      const row = await rowOf({ host_id: host, probe }, page)
      return row === undefined ? [] : pageFindings(row)
    },

    async pageTexts(host, probe, after) {
      const rows = await q.next.all({ host_id: host, probe, page: after })
      return { texts: rows.map(({ body }) => body), last: rows.at(-1)?.page }
    },

    async applyPage(host, probe, page, known, changes, at) {
      if (changes.length === 0) return
      const held = new Map(known.map((finding) => [finding.key, finding]))
      for (const change of changes) held.set(change.key, changed(held.get(change.key), change, at))
      await q.save.run({ host_id: host, probe, page, body: JSON.stringify([...held.values()].map(entry)) })
      await tell({ host, probe, at }, changes)
    },
  }
}

const FINDINGS_PER_PAGE = 16
const AT_ONCE = 128

/** How many pages there are where one of them has a number. */
const level = (page: number) => 2 ** Math.floor(Math.log2(page))

/** On which of so many pages of a directory's scope a finding with that spot lies: in the order of rows. */
export const spotPage = (spot: number, pages: number): number => pages + Math.floor((spot * pages) / SPOTS)

type Scope = Pick<PageRow, 'host_id' | 'probe'>

const queries = (connection: Connection) => ({
  page: prepared<Omit<PageRow, 'body'>, PageRow>(connection, (db, { host_id, probe, page }) =>
    db
      .selectFrom('finding_page')
      .selectAll()
      .where('host_id', '=', host_id)
      .where('probe', '=', probe)
      .where('page', '=', page),
  ),
  last: prepared<Scope, Pick<PageRow, 'page'>>(connection, (db, { host_id, probe }) =>
    db
      .selectFrom('finding_page')
      .select('page')
      .where('host_id', '=', host_id)
      .where('probe', '=', probe)
      .orderBy('page', 'desc')
      .limit(atMost(1)),
  ),
  lastBelow: prepared<Omit<PageRow, 'body'>, PageRow>(connection, (db, { host_id, probe, page }) =>
    db
      .selectFrom('finding_page')
      .selectAll()
      .where('host_id', '=', host_id)
      .where('probe', '=', probe)
      .where('page', '<', page)
      .orderBy('page', 'desc')
      .limit(atMost(1)),
  ),
  next: prepared<Omit<PageRow, 'body'>, Pick<PageRow, 'page' | 'body'>>(connection, (db, { host_id, probe, page }) =>
    db
      .selectFrom('finding_page')
      .select(['page', 'body'])
      .where('host_id', '=', host_id)
      .where('probe', '=', probe)
      .where('page', '>', page)
      .orderBy('page')
      .limit(atMost(AT_ONCE)),
  ),
  save: prepared<PageRow>(connection, (db, row) =>
    db
      .insertInto('finding_page')
      .values(columnsOf(row, ['host_id', 'probe', 'page', 'body']))
      .onConflict((conflict) => conflict.columns(['host_id', 'probe', 'page']).doUpdateSet(excluded(['body']))),
  ),
  drop: prepared<Omit<PageRow, 'body'>>(connection, (db, { host_id, probe, page }) =>
    db.deleteFrom('finding_page').where('host_id', '=', host_id).where('probe', '=', probe).where('page', '=', page),
  ),
})
