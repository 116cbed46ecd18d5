import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { VaultError, type VaultFailure } from '../vault-error.ts'

/*
 * The vault's file: SQLite, of its own. Nothing in it is secret without the root key. Who may write it may take away or put back all of an
 * object, and of the file, but not change what an object holds without being seen.
 */

export interface ObjectRow {
  readonly object: string
  readonly about: string
  /** JSON: label to version. */
  readonly labels: string
  /** Over all that is told of the object and its versions. */
  readonly mark: Uint8Array
}

export interface VersionRow {
  readonly object: string
  readonly version: number
  readonly createdAt: string
  /** JSON: the names of its fields. */
  readonly names: string
  readonly kek: number
  /** The key of its fields, under the `kek`. */
  readonly dataKey: Uint8Array
}

export interface FieldRow {
  readonly name: string
  readonly sealed: Uint8Array
}

/** A key under another one: `kek` under a root key, the others under the `kek`. */
export interface KeyRow {
  readonly kind: 'kek' | 'pepper' | 'receiving'
  readonly number: number
  readonly under: string
  readonly sealed: Uint8Array
  readonly public: Uint8Array | null
  readonly createdAt: string
}

/** How often a key of an agent was lent something: what the vault knows by itself. */
export interface LentRow {
  readonly agent: string
  readonly key: string
  readonly credential: string
  readonly firstAt: string
  readonly lastAt: string
  readonly times: number
}

export interface VaultFile {
  /** All of it is on the disk when it returns, none of it when it throws. */
  atomically<T>(work: () => T): T
  setting(name: string): string | undefined
  set(name: string, value: string): void
  keys(): KeyRow[]
  putKey(row: KeyRow): void
  dropKey(kind: KeyRow['kind'], number: number): void
  objects(): ObjectRow[]
  object(object: string): ObjectRow | undefined
  putObject(row: ObjectRow): void
  dropObject(object: string): boolean
  versions(object?: string): VersionRow[]
  putVersion(row: VersionRow): void
  dropVersion(object: string, version: number): void
  fields(object: string, version: number): FieldRow[]
  putField(object: string, version: number, row: FieldRow): void
  lent(): LentRow[]
  lend(row: Omit<LentRow, 'firstAt' | 'lastAt' | 'times'>, at: string): void
  /** A whole copy in a new file, while this one is in use. */
  copyTo(file: string): Promise<void>
  close(): void
}

const FORMAT = 1

/** Opens the file, or makes one. Throws VaultError. */
export const openVaultFile = (path: string): VaultFile => {
  try {
    // The files that SQLite makes beside it take over its mode.
    closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
    const database = new DatabaseSync(path)
    try {
      prepare(database)
    } catch (error) {
      database.close()
      throw error
    }
    return vaultFile(database)
  } catch (error) {
    throw failureOf(error, path)
  }
}

const prepare = (database: DatabaseSync) => {
  // One process at a time. What is taken away is overwritten, in the file as in its log.
  database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full')
  database.exec(
    'pragma secure_delete = on; pragma trusted_schema = off; pragma temp_store = memory; pragma cell_size_check = on',
  )
  database.exec('begin immediate')
  const version = Number(database.prepare('pragma user_version').get()?.['user_version'])
  if (version > FORMAT) throw new VaultError('newer')
  if (version === 0)
    database.exec(`
      create table setting (name text primary key, value text not null) strict, without rowid;
      create table key (kind text not null, number integer not null, under text not null, sealed blob not null, public blob,
        created_at text not null, primary key (kind, number)) strict, without rowid;
      create table object (object text primary key, about text not null, labels text not null, mark blob not null) strict, without rowid;
      create table version (object text not null, version integer not null, created_at text not null, names text not null,
        kek integer not null, data_key blob not null, primary key (object, version)) strict, without rowid;
      create table field (object text not null, version integer not null, name text not null, sealed blob not null,
        primary key (object, version, name)) strict, without rowid;
      create table lent (agent text not null, key text not null, credential text not null, first_at text not null, last_at text not null,
        times integer not null, primary key (agent, key, credential)) strict, without rowid;
      pragma user_version = ${FORMAT}`)
  database.exec('commit')
  const [check] = database.prepare('pragma quick_check(1)').all()
  if (check?.['quick_check'] !== 'ok') throw new VaultError('damaged')
}

