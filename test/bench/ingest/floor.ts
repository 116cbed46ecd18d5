import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScanReport } from '@rollcall/contract/bus'
import { accountOf, findingKeys } from '@rollcall/inventory'

/** A row of the finding table, in the order of its columns. */
export type FloorRow = readonly (string | null)[]

/** The rows that reports of new hosts give, with ids of the usual length. */
export const floorRows = (reports: readonly ScanReport[]): FloorRow[] =>
  reports.flatMap(({ sections, startedAt }, host) =>
    sections.flatMap(({ probe, findings = [] }) => {
      const keys = findingKeys(findings)
      return findings.map((finding, index) => [
        `00000000000000000000${String(host).padStart(6, '0')}`,
        probe,
        keys[index]!,
        finding.kind,
        accountOf(finding) ?? null,
        JSON.stringify(finding),
        startedAt,
        startedAt,
        null,
      ])
    }),
  )

/**
 * Seconds that a bare upsert of the rows takes: one prepared statement, a table of the columns and key of the finding table,
 * nothing else. So many rows to a transaction.
 */
export const floorSeconds = async (rows: readonly FloorRow[], perTransaction: number): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-floor-'))
  const database = new SqliteDatabase(join(folder, 'floor.db'))
  try {
    for (const pragma of [
      'page_size = 8192',
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
      'temp_store = MEMORY',
      'cache_size = -64000',
      'wal_autocheckpoint = 4096',
    ])
      database.pragma(pragma)
    database.exec(
      'create table finding (host_id text not null, probe text not null, key text not null, kind text not null, account text, body text not null, first_seen text not null, changed_at text not null, gone_since text, primary key (host_id, probe, key)) without rowid',
    )
    const upsert = database.prepare(
      'insert into finding (host_id, probe, key, kind, account, body, first_seen, changed_at, gone_since) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (host_id, probe, key) do update set kind = excluded.kind, account = excluded.account, body = excluded.body, changed_at = excluded.changed_at, gone_since = excluded.gone_since',
    )
    const from = performance.now()
    for (let at = 0; at < rows.length; at += perTransaction) {
      database.exec('begin immediate')
      for (const row of rows.slice(at, at + perTransaction)) upsert.run(row)
      database.exec('commit')
    }
    return (performance.now() - from) / 1000
  } finally {
    database.close()
    await rm(folder, { recursive: true, force: true })
  }
}

interface BareDatabase {
  pragma(text: string): unknown
  exec(sql: string): unknown
  prepare(sql: string): { run(values: readonly unknown[]): unknown }
  close(): unknown
}

// The store is the only package that depends on the engine; the floor measures that very copy.
const require = createRequire(new URL('../../../packages/store/package.json', import.meta.url))
const SqliteDatabase = require('better-sqlite3') as new (file: string) => BareDatabase
