import type { TrustedKey } from '@rollcall/contract'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { KeyCollectionRow, TrustedKeyRow, TrustedKeys } from './face.ts'
import { atMost, columnsOf, excluded, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type Cells = Tables['trusted_key']

/** Values that one query takes at a time. */
const AT_ONCE = 500

export const trustedKeys = (connection: Connection): TrustedKeys => {
  const { db } = connection
  const save = prepared<Cells>(connection, (db, cells) =>
    db
      .insertInto('trusted_key')
      .values(columnsOf(cells, COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(COLUMNS))),
  )
  const each = async <T>(values: readonly string[], read: (some: readonly string[]) => Promise<T[]>): Promise<T[]> => {
    const found: T[] = []
    for (let from = 0; from < values.length; from += AT_ONCE)
      found.push(...(await read(values.slice(from, from + AT_ONCE))))
    return found
  }
  const withKeys = (segment: string, fingerprints: readonly string[]) =>
    each(fingerprints, (some) =>
      db
        .selectFrom('trusted_key')
        .selectAll()
        .where('segment', '=', segment)
        .where('kind', '=', 'host-key')
        .where('fingerprint', 'in', some)
        .execute(),
    )
  return {
    async byId(id) {
      const row = await db.selectFrom('trusted_key').selectAll().where('id', '=', id).executeTakeFirst()
      return row && rowOf(row)
    },
    async byIds(ids) {
      const rows = await each(ids, (some) => db.selectFrom('trusted_key').selectAll().where('id', 'in', some).execute())
      return rows.map(rowOf)
    },
    async ofNames(segment, kind, names) {
      const rows = await each(names, (some) =>
        db
          .selectFrom('trusted_key')
          .selectAll()
          .where('segment', '=', segment)
          .where('kind', '=', kind)
          .where('name', 'in', some)
          .execute(),
      )
      return rows.map(rowOf)
    },
    async hashed(segment, fingerprints) {
      return (await withKeys(segment, fingerprints)).filter(({ name }) => name.startsWith('|')).map(rowOf)
    },
    async named(segment, fingerprints) {
      return (await withKeys(segment, fingerprints)).filter(({ name }) => !name.startsWith('|')).map(rowOf)
    },
    async vouched(segment) {
      const rows = await db
        .selectFrom('trusted_key')
        .selectAll()
        .where('segment', '=', segment)
        .where('vouched', '=', 1)
        .orderBy('id')
        .execute()
      return rows.map(rowOf)
    },
    async save(rows) {
      await save.each(rows.map(cellsOf))
    },
    async remove(ids) {
      let removed = 0n
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const some = ids.slice(from, from + AT_ONCE)
        const { numDeletedRows } = await db.deleteFrom('trusted_key').where('id', 'in', some).executeTakeFirst()
        removed += numDeletedRows
      }
      return Number(removed)
    },
    async collections(limit) {
      const rows = await db
        .selectFrom('key_collection')
        .selectAll()
        .orderBy('started_at', 'desc')
        .orderBy('id')
        .limit(atMost(limit))
        .execute()
      return rows.map(collectionOf)
    },
    async collection(id) {
      const row = await db.selectFrom('key_collection').selectAll().where('id', '=', id).executeTakeFirst()
      return row && collectionOf(row)
    },
    async saveCollection({ id, segment, startedAt, startedBy, targets, endedAt, progress }) {
      const cells = { segment, started_at: startedAt, started_by: startedBy, targets, ended_at: endedAt, progress }
      await db
        .insertInto('key_collection')
        .values({ id, ...cells })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(cells))
        .execute()
    },
  }
}

const COLUMNS = [
  'id',
  'segment',
  'kind',
  'name',
  'state',
  'algorithm',
  'fingerprint',
  'blob',
  'origin',
  'first_seen',
  'agent',
  'last_seen',
  'last_agent',
  'vouched',
  'decided_by',
  'decided_at',
  'reason',
  'shown_algorithm',
  'shown_fingerprint',
  'shown_blob',
  'shown_at',
  'shown_agent',
  'former',
] as const satisfies readonly (keyof Cells)[]

const cellsOf = (row: TrustedKeyRow): Cells => ({
  id: row.id,
  segment: row.segment,
  kind: row.kind,
  name: row.name,
  state: row.state,
  algorithm: row.key.algorithm,
  fingerprint: row.key.fingerprint,
  blob: row.key.blob ?? null,
  origin: row.origin,
  first_seen: row.firstSeen,
  agent: row.agent,
  last_seen: row.lastSeen,
  last_agent: row.lastAgent,
  vouched: row.vouched ? 1 : 0,
  decided_by: row.decided?.by ?? null,
  decided_at: row.decided?.at ?? null,
  reason: row.decided?.reason ?? null,
  shown_algorithm: row.shown?.key.algorithm ?? null,
  shown_fingerprint: row.shown?.key.fingerprint ?? null,
  shown_blob: row.shown?.key.blob ?? null,
  shown_at: row.shown?.at ?? null,
  shown_agent: row.shown?.agent ?? null,
  former: row.former,
})

const rowOf = (row: Selectable<Cells>): TrustedKeyRow => ({
  id: row.id,
  segment: row.segment,
  kind: row.kind,
  name: row.name,
  state: row.state,
  key: keyOf(row.algorithm, row.fingerprint, row.blob),
  origin: row.origin,
  firstSeen: row.first_seen,
  agent: row.agent,
  lastSeen: row.last_seen,
  lastAgent: row.last_agent,
  vouched: row.vouched === 1,
  decided: row.decided_at === null ? null : { by: row.decided_by ?? '', at: row.decided_at, reason: row.reason },
  shown:
    row.shown_fingerprint === null
      ? null
      : {
          key: keyOf(row.shown_algorithm ?? '', row.shown_fingerprint, row.shown_blob),
          at: row.shown_at ?? '',
          agent: row.shown_agent ?? '',
        },
  former: row.former,
})

const keyOf = (algorithm: string, fingerprint: string, blob: string | null): TrustedKey => ({
  algorithm,
  fingerprint,
  ...(blob === null ? {} : { blob }),
})

const collectionOf = (row: Selectable<Tables['key_collection']>): KeyCollectionRow => ({
  id: row.id,
  segment: row.segment,
  startedAt: row.started_at,
  startedBy: row.started_by,
  targets: row.targets,
  endedAt: row.ended_at,
  progress: row.progress,
})