const vaultFile = (database: DatabaseSync): VaultFile => {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, known)
    return known
  }
  const all = <Row>(sql: string, ...given: SQLInputValue[]): Row[] =>
    tried(() => statement(sql).all(...given) as unknown as Row[])
  const run = (sql: string, ...given: SQLInputValue[]) => tried(() => statement(sql).run(...given).changes)

  return {
    atomically(work) {
      tried(() => database.exec('begin immediate'))
      try {
        const result = work()
        tried(() => database.exec('commit'))
        return result
      } catch (error) {
        // A full disk may have ended it already.
        if (database.isTransaction) database.exec('rollback')
        throw error
      }
    },
    setting: (name) => all<{ value: string }>('select value from setting where name = ?', name)[0]?.value,
    set: (name, value) => void run('insert or replace into setting values (?, ?)', name, value),
    keys: () =>
      all<KeyRow>('select kind, number, under, sealed, public, created_at as createdAt from key order by kind, number'),
    putKey: ({ kind, number, under, sealed, public: open, createdAt }) =>
      void run('insert or replace into key values (?, ?, ?, ?, ?, ?)', kind, number, under, sealed, open, createdAt),
    dropKey: (kind, number) => void run('delete from key where kind = ? and number = ?', kind, number),
    objects: () => all<ObjectRow>('select object, about, labels, mark from object order by object'),
    object: (object) => all<ObjectRow>('select object, about, labels, mark from object where object = ?', object)[0],
    putObject: ({ object, about, labels, mark }) =>
      void run('insert or replace into object values (?, ?, ?, ?)', object, about, labels, mark),
    dropObject(object) {
      run('delete from field where object = ?', object)
      run('delete from version where object = ?', object)
      return Number(run('delete from object where object = ?', object)) > 0
    },
    versions: (object) =>
      object === undefined
        ? all<VersionRow>(`${VERSIONS} order by object, version`)
        : all<VersionRow>(`${VERSIONS} where object = ? order by version`, object),
    putVersion: ({ object, version, createdAt, names, kek, dataKey }) =>
      void run(
        'insert or replace into version values (?, ?, ?, ?, ?, ?)',
        object,
        version,
        createdAt,
        names,
        kek,
        dataKey,
      ),
    dropVersion(object, version) {
      run('delete from field where object = ? and version = ?', object, version)
      run('delete from version where object = ? and version = ?', object, version)
    },
    fields: (object, version) =>
      all<FieldRow>('select name, sealed from field where object = ? and version = ? order by name', object, version),
    putField: (object, version, { name, sealed }) =>
      void run('insert or replace into field values (?, ?, ?, ?)', object, version, name, sealed),
    lent: () =>
      all<LentRow>(
        'select agent, key, credential, first_at as firstAt, last_at as lastAt, times from lent order by agent, key, credential',
      ),
    lend: ({ agent, key, credential }, at) =>
      void run(
        'insert into lent values (?, ?, ?, ?, ?, 1) on conflict do update set last_at = excluded.last_at, times = times + 1',
        agent,
        key,
        credential,
        at,
        at,
      ),
    async copyTo(file) {
      if (existsSync(file)) throw new VaultError('exists', file)
      const draft = `${file}.draft`
      rmSync(draft, { force: true })
      try {
        // SQLite writes into a file that is there and empty: so it is ours alone from the first byte.
        closeSync(openSync(draft, 'wx', 0o600))
        await backup(database, draft)
        await synced(draft)
        renameSync(draft, file)
        await synced(dirname(file))
      } catch (error) {
        rmSync(draft, { force: true })
        throw failureOf(error, file)
      }
    },
    close: () => database.close(),
  }
}

const VERSIONS = 'select object, version, created_at as createdAt, names, kek, data_key as dataKey from version'

/** By a handle: Node lets a process of few rights do it in no other way. */
export const synced = async (path: string): Promise<void> => {
  const opened = await open(path, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

const tried = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw failureOf(error)
  }
}

/** What SQLite and the system say, by their codes. */
const failureOf = (error: unknown, file?: string): VaultError => {
  if (error instanceof VaultError) return error
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  const failure: VaultFailure =
    code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number'
      ? (SQLITE[errcode & 0xff] ?? 'unwritable')
      : code === 'ENOSPC' || code === 'EDQUOT'
        ? 'disk-full'
        : 'unwritable'
  return new VaultError(failure, file, { cause: error })
}

/** An input or output error (10) may be a full disk as well. */
const SQLITE: Readonly<Record<number, VaultFailure>> = {
  5: 'in-use',
  6: 'in-use',
  10: 'disk-full',
  11: 'damaged',
  13: 'disk-full',
  26: 'damaged',
}
