import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { LookSummary } from './look-summary.ts'
import type { SpoolRow } from './row-chains.ts'
import type { Committed } from './spool.ts'
import { SpoolError, spoolFailure } from './spool-error.ts'

/** The spool's file: the only place that knows how rows lie in it. What it throws is SQLite's. */
export interface SpoolFile {
  /** Files that were damaged and had to be put aside to open it: 0 or 1. */
  readonly putAside: number
  rows(): SpoolRow[]
  /** All of it is on the disk when it returns, none of it when it throws. */
  atomically<T>(work: () => T): T
  insert(row: Omit<SpoolRow, 'seq'>, body: Uint8Array, summary: LookSummary | undefined): SpoolRow
  /** Gives a row a number of another epoch. */
  renumber(row: SpoolRow, epoch: string): SpoolRow
  body(row: SpoolRow): Uint8Array | undefined
  summary(row: SpoolRow): LookSummary | undefined
  settle(row: SpoolRow, how: 'committed' | 'given-up'): void
  committed(target: string): Committed | undefined
  /** Nothing is believed to be committed any more. */
  forgetCommitted(): void
  /** What is committed when a row is. */
  committedBy(row: SpoolRow): Committed | undefined
  /** The highest number that was ever given. */
  highest(): number
  /** As `atomically`, for work that only takes away, on a disk that is full: what is then free is used again. */
  makeRoom(work: () => void): void
  /** Keeps some of the disk for `makeRoom`, unless it is kept already. */
  setAside(): void
  /** Gives back what the file no longer needs, where it is much. */
  shrink(): void
  close(): void
}

/** Opens the file in a folder, or makes one; `:memory:` for none. One that is damaged is put aside, and so is any for `anew`. */
export const openSpoolFile = (folder: string, now: () => Date, anew = false): SpoolFile => {
  if (folder === ':memory:') return spoolFile(prepare(new DatabaseSync(':memory:')), anew ? 1 : 0)
  const path = join(folder, 'spool.db')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (anew) putAside(folder, now())
    return open(path, anew ? 1 : 0)
  } catch (error) {
    const failure = spoolFailure(error)
    if (failure !== 'damaged')
      throw error instanceof SpoolError ? error : new SpoolError(failure ?? 'unwritable', path, { cause: error })
  }
  putAside(folder, now())
  return open(path, 1)
}

const open = (path: string, aside: number): SpoolFile => {
  // The files that SQLite makes beside it take over its mode.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  const database = new DatabaseSync(path)
  try {
    return spoolFile(prepare(database), aside, `${path}.reserve`)
  } catch (error) {
    database.close()
    throw error
  }
}

const FORMAT = 1
/** Damaged files that are kept, for somebody to look at. */
const KEPT_ASIDE = 2

const putAside = (folder: string, now: Date) => {
  const name = `spool.db.damaged-${now.toISOString().replaceAll(/[:.]/g, '-')}`
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    if (existsSync(join(folder, `spool.db${suffix}`)))
      renameSync(join(folder, `spool.db${suffix}`), join(folder, `${name}${suffix}`))
  const aside = readdirSync(folder)
    .filter((name) => /^spool\.db\.damaged-[\dTZ-]+$/.test(name))
    .sort()
  for (const old of aside.slice(0, -KEPT_ASIDE))
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(join(folder, `${old}${suffix}`), { force: true })
}

const prepare = (database: DatabaseSync): DatabaseSync => {
  // One process at a time; without memory shared with others, which it then needs none of.
  database.exec('pragma locking_mode = exclusive; pragma auto_vacuum = incremental; pragma journal_mode = wal')
  database.exec(
    'pragma synchronous = full; pragma journal_size_limit = 16777216; pragma cache_size = -2000; pragma wal_autocheckpoint = 256',
  )
  database.exec('begin immediate')
  const version = number(database, 'pragma user_version', 'user_version')
  if (version > FORMAT) throw new SpoolError('newer')
  if (version === 0) {
    database.exec(`
      create table row (
        seq integer primary key autoincrement, epoch text not null, kind text not null, target text, report text, run text,
        root text, started_at text, finished_at text, at text not null, bytes integer not null, summary text, body blob not null
      );
      create table committed (target text primary key, root text not null, started_at text not null, digests text not null) without rowid;
      pragma user_version = ${FORMAT}`)
  }
  database.exec('commit')
  const [check] = database.prepare('pragma quick_check(1)').all()
  if (check?.['quick_check'] !== 'ok')
    throw Object.assign(new Error(String(check?.['quick_check'])), { code: 'ERR_SQLITE_ERROR', errcode: 11 })
  return database
}

const number = (database: DatabaseSync, sql: string, column: string) => Number(database.prepare(sql).get()?.[column])

/** More than the log of changes holds before it is brought into the file: 256 pages. */
const RESERVE_BYTES = 2 * 1024 * 1024

/** Pages that may lie empty in the file: 16 MiB. */
const EMPTY_PAGES = 4096

const COLUMNS =
  'seq, epoch, kind, target, report, run, root, started_at as startedAt, finished_at as finishedAt, at, bytes'

const spoolFile = (database: DatabaseSync, aside: number, reserve?: string): SpoolFile => {
  const insert = database.prepare(
    'insert into row (epoch, kind, target, report, run, root, started_at, finished_at, at, bytes, summary, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const again = database.prepare(
    'insert into row (epoch, kind, target, report, run, root, started_at, finished_at, at, bytes, summary, body) select ?, kind, target, report, run, root, started_at, finished_at, at, bytes, summary, body from row where seq = ?',
  )
  const body = database.prepare('select body from row where seq = ?')
  const summary = database.prepare('select summary from row where seq = ?')
  const remove = database.prepare('delete from row where seq = ?')
  // A later look may be committed before an earlier one.
  const commit = database.prepare(
    'insert into committed (target, root, started_at, digests) values (?, ?, ?, ?) on conflict (target) do update set root = excluded.root, started_at = excluded.started_at, digests = excluded.digests where excluded.started_at >= committed.started_at',
  )
  const committed = database.prepare('select root, digests from committed where target = ?')
  let highest =
    number(database, "select coalesce((select seq from sqlite_sequence where name = 'row'), 0) as seq", 'seq') || 0

  const atomically = <T>(work: () => T): T => {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      // Some failures, such as a full disk, have undone it already.
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  }

  const summaryOf = ({ seq }: SpoolRow): LookSummary | undefined => {
    const text = summary.get(seq)?.['summary']
    return typeof text === 'string' ? (JSON.parse(text) as LookSummary) : undefined
  }
  const committedBy = (row: SpoolRow): Committed | undefined => {
    const found = summaryOf(row)
    if (row.root === null || found === undefined || found.who === null) return undefined
    const digests = Object.entries(found.probes).map(([probe, [, , digest]]) => [probe, digest])
    return { root: row.root, digests: Object.fromEntries(digests) as Committed['digests'] }
  }

  return {
    putAside: aside,
    rows: () => database.prepare(`select ${COLUMNS} from row order by seq`).all() as unknown as SpoolRow[],
    atomically,
    insert(row, packed, looked) {
      const { epoch, kind, target, report, run, root, startedAt, finishedAt, at, bytes } = row
      const text = looked === undefined ? null : JSON.stringify(looked)
      const { lastInsertRowid } = insert.run(
        epoch,
        kind,
        target,
        report,
        run,
        root,
        startedAt,
        finishedAt,
        at,
        bytes,
        text,
        packed,
      )
      highest = Math.max(highest, Number(lastInsertRowid))
      return { ...row, seq: Number(lastInsertRowid) }
    },
    renumber(row, epoch) {
      const seq = Number(again.run(epoch, row.seq).lastInsertRowid)
      remove.run(row.seq)
      highest = Math.max(highest, seq)
      return { ...row, seq, epoch }
    },
    body: ({ seq }) => body.get(seq)?.['body'] as Uint8Array | undefined,
    summary: summaryOf,
    settle(row, how) {
      const known = how === 'committed' ? committedBy(row) : undefined
      if (known !== undefined && row.target !== null && row.startedAt !== null)
        commit.run(row.target, known.root, row.startedAt, JSON.stringify(known.digests))
      remove.run(row.seq)
    },
    committed(target) {
      const row = committed.get(target)
      if (row === undefined) return undefined
      return { root: String(row['root']), digests: JSON.parse(String(row['digests'])) as Committed['digests'] }
    },
    forgetCommitted: () => database.exec('delete from committed'),
    committedBy,
    highest: () => highest,
    makeRoom(work) {
      // To take away needs some room too: for the log of changes, and to bring what it holds into the file.
      if (reserve !== undefined) rmSync(reserve, { force: true })
      database.exec('pragma wal_checkpoint(truncate)')
      atomically(work)
      database.exec('pragma incremental_vacuum; pragma wal_checkpoint(truncate)')
    },
    setAside() {
      if (reserve === undefined || existsSync(reserve)) return
      try {
        writeFileSync(reserve, new Uint8Array(RESERVE_BYTES), { mode: 0o600 })
      } catch {
        // There is none yet. It is tried again with what is written next.
        rmSync(reserve, { force: true })
      }
    },
    shrink() {
      if (number(database, 'pragma freelist_count', 'freelist_count') > EMPTY_PAGES)
        database.exec('pragma incremental_vacuum; pragma wal_checkpoint(truncate)')
    },
    close: () => database.close(),
  }
}
